"""The server against a bare Starlette + uvicorn application: start, memory, requests and lifecycles per second."""

import json
import statistics
import time

from tests.benchmarks.programs import (
    Connection,
    free_port,
    get,
    hello_command,
    mock_command,
    resident_bytes,
    running,
    seconds_to_first_answer,
)

STARTS = 15
ROUNDS = 7
REQUESTS = 3000
LIFECYCLES = 200

COLUMNS = [
    {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email", "columnType": "HUBSPOT_ALTERNATE_ID"},
    {"columnObjectTypeId": "0-1", "columnName": "First Name", "propertyName": "firstname"},
]


def post(rows: int, first: int = 0) -> bytes:
    request = {
        "name": "bench",
        "files": [{"fileName": "c.csv", "fileImportPage": {"hasHeader": True, "columnMappings": COLUMNS}}],
    }
    lines = "".join(f"p{first + n}@example.com,Person {n}\r\n" for n in range(rows))
    body = (
        '--b0undary\r\nContent-Disposition: form-data; name="importRequest"\r\n\r\n'
        + json.dumps(request)
        + '\r\n--b0undary\r\nContent-Disposition: form-data; name="files"; filename="c.csv"\r\n'
        "Content-Type: text/csv\r\n\r\nEmail,First Name\r\n" + lines + "\r\n--b0undary--\r\n"
    ).encode()
    head = (
        "POST /crm/v3/imports HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer bench\r\n"
        "Content-Type: multipart/form-data; boundary=b0undary\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    return head + body


def cold_starts() -> tuple[float, float, float]:
    """Returns the median seconds to the first 200, taken in turns: the floor, the mock's health and its imports."""
    rounds = []
    for _ in range(STARTS + 1):
        ports = [free_port() for _ in range(3)]
        rounds.append(
            (
                seconds_to_first_answer(hello_command(ports[0]), ports[0], "/"),
                seconds_to_first_answer(mock_command(ports[1]), ports[1], "/_mock/health"),
                seconds_to_first_answer(mock_command(ports[2]), ports[2], "/crm/v3/imports"),
            )
        )
    floor, health, imports = zip(*rounds[1:], strict=True)  # the first round warms the disk cache
    return statistics.median(floor), statistics.median(health), statistics.median(imports)


def requests_per_second(port: int, request: bytes) -> float:
    connection = Connection(port)
    began = time.perf_counter()
    for _ in range(REQUESTS):
        status, _ = connection.ask(request)
        assert status == 200
    seconds = time.perf_counter() - began
    connection.close()
    return REQUESTS / seconds


def get_one_import() -> tuple[float, float]:
    """Returns the median requests per second of the floor and of GET of one finished import, in turns."""
    floor_port, mock_port = free_port(), free_port()
    with (
        running(hello_command(floor_port), floor_port, "/"),
        running(mock_command(mock_port, "--pace", "instant"), mock_port, "/crm/v3/imports"),
    ):
        mock = Connection(mock_port)
        _, body = mock.ask(post(10))
        import_id = json.loads(body)["id"]
        one = get(f"/crm/v3/imports/{import_id}")
        assert json.loads(mock.ask(one)[1])["state"] == "DONE"
        mock.close()
        pairs = [
            (requests_per_second(floor_port, get("/")), requests_per_second(mock_port, one)) for _ in range(ROUNDS)
        ]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def lifecycles_per_second() -> float:
    """Returns how many imports of ten rows are posted, polled to DONE and asked for errors in a second."""
    port = free_port()
    with running(mock_command(port, "--pace", "instant"), port, "/crm/v3/imports"):
        connection = Connection(port)
        began = time.perf_counter()
        for n in range(LIFECYCLES):
            _, body = connection.ask(post(10, first=10 * n))
            import_id = json.loads(body)["id"]
            _, body = connection.ask(get(f"/crm/v3/imports/{import_id}"))
            assert json.loads(body)["state"] == "DONE"
            status, _ = connection.ask(get(f"/crm/v3/imports/{import_id}/errors"))
            assert status == 200
        return LIFECYCLES / (time.perf_counter() - began)


def idle_memory() -> tuple[int, int]:
    """Returns the resident bytes of the floor and of the mock after their first answer."""
    port = free_port()
    with running(hello_command(port), port, "/") as pid:
        floor = resident_bytes(pid)
    port = free_port()
    with running(mock_command(port), port, "/crm/v3/imports") as pid:
        return floor, resident_bytes(pid)


def table() -> list[tuple[str, str, str, str, str]]:
    """Returns the rows of the report: what, the floor, the mock, the ratio, the bound."""
    start_floor, start_health, start_imports = cold_starts()
    memory_floor, memory_mock = idle_memory()
    get_floor, get_mock = get_one_import()
    return [
        *(
            (
                f"cold start to the first 200 of {path}, ms",
                f"{start_floor * 1e3:.0f}",
                f"{start * 1e3:.0f}",
                f"{start / start_floor:.2f}",
                "at most 1.2",
            )
            for path, start in (("/_mock/health", start_health), ("/crm/v3/imports", start_imports))
        ),
        (
            "idle memory, MB",
            f"{memory_floor / 1e6:.0f}",
            f"{memory_mock / 1e6:.0f}",
            f"{memory_mock / memory_floor:.2f}",
            "at most 45 MB",
        ),
        (
            "GET one import, requests/s",
            f"{get_floor:,.0f}",
            f"{get_mock:,.0f}",
            f"{get_mock / get_floor:.2f}",
            "at least 0.75",
        ),
        ("lifecycles/s (POST 10 rows, poll, errors)", "", f"{lifecycles_per_second():,.0f}", "", ""),
    ]
