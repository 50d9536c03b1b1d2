"""`mockserver serve`: a server in the foreground, until Ctrl-C or SIGTERM."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

import click
from msgspec.structs import replace

from mockserver.clock import Pace
from mockserver.portals import IDLE_SECONDS, MOST_PORTALS
from mockserver.scenario import Scenario, ScenarioError
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
@click.option(
    "--isolation",
    type=click.Choice(["none", "token"]),
    envvar="MOCKSERVER_ISOLATION",
    help="token: each token that is new gets a portal of its own.  [default: as the scenario says]",
)
@click.option("--limits", is_flag=True, envvar="MOCKSERVER_LIMITS", help="Limit calls as HubSpot does, by the tier.")
@click.option(
    "--portal-idle",
    default=IDLE_SECONDS,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    envvar="MOCKSERVER_PORTAL_IDLE",
    help="Drop a portal that was made for a test once nobody has used it for so many seconds.",
)
@click.option(
    "--max-portals",
    default=MOST_PORTALS,
    show_default=True,
    type=click.IntRange(1),
    envvar="MOCKSERVER_MAX_PORTALS",
    help="Keep at most so many portals that were made for tests.",
)
def command(
    host: str,
    port: int,
    scenario: str | None,
    data: Path | None,
    pace: str | None,
    isolation: str | None,
    limits: bool,
    portal_idle: float,
    max_portals: int,
) -> None:
    """Serve until Ctrl-C or SIGTERM. Each flag is also MOCKSERVER_… in the environment."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        chosen = _with_flags(load_scenario(scenario), isolation, limits)
        app = build_app(
            chosen,
            pace=Pace.REALTIME,
            data=data,
            override=None if pace is None else Pace(pace),
            idle_seconds=portal_idle,
            most_portals=max_portals,
        )
    except ScenarioError as fault:
        _fail(str(fault if fault.source or not fault.key else fault.found_in(str(scenario))))
    except OSError as fault:
        _fail(str(fault))
    try:
        listener = bind(host, port)
    except OSError as fault:
        _fail(f"cannot listen on {host}:{port}: {os.strerror(fault.errno or 0)}")
    url = url_of(listener)

    def ready() -> None:
        click.echo(f"mockserver answers at {url}  (scenario {chosen.name!r}, pace {app.portals.default.pace})")
        token = chosen.apps[0].token if chosen.apps else EXAMPLE_TOKEN
        click.echo(f"token: {token}")
        click.echo(f'try:   curl -H "Authorization: Bearer {token}" {url}/crm/v3/imports')
        sys.stdout.flush()

    try:
        asyncio.run(serve(app, listener, ready=ready))
    finally:
        app.close()


def _with_flags(scenario: Scenario, isolation: str | None, limits: bool) -> Scenario:
    if isolation is not None:
        scenario = replace(scenario, access="isolated" if isolation == "token" else "open")
    if limits:
        scenario = replace(scenario, limits=replace(scenario.limits, requests=True))
    return scenario


def _fail(message: str) -> NoReturn:
    click.echo(f"mockserver: {message}", err=True)
    sys.exit(2)
