"""What a comparison found, for people and as data: a table, a report in Markdown and JSON, and recordings.

Reports and recordings contain no token, no id of the account, and no address outside example.com.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

import msgspec

from mockserver import __version__
from mockserver.hubspot.operations import all_operations
from mockserver.live.claims import Claim, Grounds, Probe, grounds_of
from mockserver.live.compare import ClaimVerdict, Comparison, ShownClaim, SidePlayed, reason_of_account
from mockserver.live.comparing import CURSOR, ID_FIELDS, Difference, pattern
from mockserver.live.exchanges import MARKED, ApiAnswer, ApiRequest, ApiStep, RecordedExchange, exchanges
from mockserver.words import shortened

_LONGEST: Final = 300  # characters of one side of a difference
_LONGEST_TEXT: Final = 2000  # characters of any text
_KEPT_HEADERS: Final = ("content-type",)
_ADDRESS: Final = re.compile(r"(?<![\w.+%-])[\w.+%-]+@(?!(?:[\w-]+\.)*example\.com\b)[\w.-]+\.\w+")
_TIMES: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_APP: Final = re.compile(r"app(?:-[a-z0-9]+)?\.hubspot\.com")
_MILLISECONDS: Final = re.compile(r"(?<![\d<])\d{13}(?!\d)")
_MARKUP: Final = re.compile(r"[\\`*<>\[\]|&~#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")  # within a word, _ is no markup
_LONG_NUMBER: Final = re.compile(r"(?<![\d<])\d{6,}(?!\d)")


class AccountFacts(msgspec.Struct, frozen=True):
    """What a report says of the account: nothing that tells which one it is."""

    account_type: str
    time_zone: str
    currency: str


class Scrub:
    """Removes from texts what belongs to the account or to people."""

    def __init__(self, token: str, portal_id: str) -> None:
        self._token = token
        self._portal = re.compile(rf"(?<!\d){re.escape(portal_id)}(?!\d)") if portal_id else None

    def text(self, text: str) -> str:
        """Returns a text without the token, the account's id, and addresses of people."""
        text = shortened(text, _LONGEST_TEXT)  # the search for addresses takes the square of a text's length
        if self._token:
            text = text.replace(self._token, "<token>")
        if self._portal is not None:
            text = self._portal.sub("<portalId>", text)
        return _ADDRESS.sub("<email>", MARKED.sub("{run}", text))

    def value(self, value: Any) -> Any:
        """Returns a value whose texts are scrubbed, however deep."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(name): self.value(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(one) for one in value]
        is_account = self._portal is not None and type(value) is int and self._portal.fullmatch(str(value))
        return "<int>" if is_account else value


class Report:
    """The results of a comparison, without anything personal; `settings` are those of the portal beside the account."""

    def __init__(
        self,
        comparison: Comparison,
        facts: AccountFacts,
        scrub: Scrub,
        *,
        settings: Mapping[str, Any],
        today: date,
    ) -> None:
        self.results = comparison.results()
        self._comparison = comparison
        self._account = dict(settings)
        self._facts = facts
        self._scrub = scrub
        self._today = today.isoformat()

    @property
    def counts(self) -> Mapping[ClaimVerdict, int]:
        """How many claims have which verdict."""
        return {verdict: sum(one.verdict is verdict for one in self.results) for verdict in ClaimVerdict}

    def of(self, verdict: ClaimVerdict) -> list[ShownClaim]:
        """Returns the results with a verdict."""
        return [one for one in self.results if one.verdict is verdict]

    # -- the table -----------------------------------------------------------------------------------------------------

    def rows(self) -> list[tuple[str, str, str]]:
        """Returns a row for each claim: its id, its verdict, and the first difference or the reason."""
        return [(one.claim.id, str(one.verdict), self._first(one)) for one in self.results]

    def _first(self, one: ShownClaim) -> str:
        if one.differences:
            more = len(one.differences) - 1
            text = self.described(*one.differences[0])
            return f"{text} (and {more} more)" if more else text
        return self._scrub.text(one.why)

    def described(self, part: Any, difference: Difference) -> str:
        """Returns a difference in one line: where it is, and what either side has there."""
        key = f" {part.key}" if part.key else ""
        sides = {
            "missing": f"the account has it: {self._side(difference.left)}",
            "extra": f"only this server has it: {self._side(difference.right)}",
        }
        said = f"the account: {self._side(difference.left)}; this server: {self._side(difference.right)}"
        where = f"{part.probe}, {part.answer}{key}: {difference.place}"
        return f"{where}: {sides.get(difference.kind, said)}"

    def _side(self, value: Any) -> str:
        text = json.dumps(self._scrub.value(value), ensure_ascii=False)
        return shortened(text, _LONGEST)

    # -- files ---------------------------------------------------------------------------------------------------------

    def as_json(self) -> bytes:
        """Returns the report as JSON."""
        body = {
            "hubspotMock": __version__,
            "date": self._today,
            "account": self._facts,
            "counts": {str(verdict): number for verdict, number in self.counts.items()},
            "claims": [self._as_data(one) for one in self.results],
        }
        return msgspec.json.format(msgspec.json.encode(body), indent=1) + b"\n"

    def _as_data(self, one: ShownClaim) -> dict[str, Any]:
        grounds = grounds_of(one.claim, exchanges())
        return {
            "claim": one.claim.id,
            "verdict": str(one.verdict),
            "says": grounds.says,
            "evidence": str(grounds.evidence),
            "why": self._scrub.text(one.why),
            "differences": [
                {
                    "probe": part.probe,
                    "answer": part.answer,
                    "place": self._scrub.text(difference.place),
                    "kind": difference.kind,
                    "account": self._short(difference.left),
                    "server": self._short(difference.right),
                }
                for part, difference in one.differences
            ],
        }

    def _short(self, value: Any) -> Any:
        text = json.dumps(self._scrub.value(value))
        return self._scrub.value(value) if len(text) <= _LONGEST_TEXT else shortened(text, _LONGEST_TEXT)

    def as_markdown(self) -> Iterator[str]:
        """Yields the lines of the report in Markdown."""
        counts = ", ".join(f"{number} {verdict}" for verdict, number in self.counts.items())
        yield "# HubSpot's answers beside those of hubspot-mock"
        yield ""
        yield f"{self._today}, hubspot-mock {__version__}, an account of type {self._facts.account_type}: {counts}."
        yield ""
        yield f"## Differs ({self.counts[ClaimVerdict.DIFFERS]})"
        for one in self.of(ClaimVerdict.DIFFERS):
            grounds = grounds_of(one.claim, exchanges())
            yield from (
                "",
                f"### {one.claim.id}",
                "",
                _plain(f"{grounds.says} ({grounds.evidence}: {grounds.source})"),
                "",
            )
            for part, difference in one.differences:
                yield f"- {_plain(self.described(part, difference))}"
        for verdict in (ClaimVerdict.NOT_SHOWN, ClaimVerdict.SAME):
            yield from ("", f"## {str(verdict).capitalize()} ({self.counts[verdict]})", "")
            for one in self.of(verdict):
                why = f": {self._scrub.text(one.why)}" if one.why else ""
                yield f"- {_plain(f'{one.claim.id}{why}')}"

    # -- recordings ----------------------------------------------------------------------------------------------------

    def recordings(self) -> list[RecordedExchange]:
        """Returns the account's answers as recordings, which this server can be compared with again."""
        found = []
        for played in self._comparison.played.values():
            if played.account is not None and played.probe.is_recorded:
                found += list(self._recordings_of(played.probe, played.account, played.server or SidePlayed()))
        return found

    def _recordings_of(self, probe: Probe, side: SidePlayed, server: SidePlayed) -> Iterator[RecordedExchange]:
        """Yields the answers to a probe, without those that say what the token or the account may not do."""
        before: list[ApiStep] = []
        known = exchanges().get(probe.name)
        for step, answer in side.steps:
            name = step.answer
            is_refused = name in server.answers and bool(reason_of_account(answer, server.answers[name]))
            if name and name not in side.unfinished and not is_refused:
                yield RecordedExchange(
                    id=f"{probe.name}.{name}",
                    operation=operation_of(step.method, step.path),
                    source="hubspot-mock compare",
                    date=self._today,
                    kept="traffic",
                    account=self._account,
                    before=[*before, *([_as(ApiStep, step)] if step.until else [])],
                    request=_as(ApiRequest, step),
                    response=self._recorded(answer, side.values, None if known is None else known.response.body),
                    unordered=[] if known is None else known.unordered,
                    samples=[] if known is None else known.samples,
                )
            if answer.status < 300 and (step.method != "GET" or step.until or step.save):
                before.append(_as(ApiStep, step))

    def _recorded(self, answer: ApiAnswer, values: Mapping[str, str], known: Any) -> ApiAnswer:
        names = {name: value for name, value in values.items() if name not in {"scheme", "portal", "token"}}
        kept = {name: self._general(answer.headers[name], names) for name in _KEPT_HEADERS if name in answer.headers}
        return ApiAnswer(status=answer.status, headers=kept, body=self._recorded_value("", answer.body, names, known))

    def _recorded_value(self, name: str, value: Any, names: Mapping[str, str], known: Any) -> Any:
        """Returns a value with placeholders; `known` is what an older recording has in its place."""
        if isinstance(value, dict):
            older = known if isinstance(known, dict) else {}
            return {
                self._general(key, names): self._recorded_value(key, one, names, older.get(key))
                for key, one in value.items()
            }
        if isinstance(value, list):
            older_entries = [*known, *[None] * len(value)] if isinstance(known, list) else [None] * len(value)
            return [self._recorded_value(name, one, names, old) for one, old in zip(value, older_entries, strict=False)]
        if isinstance(value, str):
            if name == "after":
                return "<text>"
            if isinstance(known, str) and "<" in known and pattern(known, names).fullmatch(value):
                return known
            return "<id>" if name in ID_FIELDS and value.isdecimal() else self._general(value, names)
        if type(value) is int and (name in ID_FIELDS or len(str(value)) >= 6):
            return "<int>"
        return value

    def _general(self, text: str, names: Mapping[str, str]) -> str:
        """Returns a text of the account with placeholders for what is its own."""
        if len(text) > _LONGEST_TEXT:
            return f"{self._general(text[:200], names)}<text>"
        for name, value in sorted(names.items(), key=lambda item: -len(item[1])):
            if len(value) >= 4:
                text = text.replace(value, "<root>" if name == "root" else f"{{{name}}}")
        text = CURSOR.sub("<text>", text)
        text = _UUID.sub("<uuid>", _TIMES.sub("<time>", self._scrub.text(text)))
        return _LONG_NUMBER.sub("<id>", _MILLISECONDS.sub("<ms>", _APP.sub("<app>", text)))


def _plain(text: str) -> str:
    """Returns a text in one line of Markdown that shows it as it is: `<email>` is no tag there, and `*` no emphasis."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def recordings_as_json(recordings: Sequence[RecordedExchange]) -> bytes:
    """Returns recordings as the content of a file, without what is as usual."""
    rows = [_without_defaults(msgspec.to_builtins(one)) for one in recordings]
    return msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n"


def _without_defaults(row: dict[str, Any]) -> dict[str, Any]:
    for part in (row["request"], *row["before"]):
        for name in [name for name, value in part.items() if value in ({}, [], None)]:
            del part[name]
    return {name: value for name, value in row.items() if value not in ({}, [], None)}


def _as(kind: type[Any], step: Any) -> Any:
    """Returns a step as a request of the format of recordings."""
    names = kind.__struct_fields__
    return kind(**{name: getattr(step, name) for name in names if hasattr(step, name)})


def operation_of(method: str, path: str) -> str:
    """Returns the name of the operation that a request is for."""
    for name, verb, template in _paths():
        if verb == method and template.fullmatch(path):
            return name
    return "unknown"


@cache
def _paths() -> Sequence[tuple[str, str, re.Pattern[str]]]:
    """Returns the operations with their paths, those with the fewest parameters first."""
    rows = [(one.name, one.method, path) for one in all_operations() for path in one.paths]
    rows.sort(key=lambda row: row[2].count("{"))
    return [(name, verb, re.compile(re.sub(r"\\?\{\w+\\?\}", "[^/]+", path))) for name, verb, path in rows]


def fidelity_rows(claims: Sequence[Claim]) -> Iterator[tuple[Claim, Grounds]]:
    """Yields the claims with what they are based on, beginning with those that are inferred."""
    order = ("inferred", "seen", "docs", "spec", "recorded")
    rows = [(claim, grounds_of(claim, exchanges())) for claim in claims]
    yield from sorted(rows, key=lambda row: order.index(row[1].evidence))
