"""Email addresses and domain names: which are valid, and how they are stored.

HubSpot takes addresses by RFC 2822, without quoted local parts, whose domain ends in a top-level domain of IANA's list
(docs: developer FAQ, how email addresses are validated; seen: `…@yahoo.comtttt` refused). So `jane@acme.test` and
`jane@office.local` are refused as they are there. The list is in a file beside this one (October 2026).

Invisible characters, and those that only look like a letter, a dot or an @, are refused: what HubSpot does with them is
not known, and two records of one person would be worse [inferred].
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from stringprep import in_table_b1  # what is dropped from a domain: joiners, variation selectors
from typing import Final

from mockserver.crm.cells.kinds import Converter, ValueProblem, shown
from mockserver.crm.cells.texts import one_by_one, plain_cells, read_plain
from mockserver.refusals.error_types import ErrorType

_LONGEST_ADDRESS = 254  # RFC 5321
_LONGEST_LOCAL = 64  # RFC 5321
_LONGEST_DOMAIN = 253  # RFC 1035
_LONGEST_LABEL = 63  # RFC 1035

_LOCAL = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]++"  # possessive: no backtracking in a long cell
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+({_LABEL})")
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_LOCAL}(?:\.{_LOCAL})*+@(?:{_LABEL}\.)+({_LABEL})")  # RFC 5321: 64 at most
_PLAIN_LABEL = r"[a-z0-9]++(?:-++[a-z0-9]++)*+"  # of any length
_PLAIN_ADDRESSES = plain_cells(rf"{_LOCAL}(?:\.{_LOCAL})*+@{_PLAIN_LABEL}(?:\.{_PLAIN_LABEL})++")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")
_HOST = re.compile(r"[^/?#:]*")


def normalise_email(text: str) -> str | None:
    """Returns an address in lower case without surrounding white space, or None if it is not an address."""
    text = text.strip().lower()
    if len(text) > _LONGEST_ADDRESS or not _is_plain(text):
        return None
    match = _ADDRESS.fullmatch(text if text.isascii() else _in_ascii(text))
    return text if match is not None and match[1] in top_level_domains() else None


def normalise_domain(text: str) -> str | None:
    """Returns a domain in lower case, without scheme, `www.`, port and path, or None if it is not a domain.

    What follows the top-level domain is removed [docs: knowledge base, format import files]; the rest is inferred, and
    so is that any top-level domain of letters will do.
    """
    text = text.strip().lower()
    scheme = _SCHEME.match(text)
    host = _HOST.match(text, scheme.end() if scheme else 0)
    domain = host[0].rstrip(".") if host else ""
    if len(domain) > _LONGEST_DOMAIN or not _is_plain(domain):
        return None
    if domain.startswith("www.") and domain.count(".") > 1:
        domain = domain[4:]
    top = _top_level(domain)
    return domain if top is not None and len(top) > 1 and not top[0].isdigit() else None


def read_email(text: str) -> str | ValueProblem:
    """Returns an email address as HubSpot stores it."""
    return normalise_email(text) or _no_email(text)


def read_emails(texts: Sequence[str], read_one: Converter = read_email) -> list[str | ValueProblem]:
    """Returns what `read_email` returns for each text, "" for a blank one, but faster."""
    if max(map(len, texts), default=0) > _LONGEST_LOCAL:
        return one_by_one(texts, read_one)
    values = read_plain(texts, read_one, _PLAIN_ADDRESSES, fold=True)
    tops = {value.rpartition(".")[2] for value in values if isinstance(value, str)}
    tops.discard("")
    return values if tops <= top_level_domains() else one_by_one(texts, read_one)


def read_domain(text: str) -> str | ValueProblem:
    """Returns a domain as HubSpot stores it."""
    return normalise_domain(text) or _no_domain(text)


@cache
def top_level_domains() -> frozenset[str]:
    """Returns IANA's top-level domains, in lower case and ASCII."""
    return frozenset(Path(__file__).with_name("top_level_domains.txt").read_text("ascii").split())


def _is_plain(text: str) -> bool:
    """Returns whether a text has no invisible characters and none that look like others."""
    if text.isascii():
        return True
    if "\u3002" in text or unicodedata.normalize("NFKC", text) != text:  # the former is a point in domains
        return False
    return not any(unicodedata.category(one) in ("Cc", "Cf") or in_table_b1(one) for one in text)


def _top_level(domain: str) -> str | None:
    """Returns the top-level domain of a lower-case domain, in ASCII, or None if it is not a domain."""
    if len(domain) > _LONGEST_DOMAIN:
        return None
    match = _DOMAIN.fullmatch(domain if domain.isascii() else _in_ascii(domain))
    return None if match is None else match[1]


def _in_ascii(address: str) -> str:
    """Returns an address or domain with its domain in ASCII (`xn--…`); unchanged if that is impossible.

    Its length is bounded by the callers: the encoding takes time that grows with the square of the length.
    """
    local, at, domain = address.rpartition("@")
    return local + at + _domain_in_ascii(domain)


@lru_cache(maxsize=1024)  # a bad one is asked for three times, and a file may have the same one in each row
def _domain_in_ascii(domain: str) -> str:
    if any(len(label) > _LONGEST_LABEL for label in domain.split(".")):
        return domain
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain


def _no_email(text: str) -> ValueProblem:
    detail = f"{shown(text.strip())} is not an email address."
    domain = text.strip().lower().rpartition("@")[2]
    top = _top_level(domain)
    if "@" in text and top is not None and top not in top_level_domains():
        detail = f"{detail} HubSpot takes only top-level domains of IANA's list, and '.{top}' is not on it."
    return ValueProblem(ErrorType.INVALID_EMAIL, detail, "an address such as jane@example.com")


def _no_domain(text: str) -> ValueProblem:
    return ValueProblem(
        ErrorType.INVALID_DOMAIN, f"{shown(text.strip())} is not a domain name.", "a domain such as example.com"
    )


_NOT_DIGITS: Final = re.compile(r"\D")
_COUNTRY_CODE: Final = re.compile(r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}")  # ITU-T E.164


def searchable_phone(text: str) -> str | None:
    """Returns the digits of a phone number, without its country code if the rest can be a number of that country.

    recorded: a number that is too short for its country keeps the code (12 March 2026); seen: others do not
    """
    digits = _NOT_DIGITS.sub("", text)
    code = _COUNTRY_CODE.match(digits) if text.strip().startswith("+") else None
    if code is None:
        return digits or None
    national = digits[code.end() :]
    return national if len(national) == 10 or (code[0] != "1" and 7 <= len(national) <= 12) else digits
