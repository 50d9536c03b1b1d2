"""Finds scenario files by path, or by name among the ones that come with the package, and the CSV files beside them."""

import dataclasses
import tomllib
from importlib.resources import files
from pathlib import Path

from msgspec.structs import replace

from mockserver.scenario import DEFAULT, Scenario, ScenarioError
from mockserver.scenario.reading import read_scenario, unknown_word


def scenario_folder() -> Path:
    """Returns the folder of the scenarios that come with the package: inside a wheel, beside it in a checkout."""
    inside = Path(str(files("mockserver"))) / "scenarios"
    return inside if inside.is_dir() else Path(str(files("mockserver"))).parent / "scenarios"


def scenario_names() -> list[str]:
    """Returns the names by which `load_scenario` knows the scenarios that come with the package."""
    return sorted(path.stem for path in scenario_folder().glob("*.toml"))


def load_scenario(name_or_path: str | None) -> Scenario:
    """Reads a scenario by its name or path; None is the default one. Raises ScenarioError for what cannot be read."""
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
    """Fills in the content of the CSV files that the seeds name; their paths begin at the scenario's folder."""
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
