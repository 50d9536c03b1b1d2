"""A portal's control API for tests that speak HTTP: what they arm, ask and move."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app
from tests.plain import UNENCRYPTED

CONTACTS_CSV = b"Email,First Name\r\nada@example.com,Ada\r\ngrace@example.com,Grace\r\nalan@example.com,Alan\r\n"
COLUMNS = [
    {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email", "columnType": "HUBSPOT_ALTERNATE_ID"},
    {"columnObjectTypeId": "0-1", "columnName": "First Name", "propertyName": "firstname"},
]
IMPORTS = "/crm/v3/imports"


class Control:
    """Calls /_mock for one portal, and HubSpot's APIs as one of its apps."""

    def __init__(self, url: str, token: str) -> None:
        self.token = token
        self.url = url
        self.key = ""  # of the portal, where a fixture knows it
        self.http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, verify=UNENCRYPTED)

    def get(self, path: str, /, **query: Any) -> Any:
        return self._answer(self.http.get(f"/_mock{path}", params=query))

    def post(self, path: str, /, **body: Any) -> Any:
        return self._answer(self.http.post(f"/_mock{path}", json=body))

    def put(self, path: str, body: Any) -> Any:
        return self._answer(self.http.put(f"/_mock{path}", json=body))

    def delete(self, path: str) -> Any:
        return self._answer(self.http.delete(f"/_mock{path}"))

    @staticmethod
    def _answer(answer: httpx.Response) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()

    def arm(self, **fault: Any) -> Any:
        return self.post("/faults", **fault)

    def start_import(
        self,
        name: str = "contacts",
        content: bytes = CONTACTS_CSV,
        file_name: str = "contacts.csv",
        columns: list[dict[str, Any]] = COLUMNS,
    ) -> httpx.Response:
        request = {
            "name": name,
            "files": [
                {"fileName": file_name, "fileImportPage": {"hasHeader": True, "columnMappings": columns}},
            ],
        }
        return self.http.post(
            IMPORTS,
            data={"importRequest": json.dumps(request)},
            files={"files": (file_name, content, "text/csv")},
        )

    def import_id(self, **given: Any) -> str:
        answer = self.start_import(**given)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def wide_import_id(self) -> str:
        """Makes an import of 130 columns, whose third row, on line 5, has an error in column 50."""
        names = ["Email", *(f"Column {number}" for number in range(2, 131))]
        columns: list[dict[str, Any]] = [{"columnName": name, "ignored": True} for name in names]
        for at, name in ((0, "email"), (49, "closedate")):
            columns[at] = {"columnObjectTypeId": "0-1", "columnName": names[at], "propertyName": name}
        dates = {2: "2026-01-15", 4: "2026-01-16", 5: "no date", 6: "2026-01-17"}  # by line
        rows = [[f"p{line}@example.com", *("v" * 48), date, *("v" * 80)] for line, date in dates.items()]
        rows = [names, rows[0], [], *rows[1:]]
        return self.import_id(name="Wide", columns=columns, content="\n".join(map(",".join, rows)).encode())

    def state(self, import_id: str) -> str:
        answer = self.http.get(f"{IMPORTS}/{import_id}")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["state"])

    def close(self) -> None:
        self.http.close()


@pytest.fixture(scope="session")
def control_server() -> Iterator[Server]:
    """A server in this process."""
    server = Server(build_app(ServerOptions(pace=Pace.INSTANT))).start()
    yield server
    server.stop()


@pytest.fixture
def control(control_server: Server, request: pytest.FixtureRequest) -> Iterator[Control]:
    """A fresh portal, in the pace of the marker `hubspot`."""
    marker = request.node.get_closest_marker("hubspot")
    portals = f"{control_server.url}/_mock/portals"
    made = httpx.post(portals, json=marker.kwargs if marker else {}, verify=UNENCRYPTED).json()
    control = Control(control_server.url, made["tokens"][0])
    yield control
    control.close()
    httpx.delete(f"{portals}/{made['key']}", verify=UNENCRYPTED)
