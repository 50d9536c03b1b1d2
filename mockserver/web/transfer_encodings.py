"""Undoes a part's Content-Transfer-Encoding while it streams.

RFC 7578 deprecates the header, yet bodies put together with a mail library carry it (Python's `email` writes base64
unasked), and HubSpot's reader (see `upload_rules`) decodes it.
"""

from binascii import a2b_base64, a2b_qp
from typing import Final, Protocol

from mockserver.rejections import Rejection
from mockserver.web.upload_rules import MULTIPART_MALFORMED

MAX_LINE: Final = 64 * 1024  # bytes of one quoted-printable line; 76 are allowed

_BLANKS: Final = b" \t\r\n"
_NONE_NEEDED: Final = ("", "binary", "8bit", "7bit")


class Decoder(Protocol):
    """Decodes content that comes in pieces."""

    def decode(self, data: bytes) -> bytes:
        """Returns what can be decoded so far and was not returned yet."""

    def finish(self) -> bytes:
        """Returns the rest."""


def decoder_for(encoding: str) -> Decoder | None:
    """Returns a decoder for a Content-Transfer-Encoding, None where there is nothing to decode."""
    name = encoding.strip().lower()
    if name in _NONE_NEEDED:
        return None
    if name == "base64":
        return _Base64()
    if name == "quoted-printable":
        return _QuotedPrintable()
    raise Rejection(
        MULTIPART_MALFORMED,
        expected="no Content-Transfer-Encoding, or one of binary, 8bit, 7bit, base64 and quoted-printable",
        got=f"Content-Transfer-Encoding: {encoding}",
    )


class _Base64:
    def __init__(self) -> None:
        self._held = b""

    def decode(self, data: bytes) -> bytes:
        data = self._held + data.translate(None, _BLANKS)
        whole = len(data) & ~3
        self._held = data[whole:]
        return _decode_base64(data[:whole])

    def finish(self) -> bytes:
        return _decode_base64(self._held)


def _decode_base64(data: bytes) -> bytes:
    try:
        return a2b_base64(data)
    except ValueError as error:
        raise Rejection(MULTIPART_MALFORMED, expected="base64, as the part's headers say", got=str(error)) from error


class _QuotedPrintable:
    def __init__(self) -> None:
        self._held = b""

    def decode(self, data: bytes) -> bytes:
        data = self._held + data
        whole = data.rfind(b"\n") + 1  # an escape or a soft line break can be cut anywhere else
        self._held = data[whole:]
        if len(self._held) > MAX_LINE:
            raise Rejection(
                MULTIPART_MALFORMED,
                expected=f"lines of at most {MAX_LINE} bytes in a quoted-printable part",
                got="a longer one",
            )
        return a2b_qp(data[:whole])

    def finish(self) -> bytes:
        return a2b_qp(self._held)
