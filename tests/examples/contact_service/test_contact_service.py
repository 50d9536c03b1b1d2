"""Nothing here or in the code under test knows where the mock is: `hubspot_intercept` answers at HubSpot's address."""

import asyncio
import unittest

import contacts
import django
import httpx
import pytest
from django.test import Client
from django_app import settings
from fastapi.testclient import TestClient
from fastapi_app import app

from mockserver import MockHubSpot
from mockserver.intercept import intercept

TOKEN = "the token of the settings"
ADA = {"email": "ada@example.com", "firstname": "Ada"}


def test_async_code_writes_and_reads(hubspot_intercept):
    async def both():
        await contacts.save(TOKEN, ADA["email"], ADA["firstname"])
        return await contacts.find(TOKEN, ADA["email"])

    assert asyncio.run(both())["firstname"] == "Ada"
    assert [one["email"] for one in hubspot_intercept.records("contacts")] == ["ada@example.com"]


def test_a_contact_that_exists_is_refused(hubspot_intercept):
    hubspot_intercept.seed(records={"contacts": [ADA]})
    with pytest.raises(httpx.HTTPStatusError, match="409"):
        asyncio.run(contacts.save(TOKEN, ADA["email"], "Another"))


@pytest.mark.hubspot(pace="polls")
def test_the_official_client_imports(hubspot_intercept, tmp_path):
    file = tmp_path / "autumn.csv"
    file.write_text("Name,Email\nAda,ada@example.com\n")
    started = contacts.start_import(TOKEN, file)
    assert [contacts.state_of(TOKEN, started) for _ in range(2)] == ["PROCESSING", "DONE"]
    assert hubspot_intercept.imports.get(started).files[0].text() == file.read_text()


def test_fastapi(hubspot_intercept):
    hubspot_intercept.seed(records={"contacts": [ADA]})
    client = TestClient(app)
    assert client.get("/contacts/ada@example.com").json() == {"name": "Ada"}
    assert client.get("/contacts/nobody@example.com").status_code == 404


def test_django(hubspot_intercept):
    django.setup()
    assert settings.HUBSPOT_TOKEN == TOKEN
    hubspot_intercept.seed(records={"contacts": [ADA]})
    assert Client().get("/contacts/ada@example.com").json() == {"name": "Ada"}
    assert Client().get("/contacts/nobody@example.com").status_code == 404


class ContactTest(unittest.TestCase):
    """The same without fixtures: a portal for the class, reset before each test."""

    @classmethod
    def setUpClass(cls):
        cls.hubspot = cls.enterClassContext(MockHubSpot())
        cls.enterClassContext(intercept(cls.hubspot))

    def setUp(self):
        self.hubspot.reset()
        self.addCleanup(self.hubspot.check)

    def test_a_portal_is_empty(self):
        assert asyncio.run(contacts.find(TOKEN, ADA["email"])) is None

    def test_a_contact_is_found(self):
        self.hubspot.seed(records={"contacts": [ADA]})
        assert asyncio.run(contacts.find(TOKEN, ADA["email"]))["firstname"] == "Ada"
