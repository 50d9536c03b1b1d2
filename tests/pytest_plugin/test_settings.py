"""Settings: marker, command line, ini, environment, default; what is wrong with one is said in one line."""

import pytest

SHOW_PACE = """
    def test_it(hubspot):
        print("pace:", hubspot.clock.pace.value)
"""


def test_the_marker_is_registered(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.hubspot(pace="manual")
        def test_it(hubspot):
            assert hubspot.clock.pace == "manual"
    """)
    pytester.runpytest("--strict-markers").assert_outcomes(passed=1)
    pytester.runpytest("--markers").stdout.fnmatch_lines(["@pytest.mark.hubspot(scenario=*, pace=*, allow_unsupp*"])


@pytest.mark.parametrize(
    ("sources", "pace"),
    [
        ([], "instant"),
        (["environment"], "polls"),
        (["environment", "ini"], "realtime"),
        (["environment", "ini", "command line"], "manual"),
    ],
)
def test_what_is_said_nearer_holds(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, sources: list[str], pace: str
) -> None:
    pytester.makepyfile(SHOW_PACE)
    if "environment" in sources:
        monkeypatch.setenv("HUBSPOT_MOCK_PACE", "polls")
    if "ini" in sources:
        pytester.makeini("[pytest]\nhubspot_pace = realtime\n")
    flags = ["--hubspot-pace=manual"] if "command line" in sources else []
    pytester.runpytest("-s", *flags).stdout.fnmatch_lines([f"*pace: {pace}"])


def test_the_nearest_marker_holds_for_each_setting(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        pytestmark = pytest.mark.hubspot(pace="polls", scenario="two-apps")

        @pytest.mark.hubspot(pace="manual")
        class TestNearer:
            @pytest.mark.hubspot(scenario={"name": "ours", "portal": {"id": 7}})
            def test_nearest(self, hubspot):
                assert hubspot.clock.pace == "manual"
                assert hubspot.records("contacts") == []

            def test_near(self, hubspot):
                assert (hubspot.clock.pace, len(hubspot.records("contacts"))) == ("manual", 1)

        def test_far(hubspot):
            assert hubspot.clock.pace == "polls"
    """)
    pytester.runpytest("--hubspot-pace=instant").assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ('pase="manual"', "*test_it: @pytest.mark.hubspot has no setting 'pase': did you mean 'pace'?"),
        ("colour=1", "*has no setting 'colour': there are scenario, pace, allow_unsupported, guard, live"),
        ('"manual"', "*takes keyword arguments only (scenario, pace, allow_unsupported, guard, live), not 'manual'"),
        ('pace="fast"', "*pace must be one of instant, polls, realtime, manual, not 'fast'"),
        ("allow_unsupported='perhaps'", "*allow_unsupported must be true or false, not 'perhaps'"),
    ],
)
def test_a_marker_that_says_what_cannot_be_stops_the_run_before_it_begins(
    pytester: pytest.Pytester, marker: str, message: str
) -> None:
    pytester.makepyfile(f"""
        import pytest

        @pytest.mark.hubspot({marker})
        def test_it(hubspot):
            pass
    """)
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])


def test_a_wrong_flag_is_a_usage_error(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--hubspot-pace=fast")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*argument --hubspot-pace: invalid choice: 'fast'*"])


def test_a_wrong_word_of_the_environment_is_named_with_where_it_came_from(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBSPOT_MOCK_PACE", "fast")
    pytester.makepyfile(SHOW_PACE)
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["HUBSPOT_MOCK_PACE: pace must be one of instant, *, not 'fast'"])


def test_a_scenario_that_is_not_there_is_said_without_a_traceback(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SHOW_PACE)
    result = pytester.runpytest("--hubspot-scenario=happy-pat")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*there is no scenario 'happy-pat'; did you mean 'happy-path'?*"])
    assert "Traceback" not in result.stdout.str()
    assert "def " not in result.stdout.str()


@pytest.mark.parametrize("where", ["ini", "marker", "command line"])
def test_a_scenario_file_is_found_beside_the_ini_file_or_the_test(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    scenario = 'name = "ours"\n[[seed.records.contacts]]\nemail = "ada@example.com"\n'
    folder = pytester.path if where == "ini" else pytester.mkdir("tests")
    (folder / "ours.toml").write_text(scenario)
    pytester.makeini("[pytest]\n" + ("hubspot_scenario = ours.toml\n" if where == "ini" else ""))
    mark = "@pytest.mark.hubspot(scenario='ours.toml')" if where == "marker" else ""
    test = f"import pytest\n\n{mark}\ndef test_it(hubspot):\n    hubspot.record('contacts', 'ada@example.com')\n"
    (folder / "test_it.py").write_text(test)
    elsewhere = pytester.mkdir("elsewhere")
    monkeypatch.chdir(elsewhere)
    flags = ["--hubspot-scenario=../tests/ours.toml"] if where == "command line" else []  # that begins where one is
    pytester.runpytest("-c", str(pytester.path / "tox.ini"), str(folder / "test_it.py"), *flags).assert_outcomes(
        passed=1
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "127.0.0.1:8080"])
def test_a_url_that_leads_nowhere_is_said_without_a_traceback(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr("mockserver.handle.transports.Sidecar.wait_until_ready.__defaults__", (0.2,))
    pytester.makepyfile(SHOW_PACE)
    result = pytester.runpytest(f"--hubspot-url={url}")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"the mock HubSpot at '{url}' cannot be used: *"])
    assert "def " not in result.stdout.str()


def test_a_variable_that_does_not_exist_is_a_warning(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBSPOT_MOCK_PAEC", "polls")
    pytester.makepyfile(SHOW_PACE)
    result = pytester.runpytest()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*there is no variable HUBSPOT_MOCK_PAEC: did you mean HUBSPOT_MOCK_PACE[?]"])


def test_a_control_token_of_the_old_name_fails_the_test(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKSERVER_CONTROL_TOKEN", "a secret")
    pytester.makepyfile(SHOW_PACE)
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*MOCKSERVER_CONTROL_TOKEN is now called HUBSPOT_MOCK_SERVER_CONTROL_TOKEN: *"])
