"""What an object type is: contacts (0-1), companies (0-2), …, and the custom ones (2-…) of a portal."""

import msgspec


class ObjectType(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One kind of record, built in or custom.

    `import_identifiers` are the properties by which an import finds a record of this type besides its record id and
    the custom properties with unique values (docs: knowledge base, deduplication of records).
    """

    object_type_id: str  # "0-1"
    name: str  # "contacts": as in the paths of the object APIs
    singular: str  # "contact"
    legacy_name: str | None = None  # "CONTACT": columnObjectType of older requests; the objectType of row errors
    fully_qualified_name: str = ""
    primary_display_property: str | None = None
    secondary_display_properties: tuple[str, ...] = ()
    required_properties: tuple[str, ...] = ()  # all of these, to create a record
    required_any_of: tuple[str, ...] = ()  # and one of these
    import_identifiers: tuple[str, ...] = ()  # ("email",)
    searchable_properties: tuple[str, ...] = ()
    labels: tuple[str, str] | None = None  # singular and plural for people; custom objects state them
    evidence: str = "inferred"

    @property
    def is_custom(self) -> bool:
        """Tells whether the portal, not HubSpot, defined this type."""
        return self.object_type_id.startswith("2-")
