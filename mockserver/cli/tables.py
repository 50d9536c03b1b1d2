"""Tables for a terminal and for Markdown."""

from collections.abc import Iterator, Sequence


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yields lines in which the cells of all rows stand below each other; the last column is as wide as it is."""
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = [cell.ljust(width) for cell, width in zip(row[:-1], widths[:-1], strict=True)]
        yield "  " + "  ".join([*padded, row[-1]]).rstrip()


def markdown(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yields a Markdown table; the first row is its head."""
    head, *body = rows
    yield _line(head)
    yield _line(["---"] * len(head))
    for row in body:
        yield _line(row)


def _line(row: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |"
