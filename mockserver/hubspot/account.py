"""The account information API: what an account is, and how many of its daily calls are used."""

from typing import Final

from mockserver.clock import iso_short, utc_offset
from mockserver.hubspot.calls import SPEC, Body, Call, Operation
from mockserver.wire.exchange import Answer, json_answer

READ: Final = ("oauth",)  # spec: security


def get_details(call: Call) -> Answer:
    """GET: the account.  recorded: amp-labs/connectors, 2026"""
    settings = call.portal.scenario.portal
    minutes = utc_offset(settings.time_zone, call.portal.now)
    hours, rest = divmod(abs(minutes), 60)
    return json_answer(
        {
            "portalId": call.portal.id,
            "accountType": settings.account_type,
            "timeZone": settings.time_zone,
            "companyCurrency": settings.currency,
            "additionalCurrencies": list(settings.additional_currencies),
            "utcOffset": f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}",
            "utcOffsetMilliseconds": minutes * 60_000,
            "uiDomain": settings.ui_domain,
            "dataHostingLocation": settings.data_hosting_location,
        }
    )


def get_daily_usage(call: Call) -> Answer:
    """GET: the calls of all private apps today.  spec: ApiUsage; the name is that of the older usage API (inferred)"""
    most, used, resets_at = call.portal.limits.daily_usage(call.portal.now)
    usage = {
        "name": "api-calls-daily",
        "usageLimit": most,
        "currentUsage": used,
        "collectedAt": iso_short(call.portal.now),
        "fetchStatus": "SUCCESS",
        "resetsAt": iso_short(resets_at),
    }
    return json_answer({"results": [usage]})


_DAILY: Final = "api-usage/daily/private-apps"

# fmt: off
ACCOUNT_OPERATIONS: Final = (
    Operation("account.details", "GET", ("/account-info/v3/details", "/account-info/{month}/details"),
              get_details, READ, Body.NONE, SPEC, "What the account is"),
    Operation("account.daily_usage", "GET", (f"/account-info/v3/{_DAILY}", f"/account-info/{{month}}/{_DAILY}"),
              get_daily_usage, READ, Body.NONE, SPEC, "How many calls of the day are used"),
)
# fmt: on
