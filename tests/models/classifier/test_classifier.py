"""SequenceClassifier: labels, vocabularies, weights of classes, files; alike in every process."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import pyrnn
from pyrnn import Tensor
from pyrnn.files.content import Content
from pyrnn.models import ClassifierConfig, ClassifierOptions, SequenceClassifier
from pyrnn.models.classifier.model import spelled
from pyrnn.models.examples import ExampleBatch
from pyrnn.training import DivergenceError

from ...interpreter import fresh_python

TEXTS = ["good film", "bad film", "a good one", "a bad one", "so good", "so bad"] * 4
LABELS = ["pos", "neg"] * 12
QUICK = {"batch_size": 4, "learning_rate": 0.05}


def small(**settings):
    return SequenceClassifier(**{"hidden_size": 6, "dropout_output": 0.0, **settings})


# labels


@pytest.mark.parametrize(
    "labels",
    [["b", "a", "c"], [10, 9, 2], [True, False], [-1, 0, 1], ["NA", "no", "null"]],
    ids=str,
)
@pytest.mark.parametrize("array", [False, True])
def test_labels_come_back_as_they_went_in(labels, array):
    texts = [f"the {n}th" for n in range(len(labels))] * 8
    given = np.array(labels * 8) if array else labels * 8
    model = small(encoder="bag", hidden_size=128, dropout_output=0.5)
    model.fit(texts, given, epochs=30, **QUICK)
    assert model.labels == tuple(sorted(labels))
    assert [type(label) for label in model.labels] == [type(label) for label in sorted(labels)]
    for label, text in zip(labels, texts, strict=False):
        (prediction,) = model.predict([text])
        assert prediction.label == label
        assert type(prediction.label) is type(label)
        assert list(prediction.probabilities) == sorted(labels)
        assert sum(prediction.probabilities.values()) == pytest.approx(1, abs=1e-12)
        assert prediction.probability == max(prediction.probabilities.values())
        stored = json.loads(json.dumps(prediction.to_json()))
        assert stored["label"] == label
        assert set(stored["probabilities"]) == set(map(spelled, labels))


def test_the_order_of_the_data_changes_neither_vocabulary_nor_labels(rng):
    model = small().for_data(TEXTS, LABELS)
    for _ in range(3):
        order = rng.permutation(len(TEXTS)).tolist()
        other = small().for_data([TEXTS[k] for k in order], [LABELS[k] for k in order])
        assert other.description() == model.description()


def test_a_label_that_only_the_validation_has(tmp_path):
    words = (
        r"label 'new' in row 2 of the validation data is not among the training labels 'neg', 'pos'"
    )
    with pytest.raises(ValueError, match=words):
        small().fit(
            TEXTS, LABELS, valid=(["a", "b", "c"], ["pos", "neg", "new"]), folder=tmp_path / "x"
        )
    assert not (tmp_path / "x").exists()


def test_a_class_of_one_stays_in_training():
    """scikit-learn#10767: eleven of one class and one of another, a quarter held out."""
    labels = [0] * 11 + [1]
    texts = [f"text {n}" for n in range(12)]
    model = small()
    with pytest.warns(UserWarning, match="a class of one example stays in training"):
        loop = model.training(texts, labels, valid=0.25, epochs=1)
    assert model.labels == (0, 1)
    assert sorted(loop.task.batches.targets.tolist()) == [0] * 8 + [1]


@pytest.mark.parametrize(
    ("texts", "labels", "error", "words"),
    [
        (["a", "b"], ["x", "x"], ValueError, "labels: expected at least two; got one, 'x'"),
        (["a", "b"], ["x"], ValueError, "labels: expected 2, one for each of inputs; got 1"),
        ([], [], ValueError, "inputs: expected at least one; got none"),
        (["a", 5], ["x", "y"], TypeError, r"inputs\[1\]: expected a text; got int 5"),
        (["a", None], ["x", "y"], TypeError, r"inputs\[1\]: expected a text; got NoneType"),
        (["a", "b"], ["x", None], TypeError, "labels: expected strings.*None in row 1"),
        (["a", "b"], ["x", 1], TypeError, "labels: expected strings, as the others are; got int 1"),
        (["a", "b"], ["x", " "], ValueError, "labels: expected a label; got an empty one in row 1"),
        (["a", "b"], [0.5, 1.5], TypeError, "labels: expected strings, integers or truth values"),
        (["a", "b"], "xy", TypeError, "labels: expected a list"),
        ("ab", ["x", "y"], TypeError, "inputs: expected a list of inputs; got str"),
        (["", ""], ["x", "y"], ValueError, "texts: expected at least one token"),
    ],
)
def test_data_that_are_none(texts, labels, error, words):
    model = small()
    with pytest.raises(error, match=words):
        model.fit(texts, labels)
    with pytest.raises(ValueError, match="not built yet"):
        model.predict(["a"])


# weights of classes


def test_the_weights_of_classes():
    """Nine of one class and one of the other; p = .9 for the nine, .1 for the one."""
    labels = ["a"] * 9 + ["b"]
    texts = [f"w{n}" for n in range(10)]
    model = small()
    loop = model.training(texts, labels, class_weights="balanced", batch_size=10)
    (batch,) = loop.task.batches.epoch(0)
    np.testing.assert_allclose(batch.weights, [0.555556, 5], atol=1e-6)
    logits = Tensor(np.log(np.array([[0.9, 0.1]] * 10)))
    model._network = lambda inputs, lengths, static, numbers: logits
    nothing = np.zeros((0, 10), np.int64)
    targets = np.array([0] * 9 + [1])
    for weights, mean in ((batch.weights, 1.203973), (None, 0.325083)):
        one = ExampleBatch(nothing, np.zeros(10, np.int64), targets, np.arange(10), None, weights)
        found = model.loss(one)
        assert found.items == 10
        assert found.value.item() / found.items == pytest.approx(mean, abs=1e-6)


def test_weights_count_in_training_alone():
    texts, labels = [*TEXTS, "more"], [*LABELS, "pos"]
    options = {"class_weights": "balanced", "epochs": 1, "validate_every": 1, "restore_best": False}
    model = small()
    result = model.fit(texts, labels, valid=(texts, labels), **options)
    assert result.validations[-1].loss == pytest.approx(model.evaluate(texts, labels)["log_loss"])


# texts


def test_what_is_read_of_a_long_text():
    long = " ".join(f"w{n}" for n in range(9))
    texts, labels = [long, "w0", "w8"], ["x", "y", "x"]
    for keep, rest in (("last", "w6 w7 w8"), ("first", "w0 w1 w2")):
        model = small(max_length=3, keep=keep).for_data(texts, labels)
        assert model.sequence(long).tolist() == model.vectorizer.encode(rest).tolist()
        assert model.predict([long]) == model.predict([rest])
        assert model.vectorizer.size == 2 + 9  # the vocabulary is of all


def test_unknown_words_are_one_word():
    model = small().for_data(TEXTS, LABELS)
    assert model.predict(["zebra film"]) == model.predict(["quagga film"])
    assert model.predict(["zebra film"]) != model.predict(["film"])


def test_a_text_without_words_is_a_text():
    for settings in ({}, {"pooling": "mean"}, {"pooling": "attention"}):
        model = small(**settings)
        model.fit([*TEXTS, "", "!"], [*LABELS, "neg", "neg"], epochs=1)
        one, other, _ = model.predict(["", "", "good"])
        assert one == other
    with pytest.raises(ValueError, match="not built"):
        small().predict([""])


def test_signs_are_no_part_of_a_word():
    model = small().for_data(TEXTS, LABELS)
    assert model.vectorizer.encode("good,").tolist()[0] == model.vectorizer.encode("GOOD").item()


# what is the best


def test_the_monitor_says_which_epoch_is_the_best():
    model = small()
    result = model.fit(TEXTS, LABELS, valid=(TEXTS, LABELS), monitor="accuracy", epochs=12, **QUICK)
    found = [record.metrics["accuracy"] for record in result.validations]
    assert found[0] < max(found)
    equal = [record for record in result.validations if record.metrics["accuracy"] == max(found)]
    assert len(equal) > 1
    assert result.best is min(equal, key=lambda record: record.metrics["loss"])
    assert [record.step for record in result.validations if record.best][-1] == result.best.step
    assert model.evaluate(TEXTS, LABELS)["accuracy"] == max(found)


def test_a_report_names_the_mistakes():
    model = small()
    model.fit(TEXTS, LABELS, epochs=20, **QUICK)
    report = model.report(["so good", "so bad", "good film"], ["pos", "pos", "pos"])
    assert report.labels == ("neg", "pos")
    assert report.confusion.tolist() == [[0, 0], [1, 2]]
    (mistake,) = report.mistakes
    assert (mistake.number, mistake.input) == (1, "so bad")
    assert (mistake.truth, mistake.prediction) == ("pos", "neg")
    assert mistake.probability > 0.5 > mistake.probability_of_truth
    assert report.metrics["accuracy"] == pytest.approx(2 / 3)


# files


CSV = 'id,review,verdict\n1,"good, really",pos\n2,bad,neg\n3,"so\ngood",pos\n4,bad film,neg\n'


def test_csv_in_and_predictions_out(tmp_path):
    columns = SequenceClassifier.Columns(text="review", label="verdict")
    model = small()
    data = model.read_file(Content("reviews.csv", CSV.encode()), columns)
    assert list(data[0]) == ["good, really", "bad", "so\ngood", "bad film"]
    assert data[0].targets == ["pos", "neg", "pos", "neg"]
    model.columns = columns
    model.fit(*data, epochs=30, **QUICK)
    model.save(tmp_path)
    loaded = pyrnn.load(tmp_path)
    assert loaded.columns == columns
    inputs = loaded.read_inputs(Content("new.csv", b"review\nbad\nso good\n"), loaded.columns)
    assert [str(one) for one in loaded.predict(inputs)] == ["neg", "pos"]
    assert list(loaded.read_inputs(Content("-", b"bad\nso good\n"), columns)) == ["bad", "so good"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("r.csv", "text,label\na,x\nb,\n", "r.csv.*line 3|line 3 of r.csv"),
        ("r.csv", "words,label\na,x\n", "r.csv: .*text"),
        (
            "r.jsonl",
            '{"text": "a", "label": 1}\n{"text": 5, "label": 1}\n',
            "r.jsonl: line 2, column 'text': expected a text; got int 5",
        ),
        (
            "r.jsonl",
            '{"text": "a", "label": 1}\n{"text": "b", "label": "x"}\n',
            "in r.jsonl: line 2",
        ),
        ("r.jsonl", '{"text": "a", "label": null}\n', "NoneType None in r.jsonl: line 1"),
    ],
)
def test_errors_name_the_line(name, content, words):
    with pytest.raises(ValueError, match=words):
        small().read_file(Content(name, content.encode()), SequenceClassifier.Columns())


# everywhere the same

PROGRAM = """
import hashlib, json, sys
from pyrnn.models import SequenceClassifier
model = SequenceClassifier(hidden_size=6, encoder=sys.argv[1]) if sys.argv[1] != "bag" else (
    SequenceClassifier(encoder="bag", ngrams=2, buckets=256))
texts, labels = json.loads(sys.argv[2])
model.fit(texts, labels, valid=0.25, epochs=3, batch_size=4)
digest = hashlib.sha256(json.dumps(model.description()).encode())
for name, array in sorted(model.network.state_dict().items()):
    digest.update(array.tobytes())
print(digest.hexdigest(), [one.probability for one in model.predict(texts[:5])])
"""


@pytest.mark.parametrize("encoder", ["recurrent", "bag"])
def test_the_same_in_every_process(encoder):
    found = set()
    for seed in ("0", "1", "12345"):
        given = json.dumps([TEXTS, LABELS])
        done = fresh_python("-c", PROGRAM, encoder, given, env={"PYTHONHASHSEED": seed}, check=True)
        found.add(done.stdout)
    assert len(found) == 1


# settings


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"encoder": "bag", "hidden_size": 5}, "hidden_size: expected 128 with encoder='bag'"),
        ({"ngrams": 2}, "ngrams: expected 1 with encoder='recurrent'"),
        ({"unit": "regex"}, "pattern: expected a regular expression with unit='regex'"),
        ({"pattern": "x"}, "pattern: expected None with unit='words'; got 'x'"),
        ({"pooling": "sum"}, "pooling: expected one of last, mean, max, attention; got 'sum'"),
        ({"dropout_between": 0.5}, "dropout_between: "),
        ({"buckets": 2**29, "encoder": "bag", "ngrams": 2}, "buckets: expected a whole number"),
    ],
)
def test_settings_that_do_not_go_together(settings, words):
    with pytest.raises(ValueError, match=words):
        ClassifierConfig(**settings)


def test_options():
    with pytest.raises(ValueError, match="class_weights: expected one of none, balanced"):
        ClassifierOptions(class_weights="heavy")


# wrong use


def test_a_validation_without_numbers_is_a_divergence():
    """Found in the validation, before any loss of a step: the weights are those of before."""
    model = small(cell="rnn_relu")
    model.for_data(TEXTS, LABELS)
    before = model.network.state_dict()
    with pytest.raises(DivergenceError, match="the model now has the weights of step 0"):
        model.fit(TEXTS, LABELS, valid=0.25, epochs=5, learning_rate=1e30)
    np.testing.assert_equal(model.network.state_dict(), before)
    assert np.isfinite(model.predict(TEXTS[:1])[0].probability)


def test_data_may_be_given_by_their_names():
    model = small()
    model.fit(inputs=TEXTS, labels=LABELS, epochs=2, **QUICK)
    assert model.evaluate(inputs=TEXTS, labels=LABELS) == model.evaluate(TEXTS, LABELS)
    assert model.report(TEXTS, labels=LABELS).metrics == model.evaluate(TEXTS, LABELS)


@pytest.mark.parametrize(
    ("data", "options", "error", "words"),
    [
        ((TEXTS, dict(enumerate(LABELS))), {}, TypeError, "labels: expected a list.*got dict"),
        ((dict(zip(TEXTS, LABELS, strict=True)), LABELS), {}, TypeError, "inputs: .*got dict"),
        ((set(TEXTS), LABELS), {}, TypeError, "inputs: expected a list of inputs; got set"),
        ((TEXTS, LABELS), {"callbacks": [3]}, TypeError, "callbacks: expected functions of"),
        ((TEXTS, LABELS), {"callbacks": print}, TypeError, "callbacks: expected functions in a"),
        ((TEXTS, LABELS), {"valid": [TEXTS, LABELS]}, TypeError, "valid: .*a tuple of data"),
        ((["a"], ["b"]), {"valid": 0.5}, ValueError, "inputs: expected at least two"),
        ((TEXTS, LABELS), {"resume": True, "overwrite": True}, ValueError, "overwrite: "),
    ],
)
def test_what_is_no_data_and_no_option(data, options, error, words):
    with pytest.raises(error, match=words):
        small().fit(*data, **{"epochs": 1, **options})


def test_nothing_held_out_is_nothing_validated():
    assert small().fit(TEXTS, LABELS, valid=0, epochs=1, **QUICK).validations == ()


def test_a_model_goes_through_pickle():
    model = small()
    model.fit(TEXTS, LABELS, epochs=2, **QUICK)
    again = pickle.loads(pickle.dumps(model))
    assert again.predict(TEXTS[:5]) == model.predict(TEXTS[:5])


@pytest.mark.parametrize(
    ("labels", "column"),
    [([10, 9] * 12, ["10", "9"]), ([True, False] * 12, ["True", "false"])],
)
def test_labels_of_any_kind_are_met_in_a_table(labels, column):
    """A table holds text; the model knows what its own labels are called there."""
    model = small()
    model.fit(TEXTS, labels, epochs=1)
    table = "text,label\n" + "".join(f"a film,{one}\n" for one in column)
    file = Content("t.csv", table.encode(), Path("t.csv"))
    (read,) = model.read_file(file, model.columns)
    assert read.targets == labels[:2]
    assert model.report(read).confusion.sum() == 2
    said = model.predict(read)[0].to_json()
    assert said["probabilities"].keys() == {json.dumps(one) for one in labels[:2]}
