"""The tables of README.md and docs/, made of the tables of the code, so that none of them can grow old.

In a document such a table stands between `<!-- from the code: NAME -->` and `<!-- until here -->`. `tests/test_docs.py`
compares each with what is here; `pytest --update-golden` writes them.
"""

import ast
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from click.testing import CliRunner

from mockserver.cli.commands import markdown
from mockserver.cli.rules import command as rules_command
from mockserver.control import api as control_api
from mockserver.control.api import PREFIX
from mockserver.hubspot.calls import Operation
from mockserver.hubspot.object_bodies import RecordBody
from mockserver.hubspot.operations import UNSERVED_OPERATIONS, all_operations
from mockserver.hubspot.property_bodies import PropertyBody
from mockserver.hubspot.schemas import SchemaBody
from mockserver.live.compare import suite
from mockserver.live.exchanges import exchanges
from mockserver.live.import_claims import NOT_SHOWN as TYPES_NOT_SHOWN
from mockserver.live.recorded_claims import reason_not_shown
from mockserver.live.report import fidelity_rows
from mockserver.live.request_claims import NOT_SHOWN as RULES_NOT_SHOWN
from mockserver.refusals.cautions import CAUTIONS
from mockserver.refusals.error_types import ERROR_TYPES
from mockserver.refusals.examples import CANNED_ERRORS, all_rules
from mockserver.refusals.import_request import REQUEST_RULES
from mockserver.refusals.limits import LIMIT_RULES
from mockserver.refusals.paths import PATH_RULES
from mockserver.refusals.rule import Evidence
from mockserver.refusals.uploads import UPLOAD_RULES
from mockserver.refusals.values import VALUE_RULES
from mockserver.scenario.files import load_scenario, scenario_folder
from mockserver.wire.exchange import DATED_VERSIONS, HUBSPOT_PREFIXES
from tests.guide.statements import table as guide_table

ROOT: Final = Path(__file__).parent.parent
_REGION = re.compile(r"(<!-- from the code: ([\w-]+) -->\n)(.*?)(\n?<!-- until here -->)", re.DOTALL)

_MOMENTS: Final = {"start": "a date with time and offset"}  # which JSON Schema knows as text

APIS: Final = {  # the first word of an operation's name, and what people call it
    "imports": "Imports",
    "objects": "Objects, of every type",
    "properties": "Properties",
    "pipelines": "Pipelines and their stages",
    "schemas": "Custom objects",
    "associations": "Associations v4 and v3",
    "account": "Account information",
    "lists": "Lists",
    "owners": "Owners",
    "participations": "Marketing event participations",
    "oauth": "OAuth tokens",
}


def _table(*rows: Sequence[str]) -> str:
    return "\n".join(markdown(rows))


def served() -> str:
    """One row per API and kind of evidence, with its operations."""
    groups: dict[tuple[str, str], list[Operation]] = {}
    for operation in all_operations():
        groups.setdefault((operation.name.partition(".")[0], operation.checked), []).append(operation)
    rows = [
        (APIS[api], ", ".join(f"`{one.name.partition('.')[2]}`" for one in operations), checked)
        for (api, checked), operations in groups.items()
    ]
    return _table(("API", "operations served", "checked against"), *rows)


def operations() -> str:
    """One row per operation."""
    rows = [
        (f"`{one.name}`", one.summary, "<br>".join(f"`{one.method} {path}`" for path in one.paths), one.checked)
        for one in all_operations()
    ]
    return _table(("operation", "what it does", "method and paths", "checked against"), *rows)


def neighbours() -> str:
    """One row per operation that would look served by its path, and is not."""
    rows = [
        (f"`{one.name}`", "<br>".join(f"`{one.method} {path}`" for path in one.paths)) for one in UNSERVED_OPERATIONS
    ]
    return _table(("operation", "method and paths"), *rows)


def prefixes() -> str:
    """The beginnings of paths at which HubSpot has an API."""
    return " ".join(f"`{prefix}`" for prefix in HUBSPOT_PREFIXES)


def versions() -> str:
    """The dated versions of the paths."""
    return ", ".join(f"`{version}`" for version in DATED_VERSIONS)


def control() -> str:
    """One row per operation of the control API."""
    rows = [
        (
            f"`{one.method} {PREFIX}{one.path}`",
            one.summary,
            ", ".join(f"`{parameter.name}`" for parameter in one.query),
            "" if one.takes is None else ", ".join(f"`{name}`" for name in _keys(one.takes)),
        )
        for one in control_api.all_operations()
    ]
    return _table(("call", "what it does", "query", "keys of the body"), *rows)


def _keys(kind: Any) -> list[str]:
    names: tuple[str, ...] = kind.__struct_encode_fields__
    return list(names)


def evidence() -> str:
    """How well the rules and errorTypes are known, in numbers."""
    tables: Mapping[str, Counter[Evidence]] = {
        "rules by which requests are refused": Counter(rule.evidence for rule in all_rules().values()),
        "cautions, with which requests are accepted": Counter(caution.evidence for caution in CAUTIONS),
        "property values that the object APIs refuse": Counter(rule.evidence for rule in VALUE_RULES),
        "errorTypes of rows and files": Counter(row.evidence for row in ERROR_TYPES.values()),
        "errors that a fault can answer with": Counter(error.evidence for error in CANNED_ERRORS.values()),
    }
    rows = [
        (what, str(count.total()), *(str(count[one]) if count[one] else "" for one in Evidence))
        for what, count in tables.items()
    ]
    return _table(("", "all", *Evidence), *rows)


# The structs of answers, by the beginning of an operation's name: their fields are what a recording can show.
_ANSWERS: Final[Mapping[str, Any]] = {
    "objects.": RecordBody,
    "properties.groups": None,
    "properties.": PropertyBody,
    "schemas.": SchemaBody,
}


def recordings() -> str:
    """One row per operation that a recording shows: how many, the newest date, and the fields that none of them has."""
    rows = []
    for operation in all_operations():
        found = [one for one in exchanges().values() if one.operation == operation.name]
        if found:
            shown = {key for one in found for key in _keys_within(one.response.body)}
            struct = next((kind for start, kind in _ANSWERS.items() if operation.name.startswith(start)), None)
            fields = () if struct is None else struct.__struct_encode_fields__
            unseen = ", ".join(f"`{field}`" for field in fields if field not in shown)
            rows.append((f"`{operation.name}`", str(len(found)), max(one.date for one in found), unseen))
    return _table(("operation", "recordings", "newest", "fields that nothing has shown"), *rows)


def not_recorded() -> str:
    """The operations that no recording shows."""
    shown = {one.operation for one in exchanges().values()}
    return ", ".join(f"`{one.name}`" for one in all_operations() if one.name not in shown)


def _keys_within(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _keys_within(one)


def scenarios() -> str:
    """One row per built-in scenario."""
    names = sorted(path.stem for path in scenario_folder().glob("*.toml"))
    return _table(("scenario", "what it is"), *((f"`{name}`", load_scenario(name).description) for name in names))


def scenario_keys() -> str:
    """All keys of a scenario file, table by table, with what they are for."""
    schema = json.loads((files("mockserver") / "scenario.schema.json").read_text("utf-8"))
    definitions = schema["$defs"]
    shown = ("PortalSettings", "ClockSettings", "LifecycleSettings", "AppSettings", "LimitSettings", "FaultSettings")
    where = {
        "Scenario": "the file itself",
        "PortalSettings": "[portal]",
        "ClockSettings": "[clock]",
        "LifecycleSettings": "[lifecycle]",
        "AppSettings": "[[apps]]",
        "LimitSettings": "[limits]",
        "FaultSettings": "[[faults]]",
        "ImportFault": "[faults.import]",
        "Response": "[faults.response]",
        "SeedSettings": "[seed]",
    }
    parts = []
    for name in ("Scenario", *shown, "ImportFault", "Response", "SeedSettings"):
        keys = definitions[name]["properties"]
        rows = [
            (f"`{key}`", _MOMENTS.get(key) or _takes(rest), rest.get("description", "")) for key, rest in keys.items()
        ]
        title = where[name] if name == "Scenario" else f"`{where[name]}`"
        parts.append(
            f"### {title}\n\n{definitions[name]['description']}\n\n" + _table(("key", "takes", "meaning"), *rows)
        )
    return "\n\n".join(parts)


def _takes(key: Mapping[str, Any]) -> str:
    """What a key takes, and its default, in few words."""
    kinds = list(dict.fromkeys(_kinds(key)))
    default = key.get("default")
    said = " or ".join(kinds)
    return (
        said
        if default in (None, "", [], {}) or isinstance(default, dict)
        else f"{said}; default `{json.dumps(default)}`"
    )


def _kinds(key: Mapping[str, Any]) -> Iterator[str]:
    if "anyOf" in key:
        for one in key["anyOf"]:
            yield from _kinds(one)
    elif "enum" in key:
        yield ", ".join(f"`{json.dumps(choice)}`" for choice in key["enum"] if choice is not None)
    elif "$ref" in key:
        name = key["$ref"].rpartition("/")[2]
        yield {"Pace": "a pace", "ErrorType": "an errorType"}.get(name, "a table")
    elif key.get("type") == "array":
        yield "a list"
    elif key.get("type") != "null":
        words = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
        yield words.get(key.get("type", ""), "a table")


def canned_errors() -> str:
    """One row per error that a fault can play by its name."""
    rows = [(f"`{error.name}`", str(error.status), error.evidence) for error in CANNED_ERRORS.values()]
    return _table(("name", "status", "evidence"), *rows)


def layers() -> str:
    """The layers that import-linter enforces, from the top, with the first sentence of each module's docstring."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    stated = next(contract["layers"] for contract in contracts if contract.get("containers") == ["mockserver"])
    lines = []
    for layer in stated:
        for number, name in enumerate(layer.strip("()").split(" | ")):
            lines.append(f"{'-' if number else '+'} {name:<14} {_first_sentence(name)}")
    return "```text\n" + "\n".join(lines) + "\n```"


def _first_sentence(module: str) -> str:
    path = ROOT / "mockserver" / module
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(source.read_text("utf-8"))) or ""
    return docstring.splitlines()[0]


_REFERENCE: Final = ("mock_hubspot", "imports", "faults", "journal")  # modules of mockserver.handle


def reference() -> str:
    """The public classes of the handle with their attributes and methods, from the source."""
    folder = ROOT / "mockserver" / "handle"
    modules = [ast.parse((folder / f"{module}.py").read_text("utf-8")) for module in _REFERENCE]
    classes = [node for module in modules for node in module.body if isinstance(node, ast.ClassDef)]
    return "\n\n".join(_class_reference(node) for node in classes if not node.name.startswith("_"))


def _class_reference(node: ast.ClassDef) -> str:
    lines = [f"## {node.name}", "", ast.get_docstring(node) or ""]
    fields = [one for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)]
    if fields:
        lines += ["", ", ".join(f"`{ast.unparse(one.target)}: {ast.unparse(one.annotation)}`" for one in fields)]
    for one in node.body:
        if isinstance(one, ast.FunctionDef) and not one.name.startswith("_"):
            docstring = ast.get_docstring(one)
            if docstring is not None:  # the setter of a property has none
                lines += ["", f"### {_heading(one)}", "", docstring]
    return "\n".join(lines)


def _heading(function: ast.FunctionDef) -> str:
    if any(ast.unparse(decorator) == "property" for decorator in function.decorator_list):
        return f"`{function.name}: {ast.unparse(function.returns) if function.returns else ''}`".replace('"', "")
    arguments = function.args
    arguments.args = arguments.args[1:]
    returns = "" if function.returns is None else f" -> {ast.unparse(function.returns)}"
    return f"`{function.name}({ast.unparse(arguments)}){returns}`"


def rules() -> str:
    """All rules, cautions, errorTypes and canned errors with their texts, evidence and sources."""
    return CliRunner().invoke(rules_command, ["--markdown"], catch_exceptions=False).output.strip()


def switchable() -> str:
    """The rules that a scenario may switch off."""
    return ", ".join(f"`{rule.id}`" for rule in all_rules().values() if rule.switchable)


# Why an inferred rule of imports cannot be switched off, and which ones that are.
_NOT_SWITCHABLE: Final = {
    "the request cannot be read": (
        "body-too-large", "content-encoding", "path-parameter-unparsed", "query-parameter-unparsed", "boundary-missing",
        "body-truncated", "multipart-malformed", "import-request-too-large", "import-request-missing",
        "import-request-empty", "import-request-malformed", "import-request-wrong-type",
        "import-request-required-fields",
    ),
    "the value has no meaning": (
        "unknown-date-format", "unknown-import-operation", "unknown-file-format", "unknown-column-type",
        "unknown-submission-type", "unknown-association-category", "unknown-time-zone", "unknown-association-type",
        "marketing-event-id-not-positive", "event-column-of-other-object", "event-column-without-submission-type",
    ),
    "there is nothing to import, or no telling which file or object it belongs to": (
        "no-files-in-request", "files-missing", "duplicate-file-name", "duplicate-upload-name", "file-not-sent",
        "no-column-mappings", "column-without-object-type", "label-without-to-object", "import-unknown",
    ),
    "a setting of the scenario lets it through": ("imports-per-day", "unknown-object-type"),
    "it is the mock's own": ("no-space-for-upload", "no-space-for-data"),
}  # fmt: skip


def not_switchable() -> str:
    """The inferred rules of imports that have no switch, by the reason."""
    rules = (*PATH_RULES, *UPLOAD_RULES, *REQUEST_RULES, *LIMIT_RULES)
    inferred = {rule.id for rule in rules if rule.evidence is Evidence.INFERRED and not rule.switchable}
    listed = [name for names in _NOT_SWITCHABLE.values() for name in names]
    if inferred ^ set(listed) or len(listed) != len(set(listed)):
        raise LookupError(f"say why these have no switch, or do not: {sorted(inferred ^ set(listed))}")
    rows = [(reason, ", ".join(f"`{name}`" for name in names)) for reason, names in _NOT_SWITCHABLE.items()]
    return _table(("why", "rules"), *rows)


def guide() -> str:
    """One row per statement of the imports guide."""
    return _table(*guide_table())


def fidelity() -> str:
    """One row per claim, beginning with those that are inferred."""
    rows = [
        (f"`{claim.id}`", grounds.says, str(grounds.evidence), " ".join(filter(None, (grounds.source, grounds.date))))
        for claim, grounds in fidelity_rows(suite().claims)
    ]
    return _table(("claim", "what this server does, and HubSpot should", "evidence", "source and date"), *rows)


def fidelity_counts() -> str:
    """How many claims have which evidence."""
    count = Counter(grounds.evidence for _, grounds in fidelity_rows(suite().claims))
    return ", ".join(f"{count[one]} {one}" for one in reversed(Evidence))


def not_claimed() -> str:
    """One row per rule, errorType or recording that no account for tests can show, with the reason."""
    recorded = {name: reason_not_shown(one) for name, one in exchanges().items()}
    reasons = {**RULES_NOT_SHOWN, **TYPES_NOT_SHOWN, **{name: why for name, why in recorded.items() if why}}
    return _table(("what", "why it is not shown"), *((f"`{name}`", why) for name, why in reasons.items()))


TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "served": served,
    "operations": operations,
    "neighbours": neighbours,
    "prefixes": prefixes,
    "versions": versions,
    "control": control,
    "evidence": evidence,
    "recordings": recordings,
    "not-recorded": not_recorded,
    "scenarios": scenarios,
    "scenario-keys": scenario_keys,
    "canned-errors": canned_errors,
    "switchable": switchable,
    "layers": layers,
    "reference": reference,
    "rules": rules,
    "guide": guide,
    "not-switchable": not_switchable,
    "fidelity": fidelity,
    "fidelity-counts": fidelity_counts,
    "not-claimed": not_claimed,
}


def regions(text: str) -> list[str]:
    """Returns the names of a document's tables."""
    return [found[2] for found in _REGION.finditer(text)]


def renewed(text: str) -> str:
    """Returns a document with its tables made anew."""
    return _REGION.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}\n{found[4].lstrip()}", text)
