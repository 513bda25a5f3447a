"""Vocabulary: which tokens get in, in which order, and what happens to the others."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pyrnn.data import UnknownTokenError, Vocabulary


def test_order_is_falling_count_then_alphabet():
    assert Vocabulary.count("bbacca d").tokens == ("a", "b", "c", " ", "d")


def test_ids_and_tokens_are_inverse():
    vocabulary = Vocabulary.count(["the", "cat", "and", "the", "dog"])
    assert [vocabulary.token(i) for i in vocabulary.ids(vocabulary.tokens)] == list(vocabulary)
    assert vocabulary.id("the") == 0
    assert vocabulary.ids(["dog", "the"]).dtype == np.int64


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        ({}, ("a", "b", "c", "<unk>")),
        ({"min_count": 2}, ("a", "b", "<unk>")),
        ({"max_vocabulary": 3}, ("a", "b", "<unk>")),
        ({"max_vocabulary": 2}, ("<unk>", "a")),
        ({"max_vocabulary": 1}, ("<unk>",)),
        ({"reserved": ("z",)}, ("a", "b", "c", "<unk>", "z")),
    ],
)
def test_limits(limits, kept):
    assert Vocabulary.count("aaabbc", unknown="<unk>", **limits).tokens == kept


def test_an_unknown_token_that_the_text_holds_is_ranked_by_its_count():
    words = ["a", "<unk>", "<unk>", "<unk>", "b", "b"]
    assert Vocabulary.count(words, unknown="<unk>").tokens == ("<unk>", "b", "a")


def test_the_unknown_token_counts_for_all_that_it_stands_for():
    words = ["a"] * 5 + ["b"] * 3 + ["<unk>", "c", "d", "d"]
    assert Vocabulary.count(words, unknown="<unk>", min_count=3).tokens == ("a", "<unk>", "b")
    assert Vocabulary.count(words, unknown="<unk>", max_vocabulary=2).tokens == ("<unk>", "a")
    assert Vocabulary.count(words, unknown="<unk>").tokens == ("a", "b", "d", "<unk>", "c")


def test_unknown_tokens_become_the_unknown_id():
    vocabulary = Vocabulary(["a", "<unk>"], unknown="<unk>")
    assert vocabulary.ids(["a", "x", "y"]).tolist() == [0, 1, 1]
    assert vocabulary.unknown_id == 1


def test_unknown_tokens_are_an_error_without_one():
    vocabulary = Vocabulary(["a", "b"])
    with pytest.raises(UnknownTokenError, match=r"'x' at position 2 .* 2 tokens"):
        vocabulary.ids(["a", "b", "x", "y"])
    with pytest.raises(UnknownTokenError, match="'x'"):
        vocabulary.id("x")
    assert vocabulary.lookup(["b", "x"]).tolist() == [1, -1]


def test_json_round_trip():
    vocabulary = Vocabulary.count("größe\n\t\U0001f600", unknown="\ufffd")
    again = Vocabulary.from_json(json.loads(json.dumps(vocabulary.to_json())))
    assert again == vocabulary
    assert hash(again) == hash(vocabulary)
    assert again != Vocabulary(vocabulary.tokens)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Vocabulary([]), "at least one token"),
        (lambda: Vocabulary(["a", "a"]), "'a' more than once"),
        (lambda: Vocabulary(["a"], unknown="b"), "one of the tokens; got 'b'"),
        (lambda: Vocabulary.count("a", min_count=0), "min_count: .* got 0"),
        (lambda: Vocabulary.count("a", max_vocabulary=0), "max_vocabulary: .* got 0"),
        (lambda: Vocabulary.count("a", min_count=2), "at least one token"),
        (lambda: Vocabulary(["a"]).token(1), "at least 0 and at most 0; got 1"),
        (lambda: Vocabulary(["a"]).token(-1), "at least 0 and at most 0; got -1"),
    ],
)
def test_errors(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("tokens", [None, 5, "abc", {"a": 1}, [1, 2], ["a", None], [["a"]], []])
def test_json_that_is_no_vocabulary(tokens):
    with pytest.raises(ValueError, match=r"^tokens: expected"):
        Vocabulary.from_json({"tokens": tokens, "unknown": None})


@pytest.mark.parametrize("unknown", [5, [], {}, "b"])
def test_json_with_no_such_unknown_token(unknown):
    with pytest.raises(ValueError, match=r"^unknown: expected one of the tokens"):
        Vocabulary.from_json({"tokens": ["a"], "unknown": unknown})


def test_an_error_shows_the_beginning_of_a_long_token():
    with pytest.raises(ValueError, match="more than once") as caught:
        Vocabulary(["x" * 10**6] * 2)
    assert len(str(caught.value)) < 200
