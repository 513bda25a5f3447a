"""Typing key by key gives what a fresh call gives, and reads nothing twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn.data import UnknownTokenError
from pyrnn.kernels.stack import CELLS
from pyrnn.models import LanguageModel, LanguageModelConfig, Typist
from pyrnn.models.language_model import trail

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
    typist = Typist(model, 3)
    text = ""
    for key in [*keys, None]:
        if isinstance(key, str):
            typist.type(key)
            text += key
        elif key is not None:
            typist.delete(min(key, len(text)))
            text = text[: max(0, len(text) - key)]
        else:
            # bit for bit: the kernels' sums do not depend on how many steps a call has
            assert typist.completions() == model.complete(text, 3)
        assert typist.text == text


@pytest.mark.parametrize("cell", CELLS)
def test_a_long_text_key_by_key_and_back(cell):
    config = LanguageModelConfig(cell=cell, hidden_size=33, num_layers=2)
    model = LanguageModel.for_text(TEXT, config)
    typist, text = Typist(model, 2), TEXT * 8
    for place, key in enumerate(text):
        typist.type(key)
        found = typist.completions()
        if place % 50 == 0:
            assert found == model.complete(text[: place + 1], 2)
    for place in range(len(text) - 1, 0, -1):
        typist.delete()
        if place % 50 == 0:
            assert typist.completions() == model.complete(text[:place], 2)


@pytest.fixture
def reads(monkeypatch):
    """The number of tokens of each reading, as they happen."""
    numbers = []
    original = trail.read

    def read(network, ids, state=None):
        numbers.append(len(ids))
        return original(network, ids, state)

    monkeypatch.setattr(trail, "read", read)
    return numbers


def test_only_new_keys_are_read(reads):
    typist = Typist(MODELS["characters"])
    typist.type("the cat")
    typist.completions()
    for key in " sat on":
        reads.clear()
        typist.type(key)
        typist.completions()
        typist.completions()
        assert reads == [1]


def test_only_whole_words_are_read(reads):
    typist = Typist(MODELS["words"])
    for key in "the cat s":
        typist.type(key)
        typist.completions()
    assert reads == [1, 1]


def test_nothing_is_read_on_the_way_back(reads):
    typist = Typist(MODELS["characters"])
    for key in "the cat sat":
        typist.type(key)
        typist.completions()
    reads.clear()
    for _ in range(8):
        typist.delete()
        typist.completions()
    assert reads == []


def test_a_long_text_is_not_read_again_at_each_step_back(reads):
    typist = Typist(MODELS["characters"])
    typist.type(TEXT * 30)
    typist.completions()
    length = len(TEXT) * 30
    assert sum(reads) == length
    reads.clear()
    for _ in range(200):
        typist.delete()
        typist.completions()
    remembered = trail.REMEMBERED
    assert sum(n > remembered for n in reads) <= 200 // remembered + 1
    assert sum(n for n in reads if n <= remembered) <= 200 * remembered


def test_what_is_remembered_is_bounded():
    typist = Typist(MODELS["characters"])
    for key in TEXT * 5:
        typist.type(key)
        typist.completions()
    assert len(typist._trail._places) == trail.REMEMBERED


def test_a_text_that_is_replaced_without_a_look():
    model = MODELS["words"]
    typist = Typist(model)
    typist.type("the cat sat on")
    typist.completions()
    typist.delete(len("cat sat on"))
    typist.type("dog's ")
    assert typist.completions() == model.complete("the dog's ")


def test_unknown_characters_are_an_error_until_they_are_taken_back():
    model = MODELS["characters"]
    typist = Typist(model)
    typist.type("the ca")
    typist.completions()
    typist.type("Xt")
    for _ in range(2):
        with pytest.raises(UnknownTokenError, match=r"'X' .* at position 6 \(line 1, column 7\)"):
            typist.completions()
    typist.delete(2)
    assert typist.completions() == model.complete("the ca")
    typist.type("t")
    assert typist.completions() == model.complete("the cat")


def test_taking_back_more_than_there_is():
    typist = Typist(MODELS["characters"])
    typist.type("ab")
    with pytest.raises(ValueError, match=r"characters: expected at most 2, .* got 3"):
        typist.delete(3)
    for wrong in (-1, 1.5, True):
        with pytest.raises(ValueError, match=r"characters: .* whole number"):
            typist.delete(wrong)
    assert typist.text == "ab"
    typist.delete(np.int64(2))
    assert typist.text == ""


def test_what_is_no_text_is_not_typed():
    typist = Typist(MODELS["characters"])
    for wrong in (b"the", None, 3, ["the"]):
        with pytest.raises(TypeError, match=f"text: expected a string; got {type(wrong).__name__}"):
            typist.type(wrong)
    assert typist.text == ""


def test_settings_are_those_of_complete():
    model = MODELS["characters"]
    chosen = {"length": 3, "beam": 4, "until": "length"}
    typist = Typist(model, 2, **chosen)
    typist.type("the")
    assert typist.completions() == model.complete("the", 2, **chosen)
    assert len(typist.completions()) == 2


def test_an_interrupted_reading_is_made_up_for(monkeypatch):
    model = MODELS["characters"]
    typist = Typist(model)
    typist.type("the c")
    original = trail.read

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(trail, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        typist.completions()
    monkeypatch.setattr(trail, "read", original)
    assert typist.completions() == model.complete("the c")
