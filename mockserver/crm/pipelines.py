"""The pipelines of a portal: those of every account, together with the ones that the portal added or changed.

A record holds the ids of its pipeline and of its stage, which must be a stage of that pipeline. Both are options of
properties, and these options are derived from the pipelines.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from mockserver.crm import catalog
from mockserver.crm.catalog import Properties
from mockserver.crm.own_definitions import OwnDefinitions
from mockserver.crm.schema import (
    DefinitionError,
    Option,
    Pipeline,
    PipelineChange,
    PropertyDefinition,
    Stage,
    pipeline_options,
    pipeline_properties,
)

DEALS: Final = "0-3"
TICKETS: Final = "0-5"
# Contacts, companies and tasks: other properties of the record determine its pipeline.  recorded, 2026
_OF_ITSELF: Final = frozenset({"0-1", "0-2", "0-27"})
# docs: pipelines guide; inferred for the types that it does not name
_MOST_STAGES: Final[Mapping[str, int]] = dict.fromkeys(("0-123", "0-136", "0-162", "0-410", "0-420", "0-421"), 30)
_MOST_STAGES_OF_OTHERS: Final = 100
_MOST_CHANGES: Final = 100  # that are kept of a pipeline
_OPEN, _CLOSED = "OPEN", "CLOSED"
_FLAGS: Final = {"true": True, "false": False}


class Pipelines:
    """The pipelines of one portal. `changed` is called with an object type whose pipelines have changed."""

    def __init__(self, own: OwnDefinitions, changed: Callable[[str], None]) -> None:
        self._own = own
        self._changed = changed
        self._live: dict[str, tuple[Pipeline, ...]] = {}

    def forget(self) -> None:
        """Drops what was read."""
        self._live.clear()

    # -- reading -------------------------------------------------------------------------------------------------

    def live(self, type_id: str) -> tuple[Pipeline, ...]:
        """Returns the pipelines of an object type that are not archived, in the order in which they are shown."""
        if not self.are_own(type_id):
            return catalog.pipelines(type_id)
        found = self._live.get(type_id)
        if found is None:
            rows = [row for row in self._all(type_id).values() if not row.archived]
            found = self._live[type_id] = tuple(sorted(rows, key=_place))
        return found

    def get(self, type_id: str, pipeline_id: str) -> Pipeline | None:
        """Returns a pipeline, an archived one too; None if the object type never had it."""
        return self._all(type_id).get(pipeline_id)

    def of_new_records(self, type_id: str) -> tuple[Pipeline, ...]:
        """Returns the pipelines that a new record may be put into, the default one first.

        There are none for types whose pipeline is determined by other properties of the record.
        """
        if type_id in _OF_ITSELF:
            return ()
        default = next((row.id for row in catalog.pipelines(type_id)), None)
        return tuple(sorted(self.live(type_id), key=lambda row: row.id != default))

    def are_own(self, type_id: str) -> bool:
        """Returns whether the portal added or changed a pipeline of an object type."""
        return bool(self._own.pipelines(type_id))

    def own_stages(self) -> dict[str, Mapping[str, Stage]]:
        """Returns, for each object type with pipelines of the portal's own, its stages by id, even archived ones."""
        return {
            type_id: {stage.id: stage for row in self._all(type_id).values() for stage in row.stages}
            for type_id in self._own.types_with_pipelines()
        }

    def _all(self, type_id: str) -> dict[str, Pipeline]:
        return {row.id: row for row in catalog.pipelines(type_id)} | dict(self._own.pipelines(type_id))

    def labelled(self, type_id: str, text: str) -> str | None:
        """Returns the id of the pipeline or stage that has a label, in any case."""
        folded = text.casefold()
        rows = self.live(type_id)
        stages = ((stage.id, stage.label) for row in rows for stage in row.live_stages)
        both = (*((row.id, row.label) for row in rows), *stages)
        return next((one_id for one_id, label in both if label.casefold() == folded), None)

    # -- properties ----------------------------------------------------------------------------------------------

    def applied_to(self, type_id: str, properties: Properties) -> Properties:
        """Returns the properties of an object type with the portal's own pipelines and stages as options."""
        if not self.are_own(type_id):
            return properties
        found = dict(properties)
        for name, options in pipeline_options(type_id, self.live(type_id)).items():
            found[name] = replace(found.get(name) or _pipeline_property(name), options=options, options_complete=True)
        return MappingProxyType(found)

    def with_options(
        self, type_id: str, present: PropertyDefinition | None, wanted: PropertyDefinition
    ) -> PropertyDefinition:
        """Returns a changed property with the options of the present one, if these are pipelines or stages.

        Raises:
            DefinitionError: for other options.

        """
        if present is None or wanted.name not in pipeline_properties(type_id) or not self.live(type_id):
            return wanted
        if _values(wanted.options) not in ([], _values(present.options)):
            advice = "change them with the pipelines API or in seed.pipelines"
            raise DefinitionError("options", f"of {wanted.name!r} are those of the pipelines: {advice}")
        return replace(wanted, options=present.options)

    # -- writing -------------------------------------------------------------------------------------------------

    def fresh_id(self) -> str:
        """Returns an id for a new pipeline or stage."""
        return self._own.fresh_pipeline_id()

    def put(self, pipeline: Pipeline, action: str, *, at: int, stage_id: str | None = None) -> Pipeline:
        """Stores a new or changed pipeline; `action` is what was done to it, or to the stage `stage_id`.

        Raises:
            DefinitionError: for labels, ids, stages or metadata that it cannot have.

        """
        type_id = pipeline.object_type_id
        stages = [_completed(type_id, stage) for stage in pipeline.stages]
        self._check(replace(pipeline, stages=tuple(stages)))
        kept = replace(
            pipeline,
            stages=tuple(sorted(stages, key=_place)),
            updated_at=at,
            changes=(PipelineChange(action, at, stage_id), *pipeline.changes)[:_MOST_CHANGES],
        )
        self._own.put_pipeline(kept)
        self._live.pop(type_id, None)
        self._changed(type_id)
        return kept

    def _check(self, pipeline: Pipeline) -> None:
        type_id = pipeline.object_type_id
        if not pipeline.label.strip():
            raise DefinitionError("label", "is empty")
        others = [row for row in self._all(type_id).values() if row.id != pipeline.id]
        if not pipeline.archived and any(_same(row.label, pipeline.label) for row in others if not row.archived):
            raise DefinitionError("label", f"{pipeline.label!r} is that of another pipeline")
        labels: set[str] = set()
        ids = {stage.id for row in others for stage in row.stages}
        for stage in pipeline.stages:
            if not stage.label.strip():
                raise DefinitionError("stages", f"the label of stage {stage.id!r} is empty")
            if not stage.archived and stage.label.casefold() in labels:
                raise DefinitionError("stages", f"two stages have the label {stage.label!r}")
            if stage.id in ids:
                raise DefinitionError("stages", f"another stage has the id {stage.id!r}")
            ids.add(stage.id)
            if not stage.archived:
                labels.add(stage.label.casefold())
        most = _MOST_STAGES.get(type_id, _MOST_STAGES_OF_OTHERS)
        if len(pipeline.live_stages) > most:
            raise DefinitionError("stages", f"are more than {most}")


def _place(one: Pipeline | Stage) -> tuple[int, str]:
    return one.display_order, one.label.casefold()  # spec: items with the same order are sorted by label


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _values(options: Sequence[Option]) -> list[str]:
    return [option.value for option in options]


def _pipeline_property(name: str) -> PropertyDefinition:
    """Returns a pipeline or stage property for a type that had none (inferred, from those of tickets)."""
    return PropertyDefinition(
        name=name,
        label="Pipeline stage" if name.endswith("_stage") else "Pipeline",
        type="enumeration",
        field_type="select",
        external_options=True,
        hubspot_defined=True,
    )


# -- the metadata of a stage ------------------------------------------------------------------------------------------


def _completed(type_id: str, stage: Stage) -> Stage:
    """Returns a stage with all of its metadata, in HubSpot's order.

    spec: deals need a probability, tickets may have a ticketState. recorded: both also have isClosed, and contacts
    have a `state`. inferred: that other types have a `state` too, and how isClosed and the others are derived.
    """
    written = dict(stage.metadata)
    closed = _flag(written.pop("isClosed", None), stage)
    if type_id == DEALS:
        probability = _probability(written.pop("probability", None), stage)
        is_closed = probability in {0.0, 1.0} if closed is None else closed
        metadata = {"isClosed": _text(is_closed), "probability": str(probability)}
    else:
        name = "ticketState" if type_id == TICKETS else "state"
        state = written.pop(name, None) or (_CLOSED if closed else _OPEN)
        if state not in (_OPEN, _CLOSED):
            raise DefinitionError("metadata", f"of {stage.label!r}: {name} {state!r} is neither OPEN nor CLOSED")
        is_closed = state == _CLOSED if closed is None else closed
        both = {"isClosed": _text(is_closed), name: state}
        metadata = dict(reversed(both.items())) if type_id == TICKETS else both
    return replace(stage, metadata=metadata | written)


def _flag(text: str | None, stage: Stage) -> bool | None:
    if text is not None and text not in _FLAGS:
        raise DefinitionError("metadata", f"of {stage.label!r}: isClosed {text!r} is neither true nor false")
    return None if text is None else _FLAGS[text]


def _text(flag: bool) -> str:
    return "true" if flag else "false"


def _probability(text: str | None, stage: Stage) -> float:
    """Reads the probability of a deal's stage.  spec: from 0.0 to 1.0 in steps of 0.1"""
    if text is None:
        raise DefinitionError("metadata", f"of {stage.label!r} lacks the probability that stages of deals need")
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1 or abs(number * 10 - round(number * 10)) > 1e-9:
        raise DefinitionError(
            "metadata", f"of {stage.label!r}: probability {text!r} is not one of 0.0, 0.1, 0.2 and so on to 1.0"
        )
    return round(number, 1)
