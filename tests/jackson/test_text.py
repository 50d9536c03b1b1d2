"""The JSON reader that knows its places: it agrees with the standard library on values and with counting on places."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.jackson import MOST_VALUES, read_json
from mockserver.jackson.scanner import MalformedJson, NumberText, Scanner, place_of

texts = st.text(alphabet=st.characters(codec="utf-8"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def as_python(value: Any) -> Any:
    match value:
        case NumberText():
            return json.loads(value)
        case list():
            return [as_python(member) for member in value]
        case dict():
            return {key: as_python(member) for key, member in value.items()}
    return value


def counted_place(text: str, offset: int) -> tuple[int, int]:
    """Counts as a person would, except that a character beyond U+FFFF counts twice."""
    line = column = 1
    before = ""
    for char in text[:offset]:
        if char in "\r\n":
            line, column = line + (before + char != "\r\n"), 1
        else:
            column += 2 if char > "\uffff" else 1
        before = char
    return line, column


@given(values, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_both_readers_read_what_was_written(value: Any, indent: int | str | None, is_ascii: bool):
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    assert as_python(read_json(text).value) == value
    assert as_python(Scanner(text).scan()[0]) == value


@given(values, st.text(alphabet=" x}],;", max_size=3).filter(lambda rest: not rest.strip().isdigit()))
def test_what_follows_the_value_is_left_alone(value: Any, rest: str):
    text = json.dumps([value])
    assert read_json(text + rest).end == len(text)


@given(st.lists(values, min_size=1), st.sampled_from([None, 1]))
def test_every_value_stands_where_its_pointer_says(value: list[Any], indent: int | None):
    text = json.dumps(value, indent=indent)
    document = read_json(text)
    for index, member in enumerate(value):
        start, end = document.offsets(f"/{index}")
        assert json.loads(text[start:end]) == member
        assert document.start(f"/{index}") == counted_place(text, start)
        assert document.close(f"/{index}") == counted_place(text, end - 1)


def test_pointers_escape_what_has_a_meaning_in_them():
    document = read_json('{"a/b": {"~": 1}}')
    assert document.start("/a~1b/~0") == (1, 15)


@given(st.text(alphabet="ab\r\n\U0001f600"), st.integers(0, 30))
def test_lines_and_columns_agree_with_counting(text: str, offset: int):
    offset = min(offset, len(text))
    if text[offset - 1 : offset + 1] != "\r\n":  # no value begins between the two
        assert place_of(text, offset) == counted_place(text, offset)


def scan(text: str) -> object:
    """Returns the value and its end, or what is wrong and where, as the scanner finds it."""
    try:
        return Scanner(text).scan()
    except MalformedJson as malformed:
        return str(malformed)


def read_whole(text: str) -> object:
    try:
        document = read_json(text)
    except MalformedJson as malformed:
        return str(malformed)
    return document.value, document.end


@given(st.text(alphabet='{}[]":,\\-+.eE01truefalsnu /\r\n\t', max_size=40))
def test_both_readers_agree_on_what_is_json(text: str):
    scanned, read = scan(text), read_whole(text)
    assert read == scanned
    if isinstance(scanned, str):
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


def test_deep_nesting_up_to_the_limit_is_read():
    text = '{"a":' * 999 + "[]" + "}" * 999
    assert read_json(text).end == len(text)


def test_one_level_more_is_refused_where_it_begins():
    with pytest.raises(MalformedJson, match=r"column 5002: Document nesting depth \(1001\)"):
        read_json('{"a":' * 1000 + "[]" + "}" * 1000)


@given(st.recursive(st.just("1"), lambda inner: inner.map(lambda text: f'[{text},{{"k":{text}}}]'), max_leaves=12))
def test_values_are_found_at_any_depth(text: str):
    document = read_json(f"[0,{text}]")
    start, end = document.offsets("/1")
    assert document.text[start:end] == text


def test_of_duplicate_keys_the_last_one_is_found():
    document = read_json('{"a": 1, "b": {}, "a": 2}')
    assert (document.value, document.start("/a")) == ({"a": "2", "b": {}}, (1, 24))


def test_the_number_of_values_is_bounded_and_text_is_not_counted():
    assert read_json(f'["{"," * 2 * MOST_VALUES}"]').value == ["," * 2 * MOST_VALUES]
    with pytest.raises(MalformedJson, match="Document has more than"):
        read_json("[" + "1," * MOST_VALUES + "1]")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud800"', "\ufffd"),
        (r'"\udc00\ud800"', "\ufffd\ufffd"),
        (r'"\ud83d\ude00\uDC00"', "\U0001f600\ufffd"),
        (r'"\\ud800"', "\\ud800"),
        (r'"\\\ud800\\"', "\\\ufffd\\"),
        (r'{"\ud800": 1}', {"\ufffd": "1"}),
    ],
)
def test_half_a_character_becomes_a_replacement_character(text: str, value: object):
    assert read_json(text).value == value


def test_a_malformed_text_never_lies_outside_itself():
    with pytest.raises(MalformedJson) as caught:
        read_json('{"a": "b"\r\n\r\n')
    assert caught.value.place == (3, 1)
