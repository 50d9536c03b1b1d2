"""The findings of `hubspot-mock check`, as text and as JSON."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mockserver.cli.check_offline import Outcome
from mockserver.cli.terminal import columns
from mockserver.imports.files import FileProblem, open_table
from mockserver.imports.request import FileFormat
from mockserver.jackson.scanner import MalformedJson
from mockserver.jackson.text import Document, read_json
from mockserver.refusals.error_types import ERROR_TYPES, ErrorType
from mockserver.refusals.rule import Diagnosis
from mockserver.wire.exchange import diagnosis_json

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
