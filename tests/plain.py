"""Plain HTTP for tests: httpx reads the certificates of all authorities for each client, 45 ms, unless told not to."""

import ssl
from typing import Final

UNENCRYPTED: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and is never asked
