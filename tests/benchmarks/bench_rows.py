"""How fast rows are imported, against a baseline that does nothing but read and upsert them.

    python tests/benchmarks/bench_rows.py [rows]

Both go into a SQLite file with the same pragmas. The baseline reads with `csv.reader` and upserts with `executemany`
into a table of one column per field with a unique email; it checks and converts nothing. Each runs in a process of its
own, so that the peak of resident memory is its own.
"""

import csv
import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROWS = 1_048_576
MOST_TIMES_BASELINE = 4.0
MOST_MEGABYTES = 200
STEP = 500  # rows per transaction, as the lifecycle has it

COLUMNS = {
    "Email": "email",
    "First Name": "firstname",
    "Last Name": "lastname",
    "Phone": "phone",
    "Company": "company",
    "City": "city",
    "Number of Employees": "numemployees",
    "Annual Revenue": "annualrevenue",
    "Date of Hire": "start_date",
    "Lifecycle Stage": "lifecyclestage",
}


def write_file(path: Path, rows: int) -> None:
    """Writes contacts: text, email, number, date, enumeration."""
    chance = random.Random(20260115)  # sample data
    stages = ("Subscriber", "Lead", "Marketing Qualified Lead", "Customer", "opportunity")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for i in range(rows):
            word = f"{chance.getrandbits(40):010x}"
            writer.writerow(
                (
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
            )


def baseline(source: Path, database: Path) -> None:
    """Reads the file and upserts its rows, 500 to a transaction."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    names = list(COLUMNS.values())
    connection.execute(f"CREATE TABLE contacts (id INTEGER PRIMARY KEY, {', '.join(names)}, UNIQUE (email))")
    changes = ", ".join(f"{name} = excluded.{name}" for name in names)
    upsert = (
        f"INSERT INTO contacts ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        f" ON CONFLICT (email) DO UPDATE SET {changes}"
    )
    with source.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        for batch in batches(reader):
            connection.execute("BEGIN")
            connection.executemany(upsert, batch)
            connection.execute("COMMIT")
    connection.close()


def batches(reader: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    """Cuts rows into steps."""
    batch: list[list[str]] = []
    for row in reader:
        batch.append(row)
        if len(batch) == STEP:
            yield batch
            batch = []
    if batch:
        yield batch


def engine(source: Path, database: Path) -> None:
    """Imports the file as a portal does."""
    from mockserver.crm.definitions import Definitions
    from mockserver.imports.request import ColumnMapping, ImportFile, ImportRequest
    from mockserver.imports.rows import ImportRun, RowProgress
    from mockserver.scenario import PortalSettings
    from mockserver.store import Store
    from mockserver.store.imports import FileRow

    store = Store(database)
    settings = PortalSettings()
    columns = tuple(
        ColumnMapping(column_name=title, object_type="0-1", property_name=name) for title, name in COLUMNS.items()
    )
    request = ImportRequest(name="bench", files=(ImportFile(file_name="contacts.csv", columns=columns),))
    run = ImportRun(
        store,
        Definitions(store, settings),
        settings,
        import_id=1,
        request=request,
        files=[FileRow(1, 1, 0, "contacts.csv", 0, 0, str(source))],
        progress=RowProgress(),
    )
    run.open()
    more = True
    longest = 0.0
    while more:
        began = time.perf_counter()
        with store.transaction():
            more = run.step(STEP, at=1_768_467_600_000)
        longest = max(longest, time.perf_counter() - began)
    store.close()
    print(json.dumps({"counters": run.progress.counters, "longest": longest}))


def measured(what: str, source: Path, folder: Path) -> tuple[float, float, dict[str, object]]:
    """Runs one of the two in a process of its own; returns seconds, peak megabytes and what it said."""
    database = folder / f"{what}.db"
    done = subprocess.run(
        [sys.executable, __file__, "--only", what, str(source), str(database)],
        capture_output=True,
        text=True,
        check=True,
    )
    size = database.stat().st_size / 1e6
    said = json.loads(done.stdout.splitlines()[-1])
    print(f"{what:9} {said['seconds']:7.2f} s  {said['megabytes']:6.1f} MB resident  {size:7.1f} MB database")
    return said["seconds"], said["megabytes"], said


def only(what: str, source: Path, database: Path) -> None:
    """Runs one of the two here and prints what it took."""
    began = time.perf_counter()
    {"baseline": baseline, "engine": engine}[what](source, database)
    seconds = time.perf_counter() - began
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": megabytes}))


def main(rows: int) -> int:
    """Prints the ratio and returns 1 where it is too high."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "contacts.csv"
        write_file(source, rows)
        print(f"{rows:,} rows x {len(COLUMNS)} columns, {source.stat().st_size / 1e6:.0f} MB")
        base, _, _ = measured("baseline", source, folder)
        own, megabytes, _ = measured("engine", source, folder)
    ratio = own / base
    print(
        f"{ratio:.2f} times the baseline (at most {MOST_TIMES_BASELINE}); {own / rows * 1e6:.1f} microseconds per row"
    )
    return int(ratio > MOST_TIMES_BASELINE or megabytes > MOST_MEGABYTES)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--only"]:
        only(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else ROWS))
