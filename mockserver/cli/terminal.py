"""Output for people: tables for a terminal and in Markdown, and a progress bar."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Yields a function that takes how much of `length` is done so far.

    Shows nothing if standard error is no terminal, or `length` is 0.
    """
    if not length or not sys.stderr.isatty():
        yield lambda _done: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield lambda done: bar.update(min(done, length) - bar.pos)


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yields the rows as lines of aligned columns; the last column is not padded."""
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = [cell.ljust(width) for cell, width in zip(row[:-1], widths[:-1], strict=True)]
        yield "  " + "  ".join([*padded, row[-1]]).rstrip()


def markdown(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yields a Markdown table; the first row is its header."""
    head, *body = rows
    yield _line(head)
    yield _line(["---"] * len(head))
    for row in body:
        yield _line(row)


def _line(row: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |"
