"""Commands that call the control API of a running server: imports, clock, faults, journal, reset."""

import functools
import os
import sys
import tomllib
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, BinaryIO, Concatenate, Final, Literal, ParamSpec, get_args, get_origin

import click
import msgspec

from mockserver import environment
from mockserver.cli.commands import Failure, columns
from mockserver.cli.options import Number, WholeNumber, complete_canned_error, complete_error_type, complete_operation
from mockserver.clock import Pace
from mockserver.control.clock import ClockView
from mockserver.control.faults import FaultsView, FaultView, RemovedView
from mockserver.control.imports import ImportsView, ImportView
from mockserver.control.journal import ClearedView, EntryView, JournalView
from mockserver.handle.control import ControlRefusal, PortalControl, segment
from mockserver.handle.transports import Sidecar
from mockserver.imports.progress import ImportState
from mockserver.refusals.error_types import ErrorType
from mockserver.scenario import FaultSettings

DEFAULT_URL: Final = "http://127.0.0.1:8080"
CALL_SECONDS: Final = 30.0
LAST_ENTRIES: Final = 20

P = ParamSpec("P")


# -- the server --------------------------------------------------------------------------------------------------------


class _Server(PortalControl):
    """The control API of the server and portal that the options name; a bad URL is a one-line error."""

    def __init__(self, url: str, portal: str, token: str) -> None:
        try:
            super().__init__(Sidecar(url, control_token=token or None), portal)
        except ValueError as fault:
            raise Failure(str(fault)) from fault
        self.patience = CALL_SECONDS


def _server_options(command: Callable[P, None]) -> Callable[P, None]:
    """Adds the options that name the server, and its portal."""
    token = f"The control API's token, if it needs one.  [default: {environment.CONTROL_TOKEN}]"
    for option in (
        click.option("--control-token", metavar="TOKEN", help=token),
        click.option("--portal", metavar="KEY", help="The key of the portal.  [default: default]"),
        click.option("--url", help=f"The server.  [default: HUBSPOT_MOCK_URL, else {DEFAULT_URL}]"),
    ):
        command = option(command)
    return command


def _asks(command: Callable[Concatenate[_Server, P], None]) -> Callable[P, None]:
    """Adds the options that name the server (its group may have them too), and passes the server to the command."""

    @_server_options
    @functools.wraps(command)
    def asking(*args: P.args, **options: P.kwargs) -> None:
        of_group = click.get_current_context().find_object(dict) or {}
        url, portal, token = (
            str(options.pop(name, None) or of_group.get(name) or otherwise)
            for name, otherwise in (
                ("url", os.environ.get("HUBSPOT_MOCK_URL") or DEFAULT_URL),
                ("portal", "default"),
                ("control_token", ""),
            )
        )
        server = _Server(url, portal, token)
        try:
            command(server, *args, **options)
        except ControlRefusal as refusal:
            raise Failure(str(refusal).replace("\n", "; ")) from refusal
        except OSError as fault:
            raise Failure(f"no server answers at {url}: {fault}") from fault

    return asking


def _group(name: str, told: str, example: str, *, otherwise: str = "list") -> click.Group:
    """Returns a group whose options apply to all its commands; without a command, it runs `otherwise`."""

    @click.group(name, help=told, invoke_without_command=True, epilog=f"Example: hubspot-mock {name} {example}")
    @_server_options
    @click.pass_context
    def group(context: click.Context, /, **server: str | None) -> None:
        context.obj = server
        if context.invoked_subcommand is None:
            context.invoke(group.commands[otherwise])

    return group


def _json_option(command: Callable[P, None]) -> Callable[P, None]:
    return click.option("--json", "as_json", is_flag=True, help="Print the answer of the control API.")(command)


def _print_json(answer: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())


def _print_table(rows: Iterable[tuple[str, ...]], nothing: str) -> None:
    table = list(rows)
    for line in columns(table):
        click.echo(line)
    if not table:
        click.echo(nothing)


# -- imports -----------------------------------------------------------------------------------------------------------


def _print_imports(found: Iterable[ImportView]) -> None:
    _print_table(
        (
            (
                one.id,
                f"{one.state}{' (held)' if one.held else ''}",
                f"{one.rows_done}/{one.rows} rows",
                "1 error" if one.errors == 1 else f"{one.errors} errors",
                one.name,
            )
            for one in found
        ),
        "no imports",
    )


imports = _group("imports", "List the imports of a running server, or act on one.", "finish 1400001")


@imports.command("list", epilog="Example: hubspot-mock imports list --state PROCESSING")
@click.option("--state", type=click.Choice([state.value for state in ImportState]), help="Only those in this state.")
@_json_option
@_asks
def list_imports(server: _Server, state: str | None = None, as_json: bool = False) -> None:
    """List the imports of all apps."""
    found = server.ask(ImportsView, "GET", "/imports", query={"state": state})
    if as_json:
        _print_json(found)
    else:
        _print_imports(found.results)


@imports.command("show", epilog="Example: hubspot-mock imports show 1400001")
@click.argument("import_id", metavar="ID")
@_asks
def show_import(server: _Server, import_id: str) -> None:
    """Print an import as JSON."""
    _print_json(server.ask(ImportView, "GET", f"/imports/{segment(import_id)}"))


_output_option = click.option("--output", type=click.File("wb"), default="-", help="Write it to this file.")


@imports.command("file", epilog="Example: hubspot-mock imports file 1400001 --output sent.csv")
@click.argument("import_id", metavar="ID")
@click.argument("file", metavar="[NAME]", required=False)
@_output_option
@_asks
def read_file(server: _Server, import_id: str, file: str | None, output: BinaryIO) -> None:
    """Print an uploaded file of an import: the one of that name, or the first one."""
    files = server.ask(ImportView, "GET", f"/imports/{segment(import_id)}").files
    found = next((one for one in files if file in {None, one.name}), None)
    if found is None:
        raise Failure(f"import {import_id} has no file {file!r}; it has {', '.join(one.name for one in files)}")
    output.write(server.fetch(f"/imports/{segment(import_id)}/files/{found.id}"))


@imports.command("test", epilog="Example: hubspot-mock imports test 1400001 --output test_leads.py")
@click.argument("import_id", metavar="ID")
@_output_option
@_asks
def export_test(server: _Server, import_id: str, output: BinaryIO) -> None:
    """Print a pytest test that repeats an import and expects the same outcome."""
    output.write(server.fetch(f"/imports/{segment(import_id)}/test"))


def _act(server: _Server, import_id: str, act: str, **takes: Any) -> None:
    body = {name: value for name, value in takes.items() if value is not None}
    _print_imports([server.ask(ImportView, "POST", f"/imports/{segment(import_id)}/{act}", takes=body or None)])


def _act_command(act: str, told: str) -> None:
    @imports.command(act, help=told, epilog=f"Example: hubspot-mock imports {act} 1400001")
    @click.argument("import_id", metavar="ID")
    @_asks
    def command(server: _Server, import_id: str) -> None:
        _act(server, import_id, act)


_act_command("step", "Advance an import by one state, without moving the clock.")
_act_command("finish", "Run an import to completion, without moving the clock.")
_act_command("release", "Release an import that is held.")
_act_command("revert", "Undo an import that is DONE.")


@imports.command("hold", epilog="Example: hubspot-mock imports hold 1400001 --state PROCESSING")
@click.argument("import_id", metavar="ID")
@click.option("--state", type=click.Choice([state.value for state in ImportState]), help="The state to hold it in.")
@_asks
def hold_import(server: _Server, import_id: str, state: str | None) -> None:
    """Hold an import in its state, or in a later one."""
    _act(server, import_id, "hold", state=state)


@imports.command("fail", epilog="Example: hubspot-mock imports fail 1400001")
@click.argument("import_id", metavar="ID")
@click.option(
    "--error-type",
    type=click.Choice([name.value for name in ErrorType]),
    metavar="NAME",
    shell_complete=complete_error_type,
    help="The errorType that it fails with.",
)
@_asks
def fail_import(server: _Server, import_id: str, error_type: str | None) -> None:
    """Fail an import that has not ended."""
    _act(server, import_id, "fail", error_type=error_type)


# -- clock -------------------------------------------------------------------------------------------------------------


def _print_clock(clock: ClockView) -> None:
    due = f"next due {clock.next_due}" if clock.next_due else "nothing due"
    pace = str(clock.pace) if clock.speed == 1 else f"{clock.pace}, {clock.speed:g} times as fast"
    click.echo(f"{clock.now}  {pace}  {due}")


clock = _group("clock", "Show the clock of a running server, or move it.", "advance 60", otherwise="show")


@clock.command("show", epilog="Example: hubspot-mock clock show")
@_asks
def show_clock(server: _Server) -> None:
    """Show the time, the pace, and when the next work is due."""
    _print_clock(server.ask(ClockView, "GET", "/clock"))


@clock.command("advance", epilog="Example: hubspot-mock clock advance 3600")
@click.argument("seconds", type=Number(0, timedelta(days=365_000).total_seconds()))
@_asks
def advance_clock(server: _Server, seconds: float) -> None:
    """Advance the clock; returns when all work that was due is done."""
    _print_clock(server.ask(ClockView, "POST", "/clock/advance", takes={"seconds": seconds}))


@clock.command("settle", epilog="Example: hubspot-mock clock settle")
@_asks
def settle_clock(server: _Server) -> None:
    """Advance the clock until nothing is due."""
    _print_clock(server.ask(ClockView, "POST", "/clock/settle"))


@clock.command("pace", epilog="Example: hubspot-mock clock pace manual")
@click.argument("pace", type=click.Choice([pace.value for pace in Pace]))
@click.option("--speed", type=Number(0, min_open=True), help="Virtual seconds per real second, in realtime.")
@_asks
def set_pace(server: _Server, pace: str, speed: float | None) -> None:
    """Change what advances the clock."""
    takes = {"pace": pace, **({} if speed is None else {"speed": speed})}
    _print_clock(server.ask(ClockView, "POST", "/clock", takes=takes))


# -- faults ------------------------------------------------------------------------------------------------------------


def _print_faults(found: Iterable[FaultView]) -> None:
    _print_table(
        ((one.name, one.effect, f"hit {one.hits} of {one.met} matching calls") for one in found), "no faults are armed"
    )


faults = _group(
    "faults",
    "List, add or remove the faults of a running server.",
    "add --operation imports.create --error burst-limit",
)


@faults.command("list", epilog="Example: hubspot-mock faults list")
@_json_option
@_asks
def list_faults(server: _Server, as_json: bool = False) -> None:
    """List the armed faults."""
    found = server.ask(FaultsView, "GET", "/faults")
    if as_json:
        _print_json(found)
    else:
        _print_faults(found.results)


class _InlineTable(click.ParamType):  # type: ignore[type-arg] # generic from click 8.4 on only
    """A value in TOML: `{ status = 503 }`."""

    name = "TOML"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError as fault:
            self.fail(f"{value!r} is not a TOML value: {fault}", param, ctx)


def _kind(annotation: Any) -> "click.ParamType[Any] | type":
    """Returns the click type of a fault's setting."""
    if get_origin(annotation) not in {None, Literal} and not isinstance(annotation, type):
        return _kind(next(one for one in get_args(annotation) if one is not type(None)))
    if get_origin(annotation) is Literal:
        return click.Choice([str(one) for one in get_args(annotation)])
    return annotation if annotation in {str, int, float, bool} else _InlineTable()


def _setting_options(command: Callable[P, None]) -> Callable[P, None]:
    """Adds an option for each setting of a fault."""
    completions = {
        "operation": complete_operation,
        "error": complete_canned_error,
        "error_after_work": complete_canned_error,
    }
    for field in reversed(msgspec.structs.fields(FaultSettings)):
        kind = _kind(field.type)
        command = click.option(
            f"--{field.encode_name.replace('_', '-')}",
            field.encode_name,
            is_flag=kind is bool,
            type=None if kind is bool else kind,
            default=None,
            shell_complete=completions.get(field.name),
            help=_described(field.type) or f"As `{field.encode_name}` in a scenario's [[faults]].",
        )(command)
    return command


def _described(annotation: Any) -> str | None:
    """Returns the description of a setting, if its type has one."""
    for one in (annotation, *get_args(annotation)):
        described = [meta.description for meta in get_args(one) if isinstance(meta, msgspec.Meta)]
        if described and described[0]:
            return str(described[0])
    return None


@faults.command(
    "add",
    epilog="Example: hubspot-mock faults add --operation imports.create --import '{ hold = \"PROCESSING\" }'",
)
@_setting_options
@_asks
def add_fault(server: _Server, /, **settings: Any) -> None:
    """Arm a fault. The options are its settings in a scenario: which calls it hits, and its effect."""
    takes = {name: value for name, value in settings.items() if value is not None}
    _print_faults([server.ask(FaultView, "POST", "/faults", takes=takes)])


@faults.command("remove", epilog="Example: hubspot-mock faults remove burst-limit")
@click.argument("name")
@_asks
def remove_fault(server: _Server, name: str) -> None:
    """Remove a fault by its name."""
    click.echo(f"removed: {', '.join(server.ask(RemovedView, 'DELETE', f'/faults/{segment(name)}').removed)}")


@faults.command("clear", epilog="Example: hubspot-mock faults clear")
@_asks
def clear_faults(server: _Server) -> None:
    """Remove all faults."""
    click.echo(f"removed: {', '.join(server.ask(RemovedView, 'DELETE', '/faults').removed) or 'none'}")


# -- journal -----------------------------------------------------------------------------------------------------------


def _print_entry(entry: EntryView) -> None:
    query = f"?{entry.query}" if entry.query else ""
    click.echo(f"#{entry.number}  {entry.status or 'cut'}  {entry.method} {entry.path}{query}")
    for told in (entry.diagnosis, *entry.warnings):
        if told is not None:
            at = f" at {told['pointer']}" if told["pointer"] else ""
            click.echo(f"    {told['rule']}{at}: expected {told['expected']}; got {told['got']}. {told['hint']}")
    for note in entry.notes:
        click.echo(f"    {note}")


journal = _group("journal", "Show the requests to a running server, and why some were refused.", "list --status 4xx")


@journal.command("list", epilog="Example: hubspot-mock journal list --operation 'imports.*' --status 4xx")
@click.option("--operation", shell_complete=complete_operation, help="Only calls of this operation; * is any text.")
@click.option("--status", help="Only answers with this status, such as 429 or 4xx.")
@click.option("--rule", help="Only calls that broke this rule.")
@click.option("--last", type=WholeNumber(1), default=LAST_ENTRIES, show_default=True, help="Show at most this many.")
@_json_option
@_asks
def list_entries(server: _Server, /, last: int = LAST_ENTRIES, as_json: bool = False, **only: str | None) -> None:
    """List the latest requests."""
    entries: list[EntryView] = []
    after: int | None = 0
    while after is not None:
        page = server.ask(JournalView, "GET", "/journal", query={**only, "after": after, "details": as_json})
        entries, after = [*entries, *page.entries][-last:], page.after
    if as_json:
        _print_json(entries)
        return
    for entry in entries:
        _print_entry(entry)
    if not entries:
        click.echo("no requests")


@journal.command("show", epilog="Example: hubspot-mock journal show 3")
@click.argument("number", type=WholeNumber(1))
@_asks
def show_entry(server: _Server, number: int) -> None:
    """Print a request as JSON, with its headers and its answer."""
    _print_json(server.ask(EntryView, "GET", f"/journal/{number}"))


@journal.command("follow", epilog="Example: hubspot-mock journal follow")
@click.option("--seconds", type=Number(0), default=86_400.0, help="For how long.  [default: a day]")
@_asks
def follow_journal(server: _Server, seconds: float) -> None:
    """Print requests as they come, until Ctrl-C."""
    for name, data in server.events(seconds=seconds, only="journal"):
        if name == "journal":
            _print_entry(msgspec.json.decode(data, type=EntryView))
            sys.stdout.flush()


@journal.command("clear", epilog="Example: hubspot-mock journal clear")
@_asks
def clear_journal(server: _Server) -> None:
    """Forget all requests."""
    click.echo(f"{server.ask(ClearedView, 'DELETE', '/journal').cleared} entries removed")


@click.command("reset", epilog="Example: hubspot-mock reset --url http://127.0.0.1:8080")
@_asks
def reset(server: _Server) -> None:
    """Reset a portal of a running server to its scenario."""
    _print_clock(server.ask(ClockView, "POST", "/reset"))
