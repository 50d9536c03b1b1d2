"""The names that editors complete are those that there are; and the public views are those that a handle returns."""

import subprocess
import sys
import typing
from pathlib import Path

import msgspec
import pytest

import mockserver
from mockserver import names, views
from mockserver.control.reference import all_control_operations
from mockserver.crm.catalog import object_types
from mockserver.hubspot.operations import UNSERVED_OPERATIONS, all_operations
from mockserver.imports.progress import ImportState
from mockserver.refusals.error_types import ERROR_TYPES
from mockserver.refusals.examples import CANNED_ERRORS

FILE = Path(names.__file__)


def known() -> dict[str, list[str]]:
    """The names of each kind."""
    return {
        "OperationName": [one.name for one in (*all_operations(), *UNSERVED_OPERATIONS)],
        "CannedErrorName": list(CANNED_ERRORS),
        "ErrorTypeName": [str(name) for name in ERROR_TYPES],
        "ObjectTypeName": [one.name for one in object_types().values()],
        "StateName": [str(state) for state in ImportState],
    }


def names_file() -> str:
    """What names.py says."""
    doc = ast_docstring(FILE.read_text("utf-8"))
    lines = [f'"""{doc}"""', "", "from typing import Literal, TypeAlias", ""]
    for kind, words in known().items():
        lines.append(f"{kind}: TypeAlias = Literal[")
        lines += [f'    "{word}",' for word in dict.fromkeys(words)]
        lines += ["]", ""]
    return "\n".join(lines)


def ast_docstring(source: str) -> str:
    return source.split('"""')[1]


@pytest.mark.generated
def test_the_names_are_those_that_there_are(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        FILE.write_text(names_file(), "utf-8")
    assert FILE.read_text("utf-8") == names_file()


def test_all_views_that_a_handle_returns_are_public() -> None:
    public = {getattr(views, name) for name in views.__all__}
    returned = {one for operation in all_control_operations() for one in _views(operation.gives)}
    assert {view.__name__ for view in returned - public} == set()


def _views(kind: object) -> typing.Iterator[type]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
        for field in msgspec.structs.fields(kind):
            yield from _views(field.type)
    for one in typing.get_args(kind):
        yield from _views(one)


CODE = """
from mockserver import MockHubSpot
from mockserver.names import CannedErrorName, ObjectTypeName, OperationName, StateName
from mockserver.views import EntryView, ImportView

def use(hubspot: MockHubSpot, operation: OperationName, error: CannedErrorName, kind: ObjectTypeName) -> EntryView:
    hubspot.faults.add(operation=operation, error=error)
    hubspot.faults.add(operation="imports.*", error="burst-limit")
    hubspot.records(kind)
    hubspot.records("p12345678_car")
    state: StateName = "DONE"
    found: ImportView = hubspot.imports.list(state=state)[0]
    hubspot.imports.hold(found.id, state="PROCESSING")
    return hubspot.journal[-1]

wrong: StateName = "FINISHED"
"""


@pytest.mark.slow
def test_a_type_checker_knows_the_names(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(CODE, "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "use.py"]
    source = {"MYPYPATH": str(Path(mockserver.__file__).parent.parent)}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False, env=source)
    (told,) = done.stdout.splitlines()
    assert told.startswith(
        "use.py:16: error: Incompatible types in assignment (expression has type \"Literal['FINISHED']\""
    )
