"""`hubspot-mock pull`: writes the definitions of a real HubSpot account as a scenario."""

import logging
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from mockserver import MockHubSpot, __version__
from mockserver.cli.commands import Failure
from mockserver.handle import BadInput
from mockserver.live.account_client import HUBSPOT, AccountClient, AccountProblem
from mockserver.live.portal_file import BadPortalFile, FileChanges, new_text, updated_text
from mockserver.live.pull import ALL_TYPES, SCOPES, USUAL_TYPES, Owners, UnknownObjectType, Wanted, pull
from mockserver.live.pulled import Pulled
from mockserver.scenario import ScenarioError
from mockserver.scenario.files import load_scenario

STANDARD_OUTPUT: Final = "-"
_SCOPES: Final = "\n".join(f"  {what}: {scope}" for what, scope in SCOPES.items())
_OWNERS: Final[Mapping[str | None, Owners]] = {None: "no", "named": "named", "anonymous": "anonymous"}


@click.command(
    epilog=f"""\b
Scopes that the token needs, each for its part alone:
{_SCOPES}
\b
Example:
  hubspot-mock pull --token-env HUBSPOT_TOKEN --output portal.toml
  hubspot-mock serve --scenario portal.toml
  hubspot-mock pull --update portal.toml
"""
)
@click.option(
    "--token-env",
    metavar="NAME",
    default="HUBSPOT_TOKEN",
    show_default=True,
    help="The environment variable with the access token, such as that of a private app.",
)
@click.option("--base-url", metavar="URL", default=HUBSPOT, show_default=True, help="Where the account is.")
@click.option(
    "--types",
    metavar="NAME,…",
    help=f"Object types to read, custom ones too, or {ALL_TYPES}.  "
    f"[default: {', '.join(USUAL_TYPES)}, and all custom objects]",
)
@click.option(
    "--owners",
    is_flag=False,
    flag_value="named",
    type=click.Choice(["named", "anonymous"]),
    help="Also the owners, who are people: with their names and addresses, or anonymous, with invented ones.",
)
@click.option("--lists", is_flag=True, help="Also the names and types of lists.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="The scenario file to write, or - for standard output.",
)
@click.option(
    "--update",
    metavar="FILE",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="A scenario file to bring up to date. What was written by hand is kept.",
)
@click.option("--force", is_flag=True, help="Let --output overwrite a file.")
def command(
    token_env: str,
    base_url: str,
    types: str | None,
    owners: str | None,
    lists: bool,
    output: str | None,
    update: Path | None,
    force: bool,
) -> None:
    """Write what a HubSpot account defines as a scenario of this server.

    It reads custom objects, properties and their groups, pipelines, association labels and the account's details, and
    writes what differs from what this server has already. It only reads, and a part that the token may not read is left
    out. The file contains no token, and no person unless --owners asks for them.
    """
    if (output is None) == (update is None):
        raise click.UsageError("give either --output, for a new file, or --update", click.get_current_context())
    _check_target(output, update, force=force)
    logging.getLogger("mockserver").setLevel(logging.ERROR)  # of the server that is compared with
    chosen = tuple(name.strip() for name in (types or "").split(",") if name.strip())
    if types is not None and not chosen:
        raise click.BadParameter("it names no object type", click.get_current_context(), param_hint="'--types'")
    with _account(base_url, token_env) as account:
        try:
            pulled = pull(account, Wanted(chosen, _OWNERS[owners], lists), _tell)
        except (AccountProblem, UnknownObjectType) as problem:
            raise Failure(f"{problem}; nothing was written") from problem
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        whose = pulled.account_id or "of an unknown id"
        header = f"# HubSpot account {whose} at {account.base_url}, pulled on {today} by hubspot-mock {__version__}"
        if update is not None:
            _update(update, pulled, header)
        else:
            _write(output or STANDARD_OUTPUT, pulled, header)
    for note in pulled.notes:
        _tell(f"Note: {note}")
    _tell(f"{account.calls} calls")


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _check_target(output: str | None, update: Path | None, *, force: bool) -> None:
    """Raises Failure, before any call is made, for a file that could not be written in the end."""
    if update is not None:
        try:
            load_scenario(str(update))
        except ScenarioError as fault:
            raise Failure(str(fault)) from fault
    elif not output:
        raise click.BadParameter("it names no file", click.get_current_context(), param_hint="'--output'")
    elif output != STANDARD_OUTPUT:
        path = Path(output)
        if path.exists() and not force:
            raise Failure(f"{path} exists: --update keeps what was written into it by hand, --force overwrites it")
        if not path.parent.is_dir():
            raise Failure(f"there is no folder {path.parent}")


def _account(base_url: str, token_env: str) -> AccountClient:
    token = os.environ.get(token_env)
    if token is None:
        # Somebody may have written the token itself, which does not belong into a terminal's output or a log.
        called = token_env if re.fullmatch("[A-Z][A-Z0-9_]{0,63}", token_env) else "that --token-env names"
        raise Failure(f"the environment variable {called} is not set; it is to contain the account's access token")
    try:
        return AccountClient(base_url, token, say=_tell)
    except ValueError as fault:
        raise Failure(str(fault)) from None


def _write(output: str, pulled: Pulled, header: str) -> None:
    text = new_text(pulled.portal, pulled.seeds, name=f"account-{pulled.account_id or 'pulled'}", header=header)
    if output == STANDARD_OUTPUT:
        click.echo(text.encode(), nl=False)  # a TOML file is UTF-8, whatever the terminal's encoding is
        return
    _replace(Path(output), text)
    click.echo(f"{output}: {_counted(pulled)}")


def _update(path: Path, pulled: Pulled, header: str) -> None:
    try:
        before = path.read_bytes().decode("utf-8")
        text, changes = updated_text(before, pulled.portal, pulled.seeds, header=header, was_read=pulled.was_read)
    except (OSError, UnicodeDecodeError, BadPortalFile) as fault:
        raise Failure(f"{path}: {fault}; it was left as it is") from fault
    if changes:
        _replace(path, text)
    _show(path, changes)


def _show(path: Path, changes: FileChanges) -> None:
    told = (("+", changes.added), ("~", changes.changed), ("-", changes.removed), ("kept", changes.kept))
    for sign, lines in told:
        for line in lines:
            _echo(f"  {sign} {line}")
    counts = f"{len(changes.added)} added, {len(changes.changed)} changed, {len(changes.removed)} removed"
    click.echo(f"{path}: {counts}" if changes else f"{path}: nothing has changed")


def _echo(line: str) -> None:
    """Writes a line that may quote labels: on one line, and in what the output's encoding has."""
    shown = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in line)
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(shown.encode(encoding, "backslashreplace").decode(encoding))


def _replace(path: Path, text: str) -> None:
    """Writes the file, if this server can load it."""
    try:
        write_whole(path, text, _check_loads)
    except (ScenarioError, BadInput) as fault:
        problem = str(fault).splitlines()[0]
        raise Failure(f"this server could not load what {path} would be; nothing was written: {problem}") from fault
    except OSError as fault:
        raise Failure(f"cannot write {path}: {fault.strerror}") from fault


def write_whole(path: Path, text: str, check: Callable[[Path], None]) -> None:
    """Writes a file whole or not at all: `check` raises for a text that is not good enough to replace what is there."""
    folder = path.resolve().parent
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".toml", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
        check(Path(temporary))
        with suppress(OSError):
            Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(temporary).replace(path.resolve())
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _check_loads(path: Path) -> None:
    with MockHubSpot(path):
        pass


def _counted(pulled: Pulled) -> str:
    counts = [f"{len(seeds):,} {_words(kind, len(seeds))}" for kind, seeds in pulled.seeds.items() if seeds]
    return ", ".join([*(["the account's details"] if pulled.portal else []), *counts]) or "no difference"


def _words(kind: str, count: int) -> str:
    """Returns the name of a kind of seeds, such as property groups, for one or several."""
    words = kind.replace("_", " ")
    if count != 1:
        return words
    return f"{words.removesuffix('ies')}y" if words.endswith("ies") else words.removesuffix("s")
