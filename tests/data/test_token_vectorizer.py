"""A language model's tokenizer as a vectorizer: the same ids, two higher."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.data import TOKENIZERS, TokenVectorizer, UnknownTokenError, tokenizer_for

TEXT = "The cat sat.\nThe dog did not"


@pytest.mark.parametrize("unit", TOKENIZERS)
def test_row_k_of_a_language_model_is_row_k_plus_2(unit):
    tokenizer = tokenizer_for(TEXT, unit)
    vectorizer = TokenVectorizer(tokenizer)
    assert vectorizer.size == tokenizer.size + 2
    np.testing.assert_array_equal(vectorizer.encode(TEXT), tokenizer.encode(TEXT) + 2)
    assert vectorizer.decode(vectorizer.encode(TEXT)) == TEXT
    assert all(vectorizer.token(n + 2) == tokenizer.token(n) for n in range(tokenizer.size))


@pytest.mark.parametrize(
    ("unit", "unknown", "text", "ids"),
    [
        ("characters", "error", "ax\nb", [2, 1, 1, 3]),
        ("characters", "replace", "axb", None),
        ("words", "error", "b a x", [3, 2, 1]),
        ("words", "replace", "b x", None),
    ],
)
def test_what_the_tokenizer_does_not_know(unit, unknown, text, ids):
    """Its own unknown token where it has one, else id 1."""
    tokenizer = tokenizer_for("a b" if unit == "words" else "aab", unit, unknown=unknown)
    vectorizer = TokenVectorizer(tokenizer)
    if ids is None:
        np.testing.assert_array_equal(vectorizer.encode(text), tokenizer.encode(text) + 2)
        assert vectorizer.encode(text).min() >= 2
    else:
        with pytest.raises(UnknownTokenError):
            tokenizer.encode(text)
        assert vectorizer.encode(text).tolist() == ids
        assert vectorizer.decode(ids).count("\ufffd") == ids.count(1)


def test_bytes_are_read_as_they_are():
    vectorizer = TokenVectorizer(tokenizer_for("a", "bytes"))
    raw = bytes(range(256)).decode("utf-8", "surrogateescape")
    assert vectorizer.encode(raw).tolist() == list(range(2, 258))
    assert vectorizer.encode("\ud800").tolist() == [0xED + 2, 0xA0 + 2, 0x80 + 2]


def test_text_is_not_normalized():
    vectorizer = TokenVectorizer(tokenizer_for("e\u0301", "characters"))
    assert vectorizer.encode("\u00e9").tolist() == [1]
    assert len(vectorizer.encode("e\u0301")) == 2
