"""What the CRM operations write with: one transaction, and hands for records and associations."""

from collections.abc import Iterator
from contextlib import contextmanager

from mockserver.crm.api_records import RecordWriter
from mockserver.crm.links import Links
from mockserver.crm.schema import ObjectType
from mockserver.store.records import Source
from mockserver.wire.exchange import Call


@contextmanager
def changing(call: Call) -> Iterator[None]:
    """Makes everything within one change of the portal; a refusal undoes all of it, made definitions too."""
    try:
        with call.portal.store.transaction():
            yield
    except BaseException:
        call.portal.definitions.reload()
        raise


def writer_of(call: Call, object_type: ObjectType) -> RecordWriter:
    """Returns the hand that writes records of a type for the calling app.  seen: source INTEGRATION and the app's id"""
    portal = call.portal
    return RecordWriter(
        portal.store,
        portal.definitions,
        portal.scenario.portal,
        object_type,
        source=Source("INTEGRATION", str(call.app.id)),
        at=portal.now,
        review=call.review,
    )


def links_of(call: Call) -> Links:
    """Returns the hand that makes and undoes associations."""
    return Links(call.portal.store, call.portal.definitions)
