"""A contact's email addresses: the primary one, and the secondary ones by which it is found as well.

docs: knowledge base, deduplication of records: secondary addresses match too; with a Record ID beside it, a secondary
address becomes the primary one. That addresses of a file are added to those a contact has is inferred.
"""

from collections.abc import Iterable, Mapping

from mockserver.imports.rows.plans import ADDITIONAL_EMAILS, EMAIL
from mockserver.store.records import Properties


def additional_addresses(properties: Mapping[str, str]) -> list[str]:
    """Returns a contact's secondary addresses, or those that a cell lists."""
    return [address for address in properties.get(ADDITIONAL_EMAILS, "").split(";") if address]


def add_addresses(state: Mapping[str, str], properties: Properties, wanted: Iterable[str]) -> list[str]:
    """Completes the secondary addresses of a row with those the contact has.

    `state` is the contact, `properties` the row's values, `wanted` those of its addresses that no other contact has.
    Returns the addresses that the contact is to be found by from now on.
    """
    primary = properties.get(EMAIL) or state.get(EMAIL)
    kept = additional_addresses(state)
    added: list[str] = []
    for address in wanted:
        if address != primary and address not in kept and address not in added:
            added.append(address)
    del properties[ADDITIONAL_EMAILS]
    if kept or added:
        properties[ADDITIONAL_EMAILS] = ";".join(kept + added)
    return added


def swap_primary(state: Mapping[str, str], properties: Properties) -> list[str]:
    """Swaps the contact's primary address with the secondary one that replaces it.

    `state` is the contact, `properties` the row's values with all secondary addresses. Returns the addresses that the
    contact is to be found by from now on.
    """
    new, old = properties[EMAIL], state.get(EMAIL)
    others = additional_addresses(properties) or additional_addresses(state)
    if not old or old == new or new not in others:
        return []
    others = [address for address in others if address not in (new, old)]
    properties[ADDITIONAL_EMAILS] = ";".join([*others, old])
    return [old]
