"""`python -m tests.fuzz NAME… [--count N] [--seed S] [--parser h11]`: runs fuzzers at length, and says what they found."""

import argparse
import sys

from tests.fuzz.runs import FUZZERS, fuzz


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m tests.fuzz")
    words.add_argument("names", nargs="*", default=list(FUZZERS), choices=list(FUZZERS), metavar="NAME")
    words.add_argument("--count", type=int, default=1000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--parser", choices=("httptools", "h11"), default="httptools")
    asked = words.parse_args()
    found = 0
    for name in asked.names:
        report = fuzz(name, count=asked.count, seed=asked.seed, parser=asked.parser)
        found += len(report.findings)
        sys.stdout.write(f"{name}: {report.text}\n")
        sys.stdout.flush()
    sys.exit(1 if found else 0)


main()
