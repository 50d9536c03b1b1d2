"""JSON bodies of requests: whatever is sent, the struct comes out or a refusal in the words of HubSpot's reader."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.jackson import MOST_VALUES, bodies
from mockserver.jackson.bodies import Id, JsonBody, Text, end_of, read_body
from mockserver.refusals.rule import Rejection


class Owner(JsonBody):
    name: str
    user_id: int
    is_active: bool = True


class Change(JsonBody):
    properties: dict[str, Text | None]
    inputs: list[Id] | None = None
    owner: Owner | None = None
    limit: int | None = None
    weight: float | None = None
    sorts: list[str | Owner] | None = None
    words: list[str] | None = None


MISFITS = [
    (b"7", "body-of-wrong-type", "", 1, "an object", "`java.util.LinkedHashMap` from Integer value"),
    (b"[]", "body-of-wrong-type", "", 1, "an object", "from Array value (token `JsonToken.START_ARRAY`)"),
    (b'{"properties":1}', "body-of-wrong-type", "/properties", 15, "an object", "from Integer value"),
    (b'{"properties":null}', "required-fields-missing", "", 19, None, "[properties]"),
    (
        b'{"properties":{},"owner":{"userId":null,"x":1}}',
        "required-fields-missing",
        "/owner",
        46,
        None,
        "[name, userId]",
    ),
    (
        b'{"properties":{},"owner":{"name":"a","userId":1,"isActive":null}}',
        "body-of-wrong-type",
        "/owner/isActive",
        60,
        "true or false",
        "`boolean` from Null value",
    ),
    (
        b'{"properties":{"a":"b","c/d":[1]}}',
        "body-of-wrong-type",
        "/properties/c~1d",
        30,
        "a string or a whole number or a number or true or false or null",
        "`java.lang.String` from Array value",
    ),
    (b'{"properties":{"\\u0061":{}}}', "body-of-wrong-type", "/properties/a", 25, None, "from Object value"),
    (b'{"properties":{},"limit":"x"}', "body-of-wrong-type", "/limit", 26, "a whole number", "`int` from String value"),
    (b'{"properties":{},"limit":1.5}', "body-of-wrong-type", "/limit", 26, None, "from Floating-point value"),
    (b'{"properties":{},"limit":false}', "body-of-wrong-type", "/limit", 26, None, "`JsonToken.VALUE_FALSE`"),
    (b'{"properties":{},"weight":"x"}', "body-of-wrong-type", "/weight", 27, "a number", "`double` from String"),
    (b'{"properties":{},"inputs":{}}', "body-of-wrong-type", "/inputs", 27, "an array", "java.util.ArrayList"),
    (b'{"properties":{},"inputs":[{"id":1},2]}', "body-of-wrong-type", "/inputs/1", 37, "an object", "from Integer"),
    (b'{"properties":{},"inputs":[{"id":1},{"id":{}}]}', "body-of-wrong-type", "/inputs/1/id", 43, None, "from Object"),
    (b'{"properties":{},"sorts":["a",{"name":1}]}', "body-of-wrong-type", "/sorts/1/name", 39, "a string", "Integer"),
    (b'{"properties":{},"sorts":["a",1]}', "body-of-wrong-type", "/sorts/1", 31, "a string or an object", "Integer"),
    (b'{"properties":{},"words":["a",null]}', "body-of-wrong-type", "/words/1", 31, "a string", "from Null value"),
    (b"{}", "required-fields-missing", "", 2, None, "[properties]"),
    (b'{"properties":{},"owner":{"x":[{}]}}', "required-fields-missing", "/owner", 35, None, "[name, userId]"),
    (b'{"properties":{},"inputs":[{"id":1},{}]}', "required-fields-missing", "/inputs/1", 38, None, "[id]"),
    (b'{"properties":{},"owner":{"name":"a"},"limit":"x"}', "required-fields-missing", "/owner", 37, None, "[userId]"),
]


@pytest.mark.parametrize(("raw", "rule", "pointer", "column", "expected", "words"), MISFITS, ids=str)
def test_what_does_not_fit_is_refused_at_its_place(
    raw: bytes, rule: str, pointer: str, column: int, expected: str | None, words: str
):
    refused = refusal(raw)
    assert (refused.rule.id, refused.diagnosis.pointer) == (rule, pointer)
    assert f"on line 1, column {column}" in refused.message
    assert words in refused.message
    assert expected is None or refused.diagnosis.expected == expected


def refusal(raw: bytes) -> Rejection:
    with pytest.raises(Rejection) as caught:
        read_body(raw, Change)
    return caught.value


def test_the_same_is_said_whatever_words_msgspec_uses(monkeypatch: pytest.MonkeyPatch):
    said = [str(refusal(raw)) for raw, *_ in MISFITS]
    real = msgspec.json.Decoder

    class Reworded:
        def __init__(self, kind: Any) -> None:
            self._decoder = real(kind)

        def decode(self, raw: bytes | str) -> Any:
            try:
                return self._decoder.decode(raw)
            except msgspec.ValidationError:
                raise msgspec.ValidationError("another wording of a later release") from None

    monkeypatch.setattr(msgspec.json, "Decoder", Reworded)
    bodies._decoder.cache_clear()
    try:
        assert [str(refusal(raw)) for raw, *_ in MISFITS] == said
    finally:
        bodies._decoder.cache_clear()


# -- texts that are not JSON -----------------------------------------------------------------------------------------

HOSTILE = {
    "[": "Unexpected end-of-input",
    "[1": "Unexpected end-of-input",
    '{"inputs":1': "Unexpected end-of-input",
    '{"properties":1,': "Unexpected end-of-input",
    '{"properties":{}} x': "expected no more text after the value",
    '{"properties":{"a":"\x00"}}': "CTRL-CHAR, code 0",
    '\ufeff{"properties":{}}': "code 65279",
    "-": "Unexpected end-of-input in a numeric value",
    '"\\u': "Unexpected end-of-input in character escape sequence",
    '{"properties":{"a":"\\uZZZZ"}}': "expected a hex-digit",
    "NaN": "Non-standard token 'NaN'",
    "[" * 100_000: "Document nesting depth (1001)",
    '{"a":' * 50_000: "Document nesting depth (1001)",
    '{"x":' + "[" * 50_000 + "]" * 50_000 + ',"properties":{}}': "Document nesting depth (1001)",
    '{"limit":' + "9" * 5000 + "}": "Number value length (5000)",
    "[" + "1," * MOST_VALUES + "1]": "Document has more than",
    '{"properties":{},"limit":"x","limit":1}': "from String value",
}


@pytest.mark.parametrize(("text", "words"), HOSTILE.items(), ids=lambda one: one[:30])
def test_a_malformed_body_is_refused_in_jacksons_words(text: str, words: str):
    assert words in refusal(text.encode()).message


@pytest.mark.parametrize(
    ("raw", "place"),
    [(b"2\xff", (1, 2)), (b'"\xff"', (1, 2)), (b'{"a":\n"\xe4\xbd"}', (2, 2)), (b'{"properties":{"\xc0":1}}', (1, 17))],
)
def test_bytes_that_are_not_utf_8_are_refused_where_they_are(raw: bytes, place: tuple[int, int]):
    refused = refusal(raw)
    assert refused.rule.id == "body-malformed"
    assert "Invalid UTF-8 start byte" in refused.message
    assert f"line {place[0]}, column {place[1]}" in refused.message


def test_a_fault_before_bytes_that_are_not_utf_8_comes_first():
    assert "expected a valid value" in refusal(b'{"a": ?, "b": "\xff"}').message


def test_half_a_character_is_read_as_a_replacement_character():
    body = read_body(b'{"properties":{"\\ud800":"\\udfff\\ud83d\\ude00"},"limit":1}', Change)
    assert body.properties == {"\ufffd": "\ufffd\U0001f600"}


def test_an_escaped_backslash_before_u_is_not_half_a_character():
    body = read_body(b'{"properties":{"a":"\\\\ud800","b":"\\ud800"}}', Change)
    assert body.properties == {"a": "\\ud800", "b": "\ufffd"}


def outcome(raw: bytes) -> str:
    """Returns the rule that a body breaks, or "read"."""
    try:
        read_body(raw, Change)
    except Rejection as refused:
        return refused.rule.id
    return "read"


OUTCOMES = {"read", "body-missing", "body-null", "body-malformed", "body-of-wrong-type", "required-fields-missing"}


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,\\-+.eE01truefalsnu /\r\n\t', max_size=60).map(str.encode))
def test_no_bytes_raise_anything_but_a_refusal(raw: bytes):
    assert outcome(raw) in OUTCOMES


SOUND = b'{"properties":{"a":"\\u00e9","b":[]},"inputs":[{"id":1},{"id":"2"}],"owner":{"name":"x"},"sorts":[{}]}'


@given(st.integers(0, len(SOUND)), st.integers(0, 4), st.binary(max_size=4))
def test_nor_does_a_body_that_was_damaged(at: int, length: int, instead: bytes):
    assert outcome(SOUND[:at] + instead + SOUND[at + length :]) in OUTCOMES


def test_the_end_of_a_value_is_where_its_last_character_is():
    assert end_of(b'{\n "a": [1, {"b":"c"}]}', "/a/1") == (2, 19)
