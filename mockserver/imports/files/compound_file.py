"""Reads the streams of a compound file, the container of an XLS workbook, [MS-CFB].

Inconsistent files are refused. No two chains may share a sector, so no chain can be circular.
"""

import struct
import sys
from array import array
from collections.abc import Sequence
from typing import Final

from mockserver.imports.files import invalid

_SECTOR_NUMBERS_IN_HEADER: Final = 109
_ROOT, _STREAM = 5, 2  # kinds of directory entries
_MARKS: Final = 0xFFFFFFFA  # from here on, sector numbers are markers: the end of a chain, an unused sector, …


class _Chains:
    """The sectors of one size, and the next sector of each in its chain."""

    def __init__(self, data: bytes, start: int, sector_size: int, following: Sequence[int]) -> None:
        self._data = data
        self._start = start
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
            start = self._start + number * self._sector_size
            sectors.append(self._data[start : start + self._sector_size])
            number = self._following[number]
        return b"".join(sectors)


class CompoundFile:
    """The streams of a compound file. Raises FileProblem or struct.error if it is damaged."""

    def __init__(self, data: bytes) -> None:
        shift, mini_shift = struct.unpack_from("<2H", data, 30)
        tables, directory, smallest, mini_table, mini_tables, master, masters = struct.unpack_from("<2L4x5L", data, 44)
        if shift not in (9, 12) or mini_shift != 6:
            raise invalid("The workbook is damaged: its sectors have an impossible size.")
        sector_size = 1 << shift
        if max(tables, mini_tables, masters) * sector_size > len(data):
            raise invalid("The workbook is damaged: its tables are larger than the file.")
        table = _table(data, sector_size, tables, master, masters)
        self._smallest = smallest
        self._chains = _Chains(data, sector_size, sector_size, table)  # sector 0 comes after the header
        self._entries: dict[str, tuple[int, int]] = {}
        self._minis: _Chains | None = None
        root = (0, 0)
        for kind, name, start, size in _entries(self._chains.follow(directory)):
            if size > len(data):
                raise invalid(f"The workbook is damaged: {name!r} is larger than the file.")
            if kind == _ROOT:
                root = (start, size)
            elif kind == _STREAM and size:
                self._entries.setdefault(name.lower(), (start, size))
        if root[1]:
            following = _numbers(self._chains.follow(mini_table)) if mini_tables else ()
            self._minis = _Chains(self._chains.follow(root[0]), 0, 1 << mini_shift, following)

    def names(self) -> set[str]:
        """Returns the names of the streams in small letters."""
        return set(self._entries)

    def stream(self, name: str) -> bytes:
        """Returns the content of a stream."""
        start, size = self._entries[name]
        source = self._minis if self._minis and size < self._smallest else self._chains
        return source.follow(start)[:size]


def _table(data: bytes, sector_size: int, tables: int, master: int, masters: int) -> Sequence[int]:
    """Returns the number of the next sector for each sector."""

    def sector(number: int) -> bytes:
        return data[(number + 1) * sector_size : (number + 2) * sector_size]

    where = list(struct.unpack_from(f"<{_SECTOR_NUMBERS_IN_HEADER}L", data, 76))
    for _ in range(masters):
        if master < _MARKS:
            *more, master = _numbers(sector(master)) or (_MARKS,)
            where += more
    used = [number for number in where if number < _MARKS][:tables]
    return _numbers(b"".join(sector(number) for number in used))


def _numbers(data: bytes) -> Sequence[int]:
    numbers = array("I")
    numbers.frombytes(data[: len(data) // 4 * 4])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _entries(directory: bytes) -> list[tuple[int, str, int, int]]:
    """Returns kind, name, first sector and size of each entry of the directory."""
    found = []
    for at in range(0, len(directory) - 127, 128):
        length, kind = struct.unpack_from("<HB", directory, at + 64)
        start, size = struct.unpack_from("<LQ", directory, at + 116)
        name = directory[at : at + min(length, 64)].decode("utf-16-le", "replace").rstrip("\0")
        found.append((kind, name, start, size & 0xFFFFFFFF))  # files here are smaller than 4 GB
    return found
