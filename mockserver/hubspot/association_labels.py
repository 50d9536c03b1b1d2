"""The definitions of association types: the labels that people give to links between two object types.

A label that is made here can stand in an import's label column.
"""

from typing import Final

from mockserver.crm.schema import AssociationType
from mockserver.hubspot.calls import ASSOCIATION_ROOTS, SPEC_AND_SDKS, Body, Call, Operation, under
from mockserver.hubspot.crm import changing, object_type_of, refusing_as
from mockserver.jackson.bodies import JsonBody, read_body
from mockserver.refusals.definitions import LABEL_INVALID
from mockserver.wire.exchange import Answer, Json, json_answer

READ: Final = ("crm.objects.{fromObjectType}.read", "crm.objects.{toObjectType}.read")
WRITE: Final = ("crm.objects.{fromObjectType}.write", "crm.objects.{toObjectType}.write")  # spec: security


class NewLabel(JsonBody):
    """spec: PublicAssociationDefinitionCreateRequest; seen: both fields are named as missing."""

    label: str
    name: str
    inverse_label: str | None = None


def list_labels(call: Call) -> Answer:
    """GET: the association types from one object type to another."""
    here, there = object_type_of(call, "fromObjectType"), object_type_of(call, "toObjectType")
    kinds = call.portal.definitions.association_types(here.object_type_id, there.object_type_id)
    return json_answer({"results": [_body(kind) for kind in kinds]})


def create_label(call: Call) -> Answer:
    """POST: makes a label, in both directions."""
    here, there = object_type_of(call, "fromObjectType"), object_type_of(call, "toObjectType")
    written = read_body(call.body, NewLabel)
    with changing(call.portal), refusing_as(LABEL_INVALID):
        made = call.portal.definitions.define_association_label(
            here.object_type_id,
            there.object_type_id,
            written.label,
            name=written.name,
            inverse_label=written.inverse_label,
        )
    return json_answer({"results": [_body(kind) for kind in dict.fromkeys(made)]})


def _body(kind: AssociationType) -> Json:
    """Renders an association type.  spec: AssociationSpecWithLabel; seen: order of keys, label null where none is"""
    return {"category": kind.category, "typeId": kind.association_type_id, "label": kind.label}


# fmt: off
LABEL_OPERATIONS: Final = (
    Operation("associations.labels_list", "GET", under(ASSOCIATION_ROOTS, "/{fromObjectType}/{toObjectType}/labels"),
              list_labels, READ, Body.NONE, SPEC_AND_SDKS, "List association types"),
    Operation("associations.labels_create", "POST", under(ASSOCIATION_ROOTS, "/{fromObjectType}/{toObjectType}/labels"),
              create_label, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Create an association label"),
)
# fmt: on
