"""The plugin's settings, in order of precedence: marker, command line, ini file, environment, default.

Imported with the plugin, so it imports only pytest.
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
    """One setting, and its names in the marker, the ini file, on the command line and in the environment."""

    name: str
    help: str
    kind: type = str
    in_marker: bool = True
    only_in_marker: bool = False
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
    Setting("url", "use the mock HubSpot at this URL instead of one in this process", in_marker=False),
    Setting("scenario", "the scenario of portals: its name, or a TOML file"),
    Setting("pace", "what advances the clock, whatever the scenario says", choices=_PACES),
    Setting("allow_unsupported", "do not fail a test that calls an API which the mock does not serve", kind=bool),
    Setting("guard", "fail a test that calls the real HubSpot", kind=bool),
    Setting("live", "let the guard pass this test's calls to the real HubSpot", kind=bool, only_in_marker=True),
)


def add_options(parser: pytest.Parser) -> None:
    """Adds all flags and ini names."""
    group = parser.getgroup("hubspot", "mock HubSpot")
    for one in SETTINGS:
        if one.only_in_marker:
            continue
        about = f"{one.help} (also {one.variable})"
        if one.kind is bool:
            group.addoption(one.flag, action="store_const", const=True, help=one.help)
        else:
            metavar = "|".join(one.choices) or one.name.upper()
            group.addoption(one.flag, choices=one.choices or None, metavar=metavar, help=one.help)
        if one.kind is bool and pytest.version_tuple >= (8,):  # before, no truth value could be left unset
            parser.addini(one.ini, about, type="bool", default=None)
        else:
            parser.addini(one.ini, about, default=None)


def marker_help() -> str:
    """Returns the line that `pytest --markers` shows."""
    names = ", ".join(f"{one.name}=…" for one in SETTINGS if one.in_marker)
    return f"{MARKER}({names}): the scenario and pace of the `hubspot` fixture, and what fails the test"


def resolve(name: str, config: pytest.Config, node: Any = None) -> Any:
    """Returns the value of a setting for a test, or for the session if `node` is None; None if nothing sets it.

    Raises pytest.UsageError for a bad value.
    """
    setting = next(one for one in SETTINGS if one.name == name)
    for value, where in _sources(setting, config, node):
        if value is not None and value != "":
            return _checked(setting, value, where)
    return None


def _sources(setting: Setting, config: pytest.Config, node: Any) -> Iterator[tuple[Any, str]]:
    if setting.in_marker and node is not None:
        for marker in node.iter_markers(MARKER):  # the closest comes first
            yield _beside(node.path, marker.kwargs.get(setting.name)), f"@pytest.mark.{MARKER}"
    if setting.only_in_marker:
        return
    yield config.getoption(setting.flag), setting.flag
    yield _beside(config.inipath, config.getini(setting.ini)), setting.ini
    yield os.environ.get(setting.variable), setting.variable


def _beside(path: Path | None, value: Any) -> Any:
    """Returns the path of a TOML file relative to the file that names it, if it exists; other values unchanged."""
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
    """Raises pytest.UsageError for a marker with an unknown setting or a bad value."""
    known = [one.name for one in SETTINGS if one.in_marker]
    for marker in node.iter_markers(MARKER):
        where = f"{node.nodeid}: @pytest.mark.{MARKER}"
        if marker.args:
            raise pytest.UsageError(
                f"{where} takes keyword arguments only ({', '.join(known)}), not {marker.args[0]!r}"
            )
        for name, value in marker.kwargs.items():
            if name not in known:
                import difflib  # needed for mistakes only

                meant = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {meant[0]!r}?" if meant else f"there are {', '.join(known)}"
                raise pytest.UsageError(f"{where} has no setting {name!r}: {hint}")
            if value is not None:
                _checked(next(one for one in SETTINGS if one.name == name), value, where)
