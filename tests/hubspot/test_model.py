"""Objects, imports and associations, in any order, against a model that is a few dicts."""

import json

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from mockserver.handle import MockHubSpot

EMAILS = st.sampled_from([f"{name}@example.com" for name in ("ada", "grace", "alan", "edsger", "barbara")])
NAMES = st.sampled_from(["Ada", "Grace", "Alan", ""])
TYPES = {"plain": (279, 280), "primary": (1, 2)}


class Portal(RuleBasedStateMachine):
    """A portal with contacts and companies, and what ought to be in it."""

    server = None

    def __init__(self) -> None:
        super().__init__()
        self.hubspot = MockHubSpot(server=self.server)
        self.http = self.hubspot.client()
        self.http.headers["Accept"] = "application/json"
        self.contacts: dict[str, dict[str, str]] = {}  # by id
        self.companies: set[str] = set()
        self.links: dict[tuple[str, str], set[int]] = {}  # (contact, company) -> association types

    def teardown(self) -> None:
        self.hubspot.close()

    def holder(self, email: str) -> str | None:
        return next((one for one, shown in self.contacts.items() if shown["email"] == email), None)

    def keep(self, record: str, **values: str) -> None:
        shown = self.contacts.setdefault(record, {})
        for name, value in values.items():
            if value:
                shown[name] = value
            else:
                shown.pop(name, None)

    # -- objects ---------------------------------------------------------------------------------------------------

    @rule(email=EMAILS, name=NAMES)
    def create(self, email: str, name: str) -> None:
        answer = self.http.post("/crm/v3/objects/contacts", json={"properties": {"email": email, "firstname": name}})
        present = self.holder(email)
        if present:
            assert answer.status_code == 409
            assert answer.json()["message"].endswith(f"Existing ID: {present}")
        else:
            assert answer.status_code == 201
            self.keep(answer.json()["id"], email=email, firstname=name)

    @rule()
    def create_company(self) -> None:
        answer = self.http.post("/crm/v3/objects/companies", json={"properties": {"name": "Acme"}})
        self.companies.add(answer.json()["id"])

    @precondition(lambda self: self.contacts)
    @rule(data=st.data(), name=NAMES)
    def rename(self, data: st.DataObject, name: str) -> None:
        record = data.draw(st.sampled_from(sorted(self.contacts)))
        answer = self.http.patch(f"/crm/v3/objects/contacts/{record}", json={"properties": {"firstname": name}})
        assert answer.status_code == 200
        self.keep(record, firstname=name)

    @precondition(lambda self: self.contacts)
    @rule(data=st.data(), email=EMAILS)
    def change_email(self, data: st.DataObject, email: str) -> None:
        record = data.draw(st.sampled_from(sorted(self.contacts)))
        answer = self.http.patch(f"/crm/v3/objects/contacts/{record}", json={"properties": {"email": email}})
        if self.holder(email) in {None, record}:
            assert answer.status_code == 200
            self.keep(record, email=email)
        else:
            assert answer.status_code == 400
            assert f"{self.holder(email)} already has that value." in answer.json()["message"]

    @rule(emails=st.lists(EMAILS, min_size=1, max_size=3, unique=True), name=NAMES)
    def upsert(self, emails: list[str], name: str) -> None:
        inputs = [{"id": email, "idProperty": "email", "properties": {"firstname": name}} for email in emails]
        answer = self.http.post("/crm/v3/objects/contacts/batch/upsert", json={"inputs": inputs})
        assert answer.status_code == 200
        for email, result in zip(emails, answer.json()["results"], strict=True):
            assert result["new"] is (self.holder(email) is None)
            self.keep(result["id"], email=email, firstname=name)

    @precondition(lambda self: self.contacts)
    @rule(data=st.data())
    def archive(self, data: st.DataObject) -> None:
        record = data.draw(st.sampled_from(sorted(self.contacts)))
        assert self.http.delete(f"/crm/v3/objects/contacts/{record}").status_code == 204
        del self.contacts[record]
        self.links = {pair: types for pair, types in self.links.items() if pair[0] != record}

    # -- imports ---------------------------------------------------------------------------------------------------

    @rule(
        rows=st.lists(st.tuples(EMAILS, NAMES), min_size=1, max_size=3, unique_by=lambda row: row[0]),
        operation=st.sampled_from(["UPSERT", "CREATE", "UPDATE"]),
    )
    def bring_in(self, rows: list[tuple[str, str]], operation: str) -> None:
        columns = [
            {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email"},
            {"columnObjectTypeId": "0-1", "columnName": "Name", "propertyName": "firstname"},
        ]
        columns[0]["columnType"] = "HUBSPOT_ALTERNATE_ID"
        page = {"hasHeader": True, "columnMappings": columns}
        request = {
            "name": "some",
            "importOperations": {"0-1": operation},
            "files": [{"fileName": "c.csv", "fileFormat": "CSV", "fileImportPage": page}],
        }
        text = "Email,Name\n" + "".join(f"{email},{name}\n" for email, name in rows)
        started = self.http.post(
            "/crm/v3/imports",
            data={"importRequest": json.dumps(request)},
            files={"files": ("c.csv", text.encode(), "text/csv")},
        )
        assert self.http.get(f"/crm/v3/imports/{started.json()['id']}").json()["state"] == "DONE"
        made = {record["email"]: record.id for record in self.hubspot.records("contacts")}
        for email, name in rows:
            present = self.holder(email)
            # a blank cell changes nothing
            if present and operation != "CREATE" and name:
                self.keep(present, firstname=name)
            if not present and operation != "UPDATE":
                self.keep(made[email], email=email, firstname=name)

    # -- associations ----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.contacts and self.companies)
    @rule(data=st.data(), kind=st.sampled_from(sorted(TYPES)), from_company=st.booleans())
    def associate(self, data: st.DataObject, kind: str, from_company: bool) -> None:
        contact = data.draw(st.sampled_from(sorted(self.contacts)))
        company = data.draw(st.sampled_from(sorted(self.companies)))
        path = f"contacts/{contact}/associations/companies/{company}"
        if from_company:
            path = f"companies/{company}/associations/contacts/{contact}"
        spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TYPES[kind][from_company]}
        assert self.http.put(f"/crm/v4/objects/{path}", json=[spec]).status_code == 201
        if kind == "primary":  # a contact has one primary company
            for pair in self.links:
                if pair[0] == contact:
                    self.links[pair].discard(1)
        self.links.setdefault((contact, company), set()).update({279, TYPES[kind][0]})

    @precondition(lambda self: self.links)
    @rule(data=st.data())
    def part(self, data: st.DataObject) -> None:
        contact, company = data.draw(st.sampled_from(sorted(self.links)))
        path = f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}"
        assert self.http.delete(path).status_code == 204
        del self.links[contact, company]

    # -- what must hold --------------------------------------------------------------------------------------------

    @invariant()
    def the_records_are_those_of_the_model(self) -> None:
        listed = self.http.get(
            "/crm/v3/objects/contacts", params={"limit": 100, "properties": "email,firstname"}
        ).json()
        shown = {
            one["id"]: {name: one["properties"][name] for name in ("email", "firstname") if one["properties"][name]}
            for one in listed["results"]
        }
        assert shown == self.contacts

    @invariant()
    def a_search_finds_each_email_once(self) -> None:
        for email in ("ada@example.com", "grace@example.com"):
            filters = [{"propertyName": "email", "operator": "EQ", "value": email}]
            found = self.http.post(
                "/crm/v3/objects/contacts/search", json={"filterGroups": [{"filters": filters}]}
            ).json()
            holder = self.holder(email)
            assert [one["id"] for one in found["results"]] == ([holder] if holder else [])

    @invariant()
    def the_associations_are_those_of_the_model_from_both_sides(self) -> None:
        seen = self.associations("contacts", "companies", self.contacts)
        back = self.associations("companies", "contacts", self.companies)
        assert seen == self.links
        inverse = {279: 280, 1: 2}
        assert back == {
            (company, contact): {inverse[one] for one in types} for (contact, company), types in self.links.items()
        }

    def associations(self, here: str, there: str, ids: object) -> dict[tuple[str, str], set[int]]:
        inputs = [{"id": one} for one in ids]  # type: ignore[attr-defined]  # any collection of ids
        if not inputs:
            return {}
        answer = self.http.post(f"/crm/v4/associations/{here}/{there}/batch/read", json={"inputs": inputs})
        return {
            (one["from"]["id"], str(to["toObjectId"])): {kind["typeId"] for kind in to["associationTypes"]}
            for one in answer.json()["results"]
            for to in one["to"]
        }


def test_a_portal_is_what_a_few_dicts_would_be(hubspot_server):
    machine = type("PortalHere", (Portal,), {"server": hubspot_server})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
