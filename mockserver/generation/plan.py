"""What a made-up file will hold: its columns, its rows, which of them go wrong, and the importRequest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from mockserver.generation.made_up import SampleBatch, Words
from mockserver.generation.plants import RECIPES, BadRow, Plant
from mockserver.generation.samples import SAMPLES, Key, Sample, SampleColumn, sample_of
from mockserver.imports.request import CREATED_ONLY
from mockserver.refusals.error_types import ERROR_TYPES, ErrorType
from mockserver.refusals.rule import nearest

AT_A_TIME: Final = 1000  # rows


class Impossible(ValueError):
    """Errors that a file cannot have; the message says why. `needs_fault` is an errorType that a fault can plant."""

    def __init__(self, message: str, *, needs_fault: ErrorType | None = None) -> None:
        self.needs_fault = needs_fault
        super().__init__(message)


@dataclass(slots=True)
class Plan:
    """One file to be written. `planted` says which row, from 1, goes wrong how."""

    sample: Sample
    rows: int
    seed: int
    file_format: str  # "csv", "xlsx"
    columns: tuple[SampleColumn, ...]
    planted: Mapping[int, tuple[Plant, int]]
    plants: tuple[Plant, ...]

    @property
    def header(self) -> list[str]:
        """Returns the names of the columns, no two the same."""
        names: list[str] = []
        for column in self.columns:
            name = column.header if column.header not in names else column.name or column.header
            names.append(name if name not in names else f"{name} {len(names)}")
        return names

    @property
    def content(self) -> bytes | None:
        """Returns what the file is to hold in place of any rows."""
        return next((plant.content for plant in self.plants if plant.content is not None), None)

    @property
    def sheets(self) -> int:
        """Returns how many sheets a workbook is to have."""
        return max((plant.sheets for plant in self.plants), default=1)

    def batches(self) -> Iterator[list[list[str]]]:
        """Yields the rows, some at a time."""
        words, chance = Words(self.seed), Random(f"{self.seed} rows")  # noqa: S311 - made-up values are to be repeatable
        keys = [column.key for column in self.columns]
        before: dict[Key, str] = {}
        for first in range(1, self.rows + 1, AT_A_TIME):
            batch = SampleBatch(words, chance, first, min(AT_A_TIME, self.rows + 1 - first))
            for column in self.columns:
                made = column.fill(batch) if column.fill else [""] * batch.count
                batch.columns[column.name or column.header] = made
            rows = [list(row) for row in zip(*(batch.columns[c.name or c.header] for c in self.columns), strict=True)]
            for place, number in enumerate(range(first, first + batch.count)):
                if number in self.planted:
                    rows[place] = self._spoiled(dict(zip(keys, rows[place], strict=True)), before, number)
                elif number + 1 in self.planted:
                    before = dict(zip(keys, rows[place], strict=True))
            yield rows

    def _spoiled(self, cells: dict[Key, str], before: Mapping[Key, str], number: int) -> list[str]:
        plant, count = self.planted[number]
        if plant.spoil is not None:
            plant.spoil(BadRow(cells, before, count))
        return [*cells.values(), *["one too many"] * plant.shift]

    def request(self, file_name: str) -> dict[str, Any]:
        """Returns the importRequest that fits the file."""
        object_type = self.sample.object_type
        type_id = object_type.object_type_id
        operation = "UPSERT" if object_type.import_identifiers and type_id not in CREATED_ONLY else "CREATE"
        operations = {type_id: operation}
        for plant in self.plants:
            operations |= plant.operations or {}
        mappings = [
            {**column.mapping, "columnName": name} for column, name in zip(self.columns, self.header, strict=True)
        ]
        return {
            "name": f"{self.rows:,} made-up {object_type.name.replace('_', ' ')}",
            "importOperations": operations,
            "dateFormat": "YEAR_MONTH_DAY",
            "files": [
                {
                    "fileName": file_name,
                    "fileFormat": "CSV" if self.file_format == "csv" else "SPREADSHEET",
                    "fileImportPage": {"hasHeader": True, "columnMappings": mappings},
                }
            ],
        }


def make_plan(
    object_type: str, *, rows: int, seed: int, file_format: str, errors: Mapping[ErrorType, int] | None = None
) -> Plan:
    """Returns the plan of a file of one of SAMPLES with so many rows, of which so many have each of the errors.

    Raises Impossible where a file cannot have these errors.
    """
    sample = sample_of(object_type)
    wanted = errors or {}
    plants = {error_type: _plant(error_type, sample, file_format) for error_type in wanted}
    _check_whole(plants, wanted)
    _check_clashes(plants)
    in_rows = [(plants[name], number) for name, count in wanted.items() for number in range(count)]
    in_rows = [(plant, number) for plant, number in in_rows if plant.is_of_rows]
    if len(in_rows) >= max(rows, 1) and in_rows:
        raise Impossible(f"{len(in_rows):,} rows with an error and a good one before them take more than {rows:,} rows")
    chance = Random(f"{seed} errors")  # noqa: S311 - of its own, so that good rows are the same with and without errors
    places = sorted(chance.sample(range(2, rows + 1), len(in_rows)))
    chance.shuffle(in_rows)
    columns = {column.key: column for column in sample.columns}
    for name, plant in plants.items():
        for column in plant.columns:
            for number in range(wanted[name] if plant.per_column else 1):
                numbered = _numbered(column, number) if plant.per_column else column
                columns.setdefault(numbered.key, numbered)
    return Plan(
        sample=sample,
        rows=rows,
        seed=seed,
        file_format=file_format,
        columns=tuple(columns.values()),
        planted=dict(zip(places, in_rows, strict=True)),
        plants=tuple(plants.values()),
    )


def _plant(error_type: ErrorType, sample: Sample, file_format: str) -> Plant:
    recipe = RECIPES.get(error_type)
    if recipe is None:
        needs = ERROR_TYPES[error_type].needs
        besides = f": it needs {needs}" if needs else ""
        raise Impossible(f"no file alone causes {error_type}{besides}", needs_fault=error_type)
    plant = recipe(sample)
    name = sample.object_type.name
    if plant is None:
        others = [other for other in SAMPLES if recipe(sample_of(other)) is not None]
        raise Impossible(f"no file of {name} causes {error_type}; one of {', '.join(others)} does")
    if file_format not in plant.formats:
        raise Impossible(f"no {file_format} file causes {error_type}: use --format {min(plant.formats)}")
    return plant


def _check_whole(plants: Mapping[ErrorType, Plant], wanted: Mapping[ErrorType, int]) -> None:
    """Makes sure that an error which fails the import is the only one."""
    for name, plant in plants.items():
        if not plant.is_of_rows and not plant.per_column and (len(plants) > 1 or wanted[name] > 1):
            raise Impossible(f"{name} fails the import as a whole: ask for {name}=1, and for nothing else")


def _check_clashes(plants: Mapping[ErrorType, Plant]) -> None:
    for name, plant in plants.items():
        for other, its in plants.items():
            types = {column.key[0] for column in its.columns}
            if other is not name and types & set(plant.operations or {}):
                raise Impossible(f"{name} and {other} cannot be in the same file")


def _numbered(column: SampleColumn, number: int) -> SampleColumn:
    if number == 0:
        return column
    mapping = {**column.mapping, "propertyName": f"{column.name}_{number + 1}"}
    return replace(column, header=f"{column.header} {number + 1}", mapping=mapping)


def error_type_called(name: str) -> ErrorType:
    """Returns an errorType by its name. Raises Impossible where there is none."""
    if name in ErrorType.__members__:
        return ErrorType[name]
    meant = nearest(name, list(ErrorType))
    raise Impossible(f"there is no errorType {name!r}" + (f"; did you mean {str(meant)!r}?" if meant else ""))
