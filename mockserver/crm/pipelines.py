"""What a pipeline is: the stages that a deal, ticket or lead goes through; they are the options of two properties."""

import msgspec


class Stage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One stage. `id` is the value of the record's stage property."""

    id: str
    label: str


class Pipeline(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One pipeline of an object type. A type's first pipeline is where a record goes that names none."""

    object_type_id: str
    id: str
    label: str
    pipeline_property: str  # "pipeline" of deals, "hs_pipeline" elsewhere
    stage_property: str  # "dealstage" of deals, "hs_pipeline_stage" elsewhere
    stages: tuple[Stage, ...]
    evidence: str = "inferred"
    source: str = ""
    inferred_fields: tuple[str, ...] = ()
