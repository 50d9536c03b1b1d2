"""`hubspot-mock rules`."""

import re

import pytest
from click.testing import Result

from mockserver.cli.commands import cli
from mockserver.refusals.cautions import CAUTIONS
from mockserver.refusals.error_types import ERROR_TYPES, ErrorType
from mockserver.refusals.examples import CANNED_ERRORS, all_rules
from mockserver.refusals.rule import Evidence
from mockserver.refusals.values import VALUE_RULES
from tests.cli.processes import cli_runner


def rules(*args: str) -> Result:
    return cli_runner().invoke(cli, ["rules", *args])


def names_of(text: str) -> list[str]:
    """Returns the first cells of the rows of Markdown tables."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    return [
        name
        for line in lines
        if (name := line.split(" | ")[0][2:]) not in {"rule", "caution", "errorType", "value", "error"}
    ]


def test_every_rule_caution_errortype_and_canned_error_has_its_row() -> None:
    run = rules("--markdown")
    assert run.exit_code == 0
    cautions = [caution.id for caution in CAUTIONS]
    values = [rule.id for rule in VALUE_RULES]
    assert names_of(run.output) == [*all_rules(), *cautions, *ERROR_TYPES, *values, *CANNED_ERRORS]


def test_each_markdown_row_has_as_many_cells_as_its_head() -> None:
    for section in rules("--markdown").output.split("## ")[1:]:
        head, *body = [line for line in section.splitlines() if line.startswith("|")]
        assert {line.replace("\\|", "").count("|") for line in body} == {head.count("|")}, section.splitlines()[0]


def test_rows_can_be_chosen_by_their_evidence() -> None:
    shown = {evidence: names_of(rules("--markdown", "--evidence", evidence.value).output) for evidence in Evidence}
    assert sum(map(len, shown.values())) == len(names_of(rules("--markdown").output))
    assert "file-not-sent" in shown[Evidence.INFERRED]
    assert "INVALID_EMAIL" in shown[Evidence.DOCS]


def test_rows_can_be_chosen_by_name_and_text_is_a_table_of_what_is_expected() -> None:
    run = rules("file-name-*", "INVALID_EMAIL")
    first, head, *rest = run.output.splitlines()
    assert first == "Rules: requests that are refused (3)"
    assert head.split() == ["rule", "status", "evidence", "expected"]
    assert rest[0].startswith("  file-name-with-path          400     seen      a bare file name")
    assert f"  INVALID_EMAIL  row     data   docs      {ERROR_TYPES[ErrorType.INVALID_EMAIL].trigger}" in rest


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("unable to parse JSON", "import-request-malformed"),
        ("This URL can't be parsed", "path-parameter-unparsed"),
        ("404 text/html is not accepted", "path-unknown"),
    ],
)
def test_the_words_of_the_imports_guide_lead_to_the_rule(words: str, rule: str) -> None:
    run = rules("--markdown", words)
    assert run.exit_code == 0
    assert rule in names_of(run.output)


def test_a_name_that_nothing_has_is_a_mistake() -> None:
    run = rules("no-such-rule")
    assert (run.exit_code, run.stdout) == (2, "")
    assert run.stderr == "Error: there is no rule or errorType no-such-rule (hubspot-mock rules lists them)\n"


def test_no_value_that_depends_on_the_request_is_shown_as_a_template() -> None:
    shown = cli_runner().invoke(cli, ["rules"]).output
    assert re.search(r"\{\w", shown) is None
    assert "at most N calls in any second" in shown
