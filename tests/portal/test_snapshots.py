"""Snapshots: a portal that is put back answers with the same bytes as before, uploads that waited included."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app
from tests.control_calls import CONTACTS_CSV, IMPORTS, Control, control, control_server

__all__ = ["control", "control_server"]  # pytest finds fixtures by name


def story(control: Control, import_id: str) -> list[tuple[int, bytes, str]]:
    """Tells what a client sees from here to the end of an import, and of another one."""
    told = []

    def note(answer) -> None:
        told.append((answer.status_code, answer.content, answer.headers["x-hubspot-correlation-id"]))

    note(control.http.get(f"{IMPORTS}/{import_id}"))
    for _ in range(3):
        control.post("/clock/advance", seconds=1)
        note(control.http.get(f"{IMPORTS}/{import_id}"))
    note(control.http.get(f"{IMPORTS}/{import_id}/errors", params={"includeErrorMessage": "true"}))
    note(control.start_import("another", CONTACTS_CSV))
    control.post("/clock/settle")
    note(control.http.get(IMPORTS))
    note(control.http.get("/crm/v3/objects/contacts", params={"properties": "email"}))
    note(control.http.get(f"{IMPORTS}/0"))
    return told


@pytest.mark.hubspot(pace="manual")
def test_a_portal_that_is_put_back_answers_with_the_same_bytes_a_pending_import_included(control: Control) -> None:
    control.import_id(name="before")
    import_id = control.import_id(name="pending", content=CONTACTS_CSV + b"not an address,X\r\n")
    control.post("/snapshots", name="pending")
    first = story(control, import_id)
    assert b'"state":"DONE"' in first[3][1], "the import has ended, and its upload with it"

    for _ in range(2):
        control.post("/snapshots/pending/restore")
        assert story(control, import_id) == first


@pytest.mark.hubspot(pace="manual")
def test_a_snapshot_in_the_middle_of_an_import_goes_on_from_there(control: Control) -> None:
    import_id = control.import_id(
        content=b"Email,First Name\r\n" + b"".join(b"p%d@x.org,P\r\n" % n for n in range(3000))
    )
    control.post("/clock/advance", seconds=1.7)
    done = control.get(f"/imports/{import_id}")["rows_done"]
    assert 0 < done < 3000
    control.post("/snapshots", name="middle")
    control.post("/clock/settle")
    first = control.http.get(f"{IMPORTS}/{import_id}").content
    control.post("/snapshots/middle/restore")
    assert control.get(f"/imports/{import_id}")["rows_done"] == done
    control.post("/clock/settle")
    assert control.http.get(f"{IMPORTS}/{import_id}").content == first


@pytest.mark.hubspot(pace="manual")
def test_armed_faults_and_what_they_met_are_put_back(control: Control) -> None:
    control.arm(operation="imports.list", error="internal-error", every=2)
    control.http.get(IMPORTS)
    control.post("/snapshots", name="armed")
    assert control.http.get(IMPORTS).status_code == 500
    control.delete("/faults")
    control.post("/snapshots/armed/restore")
    assert control.http.get(IMPORTS).status_code == 500


@pytest.mark.hubspot(pace="manual")
def test_a_snapshot_outlives_a_reset(control: Control) -> None:
    import_id = control.import_id()
    control.post("/snapshots", name="kept")
    control.post("/reset")
    assert control.http.get(f"{IMPORTS}/{import_id}").status_code == 404
    control.post("/snapshots/kept/restore")
    control.post("/clock/settle")
    assert control.state(import_id) == "DONE"


def test_snapshots_are_listed_and_dropped(control: Control) -> None:
    for _ in range(2):
        control.post("/snapshots")
    control.post("/snapshots", name="mine")
    assert [one["name"] for one in control.get("/snapshots")["results"]] == ["snapshot-1", "snapshot-2", "mine"]
    control.delete("/snapshots/snapshot-1")
    answer = control.http.post("/_mock/snapshots/snapshot-1/restore")
    assert (answer.status_code, answer.json()["expected"]) == (404, "one of: snapshot-2, mine")


def test_a_neighbours_snapshots_are_its_own(control: Control) -> None:
    neighbour = Control(control.url, control.post("/portals")["tokens"][0])
    neighbour.post("/snapshots", name="theirs")
    assert control.get("/snapshots") == {"results": []}


# -- uploads ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Control]:
    """A portal on a server of its own, whose uploads go to `tmp_path` and are not kept after their imports."""
    monkeypatch.setenv("HUBSPOT_MOCK_SERVER_TMP", str(tmp_path))
    server = Server(build_app(ServerOptions(pace=Pace.MANUAL))).start()
    keeps_nothing = {"name": "keeps nothing", "lifecycle": {"kept_upload_bytes": 0}}
    made = Control(server.url, "any").post("/portals", scenario=keeps_nothing)
    yield Control(server.url, made["tokens"][0])
    server.stop()


def uploads(folder: Path) -> int:
    return len(list(folder.rglob("*.upload")))


def test_an_upload_goes_when_neither_its_import_nor_a_snapshot_needs_it(alone: Control, tmp_path: Path) -> None:
    import_id = alone.import_id()
    alone.post("/snapshots", name="one")
    alone.post("/snapshots", name="two")
    alone.post(f"/imports/{import_id}/finish")
    assert uploads(tmp_path) == 1, "two snapshots need it"
    alone.delete("/snapshots/one")
    assert uploads(tmp_path) == 1, "one snapshot needs it"
    alone.delete("/snapshots/two")
    assert uploads(tmp_path) == 0


def test_an_upload_that_the_portal_took_back_goes_with_its_import(alone: Control, tmp_path: Path) -> None:
    import_id = alone.import_id()
    alone.post("/snapshots", name="one")
    alone.post(f"/imports/{import_id}/finish")
    alone.post("/snapshots/one/restore")
    alone.delete("/snapshots/one")
    assert uploads(tmp_path) == 1, "the import waits for it again"
    alone.post(f"/imports/{import_id}/finish")
    assert uploads(tmp_path) == 0


def test_an_upload_that_came_later_goes_when_the_portal_is_put_back(alone: Control, tmp_path: Path) -> None:
    alone.post("/snapshots", name="empty")
    alone.import_id()
    alone.post("/snapshots/empty/restore")
    assert uploads(tmp_path) == 0


def test_a_portal_takes_the_uploads_of_its_snapshots_with_it(alone: Control, tmp_path: Path) -> None:
    import_id = alone.import_id()
    alone.post("/snapshots", name="one")
    alone.post(f"/imports/{import_id}/finish")
    alone.delete("/portals/portal-1")
    assert uploads(tmp_path) == 0
