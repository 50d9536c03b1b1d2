"""`hubspot-mock pull`, against a second server that plays the account."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver import MockHubSpot
from mockserver.cli.pull import write_whole
from tests.cli.processes import environment, mockserver


@pytest.fixture
def real() -> Iterator[MockHubSpot]:
    with MockHubSpot({"name": "real", "portal": {"id": 99, "currency": "EUR"}}) as hubspot:
        hubspot.seed(
            properties=[
                {
                    "object_type": "contacts",
                    "name": "plan",
                    "group_name": "contactinformation",
                    "type": "enumeration",
                    "options": ["s", "l"],
                }
            ],
            owners=[{"email": "olga@example.com", "first_name": "Olga", "id": 77}],
        )
        yield hubspot


def pull(real: MockHubSpot, *args: str | Path, **more: str) -> "subprocess.CompletedProcess[str]":
    settings = {"HUBSPOT_TOKEN": real.token, **more}
    return mockserver("pull", "--base-url", real.url, "--types", "contacts,deals", *args, **settings)


def test_an_account_becomes_a_scenario_that_a_server_loads(real: MockHubSpot, tmp_path: Path) -> None:
    path = tmp_path / "portal.toml"
    done = pull(real, "--output", path)
    assert (done.returncode, done.stdout) == (0, f"{path}: the account's details, 1 property\n")
    assert done.stderr.splitlines()[:2] == ["account 99, STANDARD", "contacts: 379 properties, 1 differ"]
    text = path.read_text("utf-8")
    assert text.startswith(f"# HubSpot account 99 at {real.url}, pulled on 20")
    for secret in (real.token, "olga", "Olga"):
        assert secret not in text + done.stdout + done.stderr
    with MockHubSpot(path) as ours:
        details = ours.client().get("/account-info/v3/details").json()
        assert (details["portalId"], details["companyCurrency"]) == (99, "EUR")
        assert ours.client().get("/crm/v3/properties/contacts/plan").json()["type"] == "enumeration"
    assert [one.name for one in tmp_path.iterdir()] == ["portal.toml"]


def test_the_scenario_can_go_to_standard_output(real: MockHubSpot) -> None:
    done = pull(real, "--output", "-", "--owners", "anonymous")
    assert done.returncode == 0
    assert 'email = "owner-77@example.com"' in done.stdout
    assert "Olga" not in done.stdout


def test_an_update_shows_what_it_changed_and_keeps_the_rest(real: MockHubSpot, tmp_path: Path) -> None:
    path = tmp_path / "portal.toml"
    pull(real, "--output", path, "--owners")
    mine = '\n[[apps]]\nname = "loader"          # ours\ntoken = "pat-na1-loader"\n'
    path.write_text(path.read_text("utf-8") + mine, "utf-8")
    before = path.read_bytes()
    done = pull(real, "--update", path)
    assert (done.returncode, done.stdout) == (0, f"{path}: nothing has changed\n")
    assert path.read_bytes() == before  # without --owners, the owners that are there stay
    real.seed(properties=[{"object_type": "deals", "name": "region", "group_name": "dealinformation"}])
    client = real.client()
    client.delete("/crm/v3/properties/contacts/plan").raise_for_status()
    done = pull(real, "--update", path)
    assert done.stdout.splitlines() == [
        "  + seed.properties deals region",
        "  - seed.properties contacts plan",
        f"{path}: 1 added, 0 changed, 1 removed",
    ]
    text = path.read_text("utf-8")
    assert text.endswith(mine)
    assert "olga@example.com" in text


def test_a_file_that_the_server_could_not_load_is_left_as_it_is(real: MockHubSpot, tmp_path: Path) -> None:
    path = tmp_path / "portal.toml"
    pull(real, "--output", path)
    mine = '\n[[seed.labels]]\nfrom_type = "contacts"\nto_type = "deals"\nlabel = "Buyer"\nname = "theirs"\n'
    path.write_text(path.read_text("utf-8") + mine, "utf-8")
    before = path.read_bytes()
    body = {"label": "Purchaser", "name": "theirs"}
    real.client().post("/crm/v4/associations/contacts/deals/labels", json=body).raise_for_status()
    done = pull(real, "--update", path)
    assert done.returncode == 2
    assert "this server could not load what" in done.stderr
    assert "has an association type 'theirs' already" in done.stderr
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["portal.toml"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [('name = "x', "portal.toml: "), ('title = "x"\n', "portal.toml: title: there is no such key")],
    ids=["no TOML", "no scenario"],
)
def test_a_file_that_is_no_scenario_is_refused_before_any_call(
    real: MockHubSpot, tmp_path: Path, content: str, complaint: str
) -> None:
    path = tmp_path / "portal.toml"
    path.write_text(content, "utf-8")
    done = pull(real, "--update", path)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert path.read_text("utf-8") == content
    assert len(real.journal) == 0


def test_a_file_is_overwritten_only_by_force(real: MockHubSpot, tmp_path: Path) -> None:
    path = tmp_path / "portal.toml"
    path.write_text("mine", "utf-8")
    refused = pull(real, "--output", path)
    assert refused.returncode == 2
    assert "--update keeps what was written into it by hand, --force overwrites it" in refused.stderr
    assert path.read_text("utf-8") == "mine"
    assert pull(real, "--output", path, "--force").returncode == 0
    assert path.read_text("utf-8") != "mine"


@pytest.mark.parametrize(
    ("args", "settings", "complaint"),
    [
        (["--output", "x.toml"], {"HUBSPOT_TOKEN": ""}, "the token is empty, or contains characters"),
        (["--output", "x.toml", "--token-env", "OUR_TOKEN"], {}, "the environment variable OUR_TOKEN is not set"),
        (["--output", "x.toml", "--base-url", "api.hubapi.com"], {}, "the base URL must be like https://api.hubapi"),
        (["--output", "x.toml", "--types", "plane"], {}, "neither HubSpot nor the account has an object type 'plane'"),
        (["--output", "no/such/x.toml"], {}, "there is no folder no/such"),
        (["--output", "x.toml", "--base-url", "api.hubapi.com:443"], {}, "not 'api.hubapi.com:443'"),
        (["--output", "x.toml", "--base-url", "https://api.hubapi.com/#a"], {}, "the base URL must be like"),
        (["--output", "x.toml", "--base-url", "https://me:secret@h"], {}, "com, not one with a user name"),
        (["--output", "x.toml", "--base-url", "http://[::1"], {}, "not 'http://[::1'"),
        (["--output", "x.toml", "--base-url", "http://127.0.0.1:99999"], {}, "not 'http://127.0.0.1:99999'"),
        (["--output", "x.toml", "--types", " , "], {}, "it names no object type"),
        (["--output", ""], {}, "it names no file"),
        ([], {}, "give either --output, for a new file, or --update"),
        (["--output", "x.toml", "--update", __file__], {}, "give either --output, for a new file, or --update"),
        (["--output", "x.toml", "--owners", "some"], {}, "'some' is not one of"),
    ],
    ids=[
        "no token",
        "no variable",
        "bad URL",
        "bad type",
        "no folder",
        "no scheme",
        "fragment",
        "password",
        "no host",
        "bad port",
        "no type",
        "no name",
        "no file",
        "two files",
        "bad owners",
    ],
)
def test_bad_input_is_said_in_one_line_and_writes_nothing(
    real: MockHubSpot, args: list[str], settings: dict[str, str], complaint: str
) -> None:
    done = pull(real, *args, **settings)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert real.token not in done.stderr
    assert not Path("x.toml").exists()


def test_a_pull_that_is_interrupted_leaves_no_file(real: MockHubSpot, tmp_path: Path) -> None:
    real.faults.add(path="/crm/v3/properties/deals/groups", latency_seconds=60)
    command = [sys.executable, "-m", "mockserver", "pull", "--base-url", real.url, "--output", "portal.toml"]
    env = environment(HUBSPOT_TOKEN=real.token)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=env) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("companies:"):
            assert process.poll() is None
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(20) == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("token", ["pat-na1-11112222-3333", "CNnOkZ7WMhIHAAEAQAAAARi"])
def test_a_token_in_the_place_of_a_name_is_not_shown(real: MockHubSpot, token: str) -> None:
    done = pull(real, "--output", "x.toml", "--token-env", token)
    assert done.returncode == 2
    assert "the environment variable that --token-env names is not set" in done.stderr
    assert token not in done.stdout + done.stderr


def test_an_answer_that_quotes_the_token_is_shown_without_it(real: MockHubSpot) -> None:
    body = json.dumps({"message": f"the token {real.token} has expired"})
    real.faults.add(path="*", response={"status": 401, "body": body})
    done = pull(real, "--output", "x.toml")
    assert done.returncode == 2
    assert "401 the token *** has expired" in done.stderr
    assert real.token not in done.stderr


def test_labels_in_any_script_do_not_depend_on_the_encoding_of_the_output(real: MockHubSpot, tmp_path: Path) -> None:
    real.seed(labels=[{"from_type": "contacts", "to_type": "deals", "label": "K\u00e4ufer \u6771\u4eac\x1b[31m"}])
    path = tmp_path / "portal.toml"
    path.write_text('name = "mine"\n', "utf-8")
    done = pull(real, "--update", path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert r"+ seed.labels contacts deals K\xe4ufer \u6771\u4eac\x1b[31m" in done.stdout
    env = environment(HUBSPOT_TOKEN=real.token, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    command = [sys.executable, "-m", "mockserver", "pull", "--base-url", real.url, "--output", "-"]
    written = subprocess.run(command, capture_output=True, env=env, check=True).stdout.decode("utf-8")
    assert 'label = "K\u00e4ufer \u6771\u4eac\\u001b[31m"' in written


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "portal.toml"
    path.write_text("before", "utf-8")
    path.chmod(0o600)

    def refuse(_: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, "after", refuse)
    assert (path.read_text("utf-8"), [one.name for one in tmp_path.iterdir()]) == ("before", ["portal.toml"])
    write_whole(path, "after\r\n", lambda _: None)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"after\r\n", 0o600)


def test_the_help_lists_the_scopes() -> None:
    told = " ".join(mockserver("pull", "--help").stdout.split())
    for scope in ("crm.schemas.custom.read", "crm.objects.owners.read", "crm.lists.read"):
        assert scope in told
