"""The guard: a test that calls the real HubSpot fails and names the call, unless it is marked as live."""

import pytest

CALLS = """
    import httpx
    import pytest
    import requests

    URL = "https://api.hubapi.com/crm/v3/imports"

    def test_swallowed():
        try:
            requests.post(URL, timeout=5).raise_for_status()
        except requests.RequestException:
            pass

    def test_httpx():
        assert httpx.get(URL).status_code == 403

    def test_another_host():
        requests.get("https://api.hubspot.com/oauth/v1/access-tokens/a-secret-token", timeout=5)

    def test_without_tls():
        with pytest.raises(requests.RequestException):
            requests.get("http://api.hubapi.com/crm/v3/imports", timeout=5)

    def test_intercepted(hubspot_intercept):
        headers = {"Authorization": "Bearer any"}
        assert requests.get(URL, headers=headers, timeout=5).status_code == 200

    def test_by_url(hubspot):
        hubspot.client().get("/crm/v3/imports").raise_for_status()
"""
ADVICE = "would have reached the real HubSpot. Use the fixture hubspot_intercept, give*mark the test*live=True*"


@pytest.mark.parametrize("where", ["flag", "ini", "environment", "marker"])
def test_a_call_to_the_real_host_fails_the_test(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    pytester.makepyfile(CALLS + ("\n    pytestmark = pytest.mark.hubspot(guard=True)\n" if where == "marker" else ""))
    if where == "ini":
        pytester.makeini("[pytest]\nhubspot_guard = true\n")
    if where == "environment":
        monkeypatch.setenv("HUBSPOT_MOCK_GUARD", "1")
    result = pytester.runpytest(*(["--hubspot-guard"] if where == "flag" else []))
    result.assert_outcomes(passed=2, failed=4)
    result.stdout.fnmatch_lines(
        [
            f"POST https://api.hubapi.com/crm/v3/imports {ADVICE}",
            f"GET https://api.hubapi.com/crm/v3/imports {ADVICE}",
            f"GET https://api.hubspot.com/oauth/v1/access-tokens/[[]redacted] {ADVICE}",
            f"a connection to port 80 of api.hubapi.com or * {ADVICE}",
        ]
    )
    result.stdout.no_fnmatch_line("*a-secret-token*would have*")


def test_a_live_test_is_let_through_and_the_next_one_is_guarded(pytester: pytest.Pytester) -> None:
    """No test here calls the real host: whether it would is seen in where its name leads to."""
    pytester.makepyfile("""
        import socket
        import pytest

        def leads_to_the_guard():
            try:
                found = socket.getaddrinfo("api.hubapi.com", 443, type=socket.SOCK_STREAM)
            except socket.gaierror:
                return False
            return found[0][4][0] == "127.104.117.98"

        def test_guarded():
            assert leads_to_the_guard()

        @pytest.mark.hubspot(live=True)
        def test_live():
            assert not leads_to_the_guard()

        def test_guarded_again():
            assert leads_to_the_guard()
    """)
    pytester.runpytest("--hubspot-guard").assert_outcomes(passed=3)


def test_a_fixture_is_guarded_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest
        import requests

        @pytest.fixture
        def late():
            yield
            requests.get("https://api.hubapi.com/crm/v3/imports", timeout=5)

        def test_it(late):
            pass
    """)
    result = pytester.runpytest("--hubspot-guard")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_it*", f"GET https://api.hubapi.com/crm/v3/imports {ADVICE}"]
    )


def test_without_the_setting_nothing_is_guarded(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import socket

        ORIGINAL = socket.getaddrinfo

        def test_it():
            assert socket.getaddrinfo is ORIGINAL
            assert socket.getaddrinfo.__module__ == "socket"
    """)
    pytester.runpytest().assert_outcomes(passed=1)
