"""How the package is laid out: few modules of moderate size, unique type names, and imports inside loaders alone."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mockserver"

MOST_MODULES = 209
MOST_LINES = 450

# Tables of data may be longer.
TABLES = {"refusals/error_types.py", "refusals/import_request.py"}

# Each package has at most one loader, the only place where it imports modules of this project inside functions.
LOADERS = {
    "__init__.py",  # the public names
    "app.py",  # the control API
    "cli/commands.py",
    "control/api.py",
    "handle/transports.py",  # the relay, for a server that is somewhere else
    "hubspot/operations.py",
    "imports/files/__init__.py",
    "portal/__init__.py",
    "refusals/__init__.py",  # the canned errors
}

# Modules that name types of what a loader loads, or of a module that imports them.
TYPE_CHECKING_IMPORTS = {
    "__init__.py",  # public names, loaded when first used
    "app.py",
    "hubspot/calls.py",  # a call has an upload, and the reader of uploads reads calls
    "hubspot/operations.py",
    "portal/__init__.py",
    "portal/portal.py",
    "portal/identity.py",
    "pytest_plugin/__init__.py",
    "refusals/__init__.py",
    "scenario/faults.py",  # names that only editors complete
}

# Several modules may have one file name where they are about the same API or subject.
SHARED_FILE_NAMES = {
    "associations.py", "calls.py", "clock.py", "compare.py", "control.py", "definitions.py", "faults.py", "imports.py",
    "journal.py", "limits.py", "lists.py", "pipelines.py", "portals.py", "pull.py", "records.py", "scenarios.py",
    "search.py",
}  # fmt: skip

# Modules by their names as strings, and scans of a module's names.
SCANS = {
    ("cli/__init__.py", "import_module"),  # a command, by its row in `commands`
    ("intercept/connections.py", "vars"),  # the functions that it replaces
    ("pytest_plugin/__init__.py", "import_module"),
}


@cache
def modules() -> dict[str, ast.Module]:
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def own_imports(tree: ast.AST) -> Iterator[str]:
    """The modules of this project that the code below a node imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "mockserver":
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] == "mockserver")


def lines(name: str) -> int:
    return len((PACKAGE / name).read_text("utf-8").splitlines())


def test_there_are_few_modules() -> None:
    assert len(modules()) <= MOST_MODULES


def test_no_module_is_long_but_tables() -> None:
    assert {name for name in modules() if lines(name) > MOST_LINES} <= TABLES


def test_type_names_are_unique() -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].add(name)
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def test_file_names_are_unique_but_for_modules_about_the_same_subject() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for name in modules():
        homes[Path(name).name].append(name)
    shared = {"__init__.py"} | SHARED_FILE_NAMES
    assert {name: found for name, found in homes.items() if len(found) > 1 and name not in shared} == {}


def test_functions_import_modules_of_this_project_in_loaders_alone() -> None:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    found = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, functions) and any(own_imports(node))
    }
    assert found <= LOADERS


def test_each_package_has_one_loader() -> None:
    packages = [Path(name).parent for name in LOADERS if name not in {"__init__.py", "app.py"}]
    assert len(packages) == len(set(packages))


def test_imports_for_types_alone_are_of_what_is_loaded_later() -> None:
    found = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and any(own_imports(node))
    }
    assert found <= TYPE_CHECKING_IMPORTS


def test_registries_are_literal() -> None:
    scans = {"globals", "vars", "import_module", "__import__"}
    called = {
        (name, node.func.id if isinstance(node.func, ast.Name) else node.func.attr)
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
    }
    assert {(name, function) for name, function in called if function in scans} <= SCANS
