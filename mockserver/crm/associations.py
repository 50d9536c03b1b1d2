"""What an association type is: a directed, possibly labelled kind of link between two object types."""

from enum import StrEnum

import msgspec


class AssociationCategory(StrEnum):
    """Who defined an association type.  spec: associations v4, AssociationSpec"""

    HUBSPOT_DEFINED = "HUBSPOT_DEFINED"
    USER_DEFINED = "USER_DEFINED"
    INTEGRATOR_DEFINED = "INTEGRATOR_DEFINED"
    WORK = "WORK"


class AssociationType(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One direction of a link. `inverse` is the type id of the other direction (its own for symmetric pairs)."""

    from_object_type_id: str
    to_object_type_id: str
    association_type_id: int
    category: AssociationCategory = AssociationCategory.HUBSPOT_DEFINED
    label: str | None = None  # None: the plain association of the pair, which every other one carries along
    inverse: int
    name: str = ""
    evidence: str = "inferred"
