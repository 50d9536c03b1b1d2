"""What `hubspot-mock check` found, as lines for people and as JSON."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mockserver.cli.check_offline import Outcome
from mockserver.cli.terminal import columns
from mockserver.jackson.text import Document, MalformedJson, read_json
from mockserver.refusals.error_types import ERROR_TYPES, ErrorType
from mockserver.refusals.rule import Diagnosis
from mockserver.wire.rendering import diagnosis_json

SHOWN: Final = 50  # errors in the table; a file has them by the thousands, or hardly any


def is_clean(outcome: Outcome) -> bool:
    """Tells whether HubSpot would take the request and report no row."""
    return outcome.ended is not None and not (outcome.errors or outcome.entry.warnings)


class Places:
    """Where a JSON pointer leads to in the request's text."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._document: Document | None = None
        try:
            self._document = read_json(text.removeprefix("\ufeff"))
        except MalformedJson as malformed:
            self._broken = malformed.place

    def of(self, pointer: str) -> tuple[int, int] | None:
        """Returns line and column, both from 1."""
        if self._document is None:
            return self._broken.line, self._broken.column
        if not pointer:
            return None
        place = self._document.start(pointer)
        return place.line, place.column


def header_of(path: Path) -> list[str]:
    """Returns the first line of a CSV file; a spreadsheet's columns go by their letters."""
    from mockserver.imports.files import FileProblem, open_table
    from mockserver.imports.request import FileFormat

    try:
        return open_table(path, FileFormat.CSV, has_header=True).header or []
    except FileProblem:
        return []


def in_lines(outcome: Outcome, places: Places, headers: Mapping[str, Sequence[str]], most: int | None) -> Iterator[str]:
    """Yields lines for people; `headers` are of CSV files by name, `most` is how many errors are shown."""
    entry, ended = outcome.entry, outcome.ended
    if entry.diagnosis is not None:
        message = " ".join(outcome.posted.body.get("message", "").split())
        yield f"Refused with {outcome.posted.status}: {message}"
        yield from _shown(entry.diagnosis, places)
    elif ended is None:
        yield f"Not imported: answered with {outcome.posted.status} (faults: {', '.join(entry.faults) or 'none'})"
    for warning in entry.warnings:
        yield "Accepted by HubSpot, and probably not what you mean"
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
    told = {
        "rule": f"{diagnosis.rule}  ({diagnosis.evidence}: {diagnosis.source})",
        "at": at,
        "expected": diagnosis.expected,
        "got": diagnosis.got,
        "hint": diagnosis.hint,
    }
    yield from (f"  {name:<10}{text}" for name, text in told.items() if text)


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
    """Returns a number with what is counted; a star stands for the plural's s."""
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
    """Returns a column as its file shows it: a letter in a sheet, else its number from 1 and its name."""
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
    """Returns everything; an error is as the API gives it, with its file's name."""
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
