"""Multipart bodies, read part by part as they arrive."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.refusals.rule import Rejection
from mockserver.wire.multipart import MAX_PARTS, MAX_PREAMBLE, Part, PartReader, boundary_of, header_parameters

BOUNDARY = b"frontier"


class Content:
    """The content of one part, as it comes."""

    def __init__(self) -> None:
        self.data = b""
        self.is_complete = False

    def write(self, data: bytes) -> None:
        assert data
        assert not self.is_complete
        self.data += data

    def complete(self) -> None:
        self.is_complete = True


def split(body: bytes, *, boundary: bytes = BOUNDARY, cuts: tuple[int, ...] = ()) -> list[tuple[Part, bytes]]:
    """Returns the parts of a body that comes in pieces cut at the given places."""
    parts: list[tuple[Part, Content]] = []

    def begin(part: Part) -> Content:
        assert all(content.is_complete for _, content in parts)
        parts.append((part, Content()))
        return parts[-1][1]

    reader = PartReader(boundary, begin)
    for start, end in pairwise([0, *sorted(cuts), len(body)]):
        reader.feed(body[start:end])
    reader.finish()
    assert all(content.is_complete for _, content in parts)
    return [(part, content.data) for part, content in parts]


def refused(body: bytes, *, boundary: bytes = BOUNDARY, cuts: tuple[int, ...] = ()) -> Rejection:
    with pytest.raises(Rejection) as caught:
        split(body, boundary=boundary, cuts=cuts)
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


@pytest.mark.parametrize("preamble", [b"", b"\r\n", b"a preamble\r\n--frontie\r\n--frontiers\r\n"])
@pytest.mark.parametrize("epilogue", [b"", b"an epilogue\r\n--frontier\r\n"])
def test_any_two_pieces_give_the_same_parts(preamble: bytes, epilogue: bytes) -> None:
    body = preamble + TWO_PARTS + epilogue
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
    sent = [content for content in sent if b"\r\n--frontier" not in b"\r\n" + content]  # which RFC 2046 forbids
    body = b"".join(
        b'--frontier\r\nContent-Disposition: form-data; name="%d"\r\n\r\n%s\r\n' % (number, content)
        for number, content in enumerate(sent)
    )
    body += b"--frontier--"
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=6))
    assert [content for _, content in split(body, cuts=tuple(cuts))] == sent


def test_a_body_cut_off_at_any_byte_is_truncated() -> None:
    end = len(TWO_PARTS) - len(b"\r\n")  # the line end after the last delimiter is not needed
    for length in range(end):
        rejection = refused(TWO_PARTS[:length])
        assert rejection.rule.id == "body-truncated", length
    assert len(split(TWO_PARTS[:end])) == 2


def test_a_truncated_body_says_where_it_ended() -> None:
    assert refused(TWO_PARTS[:5]).diagnosis.got == "the body's end before the first part"
    assert refused(TWO_PARTS[:11]).diagnosis.got == "the body's end before the first part"
    assert refused(TWO_PARTS[:60]).diagnosis.got == "the body's end in part 1"
    assert refused(TWO_PARTS[:-20]).diagnosis.got == "the body's end in part 2"
    assert refused(b"").diagnosis.got == "an empty body"


def test_another_boundary_than_the_header_says_is_shown() -> None:
    rejection = refused(TWO_PARTS, boundary=b"elsewhere")
    assert rejection.rule.id == "multipart-malformed"
    assert "--elsewhere" in rejection.diagnosis.expected
    assert rejection.diagnosis.got == repr("--frontier\r\n")


def test_a_boundary_that_only_begins_like_the_headers_is_another_one() -> None:
    assert refused(TWO_PARTS, boundary=b"fro").rule.id == "multipart-malformed"


def test_another_boundary_is_refused_before_the_whole_body_is_read() -> None:
    body = TWO_PARTS + b"x" * MAX_PREAMBLE
    for cuts in [(), (len(TWO_PARTS),), tuple(range(0, len(body), 1000))]:
        assert refused(body + b"\r\n--elsewhere--", boundary=b"elsewhere", cuts=cuts).rule.id == "multipart-malformed"


def test_a_body_of_only_the_last_delimiter_has_no_parts() -> None:
    assert split(b"--frontier--\r\n") == []


# What RFC 2046 allows or HubSpot's own reader takes, but python-multipart does not, and no client sends.
UNREADABLE = {
    "a folded header": one_part(b"x", headers=b'Content-Disposition: form-data;\r\n name="a"'),
    "a header without a colon": one_part(b"x", headers=b'no header\r\nContent-Disposition: form-data; name="a"'),
    "a header without a name": one_part(b"x", headers=b': x\r\nContent-Disposition: form-data; name="a"'),
    "a header that ends with CR alone": one_part(b"x", headers=b'X: y\rContent-Disposition: form-data; name="a"'),
    "too many headers": one_part(b"x", headers=b"X: y\r\n" * 20 + b'Content-Disposition: form-data; name="a"'),
    "a header that does not end": b"--frontier\r\nX: " + b"y" * 5000,
    "lines that end with LF": TWO_PARTS.replace(b"\r\n", b"\n"),
    "blanks after the first boundary": TWO_PARTS.replace(b"--frontier\r\n", b"--frontier \t\r\n"),
    "one dash after the first boundary": TWO_PARTS.replace(b"--frontier\r\n", b"--frontier-\r\n", 1),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_body_that_cannot_be_read_is_malformed_wherever_it_is_cut(what: str) -> None:
    body = UNREADABLE[what]
    rejection = refused(body)
    assert rejection.rule.id == "multipart-malformed"
    assert "part 1" in rejection.diagnosis.expected
    for cut in range(min(len(body), 400)):
        assert refused(body, cuts=(cut,)).diagnosis == rejection.diagnosis


def test_a_fault_is_located_by_its_part() -> None:
    rejection = refused(TWO_PARTS.replace(b"filename=", b"\r\n filename="))
    assert "part 2 to begin with a line" in rejection.diagnosis.expected
    assert rejection.diagnosis.got == "Found invalid character 32 in header"


def test_what_came_before_a_fault_was_read() -> None:
    read = Content()
    reader = PartReader(BOUNDARY, lambda _: read)
    with pytest.raises(Rejection, match="multipart-malformed"):
        reader.feed(TWO_PARTS.replace(b"filename=", b"\r\n filename="))
    assert read.data.startswith(b"one")
    assert read.is_complete


def test_an_empty_part_ends_with_a_line_end_of_its_own() -> None:
    head = b'--frontier\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
    assert [content for _, content in split(head + b"\r\n--frontier--")] == [b""]
    assert refused(head + b"--frontier--").rule.id == "body-truncated"  # RFC 2046 allows it, no client sends it


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-uuencode"])
def test_a_transfer_encoding_is_not_undone(encoding: str) -> None:
    headers = f'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: {encoding}'
    rejection = refused(one_part(b"eA==", headers=headers.encode()))
    assert rejection.rule.id == "multipart-malformed"
    assert rejection.diagnosis.got == f"Content-Transfer-Encoding: {encoding}"


@pytest.mark.parametrize("encoding", ["binary", "8bit", "7BIT", ""])
def test_a_transfer_encoding_that_leaves_the_bytes_alone_is_none(encoding: str) -> None:
    headers = f'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: {encoding}'
    assert split(one_part(b"eA==", headers=headers.encode()))[0][1] == b"eA=="


@pytest.mark.parametrize(
    "headers",
    [
        b'content-DISPOSITION: form-data; name="a"; filename="b c.csv"',
        b'Content-Disposition:form-data;name="a";filename="b c.csv"',
        b"Content-Disposition: form-data; name=a; filename=b c.csv",
        b'X-Other: 1\r\nX-Empty:\r\nContent-Disposition: Form-Data; Name="a"; FileName="b c.csv"',
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
