"""`hubspot-mock scenarios`: lists and shows the built-in scenarios."""

import click

from mockserver.cli.commands import Failure
from mockserver.cli.terminal import columns
from mockserver.scenario.error import unknown_word
from mockserver.scenario.files import load_scenario, scenario_folder, scenario_names


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
@click.argument("name")
def show_scenario(name: str) -> None:
    """Print the file of a scenario, to start your own from."""
    if name not in scenario_names():
        raise Failure(str(unknown_word(name, scenario_names(), "scenario")))
    click.echo((scenario_folder() / f"{name}.toml").read_text("utf-8"), nl=False)
