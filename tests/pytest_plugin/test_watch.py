"""Portals that no function-scoped fixture made are checked too: of a class, of a session, of unittest, by hand."""

import pytest

NOT_SERVED = "GET /cms/v3/blogs/posts is an API of HubSpot that the mock does not serve"
UNFIRED = "the fault 'late' (1 s late) was expected to fire and did not: no call matched it"
ARM = 'faults.add(name="late", operation="imports.create", latency_seconds=1, expected=True)'


def test_a_class_has_one_portal(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(f"""
        import pytest

        keys = set()

        @pytest.mark.hubspot(pace="manual")
        class TestOne:
            def test_first(self, hubspot_class):
                keys.add(hubspot_class.key)
                assert hubspot_class.clock.pace == "manual"
                hubspot_class.{ARM}

            def test_not_served(self, hubspot_class):
                keys.add(hubspot_class.key)
                hubspot_class.client().get("/cms/v3/blogs/posts")

            def test_fires(self, hubspot_class):
                hubspot_class.client().post("/crm/v3/imports")

        class TestTwo:
            def test_another(self, hubspot_class):
                assert hubspot_class.key not in keys
                hubspot_class.{ARM}
    """)
    result = pytester.runpytest()
    result.assert_outcomes(passed=3, failed=1, errors=1)
    result.stdout.fnmatch_lines([f"*{NOT_SERVED}*", "*GET /cms/v3/blogs/posts -> 501*"])
    result.stdout.fnmatch_lines([f"*{UNFIRED}*"])


def test_a_session_has_one_portal_and_each_test_answers_for_its_calls(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(f"""
        import pytest

        @pytest.fixture(scope="session")
        def app(hubspot_session):
            return hubspot_session.client()

        @pytest.fixture(autouse=True)
        def clean(hubspot_session):
            hubspot_session.reset()

        def test_served(app):
            app.get("/crm/v3/imports")

        def test_not_served(app):
            app.get("/cms/v3/blogs/posts")

        def test_served_again(app):
            app.get("/crm/v3/imports")

        @pytest.mark.hubspot(allow_unsupported=True)
        def test_allowed(app):
            app.get("/cms/v3/blogs/posts")

        def test_after_it(app):
            pass

        def test_expected(hubspot_session):
            hubspot_session.{ARM}
    """)
    result = pytester.runpytest()
    result.assert_outcomes(passed=5, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*_ test_not_served _*", f"*{NOT_SERVED}*"])
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_expected*", f"*{UNFIRED}*"])


def test_a_handle_that_a_test_makes_itself_is_checked(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(f"""
        from mockserver import MockHubSpot

        def test_closed_in_the_test():
            with MockHubSpot() as hubspot:
                hubspot.client().get("/cms/v3/blogs/posts")

        def test_on_the_server_of_the_session(hubspot_server):
            with MockHubSpot(server=hubspot_server) as hubspot:
                hubspot.{ARM}

        def test_that_fails_by_itself():
            with MockHubSpot() as hubspot:
                hubspot.client().get("/crm/v3/imports/7")
                raise RuntimeError("its own reason")

        def test_good():
            with MockHubSpot() as hubspot:
                hubspot.client().get("/crm/v3/imports")
    """)
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines([f"*{NOT_SERVED}*", f"*{UNFIRED}*", "*its own reason*", "*- mock HubSpot -*"])
    result.stdout.fnmatch_lines(["*GET /crm/v3/imports/7 -> 404*"])


def test_unittest_under_pytest_has_all_checks(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(f"""
        import unittest
        from mockserver import MockHubSpot

        class ImportTest(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.hubspot = cls.enterClassContext(MockHubSpot())

            def setUp(self):
                self.hubspot.reset()

            def test_a_served(self):
                self.hubspot.client().get("/crm/v3/imports")

            def test_b_not_served(self):
                self.hubspot.client().get("/cms/v3/blogs/posts")

            def test_c_expected(self):
                self.hubspot.{ARM}
    """)
    result = pytester.runpytest()
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*_ ImportTest.test_b_not_served _*", f"*{NOT_SERVED}*"])
    result.stdout.fnmatch_lines(["*ERROR at teardown of ImportTest.test_c_expected*", f"*{UNFIRED}*"])


def test_other_runners_check_by_hand() -> None:
    from mockserver import MockHubSpot

    with MockHubSpot() as hubspot:
        hubspot.check()
        hubspot.faults.add(name="late", operation="imports.create", latency_seconds=1, expected=True)
        with pytest.raises(AssertionError, match="was expected to fire and did not: no call matched it"):
            hubspot.check()
        hubspot.faults.clear()
        hubspot.check()


def test_a_project_that_uses_no_portal_imports_no_mock(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys

        def test_it():
            assert "mockserver.handle" not in sys.modules
            assert "mockserver.pytest_plugin.watch" not in sys.modules
    """)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_fixture_has_a_name_beside_hubspots_client(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import hubspot

        def test_it(hubspot_portal):
            client = hubspot.Client.create(access_token=hubspot_portal.token, host=hubspot_portal.url)
            assert client.crm.imports.core_api.get_page().results == []
    """)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
