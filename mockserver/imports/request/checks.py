"""Checks an import request as a whole: its operations, what new records need, its files' headers and what joins them.

docs: imports guide: columnName matches the header; another order is tried by name, and may fail when the import starts.
Which orders fail is inferred: those where a column would be read under the name of another one.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Final
from unicodedata import normalize

from mockserver.crm.cells import odd_characters
from mockserver.crm.definitions import Definitions
from mockserver.imports.files import Beginning
from mockserver.imports.request import (
    BELONGS_TO,
    CREATED_ONLY,
    ColumnMapping,
    ColumnType,
    ImportOperation,
    ImportRequest,
    required_properties,
)
from mockserver.imports.request.columns import RECORD_ID
from mockserver.imports.request.sent import SentFile
from mockserver.jackson import pointer_to
from mockserver.refusals.cautions import (
    COLUMN_NOT_IN_HEADER,
    COLUMN_ORDER,
    COLUMNS_MISPLACED,
    CSV_DELIMITER,
    CSV_NOT_UTF_8,
    LINES_ABOVE_HEADER,
    NO_COMMON_COLUMN,
    OPERATION_UNUSED,
    PIPELINE_NOT_MAPPED,
    RECORD_WITHOUT_PARTNER,
    UPDATE_WITHOUT_IDENTIFIER,
)
from mockserver.refusals.import_request import (
    CANNOT_BE_UPDATED,
    MARKETING_CONTACTS_MISSING,
    MARKETING_EVENT_ID_NOT_POSITIVE,
    MARKETING_EVENT_MISSING,
    REQUIRED_PROPERTIES_MISSING,
)
from mockserver.refusals.rule import Findings, Guesses, Rejection, unless_off
from mockserver.scenario import PortalSettings

# The properties of stage and pipeline, where a new record needs both.  docs: knowledge base, set up import files, 2020
# and 2021: deals and tickets; format import files, 2026: orders and services
_PIPELINE_OF_OTHERS: Final = ("hs_pipeline_stage", "hs_pipeline")
_NEEDS_PIPELINE: Final = {
    "0-3": ("dealstage", "pipeline"),
    "0-5": _PIPELINE_OF_OTHERS,
    "0-123": _PIPELINE_OF_OTHERS,
    "0-162": _PIPELINE_OF_OTHERS,
}


def check_request(
    request: ImportRequest,
    operations: Mapping[str, str],
    definitions: Definitions,
    settings: PortalSettings,
    off: Container[str],
) -> Findings[None]:
    """Yields what was probably not meant; `operations` has the object type id of each name in importOperations.

    Raises:
        Rejection: HubSpot would refuse this request, or would do so for all we know.

    """
    yield from _check_operations(request, operations, definitions, off)
    yield from _check_required_properties(request, operations, definitions, off)
    yield from _check_pipelines(request)
    yield from _check_partners(request, definitions)
    yield from _check_common_columns(request)
    yield from _check_marketing(request, settings, off)


def _check_operations(
    request: ImportRequest, operations: Mapping[str, str], definitions: Definitions, off: Container[str]
) -> Findings[None]:
    mapped = request.object_types
    for name, type_id in operations.items():
        pointer = pointer_to("/importOperations", name)
        object_type = definitions.object_type(type_id)
        title = name if object_type is None else object_type.name
        if type_id not in mapped:
            yield OPERATION_UNUSED.diagnosis(got=f"{title} ({type_id}), which no column has", pointer=pointer)
        elif request.operations.get(type_id) is ImportOperation.UPDATE:
            if type_id in CREATED_ONLY:
                rejection = Rejection(
                    CANNOT_BE_UPDATED,
                    got=f"UPDATE for {title}",
                    pointer=pointer,
                    details={"context": {"objectType": [type_id]}},
                    object_type=type_id,
                )
                yield unless_off(rejection, off)
            identifiers = set(definitions.identifiers(type_id))
            if not any(_names_record(column, type_id, identifiers) for _, column in _columns(request)):
                wanted = ", ".join([RECORD_ID, *sorted(identifiers)])
                got = f"UPDATE for {title} without a column for {wanted}"
                yield UPDATE_WITHOUT_IDENTIFIER.diagnosis(got=got, pointer=pointer)


def _check_required_properties(
    request: ImportRequest, operations: Mapping[str, str], definitions: Definitions, off: Container[str]
) -> Findings[None]:
    """Refuses to create records without a column for each property that a new one must have.

    seen: HubSpot's changelog, with the body for contacts; updates and upserts are not checked.
    """
    for name, type_id in operations.items():
        object_type = definitions.object_type(type_id)
        mapped = _mapped_properties(request, type_id)
        if object_type is None or request.operations.get(type_id) is not ImportOperation.CREATE or mapped is None:
            continue
        groups = [group for group in required_properties(object_type) if not mapped.intersection(group)]
        if not groups:
            continue
        title = object_type.legacy_name or object_type.singular.upper()
        missing = [group[0] if len(group) == 1 else f"One of [{', '.join(group)}]" for group in groups]
        rejection = Rejection(
            REQUIRED_PROPERTIES_MISSING,
            got=f"columns for {', '.join(sorted(mapped)) or 'none of its properties'}",
            pointer=pointer_to("/importOperations", name),
            details={"context": {f"{title} properties": [f"[{', '.join(sorted(mapped))}]"]}},
            object_type=title,
            missing=", ".join(missing),
        )
        yield unless_off(rejection, off)


def _check_pipelines(request: ImportRequest) -> Findings[None]:
    """Yields the types of new records whose pipeline no column names."""
    for type_id, (stage, pipeline) in _NEEDS_PIPELINE.items():
        mapped = _mapped_properties(request, type_id) or set()
        is_made = stage in mapped and request.operations.get(type_id) is not ImportOperation.UPDATE
        if is_made and pipeline not in mapped:
            got = f"a column for {stage} and none for {pipeline}"
            yield PIPELINE_NOT_MAPPED.diagnosis(got=got, pointer=_first_pointer(request, type_id))


def _check_partners(request: ImportRequest, definitions: Definitions) -> Findings[None]:
    """Yields the records that no column associates with a record that they belong to."""
    for type_id, partner in BELONGS_TO.items():
        object_type = definitions.object_type(type_id)
        if type_id not in request.object_types or object_type is None:
            continue
        if not any(_is_with(request, index, type_id, partner) for index in range(len(request.files))):
            wanted = "another record" if partner is None else "a deal"
            yield RECORD_WITHOUT_PARTNER.diagnosis(
                got=f"columns of {object_type.name} alone",
                pointer=_first_pointer(request, type_id),
                expected=f"columns that associate each {object_type.singular.replace('_', ' ')} with {wanted}",
            )


def _is_with(request: ImportRequest, file: int, type_id: str, partner: str | None) -> bool:
    """Returns whether a file associates records of a type with others, of the type `partner` if there is one."""
    columns = [column for column in request.files[file].columns if not column.ignored]
    ends = [{column.object_type, column.to_object_type} for column in columns]
    here = {end for pair in ends for end in pair if end}
    others = here - {type_id} if partner is None else here & {partner}
    return type_id in here and bool(others)


def _mapped_properties(request: ImportRequest, type_id: str) -> set[str] | None:
    """Returns the properties of an object type that have a column; None where no column makes records of it."""
    columns = [
        column
        for _, column in _columns(request)
        if column.object_type == type_id and not column.ignored and column.column_type is not ColumnType.EVENT_TIMESTAMP
    ]
    return {column.property_name for column in columns if column.property_name} if columns else None


def _names_record(column: ColumnMapping, type_id: str, identifiers: set[str]) -> bool:
    if column.ignored or column.object_type != type_id or column.to_object_type is not None:
        return False
    return column.column_type is ColumnType.HUBSPOT_OBJECT_ID or column.property_name in identifiers


def _check_common_columns(request: ImportRequest) -> Findings[None]:
    """Yields the foreign keys for which no file has the column that their values come from."""
    common = {
        column.object_type
        for _, column in _columns(request)
        if column.association_identifier and column.to_object_type is None
    }
    for pointer, column in _columns(request):
        if (
            column.foreign_key is not None
            and column.column_type in (ColumnType.STANDARD, ColumnType.HUBSPOT_ALTERNATE_ID)
            and column.to_object_type not in common
        ):
            yield NO_COMMON_COLUMN.diagnosis(
                got=f"no such column of {column.to_object_type} for {column.column_name}", pointer=pointer
            )


def _check_marketing(request: ImportRequest, settings: PortalSettings, off: Container[str]) -> Findings[None]:
    event = request.marketing_event_id
    if event is not None and event <= 0:
        raise Rejection(MARKETING_EVENT_ID_NOT_POSITIVE, got=str(event), pointer="/marketingEventObjectId", value=event)
    for pointer, column in _columns(request):
        if event is None and column.column_type is ColumnType.EVENT_TIMESTAMP:
            rejection = Rejection(
                MARKETING_EVENT_MISSING,
                got=f"an EVENT_TIMESTAMP column, {column.column_name}, and no event",
                pointer=pointer,
                details={"context": {"columnName": [column.column_name]}},
            )
            yield unless_off(rejection, off)
    if request.marketable and not settings.marketing_contacts:
        rejection = Rejection(
            MARKETING_CONTACTS_MISSING,
            got="marketableContactImport in an account without marketing contacts",
            pointer="/marketableContactImport",
        )
        yield unless_off(rejection, off)


def _columns(request: ImportRequest) -> Iterator[tuple[str, ColumnMapping]]:
    """Yields the columns of all files, each with its pointer."""
    for index, file in enumerate(request.files):
        for number, column in enumerate(file.columns):
            yield f"/files/{index}/fileImportPage/columnMappings/{number}", column


def _first_pointer(request: ImportRequest, type_id: str) -> str:
    return next((pointer for pointer, column in _columns(request) if column.object_type == type_id), "")


# -- columnNames and headers -------------------------------------------------------------------------------------------

_MOST_LISTED: Final = 12  # names in a diagnosis


def titles_of(header: Iterable[str], count: int) -> list[str]:
    """Returns the names in a header for `count` mappings; blank cells beyond them are no columns."""
    titles = [title.strip() for title in header]
    while len(titles) > count and not titles[-1]:
        titles.pop()
    return titles


def places_by_name(names: Sequence[str], titles: Sequence[str]) -> list[int] | None:
    """Returns the place of each name in a header; None where they are not the same names."""
    if sorted(names) != sorted(titles):
        return None
    places: dict[str, list[int]] = {}
    for index, title in enumerate(titles):
        places.setdefault(title, []).append(index)
    return [places[name].pop(0) for name in names]


def misplaced(names: Sequence[str], titles: Sequence[str]) -> list[int]:
    """Returns the mappings that, taken by position, would read a column under the name of another one of the header.

    Names also count as those of a column if they differ from its name in capitals and spaces alone.
    """
    ours, theirs = list(map(_folded, names)), list(map(_folded, titles))
    elsewhere = {title for title, name in zip(theirs, ours, strict=True) if title != name and title}
    return [place for place, name in enumerate(ours) if name != theirs[place] and name in elsewhere]


def _folded(name: str) -> str:
    return "".join(normalize("NFKC", name).casefold().split())


def other_width(file_name: str, names: Sequence[str], titles: Sequence[str]) -> str:
    """Says that a header does not have as many columns as there are mappings, and why that may be."""
    columns = f"{len(titles)} column{'' if len(titles) == 1 else 's'}"
    mappings = f"{len(names)} column mapping{'' if len(names) == 1 else 's'}"
    said = f"{file_name} has {columns} ({_in_row(titles)}), and there {'is' if len(names) == 1 else 'are'} {mappings} "
    said += f"({_in_row(names)}). Each column needs one."
    if len(names) > 1 and any(len(cut) == len(names) for cut in _cuts(list(titles))):
        said += " The whole line is in quotes: a program took the file for one column and saved it again."
    return said


def side_by_side(names: Sequence[str], titles: Sequence[str]) -> str:
    """Lists a header and the columnNames column by column, those that differ first."""
    pairs = list(enumerate(zip(titles, names, strict=True), 1))
    pairs.sort(key=lambda pair: pair[1][0] == pair[1][1])
    shown = [f"{number} `{title}` | `{name}`" for number, (title, name) in sorted(pairs[:_MOST_LISTED])]
    more = f" (and {len(pairs) - _MOST_LISTED} more columns)" if len(pairs) > _MOST_LISTED else ""
    return f"header | columnName: {'; '.join(shown)}{more}"


# -- the first rows of a file, at the POST -----------------------------------------------------------------------------


def compare_with_file(
    file: SentFile, beginning: Beginning, guesses: Guesses, *, fails_if_misplaced: bool
) -> Findings[None]:
    """Yields what in a file's first rows differs from its mappings, or from what the documentation asks for."""
    yield from _look_at_encoding(file, beginning)
    if file.has_header and beginning.rows:
        is_below = yield from _is_header_below(file, beginning)
        if not is_below:
            yield from _compare_with_header(file, beginning.header, guesses, fails_if_misplaced=fails_if_misplaced)


def _look_at_encoding(file: SentFile, beginning: Beginning) -> Findings[None]:
    """Yields a caution for a CSV file that is not UTF-8, or whose columns are not separated by commas."""
    if beginning.utf8_fault:
        where = f"bytes that are not UTF-8, the first in {beginning.utf8_fault!r}"
        yield CSV_NOT_UTF_8.diagnosis(got=where, pointer=file.pointer)
    elif beginning.encoding.startswith("utf-16"):
        got, hint = "UTF-16, by its byte order mark", "It is read as UTF-16. Save the file as UTF-8."
        yield CSV_NOT_UTF_8.diagnosis(got=got, pointer=file.pointer, hint=hint)
    if beginning.delimiter not in ("", ","):
        got = f"columns separated by {beginning.delimiter!r}, as the first row shows"
        yield CSV_DELIMITER.diagnosis(got=got, pointer=file.pointer)


def _is_header_below(file: SentFile, beginning: Beginning) -> Findings[bool]:
    """Returns whether the names are in a later line and none in the first, with a caution if so."""
    names = {column.name.strip() for column in file.columns}
    if names & _stripped(beginning.header):
        return False
    for line, row in beginning.rows[1:]:
        if not any(names <= _stripped(cells) for cells in _cuts(row)):
            continue
        first = beginning.header[0].strip() if beginning.header else ""
        is_for_excel = first.lower().startswith("sep=")
        why = "The first line is for Excel: delete it." if is_for_excel else f"Delete the lines above line {line}."
        yield LINES_ABOVE_HEADER.diagnosis(
            got=f"line {beginning.rows[0][0]} is {_in_row(beginning.header)}; line {line} has all columnNames",
            pointer=f"{file.pointer}/fileImportPage/columnMappings",
            hint=f"{why} {LINES_ABOVE_HEADER.hint}",
        )
        return True
    return False


def _compare_with_header(
    file: SentFile, header: Sequence[str], guesses: Guesses, *, fails_if_misplaced: bool
) -> Findings[None]:
    """Yields the columns that are not in the file's header under that name, or that are in another order."""
    names = [column.name.strip() for column in file.columns]
    titles = titles_of(header, len(names))
    pointer = f"{file.pointer}/fileImportPage/columnMappings"
    if places_by_name(names, titles) is not None:
        if names != titles:
            got = f"{_in_row(names)}, while the header says {_in_row(titles)}"
            yield COLUMN_ORDER.diagnosis(got=got, pointer=pointer)
        return
    if fails_if_misplaced and len(names) == len(titles) and misplaced(names, titles):
        yield COLUMNS_MISPLACED.diagnosis(got=side_by_side(names, titles), pointer=pointer)
        return
    outcome = COLUMN_NOT_IN_HEADER.hint
    if len(names) != len(titles):
        outcome = f"The import will fail when it starts: {other_width('the file', names, titles)}"
    present = set(titles)
    for column in file.columns:
        if column.name.strip() not in present:
            guess = guesses.nearest(column.name, titles)
            odd = odd_characters(guess or "") or odd_characters(column.name)
            named = f", which has {odd}" if odd else ""
            said = f"Did you mean `{guess}`{named}? " if guess else ""
            yield COLUMN_NOT_IN_HEADER.diagnosis(
                got=f"`{column.name}`",
                pointer=f"{column.pointer}/columnName",
                hint=f"{said}The file's headers are {_in_row(titles)}. {outcome}",
            )
            if len(names) != len(titles):
                return  # one is enough: what is missing cannot be told from what is named otherwise


def _stripped(cells: Iterable[str]) -> set[str]:
    return {cell.strip() for cell in cells}


def _cuts(row: list[str]) -> Iterator[list[str]]:
    """Yields a row, and what it would be with another delimiter if it has one cell."""
    yield row
    if len(row) == 1:
        yield from (row[0].split(delimiter) for delimiter in ",;\t|")


def _in_row(names: Sequence[str]) -> str:
    rest = ", …" if len(names) > _MOST_LISTED else ""
    return ", ".join(f"`{name}`" for name in names[:_MOST_LISTED]) + rest
