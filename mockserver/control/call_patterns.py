"""Checks the names in a pattern of calls, because no call matches a mistyped one: `count=0` would always be verified.

A name is also accepted if a call in the journal has it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from mockserver.control.calls import mistaken
from mockserver.hubspot.operations import UNSERVED_OPERATIONS, all_operations
from mockserver.hubspot.scenario_check import METHODS, path_mistake
from mockserver.portal.journal import CallPattern, Entry
from mockserver.portal.portal import Portal
from mockserver.refusals.book import CANNED_ERRORS, all_rules
from mockserver.refusals.cautions import REQUEST_CAUTIONS
from mockserver.scenario import Mistake, ScenarioError, misfit
from mockserver.scenario.error import unknown_word
from mockserver.words import fits

_METHODS: Final = (*METHODS, "HEAD", "OPTIONS")
_STATUS: Final = r"0|[1-5*][\dxX*]{0,2}"


def check_pattern(pattern: CallPattern, portal: Portal) -> None:
    """Raises a Rejection for the first name in a pattern that no call can have."""
    for name, mistake in _mistakes(pattern, portal):
        if mistake is not None:
            raise mistaken(ScenarioError("", mistake, key=name))


def _mistakes(pattern: CallPattern, portal: Portal) -> Iterator[tuple[str, Mistake | None]]:
    def occurs(names_of: Callable[[Entry], Iterable[str | None]], name: str) -> bool:
        return any(fits(name, names_of(entry)) for entry in portal.journal)

    method, path, operation, rule, fault = pattern.method, pattern.path, pattern.operation, pattern.rule, pattern.fault
    if method is not None:
        yield "method", _unknown(method.upper(), _METHODS, "method")
    if path is not None and not occurs(lambda entry: (entry.path, entry.path.rstrip("/")), path):
        yield "path", path_mistake(path)
    if operation is not None and not occurs(lambda entry: (entry.operation,), operation):
        names = [one.name for one in (*all_operations(), *UNSERVED_OPERATIONS)]
        yield "operation", _unknown(operation, names, "operation")
    if pattern.app is not None and not occurs(lambda entry: (entry.app, str(entry.app_id)), pattern.app):
        yield "app", _unknown_app(pattern.app, portal)
    if pattern.status is not None and not re.fullmatch(_STATUS, str(pattern.status)):
        yield "status", misfit("a status such as 429 or 4xx", repr(pattern.status))
    if rule is not None and not occurs(lambda entry: entry.rules, rule):
        ids = {*all_rules(), *(caution.id for caution in REQUEST_CAUTIONS), *CANNED_ERRORS}
        yield "rule", _unknown(rule, ids, "rule")
    if fault is not None and not occurs(lambda entry: entry.faults, fault):
        yield "fault", _unknown(fault, [armed.name for armed in portal.faults], "fault")


def _unknown(pattern: str, names: Iterable[str], what: str) -> Mistake | None:
    names = list(names)
    return None if fits(pattern, names) else unknown_word(pattern, names, what)


def _unknown_app(pattern: str, portal: Portal) -> Mistake | None:
    """Any token is an app of an open portal, and gets its name with its first call."""
    if pattern.isdecimal() or portal.scenario.access != "declared":
        return None
    return _unknown(pattern, [app.name for app in portal.apps()], "app")
