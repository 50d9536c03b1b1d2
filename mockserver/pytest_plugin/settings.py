"""The plugin's settings: marker, then command line, then ini, then environment, then default.

Imported with the plugin, so it imports nothing but pytest.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

MARKER: Final = "hubspot"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the same name in the marker, in the ini file with `hubspot_` before it, as a flag, as a variable."""

    name: str
    help: str
    kind: type = str
    in_marker: bool = True
    choices: tuple[str, ...] = ()

    @property
    def ini(self) -> str:
        """Returns its name in the ini file."""
        return f"hubspot_{self.name}"

    @property
    def flag(self) -> str:
        """Returns its name on the command line."""
        return f"--hubspot-{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        """Returns its name in the environment."""
        return f"HUBSPOT_MOCK_{self.name.upper()}"


_PACES: Final = ("instant", "polls", "realtime", "manual")

SETTINGS: Final = (
    Setting("url", "use the mock HubSpot that runs at this URL, instead of one in this process", in_marker=False),
    Setting("scenario", "what portals are like: the name of a scenario, or a TOML file"),
    Setting("pace", "who moves the clock, whatever the scenario says", choices=_PACES),
    Setting("allow_unsupported", "do not fail a test whose calls the mock does not serve", kind=bool),
)


def add_options(parser: pytest.Parser) -> None:
    """Tells pytest of all flags and ini names."""
    group = parser.getgroup("hubspot", "mock HubSpot")
    for one in SETTINGS:
        about = f"{one.help} (also {one.variable})"
        if one.kind is bool:
            group.addoption(one.flag, action="store_const", const=True, help=one.help)
        else:
            group.addoption(one.flag, choices=one.choices or None, metavar=one.name.upper(), help=one.help)
        if one.kind is bool and pytest.version_tuple >= (8,):  # before, no truth value could be left unset
            parser.addini(one.ini, about, type="bool", default=None)
        else:
            parser.addini(one.ini, about, default=None)


def marker_help() -> str:
    """Returns the line that `pytest --markers` shows."""
    names = ", ".join(f"{one.name}=…" for one in SETTINGS if one.in_marker)
    return f"{MARKER}({names}): what the portal of the `hubspot` fixture is like, and what fails the test"


def resolve(name: str, config: pytest.Config, node: Any = None) -> Any:
    """Returns the value of a setting for a test, or for the session; None where nothing sets it.

    Raises pytest.UsageError for a value that cannot be.
    """
    setting = next(one for one in SETTINGS if one.name == name)
    for value, where in _said(setting, config, node):
        if value is not None and value != "":
            return _checked(setting, value, where)
    return None


def _said(setting: Setting, config: pytest.Config, node: Any) -> Iterator[tuple[Any, str]]:
    if setting.in_marker and node is not None:
        for marker in node.iter_markers(MARKER):  # the nearest comes first
            yield _beside(node.path, marker.kwargs.get(setting.name)), f"@pytest.mark.{MARKER}"
    yield config.getoption(setting.flag), setting.flag
    yield _beside(config.inipath, config.getini(setting.ini)), setting.ini
    yield os.environ.get(setting.variable), setting.variable


def _beside(path: Path | None, value: Any) -> Any:
    """Returns the path of a file that is named beside another one, where it is there; any other value as it is."""
    if path is None or not isinstance(value, str | Path) or Path(value).suffix != ".toml":
        return value
    found = path.parent / value
    return str(found) if found.is_file() else value


_TRUTHS: Final = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def _checked(setting: Setting, value: Any, where: str) -> Any:
    if setting.kind is bool and not isinstance(value, bool):
        if str(value).lower() not in _TRUTHS:
            raise pytest.UsageError(f"{where}: {setting.name} must be true or false, not {value!r}")
        return _TRUTHS[str(value).lower()]
    if setting.choices and str(value) not in setting.choices:
        raise pytest.UsageError(f"{where}: {setting.name} must be one of {', '.join(setting.choices)}, not {value!r}")
    return value


def check_markers(node: Any) -> None:
    """Raises pytest.UsageError for a marker that says something that no setting is."""
    known = [one.name for one in SETTINGS if one.in_marker]
    for marker in node.iter_markers(MARKER):
        where = f"{node.nodeid}: @pytest.mark.{MARKER}"
        if marker.args:
            raise pytest.UsageError(f"{where} takes names only ({', '.join(known)}): {marker.args[0]!r} has none")
        for name, value in marker.kwargs.items():
            if name not in known:
                import difflib

                meant = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {meant[0]!r}?" if meant else f"there are {', '.join(known)}"
                raise pytest.UsageError(f"{where} has no setting {name!r}: {hint}")
            if value is not None:
                _checked(next(one for one in SETTINGS if one.name == name), value, where)
