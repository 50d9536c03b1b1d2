"""`hubspot-mock compare`: HubSpot's answers beside those of this server."""

import logging
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from types import FrameType
from typing import Any, Final

import click

from mockserver.cli.commands import Failure, columns, progress
from mockserver.cli.options import WholeNumber
from mockserver.live.account_client import HUBSPOT, AccountClient, AccountProblem, LimitReached, Unauthorized
from mockserver.live.clean_up import CleanUp, Removed
from mockserver.live.compare import (
    ClaimVerdict,
    Comparison,
    Needs,
    Suite,
    against_recordings,
    fresh_portal,
    needs_of,
    recordings_in,
    settings_like,
    unknown_names,
)
from mockserver.live.compare import suite as suite_of
from mockserver.live.exchanges import MARK, Live
from mockserver.live.report import AccountFacts, Report, Scrub, recordings_as_json

TOKEN_VARIABLE: Final = "HUBSPOT_TOKEN"  # noqa: S105 - the name of a variable
FOR_TESTS: Final = ("DEVELOPER_TEST", "SANDBOX")  # types of accounts that exist to be tried out
DIFFERS: Final = 1

_EXAMPLES: Final = """\
Everything that it makes in the account bears the mark hubspotmockcompare, and is archived at the end, also after
Ctrl-C; --clean-up archives what an interrupted run has left. Imports cannot be deleted: they remain in the list of
imports. Scopes: crm.import, crm.lists.read and .write, crm.objects.* and crm.schemas.* of contacts, companies, deals
and custom objects, tickets, crm.objects.owners.read; what lacks its scope is "not shown".

Exit status: 0 if all is the same, 1 if something differs, 2 if it cannot run.

\b
Examples: hubspot-mock compare --token-env HUBSPOT_TOKEN --only imports --report found
          hubspot-mock compare --clean-up
          hubspot-mock compare --recording found
"""


@click.command("compare", epilog=_EXAMPLES)
@click.option(
    "--token-env",
    metavar="NAME",
    default=TOKEN_VARIABLE,
    show_default=True,
    help="The environment variable that has the account's token.",
)
@click.option("--base-url", default=HUBSPOT, show_default=True, help="Where the account is.")
@click.option(
    "--only", multiple=True, metavar="CLAIM", help="Only these claims; * is any text, imports is all about imports."
)
@click.option(
    "--imports", type=WholeNumber(0, 500), default=15, show_default=True, help="Make at most this many imports."
)
@click.option("--account", metavar="ID", help="The id that the account must have.")
@click.option("--yes", is_flag=True, help="Do not ask; with --account, use an account that is not for tests.")
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write report.md, report.json and recordings.json into this folder.",
)
@click.option("--clean-up", is_flag=True, help="Only archive what earlier runs have left in the account.")
@click.option(
    "--recording",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Compare this server with the recordings of a report; no account is asked.",
)
def command(
    token_env: str,
    base_url: str,
    only: tuple[str, ...],
    imports: int,
    account: str | None,
    yes: bool,
    report: Path | None,
    clean_up: bool,
    recording: Path | None,
) -> None:
    """Compare the answers of a HubSpot account with those of this server.

    It plays a series of requests against both and shows, for each claim about HubSpot, whether they answer the same.
    Use a developer test account or a sandbox: others are refused unless --yes and --account name them.
    """
    if recording is not None and (only or account or yes or report or clean_up):
        raise click.UsageError("--recording asks no account: it is used without other options")
    if clean_up and (only or report):
        raise click.UsageError("--clean-up compares nothing: it is used without --only and --report")
    if recording is not None:
        _compare_recordings(recording)
        return
    chosen = _chosen(only)
    if report is not None:
        _prepare(report)
    try:
        with _account(token_env, base_url) as client:
            details = _details(client, account, is_forced=yes)
            if clean_up:
                removed = _cleaned(client)
                _print_removed(removed)
                if removed.problems:
                    raise Failure("not all could be archived: run it again")
                return
            _announce(chosen, needs_of(chosen, imports), details, ask=not yes)
            _compare(chosen, client, details, os.environ[token_env].strip(), imports, report)
    except AccountProblem as problem:
        raise Failure(str(problem)) from problem


def _chosen(only: tuple[str, ...]) -> Suite:
    """Returns the claims of these names. Raises Failure if one of them is of no claim."""
    for name, meant in unknown_names(only):
        text = f"there is no claim {name}" + (f"; did you mean {meant}?" if meant else "")
        raise Failure(f"{text} (docs/fidelity.md lists them)")
    return suite_of(only)


def _prepare(folder: Path) -> None:
    """Makes the folder of a report. Raises Failure if no file can be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as fault:
        raise Failure(f"--report {folder}: {fault.strerror}") from fault


# -- the account -------------------------------------------------------------------------------------------------------


@contextmanager
def _account(variable: str, base_url: str) -> Iterator[AccountClient]:
    token = os.environ.get(variable, "")
    if not token:
        raise Failure(f"the environment variable {variable} is not set: it must have the account's token")
    try:
        client = AccountClient(base_url, token, say=lambda line: click.echo(line, err=True))
    except ValueError as fault:
        raise Failure(str(fault)) from fault
    with client:
        yield client


def _details(client: AccountClient, account: str | None, *, is_forced: bool) -> Mapping[str, Any]:
    """Returns the details of the account. Raises Failure if it is not the one that may be used."""
    details: Mapping[str, Any] = client.get("/account-info/v3/details")
    portal, kind = str(details.get("portalId")), str(details.get("accountType"))
    if account is not None and account != portal:
        raise Failure(f"the token is for account {portal}, not for {account}")
    if kind not in FOR_TESTS and not (is_forced and account == portal):
        raise Failure(
            f"account {portal} is of type {kind}, not a developer test account or a sandbox: use one of these, or "
            f"--yes --account {portal} if records may be made in it"
        )
    return details


def _announce(chosen: Suite, needs: Needs, details: Mapping[str, Any], *, ask: bool) -> None:
    """Says what will be made in the account, and asks on a terminal."""
    click.echo(f"{len(chosen.claims)} claims, to be shown by account {details['portalId']} ({details['accountType']}).")
    click.echo(
        f"It will make at most {needs.imports} imports, {needs.records} records, {needs.definitions} definitions of "
        f"properties and object types, and {needs.lists} lists, with about {needs.calls} calls."
    )
    click.echo(
        f"All of it bears the mark {MARK} and is archived at the end, except the imports, which cannot be deleted."
    )
    if ask and sys.stdin.isatty() and not click.confirm("Begin?", default=True):
        raise click.Abort


def _cleaned(client: AccountClient) -> Removed:
    return CleanUp(client).run()


def _print_removed(removed: Removed) -> None:
    said = ", ".join(f"{number} {kind}" for kind, number in removed.counts.items()) or "nothing"
    click.echo(f"Archived: {said}. {removed.imports} imports with the mark remain in the account's list of imports.")
    for problem in removed.problems:
        click.echo(f"Warning: not all could be archived: {problem}", err=True)


# -- the comparison ----------------------------------------------------------------------------------------------------


def _compare(
    chosen: Suite, client: AccountClient, details: Mapping[str, Any], token: str, imports: int, folder: Path | None
) -> None:
    portal_id = str(details["portalId"])
    facts = AccountFacts(str(details["accountType"]), str(details["timeZone"]), str(details["companyCurrency"]))
    settings = settings_like(client, details, token)
    live = Live(client, {"token": token, "portal": portal_id}, mark=MARK)
    interrupted = False
    stopped: AccountProblem | None = None
    logging.getLogger("mockserver").setLevel(logging.CRITICAL)  # that this server refuses requests is no news here
    with fresh_portal(settings) as (_, server):
        with progress("Comparing", len(chosen.probes)) as say, _termination_as_interrupt():
            comparison = Comparison(chosen, live, server, imports=imports, say=say)
            try:
                comparison.play()
            except KeyboardInterrupt:
                interrupted = True
                click.echo("Interrupted: archiving what was made.", err=True)
            except (Unauthorized, LimitReached) as problem:
                stopped = problem  # what was shown before is kept
            finally:
                _clean_up_after(client)
        found = Report(comparison, facts, Scrub(token, portal_id), settings=settings, today=datetime.now(UTC).date())
    _print_results(found)
    if folder is not None:
        _write(found, folder)
    if interrupted:
        raise click.Abort
    if stopped is not None:
        raise stopped
    if found.counts[ClaimVerdict.DIFFERS]:
        sys.exit(DIFFERS)


def _clean_up_after(client: AccountClient) -> None:
    try:
        _print_removed(_cleaned(client))
    except (KeyboardInterrupt, AccountProblem) as problem:
        why = str(problem) or "interrupted again"
        click.echo(f"Not all was archived ({why}): run hubspot-mock compare --clean-up", err=True)


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Lets SIGTERM end the comparison as Ctrl-C does, so that the account is cleaned up."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _print_results(found: Report) -> None:
    for line in columns([("claim", "result", ""), *found.rows()]):
        click.echo(line)
    click.echo(", ".join(f"{number} {verdict}" for verdict, number in found.counts.items()))


def _write(found: Report, folder: Path) -> None:
    (folder / "report.md").write_text("\n".join(found.as_markdown()) + "\n", "utf-8")
    (folder / "report.json").write_bytes(found.as_json())
    (folder / "recordings.json").write_bytes(recordings_as_json(found.recordings()))
    click.echo(f"Written: {folder / 'report.md'}, report.json, recordings.json")


def _compare_recordings(folder: Path) -> None:
    logging.getLogger("mockserver").setLevel(logging.CRITICAL)
    try:
        recordings = recordings_in(folder)
    except ValueError as fault:
        raise Failure(str(fault)) from fault
    rows = [("recording", "result", "")]
    differing = 0
    for one, found in against_recordings(recordings):
        differing += bool(found)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        rows.append(
            (one.id, str(ClaimVerdict.DIFFERS if found else ClaimVerdict.SAME), f"{found[0]}{more}" if found else "")
        )
    for line in columns(rows):
        click.echo(line)
    click.echo(f"{len(recordings) - differing} same, {differing} differ")
    if differing:
        sys.exit(DIFFERS)
