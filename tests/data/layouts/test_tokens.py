"""Lists of words with a label each: out of CoNLL, JSON, arrays, tables in memory."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data.layouts import Beside, SequenceColumns, TokenColumns, records
from pyrnn.files.content import Content

from ..readers.samples import FILES, npz
from ..readers.test_damage import CHANGES, changed

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


def test_words_and_features_of_a_treebank():
    line = "{}\t{}\t_\t{}\t_\t{}\t0\troot\t_\t_\n".format
    text = line(1, "Dogs", "NOUN", "Number=Plur") + line(2, "bark", "VERB", "_") + "\n"
    source = Content("x.conllu", text.encode())
    assert read(source, label="upos") == ([("Dogs", "bark")], [["NOUN", "VERB"]])
    assert read(source, label="Number") == ([("Dogs", "bark")], [["Plur", "_"]])
    assert read(source, columns="word=lemma,label=upos")[0] == [("_", "_")]
    with pytest.raises(ValueError, match="expected a column 'labels'"):
        read(source)


FRAMES = np.arange(24, dtype=np.float32).reshape(2, 4, 3)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (np.array([["a", "b", "a", "b"], ["b"] * 4]), [["a", "b", "a", "b"], ["b"] * 4]),
        (np.arange(8, dtype=np.uint8).reshape(2, 4), [[0, 1, 2, 3], [4, 5, 6, 7]]),
        (np.eye(2, 4, dtype=bool), [[True, False, False, False], [False, True, False, False]]),
    ],
)
def test_arrays_of_frames_and_labels(labels, expected):
    source = Content("x.npz", npz(x=FRAMES, y=labels))
    inputs, found = read(source, frames="x", label="y")
    assert [one.tolist() for one in inputs] == FRAMES.tolist()
    assert found == expected
    assert {type(label) for label in found[0]} == {type(expected[0][0])}
    source = Content("x.npz", npz(frames=FRAMES, labels=labels))
    assert read(source)[1] == expected


def test_arrays_with_lengths():
    lengths = np.array([3, 1])
    x, y = FRAMES.reshape(8, 3)[:4], np.array([5, 6, 7, 8])  # one after the other
    source = Content("x.npz", npz(x=x, x_lengths=lengths, y=y, y_lengths=lengths))
    assert read(source, frames="x", label="y")[1] == [[5, 6, 7], [8]]
    padded = npz(x=FRAMES, x_lengths=lengths, y=np.zeros((2, 4), np.int64))
    with pytest.raises(
        ValueError, match=r"row 0, column 'y': expected 3 .*got 4; an array y_lengths"
    ):
        read(Content("x.npz", padded), frames="x", label="y")


def test_a_label_a_row_of_a_long_table():
    table = b"trial,ax,state\n1,0.5,on\n2,1.5,off\n1,2.5,off\n"
    inputs, labels = read(Content("x.csv", table), id="trial", features="ax", label="state")
    assert [one.tolist() for one in inputs] == [[[0.5], [2.5]], [[1.5]]]
    assert labels == [["on", "off"], ["off"]]
    with pytest.raises(ValueError, match=r"line 3, column 'y', step 1: .*got an empty one"):
        read(Content("x.csv", b"n,x,y\n1,1,a\n1,2,\n"), id="n", features="x", label="y")


@pytest.mark.parametrize(
    ("name", "content", "inputs"),
    [
        ("x.txt", b"EU rejects\n\nPeter\n", ["EU rejects", "", "Peter"]),
        ("x.jsonl", b'{"text": "EU rejects"}\n', ["EU rejects"]),
        ("x.csv", b"id,text\n1,EU rejects\n", ["EU rejects"]),
        ("x.jsonl", JSON, WORDS),
        ("x.conll", CONLL, WORDS),
        ("eng.testa", CONLL, WORDS),
        ("x.csv", b"tokens\nEU rejects\nPeter\n", WORDS),
    ],
)
@pytest.mark.parametrize("columns", [{}, {"columns": "word=0,label=2"}])
def test_what_is_predicted_from(tmp_path, name, content, inputs, columns):
    """The columns that a model was trained with do not stand in the way of another format."""
    (tmp_path / name).write_bytes(content)
    assert read(tmp_path / name, lines=True, **columns) == (inputs, [])
    assert read(Content.of(tmp_path / name), lines=True, **columns) == (inputs, [])


def test_standard_input_to_predict_from_has_a_text_a_line():
    assert read(Content("standard input", b"EU rejects\n"), lines=True) == (["EU rejects"], [])


@pytest.mark.parametrize("name", ["x.conll", "x.txt", "standard input", "x.jsonl", "x.conllu"])
def test_nothing(name):
    assert read(Content(name, b"\n")) == ([], [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"tokens": ["a", "b"], "labels": ["O"]}', "column 'labels': expected 2 lab.*; got 1$"),
        ('{"tokens": ["a"], "labels": ["O", "O"]}', "column 'labels': expected 1 lab.*; got 2$"),
        ('{"tokens": ["a"], "labels": [""]}', "column 'labels', step 0: .*label; got an empty"),
        ('{"tokens": ["a"], "labels": [" "]}', "step 0: expected a label; got str ' '"),
        ('{"tokens": ["a"], "labels": [null]}', "step 0: expected a label; got NoneType None"),
        ('{"tokens": ["a"], "labels": [1.5]}', "step 0: expected a label; got float 1.5"),
        ('{"tokens": ["a"], "labels": null}', "expected a list of labels; got NoneType None"),
        ('{"tokens": ["a"], "labels": {"a": 1}}', "expected a list of labels; got dict"),
        ('{"tokens": ["a", ""], "labels": ["O", "O"]}', "column 'tokens': .*words, none .*empty"),
        ('{"tokens": [1], "labels": ["O"]}', r"column 'tokens': .* got list \[1\]"),
        ('{"tokens": null, "labels": ["O"]}', "column 'tokens': .* got NoneType None"),
        ('{"tokens": ["a"]}', "expected a column 'labels'"),
        ('{"text": "a", "labels": ["O"]}', "expected words, or frames, .*; got a text, 'a'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(content, words):
    good = b'{"tokens": [], "labels": []}\n' if '"text"' not in content else b""
    line = 2 if good else 1
    with pytest.raises(ValueError, match=rf"^x\.jsonl: line {line}.*{words}"):
        read(Content("x.jsonl", good + content.encode()))


def test_wrong_columns_are_said_with_their_place():
    with pytest.raises(ValueError, match=r"^eng\.train: line 1: expected a column '3'; got"):
        read(Content("eng.train", CONLL), columns="word=0,label=3")
    with pytest.raises(ValueError, match=r"^x\.conll: line 2: expected 3 columns, as in line 1"):
        read(Content("x.conll", CONLL.replace(b"VBZ ", b"")))


def test_columns_that_do_not_go_together():
    for setting in ({"tokens": "0"}, {"label": "3"}):
        with pytest.raises(ValueError, match="expected none beside columns with"):
            TokenColumns(columns="word=0,label=3", **setting)
    with pytest.raises(ValueError, match=r"expected one of tokens, text, .*; got tokens as"):
        TokenColumns(tokens="a", text="b")
    with pytest.raises(ValueError, match="columns: expected word=X,label=X, some or all"):
        TokenColumns(columns="words=0")


def test_another_family_reads_words_as_its_own_columns_say():
    """A layout that a family has no columns for does not change what it reads."""
    source = Content("x.jsonl", b'{"text": "a", "tokens": ["b"]}\n')
    assert [one.input for one in records(source, SequenceColumns())] == ["a"]


@given(name=st.sampled_from(["t.conll", "t.conllu", "t.json", "t.csv", "t.npz"]), changes=CHANGES,
       lines=st.booleans())  # fmt: skip
def test_damaged_files(name, changes, lines):
    content = JSON if name == "t.json" else FILES[name]
    source = Content(name, changed(content, changes))
    chosen = TokenColumns()
    beside = Beside() if lines else Beside(steps=(chosen.label_column,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            found = list(records(source, chosen, beside, lines=lines))
        except ValueError as error:
            assert str(error).startswith(f"{name}: ")  # noqa: PT017  # some are whole
            return
    for one in found if not lines else ():
        assert len(one.constant["labels"]) == len(one.input)
