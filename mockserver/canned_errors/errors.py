"""What a canned error is, and how one is filled with the values of a call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from mockserver.rejections import Evidence

JSON: Final = "application/json;charset=utf-8"  # seen: recorded answers, success and error alike
PROBES: Final = "live probes of a test portal, April 2026"
GATEWAY: Final = "text/html"  # inferred: what nginx and Cloudflare send with their pages


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedError:
    """One error. `body` is an object, sent as compact JSON, or a page's text; "" sends none."""

    name: str
    status: int
    body: Mapping[str, Any] | str
    evidence: Evidence
    source: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON

    def filled(self, values: Mapping[str, str]) -> bytes:
        """Returns the body with the values of a call in their places; `values` are by name, as JSON writes them."""
        text = self.body if isinstance(self.body, str) else msgspec.json.encode(self.body).decode()
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        return text.encode()


def refusal(message: str, /, **rest: Any) -> dict[str, Any]:
    """Returns the body that most of HubSpot's errors have; `rest` are its further keys, in order."""
    return {"status": "error", "message": message, "correlationId": "{correlationId}", **rest}


def invalid(message: str, /, **rest: Any) -> dict[str, Any]:
    """Returns the body of a refused request: `rest` stands before the category."""
    return refusal(message, **rest, category="VALIDATION_ERROR")


def bad_request(
    name: str, body: Mapping[str, Any], source: str = PROBES, evidence: Evidence = Evidence.SEEN
) -> CannedError:
    """Returns an error with status 400."""
    return CannedError(name=name, status=400, body=body, evidence=evidence, source=source)
