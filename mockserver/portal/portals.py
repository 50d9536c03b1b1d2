"""The portals of a server, and the portal that each token belongs to.

Which portal a token belongs to is not stored in any portal's database, so a portal that is reset or restored keeps its
tokens. The real time is passed in; it only decides which portals are idle.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

import msgspec

from mockserver.clock import Pace, to_millis
from mockserver.imports.transitions import Uploads
from mockserver.portal import Parts
from mockserver.portal.identity import CallingApp
from mockserver.portal.portal import DEFAULT_START, Portal
from mockserver.refusals.authentication import PORTAL_DROPPED, TOKEN_OF_NO_PORTAL
from mockserver.refusals.rule import Rejection
from mockserver.scenario import DEFAULT, AppSettings, Scenario, SeedSettings

_REMEMBERED: Final = 10_000  # tokens of dropped portals; their calls are refused with that reason
_MOST_SCENARIOS: Final = 32
_IN_USE: Final = 30.0  # seconds; a portal called within them is not dropped for its size
_SWEEP: Final = 0.05  # interval between two checks for idle portals, as a fraction of the idle time


class ServerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the portals of a server are set up, by the command line, the pytest plugin or a test."""

    scenario: Scenario = DEFAULT
    pace: Pace
    """The pace of portals whose scenario sets none."""
    override: Pace | None = None
    """The pace of the default portal and of isolated ones, whatever their scenario sets."""
    data: Path | None = None
    """The SQLite file of the default portal; None keeps it in memory."""
    portal_idle: float = 3600.0
    """Real seconds after which a test's portal is dropped if it is not used."""
    refuse_unknown_tokens: bool = False
    """Whether a token of no portal is refused, instead of leading to the default portal, which tests share."""
    max_portals: int = 1000
    """How many portals are kept beside the default one; above that, the one that was idle for longest is dropped."""
    max_portal_bytes: int = 2_000_000_000
    """Their largest total size in bytes; above it, the longest idle ones are dropped, but none that is in use."""


class _Made(msgspec.Struct):
    """A portal that was created for a test."""

    key: str  # its name in the control API
    portal: Portal
    used_at: float  # real seconds
    size: int = 0  # bytes, when it was last measured
    issued: set[str] = set()  # names of the apps whose tokens were given out
    tokens: list[str] = []


class Portals:
    """The default portal and the portals that were created for tests."""

    def __init__(
        self,
        options: ServerOptions,
        *,
        uploads: Uploads,
        new_token: Callable[[], str],
        real_seconds: Callable[[], float],
        real_now: Callable[[], int] | None = None,
    ) -> None:
        """`new_token` returns a token that no other server returns; `real_seconds` is a monotonic clock."""
        self.scenario = options.scenario
        self._options = options
        self._uploads = uploads
        self._new_token = new_token
        self._real_seconds = real_seconds
        self._real_now = real_now
        self._next_sweep = real_seconds() + options.portal_idle * _SWEEP
        self._parts = Parts()
        self.default = Portal(
            options.scenario,
            pace=options.pace,
            override=options.override,
            uploads=uploads,
            data=options.data,
            real_now=real_now,
            parts=self._parts,
        )
        self._scenarios: OrderedDict[str, Scenario] = OrderedDict()  # by digest
        self._made: dict[str, _Made] = {}  # by key
        self._used: set[str] = set()  # keys of portals that may have grown since they were measured
        self._bytes = 0  # size of all of them, as measured
        self._keys: dict[str, str] = {}  # by token
        self._key_by_portal: WeakKeyDictionary[Portal, str] = WeakKeyDictionary()
        self._dropped: dict[str, None] = {}  # tokens
        self._count = 0

    def __iter__(self) -> Iterator[Portal]:
        yield self.default
        for made in self._made.values():
            yield made.portal

    def __len__(self) -> int:
        return 1 + len(self._made)

    # -- by token ------------------------------------------------------------------------------------------------

    def lead(self, token: str, otherwise: Portal | None = None, *, is_access_token: bool = True) -> Portal:
        """Returns the portal of a token of any kind.

        An unknown token belongs to `otherwise`, or to the default portal, or, if tokens are isolated, to a new portal.
        Raises the refusal of a token whose portal was dropped, and, if the options say so, of an unknown access token.
        """
        now = self._real_seconds()
        if now >= self._next_sweep:
            self._drop_idle(now)
        made = self._made.get(self._keys.get(token, ""))
        if made is not None:
            made.used_at = now
            self._used.add(made.key)
            return made.portal
        if otherwise is not None and otherwise is not self.default:
            return otherwise
        isolated = self.scenario.access == "isolated"
        if token in self._dropped and not isolated:
            raise Rejection(PORTAL_DROPPED, got="the token of a portal that was dropped")
        if self._options.refuse_unknown_tokens and is_access_token:
            raise Rejection(TOKEN_OF_NO_PORTAL, got="a token of no portal")
        if not isolated or self.default.identity.token(token) is not None:
            return self.default
        key, portal = self.make()
        self._keys[token] = key
        self._made[key].tokens.append(token)
        return portal

    def enter(self, token: str, otherwise: Portal | None = None) -> tuple[Portal, CallingApp]:
        """Returns the portal and the app of an access token; see `lead`."""
        portal = self.lead(token, otherwise)
        return portal, portal.app(token)

    def of_token(self, token: str) -> Portal | None:
        """Returns the test portal of a token, or None; adds neither app nor portal."""
        made = self._made.get(self._keys.get(token, ""))
        return None if made is None else made.portal

    def tokens_of(self, portal: Portal) -> list[str]:
        """Returns the access tokens of a portal's apps."""
        return [app.token for app in portal.apps()]

    # -- scenarios of portals that are to be made ----------------------------------------------------------------

    def keep_scenario(self, scenario: Scenario) -> str:
        """Keeps a scenario and returns the digest of its content; the least recently used ones are dropped."""
        digest = sha256(msgspec.json.encode(scenario, order="deterministic")).hexdigest()
        self._scenarios.setdefault(digest, scenario)
        self._scenarios.move_to_end(digest)
        if len(self._scenarios) > _MOST_SCENARIOS:
            self._scenarios.popitem(last=False)
        return digest

    def kept_scenario(self, digest: str) -> Scenario | None:
        """Returns a scenario by its digest, or None."""
        if digest in self._scenarios:
            self._scenarios.move_to_end(digest)
        return self._scenarios.get(digest)

    def seed_ahead(self, scenario: Scenario | None) -> None:
        """Seeds the database that a portal of a scenario begins as, unless its clock begins at the real time.

        Raises a ScenarioError for seeds that are refused.
        """
        wanted = scenario or self.scenario
        in_realtime = (wanted.clock.pace or self._options.pace) is Pace.REALTIME
        if wanted.seed == SeedSettings() or (in_realtime and wanted.clock.start is None):
            return
        start = DEFAULT_START if wanted.clock.start is None else to_millis(wanted.clock.start)
        self._parts.seeded_databases.of(wanted, start)

    # -- making and dropping -------------------------------------------------------------------------------------

    def make(
        self, scenario: Scenario | None = None, *, pace: Pace | None = None, default_pace: Pace | None = None
    ) -> tuple[str, Portal]:
        """Creates a portal and returns it with its key, which is its name in the control API.

        The scenario's apps are in it, with new tokens. `pace` replaces the scenario's and the server's; `default_pace`
        is used if neither sets one.
        """
        now = self._real_seconds()
        self._drop_idle(now)
        self._drop_for_another(now)
        self._count += 1
        key = f"portal-{self._count}"

        tokens: list[str] = []

        def admit(token: str) -> None:
            self._keys[token] = key
            tokens.append(token)

        portal = Portal(
            scenario or self.scenario,
            pace=default_pace or self._options.pace,
            override=pace or self._options.override,
            uploads=self._uploads,
            real_now=self._real_now,
            new_token=self._new_token,
            admit=admit,
            parts=self._parts,
        )
        self._made[key] = _Made(key, portal, now, tokens=tokens)
        self._used.add(key)
        self._key_by_portal[portal] = key
        return key, portal

    def new_app(self, portal: Portal, *, name: str | None = None, scopes: tuple[str, ...] | None = None) -> AppSettings:
        """Returns an app of the portal whose token was not given out yet, or a new app.

        With a name or scopes it is always a new app.
        """
        made = self._find(portal)
        issued = set() if made is None else made.issued
        is_new = made is None or name is not None or scopes is not None
        free = None if is_new else next((app for app in portal.apps() if app.name not in issued), None)
        app = free or portal.new_app(self._new_token(), name=name, scopes=scopes)
        issued.add(app.name)
        return app

    def drop(self, key: str) -> bool:
        """Drops a test portal and its tokens; returns whether it existed."""
        made = self._made.pop(key, None)
        if made is None:
            return False
        self._bytes -= made.size
        for token in made.tokens:
            if self._keys.get(token) == key:
                del self._keys[token]
                self._dropped[token] = None
        while len(self._dropped) > _REMEMBERED:
            del self._dropped[next(iter(self._dropped))]
        made.portal.close()
        return True

    def _drop_for_another(self, now: float) -> None:
        """Drops portals, the longest idle first, until one more may be made."""
        most, most_bytes = self._options.max_portals, self._options.max_portal_bytes
        self._measure_used()
        while self._made and (len(self._made) >= most or self._bytes > most_bytes):
            made = min(self._made.values(), key=lambda made: made.used_at)
            if len(self._made) < most and made.used_at + _IN_USE > now:
                return
            self.drop(made.key)

    def _measure_used(self) -> None:
        """Measures the portals that were used since the last call; looking at all takes longer than making one."""
        for key in self._used:
            if made := self._made.get(key):
                size = made.portal.store.size + made.portal.snapshots.size
                self._bytes += size - made.size
                made.size = size
        self._used.clear()

    def _drop_idle(self, now: float) -> None:
        if now < self._next_sweep:
            return
        self._next_sweep = now + self._options.portal_idle * _SWEEP
        for made in list(self._made.values()):
            if made.used_at + self._options.portal_idle <= now:
                self.drop(made.key)

    # -- by key --------------------------------------------------------------------------------------------------

    def keys(self) -> list[str]:
        """Returns the keys of the test portals."""
        return list(self._made)

    def get(self, key: str, *, uses: bool = True) -> Portal | None:
        """Returns a portal by its key ("default" for the default one), and, if `uses`, marks it as used."""
        if key == "default":
            return self.default
        made = self._made.get(key)
        if made is None:
            return None
        if uses:
            made.used_at = self._real_seconds()
            self._used.add(key)
        return made.portal

    def key_of(self, portal: Portal) -> str:
        """Returns the key of a portal."""
        made = self._find(portal)
        return "default" if made is None else made.key

    def _find(self, portal: Portal) -> _Made | None:
        return self._made.get(self._key_by_portal.get(portal, ""))

    def close(self) -> None:
        """Closes all portals."""
        for portal in self:
            portal.close()
