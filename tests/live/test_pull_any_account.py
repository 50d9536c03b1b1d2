"""Pulling accounts at random: another server that loads what was pulled answers and imports as the account does."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mockserver import MockHubSpot
from mockserver.live.account_client import AccountClient
from mockserver.live.portal_file import updated_text
from tests.live.real_account import (
    HEADER,
    Account,
    account,
    differences,
    loaded,
    mapping,
    pulled_from,
    sorted_items,
    text_of,
)

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
    """Imports a file that uses each kind of definition, and returns the import, its errors and its records."""
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
