"""Looks through an XLSX file before it is opened: is it a bomb, how far do its cells reach, which of them hold errors?

An XLSX file is a zip of XML parts. Each is inflated here once, piece by piece, and searched by regular expressions:
together that takes a quarter of the time in which the workbook is then read.
"""

import re
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from mockserver.imports.files.tables import Findings, invalid

if TYPE_CHECKING:  # it takes ten milliseconds to import
    from zipfile import ZipFile, ZipInfo

_PIECE = 64 * 1024  # bytes inflated at a time
_LONGEST_CELL = 1024 * 1024  # bytes of XML; Excel's longest text has 32,767 characters

# A sheet's XML shrinks to a tenth or a thirtieth. The ratio and its grace are those of Apache POI, which HubSpot, a
# Java house, may well use.  inferred
_HIGHEST_RATIO = 100
_GRACE = 100 * 1024  # bytes; so small a part may have any ratio
_MOST_INFLATED = 2 * 1024**3  # bytes, of all parts together: a million rows of some forty columns
_MOST_CELLS = 64 * 1024**2  # in the rectangle of all used cells: a million rows of 64 columns; 32 bytes each
_LARGEST_DIRECTORY = 1024 * 1024  # bytes: ten thousand parts or more; a workbook has dozens

_STORED, _DEFLATED = 0, 8

# Cells beyond column Z or row 999,999. Without one, the used cells span 26 million cells at most.
_FAR_CELL = re.compile(rb' r="(?:[A-Z]{2}|[A-Z]?[0-9]{7})')
_REFERENCE = re.compile(rb' r="([A-Z]*)([0-9]+)"')
_ERROR_CELL = re.compile(
    rb'<c(?=[^>]* t="e")[^>]* r="([A-Z]+)([0-9]+)"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>([^<]+)</v>'
)
_FORMULA_WITHOUT_VALUE = re.compile(rb"</f>(?:<v ?/>|<v></v>|</c>)")


def look_through(file: BinaryIO) -> Findings:
    """Inflates an XLSX file once. Raises FileProblem where it is none, or is not safe to open."""
    from zipfile import ZipFile

    _check_directory(file)
    try:
        archive = ZipFile(file)
    except Exception as error:  # zipfile raises about anything for a directory that makes no sense
        raise invalid(f"The zip file that the workbook should be cannot be read ({error}).") from error
    _check_parts(archive, file.seek(0, 2))
    findings = Findings()
    for part in archive.infolist():
        _look_through_part(file, part, findings)
    return findings


# -- the zip file ----------------------------------------------------------------------------------------------------


def _check_directory(file: BinaryIO) -> None:
    """Refuses a zip file whose directory is too large to read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0:
        raise invalid("The workbook is cut off: the end of its zip file is missing.")
    length = int.from_bytes(tail[end + 12 : end + 16], "little")
    if tail[end - 20 : end - 16] == b"PK\x06\x07":  # a zip64 file has a second, larger record
        file.seek(min(int.from_bytes(tail[end - 12 : end - 4], "little"), size))
        length = int.from_bytes(file.read(56)[40:48], "little")
    if length > _LARGEST_DIRECTORY:
        raise invalid(f"The zip file's directory takes {length:,} bytes: no workbook has so many parts.")


def _check_parts(archive: "ZipFile", size: int) -> None:
    """Refuses a zip file that is no workbook, or whose directory says that it is a bomb."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or "xl/workbook.bin" in names:
        raise invalid("The file is a zip file, but no XLSX workbook.")
    for part in parts:
        if part.flag_bits & 1:
            raise invalid("The workbook is protected by a password.")
        if part.compress_type not in (_STORED, _DEFLATED):
            raise invalid(f"The workbook's part {part.filename} is compressed in a way that Excel does not know.")
        if part.file_size > max(_GRACE, _HIGHEST_RATIO * part.compress_size):
            raise invalid(f"The workbook is a zip bomb: {_sizes(part)}.")
    inflated = sum(part.file_size for part in parts)
    if inflated > _MOST_INFLATED:
        raise invalid(f"The workbook's parts would take {inflated:,} bytes; {_MOST_INFLATED:,} are accepted.")
    if sum(part.compress_size for part in parts) > size or any(part.header_offset < 0 for part in parts):
        raise invalid("The workbook is a zip bomb: its parts overlap or lie outside of it.")


def _sizes(part: "ZipInfo") -> str:
    return f"{part.filename} grows from {part.compress_size:,} to {part.file_size:,} bytes"


def _pieces(file: BinaryIO, part: "ZipInfo") -> Iterator[bytes]:
    """Yields a part's content; raises FileProblem where it is more than the directory says."""
    file.seek(part.header_offset)
    header = file.read(30)
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    packed, unpacked = part.compress_size, part.file_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if part.compress_type == _DEFLATED else None
    while data := file.read(min(packed, _PIECE)):
        packed -= len(data)
        if inflate is None:
            yield data
        while inflate and data and not inflate.eof:
            piece = inflate.decompress(data, _PIECE)
            unpacked -= len(piece)
            if unpacked < 0:
                raise invalid(f"The workbook is a zip bomb: {part.filename} is larger than it says.")
            yield piece
            data = inflate.unconsumed_tail


# -- a sheet's XML ---------------------------------------------------------------------------------------------------


def _look_through_part(file: BinaryIO, part: "ZipInfo", findings: Findings) -> None:
    """Inflates a part to its end, and where it is a sheet, looks at its cells."""
    try:
        runs = _runs_of_cells(_pieces(file, part))
        first = next(runs, b"")
        if b"worksheet" not in first[:4096]:
            for _ in runs:
                pass
            return
        findings.has_formulas_without_value |= _FORMULA_WITHOUT_VALUE.search(first) is not None
        is_far = False
        for cells in chain([first], runs):
            is_far = is_far or _FAR_CELL.search(cells) is not None
            if b't="e"' in cells:
                _find_errors(cells, findings)
        if is_far:
            _measure(_runs_of_cells(_pieces(file, part)))
    except zlib.error as error:
        raise invalid(f"The workbook's part {part.filename} is damaged ({error}).") from error


def _runs_of_cells(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yields the same XML, cut between cells."""
    rest = b""
    for piece in pieces:
        xml = rest + piece
        end = xml.rfind(b"<c ")
        if end < max(0, len(xml) - _LONGEST_CELL):
            end = len(xml)
        rest = xml[end:]
        yield xml[:end]
    yield rest


def _find_errors(cells: bytes, findings: Findings) -> None:
    for letters, row, text in _ERROR_CELL.findall(cells):
        findings.add_error(int(row) - 1, _column(letters) - 1, text.decode("utf-8", "replace"))


def _measure(runs: Iterator[bytes]) -> None:
    """Refuses a sheet whose used cells span too large a rectangle."""
    last_row = last_column = 1
    for cells in runs:
        references = _REFERENCE.findall(cells)
        last_row = max(last_row, max((int(row) for _, row in references), default=0))
        last_column = max(last_column, max(map(_column, {letters for letters, _ in references}), default=0))
        if last_row * last_column > _MOST_CELLS:
            raise invalid(
                f"The sheet reaches to row {last_row:,} and column {last_column:,}, and {_MOST_CELLS:,} cells are"
                " accepted. Delete the cells that are far from the rest, or send the rows as CSV."
            )


def _column(letters: bytes) -> int:
    """Returns the number of a column: A is 1, AA is 27, and no letters are 0."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
