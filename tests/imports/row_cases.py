"""The cases of rows: a portal, files with their mappings, and what is there after the import.

Each file of tests/cases/rows is one case. Those named after an errorType produce it.
"""

import io
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from mockserver.crm import catalog
from mockserver.crm.definitions import Definitions
from mockserver.crm.record_view import new_record_defaults, pipeline_of, website_of
from mockserver.crm.schema import NewObjectType, Pipeline, PropertyDefinition
from mockserver.imports.progress import NO_INJECTED_ERRORS, InjectedErrors, RowProgress, RowsDue
from mockserver.imports.request import ImportRequest
from mockserver.imports.rows.errors import FileWideFault, RowError
from mockserver.imports.rows.import_run import ImportRun
from mockserver.scenario import PortalSettings
from mockserver.store import Store
from mockserver.store.imports import FileRow
from mockserver.store.records import Source

FOLDER = Path(__file__).parent.parent / "cases" / "rows"
AT = 1_768_467_600_000  # 2026-01-15T09:00:00Z
IMPORT = 55_000_001
FIRST_FILE = 184_000_000_001

# What the cases call the fields of a ColumnMapping.
_MAPPING = {
    "name": "column_name",
    "of": "object_type",
    "property": "property_name",
    "type": "column_type",
    "to": "to_object_type",
    "key": "foreign_key",
    "common": "association_identifier",
    "submission": "submission_type",
    "ignored": "ignored",
}
_decode_error = msgspec.json.Decoder(RowError).decode


@dataclass
class Outcome:
    """What an import left behind."""

    records: dict[str, list[dict[str, str]]]
    associations: list[str]
    errors: list[RowError]
    counters: dict[str, int]
    history: list[dict[str, str]]
    participations: list[tuple[str, int]]
    lists: list[tuple[str, int]]
    notes: list[str]
    failed: bool


@dataclass
class Case:
    """One case; `told` is its file."""

    subject: str
    told: Mapping[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return self.subject

    @property
    def request(self) -> ImportRequest:
        files = [
            {
                "file_name": file.get("name", "contacts.csv"),
                "file_format": "SPREADSHEET" if file.get("name", "").endswith(("xlsx", "xls")) else "CSV",
                "has_header": file.get("has_header", True),
                "columns": [_mapping(column, file.get("of", "0-1")) for column in file["columns"]],
                "part": part,
            }
            for part, file in enumerate(self.told["files"])
        ]
        types = dict.fromkeys(column.get("object_type") for file in files for column in file["columns"])
        told = {"name": "case", "files": files, "object_types": [name for name in types if name]}
        return msgspec.convert({**told, **self.told.get("request", {})}, ImportRequest)

    @property
    def settings(self) -> PortalSettings:
        return msgspec.convert(self.told.get("portal", {}), PortalSettings)

    def prepare(self, store: Store) -> Definitions:
        """Makes the portal as it is before the import."""
        definitions = Definitions(store, self.settings)
        before = self.told.get("before", {})
        for told in before.get("object_types", ()):
            rows = [_property(row) for row in told.get("properties", [])]
            definitions.define_object_type(NewObjectType(**{**told, "properties": rows}))
        for told in before.get("properties", ()):
            definitions.define_property(told["of"], _property({k: v for k, v in told.items() if k != "of"}))
        for told in before.get("pipelines", ()):
            definitions.pipelines.put(msgspec.convert(told, Pipeline), "CREATE", at=AT - 1000)
        for told in before.get("labels", ()):
            inverse = told.get("inverse")
            definitions.define_association_label(told["from"], told["to"], told["label"], inverse_label=inverse)
        for told in before.get("owners", ()):
            definitions.define_owner(**told)
        for told in before.get("records", ()):
            type_id = told["of"]
            properties = {name: value for name, value in told.items() if name != "of"}
            ids = store.records.create(
                type_id,
                [properties],
                identifying=definitions.identifiers(type_id),
                at=AT - 1000,
                source=Source("INTEGRATION", "1"),
            )
            record = store.records.get(type_id, ids[0])
            for address in filter(None, properties.get("hs_additional_emails", "").split(";")):
                store.records.identify(record, "email", address)
        return definitions

    def run(
        self,
        *,
        steps: Sequence[int] = (500,),
        is_restarted: bool = False,
        injected: InjectedErrors = NO_INJECTED_ERRORS,
    ) -> Outcome:
        """Imports the case's files; `steps` are rows at a time, over and over, each by a new run if `is_restarted`."""
        store = Store()
        definitions = self.prepare(store)
        with tempfile.TemporaryDirectory() as folder:
            files = [
                FileRow(FIRST_FILE + part, IMPORT, part, "", 0, 0, _written(Path(folder), part, file))
                for part, file in enumerate(self.told["files"])
            ]
            return imported(
                store,
                definitions,
                self.settings,
                self.request,
                files,
                steps=steps,
                is_restarted=is_restarted,
                injected=injected,
            )


def imported(
    store: Store,
    definitions: Definitions,
    settings: PortalSettings,
    request: ImportRequest,
    files: Sequence[FileRow],
    *,
    steps: Sequence[int] = (500,),
    is_restarted: bool = False,
    injected: InjectedErrors = NO_INJECTED_ERRORS,
) -> Outcome:
    """Runs an import to its end and tells what it left behind."""
    progress = RowProgress()

    def a_run() -> ImportRun:
        stored = msgspec.json.decode(msgspec.json.encode(progress), type=RowProgress)
        return ImportRun(
            store,
            definitions,
            settings,
            import_id=IMPORT,
            request=request,
            files=files,
            progress=stored,
            injected=injected,
        )

    fault: FileWideFault | None = None
    run = a_run()
    try:
        run.load()
        run.open()
        turn = 0
        while not run.is_done:
            with store.transaction():
                run.step([RowsDue(None, AT)], most=steps[turn % len(steps)])
            turn += 1
            if is_restarted:
                progress = run.progress
                run.close()
                run = a_run()
                run.load()
                run.open()
    except FileWideFault as problem:
        fault = problem
    run.close()
    return outcome_of(store, run.progress, fault)


def outcome_of(store: Store, progress: RowProgress, fault: FileWideFault | None) -> Outcome:
    errors = [_decode_error(row.error) for row in store.imports.errors(IMPORT)]
    records = {type_id: list(store.records.all(type_id)) for type_id in store.records.counts()}
    names = {
        record.id: f"{type_id}#{place}" for type_id, rows in records.items() for place, record in enumerate(rows, 1)
    }
    links = [
        f"{names[link.from_id]} {link.type_id} {names[link.to_id]}" for link in store.associations.of(sorted(names))
    ]
    history = store.records.history(sorted(names))
    events = {
        (f"{names[row.contact_id]} {row.kind}", row.occurred_at)
        for record in records.get("0-54", ())
        for row in store.lists.participations(record.id)
    }
    return Outcome(
        records={type_id: [dict(record.properties) for record in rows] for type_id, rows in records.items()},
        associations=sorted(links),
        errors=[*errors, *(fault.errors if fault else ())],
        counters=dict(sorted(progress.counters.items())),
        history=[
            {"record": names[i], "by": entry.source.type, **entry.changes}
            for i, entries in history.items()
            for entry in entries
        ],
        participations=sorted(events),
        lists=[(row.name, store.lists.size(row.id)) for row in store.lists.all()],
        notes=list(progress.notes),
        failed=fault is not None,
    )


def cases() -> Iterator[Case]:
    """Yields all cases, by name."""
    for path in sorted(FOLDER.glob("*.toml")):
        yield Case(path.stem, tomllib.loads(path.read_text("utf-8")))


def without_defaults(type_id: str, actual: Mapping[str, str], expected: Mapping[str, str]) -> dict[str, str]:
    """Leaves out what every new record has, and the times of its stages, where a case does not speak of it."""
    given = {name: value for name, value in actual.items() if name in expected}
    stage_times = {name: value for name, value in actual.items() if name.startswith(("hs_v2_", "hs_lifecyclestage_"))}
    implied = {**pipeline_of(type_id, given, catalog.pipelines(type_id)), **website_of(type_id, given)}
    defaults = {**new_record_defaults(type_id), **implied, **stage_times}
    return {name: value for name, value in actual.items() if name in expected or defaults.get(name) != value}


def _mapping(told: Mapping[str, Any], of: str) -> dict[str, Any]:
    unknown = told.keys() - _MAPPING.keys()
    assert not unknown, unknown
    mapping = {_MAPPING[name]: value for name, value in told.items()}
    mapping.setdefault("object_type", of)
    if isinstance(mapping.get("foreign_key"), int):
        mapping["foreign_key"] = {"type_id": mapping["foreign_key"], "category": "HUBSPOT_DEFINED"}
    return mapping


def _property(told: Mapping[str, Any]) -> PropertyDefinition:
    return msgspec.convert({"label": told["name"], "type": "string", "fieldType": "text", **told}, PropertyDefinition)


def _written(folder: Path, part: int, told: Mapping[str, Any]) -> str | None:
    """Writes a file as an upload is kept, under a name that says nothing; None where it is gone."""
    if told.get("gone"):
        return None
    path = folder / f"upload-{part}"
    if "sheets" in told:
        path.write_bytes(_workbook(told["sheets"]))
    elif "repeat" in told:
        path.write_text(told["text"].replace("{long}", "x" * told["repeat"]), "utf-8", newline="")
    else:
        path.write_text(told["text"], "utf-8", newline="")
    return str(path)


def _workbook(sheets: Sequence[Sequence[Sequence[object]]]) -> bytes:
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.active)
    for number, rows in enumerate(sheets, 1):
        sheet = workbook.create_sheet(f"Sheet{number}")
        for row in rows:
            sheet.append(list(row))
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def error_types(outcome: Outcome) -> Counter[str]:
    return Counter(str(error.error_type) for error in outcome.errors)
