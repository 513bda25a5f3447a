"""Typing key by key gives what a fresh call gives, and reads nothing twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn.data import UnknownTokenError
from pyrnn.models import Completer, LanguageModel, LanguageModelConfig
from pyrnn.models.language_model.completion import state_history
from pyrnn.models.stack_settings import LAYERS

TEXT = "the cat sat on the mat.\nthe dog's “log” – où?\n"
UNITS = ["characters", "bytes", "words"]
MODELS = {
    unit: LanguageModel.for_text(TEXT, LanguageModelConfig(unit=unit, hidden_size=9, seed=1))
    for unit in UNITS
}
KEYS = st.one_of(
    st.text("thecatsong .\n“ù", min_size=1, max_size=4),  # typed
    st.integers(1, 5),  # taken back
    st.none(),  # completions are looked at
)


@pytest.mark.parametrize("unit", UNITS)
@settings(max_examples=40)
@given(keys=st.lists(KEYS, max_size=25))
def test_whatever_is_typed_and_taken_back(unit, keys):
    model = MODELS[unit]
    completer = Completer(model, 3)
    text = ""
    for key in [*keys, None]:
        if isinstance(key, str):
            completer.type(key)
            text += key
        elif key is not None:
            completer.delete(min(key, len(text)))
            text = text[: max(0, len(text) - key)]
        else:
            # bit for bit: the kernels' sums do not depend on how many steps a call has
            assert completer.completions() == model.complete(text, 3)
        assert completer.text == text


@pytest.mark.parametrize("cell", LAYERS)
def test_a_long_text_key_by_key_and_back(cell):
    config = LanguageModelConfig(cell=cell, hidden_size=33, num_layers=2)
    model = LanguageModel.for_text(TEXT, config)
    completer, text = Completer(model, 2), TEXT * 8
    for place, key in enumerate(text):
        completer.type(key)
        found = completer.completions()
        if place % 50 == 0:
            assert found == model.complete(text[: place + 1], 2)
    for place in range(len(text) - 1, 0, -1):
        completer.delete()
        if place % 50 == 0:
            assert completer.completions() == model.complete(text[:place], 2)


@pytest.fixture
def reads(monkeypatch):
    """The number of tokens of each reading, as they happen."""
    numbers = []
    original = state_history.read

    def read(network, ids, state=None):
        numbers.append(len(ids))
        return original(network, ids, state)

    monkeypatch.setattr(state_history, "read", read)
    return numbers


def test_only_new_keys_are_read(reads):
    completer = Completer(MODELS["characters"])
    completer.type("the cat")
    completer.completions()
    for key in " sat on":
        reads.clear()
        completer.type(key)
        completer.completions()
        completer.completions()
        assert reads == [1]


def test_only_whole_words_are_read(reads):
    completer = Completer(MODELS["words"])
    for key in "the cat s":
        completer.type(key)
        completer.completions()
    assert reads == [1, 1]


def test_nothing_is_read_on_the_way_back(reads):
    completer = Completer(MODELS["characters"])
    for key in "the cat sat":
        completer.type(key)
        completer.completions()
    reads.clear()
    for _ in range(8):
        completer.delete()
        completer.completions()
    assert reads == []


def test_a_long_text_is_not_read_again_at_each_step_back(reads):
    completer = Completer(MODELS["characters"])
    completer.type(TEXT * 30)
    completer.completions()
    length = len(TEXT) * 30
    assert sum(reads) == length
    reads.clear()
    for _ in range(200):
        completer.delete()
        completer.completions()
    remembered = state_history.REMEMBERED
    assert sum(n > remembered for n in reads) <= 200 // remembered + 1
    assert sum(n for n in reads if n <= remembered) <= 200 * remembered


def test_what_is_remembered_is_bounded():
    completer = Completer(MODELS["characters"])
    for key in TEXT * 5:
        completer.type(key)
        completer.completions()
    assert len(completer._history._snapshots) == state_history.REMEMBERED


def test_a_text_that_is_replaced_without_a_look():
    model = MODELS["words"]
    completer = Completer(model)
    completer.type("the cat sat on")
    completer.completions()
    completer.delete(len("cat sat on"))
    completer.type("dog's ")
    assert completer.completions() == model.complete("the dog's ")


def test_unknown_characters_are_an_error_until_they_are_taken_back():
    model = MODELS["characters"]
    completer = Completer(model)
    completer.type("the ca")
    completer.completions()
    completer.type("Xt")
    for _ in range(2):
        with pytest.raises(UnknownTokenError, match=r"'X' .* at position 6 \(line 1, column 7\)"):
            completer.completions()
    completer.delete(2)
    assert completer.completions() == model.complete("the ca")
    completer.type("t")
    assert completer.completions() == model.complete("the cat")


def test_taking_back_more_than_there_is():
    completer = Completer(MODELS["characters"])
    completer.type("ab")
    with pytest.raises(ValueError, match=r"characters: expected at most 2, .* got 3"):
        completer.delete(3)
    for wrong, error in ((-1, ValueError), (1.5, TypeError), (True, TypeError)):
        with pytest.raises(error, match="characters: expected an integer"):
            completer.delete(wrong)
    assert completer.text == "ab"
    completer.delete(np.int64(2))
    assert completer.text == ""


def test_what_is_no_text_is_not_typed():
    completer = Completer(MODELS["characters"])
    for wrong in (b"the", None, 3, ["the"]):
        with pytest.raises(TypeError, match=f"text: expected a string; got {type(wrong).__name__}"):
            completer.type(wrong)
    assert completer.text == ""


def test_settings_are_those_of_complete():
    model = MODELS["characters"]
    chosen = {"length": 3, "beam": 4, "until": "length"}
    completer = Completer(model, 2, **chosen)
    completer.type("the")
    assert completer.completions() == model.complete("the", 2, **chosen)
    assert len(completer.completions()) == 2


def test_an_interrupted_reading_is_made_up_for(monkeypatch):
    model = MODELS["characters"]
    completer = Completer(model)
    completer.type("the c")
    original = state_history.read

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(state_history, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        completer.completions()
    monkeypatch.setattr(state_history, "read", original)
    assert completer.completions() == model.complete("the c")
