"""Pulling an account: another server that loads what was pulled answers and imports as the account does."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mockserver import MockHubSpot
from mockserver.live.account_client import AccountClient, AccountProblem, Unauthorized, Unreachable
from mockserver.live.portal_file import new_text, updated_text
from mockserver.live.pull import UnknownObjectType, Wanted, pull
from mockserver.live.pulled import Pulled
from tests.live.real_account import Account, account, differences

HEADER = "# HubSpot account 1 at http://127.0.0.1, pulled on 2026-01-15 by hubspot-mock"


def pulled_from(one: Account, wanted: Wanted | None = None, **options: Any) -> tuple[Pulled, AccountClient]:
    client = AccountClient(one.hubspot.url, options.pop("token", one.hubspot.token), **options)
    return pull(client, wanted or Wanted()), client


def text_of(pulled: Pulled) -> str:
    return new_text(pulled.portal, pulled.seeds, name="pulled", header=HEADER)


def loaded(text: str, folder: Path) -> MockHubSpot:
    path = folder / "portal.toml"
    path.write_text(text, "utf-8")
    return MockHubSpot(path)


# -- any account -------------------------------------------------------------------------------------------------------

texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\"'\\#[]"), min_size=1, max_size=12
)
labels = texts.filter(str.strip)
orders = st.integers(-1, 9)
words = st.sampled_from(["alpha", "beta", "gamma", "delta", "to_go", "x1"])
KINDS = [
    ("string", "text"),
    ("string", "textarea"),
    ("number", "number"),
    ("date", "date"),
    ("datetime", "date"),
    ("bool", "booleancheckbox"),
    ("enumeration", "select"),
    ("enumeration", "checkbox"),
]
options = st.lists(
    st.fixed_dictionaries(
        {"label": labels, "value": labels},
        optional={"displayOrder": orders, "hidden": st.booleans(), "description": texts},
    ),
    max_size=4,
    unique_by=lambda option: option["value"],
)
CHANGED = {
    "contacts": ("email", "jobtitle", "hs_lead_status", "lifecyclestage", "hubspot_owner_id", "hs_object_id"),
    "companies": ("name", "industry"),
    "deals": ("dealname", "dealstage", "dealtype"),
    "tickets": ("subject", "hs_pipeline_stage", "hs_ticket_priority"),
}


@st.composite
def properties(draw: st.DrawFn) -> dict[str, Any]:
    kind, field = draw(st.sampled_from(KINDS))
    body: dict[str, Any] = {"name": f"own_{draw(words)}", "label": draw(labels), "type": kind, "fieldType": field}
    if kind == "enumeration":
        body["options"] = draw(options)
    more = {
        "description": texts,
        "displayOrder": orders,
        "hidden": st.booleans(),
        "formField": st.booleans(),
        "showCurrencySymbol": st.booleans(),
        "hasUniqueValue": st.booleans() if kind in {"string", "number"} else st.just(False),
    }
    return body | draw(st.fixed_dictionaries({}, optional=more))


DEFAULTS = st.sampled_from(["deals/default", "tickets/0"])
LIFE = st.sampled_from(["lead", "subscriber", "customer"])
stages = st.lists(
    st.fixed_dictionaries({"label": labels, "displayOrder": orders, "metadata": st.just({"probability": "0.4"})}),
    min_size=1,
    max_size=3,
    unique_by=lambda stage: stage["label"].casefold(),
)


ACTS = (
    "group", "property", "change", "pipeline", "default", "drop", "label", "archive", "associate", "life", "schema",
    "stage",
)  # fmt: skip


@st.composite
def calls(draw: st.DrawFn) -> list[tuple[str, str, Any]]:
    """Calls that change an account; {0} and {1} are the names of its custom object types."""
    made: list[tuple[str, str, Any]] = []
    customs = draw(st.integers(0, 2))
    for number in range(customs):
        own = draw(st.lists(properties(), min_size=1, max_size=3, unique_by=lambda body: body["name"]))
        names = [body["name"] for body in own]
        associated = ["CONTACT", "0-46", *(["thing_0"] if number else [])]
        made.append((
            "POST",
            "/crm-object-schemas/v3/schemas",
            {
                "name": f"thing_{number}",
                "labels": {"singular": draw(labels), "plural": draw(labels)},
                "description": draw(st.just("") | texts),
                "properties": own,
                "primaryDisplayProperty": draw(st.sampled_from(names)),
                "requiredProperties": draw(st.lists(st.sampled_from(names), unique=True)),
                "secondaryDisplayProperties": draw(st.lists(st.sampled_from(names), unique=True)),
                "associatedObjects": draw(st.lists(st.sampled_from(associated), unique=True)),
            },
        ))  # fmt: skip
    types = [*CHANGED, "products", *(f"thing_{number}" for number in range(customs))]
    some_type = st.sampled_from(types)
    for _ in range(draw(st.integers(0, 12))):
        here, there = draw(some_type), draw(some_type)
        match draw(st.sampled_from(ACTS)):
            case "group":
                body = {"name": f"group_{draw(words)}", "label": draw(labels), "displayOrder": draw(orders)}
                made.append(("POST", f"/crm/v3/properties/{here}/groups", body))
                inside = draw(properties()) | {"groupName": body["name"]}
                made.append(("POST", f"/crm/v3/properties/{here}", inside))
            case "property":
                group = f"{here.removesuffix('s').replace('companie', 'company')}information"
                if here.startswith("thing"):
                    group = f"{here}_information"
                made.append(("POST", f"/crm/v3/properties/{here}", draw(properties()) | {"groupName": group}))
            case "change":
                owner = draw(st.sampled_from(sorted(CHANGED)))
                more = {"label": labels, "description": texts, "hidden": st.booleans(), "displayOrder": orders}
                change = draw(st.fixed_dictionaries({}, optional={**more, "options": options}))
                name = draw(st.sampled_from(CHANGED[owner]))
                if name == "hubspot_owner_id":  # its options are people, and not pulled
                    change.pop("options", None)
                made.append(("PATCH", f"/crm/v3/properties/{owner}/{name}", change))
            case "pipeline":
                body = {"label": draw(labels), "displayOrder": draw(orders), "stages": draw(stages)}
                made.append(("POST", f"/crm/v3/pipelines/{here}", body))
            case "default":
                path = draw(DEFAULTS)
                more = {"label": labels, "displayOrder": orders}
                made.append(("PATCH", f"/crm/v3/pipelines/{path}", draw(st.fixed_dictionaries({}, optional=more))))
                if draw(st.booleans()):
                    made.append(
                        ("DELETE", f"/crm/v3/pipelines/{path}/stages/{draw(st.sampled_from(['1', '2']))}", None)
                    )
            case "associate":
                ends = {"fromObjectTypeId": here, "toObjectTypeId": there, "name": "x"}
                if "thing" in here + there:  # others cannot be associated in HubSpot
                    made.append(("POST", f"/crm-object-schemas/v3/schemas/{here}/associations", ends))
            case "life":
                path = f"/crm/v3/pipelines/contacts/contacts-lifecycle-pipeline/stages/{draw(LIFE)}"
                made.append(("PATCH", path, {"label": draw(labels), "displayOrder": draw(orders)}))
            case "schema":
                body = {"labels": {"plural": draw(labels)}, "clearDescription": draw(st.booleans())}
                made.append(("PATCH", f"/crm-object-schemas/v3/schemas/{here}", body))
            case "stage":
                body = {"label": draw(labels), "displayOrder": draw(orders), "metadata": {"probability": "0.7"}}
                made.append(("POST", f"/crm/v3/pipelines/{draw(DEFAULTS)}/stages", body))
            case "drop":
                made.append(("DELETE", "/crm/v3/pipelines/deals/default", None))
            case "label":
                body = {"label": draw(labels), "name": f"name_{draw(words)}"}
                body |= draw(st.fixed_dictionaries({}, optional={"inverseLabel": labels}))
                made.append(("POST", f"/crm/v4/associations/{here}/{there}/labels", body))
            case _:
                made.append(
                    ("DELETE", f"/crm/v3/properties/{draw(st.sampled_from(types[:5]))}/own_{draw(words)}", None)
                )
    return made


@pytest.mark.slow
# Shrinking an account takes minutes, and the first difference says more.
@settings(max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(changes=calls(), currency=st.sampled_from(["USD", "EUR"]), time_zone=st.sampled_from(["UTC", "Asia/Tokyo"]))
def test_a_server_that_loads_what_was_pulled_answers_and_imports_as_the_account(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, str, Any]], currency: str, time_zone: str
) -> None:
    portal = {"id": 4711, "currency": currency, "time_zone": time_zone}
    with account({"name": "real", "portal": portal}) as real:
        for method, path, body in changes:  # some are refused, as in life
            real.call(method, path, body)
        pulled, _ = pulled_from(real)
        assert pulled.notes == []
        with loaded(text_of(pulled), tmp_path_factory.mktemp("pulled")) as ours:
            assert differences(real.definitions(), Account(ours).definitions()) == []
            assert imported(real.hubspot) == imported(ours)


@pytest.mark.slow
@settings(max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(before=calls(), after=calls())
def test_a_file_that_is_updated_is_as_good_as_a_new_one(
    tmp_path_factory: pytest.TempPathFactory, before: list[tuple[str, str, Any]], after: list[tuple[str, str, Any]]
) -> None:
    with account() as real:
        for method, path, body in before:
            real.call(method, path, body)
        text = text_of(pulled_from(real)[0])
        for method, path, body in after:
            real.call(method, path, body)
        pulled, _ = pulled_from(real)
        now, changes = updated_text(text, pulled.portal, pulled.seeds, header=HEADER, was_read=pulled.was_read)
        assert changes.kept == []
        assert tomllib.loads(now) == tomllib.loads(text_of(pulled))
        with loaded(now, tmp_path_factory.mktemp("updated")) as ours:
            assert differences(real.definitions(), Account(ours).definitions()) == []


def imported(hubspot: MockHubSpot) -> list[Any]:
    """What becomes of one file that has a bit of everything: its import, its errors and its records."""
    types = {row["name"]: row for row in Account(hubspot).ask("/crm-object-schemas/v3/schemas")["results"]}
    own = [row["name"] for row in Account(hubspot).ask("/crm/v3/properties/contacts")["results"]]
    own = [name for name in own if name.startswith("own_")][:3]
    custom = next(iter(types), None)
    header = ["Email", "Deal", "Stage", *own, *(["Thing"] if custom else [])]
    columns = [mapping("0-1", "Email", "email"), mapping("0-3", "Deal", "dealname")]
    columns += [mapping("0-3", "Stage", "dealstage"), *(mapping("0-1", name, name) for name in own)]
    if custom:
        columns.append(mapping(types[custom]["objectTypeId"], "Thing", types[custom]["primaryDisplayProperty"]))
    rows = [
        [f"ada{number}@example.com", f"Deal {number}", stage, *(value for _ in own), *(["12"] if custom else [])]
        for number, (stage, value) in enumerate([("appointmentscheduled", "1"), ("nonsense", "true"), ("", "x")])
    ]
    page = {"hasHeader": True, "columnMappings": columns}
    request = {"name": "all", "files": [{"fileName": "all.csv", "fileFormat": "CSV", "fileImportPage": page}]}
    csv = "\n".join(",".join(row) for row in [header, *rows]) + "\n"
    with AccountClient(hubspot.url, hubspot.token) as client:
        files = [("files", ("all.csv", csv.encode(), "text/csv"))]
        made = client.send("POST", "/crm/v3/imports", fields={"importRequest": json.dumps(request)}, files=files)
        if made.status != 200:
            return [made.status, made.message]
        ended = client.get(f"/crm/v3/imports/{made.json['id']}")
        errors = client.get(f"/crm/v3/imports/{made.json['id']}/errors")["results"]
    written = [sorted(map(sorted_items, hubspot.records(name))) for name in ("contacts", "deals", *types)]
    return [ended["state"], ended["metadata"]["counters"], [row["errorType"] for row in errors], written]


def sorted_items(record: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(record.items())


def mapping(type_id: str, column: str, name: str) -> dict[str, Any]:
    return {"columnObjectTypeId": type_id, "columnName": column, "propertyName": name}


# -- single things -----------------------------------------------------------------------------------------------------


def test_an_account_like_any_other_gives_a_scenario_of_a_name_alone() -> None:
    with account() as real:
        pulled, _ = pulled_from(real, Wanted(owners="named", lists=True))
    lines = text_of(pulled).splitlines()
    assert [line for line in lines if not line.startswith("#")] == ['name = "pulled"']
    assert pulled.notes == []


def test_details_of_the_account_that_this_server_cannot_have_are_left_out_and_named() -> None:
    with account() as real:
        body = real.ask("/account-info/v3/details")
        body |= {"accountType": "PARTNER", "timeZone": "Mars/Olympus", "companyCurrency": "EUR", "portalId": 99}
        real.hubspot.faults.add(operation="account.details", response={"status": 200, "body": json.dumps(body)})
        pulled, _ = pulled_from(real)
    assert pulled.portal == {"id": 99, "currency": "EUR"}
    assert pulled.notes == [
        "the account: timeZone is left out, because this server has no 'Mars/Olympus'",
        "the account: accountType is left out, because this server has no 'PARTNER'",
    ]


@pytest.mark.slow
def test_only_reads_are_sent_and_a_large_account_needs_few_of_them() -> None:
    with account() as real:
        for number in range(40):
            own = [{"name": f"p{n}", "label": "P", "type": "string", "fieldType": "text"} for n in range(25)]
            labels = {"singular": f"T{number}", "plural": f"T{number}s"}
            schema = {"name": f"type_{number}", "labels": labels, "properties": own, "associatedObjects": ["CONTACT"]}
            real.make("/crm-object-schemas/v3/schemas", schema)
        for start in range(0, 1000, 100):
            inputs = [
                {"name": f"q{n}", "label": "Q", "type": "number", "fieldType": "number", "groupName": "dealinformation"}
                for n in range(start, start + 100)
            ]
            real.make("/crm/v3/properties/deals/batch/create", {"inputs": inputs})
        for number in range(5):
            real.make(f"/crm/v4/associations/contacts/type_{number}/labels", {"label": "Likes", "name": "likes"})
        real.hubspot.journal.clear()
        pulled, client = pulled_from(real, Wanted(owners="named", lists=True))
        assert pulled.notes == []
        counts = {kind: len(seeds) for kind, seeds in pulled.seeds.items() if seeds}
        assert counts == {"properties": 2000, "object_types": 40, "labels": 5}
        assert client.calls <= 120
        sent = {(entry.method, entry.operation) for entry in real.hubspot.journal}
        assert {operation for method, operation in sent if method != "GET"} == {"lists.search"}


def test_a_refusal_for_too_many_calls_is_waited_for_as_its_header_says() -> None:
    with account() as real:
        response = {"status": 429, "headers": {"Retry-After": "3"}, "body": "{}"}
        real.hubspot.faults.add(path="/crm/*", every=5, response=response, times=4)
        waits: list[float] = []
        pulled, client = pulled_from(real, wait=waits.append)
    assert waits == [3.0] * 4
    assert pulled.notes == []
    assert client.calls > 30


def test_the_limits_of_an_account_are_respected() -> None:
    with account({"name": "small", "limits": {"burst": 20}}, pace="manual") as real:
        _, client = pulled_from(real, wait=lambda seconds: real.hubspot.clock.advance(seconds=seconds))
        assert {entry.status for entry in real.hubspot.journal} == {200}
        assert client.calls > 30


@pytest.mark.parametrize(
    ("lacking", "note"),
    [
        ("crm.schemas.custom.read", "custom objects: left out, because the token lacks custom-object-read"),
        ("crm.objects.owners.read", "owners: left out, because the token lacks crm.objects.owners.read"),
        ("crm.lists.read", "lists: left out, because the token lacks crm.lists.read"),
    ],
)
def test_a_part_that_the_token_may_not_read_is_left_out_and_its_scope_named(lacking: str, note: str) -> None:
    all_scopes = {
        "crm.schemas.custom.read",
        "crm.objects.owners.read",
        "crm.lists.read",
        *(f"crm.schemas.{name}.read" for name in ("contacts", "companies", "deals", "tickets", "products")),
        *(f"crm.objects.{name}.read" for name in ("contacts", "companies", "deals", "tickets", "products")),
        "crm.objects.leads.read",
        "crm.objects.line_items.read",
        "crm.schemas.line_items.read",
        "tickets",
        "e-commerce",
    }
    with account() as real:
        real.hubspot.seed(
            owners=[{"email": "olga@example.com"}],
            lists=[{"name": "All"}],
            properties=[{"object_type": "contacts", "name": "own"}],
            object_types=[{"name": "cars", "properties": [{"name": "plate"}]}],
        )
        token = real.hubspot.app(scopes=sorted(all_scopes - {lacking})).token
        wanted = Wanted(("contacts",), owners="named", lists=True)
        if lacking == "crm.schemas.custom.read":
            wanted = Wanted(owners="named", lists=True)
        pulled, _ = pulled_from(real, wanted, token=token)
    assert note in pulled.notes
    assert [seed["name"] for seed in pulled.seeds["properties"] if seed["object_type"] == "contacts"] == ["own"]


def test_a_token_that_is_not_valid_ends_the_pull() -> None:
    scenario = {"name": "closed", "access": "declared", "apps": [{"name": "app", "token": "pat-na1-app"}]}
    with account(scenario) as real, pytest.raises(Unauthorized):
        pulled_from(real, token="pat-na1-other")


def test_types_can_be_chosen() -> None:
    with account() as real:
        for name in ("cars", "boats"):
            real.hubspot.seed(object_types=[{"name": name, "properties": [{"name": "name"}]}])
        real.hubspot.seed(properties=[{"object_type": name, "name": "own"} for name in ("deals", "orders", "tickets")])
        pulled, _ = pulled_from(real, Wanted(("orders", "DEAL", "boats")))
        assert {seed["object_type"] for seed in pulled.seeds["properties"]} == {"orders", "deals", "boats"}
        assert [seed["name"] for seed in pulled.seeds["object_types"]] == ["boats"]
        with pytest.raises(UnknownObjectType, match="neither HubSpot nor the account has an object type 'plane'"):
            pulled_from(real, Wanted(("plane",)))
        with pytest.raises(UnknownObjectType, match="'plane'"):
            pulled_from(real, Wanted(("all", "plane")))


def test_owners_are_people_and_pulled_only_if_asked_for() -> None:
    ada = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace", "id": 77, "user_id": 5}
    with account() as real:
        real.hubspot.seed(owners=[ada, {"email": "gone@example.com", "id": 78, "archived": True}])
        assert "owners" not in pulled_from(real)[0].seeds
        named, _ = pulled_from(real, Wanted(("contacts",), owners="named"))
        assert named.seeds["owners"][0] == {
            "id": 77,
            "email": "ada@example.com",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "user_id": 5,
        }
        anonymous, client = pulled_from(real, Wanted(("contacts",), owners="anonymous"))
        assert anonymous.seeds["owners"] == [
            {"id": 77, "email": "owner-77@example.com", "first_name": "Owner", "last_name": "77"},
            {
                "id": 78,
                "email": "owner-78@example.com",
                "first_name": "Owner",
                "last_name": "78",
                "archived": True,
            },
        ]
        text = text_of(anonymous)
        for secret in ("Ada", "ada@", "Lovelace", "gone@", real.hubspot.token):
            assert secret not in text
        assert client.calls > 0


def test_lists_are_pulled_by_name_and_types() -> None:
    with account() as real:
        real.make("/crm/v3/lists", {"name": "Buyers", "objectTypeId": "0-2", "processingType": "MANUAL"})
        real.hubspot.seed(lists=[{"name": f"list {n:03}", "processing_type": "DYNAMIC"} for n in range(510)])
        pulled, _ = pulled_from(real, Wanted(("contacts", "companies"), lists=True))
    assert len(pulled.seeds["lists"]) == 511
    assert {"name": "Buyers", "object_type": "companies"} in pulled.seeds["lists"]


def test_what_this_server_refuses_is_left_out_and_named() -> None:
    with account() as real:
        body = real.ask("/crm-object-schemas/v3/schemas/contacts")
        made = body["properties"][0] | {"name": "Odd-Name", "type": "string", "fieldType": "text", "options": []}
        body["properties"].append(made | {"hubspotDefined": False})
        fault = {"status": 200, "body": json.dumps(body)}
        real.hubspot.faults.add(path="/crm-object-schemas/v3/schemas/contacts", response=fault)
        real.hubspot.seed(properties=[{"object_type": "contacts", "name": "own"}])
        pulled, _ = pulled_from(real, Wanted(("contacts",)))
    assert [note.partition(" must ")[0] for note in pulled.notes] == [
        "contacts Odd-Name: left out, because this server refuses it: seed.properties[0].name: 'Odd-Name'"
    ]


def test_two_pulls_of_one_account_give_the_same_bytes() -> None:
    with account() as real:
        real.hubspot.seed(
            properties=[{"object_type": "contacts", "name": name} for name in ("b", "a")],
            labels=[{"from_type": "contacts", "to_type": "deals", "label": label} for label in ("Y", "X")],
        )
        assert text_of(pulled_from(real)[0]) == text_of(pulled_from(real)[0])


def test_an_import_with_labels_stages_and_a_custom_object_has_the_same_outcome(tmp_path: Path) -> None:
    with account() as real:
        plate = {"name": "plate", "label": "Plate", "type": "string", "fieldType": "text", "hasUniqueValue": True}
        schema = {
            "name": "cars",
            "labels": {"singular": "Car", "plural": "Cars"},
            "properties": [plate],
            "requiredProperties": ["plate"],
            "associatedObjects": ["CONTACT"],
        }
        car = real.make("/crm-object-schemas/v3/schemas", schema)["objectTypeId"]
        label = {"label": "Driver", "inverseLabel": "Driven by", "name": "driver"}
        made = real.make(f"/crm/v4/associations/contacts/{car}/labels", label)["results"]
        group = {"name": "fleet", "label": "Fleet"}
        real.make("/crm/v3/properties/contacts/groups", group)
        tier = {"name": "tier", "label": "Tier", "type": "enumeration", "fieldType": "select", "groupName": "fleet"}
        tier["options"] = [{"label": "Gold", "value": "g"}, {"label": "Silver", "value": "s"}]  # type: ignore[assignment] # a list beside texts
        real.make("/crm/v3/properties/contacts", tier)
        stages = [{"label": "Asked", "displayOrder": 0, "metadata": {"probability": "0.3"}}]
        real.make("/crm/v3/pipelines/deals", {"label": "Renewals", "displayOrder": 1, "stages": stages})
        with loaded(text_of(pulled_from(real)[0]), tmp_path) as ours:
            outcomes = [fleet_import(one, car) for one in (real.hubspot, ours)]
            assert outcomes[0] == outcomes[1]
            assert outcomes[0]["errors"] == ["INVALID_ENUMERATION_OPTION", "INVALID_REQUIRED_PROPERTY"]
            links = ours.associations("contacts", "ada@example.com", "cars")
            assert {(link.type_id, link.label) for link in links} >= {(made[0]["typeId"], "Driver")}


def fleet_import(hubspot: MockHubSpot, car: str) -> dict[str, Any]:
    """Imports contacts with their cars, under a label, and deals in a pipeline of the account's own."""
    columns = [
        mapping("0-1", "Email", "email") | {"columnType": "HUBSPOT_ALTERNATE_ID"},
        mapping("0-1", "Tier", "tier"),
        mapping(car, "Plate", "plate") | {"columnType": "HUBSPOT_ALTERNATE_ID"},
        {"columnName": "Label", "columnType": "FLEXIBLE_ASSOCIATION_LABEL", "columnObjectTypeId": "0-1"}
        | {"toColumnObjectTypeId": car},
        mapping("0-3", "Deal", "dealname"),
        mapping("0-3", "Pipeline", "pipeline"),
        mapping("0-3", "Stage", "dealstage"),
    ]
    csv = (
        "Email,Tier,Plate,Label,Deal,Pipeline,Stage\n"
        "ada@example.com,Gold,B-AD 1,Driver,One,Renewals,Asked\n"
        "bob@example.com,Bronze,B-BO 2,Driver,Two,Renewals,appointmentscheduled\n"
    )
    page = {"hasHeader": True, "columnMappings": columns}
    request = {"name": "fleet", "files": [{"fileName": "fleet.csv", "fileFormat": "CSV", "fileImportPage": page}]}
    with AccountClient(hubspot.url, hubspot.token) as client:
        files = [("files", ("fleet.csv", csv.encode(), "text/csv"))]
        made = client.post("/crm/v3/imports", fields={"importRequest": json.dumps(request)}, files=files)
        ended = client.get(f"/crm/v3/imports/{made['id']}")
        errors = client.rows(f"/crm/v3/imports/{made['id']}/errors")
    records = {name: sorted(map(sorted_items, hubspot.records(name))) for name in ("contacts", "deals", "cars")}
    return {
        "state": ended["state"],
        "counters": ended["metadata"]["counters"],
        "errors": sorted({error["errorType"] for error in errors}),
        "messages": [error.get("errorMessage") for error in errors],
        "records": records,
    }


PEOPLE = [
    {"name": "hubspot_owner_id", "externalOptions": True, "referencedObjectType": "OWNER"},
    {"name": "approver", "externalOptions": False, "referencedObjectType": "OWNER"},
    {"name": "hs_shared_user_ids", "externalOptions": True},
    {"name": "hs_all_owner_ids", "externalOptions": True},
    {"name": "hs_lead_primary_company_owner", "externalOptions": True},
    {"name": "hs_user_ids_of_all_owners", "externalOptions": True},
]


@pytest.mark.parametrize("fields", PEOPLE, ids=lambda fields: fields["name"])
def test_options_that_are_people_are_not_pulled(fields: Mapping[str, Any]) -> None:
    with account() as real:
        body = real.ask("/crm-object-schemas/v3/schemas/contacts")
        body["properties"] = [one for one in body["properties"] if one["name"] != fields["name"]]
        own = {"label": "Whose", "type": "enumeration", "fieldType": "select", "groupName": "contactinformation"}
        stamps = {"createdUserId": "77", "updatedUserId": "ada@example.com"}
        options = [{"label": "Ada Lovelace (ada@example.com)", "value": "77", "hidden": False, "displayOrder": 0}]
        body["properties"].append(own | stamps | fields | {"options": options})
        fault = {"status": 200, "body": json.dumps(body)}
        real.hubspot.faults.add(path="/crm-object-schemas/v3/schemas/contacts", response=fault)
        pulled, _ = pulled_from(real, Wanted(("contacts",)))
    text = text_of(pulled)
    assert f'name = "{fields["name"]}"' in text
    for person in ("Ada", "ada@", "77"):
        assert person not in text


ROWS_OF_ANOTHER_SHAPE = ["", "null", "[]", '"x"', '{"results": [1]}', '{"results": [{}]}', '{"lists": [{}]}', "\ufffd"]


@pytest.mark.parametrize("body", ROWS_OF_ANOTHER_SHAPE)
@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/crm-object-schemas/v3/schemas", "custom objects"),
        ("/crm/v3/properties/contacts/groups", "property groups of contacts"),
        ("/crm/v3/pipelines/contacts", "pipelines of contacts"),
        ("/crm/v4/associations/contacts/contacts/labels", "association labels from contacts to contacts"),
        ("/crm/v3/owners", "owners"),
        ("/crm/v3/lists/search", "lists"),
    ],
)
def test_a_part_whose_answer_has_another_shape_is_left_out_and_named(path: str, part: str, body: str) -> None:
    with account() as real:
        real.hubspot.faults.add(path=path, response={"status": 200, "body": body})
        real.hubspot.seed(properties=[{"object_type": "contacts", "name": "own"}])
        pulled, _ = pulled_from(real, Wanted(("contacts",), owners="named", lists=True))
    assert [note.partition(": left out, because the account answered ")[0] for note in pulled.notes] == [part]
    assert [seed["name"] for seed in pulled.seeds["properties"]] == ["own"]


def test_custom_objects_that_the_token_may_not_read_are_not_called_unknown() -> None:
    with account() as real:
        real.hubspot.seed(object_types=[{"name": "cars", "properties": [{"name": "plate"}]}])
        token = real.hubspot.app(scopes=["crm.schemas.contacts.read"]).token
        with pytest.raises(UnknownObjectType, match=r"the account's own were not read: .* lacks custom-object-read"):
            pulled_from(real, Wanted(("cars",)), token=token)


def test_a_pull_that_may_read_nothing_is_a_failure() -> None:
    with account() as real:
        body = {"category": "MISSING_SCOPES", "errors": [{"context": {"requiredGranularScopes": ["oauth"]}}]}
        real.hubspot.faults.add(path="*", response={"status": 403, "body": json.dumps(body)})
        with pytest.raises(AccountProblem, match="nothing could be read; the account: left out, because the token"):
            pulled_from(real)


def test_an_address_below_that_of_the_account_is_said_to_be_none() -> None:
    with (
        account() as real,
        AccountClient(f"{real.hubspot.url}/crm/v3", real.hubspot.token) as client,
        pytest.raises(Unreachable, match=r"/crm/v3 does not answer as a HubSpot account does: .* 404"),
    ):
        pull(client, Wanted())


@pytest.mark.parametrize("body", ["<html></html>", "[]", '{"results": 1}', '{"portalId": "x"}'])
def test_an_address_that_is_no_hubspot_account_is_said_to_be_none(body: str) -> None:
    with account() as real:
        real.hubspot.faults.add(path="*", response={"status": 200, "body": body})
        with pytest.raises(Unreachable, match="does not answer as a HubSpot account does"):
            pulled_from(real)
