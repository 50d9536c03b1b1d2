"""Finds scenario files by path or among the built-in ones by name, and reads the CSV files beside them."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from msgspec.structs import replace

from mockserver.scenario import DEFAULT, Scenario, ScenarioError
from mockserver.scenario.error import unknown_word
from mockserver.scenario.plain_data import read_scenario


def scenario_folder() -> Path:
    """Returns the folder of the built-in scenarios: in the package of a wheel, beside the package in a checkout."""
    inside = Path(str(files("mockserver"))) / "scenarios"
    return inside if inside.is_dir() else Path(str(files("mockserver"))).parent / "scenarios"


def scenario_names() -> list[str]:
    """Returns the names of the built-in scenarios."""
    return sorted(path.stem for path in scenario_folder().glob("*.toml"))


def load_scenario(name_or_path: str | None) -> Scenario:
    """Reads a scenario by its name or path; None is the default one. Raises ScenarioError if it cannot be used."""
    if name_or_path is None:
        return DEFAULT
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = scenario_folder() / f"{name_or_path}.toml"
        if not _is_file(path):
            fault = unknown_word(name_or_path, scenario_names(), "scenario")
            raise ScenarioError("", replace(fault, text=f"{fault} (a file's name ends in .toml)"))
    kept = _read.get(path.absolute())
    if kept is not None and all(_state(file) == state for file, state in kept.files.items()):
        return kept.scenario
    kept = _read[path.absolute()] = _read_file(path)
    if len(_read) > _MOST_READ:
        del _read[next(iter(_read))]
    return kept.scenario


def without_files(scenario: Scenario) -> Scenario:
    """Returns a scenario that holds the content of its CSV files in place of their names."""
    tables = tuple(replace(table, file="") if table.content else table for table in scenario.seed.csv)
    return replace(scenario, seed=replace(scenario.seed, csv=tables))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long for one
        return False


class _ReadFile(NamedTuple):
    """A scenario, and the state of the files that it was read from."""

    scenario: Scenario
    files: Mapping[Path, object]


_MOST_READ: Final = 32
_read: Final[dict[Path, _ReadFile]] = {}  # a test suite loads the same file for each test


def _state(path: Path) -> object:
    """Returns a value that changes when the file is written; None if there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read_file(path: Path) -> _ReadFile:
    before = _state(path)  # a file that is written meanwhile is read again next time
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as fault:
        raise ScenarioError(str(path), str(fault.strerror or fault)) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ScenarioError(str(path), f"not TOML: {fault}") from fault
    scenario = read_scenario(table, source=str(path))
    beside = {path.parent / table.file: _state(path.parent / table.file) for table in scenario.seed.csv if table.file}
    return _ReadFile(_with_csv_files(scenario, path), {path: before, **beside})


def _with_csv_files(scenario: Scenario, path: Path) -> Scenario:
    """Reads the CSV files of the seeds; their paths are relative to the scenario's folder."""
    if not scenario.seed.csv:
        return scenario
    tables = []
    for number, table in enumerate(scenario.seed.csv):
        content = table.content
        if table.file:
            try:
                content = (path.parent / table.file).read_text("utf-8-sig")
            except (OSError, UnicodeDecodeError) as fault:
                why = getattr(fault, "strerror", None) or str(fault)
                key = f"seed.csv[{number}].file"
                raise ScenarioError(str(path), f"cannot read {table.file!r}: {why}", key=key) from fault
        tables.append(replace(table, content=content))
    return replace(scenario, seed=replace(scenario.seed, csv=tuple(tables)))
