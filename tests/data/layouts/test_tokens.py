"""Lists of words with a label each: out of CoNLL, JSON, arrays, tables in memory."""

from __future__ import annotations

import pytest

from pyrnn.data.layouts import Beside, TokenColumns, records
from pyrnn.files.content import Content

CONLL = b"EU NNP B-ORG\nrejects VBZ O\n\nPeter NNP B-PER\n"
JSON = b'{"tokens": ["EU", "rejects"], "labels": ["B-ORG", "O"]}\n'
JSON += b'{"tokens": ["Peter"], "labels": ["B-PER"]}\n'
WORDS = [("EU", "rejects"), ("Peter",)]
LABELS = [["B-ORG", "O"], ["B-PER"]]


def read(source, *, lines=False, **columns):
    """(inputs, labels) of TokenColumns; lines: of data to predict from, without labels."""
    chosen = TokenColumns(**columns)
    beside = Beside() if lines else Beside(steps=(chosen.label_column,))
    found = list(records(source, chosen, beside, lines=lines))
    labels = [] if lines else [one.constant[chosen.label_column] for one in found]
    return [one.input for one in found], labels


@pytest.mark.parametrize("name", ["x.conll", "eng.train", "train.txt", "standard input"])
@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"columns": "word=0,label=2"},
        {"columns": {"word": 0, "label": -1}},
        {"tokens": "0", "label": "2"},
        {"columns": "word=0", "label": "-1"},
    ],
)
def test_columns_of_conll(name, columns):
    assert read(Content(name, CONLL), **columns) == (WORDS, LABELS)


@pytest.mark.parametrize(
    "source",
    [
        Content("x.jsonl", JSON),
        {"tokens": WORDS, "labels": LABELS},
        Content("x.csv", b"tokens,labels\nEU rejects,B-ORG O\nPeter,B-PER\n"),
    ],
)
def test_a_list_a_row(source):
    assert read(source) == (WORDS, LABELS)


def test_a_word_is_kept_once():
    (first, second), (one, other) = read(
        Content("x.jsonl", b'{"tokens": ["ab"], "labels": ["cd"]}\n' * 2)
    )
    assert first[0] is second[0]
    assert one[0] is other[0]
