"""Multipart bodies, split into parts as they arrive."""

import email.encoders
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from itertools import pairwise

import pytest
import python_multipart
from hypothesis import given
from hypothesis import strategies as st

from mockserver.rejections import Rejection
from mockserver.web.parts import (
    MAX_HEADERS,
    MAX_PARTS,
    MAX_PREAMBLE,
    Content,
    Part,
    PartEnd,
    PartSplitter,
    boundary_of,
    header_parameters,
)

BOUNDARY = b"frontier"


def split(body: bytes, *, boundary: bytes = BOUNDARY, cuts: tuple[int, ...] = ()) -> list[tuple[Part, bytes]]:
    """Returns the parts of a body that comes in pieces cut at the given places."""
    splitter = PartSplitter(boundary)
    parts: list[tuple[Part, bytes]] = []
    complete = 0
    edges = [0, *sorted(cuts), len(body)]
    for start, end in pairwise(edges):
        for event in splitter.feed(body[start:end]):
            if isinstance(event, Part):
                assert complete == len(parts)
                parts.append((event, b""))
            elif isinstance(event, Content):
                assert event.data
                parts[-1] = (parts[-1][0], parts[-1][1] + event.data)
            else:
                assert event == PartEnd()
                complete += 1
    splitter.finish()
    assert complete == len(parts)
    return parts


def refused(body: bytes, *, boundary: bytes = BOUNDARY) -> Rejection:
    with pytest.raises(Rejection) as caught:
        split(body, boundary=boundary)
    return caught.value


def one_part(content: bytes, *, headers: bytes = b'Content-Disposition: form-data; name="a"') -> bytes:
    return b"--frontier\r\n" + headers + b"\r\n\r\n" + content + b"\r\n--frontier--\r\n"


TWO_PARTS = (
    b'--frontier\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain\r\n\r\n'
    b"one\r\n\r\n--front\r\n--frontiers\r\n\r"
    b'\r\n--frontier\r\nContent-Disposition: form-data; name="b"; filename="b.csv"\r\n\r\n'
    b"\r\n--frontier--\r\n"
)


def test_parts_come_with_their_headers_and_content() -> None:
    first, second = split(TWO_PARTS)
    assert first == (
        Part("a", None, {"content-disposition": 'form-data; name="a"', "content-type": "text/plain"}),
        b"one\r\n\r\n--front\r\n--frontiers\r\n\r",
    )
    assert (second[0].name, second[0].file_name, second[1]) == ("b", "b.csv", b"")


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_any_two_pieces_give_the_same_parts(line_end: bytes) -> None:
    body = b"a preamble\r\n--frontie\r\n" + TWO_PARTS.replace(b"\r\n", line_end) + b"an epilogue\r\n--frontier\r\n"
    whole = split(body)
    assert [part.name for part, _ in whole] == ["a", "b"]
    for cut in range(len(body)):
        assert split(body, cuts=(cut,)) == whole
    assert split(body, cuts=tuple(range(len(body)))) == whole


@given(
    contents=st.lists(
        st.lists(st.sampled_from([b"\r", b"\n", b"-", b"--frontier", b"--", b"front", b"x", b" "]), max_size=12),
        max_size=4,
    ),
    data=st.data(),
)
def test_contents_come_back_as_they_were_sent(contents: list[list[bytes]], data: st.DataObject) -> None:
    sent = [b"".join(pieces) for pieces in contents]
    sent = [content for content in sent if b"\n--frontier" not in b"\n" + content]  # a boundary is none inside content
    body = b"".join(
        b'--frontier\r\nContent-Disposition: form-data; name="%d"\r\n\r\n%s\r\n' % (number, content)
        for number, content in enumerate(sent)
    )
    body += b"--frontier--"
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=6))
    assert [content for _, content in split(body, cuts=tuple(cuts))] == sent


@given(contents=st.lists(st.binary(max_size=40), min_size=1, max_size=4), cut=st.integers(0, 200))
def test_a_well_formed_body_reads_as_python_multipart_reads_it(contents: list[bytes], cut: int) -> None:
    body = b"".join(
        b'--frontier\r\nContent-Disposition: form-data; name="a"\r\n\r\n%s\r\n' % content for content in contents
    )
    body += b"--frontier--\r\n"
    theirs: list[bytes] = []

    def begin() -> None:
        theirs.append(b"")

    def content(data: bytes, start: int, end: int) -> None:
        theirs[-1] += data[start:end]

    parser = python_multipart.MultipartParser(BOUNDARY, {"on_part_begin": begin, "on_part_data": content})
    parser.write(body)
    assert [content for _, content in split(body, cuts=(min(cut, len(body)),))] == theirs


def test_a_body_cut_off_at_any_byte_is_truncated() -> None:
    end = len(TWO_PARTS) - len(b"\r\n")  # the line end after the last delimiter is not needed
    for length in range(end):
        rejection = refused(TWO_PARTS[:length])
        assert rejection.rule.id == "body-truncated", length
    assert len(split(TWO_PARTS[:end])) == 2


def test_a_truncated_body_says_where_it_ended() -> None:
    assert refused(TWO_PARTS[:5]).diagnosis.got == "the body's end before the first part"
    assert refused(TWO_PARTS[:60]).diagnosis.got == "the body's end in part 1"
    assert refused(TWO_PARTS[:-20]).diagnosis.got == "the body's end in part 2"
    assert refused(b"").diagnosis.got == "an empty body"


def test_another_boundary_than_the_header_says_is_shown() -> None:
    rejection = refused(TWO_PARTS, boundary=b"elsewhere")
    assert rejection.rule.id == "multipart-malformed"
    assert "--elsewhere" in rejection.diagnosis.expected
    assert rejection.diagnosis.got == "'--frontier'"


def test_a_boundary_that_only_begins_like_the_headers_is_another_one() -> None:
    assert refused(TWO_PARTS, boundary=b"fro").rule.id == "multipart-malformed"


def test_another_boundary_is_refused_before_the_whole_body_is_read() -> None:
    splitter = PartSplitter(b"elsewhere")
    with pytest.raises(Rejection, match="multipart-malformed"):
        list(splitter.feed(TWO_PARTS + b"x" * MAX_PREAMBLE))


def test_a_body_of_only_the_last_delimiter_has_no_parts() -> None:
    assert split(b"--frontier--\r\n") == []


def test_blanks_may_follow_a_boundary() -> None:
    assert split(TWO_PARTS.replace(b"--frontier\r\n", b"--frontier \t\r\n")) == split(TWO_PARTS)


def test_an_empty_part_needs_no_line_end_of_its_own() -> None:
    body = b'--frontier\r\nContent-Disposition: form-data; name="a"\r\n\r\n--frontier--'
    for cut in range(len(body)):
        assert [content for _, content in split(body, cuts=(cut,))] == [b""]


@pytest.mark.parametrize(
    "headers",
    [
        b'content-DISPOSITION: form-data; name="a"; filename="b c.csv"',
        b'Content-Disposition:form-data;name="a";filename="b c.csv"',
        b'Content-Disposition: form-data;\r\n name="a";\r\n\tfilename="b c.csv"',
        b"Content-Disposition: form-data; name=a; filename=b c.csv",
        b'X-Other: 1\r\nno header at all\r\nContent-Disposition: Form-Data; Name="a"; FileName="b c.csv"',
        b'Content-Disposition: form-data; name="a"; filename="?"; filename*=UTF-8\'\'b%20c.csv',
        b"Content-Disposition: form-data; filename*=utf-8'en'b%20c.csv; name=\"a\"",
        b'Content-Disposition: form-data; name="a"; filename="b c.csv"; filename*=nowhere\'\'x',
        b'Content-Disposition: form-data; name="a"; filename="b c.csv"; filename*=utf-8\'\'%FF',
        b'Content-Disposition: form-data; name="a"; filename="b c.csv"; filename*=nonsense',
    ],
)
def test_a_disposition_is_read_in_every_spelling(headers: bytes) -> None:
    [(part, content)] = split(one_part(b"x", headers=headers))
    assert (part.name, part.file_name, content) == ("a", "b c.csv", b"x")


@pytest.mark.parametrize(
    ("written", "file_name"),
    [
        (b'"a \\"b\\".csv"', 'a "b".csv'),
        (b'"a;b=c.csv"', "a;b=c.csv"),
        (b'"C:\\data\\new.csv"', "C:\\data\\new.csv"),
        (b'"C:\\\\data\\\\new.csv"', "C:\\data\\new.csv"),
        ('"Kundenübersicht – März.csv"'.encode(), "Kundenübersicht – März.csv"),
        (b'"\xfcber.csv"', "über.csv"),  # Latin-1, as old clients wrote it
        (b'""', ""),
    ],
)
def test_a_file_name_is_read_as_it_was_meant(written: bytes, file_name: str) -> None:
    [(part, _)] = split(one_part(b"", headers=b'Content-Disposition: form-data; name="files"; filename=' + written))
    assert part.file_name == file_name


def test_a_body_made_with_a_mail_library_is_read() -> None:
    body = MIMEMultipart("form-data", "frontier")
    part = MIMENonMultipart("text", "csv")
    name = "a rather long name that makes the mail library fold its header line.csv"
    part.add_header("Content-Disposition", "form-data", name="files", filename=name)
    part.set_payload(b"Email\n")
    email.encoders.encode_7or8bit(part)
    body.attach(part)
    text = body.as_bytes()
    assert b"\r" not in text
    assert b";\n " in text
    [(read, content)] = split(text)
    assert (read.file_name, content) == (name, b"Email\n")


@pytest.mark.parametrize(
    "headers",
    [b"Content-Type: text/csv", b'Content-Disposition: attachment; name="a"', b"Content-Disposition: form-data"],
)
def test_a_part_without_a_name_is_malformed(headers: bytes) -> None:
    rejection = refused(one_part(b"x", headers=headers))
    assert rejection.rule.id == "multipart-malformed"
    assert "part 1" in rejection.diagnosis.expected


def test_a_part_without_headers_is_malformed() -> None:
    assert refused(b"--frontier\r\n\r\nx\r\n--frontier--").rule.id == "multipart-malformed"


def test_headers_without_an_end_are_malformed() -> None:
    splitter = PartSplitter(BOUNDARY)
    with pytest.raises(Rejection, match="multipart-malformed"):
        list(splitter.feed(b"--frontier\r\n" + b"x" * (MAX_HEADERS + 1)))


def test_there_is_a_limit_to_the_parts() -> None:
    part = b'--frontier\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    assert len(split(part * MAX_PARTS + b"--frontier--")) == MAX_PARTS
    assert refused(part * (MAX_PARTS + 1) + b"--frontier--").rule.id == "multipart-malformed"


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=frontier",
        "multipart/form-data;boundary=frontier",
        'multipart/form-data; boundary="frontier"',
        'Multipart/Form-Data; charset=utf-8; Boundary="frontier"; x=y',
    ],
)
def test_a_boundary_is_found(content_type: str) -> None:
    assert boundary_of(content_type) == BOUNDARY


def test_a_quoted_boundary_may_hold_what_a_bare_one_cannot() -> None:
    assert boundary_of('multipart/form-data; boundary="a b:c;d=e?"') == b"a b:c;d=e?"


@pytest.mark.parametrize(
    ("content_type", "rule"),
    [
        (None, "not-multipart"),
        ("", "not-multipart"),
        ("application/json", "not-multipart"),
        ("application/x-www-form-urlencoded", "not-multipart"),
        ("multipart/mixed; boundary=frontier", "not-multipart"),
        ("multipart/form-data", "boundary-missing"),
        ('multipart/form-data; boundary=""', "boundary-missing"),
        ("multipart/form-data; boundary=" + "b" * 257, "multipart-malformed"),
    ],
)
def test_other_content_types_are_refused(content_type: str | None, rule: str) -> None:
    with pytest.raises(Rejection) as caught:
        boundary_of(content_type)
    assert caught.value.rule.id == rule


@given(st.text())
def test_no_header_breaks_the_reading_of_parameters(header: str) -> None:
    value, parameters = header_parameters(header)
    assert value == header.partition(";")[0].strip().lower()
    assert all(name == name.lower() for name in parameters)
