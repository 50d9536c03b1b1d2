"""`mockserver serve`: a server in the foreground, until Ctrl-C or SIGTERM."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from mockserver.clock import Pace
from mockserver.scenario import ScenarioError
from mockserver.scenario_files import load_scenario
from mockserver.server import bind, build_app, serve, url_of

EXAMPLE_TOKEN = "pat-na1-any-token-will-do"  # noqa: S105 - in open mode any token is an app

_EXAMPLE = """\
Example:

  mockserver serve --port 8080 --pace polls
"""


@click.command("serve", epilog=_EXAMPLE)
@click.option("--host", default="127.0.0.1", show_default=True, envvar="MOCKSERVER_HOST", help="Address to listen on.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    envvar="MOCKSERVER_PORT",
    help="Port to listen on; 0 takes any free one.",
)
@click.option("--scenario", envvar="MOCKSERVER_SCENARIO", help="A scenario's name, or a TOML file.")
@click.option(
    "--data",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="MOCKSERVER_DATA",
    help="Keep the default portal in this SQLite file; it goes on where it was left.",
)
@click.option(
    "--pace",
    type=click.Choice([pace.value for pace in Pace]),
    envvar="MOCKSERVER_PACE",
    help="Who moves the clock.  [default: realtime]",
)
def command(host: str, port: int, scenario: str | None, data: Path | None, pace: str | None) -> None:
    """Serve until Ctrl-C or SIGTERM. Each flag is also MOCKSERVER_… in the environment."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        chosen = load_scenario(scenario)
        app = build_app(chosen, pace=Pace.REALTIME, data=data, override=None if pace is None else Pace(pace))
    except (ScenarioError, OSError) as fault:
        _fail(str(fault))
    try:
        listener = bind(host, port)
    except OSError as fault:
        _fail(f"cannot listen on {host}:{port}: {os.strerror(fault.errno or 0)}")
    url = url_of(listener)

    def ready() -> None:
        click.echo(f"mockserver answers at {url}  (scenario {chosen.name!r}, pace {app.portals.default.pace})")
        click.echo(f"token: {EXAMPLE_TOKEN}")
        click.echo(f'try:   curl -H "Authorization: Bearer {EXAMPLE_TOKEN}" {url}/crm/v3/imports')
        sys.stdout.flush()

    try:
        asyncio.run(serve(app, listener, ready=ready))
    finally:
        app.close()


def _fail(message: str) -> NoReturn:
    click.echo(f"mockserver: {message}", err=True)
    sys.exit(2)
