"""Projects of their own in a temporary folder, in which pytest runs with the plugin as users have it."""

import pytest

# Imported here, they stay: pytester forgets what a run within this process has imported, and the next pays again.
import mockserver.intercept
import mockserver.interception.trust
import mockserver.pytest_support.watch
import mockserver.web.control.api  # noqa: F401 - see above


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project without the developer's own settings, and without the other plugins: they take seconds of each run."""
    for name in ("URL", "SCENARIO", "PACE", "ALLOW_UNSUPPORTED"):
        monkeypatch.delenv(f"HUBSPOT_MOCK_{name}", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p mockserver.pytest_plugin")
    return pytester
