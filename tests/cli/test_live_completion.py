"""Typing with completions: keys through a pipe, in place of a terminal."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from pyrnn.models import Completer, LanguageModel, LanguageModelConfig

pytest.importorskip("prompt_toolkit", reason="needs prompt_toolkit")
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from pyrnn.cli import live_completion
from pyrnn.cli.live_completion import Offers, _menu, lines

TEXT = "the cat sat on the mat 12 34\nnow\n"
UP, DOWN, LEFT, BACKSPACE = "\x1b[A", "\x1b[B", "\x1b[D", "\x7f"
PASTE = "\x1b[200~{}\x1b[201~"


@pytest.fixture
def model() -> LanguageModel:
    return LanguageModel.for_text(TEXT, LanguageModelConfig(hidden_size=6))


@pytest.fixture
def typed(model: LanguageModel) -> Callable[..., list[str]]:
    """typed(keys): the lines that were entered by the time that Ctrl-D was pressed."""

    def press(keys: str, using: LanguageModel = model) -> list[str]:
        with create_pipe_input() as pipe:
            pipe.send_text(f"{keys}\x04")
            pipe.close()  # whoever waits for another key meets the end, and no test hangs
            return list(lines(lambda: Completer(using, 3), input=pipe, output=DummyOutput()))

    return press


def texts(model: LanguageModel, prefix: str) -> list[str]:
    return [one.text for one in model.complete(prefix, 3)]


@pytest.mark.parametrize(("key", "place"), [("\t", 0), ("1", 0), ("3", 2), (f"{DOWN}{DOWN}\t", 1)])
def test_taking_a_completion(typed, model, key, place):
    assert typed(f"th{key}\n") == ["th" + texts(model, "th")[place]]


def test_completions_follow_what_is_typed_taken_and_taken_back(typed, model):
    first = texts(model, "")[0]
    second = texts(model, first)[1]
    assert typed("\t2\n") == [first + second]
    assert typed(f"thx{BACKSPACE}\t\n") == ["th" + texts(model, "th")[0]]


def test_in_the_middle_of_a_line_it_is_what_stands_before(typed, model):
    assert typed(f"thow{LEFT}{LEFT}\t\n") == ["th" + texts(model, "th")[0] + "ow"]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("a4", "a4"),  # three are offered
        ("a0", "a0"),
        ("a\x161", "a1"),  # Ctrl-V
        ("a\x16\t", "a\t"),
        (PASTE.format("12 34"), "12 34"),
        ("Z1", "Z1"),  # nothing is offered
        ("Z\t", "Z"),
        ("the cat\x17", "the "),  # Ctrl-W
        ("the cat\x15", ""),  # Ctrl-U
    ],
)
def test_what_is_typed_is_typed(typed, keys, line):
    assert typed(f"{keys}\n") == [line]


def test_ctrl_d_leaves_whatever_stands_there(typed):
    assert typed("") == []
    assert typed("now\nth\x04cat\n") == ["now"]


def test_lines_that_were_entered_stay_the_context(typed, model):
    assert texts(model, "now\nthe")[1] != texts(model, "the")[1]
    assert typed("now\nthe2\n") == ["now", "the" + texts(model, "now\nthe")[1]]


def test_after_a_line_that_the_model_cannot_read_it_begins_anew(typed, model):
    assert typed("theZ\nthe\t\n") == ["theZ", "the" + texts(model, "the")[0]]
    without = LanguageModel.for_text("abc", LanguageModelConfig(hidden_size=4))  # no newline
    assert typed("ab\na\t\n", using=without) == ["ab", "a" + texts(without, "a")[0]]


def test_why_nothing_is_offered(model):
    offers = Offers(lambda: Completer(model, 3))
    assert offers.after("theZ") == []
    assert offers.note == "the character 'Z' is not in the model's vocabulary"
    assert offers.after("the") == texts(model, "the")
    assert offers.note == ""
    without = LanguageModel.for_text("abc", LanguageModelConfig(hidden_size=4))
    offers = Offers(lambda: Completer(without, 3))
    assert (offers.after(""), offers.note) == ([], "")


def test_each_key_is_read_once(model, monkeypatch):
    read = []
    original = Completer.type

    def counted(completer, text):
        read.append(text)
        original(completer, text)

    monkeypatch.setattr(Completer, "type", counted)
    offers = Offers(lambda: Completer(model, 3))
    for line in ("t", "th", "the", "th", "tha"):
        offers.after(line)
    assert "".join(read) == "thea"


def test_the_menu_shows_whole_words_and_their_numbers():
    shown = [one.display_text for one in _menu("the c", ["at", "ow\nthe", " x\ty"])]
    assert shown == ["1 cat", "2 cow⏎the", "3 c x⇥y"]
    assert _menu("the ", [" cat"])[0].display_text == "1 cat"
    assert _menu("the ", [" cat"])[0].text == " cat"


def test_ctrl_c(typed):
    with pytest.raises(KeyboardInterrupt):
        typed("the c\x03")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_signals_leave_with_the_status_that_shells_expect(typed, monkeypatch, name):
    if not hasattr(signal, name):
        pytest.skip(f"needs {name}")
    number = getattr(signal, name)
    before = signal.getsignal(number)
    offered = Offers.after

    def signalled(offers, line):
        if line == "th":
            signal.raise_signal(number)
        return offered(offers, line)

    monkeypatch.setattr(live_completion.Offers, "after", signalled)
    with pytest.raises(SystemExit) as left:
        typed("the")
    assert left.value.code == 128 + number
    assert signal.getsignal(number) is before
