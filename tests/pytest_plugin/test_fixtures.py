"""The fixtures: a server for the session, a portal for each test, more where a test asks."""

import pytest


def test_each_test_has_a_portal_of_its_own_on_one_server(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        seen = []

        @pytest.mark.parametrize("turn", [1, 2])
        def test_it(hubspot, hubspot_server, turn):
            assert hubspot.records("contacts") == []
            hubspot.seed(records={"contacts": [{"email": "ada@example.com"}]})
            seen.append((hubspot.key, hubspot.token))
            assert hubspot.url == hubspot_server.url
            assert hubspot.client().get("/crm/v3/imports").status_code == 200

        def test_afterwards(hubspot, hubspot_server):
            import httpx

            assert len(set(seen)) == 2
            portals = httpx.get(f"{hubspot_server.url}/_mock/portals").json()["results"]
            assert {portal["key"] for portal in portals} == {"default", hubspot.key}
    """)
    pytester.runpytest("-q").assert_outcomes(passed=3)


def test_more_portals_in_one_test_share_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.hubspot(pace="manual")
        def test_it(hubspot, make_hubspot):
            other, third = make_hubspot(), make_hubspot(scenario="two-apps", pace="polls")
            hubspot.seed(records={"contacts": [{"email": "ada@example.com"}]})
            assert other.records("contacts") == []
            assert [contact["firstname"] for contact in third.records("contacts")] == ["Grace"]
            assert (hubspot.clock.pace, other.clock.pace, third.clock.pace) == ("manual", "manual", "polls")
            assert len({hubspot.token, other.token, third.token}) == 3
    """)
    pytester.runpytest("-q").assert_outcomes(passed=1)


def test_the_fixtures_are_listed_with_what_they_are_for(pytester: pytest.Pytester) -> None:
    shown = pytester.runpytest("--fixtures", "-q").stdout.str()
    for words in (
        "A fresh portal:",
        "Makes more portals in one test",
        "https://api.hubapi.com leads to it",
        "hubspot_server [session scope]",
    ):
        assert words in shown


def test_interception_lasts_as_long_as_its_test_even_where_that_fails(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import socket

        import requests

        before = socket.getaddrinfo

        def test_that_fails(hubspot_intercept):
            headers = {"Authorization": "Bearer any"}
            assert requests.get("https://api.hubapi.com/crm/v3/imports", headers=headers).status_code == 200
            assert len(hubspot_intercept.journal) == 1
            raise RuntimeError("a fault of the code under test")

        def test_after_it():
            assert socket.getaddrinfo is before
    """)
    pytester.runpytest("-q").assert_outcomes(passed=1, failed=1)


def test_tests_with_an_event_loop_need_no_plugin_for_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import asyncio

        import httpx

        def test_it(hubspot):
            async def call():
                transport = httpx.ASGITransport(hubspot.asgi_app)
                async with httpx.AsyncClient(transport=transport, base_url="http://mock") as http:
                    answer = await http.get("/crm/v3/imports", headers={"Authorization": f"Bearer {hubspot.token}"})
                    assert hubspot.journal[-1].status == 200  # the handle works beside a loop that runs
                    return answer.status_code

            assert asyncio.run(call()) == 200
    """)
    pytester.runpytest("-q").assert_outcomes(passed=1)


def test_unittest_cases_have_portals_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import unittest

        import pytest

        class Case(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def portal(self, hubspot):
                self.hubspot = hubspot

            def test_served(self):
                assert self.hubspot.client().get("/crm/v3/imports").status_code == 200

            def test_not_served(self):
                self.hubspot.client().get("/cms/v3/blogs/posts")
    """)
    result = pytester.runpytest("-q")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*GET /cms/v3/blogs/posts is an API of HubSpot that the mock does not serve*"])
