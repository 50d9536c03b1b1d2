"""The pipelines API: the pipelines of deals, tickets and other records, and their stages."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from mockserver.clock import iso_short
from mockserver.crm.schema import ObjectType, Pipeline, PipelineChange, Stage, pipeline_properties
from mockserver.hubspot.calls import PIPELINE_ROOTS, SPEC, SPEC_AND_SDKS, Body, Call, Operation, created, under
from mockserver.hubspot.crm import changing, object_type_of, refusing_as
from mockserver.jackson.bodies import JsonBody, Text, read_body, text_of
from mockserver.refusals.definitions import (
    LAST_PIPELINE,
    PIPELINE_INVALID,
    PIPELINE_NOT_ARCHIVED,
    PIPELINE_UNKNOWN,
    STAGE_IN_USE,
    STAGE_UNKNOWN,
)
from mockserver.refusals.rule import Rejection, nearest
from mockserver.wire.exchange import Answer, Json, json_answer
from mockserver.wire.parameters import query_flag

# spec: security
READ: Final = ("crm.objects.{objectType}.read", "crm.schemas.{objectType}.read", "crm.objects.{objectType}.write")
WRITE: Final = ("crm.schemas.{objectType}.write",)
_CREATE, _UPDATE, _DELETE = "CREATE", "UPDATE", "DELETE"  # inferred: the names of actions in an audit
_MOST_NAMED: Final = 100  # records that a refusal names


class WrittenStage(JsonBody):
    """spec: PipelineStageInput, PipelineStageReplaceInput; docs: only the stages of deals need metadata."""

    label: str
    display_order: int
    metadata: dict[str, Text] | None = None
    stage_id: str | None = None


class WrittenPipeline(JsonBody):
    """spec: PipelineInput, PipelineReplaceInput."""

    label: str
    display_order: int
    stages: list[WrittenStage]
    pipeline_id: str | None = None


class ChangedPipeline(JsonBody):
    """spec: PipelinePatchInput."""

    label: str | None = None
    display_order: int | None = None
    archived: bool | None = None


class ChangedStage(ChangedPipeline):
    """spec: PipelineStagePatchInput; live requests leave out its metadata."""

    metadata: dict[str, Text] | None = None


# -- pipelines -----------------------------------------------------------------------------------------------------


def list_pipelines(call: Call) -> Answer:
    """GET: the pipelines of an object type."""
    rows = call.portal.definitions.pipelines.live(object_type_of(call).object_type_id)
    return json_answer({"results": [_body(row) for row in rows]})


def list_older_pipelines(call: Call) -> Answer:
    """GET: the pipelines of an object type as API v1 returns them.  docs: pipelines v1; times are in milliseconds"""
    object_type = object_type_of(call)
    rows = call.portal.definitions.pipelines.live(object_type.object_type_id)
    return json_answer({"results": [_older_body(object_type, row) for row in rows]})


def _older_body(object_type: ObjectType, row: Pipeline) -> Json:
    stages = [
        {
            "stageId": stage.id,
            "label": stage.label,
            "displayOrder": stage.display_order,
            "metadata": dict(stage.metadata),
            "active": True,
            "createdAt": stage.created_at,
            "updatedAt": stage.updated_at,
        }
        for stage in row.live_stages
    ]
    return {
        "pipelineId": row.id,
        "objectType": object_type.legacy_name,
        "objectTypeId": object_type.object_type_id,
        "label": row.label,
        "displayOrder": row.display_order,
        "active": True,
        "default": row.created_at == 0,
        "stages": stages,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
    }


def get_pipeline(call: Call) -> Answer:
    """GET: one pipeline, even an archived one, which can be restored."""
    return json_answer(_body(_pipeline(call, object_type_of(call))))


def create_pipeline(call: Call) -> Answer:
    """POST: makes a pipeline with its stages."""
    object_type = object_type_of(call)
    written = read_body(call.body, WrittenPipeline)
    pipelines = call.portal.definitions.pipelines
    type_id = object_type.object_type_id
    with changing(call.portal), refusing_as(PIPELINE_INVALID):
        if written.pipeline_id and pipelines.get(type_id, written.pipeline_id):
            reason = f"{written.pipeline_id!r} is that of another pipeline"
            raise Rejection(PIPELINE_INVALID, got=reason, pointer="/pipelineId", field="pipelineId", reason=reason)
        made = Pipeline(
            object_type_id=type_id,
            id=written.pipeline_id or pipelines.fresh_id(),
            label=written.label,
            display_order=written.display_order,
            stages=_stages(call, written.stages),
            created_at=call.portal.now,
        )
        kept = pipelines.put(made, _CREATE, at=call.portal.now)
    return created(call, _body(kept), f"/crm/pipelines/v3/{object_type.name}/{kept.id}")


def replace_pipeline(call: Call) -> Answer:
    """PUT: replaces the label, position and stages of a pipeline; a stage with a known id keeps its creation time."""
    object_type = object_type_of(call)
    present = _pipeline(call, object_type)
    written = read_body(call.body, WrittenPipeline)
    with changing(call.portal), refusing_as(PIPELINE_INVALID):
        stages = _stages(call, written.stages, present.stages)
        kept = {stage.id for stage in stages}
        _check_unused(call, object_type, [stage.id for stage in present.live_stages if stage.id not in kept])
        changed = replace(present, label=written.label, display_order=written.display_order, stages=stages)
        body = _body(call.portal.definitions.pipelines.put(changed, _UPDATE, at=call.portal.now))
    return json_answer(body)


def update_pipeline(call: Call) -> Answer:
    """PATCH: changes the label or position of a pipeline, or restores an archived one."""
    object_type = object_type_of(call)
    present = _pipeline(call, object_type)
    written = read_body(call.body, ChangedPipeline)
    changed = replace(
        present,
        label=present.label if written.label is None else written.label,
        display_order=present.display_order if written.display_order is None else written.display_order,
        archived=_still_archived(written.archived, is_archived=present.archived),
    )
    with changing(call.portal), refusing_as(PIPELINE_INVALID):
        kept = call.portal.definitions.pipelines.put(changed, _UPDATE, at=call.portal.now)
    return json_answer(_body(kept))


def archive_pipeline(call: Call) -> Answer:
    """DELETE: archives a pipeline; its records stay as they are."""
    object_type = object_type_of(call)
    present = _pipeline(call, object_type)
    pipelines = call.portal.definitions.pipelines
    _check_unused(call, object_type, [stage.id for stage in present.live_stages])
    if [row.id for row in pipelines.live(object_type.object_type_id)] == [present.id]:
        raise Rejection(LAST_PIPELINE, got=f"the pipeline {present.label!r}", type=object_type.name)
    with changing(call.portal):
        pipelines.put(replace(present, archived=True), _DELETE, at=call.portal.now)
    return Answer(204, b"")


def audit_pipeline(call: Call) -> Answer:
    """GET: what was done to a pipeline, newest first."""
    pipeline = _pipeline(call, object_type_of(call))
    return _audit(call, pipeline, pipeline.changes)


# -- stages --------------------------------------------------------------------------------------------------------


def list_stages(call: Call) -> Answer:
    """GET: the stages of a pipeline."""
    pipeline = _pipeline(call, object_type_of(call))
    return json_answer({"results": [_stage_body(stage) for stage in pipeline.live_stages]})


def get_stage(call: Call) -> Answer:
    """GET: one stage, even an archived one."""
    return json_answer(_stage_body(_stage(call, _pipeline(call, object_type_of(call)))))


def create_stage(call: Call) -> Answer:
    """POST: adds a stage to a pipeline."""
    object_type = object_type_of(call)
    pipeline = _pipeline(call, object_type)
    written = read_body(call.body, WrittenStage)
    with changing(call.portal):
        (stage,) = _stages(call, [written])
        body = _put_stage(call, pipeline, stage, _CREATE)
    root = f"/crm/pipelines/v3/{object_type.name}/{pipeline.id}"
    return created(call, body, f"{root}/stages/{stage.id}")


def replace_stage(call: Call) -> Answer:
    """PUT: replaces the label, position and metadata of a stage."""
    pipeline = _pipeline(call, object_type_of(call))
    present = _stage(call, pipeline)
    written = read_body(call.body, WrittenStage)
    changed = replace(
        present, label=written.label, display_order=written.display_order, metadata=_texts(written.metadata)
    )
    return json_answer(_put_stage(call, pipeline, changed, _UPDATE))


def update_stage(call: Call) -> Answer:
    """PATCH: changes part of a stage; metadata is merged, and isClosed is derived from it unless given."""
    pipeline = _pipeline(call, object_type_of(call))
    present = _stage(call, pipeline)
    written = read_body(call.body, ChangedStage)
    metadata = dict(present.metadata)
    if written.metadata:
        metadata.pop("isClosed", None)
        metadata |= _texts(written.metadata)
    changed = replace(
        present,
        label=present.label if written.label is None else written.label,
        display_order=present.display_order if written.display_order is None else written.display_order,
        metadata=metadata,
        archived=_still_archived(written.archived, is_archived=present.archived),
    )
    return json_answer(_put_stage(call, pipeline, changed, _UPDATE))


def archive_stage(call: Call) -> Answer:
    """DELETE: archives a stage; its records stay as they are."""
    object_type = object_type_of(call)
    pipeline = _pipeline(call, object_type)
    present = _stage(call, pipeline)
    _check_unused(call, object_type, [present.id])
    _put_stage(call, pipeline, replace(present, archived=True), _DELETE)
    return Answer(204, b"")


def audit_stage(call: Call) -> Answer:
    """GET: what was done to a stage, newest first."""
    pipeline = _pipeline(call, object_type_of(call))
    stage = _stage(call, pipeline)
    return _audit(call, pipeline, (change for change in pipeline.changes if change.stage_id == stage.id))


# -- what they share -----------------------------------------------------------------------------------------------


def _pipeline(call: Call, object_type: ObjectType) -> Pipeline:
    pipelines, wanted = call.portal.definitions.pipelines, call.params["pipelineId"]
    found = pipelines.get(object_type.object_type_id, wanted)
    if found is None:
        known = [row.id for row in pipelines.live(object_type.object_type_id)]
        advice = _advice(wanted, known, pipelines.labelled(object_type.object_type_id, wanted))
        raise Rejection(PIPELINE_UNKNOWN, got=repr(wanted), id=wanted, type=object_type.name, advice=advice)
    return found


def _stage(call: Call, pipeline: Pipeline) -> Stage:
    wanted = call.params["stageId"]
    found = pipeline.stage(wanted)
    if found is None:
        labelled = next((one.id for one in pipeline.live_stages if one.label.casefold() == wanted.casefold()), None)
        advice = _advice(wanted, [one.id for one in pipeline.live_stages], labelled)
        raise Rejection(STAGE_UNKNOWN, got=repr(wanted), id=wanted, pipeline=repr(pipeline.label), advice=advice)
    return found


def _advice(wanted: str, known: Sequence[str], labelled: str | None) -> str:
    if labelled is not None:
        return f"{wanted!r} is a label: its id is {labelled!r}."
    meant = nearest(wanted, known)
    return f"Did you mean {meant!r}?" if meant else f"There are {', '.join(known) or 'none'}."


def _stages(call: Call, written: Sequence[WrittenStage], present: Iterable[Stage] = ()) -> tuple[Stage, ...]:
    """Returns the stages that a request asks for."""
    at, fresh_id = call.portal.now, call.portal.definitions.pipelines.fresh_id
    made = {stage.id: stage.created_at for stage in present}
    ids = [one.stage_id or fresh_id() for one in written]
    return tuple(
        Stage(
            id=stage_id,
            label=one.label,
            display_order=one.display_order,
            metadata=_texts(one.metadata),
            created_at=made.get(stage_id, at),
            updated_at=at,
        )
        for stage_id, one in zip(ids, written, strict=True)
    )


def _texts(metadata: dict[str, Text] | None) -> dict[str, str]:
    return {name: text_of(value) for name, value in (metadata or {}).items()}


def _put_stage(call: Call, pipeline: Pipeline, stage: Stage, action: str) -> Json:
    """Keeps a new or changed stage, and returns its body."""
    at = call.portal.now
    others = [one for one in pipeline.stages if action == _CREATE or one.id != stage.id]
    changed = replace(pipeline, stages=(*others, replace(stage, updated_at=at)))
    with changing(call.portal), refusing_as(PIPELINE_INVALID):
        kept = call.portal.definitions.pipelines.put(changed, action, at=at, stage_id=stage.id)
    found = kept.stage(stage.id)
    assert found is not None  # it was just put  # noqa: S101
    return _stage_body(found)


def _still_archived(wanted: bool | None, *, is_archived: bool) -> bool:
    """Returns whether an item stays archived. Raises a Rejection if `archived` is sent but restores nothing."""
    if wanted is None:
        return is_archived
    if wanted or not is_archived:
        raise Rejection(PIPELINE_NOT_ARCHIVED, got=f"archived {str(wanted).lower()}", pointer="/archived")
    return False


def _check_unused(call: Call, object_type: ObjectType, stage_ids: Sequence[str]) -> None:
    """Raises a Rejection if any records are in the stages, provided that the query asks for this check."""
    asked = ("validateReferencesBeforeDelete", "validateDealStageUsagesBeforeDelete")
    if not any(query_flag(call.query, name) for name in asked):
        return
    name = pipeline_properties(object_type.object_type_id)[1]
    found = {
        stage_id: call.portal.store.records.having(object_type.object_type_id, name, stage_id) for stage_id in stage_ids
    }
    used = [stage_id for stage_id, records in found.items() if records]
    if used:
        records = [str(record.id) for stage_id in used for record in found[stage_id]][:_MOST_NAMED]
        stages, ids = ", ".join(used), ", ".join(records)
        context = {"stageIds": [f"[{stages}]"], "objectIds": [f"[{ids}]"]}
        raise Rejection(
            STAGE_IN_USE, got=f"records in {stages}", details={"context": context}, stages=stages, records=ids
        )


def _body(row: Pipeline) -> Json:
    """Renders a pipeline.  recorded: NangoHQ/integration-templates, 12 March 2026"""
    body: Json = {
        "label": row.label,
        "displayOrder": row.display_order,
        "id": row.id,
        "stages": [_stage_body(stage) for stage in row.live_stages],
        "createdAt": iso_short(row.created_at),
        "updatedAt": iso_short(row.updated_at),
    }
    return body | _archived(row)


def _stage_body(stage: Stage) -> Json:
    body: Json = {
        "label": stage.label,
        "displayOrder": stage.display_order,
        "metadata": dict(stage.metadata),
        "id": stage.id,
        "createdAt": iso_short(stage.created_at),
        "updatedAt": iso_short(stage.updated_at),
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",  # of every recorded stage
    }
    return body | _archived(stage)


def _archived(row: Pipeline | Stage) -> Json:
    """Returns the end of a body.  spec: only archived items have archivedAt; its position is inferred"""
    if row.archived:
        return {"archived": True, "archivedAt": iso_short(row.updated_at)}
    return {"archived": False}


def _audit(call: Call, pipeline: Pipeline, changes: Iterable[PipelineChange]) -> Answer:
    """Renders an audit.  spec: PublicAuditInfo; inferred: `identifier` is the id of the changed item"""
    rows = [
        {
            "portalId": call.portal.id,
            "identifier": change.stage_id or pipeline.id,
            "action": change.action,
            "timestamp": iso_short(change.at),
        }
        for change in changes
    ]
    return json_answer({"results": rows})


_ONE: Final = "/{objectType}/{pipelineId}"
_STAGE: Final = _ONE + "/stages/{stageId}"

# fmt: off
PIPELINE_OPERATIONS: Final = (
    Operation("pipelines.list", "GET", under(PIPELINE_ROOTS, "/{objectType}"),
              list_pipelines, READ, Body.NONE, SPEC_AND_SDKS, "List pipelines"),
    Operation("pipelines.v1_list", "GET", ("/crm-pipelines/v1/pipelines/{objectType}",),
              list_older_pipelines, READ, Body.NONE, "docs", "List pipelines (v1)"),
    Operation("pipelines.create", "POST", under(PIPELINE_ROOTS, "/{objectType}"),
              create_pipeline, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Create a pipeline"),
    Operation("pipelines.get", "GET", under(PIPELINE_ROOTS, _ONE),
              get_pipeline, READ, Body.NONE, SPEC_AND_SDKS, "Get a pipeline"),
    Operation("pipelines.replace", "PUT", under(PIPELINE_ROOTS, _ONE),
              replace_pipeline, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Replace a pipeline"),
    Operation("pipelines.update", "PATCH", under(PIPELINE_ROOTS, _ONE),
              update_pipeline, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Update or restore a pipeline"),
    Operation("pipelines.archive", "DELETE", under(PIPELINE_ROOTS, _ONE),
              archive_pipeline, WRITE, Body.NONE, SPEC_AND_SDKS, "Archive a pipeline"),
    Operation("pipelines.audit", "GET", under(PIPELINE_ROOTS, _ONE + "/audit"),
              audit_pipeline, READ, Body.NONE, SPEC, "What was done to a pipeline"),
    Operation("pipelines.stages_list", "GET", under(PIPELINE_ROOTS, _ONE + "/stages"),
              list_stages, READ, Body.NONE, SPEC_AND_SDKS, "List the stages of a pipeline"),
    Operation("pipelines.stages_create", "POST", under(PIPELINE_ROOTS, _ONE + "/stages"),
              create_stage, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Add a stage to a pipeline"),
    Operation("pipelines.stages_get", "GET", under(PIPELINE_ROOTS, _STAGE),
              get_stage, READ, Body.NONE, SPEC_AND_SDKS, "Get a stage"),
    Operation("pipelines.stages_replace", "PUT", under(PIPELINE_ROOTS, _STAGE),
              replace_stage, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Replace a stage"),
    Operation("pipelines.stages_update", "PATCH", under(PIPELINE_ROOTS, _STAGE),
              update_stage, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Update or restore a stage"),
    Operation("pipelines.stages_archive", "DELETE", under(PIPELINE_ROOTS, _STAGE),
              archive_stage, WRITE, Body.NONE, SPEC_AND_SDKS, "Archive a stage"),
    Operation("pipelines.stages_audit", "GET", under(PIPELINE_ROOTS, _STAGE + "/audit"),
              audit_stage, READ, Body.NONE, SPEC, "What was done to a stage"),
)
# fmt: on
