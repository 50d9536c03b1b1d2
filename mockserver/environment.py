"""The environment variables of the server and of the pytest plugin, and what is wrong with those that are set.

Imports little: the health check of a container reads it every two seconds.
"""

from collections.abc import Iterator, Mapping
from typing import Final

_PREFIX: Final = "HUBSPOT_MOCK_"
_SERVER_PREFIX: Final = "HUBSPOT_MOCK_SERVER_"
_OLD_PREFIX: Final = "MOCKSERVER_"  # until 0.1.0; MockServer, another product, has variables that begin so

_SERVER_WORDS: Final = (
    "HOST",
    "PORT",
    "SCENARIO",
    "PACE",
    "SPEED",
    "DATA",
    "ISOLATION",
    "LIMITS",
    "PORTAL_IDLE",
    "MAX_PORTALS",
    "HEAD_TIMEOUT",
    "UPLOAD_TIMEOUT",
    "TLS",
    "TLS_PORT",
    "TLS_DIR",
    "TLS_NAME",
    "LOG",
    "TMP",
    "CONTROL_TOKEN",
    "CONTROL_HOSTS",
)
_NEW_SERVER_WORDS: Final = ("LOG_LEVEL", "RELOAD")  # not in 0.1.0
_PLUGIN_WORDS: Final = ("URL", "SCENARIO", "PACE", "ALLOW_UNSUPPORTED", "GUARD")

SERVER_VARIABLES: Final = tuple(_SERVER_PREFIX + word for word in (*_SERVER_WORDS, *_NEW_SERVER_WORDS))
PLUGIN_VARIABLES: Final = tuple(_PREFIX + word for word in _PLUGIN_WORDS)

LIVE_TOKEN: Final = "HUBSPOT_MOCK_LIVE_TOKEN"  # noqa: S105 - of an account for tests, which this project's tests ask
LIVE_URL: Final = "HUBSPOT_MOCK_LIVE_URL"  # where that account is, if not at HubSpot

HOST: Final = "HUBSPOT_MOCK_SERVER_HOST"
PORT: Final = "HUBSPOT_MOCK_SERVER_PORT"
TEMPORARY_FOLDER: Final = "HUBSPOT_MOCK_SERVER_TMP"
CONTROL_TOKEN: Final = "HUBSPOT_MOCK_SERVER_CONTROL_TOKEN"  # noqa: S105 - the name of a variable
CONTROL_HOSTS: Final = "HUBSPOT_MOCK_SERVER_CONTROL_HOSTS"

RENAMED: Final = {_OLD_PREFIX + word: _SERVER_PREFIX + word for word in _SERVER_WORDS}
_OLD_CONTROL_TOKEN: Final = "MOCKSERVER_CONTROL_TOKEN"  # noqa: S105 - the name of a variable


class OldControlToken(Exception):
    """The control token is set by its old name only, under which nothing reads it."""


def check_control_token(environment: Mapping[str, str]) -> None:
    """Raises OldControlToken where a server would start with an open control API although a token was set for it."""
    if environment.get(_OLD_CONTROL_TOKEN) and not environment.get(CONTROL_TOKEN):
        raise OldControlToken(
            f"{_OLD_CONTROL_TOKEN} is now called {CONTROL_TOKEN}: set that one, or unset both for an open control API"
        )


def complaints(environment: Mapping[str, str]) -> Iterator[str]:
    """Yields a sentence for each variable that was renamed, and for each one with our prefix that does not exist."""
    known = {*SERVER_VARIABLES, *PLUGIN_VARIABLES, LIVE_TOKEN, LIVE_URL}
    for name in sorted(environment):
        if name in RENAMED and RENAMED[name] not in environment:
            yield f"{name} is no longer read: its successor is {RENAMED[name]}"
        elif name.startswith(_PREFIX) and name not in known:
            meant = _nearest(name)
            hint = f"did you mean {meant}?" if meant else "hubspot-mock serve --help lists those of the server"
            yield f"there is no variable {name}: {hint}"


def _nearest(name: str) -> str | None:
    """Returns the variable that was probably meant, whether or not `SERVER_` was left out or put in by mistake."""
    import difflib  # takes milliseconds to import, and is needed for mistakes only

    names = {known.removeprefix(_SERVER_PREFIX): known for known in SERVER_VARIABLES}
    names |= {known.removeprefix(_PREFIX): known for known in (*SERVER_VARIABLES, *PLUGIN_VARIABLES)}
    whole = name.removeprefix(_PREFIX)
    word = name.removeprefix(_SERVER_PREFIX).removeprefix(_PREFIX)
    if word in names:
        return names[word]
    close = difflib.get_close_matches(whole, names, n=1) or difflib.get_close_matches(word, names, n=1)
    return names[close[0]] if close else None
