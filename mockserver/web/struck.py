"""What faults did to one call: all that the application needs to know where none is armed."""

from typing import Final

import msgspec

from mockserver.web.exchange import Answer

CONNECTION: Final = "mockserver.connection"  # the key of the scope's state under which the server's protocol is
FAULT_HEADER: Final = "X-Mockserver-Fault"
_BEFORE: Final = ("reset", "stall", "stall-upload", "cut-upload")  # ends of a connection before any answer


class Struck(msgspec.Struct):
    """What faults do to one call."""

    answer: Answer = msgspec.field(default_factory=lambda: Answer(0, b""))  # in place of the operation's
    ending: str | None = None  # of the connection: the fault's `connection`
    body: str | None = None  # what becomes of the operation's body: the fault's `body`
    is_gateways: bool = False  # the answer comes from something before HubSpot, without HubSpot's headers
    names: list[str] = []

    @property
    def lets_through(self) -> bool:
        """Tells whether the call reaches its operation."""
        return self.answer.status == 0 and self.ending not in _BEFORE

    def changed(self, answer: Answer) -> Answer:
        """Returns what is left of the operation's answer."""
        if self.names:
            answer.headers.append((FAULT_HEADER, ", ".join(self.names)))
        if self.body == "empty":
            answer.body = b""
        elif self.body == "invalid-json":
            answer.body = answer.body[: max(1, len(answer.body) * 2 // 3)]
        return answer


NOT_STRUCK: Final = Struck()


class UploadCut(Exception):
    """A fault has cut a request off while its body came in."""

    def __init__(self, struck: Struck) -> None:
        self.struck = struck
        super().__init__(", ".join(struck.names))
