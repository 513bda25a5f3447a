"""SequenceTagger: labels, spans, texts, and what cannot be learnt from."""

from __future__ import annotations

import json

import numpy as np
import pytest

import pyrnn
from pyrnn.data.schemes import check_scheme
from pyrnn.models import Examples, SequenceTagger
from pyrnn.models.tagger.sentence import Sentence

PEOPLE, PLACES = ["Ann", "Bob", "Eve", "Tom"], ["Rome", "Oslo", "New York"]
SMALL = {"hidden_size": 16, "embedding_size": 16}
FAST = {"epochs": 30, "learning_rate": 0.02}


def small(**settings):
    return SequenceTagger(**{**SMALL, **settings})


def travels(count=60, seed=0):
    """Who saw whom where, in IOB2; in one way of two, people stand side by side."""
    draw = np.random.default_rng(seed)
    sentences, labels = [], []
    for _ in range(count):
        one, other = draw.choice(PEOPLE, 2)
        place = str(draw.choice(PLACES)).split()
        where = ["B-LOC", *["I-LOC"] * (len(place) - 1)]
        if draw.random() < 0.5:
            sentences.append([one, "saw", other, "in", *place, "."])
            labels.append(["B-PER", "O", "B-PER", "O", *where, "O"])
        else:
            sentences.append(["We", "gave", one, other, "of", *place, "."])
            labels.append(["O", "O", "B-PER", "B-PER", "O", *where, "O"])
    return [list(map(str, words)) for words in sentences], labels


def as_iob1(labels):
    found = []
    for tags in labels:
        text = " ".join(tags).replace("B-PER B-PER", "I-PER b-PER").replace("B-", "I-")
        found.append(text.replace("b-PER", "B-PER").split())
    return found


@pytest.fixture(scope="module")
def trained():
    model = small()
    model.fit(*travels(), **FAST)
    return model


# learning


@pytest.mark.parametrize("output", ["crf", "softmax"])
@pytest.mark.parametrize("scheme", ["iob1", "iob2", "auto"])
def test_spans_are_learnt_and_come_back_in_their_scheme(scheme, output):
    sentences, labels = travels()
    labels = as_iob1(labels) if scheme == "iob1" else labels
    model = small(scheme=scheme, output_layer=output)
    model.fit(sentences, labels, **FAST)
    found = model.evaluate(sentences, labels)
    assert found["f1"] == found["accuracy"] == found["precision"] == found["recall"] == 1
    said = [one.labels for one in model.predict(sentences)]
    assert said == [*map(tuple, labels)]
    check_scheme(said, model.tags.scheme)
    assert model.tags.scheme == ("iob2" if scheme == "auto" else scheme)


def test_five_sentences_without_a_span_then_one_with():
    """flair#3306: the label is NAME, and no part of it is taken for a scheme's letter."""
    sentences = [["all", "is", "well"]] * 5 + [["John"]]
    labels = [["O", "O", "O"]] * 5 + [["NAME"]]
    model = small()
    model.fit(sentences * 4, labels * 4, **FAST)
    assert model.labels == ("NAME", "O")
    (found,) = model.predict([["John"]])
    assert (found.labels, found.spans) == (("NAME",), None)


@pytest.mark.parametrize("labels", [[[3, 1], [1]], [[True, False], [False]]], ids=str)
def test_labels_that_are_no_strings(labels):
    model = small()
    model.fit([["a", "b"], ["b"]] * 8, labels * 8, **FAST)
    (found,) = model.predict([["a", "b"]])
    assert found.labels == tuple(labels[0])
    assert [type(label) for label in found.labels] == [type(labels[0][0])] * 2
    assert json.loads(json.dumps(found.to_json()))["labels"] == labels[0]
    given = [np.array(one) for one in labels]
    assert model.evaluate([["a", "b"], ["b"]], given)["accuracy"] == 1


def test_unknown_words_are_told_by_their_letters_and_neighbours(trained):
    (found,) = trained.predict([["Zoe", "saw", "Ann", "in", "Bonn", "."]])
    assert found.labels[1:4] == ("O", "B-PER", "O")
    (nothing,) = trained.predict([["qqq", "\u5317\u4eac", "\U0001f600"]])
    assert len(nothing.labels) == 3
    assert all(0 < p <= 1 for p in nothing.confidence)


def test_the_best_weights_are_those_of_the_best_f1():
    sentences, labels = travels()
    model = small()
    result = model.fit(sentences, labels, valid=0.3, epochs=6, learning_rate=0.02)
    best = max(one.metrics["f1"] for one in result.validations)
    assert result.best.metrics["f1"] == best
    plain = small(scheme="none")
    result = plain.fit(sentences, labels, valid=0.3, epochs=6, learning_rate=0.02)
    assert "f1" not in result.best.metrics
    assert result.best.metrics["accuracy"] == max(
        one.metrics["accuracy"] for one in result.validations
    )


# lengths


@pytest.mark.parametrize("output", ["crf", "softmax"])
def test_sentences_of_one_word_and_of_ten_thousand(output):
    words = ["Ann", "saw"] * 5_000
    sentences, labels = [["Ann"], words, ["saw"]], [["S-X"], ["S-X", "O"] * 5_000, ["O"]]
    model = small(output_layer=output)
    model.fit(sentences, labels, epochs=2, batch_size=2)
    found = model.predict(sentences)
    assert [len(one.labels) for one in found] == [1, 10_000, 1]
    assert model.predict([["Ann"]]) == [found[0]]
    assert np.isfinite(model.evaluate(sentences, labels)["loss"])


def test_sentences_without_words(trained):
    sentences, labels = travels(8)
    some = [[], *sentences, []], [[], *labels, []]
    assert trained.evaluate(*some) == trained.evaluate(sentences, labels)
    empty, full = trained.predict([[], sentences[0]])
    assert (empty.labels, empty.tokens, empty.spans, empty.confidence) == ((), (), (), ())
    assert full == trained.predict([sentences[0]])[0]
    assert trained.predict([[], ""]) == [empty, empty]
    with pytest.raises(ValueError, match="sentences: expected steps, each with a target; got no"):
        trained.evaluate([[], []], [[], []])
    model = small()
    model.fit(*some, epochs=1)
    assert model.predict([[]]) == [empty]
    with pytest.raises(ValueError, match=r"^labels: expected at least one"):
        small().fit([[], []], [[], []], epochs=1)


# texts


def test_texts_are_cut_into_words_that_know_where_they_stood(trained):
    text = "  Ann saw Bob in New York."
    (found,) = trained.predict([text])
    assert found.text == text
    assert found.tokens == ("Ann", "saw", "Bob", "in", "New", "York", ".")
    assert [(span.label, span.text) for span in found.spans] == [
        ("PER", "Ann"),
        ("PER", "Bob"),
        ("LOC", "New York"),
    ]
    for span in found.to_json()["spans"]:
        assert text[span["first"] : span["last"]] == span["text"]
    (listed,) = trained.predict([list(found.tokens)])
    assert (listed.labels, listed.confidence) == (found.labels, found.confidence)
    assert listed.text == "Ann saw Bob in New York ."
    assert trained.predict([found.tokens])[0] == found


def test_words_that_hold_blanks(trained):
    (found,) = trained.predict([["Ann", "saw", "New York"]])
    assert found.text == "Ann saw New York"
    assert found.tokens[2] == "New York"
    with pytest.raises(ValueError, match=r"expected words and labels without blanks.*'New York'"):
        found.conll()
    (plain,) = trained.predict([["Ann", "saw"]])
    assert plain.conll() == "Ann\tB-PER\nsaw\tO\n"
    assert str(plain) == "Ann/B-PER saw/O"


def test_a_text_in_which_words_stand():
    assert Sentence.split("a\x85b \t10\u00a0km") == ("a\x85b", "10\u00a0km")
    assert Sentence.split("").places == Sentence.cut(" \n").places == ()
    joined = Sentence.joined(["a", "bc"])
    assert (joined.text, joined.places) == ("a bc", ((0, 1), (2, 4)))
    assert Sentence.joined(joined) is joined


def test_texts_have_no_labels_of_their_own(trained):
    with pytest.raises(TypeError, match=r"sentences\[0\]: expected a list of words; got str"):
        trained.evaluate(["Ann saw"], [["B-PER", "O"]])
    with pytest.raises(TypeError, match=r"sentences\[0\]: expected .*; got "):
        small().fit(["Ann saw"], [["B-PER", "O"]], epochs=1)


# what cannot be


@pytest.mark.parametrize(
    ("labels", "settings", "error", "words"),
    [
        ([["x", "y"]], {}, ValueError, r"labels\[0\]: expected 3, one for each step of sentences"),
        (["x y z"], {}, TypeError, r"labels\[0\]: expected a list of labels, one a step; got str"),
        ([[["x"], ["y"], ["z"]]], {}, TypeError, r"labels\[0\]: expected a list of labels"),
        ([["x", 1, "y"]], {}, TypeError, r"labels: expected strings.*labels\[0\], step 1"),
        ([["x", None, "y"]], {}, TypeError, r"labels: expected strings.*labels\[0\], step 1"),
        ([["x", "", "y"]], {}, ValueError, r"labels: .*empty one in labels\[0\], step 1"),
        ([["O", "O", "O"]], {}, ValueError, "labels: expected at least two; got one, 'O'"),
        (
            [["O", "I-X", "O"]],
            {"scheme": "iob2"},
            ValueError,
            r"labels: sentence 0: .*'I-X' behind",
        ),
        ([["x", "y", "z"]], {"scheme": "bioes"}, ValueError, "labels: sentence 0: .*bioes.*'x'"),
        ([["B-X", "I-X", "O"]], {"scheme": "bioes"}, ValueError, "labels: sentence 0: .*bioes"),
        (
            [["B-X", "O", "I-"]],
            {},
            ValueError,
            r"labels\[0\], step 2: expected a type behind .*; got 'I-' \(scheme='none' takes",
        ),
    ],
)
def test_labels_that_cannot_be_learnt(labels, settings, error, words):
    model = small(**settings)
    with pytest.raises(error, match=words):
        model.fit([["a", "b", "c"]], labels, epochs=1)
    with pytest.raises(ValueError, match="is not built yet"):
        model.predict([["a"]])


def test_a_label_of_the_validation_alone_is_named_before_training(tmp_path):
    sentences, labels = travels(8)
    for scheme, wrong, said in (
        (
            "auto",
            "B-ORG",
            r"label 'B-ORG' in valid: labels\[1\], step 1, is not among.*'LOC', 'PER'",
        ),
        ("none", "B-ORG", r"label 'B-ORG' in valid: labels\[1\], step 1, is not among.*'B-LOC'"),
        ("auto", "S-PER", r"valid: labels\[1\]: .*in the scheme iob2; got 'S-PER' \(step 1\)"),
    ):
        held = sentences[:2], [labels[0], [labels[1][0], wrong, *labels[1][2:]]]
        with pytest.raises(ValueError, match=said):
            small(scheme=scheme).fit(
                sentences, labels, valid=held, epochs=1, folder=tmp_path / "run"
            )
        assert not (tmp_path / "run").exists()


def test_a_label_of_a_file_is_named_with_its_line(tmp_path):
    (tmp_path / "a.conll").write_text("Ann B-PER\nsaw O\n\nOslo B-LOC\n")
    (tmp_path / "b.conll").write_text("Ann B-PER\n\nsaw O\nit B-ORG\n")
    model = small()
    train = model.examples(tmp_path / "a.conll")
    assert train.inputs == [("Ann", "saw"), ("Oslo",)]
    with pytest.raises(ValueError, match=r"'B-ORG' in .*b\.conll: line 3, step 1, is not among"):
        model.fit(train, valid=(model.examples(tmp_path / "b.conll"),), epochs=1)
    strict = small(scheme="iob2")
    (tmp_path / "c.conll").write_text("saw O\nAnn I-PER\n")
    with pytest.raises(ValueError, match=r"labels: .*c\.conll: line 1: .*'I-PER' behind 'O'"):
        strict.fit(strict.examples(tmp_path / "c.conll"), epochs=1)
    with pytest.raises(ValueError, match=r"labels: .*c\.conll: line 1: .*'I-PER' behind 'O'"):
        strict.fit(train, valid=(strict.examples(tmp_path / "c.conll"),), epochs=1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"characters": "lstm", "character_features": 5}, "character_features: expected an even"),
        (
            {"characters": "none", "character_size": 5},
            "character_size: expected 30 with characters",
        ),
        (
            {"characters": "lstm", "character_width": 5},
            "character_width: expected 3 with characters",
        ),
        ({"output_layer": "hmm"}, "output_layer: expected one of crf, softmax or None"),
        ({"scheme": "iob3"}, "scheme: expected one of auto, iob1"),
        ({"unknown_rate": 1.5}, "unknown_rate: expected a number"),
        ({"dropout_between": 0.5}, "dropout_between: expected 0 with one layer"),
    ],
)
def test_settings_that_cannot_be(settings, words):
    with pytest.raises(ValueError, match=words):
        SequenceTagger(**settings)


# vectors


def test_vectors_of_words(tmp_path):
    (tmp_path / "v.txt").write_text("ann 1 2 3\nnobody 4 5 6\n")
    sentences, labels = travels(8)
    path = str(tmp_path / "v.txt")
    model = SequenceTagger(hidden_size=4, vectors=path).for_data(sentences, labels)
    assert model.config.embedding_size == 3
    table = model.network.embedding.weight.numpy()
    np.testing.assert_array_equal(table[model.input.sequence(["Ann"])[0]], [1, 2, 3])
    frozen = SequenceTagger(hidden_size=4, vectors=path, freeze_embedding=True)
    frozen.fit(sentences, labels, max_steps=2)
    row = frozen.input.sequence(["ann"])[0]
    np.testing.assert_array_equal(frozen.network.embedding.weight.numpy()[row], [1, 2, 3])
    with pytest.raises(
        ValueError, match="vectors: expected a file with some of the 1 words of the"
    ):
        SequenceTagger(vectors=path).for_data([["x"]] * 2, [["a"], ["b"]])
    with pytest.raises(ValueError, match="vectors: expected None with frames"):
        SequenceTagger(vectors=path).for_data([[1.0]] * 2, [["a"], ["b"]])


# frames


def series(count=40):
    draw = np.random.default_rng(3)
    frames = [draw.normal(size=(int(n), 2)) for n in draw.integers(1, 9, count)]
    return frames, [["up" if x > 0 else "down" for x in one[:, 0]] for one in frames]


def test_frames_are_labelled():
    frames, labels = series()
    model = SequenceTagger(hidden_size=16, dropout_input=0.0)
    model.fit(frames, labels, **FAST)
    assert model.evaluate(frames, labels)["accuracy"] > 0.95
    (found,) = model.predict(frames[:1])
    assert (found.tokens, found.text, found.spans) == (None, None, None)
    assert set(found.to_json()) == {"labels", "confidence"}
    assert found.conll() == "".join(f"{label}\n" for label in found.labels)
    with pytest.raises(TypeError, match=r"inputs\[0\]: expected frames"):
        model.predict(["a text"])
    report = model.report(frames, labels)
    assert report.confusion.sum() == sum(map(len, frames))
    spans = SequenceTagger(hidden_size=16, dropout_input=0.0)
    spans.fit(frames, [[f"I-{label}" for label in one] for one in labels], **FAST)
    (found,) = spans.predict(frames[:1])
    assert all(set(span.to_json()) == {"label", "first", "last"} for span in found.spans)
    assert found.spans[-1].last == len(frames[0])


def test_a_stream_of_frames():
    frames, labels = series()
    model = SequenceTagger(hidden_size=16, bidirectional=False)
    model.fit(frames, labels, max_steps=5)
    stream = pyrnn.Stream(model)
    given = frames[0].astype("float32")
    said = [model.labels[int(stream.step(frame).argmax())] for frame in given]
    assert said == list(model.predict([given])[0].labels)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "^bidirectional: expected False for a stream"),
        (
            {"bidirectional": False, "output_layer": "crf"},
            "^output_layer: expected 'softmax' for a stream",
        ),
    ],
)
def test_taggers_of_which_there_is_no_stream(settings, words):
    with pytest.raises(ValueError, match=words):
        pyrnn.Stream(SequenceTagger(**settings).for_data(*series()))


# reports


def test_a_report_has_a_row_a_type_and_the_words_that_are_wrong(trained):
    sentences, labels = travels(8, seed=5)
    report = trained.report(sentences, labels)
    assert [row[0] for row in report.table.rows] == ["LOC", "PER"]
    assert report.table.columns[0] == "type"
    assert {"f1", "precision", "recall"} < set(report.table.columns)
    assert report.confusion is None
    assert report.mistakes == []
    wrong = [["O"] * len(one) for one in labels]
    wrong[2] = labels[2]
    found = trained.report([[], *sentences], [[], *wrong])
    assert {one.number for one in found.mistakes} == {1, 2, *range(4, 9)}  # not 0, nor 3
    first = found.mistakes[0]
    assert first.truth == "O"
    assert first.prediction in ("B-PER", "B-LOC", "I-LOC")
    assert first.probability >= found.mistakes[-1].probability > first.probability_of_truth
    assert "[" in first.input
    assert found.metrics["f1"] < 1
    assert trained.report(Examples(sentences, labels)).metrics == report.metrics


def test_only_o_in_gold_and_prediction():
    """seqeval#60: accuracy 1, F1 0, no exception."""
    sentences, labels = [["a", "b"]] * 12, [["O", "O"]] * 11 + [["B-X", "O"]]
    model = small()
    model.fit(sentences, labels, **FAST)
    found = model.evaluate(sentences[:3], labels[:3])
    assert (found["accuracy"], found["f1"]) == (1, 0)
    assert model.report(sentences[:3], labels[:3]).table.rows == []
