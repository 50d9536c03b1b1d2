"""The HTML that HubSpot answers with where none of its services does: the pages of Jetty, its web server."""

from collections.abc import Mapping
from typing import Final

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
