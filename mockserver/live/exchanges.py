"""The format of an exchange: a request, the answer that HubSpot was recorded to give, and what has to be there before.

Two sides of a comparison answer it: a recording, and a server or a live account.

`exchanges/*.json` hold them, one list for each API. Texts may hold placeholders: `{name}` is a value that an earlier
step saved, or one of `run` (unique for each replay), `token` and `portal`; `<kind>` in an answer stands for any text of
that kind (`KINDS`). A value that is nothing but `<int>` or `<any>` stands for a number, or for anything.
"""

import io
import json
import os
import re
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import msgspec

from mockserver.live.account_client import AccountClient

FOLDER: Final = Path(__file__).parent / "exchanges"

MARK: Final = "hubspotmockcompare"  # in the name, an address or a text of all that is made in an account
MARKED: Final = re.compile(rf"{MARK}(?P<of_run>[0-9a-f]{{4}})[0-9a-f]{{4}}")  # a `{run}` of the compare command

KINDS: Final[Mapping[str, str]] = {
    "id": r"\d+",
    "portalId": r"\d+",
    "n": r"-?\d+",
    "decimal": r"-?\d+(\.\d+)?",
    "ms": r"\d{13}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z",
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "email": r"[^@\s]+@[^@\s]+",
    "type": r"\d+-\d+",  # of an object type
    "app": r"app(-[a-z0-9]+)?\.hubspot\.com",
    "root": r"https?://[\w.:-]+",
    "text": r"(?s:.+?)",
}


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A part of the files: a key that is not a field is a mistake."""


class FileToSend(_Part, frozen=True, kw_only=True):
    """A file of a form: its text, or the sheets of a workbook. `{long}` stands for as many letters as `long` says."""

    name: str
    text: str = ""
    sheets: list[list[list[str]]] = []
    long: int = 0


class ImportForm(_Part, frozen=True, kw_only=True):
    """A multipart form: the importRequest as JSON, or its very text, or none; and the files."""

    import_request: Any = msgspec.UNSET
    files: list[FileToSend] = []


class ApiRequest(_Part, frozen=True, kw_only=True):
    """What is sent: a JSON `body`, or its very `text` where an answer depends on it, or a multipart form."""

    method: str
    path: str
    query: dict[str, list[str]] = {}
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET
    text: str | None = None
    form: ImportForm | None = None


class ApiStep(ApiRequest, frozen=True, kw_only=True):
    """A request that brings an account into the state before an exchange; `save` names values of its answer.

    A GET with `until` is made again and again, at growing intervals, until the answer's `state` is one of these.
    """

    save: dict[str, str] = {}  # JSON pointer into the answer, by name
    until: list[str] = []


class ApiAnswer(_Part, frozen=True, kw_only=True):
    """What came back. A recording keeps the headers of note alone, by their names in lower case."""

    status: int
    headers: dict[str, str] = {}
    body: Any = ""


class Allowance(_Part, frozen=True, kw_only=True):
    """A difference that is no disagreement, and why; `followed` is the date of the recording that is followed instead.

    `at` is the place of a difference, as `differences` writes it but with `[*]` for any index, and `.*` at its end for
    all that is below.
    """

    at: str
    because: str
    followed: str | None = None


class RecordedExchange(_Part, frozen=True, kw_only=True):
    """One recorded exchange."""

    id: str
    operation: str  # as this server calls it
    source: str  # a public repository, with its commit, or how else it can be found
    date: str  # of the recording: 2026-03-12, or as much of it as is known
    kept: Literal["traffic", "body", "pasted", "log"]  # with headers, the body alone, quoted by a person, of a test run
    account: dict[str, Any] = {}  # how a portal's scenario differs from the default, where no API can do it
    before: list[ApiStep] = []
    request: ApiRequest
    response: ApiAnswer
    samples: list[str] = []  # arrays of which the recording holds examples: the first entries are compared alone
    unordered: list[str] = []  # arrays whose order HubSpot leaves open
    allow: list[Allowance] = []
    refused: str | None = None  # why this server refuses on purpose what HubSpot answers


def read_exchanges(path: Path) -> list[RecordedExchange]:
    """Returns the exchanges of a file. Raises ValueError, which names the file, if it has another format."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[RecordedExchange])
    except msgspec.MsgspecError as fault:
        raise ValueError(f"{path}: {fault}") from fault


@cache
def exchanges() -> Mapping[str, RecordedExchange]:
    """Returns all exchanges by id."""
    found = [one for path in sorted(FOLDER.glob("*.json")) for one in read_exchanges(path)]
    by_id = {one.id: one for one in found}
    if len(by_id) != len(found):
        raise ValueError("two exchanges have the same id")
    return by_id


class CannotPrepare(Exception):
    """An account could not be brought into the state before an exchange."""


class Side(Protocol):
    """One side of a comparison."""

    def answer(self, exchange: RecordedExchange) -> tuple[ApiAnswer, Mapping[str, str]]:
        """Returns the answer to an exchange's request, and the values of its `{name}` placeholders."""
        ...


class Recording:
    """The side that holds what was recorded."""

    def answer(self, exchange: RecordedExchange) -> tuple[ApiAnswer, Mapping[str, str]]:
        return exchange.response, {}


class Live:
    """A server, or a HubSpot account for tests. It must be as the exchange's `account` says.

    `values` are those of the placeholders that are the same in all exchanges; `mark` begins each `run`.
    """

    def __init__(
        self,
        account: AccountClient,
        values: Mapping[str, str],
        *,
        mark: str = "r",
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.values = {"scheme": account.base_url.partition(":")[0], "root": account.base_url, **values}
        self._account = account
        self._mark = f"{mark}{os.urandom(2).hex()}"
        self._wait = wait

    def new_values(self) -> dict[str, str]:
        """Returns the values of the placeholders for one replay, with a `run` that no other has."""
        return {**self.values, "run": f"{self._mark}{os.urandom(2).hex()}"}

    def answer(self, exchange: RecordedExchange) -> tuple[ApiAnswer, Mapping[str, str]]:
        values = self.new_values()
        for step in exchange.before:
            answer = self.play(step, values)
            if answer.status >= 300:
                raise CannotPrepare(f"{step.method} {step.path}: {answer.status} {answer.body}")
        return self.play(exchange.request, values), values

    def play(self, request: ApiRequest, values: dict[str, str]) -> ApiAnswer:
        """Makes a request and returns its answer; adds what a step saves of it to `values`."""
        answer = self._sent(request, values)
        if isinstance(request, ApiStep):
            for seconds in _INTERVALS if request.until else ():
                if answer.status >= 300 or answer.body.get("state") in request.until:
                    break
                self._wait(seconds)
                answer = self._sent(request, values)
            with suppress(LookupError, TypeError, ValueError):  # a refusal has nothing to save
                values |= {name: str(at(answer.body, pointer)) for name, pointer in request.save.items()}
        return answer

    def _sent(self, request: ApiRequest, values: Mapping[str, str]) -> ApiAnswer:
        headers = dict(request.headers)
        content = None
        if request.form is not None:
            headers["Content-Type"], content = _form(request.form, values)
        elif request.text is not None:
            content = filled(request.text, values).encode()
        elif request.body is not msgspec.UNSET:
            content = json.dumps(filled(request.body, values)).encode()
        if content is not None:
            headers.setdefault("Content-Type", "application/json")
        query = {name: filled(given, values) for name, given in request.query.items()}
        path = filled(request.path, values)
        answer = self._account.send(request.method, path, query=query, content=content, headers=headers)
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        text = answer.content.decode("utf-8", "replace")
        return ApiAnswer(
            status=answer.status, headers=dict(answer.headers), body=answer.json if is_json and text else text
        )


# Seconds between two polls of an import: soon at first, then as rarely as a large import needs; five minutes in all.
_INTERVALS: Final = (1, 1, 2, 3, 5, 8, *(10,) * 28)


def _form(form: ImportForm, values: Mapping[str, str]) -> tuple[str, bytes]:
    """Returns the Content-Type and the content of a multipart form."""
    parts: list[tuple[str, str | None, str, bytes]] = []
    if form.import_request is not msgspec.UNSET:
        sent = filled(form.import_request, values)
        text = sent if isinstance(sent, str) else json.dumps(sent)
        parts.append(("importRequest", None, "application/json", text.encode()))
    for file in form.files:
        text = filled(file.text, {**values, "long": "x" * file.long})
        content = _workbook(filled(file.sheets, values)) if file.sheets else text.encode()
        parts.append(("files", file.name, "application/octet-stream" if file.sheets else "text/csv", content))
    boundary = f"hubspot-mock-{os.urandom(8).hex()}"
    lines = []
    for name, file_name, media_type, content in parts:
        of_file = "" if file_name is None else f'; filename="{file_name}"'
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{of_file}\r\nContent-Type: {media_type}'
        lines += [head.encode(), b"\r\n\r\n", content, b"\r\n"]
    return f"multipart/form-data; boundary={boundary}", b"".join([*lines, f"--{boundary}--\r\n".encode()])


def _workbook(sheets: Sequence[Sequence[Sequence[str]]]) -> bytes:
    """Returns a workbook, the same bytes each time."""
    spaces = "http://schemas.openxmlformats.org"
    numbers = range(1, len(sheets) + 1)
    relation = f"{spaces}/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{spaces}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/sheet{n}.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
            for n in numbers
        )
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{spaces}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{spaces}/spreadsheetml/2006/main" xmlns:r="{relation}"><sheets>'
        + "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{spaces}/package/2006/relationships">'
        + "".join(f'<Relationship Id="r{n}" Type="{relation}/worksheet" Target="sheet{n}.xml"/>' for n in numbers)
        + "</Relationships>",
    }
    for number, rows in enumerate(sheets, 1):
        cells = "".join(
            "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) + "</row>" for row in rows
        )
        parts[f"xl/sheet{number}.xml"] = (
            f'<worksheet xmlns="{spaces}/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), f'<?xml version="1.0" encoding="UTF-8"?>\n{text}')
    return out.getvalue()


def filled(value: Any, values: Mapping[str, str]) -> Any:
    """Returns a value with its `{name}` placeholders filled, within objects and arrays too."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), value)
    if isinstance(value, dict):
        return {filled(key, values): filled(one, values) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, values) for one in value]
    return value


def at(body: Any, pointer: str) -> Any:
    """Returns the value at a JSON pointer. Raises LookupError or TypeError if there is none."""
    for key in pointer.split("/")[1:]:
        body = body[int(key)] if isinstance(body, list) else body[key]
    return body
