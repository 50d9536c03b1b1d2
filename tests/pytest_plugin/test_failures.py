"""What fails a test besides its own assertions, and what a failing test shows."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

UNSUPPORTED = """
    import pytest

    def test_it(hubspot):
        assert hubspot.client().get("/cms/v3/blogs/posts").status_code == 501
"""


def test_a_call_that_is_not_served_fails_the_test_in_its_call_phase(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(UNSUPPORTED)
    result = pytester.runpytest("-rA")
    result.assert_outcomes(failed=1)  # not an error: that is what setup and teardown have
    result.stdout.fnmatch_lines(
        ["GET /cms/v3/blogs/posts is an API of HubSpot that the mock does not serve. *allow_unsupported=True*"]
    )


@pytest.mark.parametrize("where", ["marker", "flag", "ini", "environment"])
def test_such_calls_can_be_allowed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    marker = "@pytest.mark.hubspot(allow_unsupported=True)\n    def test_it"
    pytester.makepyfile(UNSUPPORTED.replace("def test_it", marker) if where == "marker" else UNSUPPORTED)
    if where == "ini":
        pytester.makeini("[pytest]\nhubspot_allow_unsupported = true\n")
    if where == "environment":
        monkeypatch.setenv("HUBSPOT_MOCK_ALLOW_UNSUPPORTED", "1")
    pytester.runpytest(*(["--hubspot-allow-unsupported"] if where == "flag" else [])).assert_outcomes(passed=1)


def test_a_marker_can_forbid_what_the_ini_file_allows(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nhubspot_allow_unsupported = true\n")
    pytester.makepyfile(
        UNSUPPORTED.replace("def test_it", "@pytest.mark.hubspot(allow_unsupported=False)\n    def test_it")
    )
    pytester.runpytest().assert_outcomes(failed=1)


def test_a_fault_that_was_expected_and_never_fired_fails_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def test_never_met(hubspot):
            hubspot.faults.add(name="late", operation="imports.create", latency_seconds=1, expected=True)

        def test_never_its_turn(hubspot):
            hubspot.faults.add(name="third", operation="imports.list", body="empty", nth=3, expected=True)
            hubspot.client().get("/crm/v3/imports")

        def test_fired(hubspot):
            hubspot.faults.add(operation="imports.list", body="empty", expected=True)
            hubspot.client().get("/crm/v3/imports")

        def test_not_asked_for(hubspot):
            hubspot.faults.add(operation="imports.create", body="empty")
    """)
    result = pytester.runpytest()
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "the fault 'late' (1 s late) was expected to fire and did not: no call matched it",
            "the fault 'third' (body empty) was expected to fire and did not: 1 call*",
        ]
    )


def test_every_portal_of_a_test_is_watched(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def test_it(hubspot, make_hubspot):
            make_hubspot().client().get("/cms/v3/blogs/posts")
    """)
    pytester.runpytest().assert_outcomes(failed=1)


def test_a_test_that_fails_by_itself_keeps_its_own_reason_and_a_skipped_one_stays_skipped(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("""
        import pytest

        def test_fails(hubspot):
            hubspot.client().get("/cms/v3/blogs/posts")
            raise RuntimeError("its own reason")

        def test_skips(hubspot):
            hubspot.client().get("/cms/v3/blogs/posts")
            pytest.skip("not today")

        @pytest.mark.xfail(reason="blogs are not served")
        def test_is_expected_to_fail(hubspot):
            hubspot.client().get("/cms/v3/blogs/posts")
    """)
    result = pytester.runpytest()
    result.assert_outcomes(failed=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["E   *RuntimeError: its own reason"])


FAILING = """
    import json

    import pytest

    REQUEST = {
        "name": "Leads",
        "files": [
            {
                "fileName": "leads.csv",
                "fileImportPage": {
                    "hasHeader": True,
                    "columnMappings": [
                        {
                            "columnObjectTypeId": "0-1",
                            "columnName": "Email",
                            "propertyName": "email",
                            "columnType": "HUBSPOT_ALTERNATE_ID",
                        }
                    ],
                },
            }
        ],
    }

    @pytest.mark.hubspot(pace="manual")
    def test_it(hubspot):
        hubspot.faults.add(name="sleepy", operation="imports.cancel", latency_seconds=1)
        client = hubspot.client()
        for name in ("leads.csv", "others.csv"):
            client.post(
                "/crm/v3/imports",
                data={"importRequest": json.dumps(REQUEST)},
                files={"files": (name, b"Email\\nada@example.com\\n", "text/csv")},
            )
        hubspot.clock.advance(seconds=60)
        client.get(f"/crm/v3/imports/{hubspot.token}")
        assert hubspot.records("contacts") == []
"""


def test_a_failing_test_shows_exchanges_imports_clock_and_faults(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILING)
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- mock HubSpot -*",
            "portal * at http://127.0.0.1:*",
            "clock *2026-01-15T09:01:00.000Z, pace manual, nothing due",
            "exchange.1 *POST /crm/v3/imports -> 200",
            "exchange.2 *POST /crm/v3/imports -> 400",
            '*file-name-mismatch at /files/0/fileName: expected *; got "leads.csv"*',
            "*Write the same name in both places*",
            "exchange.3 *GET /crm/v3/imports/pat-na1-[[]redacted] -> *",
            "import.* 'Leads' DONE *CREATED_OBJECTS=1*",
            "fault.sleepy *1 s late: no call matched",
        ]
    )


def test_an_import_that_is_held_is_shown_as_held(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest
        from tests.pytest_plugin.uploads import upload

        @pytest.mark.hubspot(pace="manual")
        def test_it(hubspot):
            hubspot.imports.hold(upload(hubspot.client()))
            assert False
    """)
    pytester.runpytest().stdout.fnmatch_lines(["import.* 'Leads' STARTED (held)*"])


def test_a_passing_test_shows_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def test_it(hubspot):
            hubspot.client().get("/crm/v3/imports")
    """)
    assert "mock HubSpot" not in pytester.runpytest("-rA").stdout.str()


def test_what_the_section_shows_is_in_junits_xml_too_and_no_token_is(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILING)
    pytester.runpytest("--junitxml=report.xml", "-o", "junit_logging=all")
    written = Path(pytester.path / "report.xml").read_text("utf-8")
    found = {
        one.attrib["name"]: one.attrib["value"]
        for one in ElementTree.fromstring(written).iter("property")  # noqa: S314 - pytest wrote it a moment ago
    }
    assert found["hubspot.clock"] == "2026-01-15T09:01:00.000Z, pace manual, nothing due"
    assert found["hubspot.exchange.1"] == "POST /crm/v3/imports -> 200"
    assert "file-name-mismatch" in found["hubspot.exchange.2"]
    assert "'Leads' DONE" in next(value for name, value in found.items() if name.startswith("hubspot.import."))
    assert found["hubspot.fault.sleepy"] == "1 s late: no call matched"
    assert re.search(r"pat-na1-[0-9a-f]{8}-", written) is None


def test_a_portal_that_was_made_before_a_setup_failed_is_shown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.fixture
        def broken(hubspot):
            hubspot.client().get("/crm/v3/imports/7")
            raise RuntimeError("half way")

        def test_it(broken):
            pass
    """)
    pytester.runpytest().stdout.fnmatch_lines(["*- mock HubSpot -*", "exchange.1 *GET /crm/v3/imports/7 -> 404"])


def test_the_log_of_a_test_is_that_of_the_code_under_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import logging

        def test_it(hubspot, caplog):
            caplog.set_level(logging.DEBUG)
            assert hubspot.client().get("/crm/v3/imports/7").status_code == 404
            assert [record for record in caplog.records if record.name == "mockserver"] == []
    """)
    pytester.runpytest().assert_outcomes(passed=1)


def test_calls_with_a_strange_token_are_pointed_out(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import httpx

        def test_it(hubspot):
            httpx.get(f"{hubspot.url}/crm/v3/imports", headers={"Authorization": "Bearer of-somebody-else"})
            raise RuntimeError
    """)
    pytester.runpytest().stdout.fnmatch_lines(
        ["exchanges *none: no call reached this portal", "*1 call has reached the server with a token of no portal"]
    )


def test_the_report_shows_the_latest_imports_and_how_many_there_are(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import json

        PAGE = {"hasHeader": True, "columnMappings": [
            {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email"}
        ]}

        def test_it(hubspot):
            for number in range(25):
                request = {"name": f"import {number}", "files": [{"fileName": "c.csv", "fileImportPage": PAGE}]}
                hubspot.client().post(
                    "/crm/v3/imports",
                    data={"importRequest": json.dumps(request)},
                    files={"files": ("c.csv", b"Email\\na@example.com\\n", "text/csv")},
                ).raise_for_status()
            for number in range(15):
                hubspot.faults.add(name=f"fault {number}", operation="imports.cancel", body="empty")
            assert False
    """)
    result = pytester.runpytest()
    told = result.stdout.str()
    assert re.search(r"^imports +the last 10 of 25$", told, re.MULTILINE)
    assert re.search(r"^faults +the first 10 of 15$", told, re.MULTILINE)
    shown = re.findall(r"'(import \d+)' DONE", told)
    assert shown == [f"import {number}" for number in range(15, 25)]
