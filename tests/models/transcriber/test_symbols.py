"""Symbols: texts and labels to outputs and back, as JSON, hostile JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.models.transcriber.settings import TranscriberConfig
from pyrnn.models.transcriber.symbols import UNKNOWN, Symbols

CONFIG = TranscriberConfig()
TARGETS = {
    "texts": ["cab", "a b", ""],
    "whole numbers": [[10, 2], [], [2, 2]],
    "strings": [["AH0", "B"], ("B",), []],
    "one letter each": [["x", "y"], ["y"]],
    "arrays": [np.array([3, 1]), np.array([], np.int64)],
    "negative ones": [[-1, 5], [5]],
}


@pytest.mark.parametrize("kind", TARGETS)
def test_targets_come_back(kind):
    targets = TARGETS[kind]
    known = Symbols.fit(targets, CONFIG)
    again = Symbols.from_json(json.loads(json.dumps(known.to_json())))
    for symbols in (known, again):
        assert symbols.outputs == len(symbols.names) + 1
        for target in targets:
            outputs = symbols.encode(target)
            assert outputs.dtype == np.int64
            assert ((outputs > 0) & (outputs < symbols.outputs)).all()
            assert symbols.symbols(outputs.tolist()) == tuple(target)
            assert symbols.text(outputs.tolist()) == symbols.said(target)
            np.testing.assert_array_equal(symbols.truth(target), outputs)
    assert again.to_json() == known.to_json()
    assert (again.names, again.spaced) == (known.names, known.spaced)


@given(st.lists(st.text(max_size=8), min_size=1).filter(lambda texts: any(texts)))
def test_any_texts_as_bytes(texts):
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    symbols = Symbols.fit(texts, TranscriberConfig(unit="bytes"))
    assert symbols.outputs == 257
    for text in texts:
        assert symbols.text(symbols.encode(text).tolist()) == text


def test_what_is_unknown_is_no_output_and_never_right():
    symbols = Symbols.fit(["ab"], CONFIG)
    assert symbols.truth("xaxb").tolist() == [UNKNOWN, 1, UNKNOWN, 2]
    assert symbols.encode("xaxb").tolist() == [1, 2]
    numbers = Symbols.fit([[1, 2]], CONFIG)
    assert numbers.truth([9, 2]).tolist()[0] == UNKNOWN


def test_letters_in_one_piece_or_two_are_one_symbol():
    symbols = Symbols.fit(["caf\u00e9"], CONFIG)
    assert symbols.encode("cafe\u0301").tolist() == symbols.encode("caf\u00e9").tolist()
    apart = Symbols.fit(["cafe\u0301"], TranscriberConfig(normalization="none"))
    assert len(apart.encode("cafe\u0301")) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"of": "books"},
        {"of": None},
        {"of": ["texts"]},
        {"spaced": 1},
        {"vectorizer": {}},
        {"vectorizer": None},
        {"of": "integers"},  # whose symbols are letters
    ],
)
def test_symbols_out_of_another_file(change):
    content = {**Symbols.fit(["ab"], CONFIG).to_json(), **change}
    with pytest.raises((ValueError, KeyError, TypeError)):
        Symbols.from_json(content)
    for other in (None, [], "symbols", 5):
        with pytest.raises(ValueError, match="symbols: expected those of a transcriber"):
            Symbols.from_json(other)


def test_start_and_end_are_none_of_a_transcribers():
    content = Symbols.fit(["ab"], CONFIG).to_json()
    content["vectorizer"] = {**content["vectorizer"], "marks": True}
    with pytest.raises(ValueError, match="symbols: expected a vectorizer without start and end"):
        Symbols.from_json(content)
