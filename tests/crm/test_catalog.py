"""The catalog: its tables are complete, consistent, and read only when asked for."""

import json
import subprocess
import sys
from importlib.resources import files

import pytest

from mockserver.crm import catalog
from mockserver.crm.schema import FIELD_TYPES, AssociationCategory, ObjectType, PropertyDefinition, check_property_name
from mockserver.refusals.rule import Evidence

TYPES = list(catalog.object_types().values())
FULL = [object_type for object_type in TYPES if object_type.properties_complete]
SYSTEM = {"hs_object_id", "hs_createdate", "hs_lastmodifieddate", "hs_object_source", "hs_object_source_id"}
LABELLED_SYSTEM = SYSTEM | {"hs_object_source_label", "hubspot_owner_id", "hs_unique_creation_key"}
MARKS = {str(mark) for mark in Evidence}

every_type = pytest.mark.parametrize("object_type", TYPES, ids=lambda row: row.name)


def struct_fields(struct: type[ObjectType | PropertyDefinition]) -> set[str]:
    return set(struct.__struct_encode_fields__)


def lines_of(name):
    return json.loads(files("mockserver.crm.catalog").joinpath(f"{name}.json").read_text("utf-8"))


def test_no_line_of_a_file_is_lost():
    assert [row.object_type_id for row in TYPES] == [line["objectTypeId"] for line in lines_of("object_types")]
    for row in FULL:
        listed = [line["name"] for line in lines_of(f"properties/{row.name}")]
        assert list(catalog.properties(row.object_type_id)) == listed
    associations = [row for rows in catalog.association_types().values() for row in rows]
    listed = [(line["fromObjectTypeId"], line["associationTypeId"]) for line in lines_of("associations")]
    assert [(row.from_object_type_id, row.association_type_id) for row in associations] == listed


def test_reading_the_catalog_module_reads_no_file():
    code = (
        "import sys, mockserver.crm.definitions; from mockserver.crm import catalog;"
        "sys.exit(catalog.object_types.cache_info().currsize + catalog.properties.cache_info().currsize)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_touching_one_object_type_reads_the_properties_of_no_other():
    code = (
        "import sys; from mockserver.crm import catalog; catalog.properties('0-1');"
        "sys.exit(catalog.properties.cache_info().currsize - 1)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_file_belongs_to_an_object_type_and_the_reverse():
    folder = files("mockserver.crm.catalog").joinpath("properties")
    assert {entry.name for entry in folder.iterdir()} == {f"{row.name}.json" for row in TYPES} | {"system.json"}


def test_no_line_holds_a_key_that_no_field_has():
    folder = files("mockserver.crm.catalog")
    for entry in folder.joinpath("properties").iterdir():
        for row in json.loads(entry.read_text("utf-8")):
            assert row.keys() <= struct_fields(PropertyDefinition), (entry.name, row["name"])
    for row in json.loads(folder.joinpath("object_types.json").read_text("utf-8")):
        assert row.keys() <= struct_fields(ObjectType), row["name"]


def test_no_name_means_two_object_types():
    names = [name for row in TYPES for name in {name.casefold() for name in catalog.names_of(row)}]
    assert len(names) == len(set(names)) == len(catalog.object_type_names())


@every_type
def test_an_object_type_names_only_properties_that_it_has(object_type):
    named = {
        object_type.primary_display_property,
        object_type.created_property,
        object_type.modified_property,
        *object_type.secondary_display_properties,
        *object_type.required_properties,
        *object_type.required_any_of,
        *object_type.import_identifiers,
        *object_type.searchable_properties,
        *object_type.default_properties,
    }
    assert named <= catalog.properties(object_type.object_type_id).keys()


@every_type
def test_every_object_type_has_the_system_properties_read_only(object_type):
    properties = catalog.properties(object_type.object_type_id)
    assert properties.keys() >= LABELLED_SYSTEM
    assert all(properties[name].read_only_value for name in SYSTEM)
    assert properties["hubspot_owner_id"].referenced_object_type == "OWNER"
    assert {object_type.created_property, object_type.modified_property, "hs_object_id"} <= set(
        object_type.default_properties
    )


@every_type
def test_properties_are_sound(object_type):
    properties = catalog.properties(object_type.object_type_id)
    for name, row in properties.items():
        check_property_name(name)
        assert row.name == name
        assert row.label
        assert row.group_name
        assert row.type in FIELD_TYPES
        assert row.hubspot_defined
        assert row.evidence in MARKS
        assert row.inferred_fields == tuple(sorted(set(row.inferred_fields)))
        assert set(row.inferred_fields) <= struct_fields(PropertyDefinition)
        values = [option.value for option in row.options]
        assert len(values) == len(set(values))
        assert row.type != "enumeration" or row.options or not row.options_complete, name


@every_type
def test_an_object_type_says_how_well_it_is_known(object_type):
    assert object_type.evidence in MARKS
    assert set(object_type.inferred_fields) <= struct_fields(ObjectType)


def test_every_association_type_has_its_other_direction():
    pairs = catalog.association_types()
    for (from_type, to_type), rows in pairs.items():
        for row in rows:
            back = [other for other in pairs[to_type, from_type] if other.association_type_id == row.inverse]
            assert [other.inverse for other in back] == [row.association_type_id], row
            assert row.category is AssociationCategory.HUBSPOT_DEFINED
            assert row.evidence in MARKS


def test_association_type_ids_are_given_once():
    ids = [row.association_type_id for rows in catalog.association_types().values() for row in rows]
    assert len(ids) == len(set(ids))


def test_every_pair_has_one_plain_association_and_no_label_twice():
    for pair, rows in catalog.association_types().items():
        labels = [row.label for row in rows]
        assert labels.count(None) == 1, pair
        assert len(labels) == len(set(labels)), pair
        assert [row.association_type_id for row in rows] == sorted(row.association_type_id for row in rows)
        assert set(pair) <= catalog.object_types().keys()


@pytest.mark.parametrize(
    ("pair", "plain", "primary"),
    [
        (("0-1", "0-2"), 279, 1),
        (("0-2", "0-1"), 280, 2),
        (("0-3", "0-2"), 341, 5),
        (("0-5", "0-2"), 339, 26),
        (("0-1", "0-3"), 4, None),
        (("0-1", "0-1"), 449, None),
    ],
)
def test_the_best_known_association_types_carry_their_documented_ids(pair, plain, primary):
    by_label = {row.label: row.association_type_id for row in catalog.association_types()[pair]}
    assert by_label[None] == plain
    assert by_label.get("Primary") == primary


def test_email_identifies_contacts_and_has_a_unique_value():
    contacts = catalog.object_types()["0-1"]
    assert contacts.import_identifiers == ("email",)
    assert catalog.properties("0-1")["email"].has_unique_value


def test_a_company_domain_identifies_without_being_unique():
    assert catalog.object_types()["0-2"].import_identifiers == ("domain",)
    assert not catalog.properties("0-2")["domain"].has_unique_value


@pytest.mark.parametrize(
    ("type_id", "name", "values"),
    [
        ("0-3", "pipeline", ["default"]),
        (
            "0-3",
            "dealstage",
            [
                "appointmentscheduled",
                "qualifiedtobuy",
                "presentationscheduled",
                "decisionmakerboughtin",
                "contractsent",
                "closedwon",
                "closedlost",
            ],
        ),
        ("0-5", "hs_pipeline", ["0"]),
        ("0-5", "hs_pipeline_stage", ["1", "2", "3", "4"]),
    ],
)
def test_stages_of_the_default_pipelines_are_options(type_id, name, values):
    definition = catalog.properties(type_id)[name]
    assert [option.value for option in definition.options] == values
    assert [option.display_order for option in definition.options] == list(range(len(values)))
    assert definition.external_options
    assert definition.options_complete


@pytest.mark.parametrize(
    ("type_id", "name"), [("0-2", "web_technologies"), ("0-1", "hs_language"), ("0-1", "hubspot_team_id")]
)
def test_a_short_list_of_options_says_so(type_id, name):
    assert not catalog.properties(type_id)[name].options_complete


def test_an_unknown_object_type_has_no_properties():
    assert catalog.properties("0-999") == {}


def test_the_catalog_cannot_be_changed():
    with pytest.raises(TypeError):
        catalog.properties("0-1")["mine"] = None
