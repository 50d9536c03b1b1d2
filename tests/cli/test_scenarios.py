"""`hubspot-mock scenarios`."""

import json
from pathlib import Path

from click.testing import Result

from mockserver.cli.commands import cli
from mockserver.scenario.files import load_scenario, scenario_names
from mockserver.scenario.plain_data import read_scenario
from tests.cli.processes import cli_runner


def scenarios(*args: str) -> Result:
    return cli_runner().invoke(cli, ["scenarios", *args])


def test_the_list_has_every_scenario_with_what_it_is_about() -> None:
    listed = dict(line.strip().split("  ", 1) for line in scenarios("list").output.splitlines())
    assert {name: told.strip() for name, told in listed.items()} == {
        name: load_scenario(name).description for name in scenario_names()
    }
    assert scenarios().output == scenarios("list").output


def test_a_scenario_is_shown_as_its_file() -> None:
    run = scenarios("show", "deferred-queue")
    assert run.exit_code == 0
    assert 'name = "deferred-queue"' in run.output


def test_a_name_that_nothing_has_is_a_mistake_and_the_nearest_is_named() -> None:
    run = scenarios("show", "defered-queue")
    assert (run.exit_code, run.stdout) == (2, "")
    assert run.stderr == "Error: there is no scenario 'defered-queue'; did you mean 'deferred-queue'?\n"


def test_a_shown_scenario_names_a_schema_that_the_next_command_writes() -> None:
    first, second = scenarios("show", "deferred-queue").output.splitlines()[:2]
    assert first == "#:schema scenario.schema.json"
    assert "hubspot-mock scenarios schema > scenario.schema.json" in second
    schema = json.loads(scenarios("schema").output)
    assert schema["$id"] == "urn:hubspot-mock:scenario"


def test_a_scenario_is_shown_as_json_that_needs_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("email\nada@example.com\n", "utf-8")
    own = tmp_path / "own.toml"
    own.write_text('name = "own"\n[[seed.csv]]\nobject_type = "contacts"\nfile = "leads.csv"\n', "utf-8")
    shown = json.loads(scenarios("show", "--json", str(own)).output)
    (table,) = shown["seed"]["csv"]
    assert (table["content"], table.get("file", "")) == ("email\nada@example.com\n", "")
    assert read_scenario(shown, source="").seed.csv[0].content == "email\nada@example.com\n"
    assert scenarios("show", "--json", "nothing.toml").exit_code == 2
