"""Finds scenario files by path or among the built-in ones by name, and reads the CSV files beside them."""

import dataclasses
import tomllib
from importlib.resources import files
from pathlib import Path

from msgspec.structs import replace

from mockserver.scenario import DEFAULT, Scenario, ScenarioError
from mockserver.scenario.reading import read_scenario, unknown_word


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
        if not path.is_file():
            fault = unknown_word(name_or_path, scenario_names(), "scenario")
            raise ScenarioError("", dataclasses.replace(fault, text=f"{fault} (a file's name ends in .toml)"))
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as fault:
        raise ScenarioError(str(path), str(fault.strerror or fault)) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ScenarioError(str(path), f"not TOML: {fault}") from fault
    return _with_csv_files(read_scenario(table, source=str(path)), path)


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
