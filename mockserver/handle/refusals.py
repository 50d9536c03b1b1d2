"""What the control API refuses, as exceptions.

ControlRefusal             the mock does not do what the handle asked
├── BadInput (ValueError)      what was asked for is not possible in any portal
├── NotThere (LookupError)     there is no such record, import, property, …
└── NotNow                     the portal is in a state in which that cannot be done
"""

from typing import Final

import msgspec


class Refusal(msgspec.Struct, kw_only=True):
    """The body of a refusal."""

    message: str
    rule: str = ""
    expected: str = ""
    got: str = ""
    hint: str = ""


class ControlRefusal(Exception):
    """The mock does not do what the handle asked; the text says why and what to do."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        told = refusal.message.casefold()  # mostly says what was expected and what came, and does not need them twice
        parts = [refusal.message]
        if refusal.expected and refusal.expected.casefold() not in told:
            parts.append(f"expected: {refusal.expected}")
        if refusal.got and refusal.got.casefold() not in told:
            parts.append(f"got: {refusal.got}")
        if refusal.hint and refusal.hint.casefold().rstrip("?") not in told:
            parts.append(refusal.hint)
        super().__init__("\n".join(parts))


class BadInput(ControlRefusal, ValueError):
    """What was asked for is not possible in any portal."""


class NotThere(ControlRefusal, LookupError):
    """There is no such thing in the portal."""


class NotNow(ControlRefusal, RuntimeError):
    """The portal is in a state in which that cannot be done."""


_KINDS: Final = {400: BadInput, 404: NotThere, 409: NotNow}


def refused(status: int, body: bytes) -> ControlRefusal:
    """Returns the exception for an answer of the control API that is no success."""
    try:
        refusal = msgspec.json.decode(body, type=Refusal)
    except msgspec.DecodeError:
        refusal = Refusal(message=f"the control API answered {status}", got=body[:200].decode("utf-8", "replace"))
    return _KINDS.get(status, ControlRefusal)(refusal)
