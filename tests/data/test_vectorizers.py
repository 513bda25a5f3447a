"""What all vectorizers of texts have in common, whatever a token is to them."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn.data import (
    TOKENIZERS,
    UNIT_NAMES,
    VECTORIZERS,
    TextVectorizer,
    TokenVectorizer,
    fit_vectorizer,
    tokenizer_for,
    vectorizer_from_json,
)

from ..interpreter import fresh_python

TEXTS = ["The cat sat.", "the dog, the cat", "Naïve \u2014 don't \U0001f600"]
PATTERN = {"regex": r"\w+|[^\w\s]"}
MADE = [(fit_vectorizer, unit) for unit in UNIT_NAMES]
MADE += [(lambda texts, unit: TokenVectorizer(tokenizer_for("\n".join(texts), unit)), unit)
         for unit in TOKENIZERS]  # fmt: skip
EVERY = pytest.mark.parametrize(
    ("make", "unit"),
    MADE,
    ids=[*UNIT_NAMES, *(f"{unit} of a language model" for unit in TOKENIZERS)],
)


def fitted(make, unit, texts=TEXTS, **options):
    if unit == "subwords":
        pytest.importorskip("tokenizers")
    if make is fit_vectorizer:
        options["pattern"] = PATTERN.get(unit)
    return make(texts, unit=unit, **options)


def test_each_unit_is_one_of_the_list():
    assert UNIT_NAMES == ("words", "words+signs", "characters", "bytes", "regex", "subwords")
    assert list(VECTORIZERS) == ["text", "subwords", "tokens"]


@EVERY
def test_training_texts_are_known(make, unit):
    vectorizer = fitted(make, unit)
    assert vectorizer.unit_name == unit
    assert vectorizer.size == vectorizer.known + 2
    for text in TEXTS:
        ids = vectorizer.encode(text)
        assert ids.dtype == np.int64
        assert 2 <= ids.min() <= ids.max() < vectorizer.size
    assert vectorizer.encode("").shape == (0,)
    assert [vectorizer.token(n) for n in (0, 1)] == ["<pad>", "<unk>"]
    assert all(isinstance(vectorizer.token(n), str) for n in range(vectorizer.size))


@EVERY
@settings(deadline=None, max_examples=50)
@given(text=st.text(st.characters()))
def test_no_text_is_an_error(make, unit, text):
    vectorizer = fitted(make, unit)
    ids = vectorizer.encode(text)
    assert ids.dtype == np.int64
    assert ((ids > 0) & (ids < vectorizer.size)).all()
    assert isinstance(vectorizer.decode(ids), str)


@EVERY
def test_json_and_copies_are_the_same(make, unit):
    vectorizer = fitted(make, unit)
    for again in (
        vectorizer_from_json(json.loads(json.dumps(vectorizer.to_json()))),
        pickle.loads(pickle.dumps(vectorizer)),
        copy.deepcopy(vectorizer),
    ):
        assert type(again) is type(vectorizer)
        assert again.to_json() == vectorizer.to_json()
        for text in (*TEXTS, "unknown\u0107 \ud800"):
            np.testing.assert_array_equal(again.encode(text), vectorizer.encode(text))


@EVERY
def test_wrong_ids_and_values(make, unit):
    vectorizer = fitted(make, unit)
    for wrong in (-1, vectorizer.size):
        with pytest.raises(ValueError, match="id: expected an integer of at least 0"):
            vectorizer.token(wrong)
        with pytest.raises(ValueError, match="id: expected an integer of at least 0"):
            vectorizer.decode([2, wrong])
    for value in (5, None, b"the", ["the"]):
        with pytest.raises(TypeError, match="text: expected a string"):
            vectorizer.encode(value)
    with pytest.raises(ValueError, match="marks: expected a vectorizer with start and end"):
        vectorizer.framed([2])


@EVERY
def test_padding_is_passed_over_and_unknown_is_shown(make, unit):
    vectorizer = fitted(make, unit)
    ids = vectorizer.encode(TEXTS[1])
    assert vectorizer.decode([0, *ids, 0]) == vectorizer.decode(ids)
    shown = vectorizer.decode([*ids, 1])
    assert shown.startswith(vectorizer.decode(ids))
    assert shown.endswith(("<unk>", "\ufffd"))


@pytest.mark.parametrize("unit", UNIT_NAMES)
def test_start_and_end(unit):
    plain = fitted(fit_vectorizer, unit)
    marked = fitted(fit_vectorizer, unit, marks=True)
    assert (plain.start_id, plain.end_id) == (None, None)
    assert (marked.start_id, marked.end_id) == (2, 3)
    assert marked.size == plain.size + 2
    assert [marked.token(n) for n in (2, 3)] == ["<start>", "<end>"]
    ids = marked.encode(TEXTS[0])
    np.testing.assert_array_equal(ids, plain.encode(TEXTS[0]) + 2)
    framed = marked.framed(ids)
    assert framed.dtype == np.int64
    assert framed.tolist() == [2, *ids, 3]
    assert marked.framed([]).tolist() == [2, 3]
    assert marked.decode([*framed, 0]) == plain.decode(plain.encode(TEXTS[0]))
    assert marked.decode([1]) == plain.decode([1])
    again = vectorizer_from_json(marked.to_json())
    assert (again.start_id, again.size) == (2, marked.size)


def test_a_start_in_a_text_is_no_start():
    vectorizer = TextVectorizer.fit(
        ["<start> <end> <pad> x"], unit="regex", pattern=r"\S+", marks=True
    )
    ids = vectorizer.encode("<start> <end> <pad> <unk>")
    assert ids[:3].min() >= 4
    assert ids[3] == vectorizer.unknown_id
    assert vectorizer.decode(ids[:3]) == "<start> <end> <pad>"


@pytest.mark.parametrize(
    ("known", "dtype"),
    [(254, np.uint8), (255, np.uint16), (65534, np.uint16), (65535, np.int32)],
)
def test_the_dtype_holds_every_id(known, dtype):
    texts = ["".join(map(chr, range(0x4E00, 0x4E00 + known)))]
    if known > 20000:  # beyond the plane of ideographs: any characters that are no surrogates
        texts = ["".join(map(chr, range(0x20000, 0x20000 + known)))]
    vectorizer = TextVectorizer.fit(texts, unit="characters", normalization="none")
    assert vectorizer.size == known + 2
    assert vectorizer.dtype == dtype
    ids = vectorizer.encode(texts[0])
    np.testing.assert_array_equal(ids.astype(vectorizer.dtype), ids)


@pytest.mark.parametrize("unit", UNIT_NAMES)
def test_composed_and_decomposed_text_is_one(unit):
    vectorizer = fitted(fit_vectorizer, unit, ["caf\u00e9 \ud55c"] * 2)
    spellings = ["caf\u00e9 \ud55c", "cafe\u0301 \u1112\u1161\u11ab"]
    one, other = (vectorizer.encode(text).tolist() for text in spellings)
    assert (one == other) == (unit != "bytes")


@pytest.mark.parametrize("unit", UNIT_NAMES)
def test_the_order_of_texts_does_not_matter(unit):
    texts = TEXTS * 2 + ["b a c"]
    fits = [fitted(fit_vectorizer, unit, order).to_json() for order in (texts, texts[::-1])]
    assert fits[0] == fits[1]


@pytest.mark.parametrize("unit", UNIT_NAMES)
def test_ids_do_not_depend_on_the_hash_seed_or_on_threads(unit):
    if unit == "subwords":
        pytest.importorskip("tokenizers")
    limits = {"bytes": {}, "subwords": {"max_vocabulary": 262}}.get(unit, {"max_vocabulary": 3})
    code = (
        "import json; from pyrnn.data import fit_vectorizer as fit;"
        f"texts = ['b a c ab ba ca', 'c b a ba ab ca'];"
        f"print(json.dumps(fit(texts, unit={unit!r}, pattern={PATTERN.get(unit)!r}, "
        f"**{limits}).to_json()))"
    )
    found = {
        fresh_python(
            "-c", code, env={"PYTHONHASHSEED": seed, "RAYON_NUM_THREADS": threads}, check=True
        ).stdout
        for seed, threads in (("0", "1"), ("1", "2"), ("2", "4"))
    }
    assert len(found) == 1


@pytest.mark.parametrize("unit", ["words", "words+signs", "regex"])
def test_what_is_frequent_in_validation_alone_is_unknown(unit):
    vectorizer = fitted(fit_vectorizer, unit, ["foo bar bar"], min_count=2)
    assert vectorizer.encode("foo foo bar").tolist() == [1, 1, 2]


def test_models_from_before_there_was_a_normalization_have_none():
    content = {"kind": "text", "unit": "characters", "lowercase": False, "tokens": ["e", "\u0301"]}
    vectorizer = vectorizer_from_json(content)
    assert vectorizer.form.normalization == "none"
    assert vectorizer.encode("e\u0301\u00e9").tolist() == [2, 3, 1]
    assert vectorizer.start_id is None


GOOD = {"kind": "text", "unit": "words", "pattern": None, "lowercase": True, "tokens": ["a"]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD | {"normalization": "nfc"}, "normalization: expected one of NFC"),
        (GOOD | {"normalization": None}, "normalization: expected one of NFC"),
        (GOOD | {"normalization": ["NFC"]}, "normalization: expected one of NFC"),
        (GOOD | {"marks": 1}, "marks: expected True or False; got int 1"),
        ({"kind": "tokens"}, "expected an entry 'tokenizer'"),
        ({"kind": "tokens", "tokenizer": []}, "tokenizer: expected an object with a unit"),
        ({"kind": "tokens", "tokenizer": {"unit": "x"}}, "unit: expected one of characters"),
    ],
)
def test_json_that_is_no_vectorizer(content, words):
    with pytest.raises(ValueError, match=words):
        vectorizer_from_json(content)


def test_a_unit_that_is_none():
    with pytest.raises(ValueError, match=r"unit: expected one of words, .*subwords; got 'letters'"):
        fit_vectorizer(TEXTS, unit="letters")
    with pytest.raises(ValueError, match="unit: expected one of"):
        fit_vectorizer(TEXTS, unit=None)
