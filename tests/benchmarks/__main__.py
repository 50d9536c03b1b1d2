"""Runs the benchmarks that are named, or all of them, and prints one Markdown table each."""

import sys
from importlib import import_module
from pathlib import Path

from tests.benchmarks.programs import environment_note

NAMES = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def main(wanted: list[str]) -> None:
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    print(environment_note())
    for name in wanted or NAMES:
        benchmark = import_module(f"tests.benchmarks.bench_{name}")
        header = getattr(benchmark, "HEADER", ("", "baseline", "hubspot-mock", "ratio", "bound"))
        print(f"\n### {name}\n\n| {' | '.join(header)} |\n|{'---|' * len(header)}")
        for row in benchmark.table():
            print("| " + " | ".join(row) + " |", flush=True)


main(sys.argv[1:])
