"""What an object type is: contacts (0-1), companies (0-2), …, and the custom ones (2-…) of a portal."""

import msgspec


class ObjectType(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One kind of record, built in or custom.

    `import_identifiers` are the properties by which an import finds a record of this type besides its record id and
    the properties with unique values (docs: knowledge base, deduplication of records). Their values need not be
    unique: two companies may share a domain.
    """

    object_type_id: str  # "0-1"
    name: str  # "contacts": as in the paths of the object APIs
    singular: str  # "contact"
    legacy_name: str | None = None  # "CONTACT": columnObjectType of older requests; the objectType of row errors
    fully_qualified_name: str = ""  # "CONTACT"; "p12345678_cars"
    description: str = ""
    primary_display_property: str | None = None
    secondary_display_properties: tuple[str, ...] = ()
    required_properties: tuple[str, ...] = ()  # all of these, to create a record
    required_any_of: tuple[str, ...] = ()  # and one of these
    import_identifiers: tuple[str, ...] = ()  # ("email",)
    searchable_properties: tuple[str, ...] = ()
    default_properties: tuple[str, ...] = ()  # those that an answer holds when the request names none
    created_property: str = "hs_createdate"  # where a record's times stand; contacts say createdate …
    modified_property: str = "hs_lastmodifieddate"  # … and lastmodifieddate
    properties_complete: bool = True  # False: HubSpot has properties of this type that the catalog does not list
    labels: tuple[str, str] | None = None  # singular and plural for people; custom objects state them
    created_at: int | None = None  # epoch milliseconds
    updated_at: int | None = None
    evidence: str = "inferred"
    inferred_fields: tuple[str, ...] = ()  # camelCase names of the fields above that are guesses all the same

    @property
    def is_custom(self) -> bool:
        """Tells whether the portal, not HubSpot, defined this type."""
        return self.object_type_id.startswith("2-")
