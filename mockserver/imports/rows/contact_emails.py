"""A contact's email addresses: the primary one, and the others by which it is found as well.

docs: knowledge base, deduplication of records: secondary addresses match too; with a Record ID beside it, a secondary
address becomes the primary one. That addresses of a file are added to those a contact has is inferred.
"""

from collections.abc import Mapping

from mockserver.imports.rows.errors import ObjectErrors
from mockserver.imports.rows.pending_records import PendingRecords
from mockserver.imports.rows.plans import ADDITIONAL_EMAILS, EMAIL
from mockserver.refusals.error_types import ErrorType
from mockserver.store.records import Properties


def additional_addresses(properties: Mapping[str, str]) -> list[str]:
    """Returns a contact's secondary addresses, or those that a cell lists."""
    return [address for address in properties.get(ADDITIONAL_EMAILS, "").split(";") if address]


def add_addresses(
    pending: PendingRecords, errors: ObjectErrors, row: int, properties: Properties, record_id: int
) -> list[str]:
    """Completes the secondary addresses of a row with those the contact has; reports those of other contacts.

    Returns the addresses that the contact is to be found by from now on.
    """
    wanted = additional_addresses(properties)
    if not wanted:
        return []
    state = pending.state.get(record_id, {})
    primary = properties.get(EMAIL) or state.get(EMAIL)
    kept = additional_addresses(state)
    added: list[str] = []
    for address in wanted:
        holder = next((i for i in pending.owners[EMAIL].get(address, ()) if i != record_id), None)
        if holder is not None:
            errors.of_property(
                row,
                ErrorType.SECONDARY_EMAIL_WRITE_FAILURE,
                ADDITIONAL_EMAILS,
                value=address,
                detail=f"{address} is an address of contact {holder}.",
            )
        elif address != primary and address not in kept and address not in added:
            added.append(address)
    del properties[ADDITIONAL_EMAILS]
    if kept or added:
        properties[ADDITIONAL_EMAILS] = ";".join(kept + added)
    return added


def swap_primary(state: Properties, properties: Properties) -> list[str]:
    """Lets the primary address that a contact had take the place of a secondary one that becomes primary.

    `state` is the contact, `properties` the row's values with all secondary addresses. Returns what `add_addresses`
    does.
    """
    new, old = properties[EMAIL], state.get(EMAIL)
    others = additional_addresses(properties) or additional_addresses(state)
    if not old or old == new or new not in others:
        return []
    others = [address for address in others if address not in (new, old)]
    properties[ADDITIONAL_EMAILS] = ";".join([*others, old])
    return [old]
