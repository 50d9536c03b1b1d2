"""The constraints of the CI job with the lowest versions are the lower bounds of pyproject.toml."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def numbers(version: str) -> tuple[int, ...]:
    found = [int(part) for part in version.split(".")]
    return tuple(found + [0] * (3 - len(found)))


def test_each_lower_bound_is_installed_by_the_job() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    stated = [*project["dependencies"], *project["optional-dependencies"]["samples"]]
    bounds = {
        name: numbers(version) for name, version in (re.match(r"([\w-]+)>=([\d.]+)", one).groups() for one in stated)
    }
    pinned = dict(re.findall(r"^([\w-]+)==([\d.]+)$", (ROOT / "tests" / "lowest.txt").read_text("utf-8"), re.MULTILINE))
    assert {name: numbers(version) for name, version in pinned.items()} == bounds
