"""The owners API: the users whose ids are the values of `hubspot_owner_id`."""

from collections.abc import Sequence
from typing import Final

from mockserver.crm.record_view import written_time
from mockserver.crm.schema import Owner
from mockserver.hubspot.calls import OWNER_ROOTS, SPEC_AND_SDKS, Body, Call, Operation, root_of, under
from mockserver.portal.portal import DEFAULT_START
from mockserver.refusals.definitions import OWNER_UNKNOWN
from mockserver.refusals.rule import Rejection
from mockserver.wire.exchange import Answer, Json, json_answer
from mockserver.wire.parameters import limit_of, paging, path_id, query_flag, query_number, query_text

READ: Final = ("crm.objects.owners.read",)  # spec: security

DEFAULT_PAGE: Final = 100  # spec
LARGEST_PAGE: Final = 500  # docs: owners guide


def list_owners(call: Call) -> Answer:
    """GET: the owners, or the one of an email address.  seen: an unknown address gives an empty list"""
    limit = limit_of(call.query, call.review, default=DEFAULT_PAGE, most=LARGEST_PAGE)
    archived, after = query_flag(call.query, "archived"), query_number(call.query, "after") or 0
    email = query_text(call.query, "email")
    found = [
        owner
        for owner in call.portal.definitions.owners()
        if owner.archived == archived
        and owner.id > after
        and (email is None or owner.email.casefold() == email.strip().casefold())
    ]
    following = str(found[limit - 1].id) if len(found) > limit else None
    link = f"{root_of(call.url)}/crm/owners/v3?offset_param=after&limit={limit}&after="
    return json_answer({"results": [_body(owner) for owner in found[:limit]], **paging(following, link)})


def get_owner(call: Call) -> Answer:
    """GET: one owner, by its id or by its user's."""
    number = path_id(call.params, "ownerId")
    by_user = query_text(call.query, "idProperty") == "userId"
    archived = query_flag(call.query, "archived")
    owners = call.portal.definitions.owners()
    of_id = [owner for owner in owners if (owner.user_id if by_user else owner.id) == number]
    found = next((owner for owner in of_id if owner.archived == archived), None)
    if found is None:
        raise Rejection(OWNER_UNKNOWN, got=str(number), advice=_advice(owners, of_id, number))
    return json_answer(_body(found))


def _advice(owners: Sequence[Owner], of_id: Sequence[Owner], number: int) -> str:
    if of_id:
        return (
            "The owner is archived: request it with archived=true."
            if of_id[0].archived
            else "The owner is not archived."
        )
    if any(owner.user_id == number for owner in owners):
        return f"{number} is a user's id: use idProperty=userId."
    return "Owners are made in the scenario."


def _body(owner: Owner) -> Json:
    """Renders an owner.  seen: order of keys; teams only when there are any"""
    made = written_time(owner.created_at or DEFAULT_START)
    body: Json = {"id": str(owner.id), "email": owner.email, "type": owner.type}
    body |= {"firstName": owner.first_name, "lastName": owner.last_name}
    if owner.user_id is not None:
        body |= {} if owner.archived else {"userId": owner.user_id}  # inferred: a deactivated user is no active one
        body["userIdIncludingInactive"] = owner.user_id
    changed = made if owner.updated_at is None else written_time(owner.updated_at)
    return body | {"createdAt": made, "updatedAt": changed, "archived": owner.archived}


# fmt: off
OWNER_OPERATIONS: Final = (
    Operation("owners.list", "GET", under(OWNER_ROOTS),
              list_owners, READ, Body.NONE, SPEC_AND_SDKS, "List owners"),
    Operation("owners.get", "GET", under(OWNER_ROOTS, "/{ownerId}"),
              get_owner, READ, Body.NONE, SPEC_AND_SDKS, "Get an owner"),
)
# fmt: on
