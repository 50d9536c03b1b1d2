"""`hubspot-mock rules`: the tables of rules, cautions, errorTypes and canned errors, with their evidence."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import click

from mockserver.cli.commands import Failure, columns, markdown
from mockserver.cli.options import complete_rule
from mockserver.refusals.cautions import CAUTIONS
from mockserver.refusals.error_types import ERROR_TYPES
from mockserver.refusals.examples import CANNED_ERRORS, all_rules
from mockserver.refusals.rule import Evidence
from mockserver.refusals.values import VALUE_RULES
from mockserver.words import fits

_EXAMPLES = """\
Evidence, strongest first: recorded (a live answer, kept with its date), spec (HubSpot's OpenAPI files), docs (its
guides), seen (a live answer that somebody quotes, or code written against one), inferred (reasoned from the rest: the
most plausible guess).

\b
Examples: hubspot-mock rules --evidence inferred
          hubspot-mock rules 'file-*' INVALID_EMAIL
          hubspot-mock rules --markdown > RULES.md
"""


@dataclass(frozen=True, slots=True)
class ListedTable:
    """One table. The first column is the name, the last two are evidence and source."""

    title: str
    head: tuple[str, ...]
    in_text: tuple[int, ...]  # the columns that fit into a terminal
    rows: list[tuple[str, ...]]


@click.command("rules", epilog=_EXAMPLES)
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_rule)
@click.option(
    "--evidence",
    type=click.Choice([evidence.value for evidence in Evidence]),
    help="Show only entries with this evidence level.",
)
@click.option("--markdown", "as_markdown", is_flag=True, help="Write Markdown, with all columns.")
def command(names: tuple[str, ...], evidence: str | None, as_markdown: bool) -> None:
    """List the rules, cautions and errorTypes, with their evidence.

    A NAME is the id of a rule, or an errorType; `*` matches any characters. Words that are no name are looked for in
    the texts, as in: hubspot-mock rules 'unable to parse'
    """
    tables = list(_tables())
    found = [table for table in (_chosen(table, names, evidence, _is_named) for table in tables) if table.rows]
    if names and not found:
        found = [table for table in (_chosen(table, names, evidence, _is_said) for table in tables) if table.rows]
    if names and not found:
        raise Failure(f"there is no rule or errorType {' or '.join(names)} (hubspot-mock rules lists them)")
    for line in _in_markdown(found) if as_markdown else _in_text(found):
        click.echo(line)


def _filled(template: str) -> str:
    """Returns a text with N for a number that depends on the request, and with the names of other such values."""
    return re.sub(r"\{(\w+)[^}]*\}", lambda found: "N" if found[1] == "most" else f"<{found[1]}>", template)


def _tables() -> Iterator[ListedTable]:
    yield ListedTable(
        "Rules: requests that are refused",
        ("rule", "status", "message", "expected", "hint", "can be switched off", "evidence", "source"),
        (0, 1, 6, 3),
        [
            (
                rule.id,
                str(rule.status),
                rule.message,
                rule.expected,
                rule.hint,
                "yes" if rule.switchable else "",
                rule.evidence,
                rule.source,
            )
            for rule in all_rules().values()
        ],
    )
    yield ListedTable(
        "Cautions: requests that are accepted, but are probably mistakes",
        ("caution", "expected", "hint", "evidence", "source"),
        (0, 3, 1),
        [(caution.id, caution.expected, caution.hint, caution.evidence, caution.source) for caution in CAUTIONS],
    )
    yield ListedTable(
        "errorTypes: errors that an import reports",
        ("errorType", "effect", "cause", "trigger", "errorMessage", "evidence", "source"),
        (0, 1, 2, 5, 3),
        [
            (name, row.effect, row.cause, row.trigger, row.message, row.evidence, row.source)
            for name, row in ERROR_TYPES.items()
        ],
    )
    yield ListedTable(
        "Property values: what the object APIs refuse",
        ("value", "code", "message", "evidence", "source"),
        (0, 1, 3, 2),
        [(rule.id, rule.code, rule.message, rule.evidence, rule.source) for rule in VALUE_RULES],
    )
    yield ListedTable(
        "Errors that a fault can answer with",
        ("error", "status", "evidence", "source"),
        (0, 1, 2, 3),
        [(error.name, str(error.status), error.evidence, error.source) for error in CANNED_ERRORS.values()],
    )


def _is_named(name: str, row: Sequence[str]) -> bool:
    return fits(name, [row[0]])


def _is_said(words: str, row: Sequence[str]) -> bool:
    """Returns whether a row has the words in one of its texts, whatever their capitals."""
    return any(words.casefold() in text.casefold() for text in row)


def _chosen(
    table: ListedTable, names: Sequence[str], evidence: str | None, is_meant: Callable[[str, Sequence[str]], bool]
) -> ListedTable:
    rows = [
        row
        for row in table.rows
        if (evidence is None or row[-2] == evidence) and (not names or any(is_meant(name, row) for name in names))
    ]
    return ListedTable(table.title, table.head, table.in_text, rows)


def _in_text(tables: Sequence[ListedTable]) -> Iterator[str]:
    for number, table in enumerate(tables):
        if number:
            yield ""
        yield f"{table.title} ({len(table.rows)})"
        yield from columns([[_filled(row[place]) for place in table.in_text] for row in (table.head, *table.rows)])


def _in_markdown(tables: Sequence[ListedTable]) -> Iterator[str]:
    for number, table in enumerate(tables):
        if number:
            yield ""
        yield f"## {table.title}"
        yield ""
        yield from markdown([table.head, *table.rows])
