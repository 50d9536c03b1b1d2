"""Files to import, opened in this process: XLSX by parts and by bits, XLS by records, CSV.

Each one is a good file with odd places. It is read to its end as an import does; nothing but a FileProblem may come of
it, lines ascend, and both ways of reading the rows of a sheet agree.
"""

import argparse
import io
import re
import struct
import sys
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import xlwt

from mockserver.imports.files import BrokenRow, FileProblem, open_table
from mockserver.imports.files.xls import workbook_stream
from mockserver.imports.request import FileFormat
from tests.fuzz.pieces import mutated, text

MOST_MEMORY: Final = 64 * 1024 * 1024  # bytes that reading a small file may take
MOST_ROWS: Final = 5000  # that are read of one file

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
REFERENCES = ("A1", "B2", "C3", "Z999999", "XFD1048576", "XFE1", "AAAA1", "a1", "A0", "A", "1", "", "A1:B2", "A4294967296", "BL1048576", "É1", "A٣")  # fmt: skip
NUMBERS = ("0", "1", "-1", "1.5", "45352", "45352.75", "60", "2958466", "1e308", "1e999", "-1e300", "NaN", "inf", "1_0", " 7 ", "0x10", "٣", "9" * 400, "", "12345678901234567", "99999999999", "007")  # fmt: skip
TYPES = ("s", "str", "inlineStr", "n", "b", "e", "d", "", "x", "S")
FORMATS = ("General", "yyyy-mm-dd", "[h]:mm:ss", "[Red]0", "[$-409]d/m/yy;@", '"day"0', "\\d0", "@", "0.00E+00", "[<-25]General", "h:mm", "_d0", "*y0", "[", '"', "")  # fmt: skip
MOMENTS = ("2024-03-01T10:00:00", "PT24H0M0.000S", "P1DT2H", "2024-02-30", "10:30:00Z", "P", "PT", "1899-12-31T00:00:00Z", "2024-03-01T24:00:00")  # fmt: skip


def _attribute(random: Random, name: str, value: str, odd: float) -> str:
    quote, space, equals = '"', " ", "="
    if random.random() < odd:
        quote, space, equals = (
            random.choice("\"'"),
            random.choice((" ", "\n", "\t ")),
            random.choice(("=", " = ", "=\n")),
        )
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(quote, "&#34;" if quote == '"' else "&#39;")
    return f"{space}{name}{equals}{quote}{value}{quote}"


def _xml_text(random: Random, odd: float) -> str:
    plain = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text(random)[:200])
    if random.random() < odd / 4:
        return f"<![CDATA[{plain.replace(']]>', '')}]]>"
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if random.random() < 0.2:
        plain += random.choice(("&#10;", "&#x1F600;", "_x000D_", "_x0041_", "&quot;", "&#128;", "&#x9;"))
    if random.random() < odd / 10:
        plain += random.choice(("<!-- c -->", "&unknown;", "&#0;", "]]>", "\r\n"))
    return plain


def _cell(random: Random, p: str, line: int, column: int, odd: float) -> str:
    place = f"{chr(65 + column)}{line}" if random.random() > odd / 4 else random.choice(REFERENCES)
    kind = random.choice(TYPES) if random.random() < odd else random.choice(("inlineStr", "n", "s", "str"))
    attributes = _attribute(random, "r", place, odd) if random.random() > odd / 10 else ""
    if random.random() < 0.4:
        style = random.choice(("00001", "99999", "-1", "x")) if random.random() < odd else random.choice("0123")
        attributes += _attribute(random, "s", style, odd)
    if kind != "n" or random.random() < odd:
        attributes += _attribute(random, "t", kind, odd)
    content = _value(random, p, kind, odd)
    if random.random() < 0.1:
        content = f"<{p}f>{_xml_text(random, odd)}</{p}f>" + content
    return f"<{p}c{attributes}>{content}</{p}c>" if content else f"<{p}c{attributes}/>"


def _value(random: Random, p: str, kind: str, odd: float) -> str:
    if random.random() < 0.05:
        return random.choice(("", f"<{p}v></{p}v>", f"<{p}v />"))
    if kind == "inlineStr" and random.random() > odd / 10:
        inside = f"<{p}t>{_xml_text(random, odd)}</{p}t>"
        if random.random() < odd:
            inside = f"<{p}r>{inside}</{p}r><{p}rPh>{inside}</{p}rPh>{inside}"
        return f"<{p}is>{inside}</{p}is>"
    if kind == "s":
        number = (
            random.choice(("4", "99999999999999", "-1", "x", "1.0")) if random.random() < odd else random.choice("012")
        )
        return f"<{p}v>{number}</{p}v>"
    if kind == "d":
        return f"<{p}v>{random.choice(MOMENTS)}</{p}v>"
    if kind == "str":
        return f"<{p}v>{_xml_text(random, odd)}</{p}v>"
    return f"<{p}v>{random.choice(NUMBERS) if random.random() < odd else random.randrange(50000) / random.choice((1, 2, 7))}</{p}v>"


def _sheet(random: Random, odd: float) -> str:
    p = random.choice(("", "x:")) if random.random() < odd else ""
    namespace = random.choice((STRICT, "urn:other")) if random.random() < odd / 4 else MAIN
    declared = f' xmlns{":" + p[:-1] if p else ""}="{namespace}"'
    rows = []
    line = 0
    width = random.choice((0, 2, 3)) if random.random() < 0.3 else None  # of each row
    for _ in range(random.choice((1, 2, 5, 20))):
        line += random.choice((0, -1, 1000000)) if random.random() < odd / 10 else random.choice((1, 1, 1, 3))
        attributes = _attribute(random, "r", str(line), odd)
        if random.random() < 0.1:
            attributes += ' spans="1:3" hidden="1"'
        if random.random() < odd / 10:
            attributes = random.choice(("", ' spans="1:2"', ' r="x"'))
        columns = random.choice((0, 1, 2, 3, 3, 9)) if width is None else width
        cells = "".join(_cell(random, p, line, column, odd) for column in range(columns))
        rows.append(f"<{p}row{attributes}>{cells}</{p}row>" if cells else f"<{p}row{attributes}/>")
        if random.random() < odd / 4:
            rows.append(
                random.choice(
                    (
                        " ",
                        "\n  ",
                        "<!-- r -->",
                        "<?pi x?>",
                        f"<{p}row/>",
                        "\r\n",
                        "<other/>",
                        f"<{p}c><{p}v>1</{p}v></{p}c>",
                    )
                )
            )
    start, end = "", f"</{p}sheetData></{p}worksheet>"
    if random.random() < odd / 10:
        start = random.choice(('<!DOCTYPE x [<!ENTITY a "b">]>', "<!-- " + "c" * 5000 + " -->"))
    if random.random() < odd / 10:
        end = random.choice(("", f"</{p}sheetData>", f"</{p}sheetData><{p}sheetData><{p}row/>" + end))
    return f"<?xml version='1.0'?>{start}<{p}worksheet{declared}><{p}sheetData>{''.join(rows)}{end}"


def _parts(random: Random) -> dict[str, bytes]:
    """Returns the parts of a workbook of one sheet, odd in some places."""
    odd = random.choice((0.0, 0.05, 0.5))
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    strings = "".join(f"<si><t>{_xml_text(random, odd)}</t></si>" for _ in range(3))
    counts = random.choice((' count="3" uniqueCount="3"',) * 4 + (' uniqueCount="99999999999"', ' count="-1"', ""))
    formats = "".join(
        f'<numFmt numFmtId="{164 + number}"{_attribute(random, "formatCode", random.choice(FORMATS), odd)}/>'
        for number in range(3)
    )
    styles = "".join(
        f'<xf numFmtId="{random.choice((0, 14, 22, 46, 164, 165, 166, 999999999999))}"/>' for _ in range(4)
    )
    sheet = '<sheet name="S" sheetId="1" r:id="r1"/>' * (random.choice((0, 2, 3)) if random.random() < odd / 10 else 1)
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships><Relationship Id="r1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{relation}"><workbookPr date1904="{random.choice("0001")}"/><sheets>{sheet}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="r1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{relation}/styles" Target="styles.xml"/><Relationship Id="r3" Type="{relation}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"{counts}>{strings}</sst>',
        "xl/worksheets/sheet1.xml": _sheet(random, odd),
    }
    encoded = {name: content.encode("utf-8", "replace") for name, content in parts.items()}
    chance = random.random() if odd else 1
    name = random.choice(list(encoded))
    if chance < 0.05:
        del encoded[name]
    elif chance < 0.12:
        encoded[name] = mutated(random, encoded[name])
    elif chance < 0.15:
        encoded[name] = parts[name].encode(random.choice(("utf-16", "latin-1", "utf-8-sig")), "replace")
    elif chance < 0.17:
        encoded["xl/vbaProject.bin" if random.random() < 0.5 else "xl/workbook.bin"] = b"\0" * 100_000
    return encoded


def xlsx_by_parts(random: Random) -> bytes:
    """A workbook whose parts are odd in some places."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as archive:
        for name, content in _parts(random).items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=archive.compression)
    return written.getvalue()


def xlsx_by_bits(random: Random) -> bytes:
    """A workbook with changed bytes."""
    return mutated(random, xlsx_by_parts(random))


@cache
def _good_xls() -> bytes:
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("S")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for line, row in enumerate((("Email", "Näme", "Ж"), ("a", 1.5, True), (12, "x" * 9000, 2**33), ("", "b", 0.25))):
        for column, value in enumerate(row):
            sheet.write(line, column, value, day if value == 12 else xlwt.Style.default_style)
    sheet.write(5, 0, xlwt.Formula("1+1"))
    sheet.row(6).set_cell_error(0, 42)
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def _xls_records() -> list[tuple[int, bytes]]:
    """Returns the records of a good workbook."""
    data, at, records = workbook_stream(_good_xls()), 0, []
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("<2H", data, at)
        records.append((kind, data[at + 4 : at + 4 + length]))
        at += 4 + length
    return records


def xls_by_records(random: Random) -> bytes:
    """An XLS workbook some of whose records are changed, moved, repeated or missing."""
    records = _xls_records()
    for _ in range(random.choice((1, 1, 2, 5))):
        at = random.randrange(len(records))
        kind, body = records[at]
        match random.randrange(6):
            case 0:
                records[at] = (kind, mutated(random, body) if body else b"\xff" * 8)
            case 1:
                del records[at]
            case 2:
                records.insert(random.randrange(len(records)), records[at])
            case 3:
                records[at] = (
                    random.choice(
                        (0x06, 0x09, 0x0A, 0x2F, 0x3C, 0xBD, 0xFC, 0xFD, 0x0203, 0x0204, 0x0205, 0x0207, 0x027E, 0x0809)
                    ),
                    body,
                )
            case 4:
                records[at] = (kind, body[: random.randrange(len(body) + 1)])
            case _:
                filler = struct.pack(random.choice(("<L", "<H", "<d")), random.choice((0, 1, 255, 65535)))
                where = random.randrange(len(body) + 1)
                records[at] = (kind, body[:where] + filler + body[where + len(filler) :])
    stream = b"".join(
        struct.pack("<2H", kind, len(body)) + body for kind, body in ((kind, body[:8224]) for kind, body in records)
    )
    written = io.BytesIO()
    xlwt.CompoundDoc.XlsDoc().save(written, stream)
    return written.getvalue()


def xls_by_bits(random: Random) -> bytes:
    """An XLS workbook with changed bytes, also in its directory and tables."""
    return mutated(random, _good_xls())


def csv_file(random: Random) -> bytes:
    """A CSV file with odd quotes, delimiters, line ends and encodings."""
    odd = (
        '"',
        '""',
        ",",
        ";",
        "\t",
        "|",
        "\r",
        "\n",
        "\r\n",
        "\0",
        "a",
        " ",
        '" ',
        "é",
        "\u2028",
        '\\"',
        "\ufeff",
        "x" * 2000,
        "\x85",
    )
    content = "Email,Name\n" + "".join(random.choice(odd) for _ in range(random.choice((0, 3, 30, 300))))
    encoded = content.encode(random.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252")), "replace")
    return mutated(random, encoded) if random.random() < 0.3 else encoded


FILES: Mapping[str, tuple[FileFormat, Callable[[Random], bytes]]] = {
    "xlsx by parts": (FileFormat.SPREADSHEET, xlsx_by_parts),
    "xlsx by bits": (FileFormat.SPREADSHEET, xlsx_by_bits),
    "xls by records": (FileFormat.SPREADSHEET, xls_by_records),
    "xls by bits": (FileFormat.SPREADSHEET, xls_by_bits),
    "csv": (FileFormat.CSV, csv_file),
}


def read(path: Path, file_format: FileFormat, *, has_header: bool) -> list[tuple[int, list[str] | BrokenRow]] | str:
    """Returns the first rows of a file, or the detail of its problem. Raises AssertionError where lines do not ascend."""
    try:
        table = open_table(path, file_format, has_header=has_header, columns=2)
    except FileProblem as problem:
        return problem.detail
    rows: list[tuple[int, list[str] | BrokenRow]] = []
    for batch in table.batches(size=100):
        of_batch = [*zip(batch.lines, batch.rows, strict=True), *((row.line, row) for row in batch.broken)]
        rows += sorted(of_batch, key=lambda pair: pair[0])
        if len(rows) > MOST_ROWS:
            break
    lines = [line for line, _ in rows]
    assert lines == sorted(set(lines)), f"lines {lines[:50]}"
    return rows


def by_expat_alone(workbook: bytes) -> bytes:
    """Returns the same workbook with a comment before the first row, after which rows are not read by the shorter way."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive, zipfile.ZipFile(changed, "w") as copy:
        for name in archive.namelist():
            copy.writestr(name, archive.read(name).replace(b"<sheetData>", b"<sheetData><!-- -->"))
    return changed.getvalue()


def fault_of(name: str, number: int, seed: int, path: Path) -> str:
    """Writes the file that a fuzzer makes of a number, reads it, and returns what is wrong, "" if nothing is."""
    file_format, make = FILES[name]
    content = make(Random(f"{seed} {number}"))
    has_header = number % 2 == 0
    path.write_bytes(content)
    tracemalloc.start()
    try:
        rows = read(path, file_format, has_header=has_header)
        peak = tracemalloc.get_traced_memory()[1]
        assert peak < MOST_MEMORY, f"{peak:,} bytes"
        if name == "xlsx by parts" and isinstance(rows, list):
            path.write_bytes(by_expat_alone(content))
            others = read(path, file_format, has_header=has_header)
            assert rows == others, f"{str(rows)[:800]} and, by expat alone, {str(others)[:800]}"
    except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding
        return f"{name} {number}, seed {seed}: {type(error).__name__}: {error}"
    finally:
        tracemalloc.stop()
    return ""


def main() -> None:
    """Runs the fuzzers of files at length: `python -m tests.fuzz.files [--count N] [--seed S] [NAME …]`."""
    words = argparse.ArgumentParser(prog="python -m tests.fuzz.files")
    words.add_argument("names", nargs="*", default=list(FILES), metavar="NAME")
    words.add_argument("--count", type=int, default=1000)
    words.add_argument("--seed", type=int, default=1)
    asked = words.parse_args()
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.names:
            for number in range(asked.count):
                if fault := fault_of(name, number, asked.seed, Path(folder) / "file.upload"):
                    found += 1
                    sys.stdout.write(f"{fault[:2000]}\n")
            sys.stdout.write(f"{name}: {asked.count:,} files\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
