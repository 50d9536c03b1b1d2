"""What a release is made with: the lowest versions, the workflow files, and the README's links."""

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import yaml

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def padded(version: str) -> tuple[int, ...]:
    numbers = [int(number) for number in version.split(".")]
    return (*numbers, *(0 for _ in range(3 - len(numbers))))


def test_the_constraints_are_the_lowest_versions_that_the_project_names() -> None:
    named = {
        match[1]: padded(match[2]) for one in PROJECT["dependencies"] if (match := re.match(r"([\w-]+)>=([\d.]+)", one))
    }
    lines = (ROOT / ".ci" / "lowest.txt").read_text("utf-8").splitlines()
    pinned = {name: padded(version) for name, _, version in (one.partition("==") for one in lines if one[:1] != "#")}
    assert pinned == named


def test_each_python_that_is_promised_is_one_that_is_tried() -> None:
    promised = {match[1] for one in PROJECT["classifiers"] if (match := re.search(r":: (3\.\d+)$", one))}
    (ci,) = (yaml.safe_load(path.read_text("utf-8")) for path in WORKFLOWS if path.name == "ci.yml")
    assert promised == set(ci["jobs"]["check"]["strategy"]["matrix"]["python"])


def test_a_release_builds_and_tries_everything_and_pushes_where_a_setting_says() -> None:
    (release,) = (yaml.safe_load(path.read_text("utf-8")) for path in WORKFLOWS if path.name == "release.yml")
    commands = "\n".join(step.get("run", "") for job in release["jobs"].values() for step in job["steps"])
    for command in ("python -m build", "twine check", "hubspot-mock demo", "docker build"):
        assert command in commands
    pushing = [step["if"] for job in release["jobs"].values() for step in (job, *job["steps"]) if "if" in step]
    assert [condition for condition in pushing if "vars." in condition] == [
        "vars.PYPI_URL != '' && github.ref_type == 'tag'",
        "vars.IMAGE != '' && github.ref_type == 'tag'",
    ]


def absolute_links() -> ModuleType:
    spec = importlib.util.spec_from_file_location("absolute_links", ROOT / ".ci" / "absolute_links.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_links_of_the_readme_can_be_made_absolute() -> None:
    absolute = absolute_links().absolute
    text = "[a](docs/faq.md#x) [b](#here) [c](https://example.com/d) [e](LICENSE)"
    base = "https://example.com/owner/repo/blob/v1"
    assert (
        absolute(text, base) == f"[a]({base}/docs/faq.md#x) [b](#here) [c](https://example.com/d) [e]({base}/LICENSE)"
    )
    readme = absolute((ROOT / "README.md").read_text("utf-8"), base)
    assert re.findall(r"\]\((?!https?:|#)[^)]*\)", readme) == []
