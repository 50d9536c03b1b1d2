"""What the fuzzers are made of: odd texts, numbers and JSON, and mutations of bytes."""

import json
from random import Random
from typing import Any

CONTROLS = "\x00\x01\x08\x0b\x1b\x7f\x85\u2028"
TEXTS = (
    "", " ", "a", "email", "contacts", "0-1", "0-2", "2-1000001", "ada@example.com", "Å", "😀", "\ud800", "\udc00x", "\x00", "a\x00b",
    "\r\nX: y", "\n", "\t", "a ", " a", "%00", "%0a", "%", "%zz", "../../etc/passwd", "'; DROP TABLE records; --", '"', "\\", "$.\"", "{", "{name}",
    "{correlationId}", "{0}", "*", "*a*a*a*a*b", "null", "true", "-1", "NaN", "1e999", "9" * 19, "9" * 40, "9" * 5000, "x" * 300, "x" * 3000, "x " * 800,
    "ä" * 1500, "\ufeff", "\u202e", "file.csv", "l.csv", "2026-01-01", "0000-00-00", "Europe/Berlin", "UPSERT", "CREATE", "DAY_MONTH_YEAR", "999999999999999999999",
)  # fmt: skip
NUMBERS = (
    0,
    1,
    -1,
    2,
    10,
    100,
    200,
    2**31 - 1,
    2**31,
    2**53,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    10**30,
    10**400,
    0.5,
    -0.0,
    1e300,
    1e-300,
)
RAW = ("1e999", "-", "01", "1.", "+1", "NaN", "Infinity", "9" * 5000, "tru", "nul", "'a'", '"\\ud800"', '"\\u12"', '"\\x"', '"\x00"', '"\t"', '"unclosed', "[" * 3000, '{"a":' * 3000, "/**/1", "#", "\ufeff1")  # fmt: skip


def text(random: Random) -> str:
    """Returns an odd text: one of the known ones, parts of several, or noise."""
    kind = random.random()
    if kind < 0.6:
        return random.choice(TEXTS)
    if kind < 0.8:
        return "".join(random.choice(TEXTS)[:50] for _ in range(random.randint(1, 4)))
    letters = [chr(random.choice((random.randrange(128), random.randrange(0x3000), random.randrange(0x110000)))) for _ in range(random.randint(1, 40))]  # fmt: skip
    return "".join(letters) + random.choice(("", *CONTROLS))


def value(random: Random, depth: int = 0) -> Any:
    """Returns a JSON value."""
    kind = random.random()
    if kind < 0.35:
        return text(random)
    if kind < 0.55:
        return random.choice(NUMBERS)
    if kind < 0.7 or depth > 3:
        return random.choice((None, True, False, [], {}))
    if kind < 0.85:
        return [value(random, depth + 1) for _ in range(random.choice((0, 1, 2, 3, 30)))]
    return {text(random): value(random, depth + 1) for _ in range(random.randint(0, 4))}


def encoded(random: Random, body: Any) -> bytes:
    """Writes JSON, mostly well, else with raw tokens or mutations in it."""
    written = json.dumps(body, ensure_ascii=random.random() < 0.5, allow_nan=True)
    if random.random() < 0.08:
        at = random.randrange(len(written) + 1)
        written = written[:at] + random.choice(RAW) + written[random.choice((at, at + 1)) :]
    data = written.encode("utf-8", "surrogatepass")
    kind = random.random()
    if kind < 0.05:
        return mutated(random, data)
    if kind < 0.07:
        return written.encode(random.choice(("utf-16", "utf-16-le", "latin-1", "utf-32")), "replace")
    return b"\xef\xbb\xbf" + data if kind < 0.1 else data


def mutated(random: Random, data: bytes) -> bytes:
    """Changes bytes: flips, cuts, repeats, moves, and puts odd ones in."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(changed) + 1)
        size = random.choice((1, 2, 8, 64, 500))
        match random.randrange(6):
            case 0 if at < len(changed):
                changed[at] ^= 1 << random.randrange(8)
            case 1:
                del changed[at : at + size]
            case 2:
                changed[at:at] = changed[at : at + size] * random.choice((1, 2, 20))
            case 3:
                changed[at:at] = random.choice(
                    (b"\r\n", b"\n", b"\0", b"\xff", b"--", b'"', b"\r\n\r\n", b"\xc3", b":", b";", b"=")
                )
            case 4:
                changed[at : at + size] = random.randbytes(size)
            case _:
                other = random.randrange(len(changed) + 1)
                changed[at : at + size] = changed[other : other + size]
    return bytes(changed[: 2 * len(data) + 5000])
