"""Several labels a sequence: how they are given, thresholds, weights, smoothing, files."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

import pyrnn
from pyrnn import functional
from pyrnn.metrics import MultiLabel
from pyrnn.models import Examples, SequenceClassifier

WORDS = ["red", "blue", "big", "old"]
DRAW = np.random.default_rng(3)
SHOWN = [[w for w in WORDS if DRAW.random() < 0.4] for _ in range(60)]
TEXTS = [" ".join(["a", *words, "box"]) for words in SHOWN]
TAGS = [[w for w in words if w != "old"] for words in SHOWN]  # a word that says nothing
QUICK = {"epochs": 15, "learning_rate": 0.03, "batch_size": 8}


def small(**settings):
    return SequenceClassifier(**{"hidden_size": 8, "dropout_output": 0.0, "seed": 1, **settings})


@pytest.fixture(scope="module")
def trained():
    model = small()
    model.fit(TEXTS, TAGS, **QUICK)
    return model


WAYS = {
    "lists": list,
    "tuples": tuple,
    "sets": set,
    "frozen sets": frozenset,
    "flags": lambda tags: {w: int(w in tags) for w in WORDS[:3]},
    "truths": lambda tags: {w: w in tags for w in WORDS[:3]},
    "numpy's": lambda tags: [np.str_(w) for w in tags],
    "those that are there": lambda tags: dict.fromkeys(tags, 1),
    "twice": lambda tags: [*tags, *tags],
}


@pytest.mark.parametrize("way", WAYS)
def test_labels_in_every_form(trained, way):
    tags = [WAYS[way](one) for one in TAGS]
    model = small()
    model.fit(TEXTS, tags, **QUICK)
    assert model.labels == ("big", "blue", "red")
    assert model.evaluate(TEXTS, tags) == trained.evaluate(TEXTS, TAGS)
    assert model.predict(TEXTS[:3]) == trained.predict(TEXTS[:3])


@pytest.mark.parametrize("labels", [[3, 20, 100], [True, False], ["b", "a"]])
def test_labels_of_every_type_come_back(labels):
    model = small()
    model.fit(["x y", "y", "z"] * 4, [labels, labels[:1], []] * 4, epochs=1)
    (one,) = model.predict(["x"])
    assert list(one.probabilities) == sorted(labels)
    assert set(one.labels) <= set(labels)
    assert json.loads(json.dumps(one.to_json()))["labels"] == list(one.labels)


def test_they_are_learnt(trained):
    found = trained.evaluate(TEXTS, TAGS)
    assert found["f1_macro"] > 0.95
    assert found["exact_match"] > 0.9
    assert set(trained.predict(["a big red box"])[0].labels) == {"big", "red"}
    assert trained.predict(["a box"])[0].labels == ()


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_the_loss_by_brute_force(weights, smoothing):
    model = small(dtype="float64").for_data(TEXTS, TAGS)
    options = model.Options(class_weights=weights, label_smoothing=smoothing, batch_size=60)
    data = model.read(TEXTS, TAGS)
    y = np.array([[w in tags for w in model.labels] for tags in TAGS], np.float64)
    count = y.sum(axis=0)
    for train in (True, False):
        (batch,) = model.batches(data, options, train=train)
        found = model.loss(batch)
        z = found.output.numpy()
        t = y[batch.numbers]
        w = (len(y) - count) / count if train and weights == "balanced" else np.ones(3)
        e = smoothing if train else 0
        t = t * (1 - e) + e / 2
        p = 1 / (1 + np.exp(-z))
        losses = -(w * t * np.log(p) + (1 - t) * np.log(1 - p))
        assert found.value.item() == pytest.approx(losses.mean(axis=1).sum())
        assert found.items == 60


def test_a_label_that_is_never_or_always_there():
    tags = [{"always": 1, "never": 0, "red": int("red" in one)} for one in TAGS]
    model = small()
    model.fit(TEXTS, tags, class_weights="balanced", **QUICK)
    assert model.labels == ("always", "never", "red")
    for one in model.predict(TEXTS):
        assert "always" in one.labels
        assert "never" not in one.labels
    metrics = model.evaluate(TEXTS, tags)
    assert all(np.isfinite(value) for value in metrics.values())
    thresholds = model.choose_thresholds(TEXTS, tags)
    assert all(0 <= value <= 1 for value in thresholds.values())


@pytest.mark.parametrize(
    ("tags", "error", "words"),
    [
        ([["a"], "a"], TypeError, "expected a list of labels.*got str 'a' in row 1 of the data"),
        ([["a"], None], TypeError, "expected a list of labels.*got NoneType None in row 1"),
        ([["a"], [1]], TypeError, "expected strings, as the others are; got int 1 in row 1 of the"),
        ([[1], [True]], TypeError, "expected integers, as the others are; got bool True in row 1"),
        ([["a"], [None]], TypeError, "got NoneType None in row 1 of the data"),
        ([["a"], ["b", " "]], ValueError, "an empty one in row 1 of the data"),
        ([{"a": 1}, {"a": 2}], ValueError, "expected 0 or 1 for 'a'; got 2 in row 1"),
        ([{"a": 1}, {"a": "1"}], ValueError, "expected 0 or 1 for 'a'; got '1' in row 1"),
        ([{"a": 1}, {"a": None}], ValueError, "expected 0 or 1 for 'a'; got None in row 1"),
        ([[], []], ValueError, "labels: expected at least one; got none in the training data"),
        (["a", ["b"]], TypeError, r"got list \['b'\] in row 1"),
    ],
)
def test_what_are_no_labels(tags, error, words):
    model = small()
    with pytest.raises(error, match=words):
        model.fit(["x", "y"], tags, epochs=1)
    model.fit(TEXTS, TAGS, epochs=1)  # nothing is left of it


@pytest.mark.parametrize("tags", [["new"], {"red": 1, "new": 0}, {"new"}])
def test_a_label_that_the_training_did_not_have(trained, tags):
    with pytest.raises(ValueError, match="'new' in row 1 of the validation data is not among"):
        small().fit(TEXTS, TAGS, valid=(["a", "b"], [[], tags]), epochs=1)
    with pytest.raises(ValueError, match="'new' in row 1 of the data is not among the training"):
        trained.evaluate(["a", "b"], [[], tags])


def test_one_label_and_several_are_not_mixed_up(trained):
    with pytest.raises(ValueError, match=r"expected several labels for each input.*got one label"):
        trained.evaluate(["a"], ["red"])
    one = small().for_data(["a", "b"], ["x", "y"])
    with pytest.raises(ValueError, match=r"expected one label for each input.*got several labels"):
        one.evaluate(["a"], [["x"]])
    with pytest.raises(ValueError, match="thresholds: expected a model of several labels"):
        one.choose_thresholds(["a"], ["x"])


def test_a_sequence_without_any_label_is_data(trained):
    found = trained.evaluate(["a box"], [[]])
    assert found["exact_match"] == 1
    assert trained.report(["a box"], [["red"]]).mistakes[0].prediction == "not red"


# thresholds


def f1(model, texts, tags):
    metric = MultiLabel(len(model.labels), model.outcome.thresholds)
    y = model.outcome.encode(tags)
    p = np.array([list(one.probabilities.values()) for one in model.predict(texts)])
    p = np.clip(p, 1e-9, 1 - 1e-9)
    metric.update(y, np.log(p / (1 - p)))
    return {k: row["f1"] for k, row in metric.per_label().items()}


def test_thresholds_are_the_best_there_are(tmp_path):
    model = small()
    model.fit(TEXTS[:30], TAGS[:30], epochs=2, learning_rate=0.03, batch_size=8)
    half = f1(model, TEXTS, TAGS)
    chosen = model.choose_thresholds(TEXTS, TAGS)
    best = f1(model, TEXTS, TAGS)
    assert list(chosen) == list(model.labels)
    assert all(best[k] >= half[k] for k in best)
    assert sum(best.values()) > sum(half.values())
    p = np.array([list(one.probabilities.values()) for one in model.predict(TEXTS)])
    for k, label in enumerate(model.labels):  # every other threshold, one by one
        y = np.array([label in tags for tags in TAGS])
        for t in np.unique(p[:, k]):
            said = p[:, k] >= t
            f = 2 * (said & y).sum() / (said.sum() + y.sum())
            assert f <= best[k] + 1e-12
    for one in model.predict(TEXTS):
        assert one.labels == tuple(w for w, v in one.probabilities.items() if v >= chosen[w])
    model.save(tmp_path)
    loaded = pyrnn.load(tmp_path)
    assert loaded.outcome.thresholds.tolist() == model.outcome.thresholds.tolist()
    assert loaded.predict(TEXTS) == model.predict(TEXTS)
    assert pickle.loads(pickle.dumps(model)).evaluate(TEXTS, TAGS) == model.evaluate(TEXTS, TAGS)


def test_thresholds_of_the_validation():
    valid = (TEXTS[40:], TAGS[40:])
    options = {"epochs": 2, "learning_rate": 0.03, "batch_size": 8, "valid": valid}
    models = {how: small() for how in ("half", "validation")}
    for how, model in models.items():
        model.fit(TEXTS[:40], TAGS[:40], thresholds=how, **options)
    assert models["half"].outcome.thresholds.tolist() == [0.5] * 3
    expected = models["half"].choose_thresholds(*valid)
    assert models["validation"].outcome.thresholds.tolist() == list(expected.values())
    with pytest.raises(ValueError, match="thresholds: expected 'half' without validation data"):
        small().fit(TEXTS, TAGS, thresholds="validation")
    with pytest.raises(ValueError, match="thresholds: expected 'half' with one label"):
        small().fit(TEXTS, ["a", "b"] * (len(TEXTS) // 2), thresholds="validation", valid=valid)


# files


def test_columns_of_flags(tmp_path):
    lines = [
        f"{t},{int('red' in y)},{str('blue' in y).lower()}"
        for t, y in zip(TEXTS, TAGS, strict=True)
    ]
    path = tmp_path / "boxes.csv"
    path.write_text("text,red,blue\n" + "\n".join(lines) + "\n", "utf-8")
    model = small()
    examples = model.examples(path, label="red,blue")
    assert examples.targets[0] == {"red": int("red" in TAGS[0]), "blue": int("blue" in TAGS[0])}
    model.fit(examples, **QUICK)
    assert model.labels == ("blue", "red")
    assert model.evaluate(examples)["f1_macro"] > 0.9
    path.write_text("text,red,blue\na,1,0\nb,2,0\n", "utf-8")
    words = r"boxes\.csv: line 3, column 'red': expected 0 or 1, as of each of several.*got '2'"
    with pytest.raises(ValueError, match=words):
        model.examples(path)


def test_lists_of_labels_in_json(tmp_path):
    path = tmp_path / "boxes.jsonl"
    rows = [{"text": t, "label": y} for t, y in zip(TEXTS, TAGS, strict=True)]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    model = small()
    examples = model.examples(path)
    assert examples.targets == TAGS
    model.fit(examples, **QUICK)
    assert model.evaluate(Examples(TEXTS, TAGS)) == model.evaluate(examples)
    for bad, words in (
        ('{"text": "a", "label": ["new"]}', r"'new' in .*boxes\.jsonl: line 2 is not among"),
        ('{"text": "a", "label": [5]}', r"got int 5 in .*boxes\.jsonl: line 2"),
        ('{"text": "a", "label": "red"}', r"got str 'red' in .*boxes\.jsonl: line 2"),
    ):
        path.write_text(f'{{"text": "a", "label": []}}\n{bad}\n', "utf-8")
        with pytest.raises(ValueError, match=words):
            model.examples(path)


def test_cross_entropy_with_smoothed_labels_is_that_of_functional():
    """Of one label a sequence: in training alone."""
    labels = ["x" if "red" in y else "y" for y in TAGS]
    model = small(dtype="float64").for_data(TEXTS, labels)
    data, options = model.read(TEXTS, labels), model.Options(label_smoothing=0.3, batch_size=60)
    for train, smoothing in ((True, 0.3), (False, 0.0)):
        (batch,) = model.batches(data, options, train=train)
        found = model.loss(batch)
        z, n = found.output.numpy(), np.arange(60)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        own, every = -log_p[n, batch.targets], -log_p.mean(axis=1)
        assert found.value.item() == pytest.approx(
            ((1 - smoothing) * own + smoothing * every).sum()
        )
        expected = functional.cross_entropy(
            found.output, batch.targets, reduction="sum", label_smoothing=smoothing
        )
        assert found.value.item() == expected.item()


def test_thresholds_are_chosen_by_a_loop_of_ones_own_on_its_own_data():
    valid = (TEXTS[40:], TAGS[40:])
    options = {"epochs": 2, "learning_rate": 0.03, "batch_size": 8, "thresholds": "validation"}
    model, expected = small(), small()
    expected.fit(TEXTS[:40], TAGS[:40], valid=valid, **options)
    loop = model.training(TEXTS[:40], TAGS[:40], valid=valid, **options)
    model.training(TEXTS[:40], TAGS[:40], valid=(TEXTS[:9], TAGS[:9]), **options)  # another one
    for _ in loop:
        pass
    np.testing.assert_array_equal(model.outcome.thresholds, expected.outcome.thresholds)
    assert (model.outcome.thresholds != 0.5).any()
