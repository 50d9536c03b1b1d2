"""All portals of one server, and which of them a token leads to."""

from collections.abc import Callable, Iterator
from pathlib import Path

from mockserver.clock import Pace
from mockserver.identity import App
from mockserver.imports.lifecycle import Uploads
from mockserver.portal import Portal
from mockserver.scenario import DEFAULT, Scenario


class Portals:
    """The default portal, which any token opens, and the ones that were made for a test."""

    def __init__(
        self,
        scenario: Scenario = DEFAULT,
        *,
        pace: Pace,
        uploads: Uploads,
        new_token: Callable[[], str],
        data: Path | None = None,
        start: int | None = None,
    ) -> None:
        """`new_token` gives a token that no other server gives; the rest is as `Portal` takes it."""
        self.scenario = scenario
        self._pace = pace
        self._uploads = uploads
        self._new_token = new_token
        self._start = start
        self.default = Portal(scenario, pace=pace, uploads=uploads, data=data, start=start)
        self._made: dict[str, Portal] = {}  # by the key in its paths of the control API
        self._by_token: dict[str, Portal] = {}
        self._count = 0

    def __iter__(self) -> Iterator[Portal]:
        yield self.default
        yield from self._made.values()

    def __len__(self) -> int:
        return 1 + len(self._made)

    def enter(self, token: str, otherwise: Portal | None = None) -> tuple[Portal, App]:
        """Returns the portal and the app that a token leads to; an unknown token enters `otherwise`, or the default."""
        portal = self._by_token.get(token) or otherwise or self.default
        return portal, portal.app(token)

    def make(self, scenario: Scenario | None = None, *, pace: Pace | None = None) -> tuple[str, Portal]:
        """Makes a fresh portal and returns it with the key by which the control API knows it."""
        self._count += 1
        key = f"portal-{self._count}"
        portal = Portal(scenario or self.scenario, pace=pace or self._pace, uploads=self._uploads, start=self._start)
        self._made[key] = portal
        return key, portal

    def new_app(self, portal: Portal) -> App:
        """Gives a portal one more app, with a token of its own."""
        token = self._new_token()
        if portal is not self.default:
            self._by_token[token] = portal
        return portal.app(token)

    def of_token(self, token: str) -> Portal | None:
        """Returns the made portal that a token leads to; makes no app."""
        return self._by_token.get(token)

    def tokens_of(self, portal: Portal) -> list[str]:
        """Returns the tokens that lead to a made portal."""
        return [token for token, made in self._by_token.items() if made is portal]

    def keys(self) -> list[str]:
        """Returns the keys of the made portals."""
        return list(self._made)

    def get(self, key: str) -> Portal | None:
        """Returns a portal by its key; the default one is "default"."""
        return self.default if key == "default" else self._made.get(key)

    def key_of(self, portal: Portal) -> str:
        """Returns the key of a portal."""
        return next((key for key, made in self._made.items() if made is portal), "default")

    def drop(self, key: str) -> bool:
        """Drops a made portal and its tokens; tells whether there was one."""
        portal = self._made.pop(key, None)
        if portal is None:
            return False
        self._by_token = {token: other for token, other in self._by_token.items() if other is not portal}
        portal.close()
        return True

    def close(self) -> None:
        """Closes all portals."""
        for portal in self:
            portal.close()
