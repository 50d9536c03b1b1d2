"""The definitions of association types: the labels that people give to links between two object types.

A label that is made here can stand in an import's label column.
"""

from collections.abc import Callable
from typing import Final

from mockserver.crm.definition_rules import DefinitionError
from mockserver.crm.schema import AssociationType
from mockserver.hubspot.paths import ASSOCIATION_ROOTS, object_type_of, under
from mockserver.hubspot.writing import changing
from mockserver.jackson.bodies import JsonBody, read_body
from mockserver.refusals.definitions import LABEL_INVALID
from mockserver.refusals.rule import Rejection
from mockserver.wire.exchange import Answer, Call, Json, json_answer
from mockserver.wire.routes import Body, Operation

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
    with changing(call):
        try:
            made = call.portal.definitions.define_association_label(
                here.object_type_id,
                there.object_type_id,
                written.label,
                name=written.name,
                inverse_label=written.inverse_label,
            )
        except DefinitionError as error:
            raise Rejection(
                LABEL_INVALID,
                got=error.reason,
                pointer=f"/{error.field}",
                field=error.field,
                reason=error.reason,
            ) from None
    return json_answer({"results": [_body(kind) for kind in dict.fromkeys(made)]})


def _body(kind: AssociationType) -> Json:
    """Renders an association type.  spec: AssociationSpecWithLabel; seen: order of keys, label null where none is"""
    return {"category": kind.category, "typeId": kind.association_type_id, "label": kind.label}


def _operation(
    name: str, method: str, handle: Callable[[Call], Answer], scopes: tuple[str, ...], summary: str
) -> Operation:
    return Operation(
        f"associations.labels_{name}",
        method,
        under(ASSOCIATION_ROOTS, "/{fromObjectType}/{toObjectType}/labels"),
        handle,
        scopes,
        Body.WHOLE if method == "POST" else Body.NONE,
        summary=summary,
        checked="spec, official SDKs",
    )


LABEL_OPERATIONS: Final = (
    _operation("list", "GET", list_labels, READ, "List association types"),
    _operation("create", "POST", create_label, WRITE, "Create an association label"),
)
