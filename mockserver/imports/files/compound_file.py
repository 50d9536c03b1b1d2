"""Reads the streams of a compound file, the little file system of chained sectors that an XLS file is.

Described in [MS-CFB]. What does not add up is refused. No two chains may share a sector, so none runs in circles: the
reader of workbooks would follow it for ever.
"""

import struct
from collections.abc import Sequence

from mockserver.imports.files.workbook_findings import invalid

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


def read_streams(data: bytes) -> dict[str, bytes]:
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
