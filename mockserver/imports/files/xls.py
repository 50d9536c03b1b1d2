"""Looks through an XLS file before it is opened: are its numbers possible, and which cells hold errors?

An XLS file is a compound file, a little file system of chained sectors, described in [MS-CFB]. Its stream `Workbook` is
a sequence of records, described in [MS-XLS]. No two chains may share a sector, so that none runs in circles.
"""

import struct
from collections.abc import Sequence
from typing import BinaryIO

from mockserver.imports.files.tables import Findings, invalid

_ROWS, _COLUMNS = 65_536, 256  # of a sheet

_DIMENSIONS, _STRINGS, _BOOLEAN_OR_ERROR = 0x0200, 0x00FC, 0x0205
_FORMULAS = frozenset({0x0006, 0x0206, 0x0406})
_CELLS = _FORMULAS | {0x0203, 0x00FD, 0x0204, 0x027E, 0x00BD, _BOOLEAN_OR_ERROR, 0x00D6, 0x0201, 0x00BE}
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


def look_through(file: BinaryIO) -> Findings:
    """Reads an XLS file's records once. Raises FileProblem where they make no sense."""
    try:
        streams = _read_streams(file.read())
        if "EncryptedPackage" in streams:  # an XLSX file, encrypted
            raise invalid("The workbook is protected by a password.")
        records = streams.get("Workbook") or streams.get("Book")  # the latter in Excel 95
        if not records:
            raise invalid("The file is an Office file, but no XLS workbook.")
        return _look_through_records(records)
    except (struct.error, IndexError) as error:
        raise invalid(f"The workbook is damaged: it ends in the middle of a record ({error}).") from error


def _look_through_records(data: bytes) -> Findings:
    findings = Findings()
    at, end = 0, len(data)
    head = struct.Struct("<2H").unpack_from
    while at + 4 <= end:
        kind, length = head(data, at)
        at += 4
        if kind in _CELLS:
            row, column = head(data, at)
            if column >= _COLUMNS:
                raise invalid(f"The workbook is damaged: it has a cell in column {column + 1:,}.")
            if kind == _BOOLEAN_OR_ERROR and data[at + 7]:
                findings.add_error(row, column, _error(data[at + 6]))
            elif kind in _FORMULAS and data[at + 6] == 2 and data[at + 12 : at + 14] == b"\xff\xff":
                findings.add_error(row, column, _error(data[at + 8]))
        elif kind == _DIMENSIONS:
            _check_dimensions(data[at : at + length])
        elif kind == _STRINGS and struct.unpack_from("<L", data, at + 4)[0] > end:
            raise invalid("The workbook is damaged: it has more texts than bytes.")
        at += length
    return findings


def _check_dimensions(record: bytes) -> None:
    layout = "<2L2H" if len(record) >= 14 else "<4H"  # Excel 95 had rows of two bytes
    first_row, end_row, first_column, end_column = struct.unpack_from(layout, record)
    if not first_row <= end_row <= _ROWS or not first_column <= end_column <= _COLUMNS:
        raise invalid(
            "The workbook is damaged: its sheet is said to reach"
            f" from row {first_row:,} to {end_row:,} and from column {first_column:,} to {end_column:,}."
        )


def _error(code: int) -> str:
    return _ERRORS.get(code, "#ERROR!")


# -- the compound file -----------------------------------------------------------------------------------------------

_SECTOR_NUMBERS_IN_HEADER = 109
_ROOT, _STREAM = 5, 2  # kinds of directory entries
_MARKS = 0xFFFFFFFA  # sector numbers from here on are marks: the end of a chain, an unused sector, …


class _Chains:
    """The sectors of one size: each knows the next of its chain."""

    def __init__(self, data: bytes, sector_size: int, following: Sequence[int]) -> None:
        self._data = data
        self._sector_size = sector_size
        self._following = following
        self._unvisited = len(following)

    def follow(self, number: int) -> bytes:
        """Returns the content of the chain that starts with a sector."""
        sectors = []
        while number < _MARKS:
            if number >= len(self._following) or not self._unvisited:
                raise invalid("The workbook is damaged: its sectors run in circles or out of the file.")
            self._unvisited -= 1
            start = number * self._sector_size
            sectors.append(self._data[start : start + self._sector_size])
            number = self._following[number]
        return b"".join(sectors)


def _read_streams(data: bytes) -> dict[str, bytes]:
    """Returns the streams of a compound file by name. Raises FileProblem or struct.error where it is damaged."""
    shift, mini_shift = struct.unpack_from("<2H", data, 30)
    tables, directory, smallest, mini_table, mini_tables, master, masters = struct.unpack_from("<2L4x5L", data, 44)
    if shift not in (9, 12) or mini_shift != 6:
        raise invalid("The workbook is damaged: its sectors have an impossible size.")
    sector_size = 1 << shift
    body = data[sector_size:]  # sector 0 comes after the header
    if max(tables, mini_tables, masters) * sector_size > len(data):
        raise invalid("The workbook is damaged: its tables are larger than the file.")
    table = _table(data, body, sector_size, tables, master, masters)
    chains = _Chains(body, sector_size, table)
    entries = _entries(chains.follow(directory))
    following = _numbers(chains.follow(mini_table)) if mini_tables else ()
    streams: dict[str, bytes] = {}
    minis: _Chains | None = None
    for kind, name, start, size in entries:
        if size > len(data):
            raise invalid(f"The workbook is damaged: {name!r} is larger than the file.")
        if kind == _ROOT:
            minis = _Chains(chains.follow(start) if size else b"", 1 << mini_shift, following)
        elif kind == _STREAM and size:
            source = minis if minis and size < smallest else chains
            streams[name] = source.follow(start)[:size]
    return streams


def _table(data: bytes, body: bytes, sector_size: int, tables: int, master: int, masters: int) -> Sequence[int]:
    """Returns the number of the next sector for each sector."""
    where = list(struct.unpack_from(f"<{_SECTOR_NUMBERS_IN_HEADER}L", data, 76))
    for _ in range(masters):
        if master < _MARKS:
            *more, master = _numbers(body[master * sector_size : (master + 1) * sector_size]) or (_MARKS,)
            where += more
    used = [number for number in where if number < _MARKS][:tables]
    return _numbers(b"".join(body[number * sector_size : (number + 1) * sector_size] for number in used))


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack_from(f"<{len(data) // 4}L", data)


def _entries(directory: bytes) -> list[tuple[int, str, int, int]]:
    """Returns kind, name, first sector and size of each entry of the directory."""
    found = []
    for at in range(0, len(directory) - 127, 128):
        length, kind = struct.unpack_from("<HB", directory, at + 64)
        start, size = struct.unpack_from("<LQ", directory, at + 116)
        name = directory[at : at + min(length, 64)].decode("utf-16-le", "replace").rstrip("\0")
        found.append((kind, name, start, size & 0xFFFFFFFF))  # no file of four gigabytes comes here
    return found
