"""`hubspot-mock scenarios`: lists and shows the built-in scenarios."""

import re
from importlib.resources import files
from typing import Final

import click
import msgspec

from mockserver.cli.commands import Failure, columns
from mockserver.cli.options import complete_scenario
from mockserver.scenario import ScenarioError
from mockserver.scenario.error import unknown_word
from mockserver.scenario.files import load_scenario, scenario_folder, scenario_names, without_files
from mockserver.scenario.plain_data import stated

_SCHEMA_LINES: Final = "#:schema scenario.schema.json\n# Write it: hubspot-mock scenarios schema > scenario.schema.json"


@click.group("scenarios", invoke_without_command=True, epilog="Example: hubspot-mock scenarios show deferred-queue")
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the built-in scenarios, or show one."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_scenarios)


@command.command("list", epilog="Example: hubspot-mock scenarios list")
def list_scenarios() -> None:
    """List the built-in scenarios, with their descriptions."""
    for line in columns([(name, load_scenario(name).description) for name in scenario_names()]):
        click.echo(line)


@command.command("show", epilog="Example: hubspot-mock scenarios show deferred-queue > mine.toml")
@click.argument("name", metavar="NAME|FILE", shell_complete=complete_scenario)
@click.option("--json", "as_json", is_flag=True, help="Print JSON that needs no file beside it.")
def show_scenario(name: str, as_json: bool) -> None:
    """Print the file of a scenario, to start your own from.

    With --json, your own file can be named too: the CSV files of its seeds are included in the output.
    """
    if as_json:
        try:
            shown = stated(without_files(load_scenario(name)))
        except ScenarioError as fault:
            raise Failure(str(fault)) from fault
        click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2).decode())
        return
    if name not in scenario_names():
        raise Failure(str(unknown_word(name, scenario_names(), "scenario")))
    text = (scenario_folder() / f"{name}.toml").read_text("utf-8")
    click.echo(re.sub(r"\A#:schema .*", _SCHEMA_LINES, text), nl=False)


@command.command("schema", epilog="Example: hubspot-mock scenarios schema > scenario.schema.json")
def print_schema() -> None:
    """Print the JSON Schema of scenario files, by which editors complete and check them."""
    click.echo((files("mockserver") / "scenario.schema.json").read_text("utf-8"), nl=False)
