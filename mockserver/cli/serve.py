"""`mockserver serve`: a server in the foreground, until Ctrl-C or SIGTERM."""

import asyncio
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import click

from mockserver import __version__
from mockserver.cli.commands import Failure
from mockserver.cli.options import (
    log_option,
    pace_options,
    scenario_of,
    scenario_option,
    start_log,
    token_of,
    unusable,
)
from mockserver.clock import Pace
from mockserver.logs import LogForm
from mockserver.portals import IDLE_SECONDS, MOST_PORTALS
from mockserver.scenario import Scenario, ScenarioError
from mockserver.server import bind, build_app, serve, url_of
from mockserver.store import UnusableFile
from mockserver.web.app import MockApp

log = logging.getLogger("mockserver")

_EXAMPLE = """\
Each flag is also MOCKSERVER_… in the environment: --max-portals is MOCKSERVER_MAX_PORTALS.

\b
Example: mockserver serve --port 8080 --pace polls --scenario deferred-queue
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
@scenario_option
@pace_options
@click.option(
    "--data",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="MOCKSERVER_DATA",
    help="Keep the default portal in this SQLite file; it goes on where it was left.",
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
@log_option
def command(
    host: str,
    port: int,
    scenario: str | None,
    pace: str | None,
    speed: float | None,
    data: Path | None,
    isolation: str | None,
    limits: bool,
    portal_idle: float,
    max_portals: int,
    log_form: str,
) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    form = start_log(log_form)
    chosen = scenario_of(scenario, speed=speed, isolation=isolation, limits=limits)
    listener = _listen(host, port)
    try:
        app = build_app(
            chosen,
            pace=Pace.REALTIME,
            override=None if pace is None else Pace(pace),
            data=data,
            idle_seconds=portal_idle,
            most_portals=max_portals,
        )
    except ScenarioError as fault:
        raise unusable(fault, scenario) from fault
    except UnusableFile as fault:
        raise Failure(str(fault)) from fault

    def ready() -> None:
        told = _told(app, chosen, _reachable(url_of(listener)))
        if form is LogForm.JSON:
            log.info("ready", extra={"told": told})
        else:
            _show(told)

    _run(app, listener, ready)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return bind(host, port)
    except OSError as fault:
        raise Failure(f"cannot listen on {host}:{port}: {fault.strerror or fault}") from fault


def _run(app: MockApp, listener: socket.socket, ready: Callable[[], None]) -> None:
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(serve(app, [(listener, None)], ready=ready))
    finally:
        app.close()
    sys.stdout.flush()
    sys.stderr.flush()
    if threading.active_count() > 1:
        os._exit(0)  # a thread that still opens a large spreadsheet would keep the process for seconds
    loop.close()


def _reachable(url: str) -> str:
    """Returns a URL that a client can call: who listens on any address is also at the loopback."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def _told(app: MockApp, scenario: Scenario, url: str) -> dict[str, str]:
    portal = app.portals.default
    pace = str(portal.pace) if portal.speed == 1 else f"{portal.pace}, {portal.speed:g} times as fast"
    return {
        "version": __version__,
        "url": url,
        "scenario": scenario.name,
        "pace": pace,
        "data": "in memory" if portal.store.path is None else str(portal.store.path),
        "token": token_of(scenario),
    }


def _show(told: dict[str, str]) -> None:
    click.echo(f"mockserver {told.pop('version')} answers at {told['url']}")
    for name in ("scenario", "pace", "data", "token"):
        click.echo(f"  {name:<10}{told[name]}")
    click.echo(f'Try: curl -H "Authorization: Bearer {told["token"]}" {told["url"]}/crm/v3/imports')
    sys.stdout.flush()
