"""Operations on the snapshots of a portal: take, restore, drop."""

from typing import Annotated, Final

from msgspec import Meta

from mockserver.clock import iso
from mockserver.control.calls import ControlCall, ControlOperation, Input, View, impossible, unknown
from mockserver.control.clock import ClockView, clock_view
from mockserver.portal.portal import Snapshot

MOST_SNAPSHOTS: Final = 100  # of one portal
LARGE_DATABASE: Final = 16 * 1024 * 1024  # bytes; copying more takes longer than other requests should wait


class NewSnapshot(Input, frozen=True, kw_only=True):
    """The name of the snapshot; one of the same name is replaced."""

    name: Annotated[str, Meta(min_length=1)] | None = None


class SnapshotView(View, kw_only=True):
    """A snapshot: its size in bytes, the uploads that it keeps, the portal's time in it."""

    name: str
    now: str
    size: int
    uploads: int


class SnapshotsView(View, kw_only=True):
    """Snapshots, oldest first."""

    results: list[SnapshotView]


class DroppedSnapshotView(View, kw_only=True):
    """The dropped snapshot."""

    dropped: str


def snapshot_view(snapshot: Snapshot) -> SnapshotView:
    """Returns a snapshot as the control API shows it."""
    return SnapshotView(
        name=snapshot.name, now=iso(snapshot.now), size=snapshot.database.size, uploads=len(snapshot.uploads)
    )


def _named(call: ControlCall) -> Snapshot:
    name = call.params["name"]
    found = call.portal.snapshots.get(name)
    if found is None:
        raise unknown("snapshot", name, [one.name for one in call.portal.snapshots])
    return found


async def list_snapshots(call: ControlCall) -> SnapshotsView:
    """All snapshots."""
    return SnapshotsView(results=[snapshot_view(snapshot) for snapshot in call.portal.snapshots])


async def save_snapshot(call: ControlCall) -> SnapshotView:
    """Takes a snapshot, after moving the clock as its pace says."""
    await call.ready()
    kept = [one.name for one in call.portal.snapshots]
    name = (await call.read(NewSnapshot)).name or f"snapshot-{len(kept) + 1}"
    if name not in kept and len(kept) >= MOST_SNAPSHOTS:
        raise impossible(f"the portal has {len(kept)} snapshots already", name, hint="Drop one that is needed no more.")
    return snapshot_view(await call.run(lambda: call.portal.save_snapshot(name)))


async def restore_snapshot(call: ControlCall) -> ClockView:
    """Restores a snapshot; the journal continues."""
    snapshot = _named(call)
    is_long = call.portal.is_large or snapshot.database.size > LARGE_DATABASE
    await call.run(lambda: call.portal.restore(snapshot), is_long=is_long, interrupts=True)
    call.pacing.after(call.portal)
    return clock_view(call.portal)


async def drop_snapshot(call: ControlCall) -> DroppedSnapshotView:
    """Drops a snapshot."""
    name = _named(call).name
    call.portal.snapshots.drop(name)
    return DroppedSnapshotView(dropped=name)


SNAPSHOT_OPERATIONS: Final = (
    ControlOperation("GET", "/snapshots", list_snapshots, "Snapshots of the portal", SnapshotsView),
    ControlOperation("POST", "/snapshots", save_snapshot, "Take a snapshot", SnapshotView, NewSnapshot),
    ControlOperation(
        "POST", "/snapshots/{name}/restore", restore_snapshot, "Restore a snapshot of the portal", ClockView
    ),
    ControlOperation("DELETE", "/snapshots/{name}", drop_snapshot, "Drop a snapshot", DroppedSnapshotView),
)
