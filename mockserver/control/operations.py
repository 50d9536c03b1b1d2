"""The table of the control API: the first segment of its paths, and the loader of each group of operations.

The loaders hold the only imports inside functions in this package, so that `GET /_mock/health` loads nothing that it
does not need.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, TypeAlias

from mockserver.control.calls import ControlOperation
from mockserver.wire.routes import Match, Routes

PREFIX: Final = "/_mock"

Operations: TypeAlias = tuple[ControlOperation, ...]


def _health() -> Operations:
    from mockserver.control.health import HEALTH_OPERATIONS

    return HEALTH_OPERATIONS


def _reference() -> Operations:
    from mockserver.control.reference import REFERENCE_OPERATIONS

    return REFERENCE_OPERATIONS


def _portals() -> Operations:
    from mockserver.control.portals import PORTAL_OPERATIONS

    return PORTAL_OPERATIONS


def _clock() -> Operations:
    from mockserver.control.clock import CLOCK_OPERATIONS

    return CLOCK_OPERATIONS


def _imports() -> Operations:
    from mockserver.control.imports import IMPORT_OPERATIONS

    return IMPORT_OPERATIONS


def _records() -> Operations:
    from mockserver.control.records import RECORD_OPERATIONS

    return RECORD_OPERATIONS


def _faults() -> Operations:
    from mockserver.control.faults import FAULT_OPERATIONS

    return FAULT_OPERATIONS


def _journal() -> Operations:
    from mockserver.control.journal import JOURNAL_OPERATIONS

    return JOURNAL_OPERATIONS


def _snapshots() -> Operations:
    from mockserver.control.snapshots import SNAPSHOT_OPERATIONS

    return SNAPSHOT_OPERATIONS


# By the first segment of a path below PREFIX.
_LOADERS: Final[Mapping[str, Callable[[], Operations]]] = {
    "": _reference,
    "health": _health,
    "openapi.json": _reference,
    "rules": _reference,
    "coverage": _reference,
    "portals": _portals,
    "scenarios": _portals,
    "apps": _portals,
    "scenario": _portals,
    "reset": _portals,
    "seed": _portals,
    "clock": _clock,
    "imports": _imports,
    "records": _records,
    "lists": _records,
    "participations": _records,
    "faults": _faults,
    "canned-errors": _faults,
    "journal": _journal,
    "verify": _journal,
    "snapshots": _snapshots,
}


@cache
def all_operations() -> Operations:
    """Returns all operations of the control API."""
    return tuple(operation for load in dict.fromkeys(_LOADERS.values()) for operation in load())


def find(path: str) -> Match[ControlOperation] | None:
    """Returns the operations of a path below PREFIX, or None if it has none."""
    load = _LOADERS.get(path.strip("/").partition("/")[0])
    return None if load is None else _routes(load).find(path)


@cache
def _routes(load: Callable[[], Operations]) -> Routes[ControlOperation]:
    return Routes(load())
