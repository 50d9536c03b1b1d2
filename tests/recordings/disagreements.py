"""Exchanges that this server does not answer as recorded, and what differs; one that agrees must leave the table."""

from collections.abc import Mapping
from typing import Final

DISAGREEMENTS: Final[Mapping[str, str]] = {
    "batch.update.one-id-merged-away": "the merge before it is not served",
    "oauth.access-token-info": "signed_access_token",
    "objects.companies.update.merged-id": "the merge before it is not served",
    "schemas.get.missing-scope": "the body of the refusal, links",
    "search.index-lag": "total",
}
