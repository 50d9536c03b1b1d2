"""Calls of all operations: HubSpot's and the control API's, with odd paths, queries and JSON bodies."""

from random import Random
from typing import Any
from urllib.parse import quote

from mockserver.control.api import PREFIX
from mockserver.control.api import all_operations as control_operations
from mockserver.hubspot.operations import all_operations
from tests.fuzz.pieces import encoded, text, value
from tests.fuzz.target import request

WORDS = (
    "contacts",
    "0-1",
    "companies",
    "email",
    "210000000001",
    "1",
    "55000001",
    "cars",
    "2-1000001",
    "ada@example.com",
    "portal-1",
    "fault-1",
    "snapshot-1",
)
QUERIES = ("limit", "after", "before", "properties", "archived", "idProperty", "associations", "includeErrorMessage", "type", "id", "event", "path", "status", "portal", "value", "property", "hapikey")  # fmt: skip
BODIES: tuple[Any, ...] = (
    {"properties": {"email": "ada@example.com"}}, {"inputs": [{"id": "1", "properties": {"email": "x"}}]}, {"inputs": [{"from": {"id": "1"}, "to": {"id": "2"}, "type": "x"}]},
    {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "CONTAINS_TOKEN", "value": "*a*b"}]}], "sorts": ["{"], "after": "1", "limit": 3, "query": "a b"},
    {"filterGroups": [{"filters": [{"propertyName": "lifecyclestage", "operator": "IN", "values": ["lead"]}]}]}, {"name": "x", "labels": {"singular": "x", "plural": "xs"}, "properties": [], "requiredProperties": []},
    {"name": "p", "label": "P", "type": "string", "fieldType": "text", "groupName": "contactinformation"}, {"name": "l", "objectTypeId": "0-1", "processingType": "MANUAL"},
    {"error": "burst-limit", "nth": 1}, {"response": {"status": 200, "headers": {"X": "y"}, "body": "z"}}, {"seconds": 1.5}, {"pace": "instant", "speed": 2, "now": "2027-01-01T00:00:00Z"},
    {"apps": 1, "scenario": "default"}, {"name": "s", "seed": {"records": {"contacts": [{"email": "a@example.com"}]}}, "apps": [{"name": "a", "token": "t2"}]}, {"records": {"contacts": [{"email": "b@example.com"}]}},
    {"path": "*a*b", "count": 1}, {"grant_type": "refresh_token"}, {"toObjectTypeId": "0-2", "label": "x", "name": "x"}, ["1", "2"], [],
)  # fmt: skip
HEADERS = ("Content-Type: application/json\r\n",) * 6 + ("", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n", "X-Forwarded-Proto: a\x7fb\r\n")  # fmt: skip


def _filled(random: Random, template: str) -> str:
    segments = []
    for segment in template.split("/"):
        if segment == "{month}":
            segments.append(random.choice(("2026-03", "2026-03", "2026-13", "v9")))
        elif segment.startswith("{") or random.random() < 0.03:
            word = random.choice(WORDS) if random.random() < 0.6 else text(random)
            segments.append(quote(word, safe="*", errors="surrogatepass")[:3000])
        else:
            segments.append(segment)
    return "/".join(segments)


def _query(random: Random) -> str:
    pairs = []
    for _ in range(random.choice((0, 0, 1, 1, 2, 5))):
        name = random.choice(QUERIES) if random.random() < 0.9 else text(random)
        word = random.choice(WORDS) if random.random() < 0.5 else text(random)
        pairs.append(f"{quote(name, errors='surrogatepass')[:500]}={quote(word, errors='surrogatepass')[:3000]}")
    if random.random() < 0.05:
        pairs.append(random.choice(("%", "%ff", "=", "&&", ";", "a=b=c", "\xff")))
    return "?" + "&".join(pairs) if pairs else ""


def _json(random: Random) -> bytes:
    kind = random.random()
    if kind < 0.1:
        return b""
    body: Any = value(random) if kind < 0.25 else random.choice(BODIES)
    if isinstance(body, dict) and random.random() < 0.7:
        body = _varied(random, body)
    if random.random() < 0.02 and len(str(body)) < 1000:  # else the fuzzer itself runs out of memory
        body = [body] * random.choice((101, 3000))
    return encoded(random, body)


def _varied(random: Random, body: dict[str, Any]) -> dict[str, Any]:
    """Returns the body with one of its values, or of what is in it, another."""
    changed = dict(body)
    key = random.choice(list(changed)) if changed and random.random() < 0.9 else text(random)
    child = changed.get(key)
    if isinstance(child, dict) and random.random() < 0.7:
        changed[key] = _varied(random, child)
    elif isinstance(child, list) and child and isinstance(child[0], dict) and random.random() < 0.7:
        changed[key] = [_varied(random, child[0]), *child[1:]] * random.choice((1, 1, 3, 101))
    else:
        changed[key] = value(random)
    return changed


def hubspot_call(random: Random) -> bytes:
    """A call of one of HubSpot's operations."""
    operation = random.choice(all_operations())
    path = _filled(random, random.choice(operation.paths))
    method = (
        operation.method if random.random() < 0.95 else random.choice(("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"))
    )
    body = _json(random) if method in {"POST", "PUT", "PATCH"} else b""
    return request(method, path + _query(random), "Authorization: Bearer t\r\n" + random.choice(HEADERS), body)


def control_call(random: Random) -> bytes:
    """A call of the control API."""
    operation = random.choice(control_operations())
    path = PREFIX + _filled(random, operation.path)
    method = (
        operation.method if random.random() < 0.95 else random.choice(("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"))
    )
    body = _json(random) if method in {"POST", "PUT", "PATCH"} else b""
    if path.startswith(f"{PREFIX}/faults") and method == "POST" and random.random() < 0.8:
        return request("DELETE", f"{PREFIX}/faults", "", b"")  # armed ones would play what is looked for
    return request(method, path + _query(random), random.choice(HEADERS), body)
