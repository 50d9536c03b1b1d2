"""Who owns records: the people of an account, as the owners API lists them."""

from enum import StrEnum
from typing import Final

import msgspec

USER_ID: Final = 2_500_000  # of who set the account up and installed its apps; owners' users have higher ones


class OwnerType(StrEnum):
    """What an owner is.  spec: owners v3, PublicOwner.type"""

    PERSON = "PERSON"
    QUEUE = "QUEUE"


class Owner(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One owner. Properties such as hubspot_owner_id hold `id`, never `user_id`; an archived owner keeps its id."""

    id: int
    email: str
    first_name: str = ""
    last_name: str = ""
    user_id: int | None = None
    type: OwnerType = OwnerType.PERSON
    archived: bool = False
    created_at: int | None = None  # epoch milliseconds
    updated_at: int | None = None

    @property
    def full_name(self) -> str:
        """First and last name as people write them; empty for an owner that has neither."""
        return f"{self.first_name} {self.last_name}".strip()
