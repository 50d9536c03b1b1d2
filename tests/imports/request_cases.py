"""The cases of importRequests: what is sent, and what must come of it. Each file tells of one rule or one habit."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from mockserver.crm.definitions import Definitions
from mockserver.imports.files import Beginning
from mockserver.imports.request import ImportRequest
from mockserver.imports.request.reading import read_import_request
from mockserver.imports.request.sent import noted
from mockserver.refusals.rule import Review
from mockserver.scenario import PortalSettings
from mockserver.store import Store

FOLDER = Path(__file__).parent.parent / "cases" / "requests"


@dataclass(frozen=True)
class Upload:
    name: str
    raw_name: str | None
    size: int
    beginning: Beginning | None = None


@dataclass
class Case:
    """One importRequest with its uploads, and the portal that gets it."""

    subject: str  # the id of a rule or caution: the file's name
    told: Mapping[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.subject}: {self.told['what']}"

    @property
    def text(self) -> str | None:
        request = self.told["request"]
        if request is None or isinstance(request, str):
            return request
        if times := self.told.get("repeatLastColumn"):
            request = deepcopy(request)
            columns = request["files"][-1]["fileImportPage"]["columnMappings"]
            columns += columns[-1:] * (times - len(columns))
        return json.dumps(request)

    @property
    def uploads(self) -> list[Upload]:
        sent = [{"name": one} if isinstance(one, str) else one for one in self.told["uploads"]]
        return [
            Upload(one["name"], one.get("rawName", one["name"]), one.get("size", 100), _beginning(one)) for one in sent
        ]

    def read(self, review: Review) -> ImportRequest:
        settings = msgspec.convert(self.told.get("portal", {}), PortalSettings)
        reading = read_import_request(
            self.text,
            self.uploads,
            definitions=Definitions(Store(None), settings),
            settings=settings,
            off=review.off,
            beginning_of=lambda upload, _: upload.beginning,
            other_parts=self.told.get("otherParts", ()),
        )
        return noted(reading, review)


def cases(kind: str) -> list[Case]:
    """Returns all cases of a kind: rules, cautions or accepted."""
    return [Case(path.stem, told) for path in sorted((FOLDER / kind).glob("*.json")) for told in _told(path)]


def _beginning(upload: Mapping[str, Any]) -> Beginning | None:
    """Returns what a case says of the first rows of an upload, or of its header alone."""
    if "header" not in upload and "rows" not in upload:
        return None
    rows = upload.get("rows") or [upload["header"]]
    names = {"encoding": "encoding", "delimiter": "delimiter", "utf8Fault": "utf8_fault"}
    return Beginning(list(enumerate(rows, 1)), **{names[key]: upload[key] for key in names if key in upload})


def _told(path: Path) -> Iterator[Mapping[str, Any]]:
    yield from json.loads(path.read_text(encoding="utf-8"))


def assert_reads_as(request: ImportRequest, expected: Mapping[str, Any]) -> None:
    """Compares the fields that a case names, however deep."""
    _compare(msgspec.to_builtins(request), expected, "")


def _compare(value: Any, expected: Any, where: str) -> None:
    if isinstance(expected, dict) and where != "/operations":
        assert isinstance(value, dict), f"{where}: {value!r}"
        for key, wanted in expected.items():
            _compare(value.get(key, _DEFAULTS.get(key)), wanted, f"{where}/{key}")
    elif isinstance(expected, list):
        assert len(value) == len(expected), f"{where}: {value!r}"
        for index, (one, wanted) in enumerate(zip(value, expected, strict=True)):
            _compare(one, wanted, f"{where}/{index}")
    else:
        assert value == expected, f"{where}: {value!r}"


# What a stored column leaves out because it is as usual.
_DEFAULTS = {"column_type": "STANDARD", "ignored": False, "association_identifier": False}
