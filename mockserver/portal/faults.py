"""Selects the armed faults that hit a call, by their conditions, their counts and a seeded probability.

Faults and their counts are rows of the portal's database, so a snapshot keeps them. Whether a fault with a probability
hits depends only on the fault and on the number of calls that have matched it, so the same calls trigger the same
faults again. `mockserver.hubspot.faults` carries out the effects on calls, `mockserver.imports` those on imports.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from mockserver.imports.progress import NO_EFFECTS, ImportEffects, ImportState, InjectedErrors
from mockserver.refusals.error_types import ErrorType
from mockserver.scenario import FaultSettings, ImportFault
from mockserver.scenario.faults import FaultEffect, FaultOutcome, Moment, effects_of
from mockserver.store import Store
from mockserver.store.state import FaultRow
from mockserver.words import fits

_STARTED_AT: Final = "clock started at"  # a value of the store's state: windows of time count from it

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(FaultSettings).decode


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """One call, as the conditions of faults see it."""

    method: str
    path: str
    operation: str | None
    app: tuple[str, ...]  # the words by which the calling app is known: its name, its token, its id
    now: int
    import_name: str | None = None
    file_names: tuple[str, ...] = ()


class ArmedFault:
    """An armed fault."""

    def __init__(self, row: FaultRow, settings: FaultSettings) -> None:
        self.row = row
        self.settings = settings
        self.effect: FaultEffect[Any] = effects_of(settings)[0]

    @property
    def name(self) -> str:
        """Returns its name, or one derived from its id."""
        return self.settings.name or f"fault-{self.row.id}"

    @property
    def spent(self) -> bool:
        """Returns whether it has hit its last call."""
        return 0 < self.settings.times <= self.row.hits

    @property
    def names_import(self) -> bool:
        """Returns whether it looks at the name of an import or of its files."""
        return self.settings.import_name is not None or self.settings.file_name is not None


class ArmedFaults:
    """The armed faults of one portal, in the order in which they were armed."""

    def __init__(self, store: Store, stated: Sequence[FaultSettings]) -> None:
        """Arms the scenario's faults in a new portal; otherwise loads the stored ones."""
        self._store = store
        started_at = store.state.get(_STARTED_AT)
        if started_at is None:
            started_at = store.state.now
            store.state.put(_STARTED_AT, started_at)
            for settings in stated:
                store.faults.add(_encode(settings).decode())
        self._started_at = int(started_at)
        self.armed = [ArmedFault(row, _decode(row.definition)) for row in store.faults.all()]

    def __iter__(self) -> Iterator[ArmedFault]:
        return iter(self.armed)

    @property
    def look_at_imports(self) -> bool:
        """Returns whether any fault looks at the name of an import or of its files."""
        return any(fault.names_import for fault in self.armed)

    # -- arming --------------------------------------------------------------------------------------------------

    def arm(self, settings: FaultSettings) -> ArmedFault:
        """Arms one more fault."""
        with self._store.transaction():
            fault = ArmedFault(self._store.faults.add(_encode(settings).decode()), settings)
        self.armed.append(fault)
        return fault

    def find(self, name_or_id: str) -> ArmedFault | None:
        """Returns the fault of a name, or of an id."""
        return next((fault for fault in self.armed if name_or_id in {fault.name, str(fault.row.id)}), None)

    def disarm(self, fault: ArmedFault) -> None:
        """Removes a fault."""
        self._store.faults.remove(fault.row.id)
        self.armed.remove(fault)

    def clear(self) -> None:
        """Removes all faults."""
        self._store.faults.remove()
        self.armed.clear()

    # -- hitting -------------------------------------------------------------------------------------------------

    def hits(self, moment: Moment, occasion: Occasion) -> list[ArmedFault]:
        """Returns the faults that hit a call at a moment, and counts those whose conditions it matches."""
        met = [
            fault
            for fault in self.armed
            if fault.effect.moment is moment and not fault.spent and self._applies(fault.settings, occasion)
        ]
        if not met:
            return []
        hit: list[ArmedFault] = []
        is_taken = False
        with self._store.transaction():
            for fault in met:
                fault.row.met += 1
                if _is_its_turn(fault) and not (fault.effect.is_exclusive and is_taken):
                    fault.row.hits += 1
                    is_taken = is_taken or fault.effect.is_exclusive
                    hit.append(fault)
                self._store.faults.save(fault.row)
        return hit

    def import_effects(self, occasion: Occasion) -> tuple[ImportEffects, list[ArmedFault]]:
        """Returns what happens to an import that is about to be created, and the faults that cause it."""
        hit = self.hits(Moment.IMPORT, occasion)
        outcome = FaultOutcome()
        for fault in hit:
            fault.effect.act(outcome)
        effects = NO_EFFECTS
        for added in outcome.imports:
            effects = _with(effects, added)
        return effects, hit

    def _applies(self, settings: FaultSettings, occasion: Occasion) -> bool:
        seconds = (occasion.now - self._started_at) / 1000
        return (
            (settings.method is None or settings.method.upper() == occasion.method)
            and fits(settings.path, (occasion.path.rstrip("/"), occasion.path))
            and fits(settings.operation, (occasion.operation,))
            and fits(settings.app, occasion.app)
            and fits(settings.import_name, (occasion.import_name,))
            and fits(settings.file_name, occasion.file_names)
            and (settings.after_seconds is None or seconds >= settings.after_seconds)
            and (settings.until_seconds is None or seconds < settings.until_seconds)
        )


def _is_its_turn(fault: ArmedFault) -> bool:
    settings, met = fault.settings, fault.row.met
    return (
        (settings.nth is None or met == settings.nth)
        and (settings.every is None or met % settings.every == 0)
        and (settings.probability is None or chance(settings.seed, fault.row.id, met) < settings.probability)
    )


_BITS: Final = 0xFFFFFFFFFFFFFFFF


def chance(seed: int, fault_id: int, draw: int) -> float:
    """Returns a number from 0 up to 1: always the same for the same draw, evenly spread over draws (SplitMix64)."""
    value = (seed * 0xD1342543DE82EF95 + fault_id * 0x2545F4914F6CDD1D + draw * 0x9E3779B97F4A7C15) & _BITS
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _BITS
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _BITS
    return ((value ^ (value >> 31)) >> 11) / (1 << 53)


def _with(effects: ImportEffects, added: ImportFault) -> ImportEffects:
    """Combines the effects of one more fault on an import: errors and slowness add up, the rest is replaced."""
    injected = effects.injected or InjectedErrors()
    fails = added.fail_at_row is not None or added.error_type is not None
    errors = {**injected.errors}
    for line, error_types in added.row_errors.items():
        errors[line] = (*errors.get(line, ()), *error_types)
    injected = InjectedErrors(
        errors=errors,
        fail_at_row=added.fail_at_row or 1 if fails else injected.fail_at_row,
        error_type=added.error_type or ErrorType.UNKNOWN_ERROR if fails else injected.error_type,
    )
    return ImportEffects(
        injected=injected,
        slowness=effects.slowness * (added.slow or 1.0),
        hold_in=ImportState(added.hold) if added.hold else effects.hold_in,
        reverted=effects.reverted or added.revert,
    )
