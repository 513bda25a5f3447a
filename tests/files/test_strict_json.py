"""JSON that anybody may have written: what is refused; the rest is as Python reads it."""

from __future__ import annotations

import json
import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.files.strict_json import DEPTH, parse_json, shortened, write_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_a_value_comes_back(value):
    assert parse_json(write_json(value)) == value
    assert parse_json(json.dumps(value, ensure_ascii=False)) == value


@given(VALUES)
def test_sorted_keys_give_one_text(value):
    again = parse_json(write_json(value, indent=1))
    assert write_json(again, sort_keys=True) == write_json(value, sort_keys=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Expecting value"),
        ("[1,]", "Illegal trailing comma|Expecting value"),
        ("[NaN]", "finite numbers; got NaN"),
        ("[-Infinity]", "finite numbers; got -Infinity"),
        ('{"a": 1e999}', "finite numbers; got '1e999'"),
        ("1." + "0" * 500 + "e999", r"finite numbers; got '1\.0+\.\.\."),
        ('{"a": {"b": 1, "c": 2, "b": 1}}', "the name 'b' stands twice"),
        ('{"a": 1, "\\u0061": 1}', "the name 'a' stands twice"),
        ("9" * 5000, "digits"),
        ("[" * 65 + "]" * 65, "at most 64 deep"),
        ('{"a":' * 65 + "1" + "}" * 65, "at most 64 deep"),
        ("[" * 10**6, "at most 64 deep|Expecting value"),
        ('{"a":[' * 10**5 + "]}" * 10**5, "at most 64 deep"),
    ],
)
def test_what_is_refused(text, words):
    with pytest.raises(ValueError, match=words) as caught:
        parse_json(text)
    assert len(str(caught.value)) < 300


def test_as_deep_as_it_may_be():
    text = "[" * DEPTH + "]" * DEPTH
    assert write_json(parse_json(text)) == text
    with pytest.raises(ValueError, match="at most 64 deep"):
        write_json([parse_json(text)])
    with pytest.raises(ValueError, match="at most 64 deep"):
        write_json(((parse_json(text),),))  # a tuple is a list there


@pytest.mark.parametrize("piece", ["[]", "{}", "[0]", '{"":1}', "1", '"ab"', "1.5", '{"a":[{}]}'])
def test_memory_is_a_multiple_of_the_text(piece):
    text = "[" + ",".join([piece] * 20_000) + "]"
    tracemalloc.start()
    try:
        parse_json(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40 * sys.getsizeof(text)


def test_values_are_short_in_messages():
    assert shortened("abc") == "'abc'"
    assert shortened([1, 2]) == "[1, 2]"
    assert len(shortened("x" * 10**6)) <= 83
    assert len(shortened(list(range(10**4)))) == 83
