"""Requests that once got no answer, a 500, or held everybody up: by name, with the statuses that are right."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

AUTHORIZED = "Authorization: Bearer t\r\n"
MULTIPART = AUTHORIZED + "Content-Type: multipart/form-data; boundary=b\r\n"
IMPORTS = "/crm/v3/imports"
CONTACTS = "/crm/v3/objects/contacts"
SEARCH = f"{CONTACTS}/search"
CSV = b"Email\r\nada@example.com\r\n"
COLUMN = {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email"}


class Hostile(NamedTuple):
    """A request, and which statuses may answer it."""

    name: str
    method: str
    target: str
    headers: str
    body: bytes
    statuses: set[int]


def sent(**changes: Any) -> dict[str, Any]:
    """Returns a good importRequest with some of its keys changed."""
    page = {"hasHeader": True, "columnMappings": [COLUMN]}
    return {"name": "n", "files": [{"fileName": "l.csv", "fileImportPage": page}], **changes}


def form(text: str | bytes, *, headers: str = "", file_name: str = '; filename="l.csv"', content: bytes = CSV) -> bytes:
    """Returns a multipart body of an importRequest and a file; `headers` are of the importRequest's part."""
    written = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    first = f'--b\r\nContent-Disposition: form-data; name="importRequest"\r\n{headers}\r\n'.encode("latin-1") + written
    second = f'\r\n--b\r\nContent-Disposition: form-data; name="files"{file_name}\r\n\r\n'.encode(
        "utf-8", "surrogatepass"
    )
    return first + second + content + b"\r\n--b--\r\n"


def uploads() -> Iterator[Hostile]:
    """Yields uploads."""

    def upload(name: str, body: bytes, *statuses: int) -> Hostile:
        return Hostile(name, "POST", IMPORTS, MULTIPART, body, set(statuses))

    good = json.dumps(sent())
    charsets = ("idna", "IDNA", "undefined", "punycode", "a\x00b", "unicode_escape", "utf-7", "hex", "x" * 3000, "")
    for charset in charsets:
        headers = f"Content-Type: application/json; charset={charset}\r\n"
        # python-multipart refuses NUL and long headers itself
        yield upload(f"charset {charset[:20]!r}", form(good, headers=headers), 200, 400)
    for charset in ("undefined", "idna", "utf-7", "\x00"):
        extended = f"; filename*={charset}''%2BAGw-l.csv"
        yield upload(f"filename* in {charset!r}", form(good, file_name=extended), 200, 400)
    surrogate = json.dumps("\ud800")
    for key, value in (
        ("\ud800", 1),
        ("name", "a\udc00"),
        ("timeZone", "\ud800"),
        ("dateFormat", "\ud800x"),
        ("marketingEventObjectId", "\ud800"),
    ):
        yield upload(f"half a character in {key!r}", form(json.dumps(sent(**{key: value}))), 200, 400)
    yield upload(
        "half a character in importOperations", form(json.dumps(sent(importOperations={"0-1": "\ud800"}))), 400
    )
    yield upload(
        "half a character as an object type", form(json.dumps(sent(importOperations={"\ud800": "CREATE"}))), 400
    )
    yield upload("half a character alone", form(surrogate), 400)
    for name in ("\x00", "a\x01b", "a\x7f", "\u2028", "a" * 1490 + " " * 20 + "b", "x " * 1000):
        yield upload(f"a column {name[:12]!r}", form(json.dumps(_with_column(name))), 200, 400)
        yield upload(f"a file {name[:12]!r}", form(json.dumps(sent()), file_name=f'; filename="{name}"'), 200, 400)
    columns = [dict(COLUMN, columnName=f"C{n}", propertyName=f"no_such_property_{n}") for n in range(40)]
    yield upload("many unknown properties", form(json.dumps(_with_columns([COLUMN, *columns]))), 200, 400)
    for text in (
        "[1" + ",1" * 400_000,
        '{"a":' * 1000,
        "[" * 100_000,
        '{"files":[1' + ",1" * 300_000 + "]}",
        "9" * 5000,
        '"' + "\\u0041" * 100_000,
        "{" + ",".join(f'"k{n}":1' for n in range(60_000)) + "}",
    ):
        yield upload(f"{len(text):,} characters of {text[:12]}", form(text), 400)
    unknown = {f"k{n}": 1 for n in range(60_000)}
    yield upload("60,000 unknown keys", form(json.dumps(sent(**unknown))), 200)
    yield upload("an importRequest that is too large", form(" " * (1024 * 1024 + 1)), 413)
    for cell in ("一" * 1000 + "@example.com", "x@" + "一" * 16_000, "x@" + ".".join(["一" * 50] * 300), "@" * 60_000):
        yield upload(f"an address {cell[:4]}… of {len(cell):,}", form(good, content=b"Email\r\n" + cell.encode()), 200)


def _with_columns(columns: list[dict[str, Any]]) -> dict[str, Any]:
    return sent(files=[{"fileName": "l.csv", "fileImportPage": {"hasHeader": True, "columnMappings": columns}}])


def _with_column(name: str) -> dict[str, Any]:
    return _with_columns([COLUMN, dict(COLUMN, columnName=name, propertyName=name)])


def bodies() -> Iterator[Hostile]:
    """Yields JSON bodies of HubSpot's operations and of the control API."""
    broken = (
        b"[", b"[1", b'{"inputs":1', b'{"properties":1,', b"2\xff", b'"\xff"', b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5000, b'{"properties":{"email":' + b"9" * 5000 + b"}}",
        b'{"a":"\\ud800"}', b'"\\u', b"\x00", b"\xff\xfe{\x00}\x00", b"{}\x00", b"-", b"1e999", b'{"inputs":[' + b"1," * 100_000, b"[1" + b",1" * 500_000 + b"]",
    )  # fmt: skip
    for target in (
        CONTACTS,
        SEARCH,
        "/crm/v3/schemas",
        f"{CONTACTS}/batch/create",
        "/crm/v3/properties/contacts",
        "/crm/v3/lists",
    ):
        for number, body in enumerate(broken):
            allowed = {200, 400} if b"ud800" in body and target == SEARCH else {400}  # an unknown key is passed over
            yield Hostile(f"{target} {number} {body[:12]!r}", "POST", target, AUTHORIZED, body, allowed)
    for target in ("/_mock/seed", "/_mock/faults", "/_mock/portals", "/_mock/verify"):
        for number, body in enumerate(broken):
            yield Hostile(f"{target} {number} {body[:12]!r}", "POST", target, "", body, {400})


def searches() -> Iterator[Hostile]:
    """Yields searches."""

    def search(name: str, body: Any, *statuses: int) -> Hostile:
        return Hostile(f"search {name}", "POST", SEARCH, AUTHORIZED, json.dumps(body).encode(), set(statuses))

    for token in (
        "*a" * 6 + "*b",
        "*a" * 800 + "*b",
        "a*" * 800 + "b",
        "*a a*" * 400 + "b",
        "a " * 1499 + "b",
        "a* " * 900 + "b",
        "a" * 3000,
        "*",
        "",
    ):
        for operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
            one = {"propertyName": "firstname", "operator": operator, "value": token}
            yield search(f"{operator} {token[:10]}… of {len(token)}", {"filterGroups": [{"filters": [one]}]}, 200)
    yield search("a token that is too long", _filters(operator="CONTAINS_TOKEN", value="*a" * 2000), 400)
    for after in ("9" * 5000, "9" * 19, "-1", "١", "1" * 18):
        yield search(f"after {after[:6]}… of {len(after)}", {"after": after}, 400)
    for count, status in ((100, 200), (1001, 400), (9999, 400), (300_000, 400)):
        values = [f"v{n}" for n in range(count)]
        for name in ("email", "lifecyclestage", "firstname"):
            yield search(f"IN of {count:,} of {name}", _filters(name, operator="IN", values=values), status)
    for sort in ("{", '{"propertyName":', '{"propertyName":1}', "{" * 5000, "-", "\ud800"):
        yield search(f"sort {sort[:20]!r}", {"sorts": [sort]}, 400)
    yield search(
        "a query of many words", {"query": " ".join("abcdefghijklmnopqrstuvwxyz"[n % 26] for n in range(1500))}, 200
    )


def _filters(name: str = "firstname", **rest: Any) -> dict[str, Any]:
    return {"filterGroups": [{"filters": [{"propertyName": name, **rest}]}]}


def paths() -> Iterator[Hostile]:
    """Yields targets."""
    for text in (
        "\x00",
        "a\x01",
        "\x7f",
        "\r\nX: y",
        "\n",
        " ",
        "\ud800",
        "x " * 740,
        "a" * 1499 + " ",
        "%" * 50,
        "\u202e",
    ):
        for stem in (IMPORTS, "/crm/v3/lists/", f"{CONTACTS}/", "/nowhere/", "/oauth/v1/access-tokens/"):
            target = stem + quote(text, errors="surrogatepass")
            yield Hostile(f"{stem}{text[:10]!r}", "GET", target, AUTHORIZED, b"", {400, 401, 404, 405, 501})
        for stem in ("/_mock/faults/", "/_mock/portals/", "/_mock/records/contacts/", "/_mock/"):
            target = stem + quote(text, errors="surrogatepass")
            yield Hostile(f"{stem}{text[:10]!r}", "GET", target, "", b"", {400, 404, 405})
        query = quote(text, errors="surrogatepass")
        yield Hostile(f"limit={text[:10]!r}", "GET", f"{IMPORTS}?limit={query}", AUTHORIZED, b"", {200, 400})


def control() -> Iterator[Hostile]:
    """Yields calls of the control API."""

    def call(name: str, method: str, path: str, body: Any, *statuses: int) -> Hostile:
        return Hostile(name, method, f"/_mock{path}", "", json.dumps(body).encode(), set(statuses))

    for seconds in (1e300, 1e30, -1e300, 10**400):
        app = {"name": "a", "token": "t", "expires_in_seconds": seconds}
        yield call(f"a token of {str(seconds)[:8]} s", "PUT", "/scenario", {"name": "s", "apps": [app]}, 400)
    for number in (10**30, 2**63, -1, 0):
        owner = {"email": "ada@example.com", "id": number}
        yield call(f"an owner {number}", "PUT", "/scenario", {"name": "s", "seed": {"owners": [owner]}}, 400)
    for name in ("x" * 300, "x" * 100_000, "a\x00b", "../" * 2000, "\n"):
        yield call(f"a scenario {name[:8]!r}… of {len(name)}", "PUT", "/scenario", name, 400)
    yield call(
        "a CSV file in JSON", "POST", "/seed", {"csv": [{"file": "/no/such.csv", "object_type": "contacts"}]}, 400
    )
    for header in (
        {"X-A": "a\r\nX-B: c"},
        {"X-A": "a\x00"},
        {"X\n": "a"},
        {"": "a"},
        {"X-A": " ü"},
        {"Content-Length": "7"},
        {"Transfer-Encoding": "chunked"},
    ):
        yield call(
            f"a fault's header {header}", "POST", "/faults", {"response": {"status": 200, "headers": header}}, 400
        )
    for name in ("a\nforged line", "a\x1b[31m", "x" * 500):
        yield call(f"a fault {name[:9]!r}", "POST", "/faults", {"name": name, "error": "burst-limit"}, 400)
    for status in (0, 100, 101, 199, 600):
        yield call(f"a fault with status {status}", "POST", "/faults", {"response": {"status": status}}, 400)
    for pattern in ("*a*a*a*a*a*b", "*a" * 499 + "*b", "*b*" * 300, "a" * 999 + "*"):
        yield call(f"a pattern of {pattern[:3]}", "POST", "/verify", {"path": pattern, "request": pattern}, 200, 400)
        yield call(
            f"a fault on {pattern[:3]}",
            "POST",
            "/faults",
            {"path": f"/crm/v3/{pattern}", "error": "burst-limit", "nth": 999},
            200,
            400,
        )
    for name, value in (("name", "x" * 400_000), ("path", "*" * 400_000), ("response", {"body": "x" * 400_000})):
        yield call(f"a fault whose {name} is long", "POST", "/faults", {name: value, "error": "burst-limit"}, 400)
    numbers = [1] * 500_000
    for path, body in (
        ("/seed", {"records": {"contacts": numbers}}),
        ("/seed", {"associations": numbers}),
        ("/portals", {"scenario": {"name": "s", "seed": {"records": {"contacts": numbers}}}}),
        ("/verify", {"path": numbers}),
        ("/verify", {"count": 10**400}),
    ):
        yield call(f"{path} with {str(body)[:40]}…", "POST", path, body, 400)
    records = [{"email": f"{n}@example.com", "firstname": 10**30} for n in range(20_000)]
    yield call("records with numbers of 31 digits", "POST", "/seed", {"records": {"contacts": records}}, 400)
    for pattern in ("(a+)+b", "(a|aa)+b", "(.*)*(.*)*b"):
        added = {"object_type": "contacts", "name": f"p{len(pattern)}", "type": "string", "pattern": pattern}
        broken = {"properties": [added], "records": {"contacts": [{added["name"]: "a" * 60_000}]}}
        yield call(f"a value of 60,000 letters that breaks {pattern}", "POST", "/seed", broken, 400)
    for pattern in ("(", "(?=a)b", r"(a)\1", "((((((((((a{20}){20}){20}", "[b-a]", "a{2}{2}", "x" * 2000):
        added = {"object_type": "contacts", "name": "q", "type": "string", "pattern": pattern}
        yield call(f"a pattern {pattern[:20]}", "POST", "/seed", {"properties": [added]}, 400)
    yield call("a scenario that is an array", "PUT", "/scenario", numbers, 400)
    yield call("a pattern that is too long", "POST", "/verify", {"path": "*a" * 5000}, 400)
    yield call(
        "a fault's path that is too long", "POST", "/faults", {"path": "/" + "*a" * 5000, "error": "burst-limit"}, 400
    )
    for seconds in (1e300, -1, 1e15):
        yield call(f"a clock {seconds} s ahead", "POST", "/clock/advance", {"seconds": seconds}, 400)


def all_cases() -> list[Hostile]:
    """Returns all of them."""
    return [*uploads(), *bodies(), *searches(), *paths(), *control()]
