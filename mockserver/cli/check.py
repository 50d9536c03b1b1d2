"""`hubspot-mock check`: shows what HubSpot would refuse or report, or the mistakes in a scenario, without a server."""

import asyncio
import json
import logging
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
from msgspec.structs import replace
from starlette.types import Message

from mockserver.app import MockApp
from mockserver.cli.commands import Failure, columns, progress
from mockserver.cli.options import scenario_of, scenario_option, token_of, unusable
from mockserver.clock import Pace
from mockserver.imports.files import FileProblem, open_table
from mockserver.imports.progress import progress_of
from mockserver.imports.request import FileFormat
from mockserver.jackson import Document, read_json
from mockserver.jackson.scanner import MalformedJson
from mockserver.portal.journal import Entry
from mockserver.portal.portal import Portal
from mockserver.portal.portals import ServerOptions
from mockserver.refusals.error_types import ERROR_TYPES, ErrorType
from mockserver.refusals.rule import Diagnosis
from mockserver.scenario import Scenario, ScenarioError
from mockserver.scenario.faults import effects_of
from mockserver.scenario.files import load_scenario
from mockserver.server import build_app
from mockserver.wire.exchange import diagnosis_json

PIECE: Final = 256 * 1024  # bytes of a file that are read at a time
PAGE: Final = 100  # errors; the largest page of the API


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API."""

    status: int
    body: dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """The result of an import: `posted` answers the POST, `ended` is the import after all its work; None if refused."""

    posted: Reply
    entry: Entry  # of the POST, with its diagnosis
    ended: dict[str, Any] | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # assumptions that were made, as text

    @property
    def file_names(self) -> dict[int, str]:
        """Returns the names of the import's files, by file id."""
        if self.ended is None:
            return {}
        return dict(zip(map(int, self.ended["metadata"]["fileIds"]), self.entry.file_names, strict=True))


def import_offline(
    app: MockApp, token: str, request: bytes, files: Sequence[Path], *, watch: Callable[[int, int], None]
) -> Outcome:
    """Posts an import to the default portal and returns its result. Calls `watch(rows done, rows in all)` as it goes.

    Raises OSError if a file cannot be read.
    """
    return asyncio.run(_import(app, token, request, files, watch))


async def _import(
    app: MockApp, token: str, request: bytes, files: Sequence[Path], watch: Callable[[int, int], None]
) -> Outcome:
    portal = app.portals.default
    client = _Client(app, token)
    posted = await client.post("/crm/v3/imports", request, files)
    entry = list(portal.journal)[-1]
    outcome = Outcome(posted, entry, notes=entry.notes)  # the import adds its own
    if entry.import_id is None or posted.status != 200:
        return outcome
    _finish(portal, entry.import_id, watch)
    portal.faults.clear()  # they must not hit the requests below
    path = f"/crm/v3/imports/{entry.import_id}"
    outcome.ended = (await client.get(path)).body
    after = "0"
    while after:
        page = (await client.get(f"{path}/errors", f"limit={PAGE}&includeErrorMessage=true&after={after}")).body
        outcome.errors += page["results"]
        after = page.get("paging", {}).get("next", {}).get("after", "")
    return outcome


def _finish(portal: Portal, import_id: int, watch: Callable[[int, int], None]) -> None:
    for pause in portal.advance():
        if pause is not None:
            pause()
        row = portal.store.imports.get(import_id)
        if row is not None:
            progress = progress_of(row)
            watch(progress.rows.rows_done, progress.total_rows)


class _Client:
    """Calls the application over ASGI."""

    def __init__(self, app: MockApp, token: str) -> None:
        self._app = app
        self._headers = [(b"authorization", f"Bearer {token}".encode()), (b"accept", b"application/json")]

    async def get(self, path: str, query: str = "") -> Reply:
        return await self._call("GET", path, query, self._headers, iter(()))

    async def post(self, path: str, request: bytes, files: Sequence[Path]) -> Reply:
        boundary = os.urandom(16).hex()
        kind = f"multipart/form-data; boundary={boundary}".encode()
        headers = [*self._headers, (b"content-type", kind)]
        return await self._call("POST", path, "", headers, _form(boundary, request, files))

    async def _call(
        self, method: str, path: str, query: str, headers: list[tuple[bytes, bytes]], body: Iterator[bytes]
    ) -> Reply:
        said: list[Message] = []
        pieces = _messages(body)

        async def receive() -> Message:
            return await anext(pieces)

        async def send(message: Message) -> None:
            said.append(message)

        scope = {
            "type": "http",
            "method": method,
            "scheme": "https",
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"host", b"api.hubapi.com"), *headers],
        }
        await self._app(scope, receive, send)
        content = b"".join(message.get("body", b"") for message in said)
        return Reply(said[0]["status"] if said else 0, _object(content))


async def _messages(body: Iterator[bytes]) -> AsyncIterator[Message]:
    for piece in body:
        yield {"type": "http.request", "body": piece, "more_body": True}
    yield {"type": "http.request", "body": b"", "more_body": False}


def _form(boundary: str, request: bytes, files: Sequence[Path]) -> Iterator[bytes]:
    start = f'--{boundary}\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
    yield (start % ("importRequest", "")).encode() + request + b"\r\n"
    for path in files:
        name = path.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")  # as browsers and httpx do
        yield (start % ("files", f'; filename="{name}"')).encode()
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        return {"message": content.decode("utf-8", "replace")}
    return body if isinstance(body, dict) else {}


SHOWN: Final = 50  # errors in the table; a wrong mapping can cause one in every row


def is_clean(outcome: Outcome) -> bool:
    """Returns whether HubSpot would accept the request and report no error."""
    return outcome.ended is not None and not (outcome.errors or outcome.entry.warnings)


class Places:
    """Finds the line and column of a JSON pointer in the text of the request."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._document: Document | None = None
        try:
            self._document = read_json(text.removeprefix("\ufeff"))
        except MalformedJson as malformed:
            self._broken = malformed.place

    def of(self, pointer: str) -> tuple[int, int] | None:
        """Returns line and column, from 1; None for the whole document."""
        if self._document is None:
            return self._broken.line, self._broken.column
        if not pointer:
            return None
        place = self._document.start(pointer)
        return place.line, place.column


def header_of(path: Path, outcome: Outcome) -> list[str]:
    """Returns the header of a CSV file as the import reads it; [] for other files, whose columns go by letters."""

    described = {} if outcome.ended is None else outcome.ended["importRequestJson"]
    for file in described.get("fileImports", ()):
        if file["fileName"] == path.name and file["fileFormat"] == FileFormat.CSV and file["hasHeader"]:
            columns = len(file["pages"][0]["columnMappings"])
            try:
                return open_table(path, FileFormat.CSV, has_header=True, columns=columns).header or []
            except FileProblem:
                break
    return []


def in_lines(outcome: Outcome, places: Places, headers: Mapping[str, Sequence[str]], most: int | None) -> Iterator[str]:
    """Yields the findings as text. `headers` has the headers of CSV files by file name, `most` limits the errors."""
    entry, ended = outcome.entry, outcome.ended
    if entry.diagnosis is not None:
        message = " ".join(outcome.posted.body.get("message", "").split())
        yield f"Refused with {outcome.posted.status}: {message}"
        yield from _shown(entry.diagnosis, places)
    elif ended is None:
        yield f"Not imported: the answer was {outcome.posted.status} (faults: {', '.join(entry.faults) or 'none'})"
    for warning in entry.warnings:
        yield "HubSpot accepts this, but it is probably a mistake"
        yield from _shown(warning, places)
    if ended is not None:
        yield from _counted(outcome, ended)
    yield from _listed(outcome, headers, most)
    for note in outcome.notes:
        yield f"Note: {note}"


def _shown(diagnosis: Diagnosis, places: Places) -> Iterator[str]:
    at = diagnosis.pointer
    place = places.of(at)
    if place is not None:
        at = f"{at}  ({places.path}, line {place[0]}, column {place[1]})".strip()
    facts = {
        "rule": f"{diagnosis.rule}  ({diagnosis.evidence}: {diagnosis.source})",
        "at": at,
        "expected": diagnosis.expected,
        "got": diagnosis.got,
        "hint": diagnosis.hint,
    }
    yield from (f"  {name:<10}{text}" for name, text in facts.items() if text)


def _counted(outcome: Outcome, ended: dict[str, Any]) -> Iterator[str]:
    counters = ended["metadata"]["counters"]
    written = [
        _number(counters[name], what)
        for name, what in (
            ("TOTAL_ROWS", "row*"),
            ("CREATED_OBJECTS", "record* created"),
            ("UPDATED_OBJECTS", "updated"),
            ("ASSOCIATIONS_CREATED", "association*"),
        )
        if counters.get(name)
    ]
    names = ", ".join(outcome.file_names.values())
    yield f"{names}: {ended['state']}, {', '.join([*written, _number(len(outcome.errors), 'error*')])}"


def _number(count: int, what: str) -> str:
    """Returns a number and the counted noun: "*" in it becomes the plural's s."""
    return f"{count:,} {what.replace('*', '' if count == 1 else 's')}" if count else f"no {what.replace('*', 's')}"


def _listed(outcome: Outcome, headers: Mapping[str, Sequence[str]], most: int | None) -> Iterator[str]:
    if not outcome.errors:
        return
    names = outcome.file_names
    rows = [("file", "line", "column", "errorType", "what is wrong")]
    for error in outcome.errors[:most]:
        source = error["sourceData"]
        file = names.get(source["fileId"], "")
        rows.append(
            (
                file,
                str(source["lineNumber"] or "all"),
                _column(error.get("knownColumnNumber"), "pageName" in source, headers.get(file, [])),
                error["errorType"],
                error.get("extraContext") or error.get("errorMessage", ""),
            )
        )
    yield ""
    yield from columns(rows if len(names) > 1 else [row[1:] for row in rows])
    if most is not None and len(outcome.errors) > most:
        yield f"… and {len(outcome.errors) - most:,} more: --all shows them"
    yield ""
    counts = Counter(error["errorType"] for error in outcome.errors).most_common()
    yield from columns([(f"{count:,}", name, ERROR_TYPES[ErrorType(name)].trigger) for name, count in counts])


def _column(index: int | None, in_sheet: bool, header: Sequence[str]) -> str:
    """Returns a column's letters in a sheet, else its number from 1 and its name."""
    if index is None:
        return ""
    if in_sheet:
        letters = ""
        number = index + 1
        while number:
            number, letter = divmod(number - 1, 26)
            letters = chr(ord("A") + letter) + letters
        return letters
    return f"{index + 1} {header[index]}" if index < len(header) else str(index + 1)


def in_json(outcome: Outcome, places: Places) -> dict[str, Any]:
    """Returns the findings; each error is as the API returns it, plus the name of its file."""
    entry = outcome.entry
    names = outcome.file_names
    return {
        "clean": is_clean(outcome),
        "status": outcome.posted.status,
        "refusal": None
        if entry.diagnosis is None
        else {**_located(entry.diagnosis, places), "body": outcome.posted.body},
        "warnings": [_located(warning, places) for warning in entry.warnings],
        "notes": outcome.notes,
        "state": None if outcome.ended is None else outcome.ended["state"],
        "counters": {} if outcome.ended is None else outcome.ended["metadata"]["counters"],
        "errors": [{"file": names.get(error["sourceData"]["fileId"]), **error} for error in outcome.errors],
    }


def _located(diagnosis: Diagnosis, places: Places) -> dict[str, Any]:
    place = places.of(diagnosis.pointer)
    line, column = place or (None, None)
    return {**diagnosis_json(diagnosis), "line": line, "column": column}


LARGE: Final = 2_000_000  # bytes; from here on, a progress bar is shown
HAS_FINDINGS: Final = 1  # the exit status

_EXAMPLES = """\
Exits with 0 if nothing was found, else with 1.

\b
Examples: hubspot-mock check request.json contacts.csv
          hubspot-mock check --scenario deferred-queue --json request.json contacts.csv
          hubspot-mock check scenario.toml
"""

_File = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("check", epilog=_EXAMPLES)
@click.argument("request", metavar="REQUEST.json|SCENARIO.toml", type=_File)
@click.argument("files", metavar="[FILE]...", nargs=-1, type=_File)
@scenario_option
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
@click.option("--all", "shows_all", is_flag=True, help=f"Show every error, not just the first {SHOWN}.")
def command(request: Path, files: tuple[Path, ...], scenario: str | None, as_json: bool, shows_all: bool) -> None:
    """Show what HubSpot would refuse in a request, and the errors that it would report for each row of its files.

    The request is imported into a fresh portal in this process, by the code that the server runs. A file whose name
    ends in .toml is checked as a scenario instead.
    """
    if request.suffix.lower() == ".toml":
        if files or scenario:
            raise click.UsageError("a scenario file is checked by itself, without FILE and --scenario")
        found = _check_scenario(request, as_json=as_json)
    else:
        found = _check_request(request, files, scenario, as_json=as_json, most=None if shows_all else SHOWN)
    click.get_current_context().exit(HAS_FINDINGS if found else 0)


def _check_scenario(path: Path, *, as_json: bool) -> bool:
    """Shows the mistake in a scenario file, and returns whether there is one."""
    fault: ScenarioError | None = None
    name = ""
    try:
        scenario = load_scenario(str(path))
        name = scenario.name
        build_app(_at_once(scenario)).close()
    except ScenarioError as problem:
        fault = problem if problem.source else problem.found_in(str(path))
    if as_json:
        error = None if fault is None else {"key": fault.key, "fault": fault.fault}
        click.echo(_json({"file": str(path), "clean": fault is None, "error": error}))
    else:
        click.echo(f"{path}: OK ({name!r})" if fault is None else str(fault))
    return fault is not None


def _check_request(
    path: Path, files: Sequence[Path], scenario_name: str | None, *, as_json: bool, most: int | None
) -> bool:
    """Shows the findings in a request and its files, and returns whether there are any."""
    for name in ("mockserver", "python_multipart"):
        logging.getLogger(name).setLevel(logging.ERROR)  # their warnings are among the findings
    scenario = _without_disturbances(scenario_of(scenario_name))
    try:
        text = path.read_bytes()
        outcome = _imported(scenario, scenario_name, text, files)
    except OSError as problem:
        raise Failure(f"{problem.filename or path}: {problem.strerror}") from problem
    places = Places(path, text.decode("utf-8", "replace"))
    if as_json:
        click.echo(_json(in_json(outcome, places)))
    else:
        headers = {file.name: header_of(file, outcome) for file in files}
        for line in in_lines(outcome, places, headers, most):
            click.echo(line)
    return not is_clean(outcome)


def _without_disturbances(scenario: Scenario) -> Scenario:
    """Drops limits and connection faults, which would hide the findings."""
    faults = (fault for fault in scenario.faults if not any(one.disturbs_check for one in effects_of(fault)))
    return replace(scenario, faults=tuple(faults), limits=replace(scenario.limits, requests=False))


def _imported(scenario: Scenario, scenario_name: str | None, text: bytes, files: Sequence[Path]) -> Outcome:
    try:
        app = build_app(_at_once(scenario))
    except ScenarioError as fault:
        raise unusable(fault, scenario_name) from fault
    size = sum(file.stat().st_size for file in files)
    try:
        with progress("checking", size if size >= LARGE else 0) as reach:

            def watch(done: int, total: int) -> None:
                reach(size * done // max(done, total, 1))

            return import_offline(app, token_of(scenario), text, files, watch=watch)
    finally:
        app.close()


def _at_once(scenario: Scenario) -> ServerOptions:
    return ServerOptions(scenario=scenario, pace=Pace.INSTANT, override=Pace.INSTANT)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
