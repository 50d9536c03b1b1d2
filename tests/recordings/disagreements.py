"""Exchanges that this server does not answer as recorded, and what differs; one that agrees must leave the table."""

from collections.abc import Mapping
from typing import Final

DISAGREEMENTS: Final[Mapping[str, str]] = {
    "account-info": "the operation is not served",
    "associations.v3.batch-create": "the operation is not served",
    "batch.update.companies": "computed properties",
    "batch.upsert.contacts.existing": "computed properties",
    "batch.create.companies.207": "computed properties",
    "batch.update.one-id-merged-away": "the merge before it is not served",
    "batch.update.unknown-id": "computed properties",
    "oauth.access-token-info": "signed_access_token",
    "objects.contacts.create": "computed properties",
    "objects.contacts.create.no-email": "computed properties",
    "objects.companies.create": "computed properties",
    "objects.deals.create.name-and-amount-only": "the status, computed properties",
    "objects.deals.create.stage-no-pipeline": "computed properties",
    "objects.deals.create.pipeline-null": "the status, computed properties",
    "objects.tasks.create": "computed properties",
    "objects.notes.create.with-association": "computed properties",
    "objects.contacts.update": "computed properties",
    "objects.contacts.update.equal-values": "computed properties",
    "objects.companies.update": "computed properties",
    "objects.deals.update": "what is created before it is refused",
    "objects.tickets.update": "computed properties",
    "objects.companies.update.merged-id": "the merge before it is not served",
    "objects.tickets.create": "computed properties",
    "pipelines.deals": "the operation is not served",
    "schemas.get.contacts": "primaryDisplayProperty, description, allowsSensitiveProperties, restorable",
    "schemas.get.missing-scope": "the body of the refusal, links",
    "search.index-lag": "total",
}
