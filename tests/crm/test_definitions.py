"""A portal's definitions: the catalog and what the portal adds to it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mockserver.crm import catalog
from mockserver.crm.definitions import Definitions
from mockserver.crm.schema import (
    DefinitionError,
    NewObjectType,
    Option,
    OwnerType,
    PropertyDefinition,
    check_property_name,
    label_name,
)
from mockserver.scenario import PortalSettings
from mockserver.store import Store
from tests.databases import dump

CONTACTS, COMPANIES, DEALS = "0-1", "0-2", "0-3"


def text(name: str, **fields: object) -> PropertyDefinition:
    return PropertyDefinition(**{"name": name, "label": name, "type": "string", "field_type": "text", **fields})


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


@pytest.fixture
def definitions(store):
    return Definitions(store, PortalSettings())


@pytest.fixture
def lenient(store):
    return Definitions(store, PortalSettings(unknown_properties="accept", unknown_object_types="accept"))


@pytest.fixture
def cars(definitions):
    return definitions.define_object_type(
        NewObjectType(
            "cars",
            labels=("Car", "Cars"),
            properties=[text("vin", has_unique_value=True), text("model")],
            required_properties=["vin"],
            associated_objects=["contacts", "COMPANY", "cars"],
        )
    )


class TestObjectTypes:
    @pytest.mark.parametrize("name", ["0-1", "contacts", "contact", "CONTACT", "Contacts", "cOnTaCt"])
    def test_an_object_type_is_found_by_id_and_name_in_any_case(self, definitions, name):
        assert definitions.object_type(name).object_type_id == CONTACTS

    def test_a_meeting_is_found_by_its_legacy_name(self, definitions):
        assert definitions.object_type("meeting_event").name == "meetings"

    @pytest.mark.parametrize("name", ["", "people", "2-1000001", "0-999", "p_cars"])
    def test_an_unknown_name_is_no_object_type(self, definitions, name):
        assert definitions.object_type(name) is None

    def test_a_fresh_portal_has_those_of_the_catalog(self, definitions):
        assert definitions.object_types() == list(catalog.object_types().values())
        assert definitions.custom_object_types() == []

    @pytest.mark.parametrize("name", ["2-1000001", "cars", "CARS", "p_cars", "p12345678_cars", "P12345678_Cars"])
    def test_a_custom_object_type_is_found_by_each_of_its_names(self, definitions, cars, name):
        assert definitions.object_type(name) == cars
        assert cars.is_custom

    def test_custom_object_types_are_counted(self, definitions, cars):
        boats = definitions.define_object_type(NewObjectType("boats"))
        assert [row.object_type_id for row in (cars, boats)] == ["2-1000001", "2-1000002"]
        assert definitions.object_types()[-2:] == [cars, boats]

    def test_a_custom_object_type_may_have_the_id_of_a_real_one(self, definitions):
        assert (
            definitions.define_object_type(NewObjectType("cars", object_type_id="2-3444025")).object_type_id
            == "2-3444025"
        )
        assert definitions.object_type("2-3444025").name == "cars"

    def test_a_counted_id_steps_over_one_that_was_asked_for(self, definitions):
        definitions.define_object_type(NewObjectType("cars", object_type_id="2-1000001"))
        assert definitions.define_object_type(NewObjectType("boats")).object_type_id == "2-1000002"

    def test_a_custom_object_type_has_system_properties_and_its_own(self, definitions, cars):
        properties = definitions.properties(cars.object_type_id)
        assert {"hs_object_id", "hs_createdate", "hubspot_owner_id", "vin", "model"} <= properties.keys()
        assert {row.group_name for row in properties.values()} == {"cars_information"}
        assert cars.primary_display_property == "vin"
        assert cars.required_properties == ("vin",)

    def test_an_object_type_is_there_although_it_was_asked_for_before(self, definitions):
        assert definitions.properties("2-1000001") == {}
        assert definitions.identifiers("2-1000001") == ()
        definitions.define_object_type(NewObjectType("cars"))
        assert "hs_object_id" in definitions.properties("2-1000001")
        assert definitions.identifiers("2-1000001") == ("hs_unique_creation_key",)

    def test_hubspots_type_is_meant_where_a_custom_one_shares_its_name(self, definitions):
        custom = definitions.define_object_type(NewObjectType("projects"))
        assert definitions.object_type("projects").object_type_id == "0-970"
        assert definitions.object_type("p_projects") == custom

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"name": "Cars"}, "name"),
            ({"name": "9cars"}, "name"),
            ({"name": "my-cars"}, "name"),
            ({"name": "boats", "object_type_id": "2-1000001"}, "objectTypeId"),
            ({"name": "boats", "object_type_id": "0-7"}, "objectTypeId"),
            ({"name": "boats", "required_properties": ["length"]}, "requiredProperties"),
            ({"name": "boats", "primary_display_property": "length"}, "primaryDisplayProperty"),
            ({"name": "boats", "secondary_display_properties": ["length"]}, "secondaryDisplayProperties"),
            ({"name": "boats", "searchable_properties": ["length"]}, "searchableProperties"),
            ({"name": "boats", "associated_objects": ["people"]}, "objectType"),
            ({"name": "boats", "properties": [text("Length")]}, "name"),
        ],
    )
    def test_an_impossible_object_type_is_refused_and_leaves_nothing(self, store, definitions, cars, fields, field):
        before = dump(store.copy())
        with pytest.raises(DefinitionError) as refusal:
            definitions.define_object_type(NewObjectType(**fields))
        assert refusal.value.field == field
        assert dump(store.copy()) == before
        assert definitions.custom_object_types() == [cars]

    def test_a_failure_halfway_leaves_nothing(self, store, definitions):
        before = dump(store.copy())
        with pytest.raises(DefinitionError):
            definitions.define_object_type(NewObjectType("boats", properties=[text("hs_object_id")]))
        assert dump(store.copy()) == before
        assert definitions.object_type("boats") is None
        assert definitions.properties("2-1000001") == {}


class TestProperties:
    def test_a_portal_without_own_properties_shares_the_catalogs(self, definitions):
        assert definitions.properties(CONTACTS) is catalog.properties(CONTACTS)

    def test_a_property_is_found_by_name(self, definitions):
        assert definitions.property(CONTACTS, "email").label == "Email"
        assert definitions.property(CONTACTS, "e-mail") is None
        assert definitions.property("2-1", "email") is None

    def test_a_custom_property_is_there_at_once(self, definitions):
        assert definitions.property(CONTACTS, "shoe_size") is None
        kept = definitions.define_property(CONTACTS, text("shoe_size"))
        assert definitions.property(CONTACTS, "shoe_size") == kept
        assert not kept.hubspot_defined
        assert definitions.properties(CONTACTS).keys() == catalog.properties(CONTACTS).keys() | {"shoe_size"}
        assert definitions.property(COMPANIES, "shoe_size") is None

    def test_hubspots_property_takes_other_options_and_stays_hubspots(self, definitions):
        kinds = (Option(label="From a partner", value="partner"),)
        kind = definitions.property(DEALS, "dealtype")
        definitions.define_property(DEALS, replace(kind, options=kinds, hubspot_defined=False))
        changed = definitions.property(DEALS, "dealtype")
        assert changed.options == kinds
        assert changed.hubspot_defined
        assert catalog.properties(DEALS)["dealtype"] == kind

    @pytest.mark.parametrize("name", ["pipeline", "dealstage"])
    def test_a_property_of_pipelines_takes_no_other_options(self, definitions, name):
        present = definitions.property(DEALS, name)
        with pytest.raises(DefinitionError, match="pipelines"):
            definitions.define_property(DEALS, replace(present, options=(Option(label="Own", value="own"),)))
        kept = definitions.define_property(DEALS, replace(present, options=(), label="Where"))
        assert kept.options == present.options

    def test_a_yes_or_no_property_gets_its_options(self, definitions):
        kept = definitions.define_property(CONTACTS, text("is_vip", type="bool", field_type="booleancheckbox"))
        assert [option.value for option in kept.options] == ["true", "false"]

    def test_two_options_may_share_a_label(self, definitions):
        options = (Option(label="Red", value="red"), Option(label="Red", value="crimson"))
        colour = text("colour", type="enumeration", field_type="select", options=options)
        assert definitions.define_property(CONTACTS, colour).options == options

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"name": "Shoe"}, "name"),
            ({"name": "shoe-size"}, "name"),
            ({"name": "1shoe"}, "name"),
            ({"name": ""}, "name"),
            ({"name": "s" * 101}, "name"),
            ({"type": "text"}, "type"),
            ({"field_type": "select"}, "fieldType"),
            ({"type": "enumeration", "field_type": "text"}, "fieldType"),
            ({"options": (Option(label="a", value="x"), Option(label="b", value="x"))}, "options"),
        ],
    )
    def test_an_impossible_property_is_refused(self, definitions, changes, field):
        with pytest.raises(DefinitionError) as refusal:
            definitions.define_property(CONTACTS, replace(text("shoe_size"), **changes))
        assert refusal.value.field == field
        assert definitions.properties(CONTACTS) is catalog.properties(CONTACTS)

    def test_a_property_of_no_object_type_is_refused(self, definitions):
        with pytest.raises(DefinitionError, match="objectType"):
            definitions.define_property("2-1", text("shoe_size"))

    def test_uniqueness_cannot_change(self, definitions):
        definitions.define_property(CONTACTS, text("member_no", has_unique_value=True))
        with pytest.raises(DefinitionError, match="hasUniqueValue"):
            definitions.define_property(CONTACTS, text("member_no"))

    def test_the_type_of_hubspots_property_cannot_change(self, definitions):
        with pytest.raises(DefinitionError, match="type"):
            definitions.define_property(CONTACTS, text("firstname", type="number", field_type="number"))

    def test_an_archived_property_is_gone_and_listed_as_archived(self, definitions):
        definitions.define_property(CONTACTS, text("shoe_size"))
        definitions.archive_property(CONTACTS, "shoe_size", at=7)
        assert definitions.property(CONTACTS, "shoe_size") is None
        assert definitions.archived_properties(CONTACTS)["shoe_size"].updated_at == 7

    def test_an_archived_property_can_be_defined_again(self, definitions):
        definitions.define_property(CONTACTS, text("shoe_size"))
        definitions.archive_property(CONTACTS, "shoe_size")
        definitions.define_property(CONTACTS, text("shoe_size", has_unique_value=True))
        assert definitions.property(CONTACTS, "shoe_size").has_unique_value
        assert definitions.archived_properties(CONTACTS) == {}

    @pytest.mark.parametrize("name", ["email", "shoe_size"])
    def test_only_a_property_of_the_portals_own_can_be_archived(self, definitions, name):
        with pytest.raises(DefinitionError, match="name"):
            definitions.archive_property(CONTACTS, name)

    def test_own_properties_come_in_the_order_of_their_names_however_they_were_made(self, store, definitions):
        for name in ("zebra", "apple", "mango"):
            definitions.define_property(CONTACTS, text(name))
        names = list(definitions.properties(CONTACTS))
        assert names[-3:] == ["apple", "mango", "zebra"]
        assert list(Definitions(store, PortalSettings()).properties(CONTACTS)) == names


class TestIdentifiers:
    def test_contacts_are_found_by_email_first(self, definitions):
        assert definitions.identifiers(CONTACTS) == ("email", "hs_unique_creation_key")

    def test_companies_are_found_by_domain_first(self, definitions):
        assert definitions.identifiers(COMPANIES) == ("domain", "hs_unique_creation_key")

    def test_a_unique_property_identifies_from_when_it_is_made(self, definitions):
        assert "member_no" not in definitions.identifiers(CONTACTS)
        definitions.define_property(CONTACTS, text("member_no", has_unique_value=True))
        assert definitions.identifiers(CONTACTS)[-1] == "member_no"
        definitions.archive_property(CONTACTS, "member_no")
        assert "member_no" not in definitions.identifiers(CONTACTS)

    def test_a_custom_object_type_is_found_by_its_unique_properties(self, definitions, cars):
        assert definitions.identifiers(cars.object_type_id) == ("hs_unique_creation_key", "vin")


class TestAssociationTypes:
    def test_the_plain_association_is_the_one_without_a_label(self, definitions):
        assert definitions.default_association(CONTACTS, COMPANIES).association_type_id == 279
        assert definitions.default_association(CONTACTS, "0-115") is None

    def test_an_association_type_belongs_to_a_pair_and_a_category(self, definitions):
        assert definitions.association_type(CONTACTS, COMPANIES, 1, "HUBSPOT_DEFINED").label == "Primary"
        assert definitions.association_type(CONTACTS, COMPANIES, 1, "USER_DEFINED") is None
        assert definitions.association_type(COMPANIES, CONTACTS, 1, "HUBSPOT_DEFINED") is None

    @pytest.mark.parametrize("label", ["Primary", "PRIMARY", " primary ", "contact to primary company"])
    def test_a_label_is_found_by_label_or_name_in_any_case(self, definitions, label):
        assert definitions.labelled(CONTACTS, COMPANIES, label).association_type_id == 1

    def test_a_plain_association_has_no_label_to_be_found_by(self, definitions):
        assert definitions.labelled(CONTACTS, COMPANIES, "contact to company") is None
        assert definitions.labelled(CONTACTS, COMPANIES, "") is None

    def test_a_new_label_has_both_directions(self, definitions):
        there, back = definitions.define_association_label(
            CONTACTS, COMPANIES, "Billing partner", inverse_label="Billed by"
        )
        assert (there.association_type_id, back.association_type_id) == (1, 2)
        assert (there.inverse, back.inverse) == (2, 1)
        assert (there.label, back.label) == ("Billing partner", "Billed by")
        assert definitions.labelled(CONTACTS, COMPANIES, "billing partner") == there
        assert definitions.labelled(COMPANIES, CONTACTS, "Billed By") == back
        assert definitions.association_types(CONTACTS, COMPANIES)[-1] == there
        assert definitions.default_association(CONTACTS, COMPANIES).association_type_id == 279

    def test_one_label_among_contacts_is_its_own_inverse(self, definitions):
        there, back = definitions.define_association_label(CONTACTS, CONTACTS, "Spouse")
        assert there == back
        assert there.inverse == there.association_type_id

    def test_two_labels_among_contacts_are_two_types(self, definitions):
        manager, employee = definitions.define_association_label(
            CONTACTS, CONTACTS, "Manager", inverse_label="Employee"
        )
        assert definitions.labelled(CONTACTS, CONTACTS, "employee") == employee
        assert manager.inverse == employee.association_type_id != manager.association_type_id

    @pytest.mark.parametrize(
        ("label", "name", "field"),
        [
            ("Partner", None, "label"),
            ("partner", "other", "label"),
            ("Other", "partner", "name"),
            ("Primary", None, "label"),
            (" ", None, "label"),
            ("Other", "my-name", "name"),
            ("Other", "1st", "name"),
        ],
    )
    def test_a_label_that_is_taken_or_impossible_is_refused(self, definitions, label, name, field):
        definitions.define_association_label(CONTACTS, COMPANIES, "Partner")
        with pytest.raises(DefinitionError) as refusal:
            definitions.define_association_label(CONTACTS, COMPANIES, label, name=name)
        assert refusal.value.field == field

    def test_a_custom_object_type_has_plain_associations_in_both_directions(self, definitions, cars):
        for other in (CONTACTS, COMPANIES):
            there = definitions.default_association(cars.object_type_id, other)
            back = definitions.default_association(other, cars.object_type_id)
            assert there.inverse == back.association_type_id
            assert back.inverse == there.association_type_id
            assert there.category == "USER_DEFINED"
        assert definitions.default_association(cars.object_type_id, DEALS) is None
        assert definitions.default_association(cars.object_type_id, CONTACTS).name == "cars_to_contact"

    def test_a_custom_object_type_is_associated_with_itself_where_it_says_so(self, definitions, cars):
        own = definitions.default_association(cars.object_type_id, cars.object_type_id)
        assert own.inverse == own.association_type_id

    def test_a_custom_object_type_is_associated_with_activities_unasked(self, definitions):
        boats = definitions.define_object_type(NewObjectType("boats")).object_type_id
        ends = [row.to_object_type_id for row in definitions.association_types_of(boats)]
        assert [definitions.object_type(end).name for end in ends] == ["tasks", "notes", "meetings", "calls", "emails"]

    def test_two_object_types_are_associated_once(self, definitions, cars):
        first = definitions.define_association(cars.object_type_id, DEALS)
        assert definitions.define_association(cars.object_type_id, DEALS) == first
        assert definitions.define_association(CONTACTS, COMPANIES).association_type_id == 279


class TestUnknownNames:
    def test_a_strict_portal_makes_nothing(self, definitions):
        assert definitions.make_unknown_property(CONTACTS, "shoe_size") is None
        assert definitions.make_unknown_object_type("cars") is None
        assert definitions.custom_object_types() == []

    def test_a_lenient_portal_makes_a_text_property(self, lenient):
        made = lenient.make_unknown_property(CONTACTS, "shoe_size", at=7)
        assert (made.type, made.field_type, made.created_at) == ("string", "text", 7)
        assert lenient.property(CONTACTS, "shoe_size") == made

    @pytest.mark.parametrize("name", ["", "Shoe Size", "shoe-size"])
    def test_what_no_property_is_called_stays_unknown(self, lenient, name):
        assert lenient.make_unknown_property(CONTACTS, name) is None

    @pytest.mark.parametrize(
        ("asked", "name", "type_id"),
        [
            ("cars", "cars", "2-1000001"),
            ("p_cars", "cars", "2-1000001"),
            ("p12345678_cars", "cars", "2-1000001"),
            ("2-3444025", "object_3444025", "2-3444025"),
        ],
    )
    def test_a_lenient_portal_makes_an_object_type_that_is_then_found(self, lenient, asked, name, type_id):
        made = lenient.make_unknown_object_type(asked)
        assert (made.name, made.object_type_id) == (name, type_id)
        assert lenient.object_type(asked) == made
        assert lenient.default_association(CONTACTS, type_id)

    @pytest.mark.parametrize("asked", ["", "0-999", "my cars", "2-x"])
    def test_what_no_object_type_is_called_stays_unknown(self, lenient, asked):
        assert lenient.make_unknown_object_type(asked) is None


class TestOwners:
    def test_owners_are_counted_and_sorted_by_id(self, definitions):
        ada = definitions.define_owner("ada@example.com", first_name="Ada", last_name="Lovelace", at=5)
        bob = definitions.define_owner("bob@example.com", owner_id=42, archived=True)
        assert definitions.owners() == (bob, ada)
        assert ada.id > 30_000_000
        assert ada.user_id != ada.id
        assert ada.full_name == "Ada Lovelace"
        assert (ada.type, bob.full_name) == (OwnerType.PERSON, "")

    def test_an_owner_changes_by_id(self, definitions):
        ada = definitions.define_owner("ada@example.com", at=5)
        definitions.define_owner("ada@example.com", owner_id=ada.id, last_name="King", at=9)
        assert [(row.id, row.last_name, row.created_at, row.updated_at) for row in definitions.owners()] == [
            (ada.id, "King", 5, 9)
        ]

    @pytest.mark.parametrize("email", ["ada", "ADA@example.com"])
    def test_an_email_that_is_none_or_taken_is_refused(self, definitions, email):
        definitions.define_owner("ada@example.com")
        with pytest.raises(DefinitionError, match="email"):
            definitions.define_owner(email)


class TestKeeping:
    def define(self, definitions: Definitions) -> None:
        definitions.define_object_type(NewObjectType("cars", properties=[text("vin", has_unique_value=True)]))
        definitions.define_property(CONTACTS, text("shoe_size"))
        definitions.define_property(DEALS, replace(definitions.property(DEALS, "amount"), label="Value"))
        definitions.define_association_label(CONTACTS, COMPANIES, "Partner", inverse_label="Partner of")
        definitions.define_owner("ada@example.com")

    def all_of(self, definitions: Definitions) -> object:
        types = definitions.object_types()
        return (
            types,
            [dict(definitions.properties(row.object_type_id)) for row in types],
            [definitions.identifiers(row.object_type_id) for row in types],
            [definitions.association_types_of(row.object_type_id) for row in types],
            definitions.owners(),
        )

    def test_definitions_survive_reopening_the_file(self, tmp_path):
        store = Store(tmp_path / "portal.db")
        definitions = Definitions(store, PortalSettings())
        self.define(definitions)
        before = self.all_of(definitions)
        store.close()
        store = Store(tmp_path / "portal.db")
        again = Definitions(store, PortalSettings())
        assert self.all_of(again) == before
        assert again.define_object_type(NewObjectType("boats")).object_type_id == "2-1000002"
        store.close()

    def test_a_restored_portal_knows_what_it_knew(self, store, definitions):
        self.define(definitions)
        before = self.all_of(definitions)
        snapshot = store.copy()
        definitions.define_property(CONTACTS, text("hat_size"))
        definitions.define_object_type(NewObjectType("boats"))
        assert self.all_of(definitions) != before
        store.replace(snapshot)
        definitions.reload()
        assert self.all_of(definitions) == before

    def test_an_emptied_portal_knows_the_catalog_alone(self, store, definitions):
        fresh = self.all_of(definitions)
        self.define(definitions)
        store.replace(None)
        definitions.reload()
        assert self.all_of(definitions) == fresh

    def test_what_a_rolled_back_transaction_defined_is_gone_after_reload(self, store, definitions):
        fresh = self.all_of(definitions)

        def fail_halfway() -> None:
            with store.transaction():
                self.define(definitions)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail_halfway()
        definitions.reload()
        assert self.all_of(definitions) == fresh

    def test_two_portals_share_nothing_but_the_catalog(self, definitions):
        other = Definitions(Store(), PortalSettings())
        self.define(definitions)
        assert other.object_type("cars") is None
        assert other.property(CONTACTS, "shoe_size") is None
        assert other.owners() == ()


@given(st.text(max_size=30))
def test_every_label_has_a_name_that_hubspot_takes(label):
    definitions = Definitions(Store(), PortalSettings())
    if label.strip():
        there, _ = definitions.define_association_label(CONTACTS, COMPANIES, f"{label} x")
        assert there.name == label_name(f"{label} x")


@given(st.from_regex(r"[a-z][a-z0-9_]{0,99}", fullmatch=True))
def test_every_name_of_the_documented_form_is_taken(name):
    check_property_name(name)


DEFINING: dict[str, Callable[[Definitions, int], object]] = {
    "object types": lambda definitions, n: definitions.define_object_type(NewObjectType(f"type_{n}")),
    "properties": lambda definitions, n: definitions.define_property(CONTACTS, text(f"property_{n}")),
    "labels": lambda definitions, n: definitions.define_association_label(CONTACTS, COMPANIES, f"Label {n}"),
    "owners": lambda definitions, n: definitions.define_owner(f"owner-{n}@example.com"),
}


class TestGrowth:
    """Defining one more costs the same however many there are; what was read is not read again."""

    @pytest.mark.parametrize("kind", DEFINING)
    def test_the_hundredth_definition_runs_the_statements_of_the_second(self, kind, definitions, store):
        def statements(number: int) -> int:
            count = 0

            def note(_: str) -> None:
                nonlocal count
                count += 1

            store._connection.set_trace_callback(note)
            DEFINING[kind](definitions, number)
            store._connection.set_trace_callback(None)
            return count

        counts = [statements(number) for number in range(1, 101)]
        assert counts[1] == counts[99] > 0

    @pytest.mark.parametrize("kind", DEFINING)
    def test_what_was_kept_meanwhile_is_what_the_database_holds(self, kind, definitions, store):
        for number in range(30):
            DEFINING[kind](definitions, number)
        again = Definitions(store, PortalSettings())
        assert definitions.custom_object_types() == again.custom_object_types()
        assert definitions.properties(CONTACTS) == again.properties(CONTACTS)
        assert definitions.association_types_of(CONTACTS) == again.association_types_of(CONTACTS)
        assert definitions.association_types_of(COMPANIES) == again.association_types_of(COMPANIES)
        assert definitions.owners() == again.owners()
