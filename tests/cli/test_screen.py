"""What fits into a terminal's rows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn.cli.screen import cells, cut, offers, rows_of, sign


@settings(max_examples=50)
@given(
    line=st.text(max_size=60),
    completions=st.lists(st.text(min_size=1, max_size=40), max_size=4),
    width=st.integers(8, 50),
)
def test_nothing_is_wider_than_the_terminal(line, completions, width):
    before, after = rows_of(line, completions, width)
    assert cells(before) + cells(after) < width
    assert cells(offers(line, completions, width)) < width
    for text in (before, after, offers(line, completions, width)):
        assert text.isprintable()


def test_a_line_that_fits_is_whole():
    assert rows_of("It was a dar", ["k", "ling"], 40) == ("It was a dar", "k")
    assert rows_of("", [], 40) == ("", "")


def test_of_a_long_line_the_end_is_shown():
    before, after = rows_of("x" * 50 + "the end of it", [" all"], 20)
    assert before.startswith("…")
    assert before.endswith("the end of it")
    assert after == " all"


def test_the_completion_gives_way_to_the_line():
    before, after = rows_of("abcdefgh", ["ijklmnopqrstuv"], 20)
    assert (before, after) == ("abcdefgh", "ijklmnopqr…")


@pytest.mark.parametrize(
    ("line", "completions", "expected"),
    [
        ("It was a dar", ["k", "ling"], "1 dark   2 darling"),
        ("dark", ["ness", " and"], "1 darkness   2 dark and"),
        ("dark ", ["and", "(he"], "1 and   2 (he"),
        ("", ["The"], "1 The"),
        ("a", [], ""),
        ("漢", ["字\nx"], "1 漢字⏎x"),
    ],
)
def test_completions_stand_after_the_letters_that_they_complete(line, completions, expected):
    assert offers(line, completions, 60) == expected


def test_nothing_that_is_shown_moves_the_cursor():
    assert [sign(c) for c in "a\n\t\x1b\x07\u202e\udcff"] == ["a", "⏎", "⇥", "�", "�", "�", "�"]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("漢字", 3, "漢…"), ("abc", 1, "…"), ("abc", 0, "")],
)
def test_cut(text, width, expected):
    assert cut(text, width) == expected
