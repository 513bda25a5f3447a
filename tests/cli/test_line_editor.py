"""What keys do, without a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pyrnn.cli.line_editor import LineEditor
from pyrnn.models import Completer, LanguageModel, LanguageModelConfig

TEXT = "the cat sat on the mat 12 34\nnow\n"


class Drawn:
    """A screen that remembers what was drawn on it last."""

    def __init__(self) -> None:
        self.line, self.completions, self.note = "", [], ""
        self.finished = []

    def draw(self, line: str, completions: Sequence[str], note: str = "") -> None:
        self.line, self.completions, self.note = line, list(completions), note

    def finish(self, line: str | None) -> None:
        self.finished.append(line)


class Keys:
    """A keyboard on which these batches of keys are pressed."""

    def __init__(self, *batches: Sequence[str]) -> None:
        self.batches = list(batches)

    def keys(self) -> Sequence[str]:
        return self.batches.pop(0) if self.batches else ()


@pytest.fixture
def model() -> LanguageModel:
    return LanguageModel.for_text(TEXT, LanguageModelConfig(hidden_size=6))


@pytest.fixture
def pressed(model):
    """pressed(*batches): the lines that were entered, and the editor and screen afterwards."""

    def press(*batches, using=model):
        screen = Drawn()
        editor = LineEditor(lambda: Completer(using, 3), screen)
        lines = list(editor.lines(Keys(*batches)))
        return lines, editor, screen

    return press


def test_what_is_typed_is_completed(pressed, model):
    lines, editor, screen = pressed("t", "h")
    assert (lines, editor.line, screen.line) == ([], "th", "th")
    assert screen.completions == [one.text for one in model.complete("th", 3)]
    assert screen.finished == ["th"]


@pytest.mark.parametrize(("key", "place"), [("\t", 0), ("\x1b[C", 0), ("1", 0), ("3", 2)])
def test_taking_a_completion(pressed, model, key, place):
    offered = [one.text for one in model.complete("th", 3)]
    _, editor, screen = pressed("th", [key])
    assert editor.line == "th" + offered[place]
    assert screen.completions == [one.text for one in model.complete(editor.line, 3)]


def test_a_number_that_is_not_offered_is_typed(pressed):
    assert pressed("a", "4")[1].line == "a4"
    assert pressed("a", "0")[1].line == "a0"


def test_a_number_after_ctrl_v_is_typed(pressed):
    assert pressed("a", "\x16", "1")[1].line == "a1"
    assert pressed("a", ["\x16", "1"])[1].line == "a1"
    assert pressed("a", "\x16", "\t")[1].line == "a\t"


def test_numbers_that_are_pasted_are_typed(pressed):
    assert pressed(list("12 34"))[1].line == "12 34"
    assert pressed("t", list("2\t1"))[1].line == "t21"  # nothing was offered for t2


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (["\x7f"], "the ca"),
        (["\x08", "\x7f"], "the c"),
        (["\x17"], "the "),
        (["\x17", "\x17"], ""),
        (["\x17"] * 3, ""),
        (["\x15"], ""),
        (["\x15", "\x7f"], ""),
        (["\x1b[A", "\x1b[3~", "\x1b", "\x00", "\x0c"], "the cat"),
    ],
)
def test_editing(pressed, model, keys, line):
    _, editor, screen = pressed("the cat", *([key] for key in keys))
    assert editor.line == line
    assert screen.completions == [one.text for one in model.complete(line, 3)]


def test_lines_are_entered_and_stay_the_context(pressed, model):
    lines, editor, screen = pressed("now", "\n", "the", "\r", "cat")
    assert lines == ["now", "the"]
    assert screen.finished == ["now", "the", "cat"]
    assert editor.line == "cat"
    assert screen.completions == [one.text for one in model.complete("now\nthe\ncat", 3)]


def test_a_line_is_not_taken_back_once_it_is_entered(pressed):
    assert pressed("now", "\n", "\x7f", "\x17", "\x15", "a")[1].line == "a"


def test_ctrl_d_ends_with_what_was_typed_left_there(pressed):
    lines, editor, screen = pressed("now\nth\x04cat")
    assert (lines, editor.line, screen.finished) == (["now"], "th", ["now", "th"])
    assert pressed("\x04")[2].finished == [None]


def test_an_unknown_character_is_told_of(pressed, model):
    _, editor, screen = pressed("theZ")
    assert editor.line == "theZ"
    assert screen.completions == []
    assert screen.note == "the character 'Z' is not in the model's vocabulary"
    _, _, screen = pressed("theZ", "\x7f")
    assert screen.note == ""
    assert screen.completions == [one.text for one in model.complete("the", 3)]


def test_after_a_line_that_the_model_cannot_read_it_begins_anew(pressed, model):
    lines, _, screen = pressed("theZ", "\n", "the")
    assert lines == ["theZ"]
    assert screen.completions == [one.text for one in model.complete("the", 3)]


def test_a_model_that_knows_no_newline(pressed):
    without = LanguageModel.for_text("abc", LanguageModelConfig(hidden_size=4))
    lines, _, screen = pressed("ab", "\n", using=without)
    assert (lines, screen.completions, screen.note) == (["ab"], [], "")
    lines, _, screen = pressed("ab", "\n", "a", using=without)
    assert screen.completions == [one.text for one in without.complete("a", 3)]
