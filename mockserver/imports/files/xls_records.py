"""Looks through an XLS file before it is opened: are its numbers possible, and which cells hold errors?

The stream `Workbook` of an XLS file is a row of records, described in [MS-XLS].
"""

import struct
from typing import BinaryIO

from mockserver.imports.files.compound_file import read_streams
from mockserver.imports.files.workbook_findings import Findings, invalid

_ROWS, _COLUMNS = 65_536, 256  # of a sheet

_DIMENSIONS, _STRINGS, _BOOLEAN_OR_ERROR = 0x0200, 0x00FC, 0x0205
_FORMULAS = frozenset({0x0006, 0x0206, 0x0406})
_CELLS = _FORMULAS | {0x0203, 0x00FD, 0x0204, 0x027E, 0x00BD, _BOOLEAN_OR_ERROR, 0x00D6, 0x0201, 0x00BE}
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


def look_through(file: BinaryIO) -> Findings:
    """Reads an XLS file's records once. Raises FileProblem where they make no sense."""
    try:
        streams = read_streams(file.read())
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
