"""The HTML that HubSpot answers with where none of its services speaks: the pages of Jetty, its web server.

Canned errors of what stands before HubSpot's services, and of services that fail: 477 and 5xx.
"""

from collections.abc import Mapping
from typing import Final

from mockserver.refusals.rule import GATEWAY, CannedError, Evidence, refusal

_GATEWAY_PAGE: Final = (
    "<html>{eol}<head><title>{status} {reason}</title></head>{eol}"
    '<body bgcolor="white">{eol}<center><h1>{status} {reason}</h1></center>{eol}'
    "<hr><center>{server}</center>{eol}</body>{eol}</html>{eol}"
)
_STATUSES: Final = "HubSpot's page on errors, 30 March 2026, lists the status"


def _page(status: int, reason: str, *, server: str, eol: str) -> str:
    return _GATEWAY_PAGE.format(status=status, reason=reason, server=server, eol=eol)


def _nginx(name: str, status: int, reason: str, evidence: Evidence, source: str) -> CannedError:
    return CannedError(
        name=name,
        status=status,
        content_type=GATEWAY,
        body=_page(status, reason, server="nginx", eol="\r\n"),
        evidence=evidence,
        source=source,
    )


def _cloudflare(name: str, status: int, reason: str, evidence: Evidence, source: str) -> CannedError:
    return CannedError(
        name=name,
        status=status,
        content_type=GATEWAY,
        body=_page(status, reason, server="cloudflare", eol="\n"),
        evidence=evidence,
        source=source,
    )


GATEWAY_ERRORS: Final = (
    CannedError(
        name="migration-in-progress",
        status=477,
        headers={"Retry-After": "30"},
        body=refusal("Migration in progress and the portal is not available for access."),
        evidence=Evidence.SEEN,
        source="PostHog's pull request 64985, June 2026, has the message; HubSpot's page on errors the status and "
        "Retry-After, in seconds, up to 24 hours; the rest of the body is inferred",
    ),
    CannedError(
        name="internal-error",
        status=500,
        body=refusal("internal error"),
        evidence=Evidence.SEEN,
        source="issue 241 of HubSpot's PHP client",
    ),
    CannedError(
        name="internal-error-sorted",
        status=500,
        body={"correlationId": "{correlationId}", "message": "internal error", "status": "error"},
        evidence=Evidence.SEEN,
        source="live probes of a test portal, April 2026: some services sort the keys",
    ),
    _nginx(
        "bad-gateway",
        502,
        "Bad Gateway",
        Evidence.SEEN,
        "issue 315 of HubSpot/hubspot-php, 2020, up to the heading; the rest is nginx's",
    ),
    _nginx(
        "service-unavailable",
        503,
        "Service Temporarily Unavailable",
        Evidence.INFERRED,
        f"{_STATUSES}; the page is the 502's",
    ),
    _nginx("gateway-timeout", 504, "Gateway Time-out", Evidence.INFERRED, f"{_STATUSES}; the page is the 502's"),
    _cloudflare("web-server-down", 521, "Origin Down", Evidence.INFERRED, f"{_STATUSES}; the page is the 524's"),
    _cloudflare(
        "connection-timed-out", 522, "Connection timed out", Evidence.INFERRED, f"{_STATUSES}; the page is the 524's"
    ),
    _cloudflare(
        "origin-unreachable", 523, "Origin Unreachable", Evidence.INFERRED, f"{_STATUSES}; the page is the 524's"
    ),
    _cloudflare(
        "origin-timed-out",
        524,
        "Origin Time-out",
        Evidence.SEEN,
        "issue 341 of HubSpot/hubspot-php, 2020, up to the heading; the rest is nginx's",
    ),
    _cloudflare(
        "tls-handshake-failed", 525, "SSL Handshake Failed", Evidence.INFERRED, f"{_STATUSES}; the page is the 524's"
    ),
    _cloudflare(
        "tls-certificate-invalid",
        526,
        "Invalid SSL Certificate",
        Evidence.INFERRED,
        f"{_STATUSES}; the page is the 524's",
    ),
)


PAGE_TYPE: Final = "text/html;charset=iso-8859-1"  # seen: recorded answers, 2022 to March 2025
UNCACHED: Final[Mapping[str, str]] = {"Cache-Control": "must-revalidate,no-cache,no-store"}  # seen: beside the pages

_PAGE: Final = (
    '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>\n'
    "<title>Error {status} {reason}</title>\n</head>\n<body><h2>HTTP ERROR {status}</h2>\n"
    "<p>{text}</p>\n</body>\n</html>\n"
)


def page(status: int, reason: str, text: str) -> str:
    """Returns the page of an error.  seen: the 404; inferred: that others are alike below the heading"""
    return _PAGE.format(status=status, reason=reason, text=text)
