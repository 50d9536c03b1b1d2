"""Raw HTTP: request lines, headers, lengths and chunks, several requests on a connection, and noise."""

from random import Random

from tests.fuzz.pieces import mutated, text

METHODS = (
    ("GET",) * 10
    + ("POST",) * 10
    + (
        "GET",
        "POST",
        "PUT",
        "DELETE",
        "PATCH",
        "HEAD",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "get",
        "FOO",
        "G ET",
        "",
        "PRI",
        "M-SEARCH",
    )
)
TARGETS = ("/crm/v3/imports", "/crm/v3/objects/contacts", "/crm/v3/imports/1") * 4 + (
    "/crm/v3/imports", "/crm/v3/imports/1", "/crm/v3/imports%00", "//crm/v3/imports", "http://x/crm/v3/imports", "*", "x:80", "", "/" * 500, "/_mock/journal",
    "/_mock/faults/%0Ax", "/crm/v3/imports?limit=%ff", "/?", "/crm/v3/objects/contacts?%00", "/../../x", "/crm/v3/objects/contacts/search", "/%", "/é", "/a b",
    "http://", "http://[::1", "/_mock/health#x", "/" + "a" * 70000, "/crm/v3/lists/%0d%0aX:%20y", "/oauth/v1/access-tokens/T",
)  # fmt: skip
HEADERS = (
    "Authorization: Bearer t", "Authorization:", "Authorization: Basic eA==", "Authorization: Bearer \xff", "Host: x", "Host: evil.example", "Host:", "Origin: null",
    "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: x", "Expect: 100-continue", "Expect: x", "Connection: close",
    "Connection: keep-alive", "Connection: Upgrade", "Upgrade: websocket", "Upgrade: h2c", "Content-Type: multipart/form-data; boundary=b", "Content-Type: application/json",
    "Content-Encoding: gzip", "Content-Type: x; boundary=" + "b" * 5000, "X: " + "y" * 9000, "X : y", "X", ": y", " folded", "X:\x00", "X-Hubspot-Mock-Portal: portal-9",
    "X-Forwarded-Proto: \x7f", "Accept: " + ";q=" * 900, "Content-Length: 0", "Content-Length: -1", "Content-Length: +3", "Content-Length: 3, 3", "Content-Length: 99999999999999999999",
)  # fmt: skip
ENDS = ("\r\n",) * 200 + ("\n", "\r", "\r\n ")


def _body(random: Random) -> tuple[list[str], bytes]:
    data = text(random).encode("utf-8", "surrogatepass")[:2000]
    kind = random.random()
    if kind < 0.3:
        return [], b""
    if kind < 0.7:
        return [f"Content-Length: {len(data)}"], data
    if kind < 0.9:
        chunks = [
            b"%x%s\r\n%s\r\n" % (len(data), random.choice((b"", b";x=y", b" ")), data)
            for _ in range(random.randint(0, 3))
        ]
        return ["Transfer-Encoding: chunked"], b"".join(chunks) + random.choice(
            (b"0\r\n\r\n", b"0\r\nT: x\r\n\r\n", b"zz\r\n")
        )
    return [f"Content-Length: {len(data) + random.choice((-1, 1, 100))}"], data


def _one(random: Random) -> bytes:
    headers, body = _body(random)
    headers += random.sample(HEADERS, random.choice((0, 0, 1, 1, 2, 4)))
    random.shuffle(headers)
    version = random.choice(("HTTP/1.1",) * 40 + ("HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "", "HTTP/1.1 x"))
    lines = [f"{random.choice(METHODS)} {random.choice(TARGETS)} {version}", "Host: 127.0.0.1", *headers, ""]
    return "".join(line + random.choice(ENDS) for line in lines).encode("latin-1", "replace") + body


def raw_http(random: Random) -> bytes:
    """Returns the bytes of one connection; it ends with a half close, and a request that broke off needs no answer."""
    sent = b"".join(_one(random) for _ in range(random.choice((1, 1, 1, 2, 5))))
    if random.random() < 0.3:
        sent = mutated(random, sent)
    return random.randbytes(random.randint(0, 300)) if random.random() < 0.03 else sent
