"""Many texts at once: as one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pyrnn.data import Packed, fit_vectorizer, pad
from pyrnn.data.code_points import FEW
from pyrnn.data.units import JOINER, WordsAndSigns

TEXTS = ["A cat (well, 3.5 of them) sat.", "", "don't", "ä\u0301é ß", "x" * 70, "\ud83d", "a b"]
UNITS: list[dict[str, Any]] = [
    {"unit": "words"},
    {"unit": "words+signs", "marks": True},
    {"unit": "characters", "marks": True},
    {"unit": "bytes"},
    {"unit": "regex", "pattern": "[a-z]"},
    {"unit": "subwords", "max_vocabulary": 300},
]


@pytest.mark.parametrize("options", UNITS, ids=lambda options: options["unit"])
def test_encode_all(options: dict[str, Any]) -> None:
    texts = [text for text in TEXTS if text.isprintable() or options["unit"] == "characters"]
    vectorizer = fit_vectorizer(texts[:3], **options)
    ids, lengths = vectorizer.encode_all(texts)
    each = [vectorizer.encode(text) for text in texts]
    assert lengths.tolist() == [len(one) for one in each]
    np.testing.assert_array_equal(ids, np.concatenate(each))
    assert ids.dtype == lengths.dtype == np.int64
    none, zero = vectorizer.encode_all([])
    assert len(none) == len(zero) == 0
    with pytest.raises(TypeError, match="expected"):
        vectorizer.encode_all(["a", 3])


@pytest.mark.parametrize("options", UNITS, ids=lambda options: options["unit"])
def test_readable_forms(options: dict[str, Any]) -> None:
    vectorizer = fit_vectorizer(TEXTS[:3], **options)
    every = list(range(vectorizer.size))
    assert vectorizer.tokens(every) == tuple(map(vectorizer.token, every))
    assert vectorizer.tokens([]) == ()
    for wrong in (-1, vectorizer.size):
        with pytest.raises(ValueError, match=f"id: expected an integer.*got {wrong}"):
            vectorizer.tokens([0, wrong])


@pytest.mark.parametrize("count", [0, 1, FEW, FEW + 1])
def test_few_characters_and_many(count: int) -> None:
    vectorizer = fit_vectorizer(["abc"], unit="characters")
    text = ("abcx" * count)[:count]
    assert vectorizer.encode(text).tolist() == [("xabc".index(c) or 0) + 1 for c in text]


@pytest.mark.parametrize("tokens", [["a", "b"], [], ["a"], ["a", f"{JOINER},", "b"], ["", "a"]])
def test_words_without_signs_are_joined_as_any(tokens: list[str]) -> None:
    unit = WordsAndSigns()
    marked = unit.join([*tokens, JOINER])  # which adds nothing, and takes the other way
    assert unit.join(tokens) == marked
    assert unit.join(iter(tokens)) == marked


@pytest.mark.parametrize("step", [(), (3,)])
@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32", "float64"])
def test_padded(step: tuple[int, ...], dtype: str) -> None:
    draw = np.random.default_rng(0)
    every = [draw.integers(1, 9, (k, *step)).astype(dtype) for k in (3, 0, 5, 1)]
    packed = Packed.gather(every, dtype, step)
    for chosen in ([0, 1, 2, 3], [2, 2], [1], [3, 0]):
        numbers = np.array(chosen)
        array, lengths = packed.padded(numbers)
        expected, right = pad([every[k] for k in chosen])
        np.testing.assert_array_equal(array, expected)
        assert array.shape == expected.shape
        assert array.dtype == expected.dtype or not right.any()  # an empty list has no dtype
        np.testing.assert_array_equal(lengths, right)
        some = packed.some(numbers).padded(np.arange(len(chosen)))
        np.testing.assert_array_equal(some[0], expected)
