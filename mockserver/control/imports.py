"""Operations on the imports of all apps of a portal: to inspect them, and to change their course in a test."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

from msgspec import Meta

from mockserver.clock import iso
from mockserver.control.calls import (
    ControlCall,
    ControlOperation,
    Input,
    Parameter,
    ParameterKind,
    View,
    bad_input,
    impossible,
    unknown,
    views_of,
)
from mockserver.imports.interventions import WrongState
from mockserver.imports.progress import (
    ACTIVE,
    Actor,
    Event,
    ImportCounter,
    ImportState,
    Progress,
    progress_of,
    request_of,
)
from mockserver.pacing import Pacing
from mockserver.portal.portal import Portal
from mockserver.refusals.control import CONTROL_UNKNOWN
from mockserver.refusals.error_types import ErrorType
from mockserver.refusals.rule import Rejection
from mockserver.store.imports import NO_APP, FileRow, ImportRow
from mockserver.wire.exchange import Answer

BINARY_TYPE: Final = "application/octet-stream"

_AFTER_ALL: Final = 2**62  # above every import id
_MOST_NAMED: Final = 20  # ids that the refusal of an unknown one names


class Hold(Input, frozen=True, kw_only=True):
    """The state in which to hold it: its present one by default, or a later one."""

    state: ImportState | None = None


class Fail(Input, frozen=True, kw_only=True):
    """The errorType, and a text for people."""

    error_type: ErrorType = ErrorType.UNKNOWN_ERROR
    detail: Annotated[str, Meta(min_length=1)] = "A test let this import fail."


class ImportedFileView(View, kw_only=True):
    """A file of an import; `lines` counts a header too, and `kept` says whether its content can still be read."""

    id: str
    name: str
    size: int
    lines: int
    kept: bool


class HappenedView(View, kw_only=True):
    """An event in the life of an import: the state that it led to, when, and by whom or what."""

    event: Event
    state: ImportState
    at: str
    by: Actor


class ImportView(View, kw_only=True):
    """An import: `app_id` is 0 where no app of the portal made it, and `source` its importSource.

    `hold_in` is a state in which it is to be held, `next_due` when it will go on. Times are of the portal's clock,
    except `real_created_at`: it is null unless `real_times=true` asks for it, because no two runs have the same one,
    and after a restart, a reset or a restored snapshot.
    """

    id: str
    name: str
    app: str
    app_id: int
    source: str
    state: ImportState
    held: bool
    hold_in: ImportState | None
    created_at: str
    real_created_at: str | None
    updated_at: str
    next_due: str | None
    rows: int
    rows_done: int
    errors: int
    counters: dict[str, int]
    happened: list[HappenedView]
    files: Sequence[ImportedFileView]


class ImportsView(View, kw_only=True):
    """Imports, by id: the first `limit` after `after`, or the `last` ones. `after` is where the next page begins."""

    results: Sequence[ImportView]
    total: int
    after: str | None


def import_view(portal: Portal, row: ImportRow, *, has_real_times: bool = False) -> ImportView:
    """Returns an import as the control API shows it."""
    progress, imports = progress_of(row), portal.store.imports
    real = portal.real_time_of(row.id) if has_real_times else None
    work = imports.work_of(row.id)
    return ImportView(
        id=str(row.id),
        name=request_of(row).name,
        app="" if row.app_id == NO_APP else portal.identity.definition(row.app_id).name,
        app_id=row.app_id,
        source=progress.source,
        state=ImportState(row.state),
        held=row.held,
        hold_in=progress.hold_in,
        created_at=iso(row.created_at),
        real_created_at=None if real is None else iso(real),
        updated_at=iso(row.updated_at),
        next_due=iso(work[0].due_at) if work else None,
        rows=progress.total_rows,
        rows_done=progress.rows.rows_done,
        errors=_error_count(portal, row, progress),
        counters={name: count for name, count in progress.rows.counters.items() if count},
        happened=[
            HappenedView(event=one.event, state=one.state, at=iso(one.at), by=one.by) for one in progress.happened
        ],
        files=[
            ImportedFileView(id=str(file.id), name=file.name, size=file.size, lines=file.lines, kept=bool(file.path))
            for file in imports.files(row.id)
        ],
    )


def _error_count(portal: Portal, row: ImportRow, progress: Progress) -> int:
    """Returns how many errors an import has; those of whole files, by which it failed, are not in its counters."""
    if row.state == ImportState.FAILED:
        return portal.store.imports.count_errors(row.id)
    return progress.rows.counters.get(ImportCounter.ERRORS, 0)


def row_of(portal: Portal, import_id: int) -> ImportRow:
    """Returns an import of any app; raises a Rejection if it does not exist."""
    row = portal.store.imports.get(import_id)
    if row is None:
        last = portal.store.imports.page(before=_AFTER_ALL, limit=_MOST_NAMED)
        raise unknown("import", str(import_id), [str(one.id) for one in last])
    return row


async def step(portal: Portal, pacing: Pacing, import_id: int) -> ImportRow:
    """Advances an import by one state, without moving the clock; an import that was held is held again."""
    row = row_of(portal, import_id)
    was_held = row.held
    portal.interventions.hasten(row, now=portal.now)
    await pacing.advance(portal, portal.now)
    row = row_of(portal, import_id)
    if was_held and row.state in ACTIVE and not row.held:
        portal.interventions.hold(row, now=portal.now)
        row = row_of(portal, import_id)
    return row


async def finish(portal: Portal, pacing: Pacing, import_id: int) -> ImportRow:
    """Runs an import to completion, without moving the clock."""
    row = row_of(portal, import_id)
    while row.state in ACTIVE:
        portal.interventions.hasten(row, now=portal.now)
        await pacing.advance(portal, portal.now)
        row = row_of(portal, import_id)
    return row


async def list_imports(call: ControlCall) -> ImportsView:
    """All imports."""
    await call.ready()
    state = call.query["state"]
    if state is not None and state not in set(ImportState):
        raise unknown("state", state, [known.value for known in ImportState])
    rows, limit, last = call.portal.store.imports, call.query["limit"], call.query["last"]
    if last is not None and (limit is not None or call.query["after"] is not None):
        raise bad_input(
            "last cannot be combined with limit or after", "both", expected="last alone, or limit and after"
        )
    name, app_id = call.query["name"] or None, _app_id(call)
    if last is not None:
        before = _AFTER_ALL if call.query["before"] is None else call.query["before"]
        found = rows.page(app_id, state=state, name=name, before=before, limit=last)
    else:
        more = -1 if limit is None else limit + 1
        found = rows.page(app_id, state=state, name=name, after=call.query["after"] or 0, limit=more)
    shown = found if limit is None else found[:limit]
    return ImportsView(
        results=await views_of(shown, partial(import_view, call.portal, has_real_times=call.query["real_times"])),
        total=rows.count(state, app_id=app_id, name=name),
        after=str(shown[-1].id) if shown and len(found) > len(shown) else None,
    )


def _app_id(call: ControlCall) -> int | None:
    """Returns the id of the app that the query names."""
    named = call.query["app"]
    if named is None:
        return None
    apps = call.portal.store.apps
    found = apps.named(named)
    if found is None and not named.isdecimal():
        raise unknown("app", named, [app.name for app in call.portal.apps()])
    return int(named) if found is None else found


async def get_import(call: ControlCall) -> ImportView:
    """One import."""
    await call.ready()
    return import_view(call.portal, row_of(call.portal, call.number("id")), has_real_times=call.query["real_times"])


async def read_file(call: ControlCall) -> Answer:
    """Returns the content of an uploaded file, or a part of it."""
    row, file_id = row_of(call.portal, call.number("id")), call.number("file")
    files = call.portal.store.imports.files(row.id)
    file = next((file for file in files if file.id == file_id), None)
    if file is None:
        raise unknown("file of this import", str(file_id), [str(file.id) for file in files])
    try:
        content = await asyncio.to_thread(_content, file, call.query["start"], call.query["bytes"])
    except FileNotFoundError as fault:
        raise Rejection(
            CONTROL_UNKNOWN,
            got=f"{file.name!r} of import {row.id}",
            what=f"content of {file.name!r} any more",
            expected="a file of an import that has not ended, or of one of the latest that have",
            hint="The scenario's [lifecycle] kept_upload_bytes says how much is kept.",
        ) from fault
    download = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    headers = [("Content-Disposition", download), ("X-Content-Type-Options", "nosniff")]
    return Answer(200, content, BINARY_TYPE.encode(), headers)


def _content(file: FileRow, start: int, most: int | None) -> bytes:
    if file.path is None:
        raise FileNotFoundError(file.name)
    with Path(file.path).open("rb") as content:
        content.seek(start)
        return content.read(-1 if most is None else most)


async def step_import(call: ControlCall) -> ImportView:
    """Advances an import by one state."""
    try:
        return import_view(call.portal, await step(call.portal, call.pacing, call.number("id")))
    except WrongState as fault:
        raise _cannot(fault) from fault


async def finish_import(call: ControlCall) -> ImportView:
    """Runs an import to completion."""
    try:
        return import_view(call.portal, await finish(call.portal, call.pacing, call.number("id")))
    except WrongState as fault:
        raise _cannot(fault) from fault


async def hold_import(call: ControlCall) -> ImportView:
    """Holds an import in a state."""
    wanted = await call.read(Hold)
    portal, row = call.portal, row_of(call.portal, call.number("id"))
    try:
        portal.interventions.hold(row, now=portal.now, state=wanted.state)
    except WrongState as fault:
        raise _cannot(fault) from fault
    return import_view(portal, row_of(portal, row.id))


async def release_import(call: ControlCall) -> ImportView:
    """Releases a held import."""
    portal, row = call.portal, row_of(call.portal, call.number("id"))
    try:
        portal.interventions.release(row, now=portal.now)
    except WrongState as fault:
        raise _cannot(fault) from fault
    call.pacing.after(portal)
    return import_view(portal, row_of(portal, row.id))


async def fail_import(call: ControlCall) -> ImportView:
    """Fails an import."""
    wanted = await call.read(Fail)
    portal, row = call.portal, row_of(call.portal, call.number("id"))
    try:
        portal.interventions.fail(row, now=portal.now, error_type=wanted.error_type, detail=wanted.detail)
    except WrongState as fault:
        raise _cannot(fault) from fault
    call.pacing.after(portal)
    return import_view(portal, row_of(portal, row.id))


async def cancel_import(call: ControlCall) -> ImportView:
    """Cancels an import, as its app can; what it has written stays."""
    portal, row = call.portal, row_of(call.portal, call.number("id"))
    if row.state not in ACTIVE:
        raise _cannot(WrongState(f"import {row.id} is {row.state}: it has ended and cannot be cancelled"))
    portal.imports.cancel(row, now=portal.now, by=Actor.CONTROL)
    call.pacing.after(portal)
    return import_view(portal, row_of(portal, row.id))


async def revert_import(call: ControlCall) -> ImportView:
    """Reverts an import that is DONE."""
    portal, row = call.portal, row_of(call.portal, call.number("id"))
    try:
        await call.pacing.run_in_pieces(portal, portal.revert(row))
    except WrongState as fault:
        raise _cannot(fault) from fault
    return import_view(portal, row_of(portal, row.id))


def _cannot(fault: WrongState) -> Exception:
    return impossible(str(fault), str(fault), hint="GET /_mock/imports shows the states.")


_REAL_TIMES: Final = Parameter("real_times", "also tell real times", ParameterKind.FLAG, default=False)

IMPORT_OPERATIONS: Final = (
    ControlOperation(
        "GET",
        "/imports",
        list_imports,
        "The imports of all apps",
        ImportsView,
        query=(
            Parameter("state", "only those in this state", ParameterKind.TEXT),
            Parameter("limit", "the largest number of results; default: all", ParameterKind.WHOLE),
            Parameter("after", "where the page begins: `after` of the previous answer", ParameterKind.WHOLE),
            Parameter("last", "only this many of the latest imports", ParameterKind.WHOLE),
            Parameter("before", "with `last`: the latest of those with lower ids", ParameterKind.WHOLE),
            Parameter("app", "only those of this app, by its name or id"),
            Parameter("name", "only those with this text in their names"),
            _REAL_TIMES,
        ),
    ),
    ControlOperation("GET", "/imports/{id}", get_import, "One import", ImportView, query=(_REAL_TIMES,)),
    ControlOperation(
        "GET",
        "/imports/{id}/files/{file}",
        read_file,
        "The content of an uploaded file, by the id of the file",
        bytes,
        query=(
            Parameter("start", "the first byte", ParameterKind.WHOLE, default=0),
            Parameter("bytes", "the largest number of bytes; default: all", ParameterKind.WHOLE),
        ),
        media=BINARY_TYPE,
    ),
    ControlOperation(
        "POST", "/imports/{id}/step", step_import, "Advance it by one state without moving the clock", ImportView
    ),
    ControlOperation(
        "POST", "/imports/{id}/finish", finish_import, "Run it to completion without moving the clock", ImportView
    ),
    ControlOperation("POST", "/imports/{id}/hold", hold_import, "Keep it in a state", ImportView, Hold),
    ControlOperation("POST", "/imports/{id}/release", release_import, "Release it", ImportView),
    ControlOperation("POST", "/imports/{id}/fail", fail_import, "Fail it", ImportView, Fail),
    ControlOperation("POST", "/imports/{id}/cancel", cancel_import, "Cancel it", ImportView),
    ControlOperation("POST", "/imports/{id}/revert", revert_import, "Undo it, once it is DONE", ImportView),
)
