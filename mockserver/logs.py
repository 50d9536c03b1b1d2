"""The log as text or JSON, with a line for each request and its diagnosis.

Without `configure` nothing is written: the application only uses the logger "mockserver".
"""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final, TextIO

import msgspec

from mockserver.clock import iso
from mockserver.portal.journal import Entry
from mockserver.wire.exchange import diagnosis_json
from mockserver.words import one_line

_RED, _GREEN, _YELLOW, _CYAN, _DIM, _PLAIN = "\033[31m", "\033[32m", "\033[33m", "\033[36m", "\033[2m", "\033[0m"

SECONDS_UNWRITTEN: Final = 0.05
_LONGEST_DIAGNOSIS: Final = 500  # characters: that of a 501 lists all that is served
_SILENT: Final = ("python_multipart",)  # repeats what the diagnosis says


class LogForm(StrEnum):
    """The format of the log."""

    TEXT = "text"
    JSON = "json"


def configure(form: LogForm, stream: TextIO, *, colored: bool = False) -> None:
    """Writes the log of this process to a stream, with terminal colors if `colored`."""
    handler = InBunches(stream)
    handler.setFormatter(JsonLines() if form is LogForm.JSON else PlainLines(colored=colored))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("mockserver").setLevel(logging.INFO)
    # Lines show no threads and processes, and looking them up would double the cost of a line (see the logging how-to).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # from the same how-to: do not search the stack for the caller
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


class InBunches(logging.StreamHandler[TextIO]):
    """Writes the lines of requests in batches, but warnings at once: a write costs as much as a database query."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Buffers a line, or writes it at once if no event loop runs."""
        if not self._lines and record.levelno < logging.WARNING:
            try:
                asyncio.get_running_loop().call_later(SECONDS_UNWRITTEN, self.flush)
            except RuntimeError:
                super().emit(record)
                return
        self._lines.append(self.format(record))
        if record.levelno >= logging.WARNING:
            self.flush()

    def flush(self) -> None:
        """Writes the buffered lines."""
        lines, self._lines = self._lines, []
        if lines:
            self.stream.write("".join(f"{line}\n" for line in lines))
        super().flush()


class PlainLines(logging.Formatter):
    """Lines of text: the time, the status, the call and its diagnosis."""

    def __init__(self, *, colored: bool = False) -> None:
        super().__init__()
        self._colored = colored

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line of a record, followed by one for each warning and note of a request."""
        time = self._in(_DIM, _clock(int(record.created)))
        entry = getattr(record, "entry", None)
        if isinstance(entry, Entry):
            return "\n".join(self._of_request(time, entry, getattr(record, "portal", "")))
        told = one_line(record.getMessage())
        if record.levelno >= logging.WARNING:
            told = f"{self._in(_RED, record.levelname.lower())}: {told}"
        if record.exc_info:
            told += "\n" + self.formatException(record.exc_info)
        return f"{time}  {told}"

    def _of_request(self, time: str, entry: Entry, portal: str) -> Iterator[str]:
        path = one_line(f"{entry.path}?{entry.query}" if entry.query else entry.path)
        line = f"{time}  {self._status(entry.status)}  {one_line(entry.method)} {path}"
        if entry.diagnosis is not None:
            line += f"  {self._in(_CYAN, one_line(str(entry.diagnosis), _LONGEST_DIAGNOSIS))}"
        elif entry.import_id is not None:
            line += f"  {self._in(_DIM, f'import {entry.import_id}')}"
        told = [portal] if portal else []
        if entry.seconds:
            told.append(f"{entry.seconds * 1000:.0f} ms")
        yield f"{line}  {self._in(_DIM, ', '.join(told))}" if told else line
        for fault in entry.faults:
            yield f"          {self._in(_YELLOW, 'fault')}: {one_line(fault)}"
        for warning in entry.warnings:
            yield f"          {self._in(_YELLOW, 'warning')}: {one_line(str(warning))}"
        for note in entry.notes:
            yield f"          {self._in(_DIM, f'note: {one_line(note)}')}"

    def _status(self, status: int) -> str:
        if not status:
            return self._in(_RED, "cut")
        return self._in(_GREEN if status < 400 else _YELLOW if status < 500 else _RED, str(status))

    def _in(self, color: str, text: str) -> str:
        return f"{color}{text}{_PLAIN}" if self._colored else text


@lru_cache(maxsize=2)
def _clock(second: int) -> str:
    return f"{datetime.fromtimestamp(second):%H:%M:%S}"  # noqa: DTZ006 - local time, for people


class JsonLines(logging.Formatter):
    """One JSON object per line: `time`, `level`, and for a request its journal entry without the request's text."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns one line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"time": time.replace("+00:00", "Z"), "level": record.levelname.lower()}
        entry = getattr(record, "entry", None)
        if isinstance(entry, Entry):
            line |= _request(entry)
            if portal := getattr(record, "portal", ""):
                line["portal"] = portal
        else:
            line["message"] = record.getMessage()
            line |= getattr(record, "told", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def _request(entry: Entry) -> dict[str, object]:
    told: dict[str, object] = {
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "status": entry.status,
        "operation": entry.operation,
        "app": entry.app,
        "importId": entry.import_id,
        "portalTime": iso(entry.at),
        "correlationId": entry.correlation_id,
        "diagnosis": None if entry.diagnosis is None else diagnosis_json(entry.diagnosis),
        "warnings": [diagnosis_json(warning) for warning in entry.warnings],
        "notes": entry.notes,
        "faults": entry.faults,
        "seconds": round(entry.seconds, 6) or None,
    }
    return {name: value for name, value in told.items() if value not in (None, "", [])}
