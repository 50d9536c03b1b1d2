"""Rate limits and import limits, counted on the portal's clock.

Calls are limited only if the scenario or `--limits` says so: with a stopped clock, a window would never reset. The
counts are stored in the portal's database. A call that exceeds a limit does not count (inferred); a call that is
refused for another reason does (docs: usage guidelines, error responses count).
"""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from mockserver.clock import to_datetime, to_millis
from mockserver.portal.identity import CallingApp
from mockserver.refusals.limits import (
    BURST_LIMIT,
    DAILY_LIMIT,
    IMPORTS_PER_DAY,
    ROWS_PER_DAY,
    ROWS_PER_FILE,
    ROWS_PER_FILE_400,
    SECONDLY_LIMIT,
)
from mockserver.refusals.rule import Rejection, Rule
from mockserver.scenario import LimitSettings, PortalSettings, Tier
from mockserver.store import Store

INTERVAL: Final = 10_000  # the window of a burst in milliseconds
SECOND: Final = 1000
DAY: Final = 86_400_000


class TierLimits(NamedTuple):
    """The limits of an account's tier."""

    burst: int  # calls of a private app per ten seconds
    daily: int  # calls of all private apps per day
    bytes_per_file: int
    imports_per_day: int
    rows_per_day: int


_PAID: Final = (512 * 1024 * 1024, 500, 80_000_000)
# docs: usage guidelines; imports guide, limits; knowledge base, import limits
TIER_LIMITS: Final[Mapping[Tier, TierLimits]] = {
    "free": TierLimits(100, 250_000, 20 * 1024 * 1024, 50, 500_000),
    "starter": TierLimits(100, 250_000, *_PAID),
    "professional": TierLimits(190, 625_000, *_PAID),
    "enterprise": TierLimits(190, 1_000_000, *_PAID),
}
ADD_ON_BURST: Final = 250  # docs: usage guidelines, API limit increase
ADD_ON_DAILY: Final = 1_000_000  # each
OAUTH_BURST: Final = 110  # docs: usage guidelines: per installing account, no daily limit
SEARCH_SECONDLY: Final = 5  # docs: CRM search guide: five requests per second and account


class FileLoad(msgspec.Struct, frozen=True):
    """The size of one import file."""

    name: str
    rows: int  # its header included
    has_header: bool = True

    @property
    def data_rows(self) -> int:
        """Returns the number of rows without the header."""
        return max(0, self.rows - self.has_header)


Headers = list[tuple[str, str]]


class Limits:
    """The limits of one portal."""

    def __init__(self, store: Store, settings: LimitSettings, portal: PortalSettings, *, in_realtime: bool) -> None:
        tier = TIER_LIMITS[portal.tier]
        stated = (settings.burst, settings.daily, settings.secondly, settings.search_secondly)
        self.counts_calls = settings.requests if settings.requests is not None else any(stated)
        self.rows_per_file = settings.rows_per_file
        self.bytes_per_file = settings.bytes_per_file or tier.bytes_per_file
        self.imports_per_day = settings.imports_per_day or (tier.imports_per_day if in_realtime else None)
        self.rows_per_day = settings.rows_per_day or (tier.rows_per_day if in_realtime else None)
        self._store = store
        self._settings = settings
        self._portal = portal
        add_ons = settings.api_add_ons
        self._burst = {
            "private": settings.burst or (ADD_ON_BURST if add_ons else tier.burst),
            "oauth": settings.burst or OAUTH_BURST,
        }
        self._daily = settings.daily or tier.daily + add_ons * ADD_ON_DAILY
        self._search = settings.search_secondly or SEARCH_SECONDLY
        self._daily_header = ("X-HubSpot-RateLimit-Daily", str(self._daily))
        self._constants = {
            kind: (most, self._secondly(kind), _constant_headers(most)) for kind, most in self._burst.items()
        }
        self._windows: dict[int, tuple[deque[int], deque[int]]] = {}  # the two windows of each app, the longer first
        # If limits are off, answers carry first-call headers.
        self._first = {
            (kind, search): self._headers(kind, 1, 1, 1, search=search)
            for kind in self._burst
            for search in (False, True)
        }

    # -- calls ---------------------------------------------------------------------------------------------------

    def count(self, app: CallingApp, *, search: bool, now: int) -> Headers:
        """Counts a call and returns its rate limit headers.

        If limits are off, the headers are those of a first call, for clients that read them.

        Raises:
            Rejection: the call exceeds a limit.

        """
        if not self.counts_calls:
            return self._first[app.kind, search]
        day = None if app.kind == "oauth" else self._day(now)
        if day is not None and day[1] >= self._daily:
            raise self._refuse(app, DAILY_LIMIT, "daily", self._daily, now, day[0], search=search)
        windows = self._search_window(app, now) if search else self._call_windows(app, now)
        if day is not None:
            day[1] += 1
        for window in windows:
            window.append(now)
        return self._headers(app.kind, len(windows[0]), len(windows[-1]), 0 if day is None else day[1], search=search)

    def _search_window(self, app: CallingApp, now: int) -> tuple[deque[int]]:
        """Returns the window in which a search counts; raises the refusal if it is full."""
        searches = self._store.windows.get("search")
        _forget(searches, now - SECOND)
        if len(searches) >= self._search:
            opens_at = searches[0] + SECOND
            raise self._refuse(app, SECONDLY_LIMIT, "secondly", self._search, now, opens_at, search=True)
        return (searches,)

    def _call_windows(self, app: CallingApp, now: int) -> tuple[deque[int], deque[int]]:
        """Returns the windows in which a call counts, the longer first; raises the refusal if one is full."""
        calls, recent = windows = self._windows_of(app, now)
        most = self._burst[app.kind]
        if len(calls) >= most:
            raise self._refuse(app, BURST_LIMIT, "ten-secondly", most, now, calls[0] + INTERVAL)
        secondly = self._settings.secondly
        if secondly is not None and len(recent) >= secondly:
            raise self._refuse(app, SECONDLY_LIMIT, "secondly", secondly, now, recent[0] + SECOND)
        return windows

    def _windows_of(self, app: CallingApp, now: int) -> tuple[deque[int], deque[int]]:
        """Returns the times of an app's calls in the last ten seconds and in the last one, oldest first."""
        windows = self._windows.get(app.id)
        if windows is None:
            get = self._store.windows.get
            windows = self._windows[app.id] = get(f"burst {app.id}"), get(f"second {app.id}")
        calls, recent = windows
        _forget(calls, now - INTERVAL)
        _forget(recent, now - SECOND)
        return windows

    def _day(self, now: int) -> deque[int]:
        """Returns when the account's day ends and how many calls it has seen."""
        day = self._store.windows.get("daily")
        if not day or day[0] <= now:
            day.clear()
            day.extend((next_midnight(now, self._portal.time_zone), 0))
        return day

    def daily_usage(self, now: int) -> tuple[int, int, int]:
        """Returns the account's daily limit, how many calls of it are used, and when the day ends.

        If limits are off, one call is used, as the headers say.
        """
        ends, used = self._day(now)
        return self._daily, used if self.counts_calls else 1, ends

    def _secondly(self, kind: str) -> int:
        return self._settings.secondly or max(1, self._burst[kind] // 10)  # seen: 10 beside 100, 19 beside 190

    def _headers(self, kind: str, in_interval: int, in_second: int, in_day: int, *, search: bool) -> Headers:
        """Returns the headers of an answer.

        recorded: names and order, April 2026; OAuth apps have no daily pair, and searches nothing but that pair
        (February 2022 to June 2026).
        """
        most, secondly, constant = self._constants[kind]
        headers: Headers = []
        if kind != "oauth":
            headers += (self._daily_header, ("X-HubSpot-RateLimit-Daily-Remaining", str(self._daily - in_day)))
        if search:
            return headers
        headers += (
            *constant,
            ("X-HubSpot-RateLimit-Remaining", str(most - in_interval)),
            ("X-HubSpot-RateLimit-Secondly", str(secondly)),
            ("X-HubSpot-RateLimit-Secondly-Remaining", str(max(0, secondly - in_second))),
        )
        return headers

    def _refuse(
        self, app: CallingApp, rule: Rule, window: str, most: int, now: int, opens_at: int, *, search: bool = False
    ) -> Rejection:
        kind = "private_app" if app.kind == "private" else "app"
        subject = "search-api-calls" if search else "api-calls"
        calls, recent = self._windows_of(app, now)
        day = self._store.windows.get("daily")
        headers = self._headers(app.kind, len(calls), len(recent), day[1] if day else 0, search=search)
        return Rejection(
            rule,
            got="one more",
            details={"groupName": f"publicapi:{kind}-{subject}-{window}:{self._portal.id}:{app.id}"},
            headers=dict(headers),
            most=most,
            wait=opens_at - now,
        )

    # -- imports -------------------------------------------------------------------------------------------------

    def admit(self, files: Sequence[FileLoad], *, now: int) -> None:
        """Counts an import; raises the refusal if it exceeds a limit."""
        for number, file in enumerate(files):
            if file.rows > self.rows_per_file:
                raise self._too_many_rows(file, number)
        rows = sum(file.data_rows for file in files)
        imports = self._store.windows.get("imports")  # pairs: the time and the rows of each import
        while imports and imports[0] <= now - DAY:
            imports.popleft()
            imports.popleft()
        wait = imports[0] + DAY - now if imports else DAY
        count, total = len(imports) // 2 + 1, sum(list(imports)[1::2]) + rows
        if self.imports_per_day is not None and count > self.imports_per_day:
            raise _over_quota(IMPORTS_PER_DAY, "totalImports", count, self.imports_per_day, wait)
        if self.rows_per_day is not None and total > self.rows_per_day:
            raise _over_quota(ROWS_PER_DAY, "totalImportRows", total, self.rows_per_day, wait)
        if self.imports_per_day is not None or self.rows_per_day is not None:
            imports.extend((now, rows))

    def _too_many_rows(self, file: FileLoad, number: int) -> Rejection:
        numbers = {"maximumAllowedRows": [str(self.rows_per_file)], "rowsDetected": [str(file.rows)]}
        as_documented = self._settings.too_many_rows == 429
        return Rejection(
            ROWS_PER_FILE if as_documented else ROWS_PER_FILE_400,
            got=f"{file.rows:,} in {file.name!r}",
            pointer=f"/files/{number}",
            details={"errorTokens": numbers} if as_documented else {"context": numbers},
            most=self.rows_per_file,
        )


def _over_quota(rule: Rule, name: str, count: int, most: int, wait: int) -> Rejection:
    details = {"errorTokens": {f"{name}Limit": [str(most)], name: [str(count)]}}
    return Rejection(rule, got=f"{count:,}, this one included", details=details, most=most, wait=wait)


def _forget(calls: deque[int], until: int) -> None:
    """Removes the calls up to a time from a window."""
    while calls and calls[0] <= until:
        calls.popleft()


def _constant_headers(most: int) -> Headers:
    return [
        ("X-HubSpot-RateLimit-Interval-Milliseconds", str(INTERVAL)),
        ("X-HubSpot-RateLimit-Max", str(most)),
    ]


def next_midnight(now: int, time_zone: str) -> int:
    """Returns when the day of a time ends in a time zone, both in epoch milliseconds."""
    if time_zone == "UTC":
        return now - now % DAY + DAY
    from zoneinfo import ZoneInfo  # loaded only for an account with a time zone

    zone = ZoneInfo(time_zone)
    today = to_datetime(now).astimezone(zone).date()
    return to_millis(datetime.combine(today + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC))
