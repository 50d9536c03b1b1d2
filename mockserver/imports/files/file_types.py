"""Recognizes what a file is by its first bytes, so that a refusal can name it."""

from typing import Final

XLSX: Final = b"PK\x03\x04"
XLS: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_SIGNATURES: Final = (
    (XLSX, "a zip file, such as an XLSX workbook"),
    (b"PK\x05\x06", "an empty zip file"),
    (XLS, "an old Office file, such as an XLS workbook"),
    (b"%PDF-", "a PDF file"),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"7z\xbc\xaf'\x1c", "a 7-Zip file: unpack it first"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"\xff\xfe\x00\x00", "UTF-32: save it as UTF-8"),
    (b"\x00\x00\xfe\xff", "UTF-32: save it as UTF-8"),
    (b"{\\rtf", "an RTF document"),
)
_OLDEST_WORKBOOKS: Final = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")  # Excel 2, 3 and 4

_SAVE: Final = "open it in Excel and save it as XLSX"
_LOOKED_AT: Final = 4096  # bytes


def is_spreadsheet(start: bytes) -> bool:
    """Says whether a file that begins so is an XLSX or XLS workbook, or another file in their containers."""
    return start.startswith((XLSX, XLS))


def binary_type(start: bytes) -> str | None:
    """Returns what a file is that begins so and is no text, such as "a PDF file"."""
    if start.startswith(_OLDEST_WORKBOOKS):
        return f"a workbook of Excel 4 or older: {_SAVE}"
    return next((name for signature, name in _SIGNATURES if start.startswith(signature)), None)


def markup_type(start: bytes) -> str | None:
    """Returns what a text file is that begins so and is no CSV, such as "an HTML page"."""
    text = _beginning(start)
    if "urn:schemas-microsoft-com:office:spreadsheet" in text or 'progid="excel.sheet"' in text:
        return f"an XML spreadsheet of 2003 (SpreadsheetML): {_SAVE}"
    if text.startswith("mime-version:"):
        return f"a web archive (MHTML): {_SAVE}"
    if text.startswith("<") and any(tag in text for tag in ("<html", "<table", "<!doctype html", "<body", "<head")):
        return f"an HTML page: {_SAVE}"
    if text.startswith("<") and "urn:oasis:names:tc:opendocument" in text:
        return f"an OpenDocument spreadsheet (flat ODS): {_SAVE}"
    if text.startswith("<?xml"):
        return "an XML file"
    return None


def _beginning(start: bytes) -> str:
    encoding = "utf-16" if start.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    return start[:_LOOKED_AT].decode(encoding, "replace").removeprefix("\ufeff").lstrip().lower()
