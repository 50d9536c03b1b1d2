"""The log: lines that people like to read, or JSON lines; a line for each request, with its diagnosis.

Who wants no log configures nothing: the application only speaks to the logger "mockserver".
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
_SILENT: Final = ("python_multipart",)  # says in its own words what our diagnosis says better


class LogForm(StrEnum):
    """How the log is written."""

    TEXT = "text"
    JSON = "json"


def configure(form: LogForm, stream: TextIO, *, colored: bool = False) -> None:
    """Writes the log of this process to a stream; `colored` takes a terminal."""
    handler = InBunches(stream)
    handler.setFormatter(JsonLines() if form is LogForm.JSON else PlainLines(colored=colored))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("mockserver").setLevel(logging.INFO)
    # What no line shows is not looked up: a line per request costs half of what it would.  docs: logging how-to
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # the how-to's own way to say that no frames are walked for a caller
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


class InBunches(logging.StreamHandler[TextIO]):
    """Writes the lines of answered requests a few at a time, warnings at once: each write costs as much as a query."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a line until there is time to write it; where no event loop runs, that is now."""
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
        """Writes what is kept."""
        lines, self._lines = self._lines, []
        if lines:
            self.stream.write("".join(f"{line}\n" for line in lines))
        super().flush()


class PlainLines(logging.Formatter):
    """Lines for people: the time, the status, the call, and what was wrong with it."""

    def __init__(self, *, colored: bool = False) -> None:
        super().__init__()
        self._colored = colored

    def format(self, record: logging.LogRecord) -> str:
        """Returns a line; what a request's warnings and notes say follows on lines of their own."""
        time = self._in(_DIM, _clock(int(record.created)))
        entry = getattr(record, "entry", None)
        if isinstance(entry, Entry):
            return "\n".join(self._of_request(time, entry))
        told = one_line(record.getMessage())
        if record.levelno >= logging.WARNING:
            told = f"{self._in(_RED, record.levelname.lower())}: {told}"
        if record.exc_info:
            told += "\n" + self.formatException(record.exc_info)
        return f"{time}  {told}"

    def _of_request(self, time: str, entry: Entry) -> Iterator[str]:
        path = one_line(f"{entry.path}?{entry.query}" if entry.query else entry.path)
        line = f"{time}  {self._status(entry.status)}  {one_line(entry.method)} {path}"
        if entry.diagnosis is not None:
            yield f"{line}  {self._in(_CYAN, one_line(str(entry.diagnosis)))}"
        else:
            yield line if entry.import_id is None else f"{line}  {self._in(_DIM, f'import {entry.import_id}')}"
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
    return f"{datetime.fromtimestamp(second):%H:%M:%S}"  # noqa: DTZ006 - local, as people read clocks


class JsonLines(logging.Formatter):
    """One JSON object per line: `time`, `level`, and for a request all that the journal has but its text."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns one line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"time": time.replace("+00:00", "Z"), "level": record.levelname.lower()}
        entry = getattr(record, "entry", None)
        if isinstance(entry, Entry):
            line |= _request(entry)
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
    }
    return {name: value for name, value in told.items() if value not in (None, "", [])}
