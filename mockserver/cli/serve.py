"""`hubspot-mock serve`: a server in the foreground, until Ctrl-C or SIGTERM."""

import logging
import os
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias

import click

from mockserver import __version__, environment
from mockserver.app import MockApp
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
from mockserver.portal.portal import Portal
from mockserver.portal.portals import IDLE_SECONDS, MOST_PORTALS
from mockserver.scenario import Scenario, ScenarioError
from mockserver.server import bind, build_app, new_loop, serve, url_of
from mockserver.store import UnusableFile

if TYPE_CHECKING:
    from mockserver.tls import Authority

Listener: TypeAlias = tuple[socket.socket, ssl.SSLContext | None]

log = logging.getLogger("mockserver")

_EXAMPLE = """\
Each flag is also HUBSPOT_MOCK_SERVER_… in the environment: --max-portals is HUBSPOT_MOCK_SERVER_MAX_PORTALS.

\b
Example: hubspot-mock serve --port 8080 --pace polls --scenario deferred-queue
"""


@click.command("serve", epilog=_EXAMPLE)
@click.option(
    "--host", default="127.0.0.1", show_default=True, envvar="HUBSPOT_MOCK_SERVER_HOST", help="Address to listen on."
)
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    envvar="HUBSPOT_MOCK_SERVER_PORT",
    help="Port to listen on; 0 takes any free one.",
)
@scenario_option
@pace_options(otherwise=Pace.REALTIME)
@click.option(
    "--data",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="HUBSPOT_MOCK_SERVER_DATA",
    help="Keep the default portal in this SQLite file; it goes on where it was left.",
)
@click.option(
    "--isolation",
    type=click.Choice(["none", "token"]),
    envvar="HUBSPOT_MOCK_SERVER_ISOLATION",
    help="token: each token that is new gets a portal of its own.  [default: as the scenario says]",
)
@click.option(
    "--limits", is_flag=True, envvar="HUBSPOT_MOCK_SERVER_LIMITS", help="Limit calls as HubSpot does, by the tier."
)
@click.option(
    "--portal-idle",
    default=IDLE_SECONDS,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    envvar="HUBSPOT_MOCK_SERVER_PORTAL_IDLE",
    help="Drop a portal that was made for a test once nobody has used it for so many seconds.",
)
@click.option(
    "--max-portals",
    default=MOST_PORTALS,
    show_default=True,
    type=click.IntRange(1),
    envvar="HUBSPOT_MOCK_SERVER_MAX_PORTALS",
    help="Keep at most so many portals that were made for tests.",
)
@click.option(
    "--tls",
    is_flag=True,
    envvar="HUBSPOT_MOCK_SERVER_TLS",
    help="Serve HTTPS besides, as api.hubapi.com and localhost; GET /_mock/ca.pem is what clients are to trust.",
)
@click.option(
    "--tls-port",
    default=8443,
    show_default=True,
    type=click.IntRange(0, 65535),
    envvar="HUBSPOT_MOCK_SERVER_TLS_PORT",
    help="Port for HTTPS; 0 takes any free one.",
)
@click.option(
    "--tls-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="HUBSPOT_MOCK_SERVER_TLS_DIR",
    help="Keep the certificate authority in this folder (ca.pem), for clients and for the next start.",
)
@click.option(
    "--tls-name",
    "tls_names",
    multiple=True,
    metavar="HOST",
    envvar="HUBSPOT_MOCK_SERVER_TLS_NAME",
    help="A further host name or address in the certificate; as often as needed.",
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
    tls: bool,
    tls_port: int,
    tls_dir: Path | None,
    tls_names: tuple[str, ...],
    log_form: str,
) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    if (tls_dir or tls_names) and not tls:
        raise click.UsageError("--tls-dir and --tls-name need --tls")
    environment.check_control_token(os.environ)
    chosen = scenario_of(scenario, speed=speed, isolation=isolation, limits=limits)
    listeners: list[Listener] = [(_listen(host, port), None)]
    authority = None
    if tls:
        authority = _authority(tls_dir, tls_names)
        listeners.append((_listen(host, tls_port), authority.context))
    claim = None if data is None else _claim(data)
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

    if authority is not None:
        app.certificate_authority = authority.ca

    form = LogForm(log_form)
    start_log(form)
    for complaint in environment.complaints(os.environ):
        log.warning(complaint)

    def ready() -> None:
        told = _told(app, chosen, listeners, None if authority is None else authority.path)
        if form is LogForm.JSON:
            log.info("ready", extra={"told": told})
        else:
            _show(told)

    _run(app, listeners, ready)
    if claim is not None:
        claim.close()


def _claim(data: Path) -> IO[bytes]:
    """Makes sure that no other server keeps its portal in a file, for as long as what is returned is open."""
    try:
        file = data.open("ab")
    except OSError as fault:
        raise Failure(f"{data} cannot be used as a portal's database: {fault.strerror}") from fault
    try:
        import fcntl
    except ImportError:  # not on Windows, which has no such locks
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise Failure(f"another server keeps its portal in {data}") from None
    except OSError:
        pass  # a file system without locks
    return file


def _listen(host: str, port: int) -> socket.socket:
    try:
        return bind(host, port)
    except OSError as fault:
        raise Failure(f"cannot listen on {host}:{port}: {fault.strerror or fault}") from fault


def _authority(folder: Path | None, names: tuple[str, ...]) -> "Authority":
    from mockserver.tls import TlsProblem, make_authority

    try:
        return make_authority(folder, hosts=names)
    except TlsProblem as fault:
        raise Failure(str(fault)) from fault


def _run(app: MockApp, listeners: Sequence[Listener], ready: Callable[[], None]) -> None:
    loop = new_loop()
    try:
        loop.run_until_complete(serve(app, listeners, ready=ready))
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


def _told(app: MockApp, scenario: Scenario, listeners: Sequence[Listener], ca: Path | None) -> dict[str, str]:
    portal = app.portals.default
    url, *https = [_reachable(url_of(listener)) for listener, _ in listeners]
    told = {
        "version": __version__,
        "url": url,
        "scenario": scenario.name,
        "pace": str(portal.pace) if portal.speed == 1 else f"{portal.pace}, {portal.speed:g} times as fast",
        "data": _kept(portal),
    }
    if https:
        told["https"] = https[0].replace("http:", "https:")
        told["ca"] = f"{url}/_mock/ca.pem" if ca is None else str(ca)
    return {**told, "token": token_of(scenario)}


def _kept(portal: Portal) -> str:
    if portal.store.path is None:
        return "in memory"
    if portal.made_in == portal.scenario.name:
        return str(portal.store.path)
    return (
        f"{portal.store.path}, which goes on with what it holds: it was made in scenario {portal.made_in}, "
        f"and the seeds of {portal.scenario.name} are not planted"
    )


def _show(told: dict[str, str]) -> None:
    click.echo(f"hubspot-mock {told['version']} answers at {told['url']}")
    for name, value in told.items():
        if name not in {"version", "url"}:
            click.echo(f"  {name:<10}{value}")
    click.echo(f'Try: curl -H "Authorization: Bearer {told["token"]}" {told["url"]}/crm/v3/imports')
    sys.stdout.flush()
