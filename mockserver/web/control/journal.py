"""What happened in a portal, as the control API shows it."""

from collections.abc import Mapping
from typing import Final

from mockserver.clock import iso
from mockserver.journal import Entry
from mockserver.web.control.calls import ControlCall, ControlOperation, View
from mockserver.web.rendering import diagnosis_json


class EntryView(View, kw_only=True):
    """One request and its answer."""

    number: int
    at: str
    method: str
    path: str
    query: str
    operation: str | None
    app_id: int | None
    status: int
    correlation_id: str
    import_id: int | None
    diagnosis: Mapping[str, str] | None
    warnings: list[Mapping[str, str]]
    notes: list[str]


class JournalView(View, kw_only=True):
    """Entries, oldest first; `evicted` says how many older ones have fallen away."""

    entries: list[EntryView]
    evicted: int


def entry_view(entry: Entry) -> EntryView:
    """Shows an entry."""
    return EntryView(
        number=entry.number,
        at=iso(entry.at),
        method=entry.method,
        path=entry.path,
        query=entry.query,
        operation=entry.operation,
        app_id=entry.app_id,
        status=entry.status,
        correlation_id=entry.correlation_id,
        import_id=entry.import_id,
        diagnosis=None if entry.diagnosis is None else diagnosis_json(entry.diagnosis),
        warnings=[diagnosis_json(warning) for warning in entry.warnings],
        notes=entry.notes,
    )


async def read_journal(call: ControlCall) -> JournalView:
    """The entries."""
    journal = call.portal.journal
    return JournalView(entries=[entry_view(entry) for entry in journal], evicted=journal.evicted)


JOURNAL_OPERATIONS: Final = (ControlOperation("GET", "/journal", read_journal, "What happened", JournalView),)
