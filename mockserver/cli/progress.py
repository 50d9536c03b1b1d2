"""A progress bar, for people who watch a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Yields a function that is told how much of `length` is done by now.

    It does nothing where nobody watches, or nothing is worth watching: a length of 0.
    """
    if not length or not sys.stderr.isatty():
        yield lambda _done: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield lambda done: bar.update(min(done, length) - bar.pos)
