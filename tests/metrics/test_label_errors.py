"""Errors of labels and words: by hand, beside the plain recursion, however the data are cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.metrics import LabelErrors
from pyrnn.metrics.label_errors import Edits, edits


def distance(a, b):
    """Wagner and Fischer, one cell at a time: (edits, insertions), the least of both in order."""
    row = [(j, j) for j in range(len(b) + 1)]
    for i, x in enumerate(a, 1):
        above, row = row, [(i, 0)]
        for j, y in enumerate(b, 1):
            moves = [
                (above[j][0] + 1, above[j][1]),
                (above[j - 1][0] + (x != y), above[j - 1][1]),
                (row[-1][0] + 1, row[-1][1] + 1),
            ]
            row.append(min(moves))
    return row[-1]


def errors(references, hypotheses):
    found = LabelErrors()
    found.update(references, hypotheses)
    return found


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("kitten", "sitting", Edits(6, 2, 1, 0)),
        ("", "abc", Edits(0, 0, 3, 0)),
        ("abc", "", Edits(3, 0, 0, 3)),
        ("abc", "abc", Edits(3, 0, 0, 0)),
        ("ab", "ba", Edits(2, 2, 0, 0)),  # not one of each: the fewest insertions
        ("", "", Edits()),
        ([10, 2, 2], [10, 2], Edits(3, 0, 0, 1)),
        (["one", "two"], ["one", "three"], Edits(2, 1, 0, 0)),
        ("a\U0001f600b", "a\U0001f600", Edits(3, 0, 0, 1)),
    ],
)
def test_by_hand(reference, hypothesis, expected):
    found = errors([reference], [hypothesis])
    assert found.labels == expected
    assert found.compute()["exact_match"] == (reference == hypothesis)
    assert found.compute()["label_error"] == sum(expected[1:]) / max(1, expected.symbols)


def test_words_where_texts_have_blanks():
    found = errors(["the cat sat", "on"], ["the  cat", "on a mat"])
    assert found.words == Edits(4, 0, 2, 1)
    assert found.compute()["word_error"] == 3 / 4
    assert found.compute()["exact_match"] == 0
    assert "word_error" not in errors(["cat", " "], ["a cat", "b"]).compute()
    assert "word_error" not in errors([["a", "b"]], [["a"]]).compute()
    found.update([[1, 2]], [[1, 2]])  # no text: words are none any more
    assert "word_error" not in found.compute()


def test_a_long_text_counts_more_than_a_short_one():
    found = errors(["a" * 98, "bc"], ["a" * 98, "de"])
    assert found.compute() == {"label_error": 2 / 100, "exact_match": 1 / 2}


TEXT = st.text("ab ", max_size=7)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=6)


@given(PAIRS, st.integers(0, 6))
def test_beside_the_recursion_however_the_data_are_cut(pairs, cut):
    references, hypotheses = [a for a, _ in pairs], [b for _, b in pairs]
    whole, parts = errors(references, hypotheses), errors(references[:cut], hypotheses[:cut])
    parts.merge(errors(references[cut:], hypotheses[cut:]))
    assert (whole.labels, whole.words) == (parts.labels, parts.words)
    if pairs:
        assert whole.compute() == parts.compute()
    each = [distance(a, b) for a, b in pairs]
    total, inserted = (sum(one[k] for one in each) for k in (0, 1))
    assert sum(whole.labels[1:]) == total
    assert whole.labels.insertions == inserted
    assert whole.labels.deletions - inserted == sum(len(a) - len(b) for a, b in pairs)
    assert sum(whole.words[1:]) == sum(distance(a.split(), b.split())[0] for a, b in pairs)


@given(st.lists(st.integers(0, 3), max_size=9), st.lists(st.integers(0, 3), max_size=9))
def test_kinds_of_sequences_are_alike(a, b):
    found = edits([a], [b])
    assert edits([tuple(a)], [b]) == found
    assert errors([np.array(a, np.int64)], [b]).labels == found
    assert edits(["".join(map(str, a))], ["".join(map(str, b))]) == found
    assert errors([np.array(a, np.int64)], [a]).compute()["exact_match"] == 1


def test_many_and_very_unequal_pairs():
    draw = np.random.default_rng(0)
    lengths = [0, 1, 700, 3, 0, 90, 2, 5000]
    references = [draw.integers(3, size=n).tolist() for n in lengths]
    hypotheses = [draw.integers(3, size=n).tolist() for n in lengths[::-1]]
    short = [k for k, n in enumerate(lengths) if n * lengths[::-1][k] < 10_000]
    found = edits([references[k] for k in short], [hypotheses[k] for k in short])
    assert sum(found[1:]) == sum(distance(references[k], hypotheses[k])[0] for k in short)
    found = edits(references, hypotheses)
    assert found.symbols == sum(lengths)
    assert found.insertions == found.deletions


def test_nothing_taken_in():
    with pytest.raises(ValueError, match="examples: expected at least one; got none"):
        LabelErrors().compute()


@pytest.mark.parametrize(
    ("references", "hypotheses", "error", "words"),
    [
        (["a"], ["a", "b"], ValueError, "hypotheses: expected 1, one for each reference; got 2"),
        ("ab", ["a", "b"], TypeError, "references: expected a list of texts; got one text"),
        (["a", 3], ["a", "b"], TypeError, r"references\[1\]: expected a text, or .* got int 3"),
        (["a"], [[[1]]], TypeError, r"hypotheses\[0\]: expected a text, or a sequence of what can"),
        (["a"], [None], TypeError, r"hypotheses\[0\]: expected a text, .*; got NoneType None"),
    ],
)
def test_what_is_refused_changes_nothing(references, hypotheses, error, words):
    found = errors(["ab c"], ["ab"])
    before = found.compute()
    with pytest.raises(error, match=words):
        found.update(references, hypotheses)
    assert found.compute() == before
