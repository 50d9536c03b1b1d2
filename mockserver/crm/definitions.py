"""The definitions of a portal: HubSpot's catalog together with what the portal added or changed.

A portal adds object types, properties, pipelines, association labels and owners, and may change HubSpot's properties
and pipelines; those are rows of its database. The rest is `crm.catalog`, which all portals share. Nothing here
knows of requests or records.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import MappingProxyType

from msgspec.structs import replace

from mockserver.crm import catalog
from mockserver.crm.catalog import Properties
from mockserver.crm.own_definitions import FRESH_IDS, UNLABELLED, OwnDefinitions, Pair, PairTypes, TypeIds, TypeLabels
from mockserver.crm.pipelines import Pipelines
from mockserver.crm.schema import (
    ACTIVITIES,
    STANDARD_TYPES,
    AssociationCategory,
    AssociationType,
    DefinitionError,
    NewObjectType,
    ObjectType,
    Owner,
    PropertyDefinition,
    check_label,
    check_named_properties,
    check_object_type_name,
    check_property_name,
    checked_property,
    label_name,
)
from mockserver.scenario import PortalSettings
from mockserver.store import Store


class Definitions:
    """The definitions of one portal.

    Definitions are cached, and each change updates the cache. `reload` is needed after the database was restored or
    emptied, and after the rollback of a transaction in which something was defined.
    """

    def __init__(self, store: Store, settings: PortalSettings) -> None:
        self._settings = settings
        self._own = OwnDefinitions(store)
        self.pipelines = Pipelines(self._own, self._forget_properties)
        self.reserve_association_ids = self._own.reserve_association_ids
        self.reload()

    def reload(self) -> None:
        """Drops what was read of the portal's own definitions."""
        self._own.forget()
        self.pipelines.forget()
        self._names: dict[str, ObjectType] | None = None  # custom object types by each name, case-folded
        self._properties: dict[str, Properties] = {}
        self._identifiers: dict[str, tuple[str, ...]] = {}
        self._pairs: dict[Pair, PairTypes] = {}

    @contextmanager
    def _defining(self) -> Iterator[None]:
        try:
            with self._own.transaction():
                yield
        except BaseException:
            self.reload()
            raise

    # -- object types --------------------------------------------------------------------------------------------

    def object_types(self) -> list[ObjectType]:
        """Returns all object types: HubSpot's, then the portal's own, by id."""
        return [*catalog.object_types().values(), *self.custom_object_types()]

    def custom_object_types(self, *, archived: bool = False) -> list[ObjectType]:
        """Returns the portal's own object types by id; with `archived`, only those that were archived."""
        return [row for row in self._own.object_types().values() if row.archived is archived]

    def object_type(self, name_or_id: str) -> ObjectType | None:
        """Returns the object type of that id or name, in any case.

        A name is that in paths ("contacts"), the singular ("contact"), that in older requests ("CONTACT"), or the name
        of a custom type, alone or as p_name or p12345678_name. If a custom type has the same name as one of HubSpot's
        types, HubSpot's type is returned (inferred).
        """
        folded = name_or_id.casefold()
        if found := catalog.object_type_names().get(folded):
            return found
        return self._custom_names().get(folded)

    def _custom_names(self) -> dict[str, ObjectType]:
        if self._names is None:
            self._names = {}
            for row in self.custom_object_types():
                self._add_names(self._names, row)
        return self._names

    @staticmethod
    def _add_names(names: dict[str, ObjectType], row: ObjectType) -> None:
        for name in (*catalog.names_of(row), f"p_{row.name}"):
            names[name.casefold()] = row

    def define_object_type(self, new: NewObjectType, *, at: int | None = None) -> ObjectType:
        """Defines a custom object type with its properties and its associations; `at` is the portal's time.

        Raises:
            DefinitionError: for a name that is taken or not allowed, and for properties that are named but not defined.

        """
        new = self._checked(new)
        with self._defining():
            custom = ObjectType(
                object_type_id=new.object_type_id or self._own.fresh_object_type_id(),
                name=new.name,
                singular=new.name,
                fully_qualified_name=f"p{self._settings.id}_{new.name}",  # docs: schemas guide
                description=new.description,
                primary_display_property=new.primary_display_property,
                secondary_display_properties=tuple(new.secondary_display_properties),
                required_properties=tuple(new.required_properties),
                searchable_properties=tuple(new.searchable_properties),
                default_properties=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
                labels=new.labels or (new.name, new.name),
                created_at=at,
                updated_at=at,
            )
            self._own.put_object_type(custom)
            self._add_names(self._custom_names(), custom)
            self._forget_properties(custom.object_type_id)
            for definition in new.properties:
                self.define_property(custom.object_type_id, definition)
            for other in (*new.associated_objects, *ACTIVITIES):
                ids = new.association_ids.get(other, FRESH_IDS)
                self.define_association(custom.object_type_id, self._known(other).object_type_id, ids)
        return custom

    def _checked(self, new: NewObjectType) -> NewObjectType:
        """Returns a new type with its properties as they are stored; raises `DefinitionError` for the first fault."""
        check_object_type_name(new.name, new.object_type_id)
        archived = {
            name.casefold() for row in self.custom_object_types(archived=True) for name in catalog.names_of(row)
        }
        taken = {*self._custom_names(), *archived}
        if new.name.casefold() in taken:
            raise DefinitionError("name", f"the portal has an object type {new.name!r} already")
        if new.object_type_id in taken:
            raise DefinitionError("objectTypeId", f"the portal has an object type {new.object_type_id!r} already")
        properties = tuple(checked_property(row) for row in new.properties)
        primary = new.primary_display_property or (properties[0].name if properties else "hs_object_id")
        known = {*catalog.system_properties(_group_of(new.name)), *(row.name for row in properties)}
        new = replace(new, properties=properties, primary_display_property=primary)
        check_named_properties(new, known)
        for other in new.associated_objects:
            if other.casefold() != new.name.casefold():
                self._known(other)
        return new

    def change_object_type(self, row: ObjectType) -> ObjectType:
        """Changes a custom object type, or archives it.

        Raises:
            DefinitionError: if it names properties that it does not have.

        """
        check_named_properties(row, self.properties(row.object_type_id))
        with self._defining():
            self._own.put_object_type(row)
            self._names = None
        return row

    def remove_object_type(self, type_id: str) -> None:
        """Removes a custom object type that was archived, so that its name is free."""
        with self._defining():
            self._own.remove_object_type(type_id)

    def _known(self, type_id: str) -> ObjectType:
        if found := self.object_type(type_id):
            return found
        raise DefinitionError("objectType", f"there is no object type {type_id!r}")

    def make_unknown_object_type(self, name: str, *, at: int | None = None) -> ObjectType | None:
        """Defines a custom object type for an unknown name or id, if the portal accepts unknown types.

        It can be associated with contacts, companies, deals, tickets and activities. Returns None if the portal rejects
        unknown types or no custom type can have that name.
        """
        if self._settings.unknown_object_types != "accept":
            return None
        plain = name.removeprefix(f"p{self._settings.id}_").removeprefix("p_")
        try:
            is_id = plain.startswith("2-")
            new = NewObjectType(
                f"object_{plain[2:]}" if is_id else plain,
                object_type_id=plain if is_id else None,
                associated_objects=STANDARD_TYPES,
            )
            return self.define_object_type(new, at=at)
        except DefinitionError:
            return None

    # -- properties ----------------------------------------------------------------------------------------------

    def properties(self, type_id: str) -> Properties:
        """Returns the properties of an object type by name, without archived ones; none for an unknown type."""
        found = self._properties.get(type_id)
        if found is None:
            base = self.hubspots(type_id)
            own = {name: row for name, row in sorted(self._own.properties(type_id).items()) if not row.archived}
            merged = MappingProxyType({**base, **own}) if own else base
            found = self._properties[type_id] = self.pipelines.applied_to(type_id, merged)
        return found

    def hubspots(self, type_id: str) -> Properties:
        """Returns the properties that HubSpot gives to an object type, as they are in every account."""
        custom = self._own.object_types().get(type_id)
        return catalog.system_properties(_group_of(custom.name)) if custom else catalog.properties(type_id)

    def archived_properties(self, type_id: str) -> Properties:
        """Returns the properties of an object type that were archived, by name."""
        return {name: row for name, row in sorted(self._own.properties(type_id).items()) if row.archived}

    def property(self, type_id: str, name: str) -> PropertyDefinition | None:
        """Returns one property, or None if it does not exist or is archived."""
        if type_id in self._properties or self.pipelines.are_own(type_id):
            return self.properties(type_id).get(name)
        own = self._own.properties(type_id).get(name) or self.hubspots(type_id).get(name)
        return None if own is None or own.archived else own

    def identifiers(self, type_id: str) -> tuple[str, ...]:
        """Returns the properties whose values identify a record, other than the record id.

        First the import identifiers (email, domain), then the properties with unique values.
        """
        found = self._identifiers.get(type_id)
        if found is None:
            object_type = self.object_type(type_id)
            first = object_type.import_identifiers if object_type else ()
            unique = (row.name for row in self.properties(type_id).values() if row.has_unique_value)
            found = self._identifiers[type_id] = tuple(dict.fromkeys([*first, *unique]))
        return found

    def define_property(self, type_id: str, definition: PropertyDefinition) -> PropertyDefinition:
        """Defines a property, or changes the one of that name; returns it as it is stored.

        Raises:
            DefinitionError: for an invalid definition, for a new type of one of HubSpot's properties, and for a change
                of `has_unique_value`.

        """
        object_type = self._known(type_id)
        definition = checked_property(definition)
        present = self.property(type_id, definition.name)
        definition = self.pipelines.with_options(type_id, present, definition)
        if present:
            if present.has_unique_value != definition.has_unique_value:
                raise DefinitionError("hasUniqueValue", "cannot be changed once set")  # spec: properties v3
            if present.hubspot_defined and present.type != definition.type:
                raise DefinitionError("type", f"{definition.name!r} is HubSpot's own and stays a {present.type}")
        kept = replace(
            definition,
            group_name=definition.group_name or _group_of(object_type.singular),
            hubspot_defined=present.hubspot_defined if present else definition.hubspot_defined,
        )
        self._keep_property(type_id, kept)
        return kept

    def _keep_property(self, type_id: str, definition: PropertyDefinition) -> None:
        with self._defining():
            self._own.put_property(type_id, definition)
            self._forget_properties(type_id)

    def _forget_properties(self, type_id: str) -> None:
        self._properties.pop(type_id, None)
        self._identifiers.pop(type_id, None)

    def archive_property(self, type_id: str, name: str, *, at: int | None = None) -> None:
        """Archives a property that the portal added.

        Raises:
            DefinitionError: for one of HubSpot's properties, or an unknown one.

        """
        present = self.property(type_id, name)
        if present is None:
            raise DefinitionError("name", f"there is no property {name!r}")
        if present.hubspot_defined:
            raise DefinitionError("name", f"{name!r} is HubSpot's own and cannot be archived")
        self._keep_property(type_id, replace(present, archived=True, updated_at=at))

    def make_unknown_property(self, type_id: str, name: str, *, at: int | None = None) -> PropertyDefinition | None:
        """Defines a text property for an unknown name, if the portal accepts unknown properties.

        Returns None if the portal rejects them or no property can have that name.
        """
        if self._settings.unknown_properties != "accept":
            return None
        text = PropertyDefinition(name=name, label=name, type="string", field_type="text", created_at=at, updated_at=at)
        try:
            check_property_name(name)
            return self.define_property(type_id, text)
        except DefinitionError:
            return None

    # -- association types ---------------------------------------------------------------------------------------

    def association_types(self, from_type: str, to_type: str) -> Sequence[AssociationType]:
        """Returns the association types from one object type to another: HubSpot's, then the portal's own, by id."""
        return self._pair(from_type, to_type).rows

    def _pair(self, from_type: str, to_type: str) -> PairTypes:
        pair = (from_type, to_type)
        found = self._pairs.get(pair)
        if found is None:
            own = self._own.association_types().get(pair, ())
            found = self._pairs[pair] = PairTypes((*catalog.association_types().get(pair, ()), *own))
        return found

    def association_type(
        self, from_type: str, to_type: str, type_id: int, category: AssociationCategory | str
    ) -> AssociationType | None:
        """Returns the association type of that id and category, or None if the pair has no such type."""
        return self._pair(from_type, to_type).get(type_id, category)

    def association_types_numbered(self, type_id: int, category: AssociationCategory | str) -> list[AssociationType]:
        """Returns the association types with an id and category, between any object types."""
        pairs = (*catalog.association_types().values(), *self._own.association_types().values())
        return [
            row for rows in pairs for row in rows if row.association_type_id == type_id and row.category == category
        ]

    def default_association(self, from_type: str, to_type: str) -> AssociationType | None:
        """Returns the unlabelled association type of a pair."""
        return self._pair(from_type, to_type).plain

    def labelled(self, from_type: str, to_type: str, label: str) -> AssociationType | None:
        """Returns the association type of a pair by its label, or else by its internal name, in any case."""
        pair = self._pair(from_type, to_type)
        word = label.strip()
        named = pair.with_name(word)
        return pair.with_label(word) or (None if named is None or named.label is None else named)

    def association_types_of(self, type_id: str) -> list[AssociationType]:
        """Returns the association types from an object type, sorted by the other object type."""
        pairs = {*catalog.association_types(), *self._own.association_types()}
        return [row for pair in sorted(pairs) if pair[0] == type_id for row in self.association_types(*pair)]

    def define_association(self, from_type: str, to_type: str, ids: TypeIds = FRESH_IDS) -> AssociationType:
        """Defines the association of two object types without a label, in both directions, unless they have one.

        seen: clients that associate custom objects send USER_DEFINED and an id that the account assigned.
        """
        here, there = self._known(from_type).singular, self._known(to_type).singular
        if present := self.default_association(from_type, to_type):
            return present
        with self._defining():
            names = (f"{here}_to_{there}", f"{there}_to_{here}")
            return self._put_association((from_type, to_type), names, ids=ids)[0]

    def _put_association(
        self, pair: Pair, names: tuple[str, str], labels: TypeLabels = UNLABELLED, ids: TypeIds = FRESH_IDS
    ) -> tuple[AssociationType, AssociationType]:
        """Writes both directions of a new association type; one that is its own inverse is a single type."""
        known = {ends: self._pair(*ends) for ends in (pair, pair[::-1])}
        forward, backward = self._own.put_association(pair, names=names, labels=labels, ids=ids)
        known[pair].add(forward)
        if backward != forward:
            known[pair[::-1]].add(backward)
        return forward, backward

    def define_association_label(
        self,
        from_type: str,
        to_type: str,
        label: str,
        *,
        name: str | None = None,
        inverse_label: str | None = None,
        ids: TypeIds = FRESH_IDS,
    ) -> tuple[AssociationType, AssociationType]:
        """Defines an association label, in both directions, which it returns.

        Without an inverse label, both have the same label, and between records of one type they are one (inferred).

        Raises:
            DefinitionError: for a label, name or id that is taken, or that no association type can have.

        """
        for type_id in (from_type, to_type):
            self._known(type_id)
        name = name or label_name(label)
        check_label(label, name)
        pair = self._pair(from_type, to_type)
        if pair.with_label(label):
            raise DefinitionError("label", f"{from_type} to {to_type} has a label {label!r} already")
        if pair.with_name(name):
            raise DefinitionError("name", f"{from_type} to {to_type} has an association type {name!r} already")
        with self._defining():
            return self._put_association((from_type, to_type), (name, name), (label, inverse_label or label), ids)

    # -- owners --------------------------------------------------------------------------------------------------

    def owners(self) -> Sequence[Owner]:
        """Returns the owners by id, archived ones included."""
        return self._own.owners()

    def define_owner(
        self,
        email: str,
        *,
        first_name: str = "",
        last_name: str = "",
        owner_id: int | None = None,
        user_id: int | None = None,
        archived: bool = False,
        at: int | None = None,
    ) -> Owner:
        """Defines an owner, or changes the one of that id.

        Raises:
            DefinitionError: for an invalid email address, or one that another owner has.

        """
        if "@" not in email:
            raise DefinitionError("email", f"{email!r} is not an email address")
        same = self._own.owner_with_email(email)
        if same and same.id != owner_id:
            raise DefinitionError("email", f"{email!r} belongs to owner {same.id} already")
        present = self._own.owner(owner_id)
        with self._defining():
            fresh_id, fresh_user = self._own.fresh_owner_ids()
            owner = Owner(
                id=fresh_id if owner_id is None else owner_id,
                email=email,
                first_name=first_name,
                last_name=last_name,
                user_id=(present.user_id if present else fresh_user) if user_id is None else user_id,
                archived=archived,
                created_at=present.created_at if present else at,
                updated_at=at,
            )
            self._own.put_owner(owner)
        return owner


def _group_of(name: str) -> str:
    return f"{name}_information"  # docs: schemas reference, "my_object_information"; seen: lead_information
