"""What goes over the wire, byte by byte where it matters: a real socket, and clients with odd habits."""

import json
import re
import socket
from collections.abc import Callable

import httpx
import pytest

from mockserver.handle import MockHubSpot
from mockserver.wire.exchange import DATED_VERSIONS
from tests.plain import UNENCRYPTED

REQUEST = {
    "name": "wire",
    "files": [
        {
            "fileName": "c.csv",
            "fileImportPage": {
                "hasHeader": True,
                "columnMappings": [
                    {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email"},
                ],
            },
        }
    ],
}
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def multipart(content: bytes = b"Email\r\nada@example.com\r\n") -> bytes:
    return b"".join(
        [
            b'--x\r\nContent-Disposition: form-data; name="importRequest"\r\n\r\n',
            json.dumps(REQUEST).encode(),
            b'\r\n--x\r\nContent-Disposition: form-data; name="files"; filename="c.csv"\r\n\r\n',
            content,
            b"\r\n--x--\r\n",
        ]
    )


def exchange(hubspot: MockHubSpot, head: str, *bodies: bytes, wait_for: bytes | None = None) -> bytes:
    """Sends a request as raw bytes and returns all that comes back until the connection is closed."""
    host, port = hubspot.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        start = head.replace("\n", "\r\n").encode() + b"\r\n"
        got = b""
        if wait_for:
            connection.sendall(start)
            while wait_for not in got:
                got += connection.recv(65536)
            start = b""
        connection.sendall(start + b"".join(bodies))  # at once: an early answer may close the connection
        while data := connection.recv(65536):
            got += data
    return got


def client(hubspot: MockHubSpot) -> httpx.Client:
    return httpx.Client(base_url=hubspot.url, headers={"Authorization": f"Bearer {hubspot.token}"}, verify=UNENCRYPTED)


def test_a_chunked_body_is_read(hubspot: MockHubSpot) -> None:
    body = multipart()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[i : i + 7]), body[i : i + 7]) for i in range(0, len(body), 7))
    answer = exchange(
        hubspot,
        f"POST /crm/v3/imports HTTP/1.1\nHost: x\nAuthorization: Bearer {hubspot.token}\nConnection: close\n"
        "Content-Type: multipart/form-data;boundary=x\nTransfer-Encoding: chunked\n",
        chunks + b"0\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 200")
    assert [record["email"] for record in hubspot.records("contacts")] == ["ada@example.com"]


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [("multipart", "json", b"200"), ("json", "multipart", b"415"), ("multipart", "multipart", b"200")],
)
def test_two_content_types_are_refused_and_with_the_rule_off_the_first_counts(
    make_hubspot: Callable[..., MockHubSpot], first: str, second: str, status: bytes
) -> None:
    types = {"multipart": "multipart/form-data; boundary=x", "json": "application/json"}
    body = multipart()
    head = (
        f"POST /crm/v3/imports HTTP/1.1\nHost: localhost\nAuthorization: Bearer TOKEN\nConnection: close\n"
        f"Content-Type: {types[first]}\nContent-Type: {types[second]}\nContent-Length: {len(body)}\n"
    )
    for off, expected in ((), b"400"), (("duplicate-content-type",), status):
        hubspot = make_hubspot(scenario={"name": "off", "rules_off": list(off)})
        sent = head.replace("TOKEN", hubspot.token)
        assert exchange(hubspot, sent, body).split()[1] == expected
        entry = hubspot.journal[-1]
        told = entry.warnings[0] if off else entry.diagnosis
        assert told is not None
        assert (told["rule"], told["got"]) == ("duplicate-content-type", f"{types[first]} and {types[second]}")


@pytest.mark.parametrize("charset", ["idna", "undefined", "punycode", "unicode_escape", "utf-9", "x" * 3000])
def test_a_charset_that_does_not_exist_is_taken_for_utf_8_with_a_warning(hubspot: MockHubSpot, charset: str) -> None:
    sent = (None, json.dumps({**REQUEST, "name": "Löwe"}, ensure_ascii=False), f"application/json; charset={charset}")
    with client(hubspot) as http:
        accepted = http.post("/crm/v3/imports", files=[("importRequest", sent), ("files", ("c.csv", b"Email\r\n"))])
    assert (accepted.status_code, accepted.json()["importName"]) == (200, "Löwe")
    (warning,) = hubspot.journal[-1].warnings
    assert warning["rule"] == "unknown-charset"
    assert warning["got"].startswith(f'charset="{charset[:100]}')


def test_a_part_of_another_name_is_ignored_with_a_warning_that_guesses_what_was_meant(hubspot: MockHubSpot) -> None:
    with client(hubspot) as http:
        sent = {"importRequest": json.dumps(REQUEST)}
        refused = http.post("/crm/v3/imports", data=sent, files={"file": ("c.csv", b"Email\r\n")})
    assert refused.headers["X-Hubspot-Mock-Rule"] == "files-missing"
    assert refused.headers["X-Hubspot-Mock-Warning"] == "unknown-part"
    assert 'got a request without files parts, but with "file".' in refused.headers["X-Hubspot-Mock-Diagnosis"]
    (warning,) = hubspot.journal[-1].warnings
    assert (warning["rule"], warning["got"]) == ("unknown-part", 'a part named "file"')
    assert warning["hint"] == "It is ignored. Did you mean files?"


def test_an_answer_names_the_rules_of_its_first_warnings_once(hubspot: MockHubSpot) -> None:
    with client(hubspot) as http:
        sent = {"importRequest": json.dumps({**REQUEST, "colour": "red", "size": 3})}
        others = [("file", ("a.csv", b"Email\r\n"))]
        accepted = http.post("/crm/v3/imports", data=sent, files=[("files", ("c.csv", b"Email\r\n")), *others])
    assert accepted.status_code == 200
    assert accepted.headers["X-Hubspot-Mock-Warning"] == "unknown-part, unknown-key"
    assert len(hubspot.journal[-1].warnings) == 3


def test_a_client_that_waits_for_100_continue_gets_it(hubspot: MockHubSpot) -> None:
    body = multipart()
    answer = exchange(
        hubspot,
        f"POST /crm/v3/imports HTTP/1.1\nHost: x\nAuthorization: Bearer {hubspot.token}\nConnection: close\n"
        f'Content-Type: multipart/form-data; boundary="x"\nContent-Length: {len(body)}\nExpect: 100-continue\n',
        body,
        wait_for=b"100 Continue\r\n",
    )
    assert b"HTTP/1.1 200" in answer


def test_an_offer_to_upgrade_to_h2c_is_passed_over(hubspot: MockHubSpot) -> None:
    answer = exchange(
        hubspot,
        f"GET /crm/v3/imports HTTP/1.1\nHost: x\nAuthorization: Bearer {hubspot.token}\n"
        "Connection: Upgrade, HTTP2-Settings, close\nUpgrade: h2c\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQB\n",
    )
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b'{"results":[]}')


@pytest.mark.parametrize(
    "path", ["/crm/v3/imports", "/crm/v3/imports/", "/crm/imports/2026-03/", "/crm/imports/2025-09"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_trailing_slash_makes_no_difference_and_no_redirect(hubspot: MockHubSpot, path: str, method: str) -> None:
    with client(hubspot) as http:
        answer = (
            http.get(path)
            if method == "GET"
            else http.post(path, content=multipart(), headers={"Content-Type": "multipart/form-data; boundary=x"})
        )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "served_as"),
    [("2026-04", "2026-03"), ("2025-12", "2025-09"), ("2091-01", DATED_VERSIONS[-1])],
)
def test_another_month_is_served_like_the_nearest_older_version(
    hubspot: MockHubSpot, path: str, served_as: str
) -> None:
    with client(hubspot) as http:
        assert http.get(f"/crm/imports/{path}").status_code == 200
    assert hubspot.journal[-1].notes == [
        f"API version {path} is not published: served as {served_as}, the nearest older one"
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/crm/imports/2025-08",
        "/crm/imports/latest",
        "/crm/v4/imports",
        "/crm/v3/import",
        "/crm/v3/imports/1/2/3",
        "/nothing",
        "/",
    ],
)
def test_a_path_that_hubspot_does_not_have_is_its_html_404(hubspot: MockHubSpot, path: str) -> None:
    with client(hubspot) as http:
        answer = http.get(path, headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html;charset=iso-8859-1"
    assert answer.text == (
        '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>\n'
        "<title>Error 404 Not Found</title>\n</head>\n<body><h2>HTTP ERROR 404</h2>\n"
        "<p>Resource not found</p>\n</body>\n</html>\n"
    )
    assert answer.headers["x-hubspot-notfound"] == "true"


@pytest.mark.parametrize("path", ["/crm/imports/2025-08", "/crm/imports/v4/1", "/crm/v4/imports/1/errors"])
def test_the_404_of_a_version_that_imports_do_not_have_names_those_that_they_have(
    hubspot: MockHubSpot, path: str
) -> None:
    with client(hubspot) as http:
        http.get(path)
    diagnosis = hubspot.journal[-1].diagnosis
    assert diagnosis is not None
    assert diagnosis["expected"] == f"/crm/v3/imports, or /crm/imports/ and a version: {', '.join(DATED_VERSIONS)}, v3"


def test_the_spelling_of_spring_2026_is_served(hubspot: MockHubSpot) -> None:
    with client(hubspot) as http:
        assert http.get("/crm/imports/v3").json() == {"results": []}
        assert http.get("/crm/imports/v3/1").status_code == 404
        assert http.get("/crm/imports/v3/none").status_code == 400
    assert {entry.operation for entry in hubspot.journal} == {"imports.list", "imports.get"}


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/crm/v3/imports"), ("PUT", "/crm/imports/2026-03/1/cancel")])
def test_a_wrong_verb_is_a_405_without_a_body(hubspot: MockHubSpot, method: str, path: str) -> None:
    with client(hubspot) as http:
        answer = http.request(method, path)
    assert answer.status_code == 405
    assert answer.content == b""
    assert "content-type" not in answer.headers
    assert answer.headers["allow"] in {"GET,OPTIONS,POST", "OPTIONS,POST"}


@pytest.mark.hubspot(allow_unsupported=True)
@pytest.mark.parametrize("path", ["/crm/v3/exports/export/async", "/files/v3/files", "/marketing/v3/emails"])
def test_an_api_that_is_not_served_says_so_and_is_counted(hubspot: MockHubSpot, path: str) -> None:
    with client(hubspot) as http:
        answer = http.get(path)
    assert answer.status_code == 501
    body = answer.json()
    assert (body["status"], body["category"]) == ("error", "NOT_SERVED_BY_MOCK")
    assert path in body["message"]
    assert answer.headers["x-hubspot-mock-rule"] == "not-served-here"


def test_every_answer_carries_the_correlation_id_of_its_body(hubspot: MockHubSpot) -> None:
    with client(hubspot) as http:
        answers = [http.get("/crm/v3/imports"), http.get("/crm/v3/imports/0"), http.get("/nothing")]
    ids = [answer.headers["x-hubspot-correlation-id"] for answer in answers]
    assert all(UUID7.fullmatch(one) for one in ids)
    assert len(set(ids)) == 3
    assert answers[1].json()["correlationId"] == ids[1]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("*/*", "text/html;charset=iso-8859-1"), ("application/json, */*", "application/json;charset=utf-8")],
)
def test_an_unknown_import_is_html_or_json_by_what_the_client_accepts(
    hubspot: MockHubSpot, accept: str, kind: str
) -> None:
    with client(hubspot) as http:
        answer = http.get("/crm/v3/imports/99", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (404, kind)


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/9223372036854775808", "path parameter: importId"),
        ("/9223372036854775808/errors", "path parameter: importId"),
        ("/\u0663", "path parameter: importId"),
        ("?after=-9223372036854775809", "query parameter: after"),
        ("?limit=2147483648", "query parameter: limit"),
    ],
)
def test_a_number_that_java_cannot_hold_or_read_is_refused(hubspot: MockHubSpot, path: str, what: str) -> None:
    with client(hubspot) as http:
        refused = http.get("/crm/v3/imports" + path)
        assert http.get("/crm/v3/imports/9223372036854775807").status_code == 404
        assert http.get("/crm/v3/imports?after=9223372036854775807&limit=2147483647").json() == {"results": []}
    assert (refused.status_code, refused.json()["message"]) == (400, f"Unable to parse value for {what}")


def test_the_import_of_another_app_is_not_found_and_not_listed(hubspot: MockHubSpot) -> None:
    other = hubspot.app().token
    with client(hubspot) as http:
        created = http.post(
            "/crm/v3/imports", content=multipart(), headers={"Content-Type": "multipart/form-data; boundary=x"}
        ).json()
        theirs = {"Authorization": f"Bearer {other}", "Accept": "application/json"}
        assert http.get(f"/crm/v3/imports/{created['id']}", headers=theirs).status_code == 404
        assert http.get("/crm/v3/imports", headers=theirs).json() == {"results": []}
        assert [one["id"] for one in http.get("/crm/v3/imports").json()["results"]] == [created["id"]]


def test_pages_link_to_the_next_one_through_the_host_that_was_called(hubspot: MockHubSpot) -> None:
    with client(hubspot) as http:
        ids = [
            http.post(
                "/crm/v3/imports", content=multipart(), headers={"Content-Type": "multipart/form-data; boundary=x"}
            ).json()["id"]
            for _ in range(5)
        ]
        page = http.get("/crm/v3/imports", params={"limit": 2}).json()
        seen = [one["id"] for one in page["results"]]
        while "paging" in page:
            assert page["paging"]["next"]["link"].startswith(f"{hubspot.url}/crm/v3/imports?limit=2&after=")
            page = http.get(page["paging"]["next"]["link"]).json()
            seen += [one["id"] for one in page["results"]]
        assert seen == ids
        before = http.get("/crm/v3/imports", params={"limit": 2, "before": ids[3]}).json()
        assert [one["id"] for one in before["results"]] == ids[1:3]
        assert before["paging"]["next"]["after"] == ids[2]


def test_a_client_that_hangs_up_during_its_upload_leaves_nothing(hubspot: MockHubSpot) -> None:
    host, port = hubspot.url.removeprefix("http://").split(":")
    body = multipart()
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            f"POST /crm/v3/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {hubspot.token}\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body[:-20]
        )
    with client(hubspot) as http:
        assert http.get("/crm/v3/imports").json() == {"results": []}
