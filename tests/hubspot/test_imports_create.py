"""The body of POST /crm/v3/imports, read as it streams in."""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.hubspot.imports_create import MAX_REQUEST_BYTES, ImportUpload, UploadedFile, read_import_upload
from mockserver.imports.request import FileFormat
from mockserver.imports.upload_folder import UploadFolder
from mockserver.refusals.rule import Rejection
from mockserver.refusals.uploads import UPLOAD_RULES

REQUEST = json.dumps({"name": "Spring fair", "files": [{"fileName": "contacts.csv"}]})
CSV = b'First name,Email\r\nAnn,ann@example.com\r\n"Lee, Bo\r\nJr.",bo@example.com\r\n'
CSV_ROWS = 3


@pytest.fixture
def uploads(tmp_path: Path) -> Iterator[UploadFolder]:
    folder = UploadFolder(temporary=tmp_path / "uploads")
    yield folder
    folder.close()


async def _next(chunks: AsyncIterator[bytes]) -> bytes:
    return await anext(chunks)


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.upload"))


async def stream(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def read(
    uploads: UploadFolder, content_type: str | None, chunks: Iterable[bytes], max_file_bytes: int = 10_000
) -> ImportUpload:
    return asyncio.run(read_import_upload(content_type, stream(chunks), uploads, max_file_bytes=max_file_bytes))


def header(file: UploadedFile, *, columns: int) -> list[str]:
    beginning = file.beginning(FileFormat.CSV, columns)
    return beginning.header if beginning else []


def part(name: str, content: bytes, *headers: str, file_name: str | None = None) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"'
    if file_name is not None:
        disposition += f'; filename="{file_name}"'
    return "\r\n".join([disposition, *headers, "", ""]).encode() + content


def multipart(boundary: str, *parts: bytes, end: bytes = b"\r\n") -> bytes:
    opening = f"--{boundary}\r\n".encode()
    return b"".join(opening + part + b"\r\n" for part in parts) + f"--{boundary}--".encode() + end


HEX32 = "0123456789abcdef0123456789abcdef"
REQUEST_PART = part("importRequest", REQUEST.encode())
FILE_PART = part("files", CSV, "Content-Type: text/csv", file_name="contacts.csv")

# What the clients send, as measured: their boundaries, the order of their parts and their parts' headers.
CLIENTS = {
    "hubspot-api-client 12 and 8, hubspot-sdk": (
        f"multipart/form-data; boundary={HEX32}",
        multipart(HEX32, REQUEST_PART, FILE_PART),
    ),
    "@hubspot/api-client 14": (
        f"multipart/form-data; boundary={'-' * 26}0123456789abcdef01234567",
        multipart(f"{'-' * 26}0123456789abcdef01234567", FILE_PART, REQUEST_PART),
    ),
    "@hubspot/api-client 8": (
        f"multipart/form-data;boundary={'-' * 26}0123456789abcdef01234567",
        multipart(f"{'-' * 26}0123456789abcdef01234567", FILE_PART, REQUEST_PART),
    ),
    "hubspot-api-php 14": (
        f"multipart/form-data; boundary={'0123456789' * 4}",
        multipart(
            "0123456789" * 4,
            part("importRequest", REQUEST.encode(), f"Content-Length: {len(REQUEST)}"),
            part("files", CSV, f"Content-Length: {len(CSV)}", "Content-Type: text/csv", file_name="contacts.csv"),
        ),
    ),
    "hubspot-api-ruby 20": (
        f"multipart/form-data; boundary={'-' * 24}0123456789abcdef",
        multipart(
            f"{'-' * 24}0123456789abcdef",
            REQUEST_PART,
            part("files", CSV, "Content-Type: application/octet-stream", file_name="contacts.csv"),
        ),
    ),
    "curl -F importRequest=@request.json": (
        f"multipart/form-data; boundary={'-' * 24}0123456789abcdef",
        multipart(
            f"{'-' * 24}0123456789abcdef",
            part("importRequest", REQUEST.encode(), "Content-Type: application/json", file_name="request.json"),
            FILE_PART,
        ),
    ),
    "Java, with a quoted boundary and a charset": (
        'multipart/form-data; charset=UTF-8; boundary="Boundary_1_42"',
        multipart(
            "Boundary_1_42",
            part(
                "importRequest",
                REQUEST.encode(),
                "Content-Type: text/plain; charset=UTF-8",
                "Content-Transfer-Encoding: 8bit",
            ),
            part(
                "files",
                CSV,
                "Content-Type: text/csv",
                "Content-Transfer-Encoding: binary",
                file_name="/home/ann/contacts.csv",
            ),
        ),
    ),
    ".NET, with names unquoted and given twice": (
        'multipart/form-data; boundary="0b4a1b0e-9d5e-4f0c-8f0e-3f0e6a9d2c11"',
        multipart(
            "0b4a1b0e-9d5e-4f0c-8f0e-3f0e6a9d2c11",
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=importRequest\r\n\r\n"
            + REQUEST.encode(),
            b"Content-Disposition: form-data; name=files; filename=contacts.csv; filename*=utf-8''contacts.csv\r\n\r\n"
            + CSV,
        ),
    ),
    "a careful writer, with preamble and epilogue": (
        "multipart/form-data; boundary=x",
        b"This is a multipart message.\r\n" + multipart("x", REQUEST_PART, FILE_PART) + b"That was it.\r\n",
    ),
    "a careless writer, without the last line end": (
        "multipart/form-data; boundary=x",
        multipart("x", REQUEST_PART, FILE_PART, end=b""),
    ),
}


@pytest.mark.parametrize("client", CLIENTS)
def test_what_a_client_sends_is_read(client: str, uploads: UploadFolder) -> None:
    content_type, body = CLIENTS[client]
    upload = read(uploads, content_type, [body])
    assert upload.import_request == REQUEST
    assert upload.ignored == ()
    [file] = upload.files
    assert (file.name, file.size, file.rows) == ("contacts.csv", len(CSV), CSV_ROWS)
    assert header(file, columns=2) == ["First name", "Email"]
    assert file.path.read_bytes() == CSV


@pytest.mark.parametrize("client", CLIENTS)
def test_any_two_chunks_give_the_same_import(client: str, uploads: UploadFolder) -> None:
    content_type, body = CLIENTS[client]
    for cut in range(len(body)):
        upload = read(uploads, content_type, [body[:cut], body[cut:]])
        assert upload.import_request == REQUEST
        assert [(file.name, file.rows, file.path.read_bytes()) for file in upload.files] == [
            ("contacts.csv", CSV_ROWS, CSV)
        ]
        upload.release()


@given(client=st.sampled_from(list(CLIENTS)), cuts=st.lists(st.integers(0, 1000), max_size=20))
def test_any_chunks_give_the_same_import(client: str, cuts: list[int]) -> None:
    content_type, body = CLIENTS[client]
    edges = [0, *sorted(cuts), len(body)]
    uploads = UploadFolder()
    upload = read(uploads, content_type, [body[start:end] for start, end in pairwise(edges)])
    assert upload.import_request == REQUEST
    assert [(file.rows, file.path.read_bytes()) for file in upload.files] == [(CSV_ROWS, CSV)]
    uploads.close()


def test_the_types_of_files_are_noted(uploads: UploadFolder) -> None:
    upload = read(uploads, *_of(CLIENTS["curl -F importRequest=@request.json"]))
    assert upload.files[0].content_type == "text/csv"


def _of(client: tuple[str, bytes]) -> tuple[str, list[bytes]]:
    return client[0], [client[1]]


def form(*parts: bytes) -> tuple[str, list[bytes]]:
    return "multipart/form-data; boundary=x", [multipart("x", *parts)]


def test_several_files_come_in_the_order_of_their_parts(uploads: UploadFolder) -> None:
    upload = read(
        uploads,
        *form(
            part("files", b"b", file_name="b.csv"),
            REQUEST_PART,
            part("files", b"", file_name="empty.csv"),
            part("files", b"a", file_name="a.csv"),
            part("files", b"n"),
        ),
    )
    assert [(file.name, file.raw_name, file.size) for file in upload.files] == [
        ("b.csv", "b.csv", 1),
        ("empty.csv", "empty.csv", 0),
        ("a.csv", "a.csv", 1),
        ("", None, 1),
    ]
    assert [file.path.read_bytes() for file in upload.files] == [b"b", b"", b"a", b"n"]


@pytest.mark.parametrize("raw", ["/home/ann/contacts.csv", "C:\\data\\contacts.csv", "..\\/contacts.csv"])
def test_a_file_is_known_by_its_name_without_folders(raw: str, uploads: UploadFolder) -> None:
    [file] = read(uploads, *form(part("files", CSV, file_name=raw))).files
    assert (file.name, file.raw_name) == ("contacts.csv", raw)
    assert file.path.parent == Path(uploads.place)


def test_other_parts_are_ignored_and_named(uploads: UploadFolder) -> None:
    twice = part("importRequest", b"{}")
    upload = read(uploads, *form(part("token", b"x"), REQUEST_PART, twice, part("file", CSV, file_name="c.csv")))
    assert upload.import_request == REQUEST
    assert upload.files == ()
    assert upload.ignored == ("token", "importRequest", "file")
    assert files_in(Path(uploads.place)) == []


def test_a_body_without_the_known_parts_is_left_to_the_request_rules(uploads: UploadFolder) -> None:
    upload = read(uploads, *form())
    assert (upload.import_request, upload.files) == (None, ())


@pytest.mark.parametrize(
    ("content", "content_type", "text"),
    [
        ("Frühling".encode(), None, "Frühling"),
        ("Frühling".encode("latin-1"), "application/json; charset=ISO-8859-1", "Frühling"),
        ("Frühling".encode("utf-16"), 'application/json; charset="utf-16"', "Frühling"),
        ("Frühling".encode(), "application/json; charset=klingon", "Frühling"),
        ("Frühling".encode("latin-1"), "application/json", "Fr\ufffdhling"),
    ],
)
def test_the_import_request_is_text_in_its_charset(
    content: bytes, content_type: str | None, text: str, uploads: UploadFolder
) -> None:
    headers = [f"Content-Type: {content_type}"] if content_type else []
    assert read(uploads, *form(part("importRequest", content, *headers))).import_request == text


@pytest.mark.parametrize("text", [b"\xef\xbb\xbfE-Mail;Name\nx;y", "\ufeffE-Mail;Name\nx;y".encode("utf-16-le")])
def test_a_header_is_read_from_the_first_line(text: bytes, uploads: UploadFolder) -> None:
    [file] = read(uploads, *form(part("files", text, file_name="a.csv"))).files
    assert header(file, columns=2) == ["E-Mail", "Name"]


def test_the_mapped_columns_settle_the_delimiter_of_the_header(uploads: UploadFolder) -> None:
    [file] = read(uploads, *form(part("files", b"Name,Size (s; m; l)\nx,y", file_name="a.csv"))).files
    assert header(file, columns=2) == ["Name", "Size (s; m; l)"]
    assert header(file, columns=3) == ["Name,Size (s", " m", " l)"]


@pytest.mark.parametrize(("content", "fault"), [(b"Name\nRen\xe9e", "Name\nRenée"), (b"Name\nJ\xc3\xbcrgen", "")])
def test_bytes_that_are_not_utf_8_are_noticed(content: bytes, fault: str, uploads: UploadFolder) -> None:
    [file] = read(uploads, *form(part("files", content, file_name="a.csv"))).files
    assert file.utf8_fault == fault


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b'"E-Mail\nx'])
def test_a_file_without_a_readable_header_has_none(content: bytes, uploads: UploadFolder) -> None:
    [file] = read(uploads, *form(part("files", content, file_name="a.csv"))).files
    assert header(file, columns=2) == []


def test_a_spreadsheet_has_no_lines(uploads: UploadFolder) -> None:
    sheet = b"PK\x03\x04\n\n\n\n"
    for cut in range(len(sheet)):
        content_type, [body] = form(part("files", sheet, file_name="a.xlsx"))
        at = body.index(sheet) + cut
        [file] = read(uploads, content_type, [body[:at], body[at:]]).files
        assert (file.rows, header(file, columns=2), file.size) == (0, [], len(sheet))


def test_a_body_cut_off_at_any_byte_is_refused_and_leaves_no_file(uploads: UploadFolder) -> None:
    content_type, [body] = form(REQUEST_PART, FILE_PART)
    for length in range(len(body) - 2):
        with pytest.raises(Rejection) as caught:
            read(uploads, content_type, [body[:length]])
        assert caught.value.rule.id == "body-truncated"
    assert files_in(Path(uploads.place)) == []


def test_a_client_that_goes_away_leaves_no_file(uploads: UploadFolder) -> None:
    content_type, [body] = form(FILE_PART, REQUEST_PART)

    async def leaving() -> AsyncIterator[bytes]:
        yield body[:120]
        assert len(files_in(Path(uploads.place))) == 1
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        asyncio.run(read_import_upload(content_type, leaving(), uploads))
    assert files_in(Path(uploads.place)) == []


def test_a_file_is_on_disk_while_it_arrives(uploads: UploadFolder) -> None:
    content_type, [body] = form(part("files", b"x" * 300_000, file_name="a.csv"))

    async def arriving() -> AsyncIterator[bytes]:
        yield body[:200_000]
        [file] = files_in(Path(uploads.place))
        assert file.stat().st_size > 150_000
        yield body[200_000:]

    upload = asyncio.run(read_import_upload(content_type, arriving(), uploads))
    assert upload.files[0].size == 300_000


def test_a_file_that_is_too_large_is_cut_off_while_it_streams(uploads: UploadFolder) -> None:
    content_type, [body] = form(part("files", b"x" * 5_000, file_name="C:\\big.csv"), REQUEST_PART)
    pieces = [body[at : at + 100] for at in range(0, len(body), 100)]
    taken = 0

    async def counting() -> AsyncIterator[bytes]:
        nonlocal taken
        for piece in pieces:
            taken += 1
            yield piece

    with pytest.raises(Rejection) as caught:
        asyncio.run(read_import_upload(content_type, counting(), uploads, max_file_bytes=1_000))
    rejection = caught.value
    assert (rejection.rule.id, rejection.rule.status) == ("file-too-large", 429)
    assert rejection.details == {"errorTokens": {"fileName": ["big.csv"], "maximumAllowedBytes": ["1000"]}}
    assert rejection.diagnosis.expected == "a file of at most 1,000 bytes"
    assert taken == 11
    assert files_in(Path(uploads.place)) == []


def test_the_limit_is_per_file_and_includes_its_last_byte(uploads: UploadFolder) -> None:
    files = [part("files", b"x" * 1_000, file_name=f"{number}.csv") for number in range(3)]
    assert [file.size for file in read(uploads, *form(*files), max_file_bytes=1_000).files] == [1_000] * 3


def test_an_import_request_that_does_not_end_is_refused(uploads: UploadFolder) -> None:
    content_type, [body] = form(part("importRequest", b" " * (MAX_REQUEST_BYTES + 1)))
    with pytest.raises(Rejection) as caught:
        read(uploads, content_type, [body])
    assert caught.value.rule.id == "import-request-too-large"


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", None])
def test_another_content_type_is_refused_before_anything_is_read(
    content_type: str | None, uploads: UploadFolder
) -> None:
    body = stream([b"anything"])
    with pytest.raises(Rejection):
        asyncio.run(read_import_upload(content_type, body, uploads))
    assert asyncio.run(_next(body)) == b"anything"


def test_files_stay_only_if_somebody_keeps_them(uploads: UploadFolder) -> None:
    upload = read(
        uploads, *form(part("files", b"a", file_name="a.csv"), REQUEST_PART, part("files", b"b", file_name="b.csv"))
    )
    upload.keep(1)
    kept = upload.files[1].path
    upload.release()
    assert files_in(Path(uploads.place)) == [kept]
    assert kept.read_bytes() == b"b"
    uploads.discard(str(kept))
    assert files_in(Path(uploads.place)) == []


def test_a_large_upload_takes_no_memory(uploads: UploadFolder) -> None:
    size = 16 * 1024 * 1024
    row = b"Ann,ann@example.com,12.5,2024-01-31\r\n"
    chunk = (row * (65_536 // len(row) + 1))[:65_536]
    head, tail = multipart("x", REQUEST_PART, part("files", b"|", file_name="a.csv")).split(b"|")

    def body() -> Iterator[bytes]:
        yield head
        for _ in range(size // len(chunk)):
            yield chunk
        yield tail

    read(uploads, *form(FILE_PART)).release()  # what is imported at the first upload does not count
    tracemalloc.start()
    try:
        upload = read(uploads, "multipart/form-data; boundary=x", body(), max_file_bytes=size)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert upload.files[0].size == upload.files[0].path.stat().st_size == size
    assert peak < 1024 * 1024


def test_a_body_in_one_chunk_is_not_copied_as_a_whole(uploads: UploadFolder) -> None:
    content_type, chunks = form(part("files", b"x" * 16_000_000, file_name="a.csv"))
    read(uploads, *form(FILE_PART)).release()
    tracemalloc.start()
    try:
        upload = read(uploads, content_type, chunks, max_file_bytes=16_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert upload.files[0].size == 16_000_000
    assert peak < 2 * 1024 * 1024


def test_every_rule_says_what_to_do() -> None:
    assert len({rule.id for rule in UPLOAD_RULES}) == len(UPLOAD_RULES)
    assert {rule.status for rule in UPLOAD_RULES} == {400, 413, 415, 429, 507}
    assert all(rule.expected and rule.hint and rule.source for rule in UPLOAD_RULES)
