"""Plays the probes against an account and against a fresh portal of this server, and compares their answers.

`Comparison` keeps to the number of imports that it may make: a probe that would make one more is not played. Everything
that it makes bears the mark, by which `mockserver.live.clean_up` finds it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from mockserver.clock import Pace
from mockserver.handle import MockHubSpot
from mockserver.live.account_client import AccountClient, AccountProblem, LimitReached, Unauthorized, missing_scopes
from mockserver.live.claims import BESIDE, PARTS, WHOLE, AnswerPart, Claim, NotComparable, Probe, ProbeStep
from mockserver.live.comparing import Difference, allowed, both_as_recorded, compared, differences, value_differences
from mockserver.live.exchanges import (
    MARK,
    ApiAnswer,
    ApiRequest,
    CannotPrepare,
    Live,
    RecordedExchange,
    Recording,
    exchanges,
    read_exchanges,
)
from mockserver.live.import_claims import import_claims, import_probes
from mockserver.live.recorded_claims import reason_not_shown, recorded_claims, recorded_probes
from mockserver.live.request_claims import request_claims, request_probes
from mockserver.refusals.rule import nearest
from mockserver.words import fits

IMPORTS: Final = "imports"  # what --only takes besides names of claims


class ClaimVerdict(StrEnum):
    """What became of a claim."""

    SAME = "same"
    DIFFERS = "differs"
    NOT_SHOWN = "not shown"


class ShownClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison shows of one claim. In `differences` the account is the left side."""

    claim: Claim
    verdict: ClaimVerdict
    why: str = ""  # why it was not shown
    differences: tuple[tuple[AnswerPart, Difference], ...] = ()


class SidePlayed(msgspec.Struct, kw_only=True):
    """The answers of one side to a probe, by their names, with the values of the placeholders."""

    answers: dict[str, ApiAnswer] = {}
    values: dict[str, str] = {}
    steps: list[tuple[ProbeStep, ApiAnswer]] = []  # those that were made
    unfinished: set[str] = set()  # the names of answers about imports that did not end
    imports: int = 0  # that it made, or may have made: one whose POST was never answered counts too
    stopped: str = ""  # why it ended before its last step


class Played(msgspec.Struct, kw_only=True):
    """A probe that was played on both sides, or why it was not."""

    probe: Probe
    account: SidePlayed | None = None
    server: SidePlayed | None = None
    why_not: str = ""


class Suite(msgspec.Struct, frozen=True):
    """Claims, and the probes that show them, in the order in which they are played."""

    claims: tuple[Claim, ...]
    probes: tuple[Probe, ...]


def suite(only: Sequence[str] = ()) -> Suite:
    """Returns the claims of these names (`*` is any text; `imports` is all about imports), or all of them."""
    claims = [*import_claims(), *request_claims(), *recorded_claims()]
    chosen = [claim for claim in claims if not only or any(_is_named(claim, name) for name in only)]
    needed = {part.probe for claim in chosen for part in claim.shown}
    probes = [probe for probe in (*request_probes(), *import_probes(), *recorded_probes()) if probe.name in needed]
    return Suite(tuple(chosen), tuple(probes))


def unknown_names(only: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Yields the names that are of no claim, each with the one that it most likely means, if any."""
    claims = suite().claims
    for name in only:
        if not any(_is_named(claim, name) for claim in claims):
            yield name, nearest(name, [IMPORTS, *(claim.id for claim in claims)])


def _is_named(claim: Claim, name: str) -> bool:
    return (name == IMPORTS and claim.is_about_imports) or fits(name, [claim.id])


class Needs(msgspec.Struct, frozen=True):
    """What a comparison needs of an account, at most."""

    calls: int
    imports: int
    records: int
    definitions: int
    lists: int


_POLLS: Final = 5  # of one import, in the mean
_CLEANING_CALLS: Final = 60


def needs_of(chosen: Suite, imports: int) -> Needs:
    """Returns what a suite will make, if the account accepts nothing that this server refuses."""
    calls = records = definitions = lists = made = 0
    for probe in chosen.probes:
        if made + probe.imports > imports:
            continue
        made += probe.imports
        calls += len(probe.steps) + _POLLS * probe.imports
        for step in probe.steps:
            path = step.path
            if step.form is not None and probe.imports:
                records += sum(file.text.count("\n") for file in step.form.files)
                lists += "createContactListFromImport" in str(step.form.import_request)
            elif step.method == "POST" and not path.endswith(("/search", "/read", "/archive", "/merge")):
                entries = step.body.get("inputs", [None]) if isinstance(step.body, dict) else [None]
                definitions += len(entries) if "/properties/" in path or path.endswith("/schemas") else 0
                records += len(entries) if "/objects/" in path else 0
                lists += path.endswith("/lists")
    return Needs(calls + _CLEANING_CALLS, made, records, definitions, lists)


class Comparison:
    """Plays a suite on two sides, and keeps their answers."""

    def __init__(
        self,
        chosen: Suite,
        account: Live,
        server: Live,
        *,
        imports: int,
        say: Callable[[int], None] = lambda _done: None,
    ) -> None:
        self.suite = chosen
        self.played: dict[str, Played] = {}
        self.imports_left = imports
        self._most = imports
        self._account = account
        self._server = server
        self._say = say

    def play(self) -> None:
        """Plays all probes. Raises Unauthorized and LimitReached; other problems only concern their probe."""
        for number, probe in enumerate(self.suite.probes):
            self.played[probe.name] = self._play(probe)
            self._say(number + 1)

    def _play(self, probe: Probe) -> Played:
        if probe.imports > self.imports_left or (probe.may_import and not self.imports_left):
            return Played(probe=probe, why_not=f"more than {self._most} imports are needed: see --imports")
        account = self._played(probe, self._account)
        self.imports_left -= account.imports
        return Played(probe=probe, account=account, server=self._played(probe, self._server))

    @staticmethod
    def _played(probe: Probe, side: Live) -> SidePlayed:
        values = side.new_values()
        played = SidePlayed(values=values)
        for step in probe.steps:
            try:
                answer = side.play(step, values)
            except (Unauthorized, LimitReached):
                raise
            except AccountProblem as problem:
                played.imports += _is_import(step)
                played.stopped = str(problem)
                return played
            played.imports += _is_import(step) and answer.status < 300
            played.steps.append((step, answer))
            if step.answer:
                played.answers[step.answer] = answer
            refused = answer.status >= 300
            unsaved = [] if refused else [name for name in step.save if name not in values]
            unfinished = bool(step.until) and not refused and answer.body.get("state") not in step.until
            if unfinished:
                played.unfinished.add(step.answer)
                played.stopped = f"the import is still {answer.body.get('state')} after five minutes"
            elif unsaved:
                played.stopped = f"the answer to {step.method} {step.path} has no {unsaved[0]}"
            elif refused and (not step.answer or _is_import(step)):
                played.stopped = f"{step.method} {step.path} is answered with {answer.status} {_message(answer)}"
            if played.stopped and step is not probe.steps[-1]:
                return played
        return played

    # -- what it shows -------------------------------------------------------------------------------------------------

    def results(self) -> list[ShownClaim]:
        """Returns what the comparison shows of each claim."""
        return [self._shown(claim) for claim in self.suite.claims]

    def _shown(self, claim: Claim) -> ShownClaim:
        if not claim.shown:
            why = reason_not_shown(exchanges()[claim.about]) or "no probe shows it"
            return ShownClaim(claim=claim, verdict=ClaimVerdict.NOT_SHOWN, why=why)
        found: list[tuple[AnswerPart, Difference]] = []
        reasons: list[str] = []
        for part in claim.shown:
            try:
                found += [(part, difference) for difference in self._differences(claim, part)]
            except NotComparable as reason:
                reasons.append(str(reason))
        if found:
            return ShownClaim(claim=claim, verdict=ClaimVerdict.DIFFERS, differences=tuple(found))
        if len(reasons) == len(claim.shown):
            return ShownClaim(claim=claim, verdict=ClaimVerdict.NOT_SHOWN, why=reasons[0])
        return ShownClaim(claim=claim, verdict=ClaimVerdict.SAME)

    def _differences(self, claim: Claim, part: AnswerPart) -> Iterator[Difference]:
        left, right, mine, theirs = self._both_answers(part)
        exchange = exchanges().get(claim.about, _LIVE)
        if part.kind == WHOLE:
            for one in differences(left, right, exchange, mine, theirs):
                is_allowed = any(row.followed is None and allowed(row, one) for row in exchange.allow)
                if not is_allowed and not both_as_recorded(exchange, one, mine, theirs):
                    yield one
            return
        if part.kind == BESIDE:
            played = self.played[part.probe]
            sides: tuple[Any, Any] = self._beside(part, played.account), self._beside(part, played.server)
        else:
            sides = PARTS[part.kind](left, right, part.key)
        yield from value_differences(*sides, mine, theirs)

    @staticmethod
    def _beside(part: AnswerPart, side: SidePlayed | None) -> list[str]:
        """Returns where an answer of one side differs from another of its answers."""
        if side is None or part.key not in side.answers:
            raise NotComparable(f"there is no answer {part.key!r}")
        found = differences(side.answers[part.key], side.answers[part.answer], _LIVE, side.values, side.values)
        return [f"{one.place} {one.kind}" for one in found]

    def _both_answers(self, part: AnswerPart) -> tuple[ApiAnswer, ApiAnswer, Mapping[str, str], Mapping[str, str]]:
        played = self.played.get(part.probe)
        if played is None:
            raise NotComparable("the comparison was interrupted")
        if played.account is None or played.server is None:
            raise NotComparable(played.why_not)
        left, right = played.account.answers.get(part.answer), played.server.answers.get(part.answer)
        if left is None:
            raise NotComparable(played.account.stopped or f"the account gave no answer {part.answer!r}")
        if right is None:
            raise NotComparable(f"this server: {played.server.stopped}")
        if reason := reason_of_account(left, right):
            raise NotComparable(reason)
        if part.kind not in _OF_ANY_ANSWER and (left.status < 300) != (right.status < 300):
            raise NotComparable(f"the account answers {left.status}, this server {right.status}: see import-accepted")
        if (part.kind, part.key) != ("at", "/state"):
            for side in (played.account, played.server):
                if part.answer in side.unfinished:
                    raise NotComparable(side.stopped)
        return left, right, played.account.values, played.server.values


def reason_of_account(left: ApiAnswer, right: ApiAnswer) -> str:
    """Returns why an answer says nothing about HubSpot but only about this account, or ""."""
    if left.status == right.status:
        return ""
    category = left.body.get("category") if isinstance(left.body, dict) else None
    if left.status == 403 and category == "MISSING_SCOPES":
        return (
            f"the token lacks a scope: {', '.join(missing_scopes(left.body)) or 'which one, the answer does not say'}"
        )
    if left.status == 401:
        return f"the token is not accepted: {_message(left)}"
    return f"a limit of the account is reached: {_message(left)}" if left.status == 429 else ""


_OF_ANY_ANSWER: Final = frozenset({WHOLE, BESIDE, "acceptance"})

# What stands for the recorded exchange where two live answers are compared: it leaves nothing open.
_LIVE: Final = RecordedExchange(
    id="live",
    operation="",
    source="",
    date="",
    kept="traffic",
    request=ApiRequest(method="GET", path="/"),
    response=ApiAnswer(status=200),
)


# -- this server's side ------------------------------------------------------------------------------------------------


def settings_like(account: AccountClient, details: Mapping[str, Any], token: str) -> dict[str, Any]:
    """Returns the scenario of a portal that has what an account has, as far as answers depend on it."""
    owners = account.send("GET", "/crm/v3/owners", query={"limit": "1"})
    has_none = owners.status < 300 and not owners.json.get("results")
    return {
        "portal": {"time_zone": details["timeZone"], "currency": details["companyCurrency"]},
        "apps": [{"name": "app", "token": "compared", "kind": "private" if token.startswith("pat-") else "oauth"}],
        **({"seed": {}} if has_none else {}),
    }


@contextmanager
def fresh_portal(
    settings: Mapping[str, Any], *, server: MockHubSpot | None = None
) -> Iterator[tuple[MockHubSpot, Live]]:
    """Yields a portal of this server with these settings of a scenario, and the side that asks it."""
    scenario = {
        "name": "compared",
        "apps": [{"name": "app", "token": "compared", "kind": "oauth"}],
        "seed": {"owners": [{"email": "owner@example.com", "first_name": "Ada", "last_name": "Example"}]},
        **settings,
    }
    made = MockHubSpot(scenario, pace=Pace.POLLS, server=None if server is None else server.transport)
    with made as hubspot, AccountClient(hubspot.url, hubspot.token, wait=_no_wait) as account:
        portal_id = str(account.get("/account-info/v3/details")["portalId"])
        yield hubspot, Live(account, {"token": hubspot.token, "portal": portal_id}, mark=MARK, wait=_no_wait)


def _no_wait(_seconds: float) -> None:
    """The portal's clock moves on by itself: its imports take as many polls as they have states."""


def recordings_in(folder: Path) -> list[RecordedExchange]:
    """Returns the recordings of a folder. Raises ValueError if a file has another format, or there are none."""
    paths = [path for path in sorted(folder.glob("*.json")) if path.name.startswith("recordings")]
    found = [one for path in paths or sorted(folder.glob("*.json")) for one in read_exchanges(path)]
    if not found:
        raise ValueError(f"there are no recordings in {folder}")
    return found


def against_recordings(recordings: Sequence[RecordedExchange]) -> Iterator[tuple[RecordedExchange, list[str]]]:
    """Yields each recording with how the answer of this server differs from it. No account is asked."""
    with MockHubSpot() as server:
        for one in recordings:
            with fresh_portal(one.account, server=server) as (_, live):
                try:
                    found, _ = compared(one, Recording(), live)
                except (CannotPrepare, AccountProblem) as problem:
                    yield one, [f"this server refuses what comes before: {problem}"]
                else:
                    yield one, [str(difference) for difference in found]


def _is_import(request: ApiRequest) -> bool:
    return request.method == "POST" and request.path == "/crm/v3/imports"


def _message(answer: ApiAnswer) -> Any:
    return answer.body.get("message", "") if isinstance(answer.body, dict) else str(answer.body)[:200]
