"""A portal in a file answers every call that touches its database as a portal in a temporary database does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app
from tests.control_calls import CONTACTS_CSV, IMPORTS, Control

OTHER = {"name": "other", "seed": {"records": {"contacts": [{"email": "other@example.com"}]}}}

Answer = tuple[str, int, Any]


class serving:  # noqa: N801 - reads as a word of the sentence
    """The default portal of a server of its own, in a file or in a temporary database."""

    def __init__(self, data: Path | None) -> None:
        self._server = Server(build_app(ServerOptions(pace=Pace.MANUAL, data=data)))

    def __enter__(self) -> Control:
        self._control = Control(self._server.start().url, "any-token")
        return self._control

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self._server.stop()


def story(control: Control) -> Iterator[Answer]:
    """Yields the answer to each call of a story that writes, copies and replaces the whole database."""

    def call(method: str, path: str, **request: Any) -> Answer:
        answer = control.http.request(method, path, **request)
        return f"{method} {path}", answer.status_code, answer.json() if answer.content else None

    def control_call(method: str, path: str, body: Any = None) -> Answer:
        return call(method, f"/_mock{path}", json={} if body is None else body)

    started = control.start_import(content=CONTACTS_CSV + b"not an address,X\r\n")
    pending = started.json()["id"]
    yield "start", started.status_code, started.json()
    yield control_call("POST", "/faults", {"operation": "imports.list", "error": "internal-error", "every": 3})
    yield control_call("POST", "/clock/advance", {"seconds": 1.2})
    yield "save", *kept(control_call("POST", "/snapshots", {"name": "pending"}))
    yield control_call("POST", "/clock/settle")
    yield call("GET", f"{IMPORTS}/{pending}/errors")
    yield control_call("POST", "/seed", {"records": {"companies": [{"name": "Acme"}]}})
    yield call("POST", "/crm/v3/objects/contacts", json={"properties": {"email": "new@example.com"}})
    yield call("POST", "/crm/v3/objects/contacts/search", json={"query": "new@example.com"})
    yield control_call("POST", f"/imports/{pending}/revert")
    yield call("GET", "/crm/v3/objects/contacts")
    yield control_call("POST", "/snapshots/pending/restore")
    yield call("GET", f"{IMPORTS}/{pending}")
    yield control_call("POST", "/clock/settle")
    yield call("GET", f"{IMPORTS}/{pending}")
    yield call("GET", "/crm/v3/objects/contacts")
    yield call("GET", "/crm/v3/objects/companies")
    yield control_call(
        "PUT", "/scenario", {"name": "other", "seed": {"records": {"contacts": [{"email": "a@example.com"}]}}}
    )
    yield call("GET", "/crm/v3/objects/contacts")
    yield control_call("POST", "/reset")
    yield control_call("POST", "/snapshots/pending/restore")
    yield control_call("DELETE", "/snapshots/pending")
    yield control_call("POST", f"/imports/{pending}/finish")
    yield control_call("POST", f"/imports/{pending}/revert")
    yield call("GET", IMPORTS)
    yield control_call("GET", "/records/counts")


def kept(answer: Answer) -> tuple[int, Any]:
    """Returns the answer about a snapshot without its size: a file has other pages."""
    _, status, body = answer
    return status, {name: value for name, value in body.items() if name != "size"}


def test_every_call_is_answered_alike(tmp_path: Path) -> None:
    with serving(None) as temporary, serving(tmp_path / "portal.db") as in_file:
        for expected, answer in zip(story(temporary), story(in_file), strict=True):
            assert answer == expected
            assert answer[1] < 300, answer


def test_a_restored_portal_is_still_there_after_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path / "portal.db") as control:
        control.post("/seed", records={"contacts": [{"email": "ada@example.com"}]})
        control.post("/snapshots", name="one")
        control.post("/seed", records={"contacts": [{"email": "grace@example.com"}]})
        control.post("/snapshots/one/restore")
    with serving(tmp_path / "portal.db") as control:
        found = control.http.get("/crm/v3/objects/contacts").json()["results"]
        assert [contact["properties"]["email"] for contact in found] == ["ada@example.com"]
