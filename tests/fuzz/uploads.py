"""Uploads: multipart bodies by structure and by mutation, and importRequests by grammar."""

import json
from random import Random
from typing import Any

from tests.fuzz.files import csv_file, xls_by_bits, xls_by_records, xlsx_by_bits, xlsx_by_parts
from tests.fuzz.pieces import encoded, mutated, text, value
from tests.fuzz.target import request

AUTHORIZATION = "Authorization: Bearer t\r\n"
PATH = "/crm/v3/imports"
CHARSETS = (
    "utf-8",
    "idna",
    "undefined",
    "punycode",
    "utf-16",
    "utf-7",
    "latin-1",
    "hex",
    "rot13",
    "\x00",
    "x" * 80,
    "unicode_escape",
    "mbcs",
    "raw_unicode_escape",
)
CSV = b"Email,First Name\r\nada@example.com,Ada\r\nx,\r\n"
COLUMN = {
    "columnObjectTypeId": "0-1",
    "columnName": "Email",
    "propertyName": "email",
    "columnType": "HUBSPOT_ALTERNATE_ID",
}


def _plain() -> dict[str, Any]:
    page = {"hasHeader": True, "columnMappings": [dict(COLUMN), {"columnObjectTypeId": "0-1", "columnName": "First Name", "propertyName": "firstname"}]}  # fmt: skip
    return {"name": "n", "importOperations": {"0-1": "UPSERT"}, "dateFormat": "DAY_MONTH_YEAR", "files": [{"fileName": "l.csv", "fileFormat": "CSV", "fileImportPage": page}]}  # fmt: skip


KEYS = (
    "name", "importOperations", "dateFormat", "timeZone", "files", "marketableContactImport", "createContactListFromImport", "marketingEventObjectId", "fileName",
    "fileFormat", "fileImportPage", "hasHeader", "columnMappings", "pageName", "columnObjectTypeId", "columnName", "propertyName", "columnType", "toColumnObjectTypeId",
    "foreignKeyType", "associationTypeId", "associationCategory", "associationIdentifierColumn", "marketingEventSubmissionType", "columnObjectType", "idColumnType", "ignored", "\ud800",
)  # fmt: skip


def import_request(random: Random) -> Any:
    """Returns an importRequest that differs from a good one in a few places."""
    document = _plain()
    for _ in range(random.choice((0, 0, 1, 1, 2, 4))):
        _change(random, document)
    if random.random() < 0.03:
        return value(random)
    if random.random() < 0.02:
        page = document.get("files", [{}])
        if (
            isinstance(page, list)
            and page
            and isinstance(page[0], dict)
            and isinstance(page[0].get("fileImportPage"), dict)
        ):
            page[0]["fileImportPage"]["columnMappings"] = [
                dict(COLUMN, propertyName=text(random)) for _ in range(random.choice((50, 999, 1500)))
            ]
    return document


def _change(random: Random, node: Any) -> None:
    while True:
        if isinstance(node, dict) and node:
            key = random.choice(list(node))
            child = node[key]
            if isinstance(child, dict | list) and child and random.random() < 0.7:
                node = child
                continue
            match random.randrange(4):
                case 0:
                    del node[key]
                case 1:
                    node[random.choice(KEYS)] = value(random)
                case 2:
                    node[text(random)] = value(random)
                case _:
                    node[key] = text(random) if isinstance(child, str) and random.random() < 0.7 else value(random)
        elif isinstance(node, list) and node:
            at = random.randrange(len(node))
            if isinstance(node[at], dict | list) and random.random() < 0.8:
                node = node[at]
                continue
            node[at] = value(random)
        return


def _disposition(random: Random, name: str, file_name: str | None) -> str:
    shown = name if random.random() < 0.98 else text(random)
    line = f'Content-Disposition: form-data; name="{shown}"'
    if file_name is not None:
        line += random.choice(
            (f'; filename="{file_name}"',) * 20
            + (
                f"; filename*={random.choice(CHARSETS)}''{file_name}%ff%00",
                "; filename=",
                f'; filename="{text(random)[:300]}"',
                "; filename*=x",
            )
        )
    return line


def _part(random: Random, name: str, content: bytes, file_name: str | None = None) -> bytes:
    lines = [_disposition(random, name, file_name)]
    if random.random() < 0.15:
        lines.append(
            f"Content-Type: {random.choice(('text/csv', 'application/json', 'text/plain; charset=' + random.choice(CHARSETS)))}"
        )
    if random.random() < 0.05:
        lines.append(
            random.choice(
                (
                    "Content-Transfer-Encoding: base64",
                    "X: " + "y" * 5000,
                    "X",
                    "Content-Disposition: x",
                    text(random)[:200],
                )
            )
        )
    head = "\r\n".join(lines).encode("utf-8", "surrogatepass")
    return b"--b\r\n" + head + b"\r\n\r\n" + content + b"\r\n"


def structured(random: Random) -> bytes:
    """An upload whose importRequest, parts and headers are odd in some places."""
    parts = [
        _part(random, "importRequest", encoded(random, import_request(random))),
        _part(random, "files", _csv(random), "l.csv"),
    ]
    kind = random.random()
    if kind < 0.1:
        parts += [
            _part(
                random,
                random.choice(("files", "importRequest", "x")),
                text(random).encode("utf-8", "surrogatepass"),
                "l.csv",
            )
        ]
    elif kind < 0.15:
        parts.pop(random.randrange(2))
    elif kind < 0.2:
        parts.reverse()
    end = random.choice((b"--b--\r\n",) * 40 + (b"", b"--b\r\n", b"--b--", b"--b--\r\nepilogue", b"--bb--\r\n"))
    headers = AUTHORIZATION + random.choice(
        ("Content-Type: multipart/form-data; boundary=b\r\n",) * 40
        + (
            "Content-Type: multipart/form-data\r\n",
            'Content-Type: multipart/form-data; boundary="b"\r\n',
            "Content-Type: text/plain\r\n",
            "Content-Encoding: gzip\r\n",
            "",
        )
    )
    return request("POST", PATH, headers, random.choice((b"",) * 9 + (b"preamble\r\n",)) + b"".join(parts) + end)


def _csv(random: Random) -> bytes:
    kind = random.random()
    if kind < 0.6:
        return CSV
    if kind < 0.8:
        return mutated(random, CSV)
    cells = [
        ",".join('"' + text(random)[:200].replace('"', '""') + '"' for _ in range(2))
        for _ in range(random.randint(0, 5))
    ]
    return ("Email,First Name\r\n" + "\r\n".join(cells)).encode("utf-8", "surrogatepass")


def mutated_upload(random: Random) -> bytes:
    """A good upload with changed bytes."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="importRequest"\r\n\r\n' + json.dumps(_plain()).encode()
        + b'\r\n--b\r\nContent-Disposition: form-data; name="files"; filename="l.csv"\r\nContent-Type: text/csv\r\n\r\n' + CSV + b"\r\n--b--\r\n"
    )  # fmt: skip
    return request(
        "POST", PATH, AUTHORIZATION + "Content-Type: multipart/form-data; boundary=b\r\n", mutated(random, body)
    )


def looked_at(random: Random) -> bytes:
    """A file, or an upload, that the control API checks, proposes a mapping for, or imports."""
    kind = random.random()
    if kind < 0.4:
        upload = random.choice((structured, mutated_upload))(random)
        path = random.choice(("/_mock/check", "/_mock/imports"))
        return upload.replace(f"POST {PATH} ".encode(), f"POST {path} ".encode(), 1)
    file = random.choice((_csv, csv_file, xlsx_by_parts, xlsx_by_bits, xls_by_records, xls_by_bits))(random)
    name = random.choice(("l.csv", "l.xlsx", "l", "%00", "a" * 3000))
    query = f"name={name}&type={random.choice(('contacts', '0-2', 'x', ''))}"
    return request("POST", f"/_mock/proposal?{query}", AUTHORIZATION, file)
