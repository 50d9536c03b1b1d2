"""The entry points of the distribution hubspot-mock: its command and its pytest plugin. The rest is `mockserver`.

MockServer is another product, and its Python client installs a package `mockserver` too. Where both are installed, one
overwrites files of the other. This package has another name, so that it can still say what is wrong.
"""

import sys
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

DISTRIBUTION: Final = "hubspot-mock"
_PACKAGE_FILE: Final = "mockserver/__init__.py"


def main() -> None:
    """Runs the command line, or says in one sentence why it cannot."""
    wrong = conflict()
    if wrong is not None:
        sys.stderr.write(f"Error: {wrong}\n")
        sys.exit(2)
    wrong = overlap()
    if wrong is not None:
        sys.stderr.write(f"Warning: {wrong}\n")
    import_module("mockserver.cli").main()


def __getattr__(name: str) -> object:
    """Gives `pytest_plugin`, which only pytest asks for."""
    if name != "pytest_plugin":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("mockserver.pytest_plugin" if conflict() is None else "hubspot_mock.unusable")


def conflict() -> str | None:
    """Returns what is wrong where the package `mockserver` is not the one of this distribution, else None."""
    try:
        found = import_module("mockserver")
    except Exception:  # noqa: BLE001 - whatever another product's package needs and does not find
        return _sentence(_others(everywhere=True))
    return None if getattr(found, "DISTRIBUTION", None) == DISTRIBUTION else _sentence(_others(everywhere=True))


def overlap() -> str | None:
    """Returns what is wrong where MockServer's client is installed beside this distribution, which still works."""
    others = _others(everywhere=False)
    return _sentence(others) if others else None


def _sentence(others: list[str]) -> str:
    if others:
        return (
            f"{' and '.join(others)} and {DISTRIBUTION} both install a package `mockserver` and overwrite each other's "
            "files: uninstall both, and install each into a virtual environment of its own"
        )
    return (
        f"the package `mockserver` is not the one of {DISTRIBUTION}: install it again (pip install --force-reinstall "
        f"{DISTRIBUTION}), into a virtual environment without another `mockserver`"
    )


def _others(*, everywhere: bool) -> list[str]:
    """Returns the other distributions that install `mockserver`, with their versions.

    Reading the file list of every distribution takes tens of milliseconds. Unless `everywhere`, only those are read
    whose name begins with "mockserver", as that of MockServer's client does.
    """
    if everywhere:
        return sorted(
            f"{one.name} {one.version}"
            for one in distributions()
            if one.name != DISTRIBUTION and any(file.as_posix() == _PACKAGE_FILE for file in one.files or ())
        )
    folders = [Path(entry) for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
    records = [record for folder in folders for record in folder.glob("mockserver*.dist-info/RECORD")]
    return sorted(
        record.parent.name.removesuffix(".dist-info").replace("_", "-").rpartition("-")[0]
        for record in records
        if f"{_PACKAGE_FILE}," in record.read_text("utf-8")
    )
