"""Projects of their own in a temporary folder, in which pytest runs with the plugin as users have it."""

import importlib
import pkgutil

import pytest

import mockserver

LAZY = ("anyio._backends._asyncio", "httpcore", "httpx", "requests", "trustme")  # imported by what these runs do


def stay() -> None:
    """Imports what runs within this process import too: pytester forgets their modules, and a second copy of one
    knows nothing of the classes of the first.
    """
    ours = [module.name for module in pkgutil.walk_packages(mockserver.__path__, "mockserver.")]
    for name in (*LAZY, *ours):
        if not name.endswith("__main__"):
            importlib.import_module(name)


stay()


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project without the developer's own settings, and without the other plugins: they take seconds of each run."""
    for name in ("URL", "SCENARIO", "PACE", "ALLOW_UNSUPPORTED"):
        monkeypatch.delenv(f"HUBSPOT_MOCK_{name}", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p mockserver.pytest_plugin")
    return pytester
