"""`hubspot-mock serve`: a server in the foreground, until Ctrl-C or SIGTERM."""

import asyncio
import logging
import os
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

import click
import msgspec

from mockserver import __version__, environment
from mockserver.app import MockApp
from mockserver.cli import load
from mockserver.cli.commands import Failure
from mockserver.cli.options import (
    Number,
    WholeNumber,
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
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import Scenario, ScenarioError
from mockserver.server import bind, build_app, new_loop, serve, url_of
from mockserver.store import UnusableFile
from mockserver.tls import Authority, TlsProblem, make_authority
from mockserver.wire.protocol import HEAD_SECONDS, UPLOAD_SECONDS, Patience

Listener: TypeAlias = tuple[socket.socket, ssl.SSLContext | None]

_FAR_BEHIND: Final = 2**40  # a byte that SQLite does not use: on Windows a locked one cannot be read
SECONDS_BETWEEN_LOOKS: Final = 0.3  # at the files of a scenario

log = logging.getLogger("mockserver")

_DEFAULTS = ServerOptions(pace=Pace.REALTIME)
_EXAMPLE = """\
Each flag is also an environment variable: --max-portals is HUBSPOT_MOCK_SERVER_MAX_PORTALS.

\b
Example: hubspot-mock serve --port 8080 --pace polls --scenario deferred-queue
"""


class Flags(msgspec.Struct, frozen=True, kw_only=True):
    """The flags of `serve`, as click has read them."""

    host: str
    port: int
    scenario: str | None
    pace: str | None
    speed: float | None
    data: Path | None
    isolation: str | None
    limits: bool
    portal_idle: float
    max_portals: int
    tls: bool
    tls_port: int
    tls_dir: Path | None
    tls_names: tuple[str, ...]
    head_timeout: float
    upload_timeout: float
    log_form: str
    log_level: str
    reload: bool

    def options(self) -> ServerOptions:
        """Returns how the portals are set up. Raises Failure for a scenario that cannot be read."""
        return ServerOptions(
            scenario=scenario_of(self.scenario, speed=self.speed, isolation=self.isolation, limits=self.limits),
            pace=Pace.REALTIME,
            override=None if self.pace is None else Pace(self.pace),
            data=self.data,
            portal_idle=self.portal_idle,
            max_portals=self.max_portals,
        )


@click.command("serve", epilog=_EXAMPLE)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    envvar=environment.HOST,
    help="Address to listen on.",
)
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=WholeNumber(0, 65535),
    envvar=environment.PORT,
    help="Port to listen on; 0 takes any free one.",
)
@scenario_option
@pace_options(otherwise=Pace.REALTIME)
@click.option(
    "--data",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="HUBSPOT_MOCK_SERVER_DATA",
    help="Keep the default portal in this SQLite file, and continue with what it holds.",
)
@click.option(
    "--isolation",
    type=click.Choice(["none", "token"]),
    envvar="HUBSPOT_MOCK_SERVER_ISOLATION",
    help="token: give each new token its own portal.  [default: the scenario's]",
)
@click.option(
    "--limits",
    is_flag=True,
    envvar="HUBSPOT_MOCK_SERVER_LIMITS",
    help="Limit the rate of calls as HubSpot does, by the tier.",
)
@click.option(
    "--head-timeout",
    default=HEAD_SECONDS,
    show_default=True,
    type=Number(0, min_open=True),
    envvar="HUBSPOT_MOCK_SERVER_HEAD_TIMEOUT",
    help="Seconds that a client may take for the head of a request; then the answer is 408.",
)
@click.option(
    "--upload-timeout",
    default=UPLOAD_SECONDS,
    show_default=True,
    type=Number(0, min_open=True),
    envvar="HUBSPOT_MOCK_SERVER_UPLOAD_TIMEOUT",
    help="Seconds that the body of a request, or the reading of an answer, may pause; then the answer is 408.",
)
@click.option(
    "--portal-idle",
    default=_DEFAULTS.portal_idle,
    show_default=True,
    type=Number(0, min_open=True),
    envvar="HUBSPOT_MOCK_SERVER_PORTAL_IDLE",
    help="Drop test portals after this many idle seconds.",
)
@click.option(
    "--max-portals",
    default=_DEFAULTS.max_portals,
    show_default=True,
    type=WholeNumber(1),
    envvar="HUBSPOT_MOCK_SERVER_MAX_PORTALS",
    help="Maximum number of test portals.",
)
@click.option(
    "--tls",
    is_flag=True,
    envvar="HUBSPOT_MOCK_SERVER_TLS",
    help="Also serve HTTPS, as api.hubapi.com and localhost; clients must trust GET /_mock/ca.pem.",
)
@click.option(
    "--tls-port",
    default=8443,
    show_default=True,
    type=WholeNumber(0, 65535),
    envvar="HUBSPOT_MOCK_SERVER_TLS_PORT",
    help="Port for HTTPS; 0 takes any free one.",
)
@click.option(
    "--tls-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="HUBSPOT_MOCK_SERVER_TLS_DIR",
    help="Keep the certificate authority in this folder (ca.pem; ca-bundle.pem with the system's roots).",
)
@click.option(
    "--tls-name",
    "tls_names",
    multiple=True,
    metavar="HOST",
    envvar="HUBSPOT_MOCK_SERVER_TLS_NAME",
    help="Extra host name for the certificate (repeatable).",
)
@click.option(
    "--reload",
    is_flag=True,
    envvar="HUBSPOT_MOCK_SERVER_RELOAD",
    help="Reset the default portal whenever the scenario's file or a CSV file of it changes.",
)
@log_option
@click.option(
    "--log-level",
    type=click.Choice(["info", "warning", "error"]),
    default="info",
    show_default=True,
    envvar="HUBSPOT_MOCK_SERVER_LOG_LEVEL",
    help="warning: only requests that are refused, and what is wrong; error: only what is broken.",
)
def command(**flags: Any) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    _serve(Flags(**flags))


def _serve(flags: Flags) -> None:
    if (flags.tls_dir or flags.tls_names) and not flags.tls:
        raise click.UsageError("--tls-dir and --tls-name need --tls")
    if flags.reload and flags.scenario is None:
        raise click.UsageError("--reload needs --scenario")
    if flags.reload and flags.data is not None:
        raise click.UsageError("--reload cannot be combined with --data: it would empty the file")
    environment.check_control_token(os.environ)
    options = flags.options()
    listeners: list[Listener] = [(_listen(flags.host, flags.port), None)]
    authority = None
    if flags.tls:
        authority = _authority(flags.tls_dir, flags.tls_names)
        listeners.append((_listen(flags.host, flags.tls_port), authority.context))
    claim = None if options.data is None else _claim(options.data)
    try:
        app = build_app(options)
    except ScenarioError as fault:
        raise unusable(fault, flags.scenario) from fault
    except UnusableFile as fault:
        raise Failure(str(fault)) from fault

    if authority is not None:
        app.certificate_authority = authority.ca

    form = LogForm(flags.log_form)
    start_log(form, logging.getLevelNamesMapping()[flags.log_level.upper()])
    for complaint in environment.complaints(os.environ):
        log.warning(complaint)

    reloading: list[asyncio.Task[None]] = []  # so that the task is not garbage

    def ready() -> None:
        facts = _facts(app, options.scenario, listeners, None if authority is None else authority.path)
        if form is LogForm.JSON:
            log.info("ready", extra={"told": facts})
        else:
            _show(facts)
        if flags.reload:
            reloading.append(asyncio.get_running_loop().create_task(_reload(app, flags)))

    _run(app, listeners, ready, Patience(flags.head_timeout, flags.upload_timeout))
    if claim is not None:
        claim.close()


async def _reload(app: MockApp, flags: Flags) -> None:
    """Resets the default portal whenever the files of its scenario have changed."""
    load_scenario: Callable[[str | None], Scenario] = load("mockserver.scenario.files").load_scenario
    read, complaint = load_scenario(flags.scenario), ""
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        try:
            found = load_scenario(flags.scenario)  # the same object as long as the files do not change
            if found is not read:
                await app.reload(flags.options().scenario)
                log.info("reloaded %s", flags.scenario)
        except (ScenarioError, Failure) as fault:
            if str(fault) != complaint:
                log.warning("not reloaded: %s", fault)
            complaint = str(fault)
        else:
            read, complaint = found, ""


def _claim(data: Path) -> IO[bytes]:
    """Locks the file against other servers until the returned file is closed. Raises Failure if another one has it."""
    try:
        file = data.open("ab")
    except OSError as fault:
        raise Failure(f"{data} cannot be used as a portal's database: {fault.strerror}") from fault
    try:
        _lock(file)
    except (BlockingIOError, PermissionError):
        file.close()
        raise Failure(f"another server uses {data}") from None
    except OSError:
        pass  # a file system without locks
    return file


def _lock(file: IO[bytes]) -> None:
    """Locks a file until it is closed. Raises BlockingIOError, or on Windows PermissionError, if it is locked."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file.fileno(), _FAR_BEHIND, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return bind(host, port)
    except OSError as fault:
        raise Failure(f"cannot listen on {host}:{port}: {fault.strerror or fault}") from fault


def _authority(folder: Path | None, names: tuple[str, ...]) -> Authority:
    try:
        return make_authority(folder, hosts=names)
    except TlsProblem as fault:
        raise Failure(str(fault)) from fault


def _run(app: MockApp, listeners: Sequence[Listener], ready: Callable[[], None], patience: Patience) -> None:
    loop = new_loop()
    try:
        loop.run_until_complete(serve(app, listeners, ready=ready, patience=patience))
    finally:
        app.close()
    sys.stdout.flush()
    sys.stderr.flush()
    if threading.active_count() > 1:
        os._exit(0)  # a thread that is opening a large spreadsheet would delay the exit by seconds
    loop.close()


def _reachable(url: str) -> str:
    """Returns a URL that a client can call: a server on any address also answers at the loopback one."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def _facts(app: MockApp, scenario: Scenario, listeners: Sequence[Listener], ca: Path | None) -> dict[str, str]:
    portal = app.portals.default
    url, *https = [_reachable(url_of(listener)) for listener, _ in listeners]
    facts = {
        "version": __version__,
        "url": url,
        "scenario": scenario.name,
        "pace": str(portal.pace) if portal.speed == 1 else f"{portal.pace}, {portal.speed:g} times as fast",
        "data": _kept(portal),
    }
    if https:
        facts["https"] = https[0].replace("http:", "https:")
        facts["ca"] = f"{url}/_mock/ca.pem" if ca is None else str(ca)
    return {**facts, "token": token_of(scenario)}


def _kept(portal: Portal) -> str:
    if portal.store.path is None:
        return "in memory"
    if portal.made_in == portal.scenario.name:
        return str(portal.store.path)
    return (
        f"{portal.store.path}, created by scenario {portal.made_in}: its data is kept, and the seeds of "
        f"{portal.scenario.name} are not added"
    )


def _show(facts: dict[str, str]) -> None:
    click.echo(f"hubspot-mock {facts['version']} answers at {facts['url']}")
    for name, value in facts.items():
        if name not in {"version", "url"}:
            click.echo(f"  {name:<10}{value}")
    click.echo(f'Try: curl -H "Authorization: Bearer {facts["token"]}" {facts["url"]}/crm/v3/imports')
    sys.stdout.flush()
