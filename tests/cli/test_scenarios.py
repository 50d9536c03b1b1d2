"""`hubspot-mock scenarios`."""

from click.testing import Result

from mockserver.cli.commands import cli
from mockserver.scenario.files import load_scenario, scenario_names
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
