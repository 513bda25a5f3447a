"""The end of a text: found across pieces, and never shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn.decoding import until


@pytest.mark.parametrize(
    ("pieces", "stop", "expected"),
    [
        (["ab", "cd"], (), "abcd"),
        (["ab", "cd"], ("c",), "ab"),
        (["ab", "cd"], ("bc",), "a"),
        (["a", "b", "c", "d"], ("bcd",), "a"),
        (["ab", "cd"], ("x", "d", "c"), "ab"),
        (["ab"], ("bc",), "ab"),
        (["abab", "c"], ("abc",), "ab"),
        ([], ("a",), ""),
        (["a"], ("a",), ""),
        (["aba", "a"], ("abaa", "b"), ""),  # "b" comes first, and begins second
        (["aba", "b"], ("abaa", "b"), "a"),
        (["aba"], ("abaa", "b"), "a"),
        (["abc", "x", "y"], ("abcd", "bcxz", "c"), "ab"),
    ],
)
def test_the_text_before_the_first_stop(pieces, stop, expected):
    assert "".join(until(pieces, stop)) == expected


@settings(max_examples=500, deadline=None)
@given(
    pieces=st.lists(st.text("ab", max_size=4)),
    stop=st.lists(st.text("ab", min_size=1, max_size=4), max_size=3),
)
def test_as_if_the_text_were_whole(pieces, stop):
    text = "".join(pieces)
    ends = [text.find(ending) for ending in stop if ending in text]
    assert "".join(until(pieces, stop)) == text[: min(ends, default=len(text))]


def test_nothing_is_held_back_that_cannot_be_the_beginning_of_a_stop():
    shown = until(iter(["xy", "xa", "c"]), ("ab",))
    assert [next(shown), next(shown), next(shown)] == ["xy", "x", "ac"]


def test_nothing_is_read_beyond_the_stop():
    pieces = iter(["a", "b", "c"])
    assert list(until(pieces, ("b",))) == ["a", ""]
    assert list(pieces) == ["c"]


def test_an_empty_stop():
    with pytest.raises(ValueError, match="at least one character"):
        list(until(["a"], ("",)))
