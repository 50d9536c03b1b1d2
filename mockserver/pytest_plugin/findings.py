"""What a failing test's report shows of a portal: its last exchanges, imports, clock and faults, without tokens."""

import re
from collections.abc import Iterator
from typing import Final

from mockserver.control.journal import EntryView
from mockserver.handle import MockHubSpot
from mockserver.refusals.paths import NOT_SERVED

LAST_EXCHANGES: Final = 10
LAST_IMPORTS: Final = 10
MOST_FAULTS: Final = 10
_LONGEST: Final = 300  # characters of one value
_TOKEN: Final = re.compile(r"pat-[a-z0-9]+-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=Bearer )\S+", re.IGNORECASE)


def redacted(text: str, tokens: tuple[str, ...] = ()) -> str:
    """Replaces tokens in a text: the given ones, and whatever looks like one."""
    for token in tokens:
        text = text.replace(token, "<token>")
    return _TOKEN.sub("<token>", text)


def properties(hubspot: MockHubSpot, name: str) -> list[tuple[str, str]]:
    """Returns the properties for JUnit's XML; all names begin with `name`."""
    return [(f"{name}.{key}", redacted(value, hubspot.tokens)) for key, value in _pairs(hubspot)]


def section(hubspot: MockHubSpot) -> str:
    """Returns the section for the test's report."""
    lines = [f"{key:<22} {_indented(value)}" for key, value in _pairs(hubspot)]
    return redacted("\n".join(lines), hubspot.tokens)


def _indented(value: str) -> str:
    return value.replace("\n", "\n" + " " * 23)


def _pairs(hubspot: MockHubSpot) -> Iterator[tuple[str, str]]:
    clock = hubspot.clock.view()
    due = f", next due {clock.next_due}" if clock.next_due else ", nothing due"
    yield "portal", f"{hubspot.key} at {hubspot.url}"
    yield "clock", f"{clock.now}, pace {clock.pace}{due}"
    entries = hubspot.journal.last(LAST_EXCHANGES)
    for entry in entries:
        yield f"exchange.{entry.number}", _exchange(entry)
    if not entries:
        yield "exchanges", "none: no call reached this portal" + _strays(hubspot)
    latest = hubspot.imports.last(LAST_IMPORTS)
    if latest.total > len(latest.results):
        yield "imports", f"the last {len(latest.results)} of {latest.total}"
    for one in latest.results:
        counters = " ".join(f"{name}={count}" for name, count in one.counters.items())
        yield f"import.{one.id}", f"{one.name!r} {one.state}{' (held)' if one.held else ''} {counters}".rstrip()
    faults = hubspot.faults.views()
    if len(faults) > MOST_FAULTS:
        yield "faults", f"the first {MOST_FAULTS} of {len(faults)}"
    for fault in faults[:MOST_FAULTS]:
        fired = f"hit {fault.hits} of {fault.met} matching calls" if fault.met else "no call matched"
        yield f"fault.{fault.name}", f"{fault.effect}: {fired}{' (expected)' if fault.expected else ''}"


def _strays(hubspot: MockHubSpot) -> str:
    count = hubspot.journal.strays()
    if not count:
        return ""
    calls = "1 call has" if count == 1 else f"{count} calls have"
    return (
        f"\n{calls} reached the server with a token of no portal"
        "\nSend `hubspot.token` from the client, or use `hubspot_intercept`, which accepts any token."
    )


def _exchange(entry: EntryView) -> str:
    query = f"?{entry.query}" if entry.query else ""
    lines = [f"{entry.method} {entry.path}{query} -> {entry.status or 'no answer'}"]
    if entry.diagnosis is not None:
        lines.append(_diagnosis(entry))
    lines += [f"warning {_cut(warning['rule'])}: {_cut(warning['hint'])}" for warning in entry.warnings]
    lines += [_cut(note) for note in entry.notes]
    return "\n".join(lines)


def _diagnosis(entry: EntryView) -> str:
    """Returns why a request was refused."""
    diagnosis = entry.diagnosis or {}
    if diagnosis.get("rule") == NOT_SERVED.id:
        return f"{NOT_SERVED.id}: {NOT_SERVED.hint}"
    where = f" at {diagnosis['pointer']}" if diagnosis.get("pointer") else ""
    expected, got = _cut(diagnosis.get("expected", "")), _cut(diagnosis.get("got", ""))
    return f"{diagnosis.get('rule')}{where}: expected {expected}; got {got}\n{_cut(diagnosis.get('hint', ''))}".rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
