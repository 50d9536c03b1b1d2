"""The wheel, as users get it: built, installed in a new environment far from this checkout, and run."""

import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import mockserver
from tests.benchmarks.programs import free_port

ROOT = Path(__file__).parent.parent
_MANY_LINES = re.DOTALL | re.MULTILINE
pytestmark = pytest.mark.wheel


def run(*command: object, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", folder, ROOT),
        cwd=folder,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that holds the wheel, what it needs, and pytest."""
    home = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", home / "venv", cwd=home)
    run(home / "venv/bin/python", "-m", "pip", "install", "--quiet", wheel, "pytest", cwd=home)
    return home


def test_the_blocks_of_the_readme_work_as_pasted(wheel: Path, tmp_path: Path) -> None:
    """In order, in one shell; only the port differs, so that no other server is in the way."""
    readme = (ROOT / "README.md").read_text("utf-8")
    port = free_port()
    expected, script = {}, ["set +e"]
    for kind, name, text in re.findall(
        r"^<!-- (file|run|output): ([\w. -]+) -->\n```\w+\n(.*?)^```$", readme, _MANY_LINES
    ):
        if kind == "file":
            (tmp_path / name).write_text(text, "utf-8")
        elif kind == "run":
            script += [f"echo '== {name}'", text.replace(":8080", f":{port}")]
            expected[name] = ""
        else:
            expected[name] = text
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=tmp_path,
        env={**environment, "PIP_FIND_LINKS": str(wheel.parent), "HUBSPOT_MOCK_SERVER_PORT": str(port)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    shown = dict(re.findall(r"^== ([\w -]+)\n(.*?)(?=^== |\Z)", done.stdout, _MANY_LINES))
    assert list(expected) == ["install", "test", "server", "bad day", "check"]
    assert {name: _without_times(text) for name, text in shown.items()} == {
        name: _without_times(text) for name, text in expected.items()
    }, done.stderr


def _without_times(output: str) -> str:
    return re.sub(r"\d+\.\d+s", "…", output)


def test_the_wheel_holds_the_package_its_data_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    packages = (ROOT / "mockserver", ROOT / "hubspot_mock")
    found = (path for package in packages for path in package.rglob("*"))
    sources = [path for path in found if path.is_file() and path.suffix != ".pyc"]
    expected = {path.relative_to(ROOT).as_posix() for path in sources}
    expected |= {f"mockserver/scenarios/{path.name}" for path in (ROOT / "scenarios").glob("*.toml")}
    assert expected | {"mockserver/py.typed"} <= names
    assert {name.partition("/")[0] for name in names} == {
        "hubspot_mock",
        "mockserver",
        f"hubspot_mock-{mockserver.__version__}.dist-info",
    }


def test_the_installed_program_knows_its_version(environment: Path) -> None:
    assert mockserver.__version__ in run(environment / "venv/bin/hubspot-mock", "--version", cwd=environment)


def test_the_installed_program_finds_the_scenarios(environment: Path) -> None:
    code = (
        "from importlib.resources import files; print(*(p.name for p in (files('mockserver') / 'scenarios').iterdir()))"
    )
    found = run(environment / "venv/bin/python", "-c", code, cwd=environment).split()
    assert set(found) >= {path.name for path in (ROOT / "scenarios").glob("*.toml")} != set()


def test_the_installed_program_serves(environment: Path) -> None:
    scenario = min(path.stem for path in (ROOT / "scenarios").glob("*.toml"))
    program = environment / "venv/bin/hubspot-mock"
    serving = subprocess.Popen(
        [program, "serve", "--port", "0", "--scenario", scenario],
        cwd=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert serving.stdout is not None
        port = next(found[1] for line in serving.stdout if (found := re.search(r"http://127\.0\.0\.1:(\d+)", line)))
        run(program, "healthcheck", "--port", port, "--wait", "10", cwd=environment)
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(timeout=10) == 0
    finally:
        serving.kill()
        serving.communicate()


def test_the_demo_needs_no_extra_and_generate_says_which_it_needs(environment: Path) -> None:
    program = environment / "venv/bin/hubspot-mock"
    assert "CREATED_OBJECTS" in run(program, "demo", cwd=environment)
    asked = subprocess.run(
        [program, "generate", "contacts"], cwd=environment, capture_output=True, text=True, check=False
    )
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr == "Error: generate needs Faker: pip install 'hubspot-mock[samples]'\n"


def test_the_plugin_says_that_it_needs_an_environment_of_its_own_beside_mockservers_client(
    environment: Path, wheel: Path
) -> None:
    python = environment / "venv/bin/python"
    test = environment / "test_beside.py"
    test.write_text("def test_other():\n    pass\n\ndef test_a_portal(hubspot):\n    pass\n", "utf-8")
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", other_client(environment), cwd=environment)
    try:
        tested = subprocess.run(
            [python, "-m", "pytest", "-q", test], cwd=environment, capture_output=True, text=True, check=False
        )
        assert "1 passed, 1 error" in tested.stdout
        assert "some-client 9.2.0 and hubspot-mock both install a package `mockserver`" in tested.stdout
    finally:
        run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "some-client", cwd=environment)
        run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", wheel, cwd=environment)


def other_client(folder: Path) -> Path:
    """A wheel of another distribution that installs a package `mockserver` too."""
    path = folder / "some_client-9.2.0-py3-none-any.whl"
    info = "some_client-9.2.0.dist-info"
    files = {
        "mockserver/__init__.py": "from mockserver.client import Client\n",
        "mockserver/client.py": "class Client: ...\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: some-client\nVersion: 9.2.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"]))
    return path


def test_the_installed_plugin_gives_its_fixture(environment: Path) -> None:
    test = environment / "test_fixture.py"
    test.write_text("def test_a_portal(hubspot):\n    assert hubspot.records('contacts') == []\n", "utf-8")
    assert "1 passed" in run(environment / "venv/bin/python", "-m", "pytest", "-q", test, cwd=environment)
