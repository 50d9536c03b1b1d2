"""Scenarios: each kind of mistake in a file is one clear message, and what a file seeds is in the portal."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mockserver.clock import Pace, to_millis
from mockserver.imports.upload_folder import UploadFolder
from mockserver.portal.portal import Portal
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import DEFAULT, Scenario, ScenarioError
from mockserver.scenario.files import load_scenario, scenario_names
from mockserver.scenario.plain_data import read_scenario
from mockserver.server import build_app
from mockserver.store.records import StoredRecord
from tests.databases import dump

MISTAKES = sorted((Path(__file__).parent.parent / "cases" / "scenarios").glob("*.toml"))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[UploadFolder]:
    uploads = UploadFolder(temporary=tmp_path)
    yield uploads
    uploads.close()


def opened(scenario: Scenario, folder: UploadFolder) -> Portal:
    return Portal(scenario, pace=Pace.MANUAL, uploads=folder)


def mistake(path: Path) -> str:
    with pytest.raises(ScenarioError) as refused:
        build_app(ServerOptions(scenario=load_scenario(str(path)), pace=Pace.MANUAL))
    return str(refused.value).removeprefix(f"{path}: ")


# -- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MISTAKES, ids=lambda path: path.stem)
def test_a_mistake_is_said_with_its_key_what_was_expected_and_what_was_meant(path: Path) -> None:
    expected = path.read_text("utf-8").splitlines()[0].removeprefix("# ")
    assert mistake(path) == expected


def test_a_server_does_not_start_on_a_mistake() -> None:
    path = MISTAKES[0].with_name("unknown-key.toml")
    done = subprocess.run(
        [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--scenario", str(path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{path}: portal.teir: there is no such key; did you mean 'tier'?" in line


def test_a_mistake_in_a_seed_names_the_file_on_the_command_line() -> None:
    path = MISTAKES[0].with_name("seed-bad-value.toml")
    done = subprocess.run(
        [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--scenario", str(path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert f"{path}: seed.records.contacts[0].email: expected " in done.stderr


def test_a_file_that_is_no_toml_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text('name = "x', "utf-8")
    assert mistake(path).startswith("not TOML: ")


def test_a_scenario_that_is_not_there_is_named_with_the_nearest_that_is() -> None:
    with pytest.raises(ScenarioError, match="did you mean 'happy-path'"):
        load_scenario("hapy-path")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert mistake(tmp_path / "nowhere.toml") == "No such file or directory"


def test_a_mistake_in_a_reset_leaves_the_portal_as_it_was(folder: UploadFolder) -> None:
    box = opened(load_scenario("two-apps"), folder)
    bad = read_scenario({"name": "bad", "seed": {"records": {"contacts": [{"email": "no"}]}}}, source="test")
    with pytest.raises(ScenarioError):
        box.reset(bad)
    assert (box.scenario.name, box.store.records.count("0-1")) == ("two-apps", 1)


# -- reading ----------------------------------------------------------------------------------------------------------


def test_a_scenario_needs_no_more_than_a_name() -> None:
    assert read_scenario({"name": "default", "description": DEFAULT.description}, source="test") == DEFAULT


@pytest.mark.parametrize("name", scenario_names())
def test_a_built_in_scenario_is_called_like_its_file(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.description
    build_app(ServerOptions(scenario=scenario, pace=Pace.MANUAL)).close()


# -- seeds ------------------------------------------------------------------------------------------------------------

SEEDED = """
name = "seeded"

[clock]
start = 2026-03-01T00:00:00Z

[[seed.object_types]]
name = "cars"
labels = ["Car", "Cars"]
primary_display_property = "plate"
associated_objects = ["contacts"]
properties = [
  { name = "plate", has_unique_value = true },
  { name = "color", type = "enumeration", options = ["red", { value = "blue", label = "Deep blue" }] },
]

[[seed.properties]]
object_type = "contacts"
name = "customer_number"
has_unique_value = true

[[seed.labels]]
from_type = "contacts"
to_type = "companies"
label = "Decision maker"
inverse_label = "Decided by"

[[seed.owners]]
email = "olga@example.com"
first_name = "Olga"
id = 31000077

[[seed.records.contacts]]
hs_object_id = 101
email = "Ada@Example.com"
firstname = "Ada"
hubspot_owner_id = 31000077
createdate = "2020-01-01T00:00:00Z"

[[seed.records.companies]]
domain = "example.com"
name = "Example"

[[seed.records.deals]]
dealname = "Big deal"
dealstage = "appointmentscheduled"
amount = 12.5

[[seed.records.cars]]
plate = "ES 1815"
color = "blue"

[[seed.csv]]
object_type = "contacts"
file = "people.csv"

[[seed.associations]]
from = "contacts/ada@example.com"
to = "companies/example.com"
label = "Decision maker"

[[seed.associations]]
from = "contacts/101"
to = "deals/Big deal"

[[seed.associations]]
from = "cars/ES 1815"
to = "contacts/alan@example.com"

[[seed.lists]]
name = "Pioneers"
members = ["ada@example.com", "alan@example.com"]
"""


@pytest.fixture
def seeded(tmp_path: Path, folder: UploadFolder) -> Portal:
    path = tmp_path / "seeded.toml"
    path.write_text(SEEDED, "utf-8")
    (tmp_path / "people.csv").write_text(
        "email,firstname,customer_number\nalan@example.com,Alan,7\ngrace@example.com,,8\n"
    )
    return opened(load_scenario(str(path)), folder)


def contents(box: Portal) -> list[str]:
    return dump(box.store.copy())


def by_email(box: Portal) -> dict[str, StoredRecord]:
    return {record.properties["email"]: record for record in box.store.records.all("0-1")}


def test_seeded_records_are_there_with_their_values_and_ids(seeded: Portal) -> None:
    people = by_email(seeded)
    assert list(people) == ["ada@example.com", "alan@example.com", "grace@example.com"]
    assert people["ada@example.com"].id == 101
    assert people["ada@example.com"].properties["createdate"] == "2020-01-01T00:00:00Z"
    assert people["alan@example.com"].properties["customer_number"] == "7"
    assert "firstname" not in people["grace@example.com"].properties, "an empty cell is no value"
    assert {record.created_at for record in people.values()} == {to_millis(datetime(2026, 3, 1, tzinfo=UTC))}


def test_seeded_definitions_are_there(seeded: Portal) -> None:
    cars = seeded.definitions.object_type("cars")
    assert cars is not None
    color = seeded.definitions.property(cars.object_type_id, "color")
    assert color is not None
    assert [(option.value, option.label) for option in color.options] == [("red", "red"), ("blue", "Deep blue")]
    assert "customer_number" in seeded.definitions.identifiers("0-1")
    assert [owner.id for owner in seeded.definitions.owners()] == [31000077]


def test_seeded_records_are_associated_both_ways(seeded: Portal) -> None:
    people = by_email(seeded)
    (company,) = seeded.store.records.all("0-2")
    there = seeded.store.associations.of([people["ada@example.com"].id], "0-2")
    back = seeded.store.associations.of([company.id], "0-1")
    label = seeded.definitions.labelled("0-1", "0-2", "Decision maker")
    assert label is not None
    assert {link.type_id for link in there} == {279, label.association_type_id}
    assert {link.type_id for link in back} == {280, label.inverse}
    (car,) = seeded.store.records.all("2-1000001")
    assert [link.to_id for link in seeded.store.associations.of([car.id])] == [people["alan@example.com"].id]


def test_seeded_lists_have_their_members(seeded: Portal) -> None:
    (row,) = seeded.store.lists.all()
    people = by_email(seeded)
    members = [record_id for record_id, _ in seeded.store.lists.members(row.id)]
    assert members == sorted([people["ada@example.com"].id, people["alan@example.com"].id])


def test_a_reset_brings_the_seeds_back(seeded: Portal) -> None:
    before = contents(seeded)
    with seeded.store.transaction():
        seeded.store.records.archive("0-1", [101], at=seeded.now)
    assert contents(seeded) != before
    seeded.reset()
    assert contents(seeded) == before


def test_portals_of_one_scenario_begin_alike_and_share_nothing(seeded: Portal, folder: UploadFolder) -> None:
    twin = opened(seeded.scenario, folder)
    assert contents(twin) == contents(seeded)
    with twin.store.transaction():
        twin.store.records.archive("0-1", [101], at=twin.now)
    assert len(by_email(seeded)) == 3


def test_a_data_file_is_seeded_once(tmp_path: Path, folder: UploadFolder) -> None:
    scenario = load_scenario("two-apps")
    for _ in range(2):
        box = Portal(scenario, pace=Pace.MANUAL, uploads=folder, data=tmp_path / "portal.db")
        assert box.store.records.count("0-1") == 1
        box.close()
