"""Under xdist: a server for each worker, or one sidecar for all of them with a portal for each test."""

from collections.abc import Iterator

import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app

FOUR_TESTS = """
    from pathlib import Path

    import pytest

    @pytest.mark.parametrize("turn", range(4))
    def test_it(hubspot, turn, worker_id):
        assert hubspot.records("contacts") == []
        assert hubspot.clock.pace == "instant"
        hubspot.seed(records={"contacts": [{"email": f"number-{turn}@example.com"}]})
        assert hubspot.client().get("/crm/v3/imports").status_code == 200
        assert len(hubspot.journal) == 1
        (Path("seen") / f"{turn}").write_text(f"{worker_id} {hubspot.url} {hubspot.token}")
"""


@pytest.fixture
def sidecar() -> Iterator[Server]:
    server = Server(build_app(ServerOptions(pace=Pace.REALTIME))).start()
    yield server
    server.stop()


def run_four_tests(pytester: pytest.Pytester) -> list[list[str]]:
    """Runs four tests in two workers; returns worker, URL and token of each."""
    pytester.makepyfile(FOUR_TESTS)
    pytester.mkdir("seen")
    pytester.runpytest_subprocess("-p", "xdist", "-n2").assert_outcomes(passed=4)
    return [path.read_text().split() for path in (pytester.path / "seen").iterdir()]


@pytest.mark.slow
def test_each_worker_has_a_server_of_its_own(pytester: pytest.Pytester) -> None:
    seen = run_four_tests(pytester)
    assert len({url for _, url, _ in seen}) == len({worker for worker, _, _ in seen}) == 2


@pytest.mark.slow
def test_all_workers_share_a_sidecar_and_no_portal(
    pytester: pytest.Pytester, sidecar: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBSPOT_MOCK_URL", sidecar.url)
    seen = run_four_tests(pytester)
    assert {url for _, url, _ in seen} == {sidecar.url}
    assert len({token for _, _, token in seen}) == 4
    assert list(sidecar.app.portals.keys()) == []


@pytest.mark.parametrize("where", ["flag", "ini"])
def test_the_sidecar_is_named_by_flag_or_ini_file(pytester: pytest.Pytester, sidecar: Server, where: str) -> None:
    pytester.makeini(f"[pytest]\nhubspot_url = {sidecar.url}\n" if where == "ini" else "[pytest]\n")
    pytester.makepyfile(f"""
        def test_it(hubspot, hubspot_intercept):
            assert hubspot.url == {sidecar.url!r}

            import requests

            headers = {{"Authorization": "Bearer the-same-in-all-tests"}}
            assert requests.get("https://api.hubapi.com/crm/v3/imports", headers=headers).status_code == 200
            assert len(hubspot.journal) == 1
    """)
    flags = [f"--hubspot-url={sidecar.url}"] if where == "flag" else []
    pytester.runpytest(*flags).assert_outcomes(passed=1)


@pytest.mark.slow
def test_workers_intercept_the_same_host_for_different_portals_of_a_sidecar(
    pytester: pytest.Pytester, sidecar: Server
) -> None:
    pytester.makepyfile("""
        import pytest
        import requests

        @pytest.mark.parametrize("turn", range(6))
        def test_it(hubspot_intercept, turn):
            for number in range(5):
                headers = {"Authorization": "Bearer the-same-in-all-tests"}
                requests.get(f"https://api.hubapi.com/crm/v3/imports/{turn}{number}", headers=headers)
            assert [entry.path[-2:] for entry in hubspot_intercept.journal] == [f"{turn}{n}" for n in range(5)]
    """)
    pytester.runpytest_subprocess("-p", "xdist", "-n2", f"--hubspot-url={sidecar.url}").assert_outcomes(passed=6)


@pytest.mark.slow
def test_a_failure_in_a_worker_shows_its_section(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def test_it(hubspot):
            hubspot.client().get("/crm/v3/imports/7")
            raise RuntimeError
    """)
    result = pytester.runpytest_subprocess("-p", "xdist", "-n1", "--junitxml=report.xml")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- mock HubSpot -*", "exchange.1 *GET /crm/v3/imports/7 -> 404"])
    assert 'name="hubspot.exchange.1"' in (pytester.path / "report.xml").read_text("utf-8")


@pytest.mark.slow
def test_a_wrong_marker_is_said_in_a_worker_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.hubspot(pase="manual")
        def test_it(hubspot):
            pass
    """)
    result = pytester.runpytest_subprocess("-p", "xdist", "-n1")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*has no setting 'pase': did you mean 'pace'?"])
