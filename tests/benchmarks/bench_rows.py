"""How fast rows are imported: a CSV file against a bare upsert, a workbook against reading it and the same rows as CSV.

`python -m tests.benchmarks rows`; a number in BENCH_ROWS makes the CSV file shorter. The
bare upsert is the best that plain Python does: it reads with `csv.reader` and writes with `executemany` into a table of
one column per field with a unique email, in one transaction and with a cache of 64 MB; it checks and converts nothing.
Both write to a temporary database, and to a file. Each runs in a process of its own, so that the peak of resident
memory is its own. Times are of the processor, the kernel's share included, so that other work on the machine matters
little.
"""

import csv
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROWS = int(os.environ.get("BENCH_ROWS", "1048576"))
WORKBOOK_ROWS = 100_000
ROUNDS = 3

COLUMNS = {
    "Email": "email",
    "First Name": "firstname",
    "Last Name": "lastname",
    "Phone": "phone",
    "Company": "company",
    "City": "city",
    "Number of Employees": "numemployees",
    "Score": "score",
    "Signed on": "signed_on",
    "Lifecycle Stage": "lifecyclestage",
}
NUMBERS = ("score",)
DATES = ("signed_on",)


def contacts(count: int) -> Iterator[tuple[str, ...]]:
    """Yields contacts: text, email, number, date, enumeration."""
    chance = random.Random(20260115)
    stages = ("Subscriber", "Lead", "Marketing Qualified Lead", "Customer", "opportunity")
    for i in range(count):
        word = f"{chance.getrandbits(40):010x}"
        yield (
            f"{word}.{i}@example.com",
            f"Ada{i % 977}",
            f"Lovelace-{word[:5]}",
            f"+49 30 {chance.randrange(10**7):07d}",
            f"Analytical Engines {i % 5003}",
            "Berlin",
            ("1-5", "5-25", "25-50", "50-100")[i % 4],
            f"{chance.randrange(10**6)}.{i % 100:02d}",
            f"{1 + i % 12}/{1 + i % 28}/{2000 + i % 25}",
            stages[i % 5],
        )


def write_csv(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(contacts(rows))


def write_workbook(path: Path, rows: int) -> None:
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Contacts")
    sheet.append(list(COLUMNS))
    for row in contacts(rows):
        sheet.append([*row[:7], float(row[7]), *row[8:]])
    workbook.save(path)


# -- what is measured, each in a process of its own --------------------------------------------------------------------


def bare_upsert(source: Path, database: Path | None) -> None:
    connection = sqlite3.connect(database or "", isolation_level=None)
    connection.execute("PRAGMA cache_size = -65536")
    names = list(COLUMNS.values())
    connection.execute(f"CREATE TABLE contacts (id INTEGER PRIMARY KEY, {', '.join(names)}, UNIQUE (email))")
    upsert = (
        f"INSERT INTO contacts ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        f" ON CONFLICT (email) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in names)}"
    )
    with source.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        connection.execute("BEGIN")
        connection.executemany(upsert, reader)
        connection.execute("COMMIT")
    connection.close()


def read_workbook(source: Path, _database: Path | None) -> None:
    from python_calamine import CalamineWorkbook

    CalamineWorkbook.from_path(source).get_sheet_by_index(0).to_python()


def imported(source: Path, database: Path | None) -> None:
    from mockserver.clock import Pace
    from mockserver.crm.schema import PropertyDefinition
    from mockserver.imports.progress import progress_of
    from mockserver.imports.request import ColumnMapping, FileFormat, ImportFile, ImportRequest
    from mockserver.imports.transitions import Arrival
    from mockserver.imports.upload_folder import UploadFolder
    from mockserver.portal.portal import Portal
    from mockserver.scenario import DEFAULT

    uploads = UploadFolder()
    portal = Portal(DEFAULT, pace=Pace.MANUAL, uploads=uploads, data=database)
    for kind, names in (("number", NUMBERS), ("date", DATES)):
        for name in names:
            definition = PropertyDefinition(name=name, label=name, type=kind, field_type=kind)
            portal.definitions.define_property("0-1", definition)
    columns = tuple(ColumnMapping(column_name=name, object_type="0-1", property_name=COLUMNS[name]) for name in COLUMNS)
    file_format = FileFormat.SPREADSHEET if source.suffix == ".xlsx" else FileFormat.CSV
    file = ImportFile(file_name=source.name, file_format=file_format, columns=columns)
    kept = Path(tempfile.mkdtemp()) / source.name  # an upload is deleted once it is imported
    kept.hardlink_to(source)
    arrival = Arrival(name=source.name, size=source.stat().st_size, lines=ROWS + 1, path=str(kept))
    row = portal.imports.create(1, ImportRequest(name="bench", files=(file,)), [arrival], now=portal.now)
    for pause in portal.advance():
        if pause is not None:
            pause()
    done = portal.store.imports.get(row.id)
    portal.close()
    uploads.close()
    assert done is not None
    assert done.state == "DONE"
    counters = progress_of(done).rows.counters
    assert counters["CREATED_OBJECTS"] == counters["TOTAL_ROWS"], counters
    assert "ERRORS" not in counters, counters


TASKS: dict[str, Callable[[Path, Path | None], None]] = {
    "bare upsert": bare_upsert,
    "calamine": read_workbook,
    "import": imported,
}


def measured(task: str, source: Path, *, in_file: bool = False) -> tuple[float, float]:
    """Returns seconds of processor time, imports of Python's modules aside, and the peak of resident megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        database = [f"{folder}/portal.db"] if in_file else []
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.bench_rows", task, str(source), *database],
            capture_output=True,
            text=True,
            check=True,
        )
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes


def only(task: str, source: Path, database: Path | None) -> None:
    began = time.process_time()
    TASKS[task](source, database)
    seconds = time.process_time() - began
    print(json.dumps((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)))


def against_upsert(source: Path, *, in_file: bool) -> tuple[float, float, float, float]:
    """Returns the median seconds of the bare upsert and of the import, of rounds taken in turns, their ratio and the
    import's peak of resident megabytes.
    """
    rounds = [
        (measured("bare upsert", source, in_file=in_file)[0], *measured("import", source, in_file=in_file))
        for _ in range(ROUNDS)
    ]
    bare, own, megabytes = zip(*rounds, strict=True)
    ratio = statistics.median(own_seconds / bare_seconds for bare_seconds, own_seconds, _ in rounds)
    return statistics.median(bare), statistics.median(own), ratio, max(megabytes)


def table() -> Iterator[tuple[str, str, str, str, str]]:
    """Yields what was measured: name, baseline, mockserver, ratio, bound."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "contacts.csv"
        write_csv(source, ROWS)
        for where, in_file, bound in (("a temporary database", False, 2.5), ("a file (--data)", True, 3.5)):
            bare, own, ratio, megabytes = against_upsert(source, in_file=in_file)
            yield (
                f"CSV, {ROWS:,} rows x {len(COLUMNS)} columns, {where}",
                f"{bare:.1f} s",
                f"{own:.1f} s",
                f"{ratio:.2f}",
                f"at most {bound}",
            )
            yield "its peak of resident memory", "", f"{megabytes:.0f} MB", "", "at most 200 MB"
        write_csv(source, WORKBOOK_ROWS)
        workbook = Path(name) / "contacts.xlsx"
        write_workbook(workbook, WORKBOOK_ROWS)
        base = measured("calamine", workbook)[0] + measured("import", source)[0]
        own, megabytes = measured("import", workbook)
        what = f"XLSX, {WORKBOOK_ROWS:,} rows ({megabytes:.0f} MB), to calamine's reading and the rows as CSV"
        yield what, f"{base:.1f} s", f"{own:.1f} s", f"{own / base:.2f}", "at most 1.5"


if __name__ == "__main__":
    only(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)
