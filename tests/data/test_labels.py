"""Labels: their order, their types, and errors that say which row."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pyrnn.data import Labels, class_weights


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([10, 9, 2, 10], (2, 9, 10)),
        (["b", "a", "B", "NA"], ("B", "NA", "a", "b")),
        ([True, False], (False, True)),
        (["10", "9"], ("10", "9")),
        (np.array([3, 1]), (1, 3)),
        (np.array(["y", "x"]), ("x", "y")),
        (np.array([True, False]), (False, True)),
        ([np.int8(5), 4], (4, 5)),
        ([0], (0,)),
    ],
)
def test_classes_are_sorted_and_come_back_as_they_were(labels, classes):
    fitted = Labels.fit(labels)
    assert fitted.classes == tuple(fitted) == classes
    assert [type(label) for label in fitted] == [type(label) for label in classes]
    ids = fitted.encode(labels)
    assert ids.dtype == np.int64
    assert fitted.decode(ids) == list(labels)
    assert Labels.fit(list(labels)[::-1]) == fitted
    again = Labels.from_json(json.loads(json.dumps(fitted.to_json())))
    assert again == fitted
    assert again.to_json() == fitted.to_json()


def test_a_prediction_is_a_label_and_no_index():
    assert Labels.fit([10, 9, 2]).decode([2, np.int64(0)]) == [10, 2]


def test_one_is_not_true():
    assert Labels([0, 1]) != Labels([False, True])
    with pytest.raises(TypeError, match=r"expected integers, .* got bool True in row 1"):
        Labels([0, 1]).encode([1, True])


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (
            lambda: Labels.fit(["a", "b"]).encode(["a", "x"], "the validation data"),
            ValueError,
            "label 'x' in row 1 of the validation data is not among the training labels 'a', 'b'",
        ),
        (
            lambda: Labels.fit(["a"]).encode(
                ["a", "x"], "v.csv", places=["v.csv: line 2", "v.csv: line 5"]
            ),
            ValueError,
            "'x' in v.csv: line 5",
        ),
        (
            lambda: Labels.fit(["NA", "NZ", ""], "t.csv"),
            ValueError,
            "expected a label; got an empty one in row 2 of t.csv",
        ),
        (
            lambda: Labels.fit(["a"]).encode(["a", " "], places=["v.csv: line 2", "v.csv: line 3"]),
            ValueError,
            "empty one in v.csv: line 3",
        ),
        (lambda: Labels.fit([]), ValueError, "at least one; got none in the training data"),
        (lambda: Labels.fit([1, "a"]), TypeError, "expected integers, .* got str 'a' in row 1"),
        (lambda: Labels.fit([1.0]), TypeError, "strings, integers or truth values; got float 1.0"),
        (lambda: Labels.fit([None]), TypeError, "got NoneType None in row 0"),
        (lambda: Labels.fit("abc"), TypeError, "expected a list of labels; got one, 'abc'"),
        (lambda: Labels.fit(["a"]).encode([1]), TypeError, "expected strings.* got int 1"),
        (lambda: Labels(["a", "a"]), ValueError, "each once; got 'a' more than once"),
        (lambda: Labels([]), ValueError, "classes: expected at least one"),
        (lambda: Labels(["a"]).decode([1]), ValueError, "id: .* got 1"),
        (lambda: Labels.from_json([]), ValueError, "expected an object with a list classes"),
        (lambda: Labels.from_json({"classes": "ab"}), ValueError, "a list classes"),
        (lambda: Labels.from_json({"classes": [1.5]}), ValueError, "got float 1.5"),
        (lambda: Labels.from_json({"classes": [1, 1]}), ValueError, "each once"),
        (lambda: Labels.from_json({"classes": [0, True]}), ValueError, "got bool True"),
    ],
)
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_a_long_list_of_labels_is_cut():
    with pytest.raises(ValueError, match="training labels") as caught:
        Labels(range(10_000)).encode([-1])
    assert len(str(caught.value)) < 200
    assert len(repr(Labels(["x" * 10**6, *map(str, range(99))]))) < 200


def test_balanced_weights():
    ids = np.array([0] * 9 + [1])
    weights = class_weights("balanced", ids, 2)
    np.testing.assert_allclose(weights, [0.555556, 5], rtol=1e-6)
    assert weights[ids].mean() == pytest.approx(1)
    losses = -np.log([0.9] * 9 + [0.1])
    assert np.average(losses, weights=weights[ids]) == pytest.approx(1.203973, abs=1e-6)


@pytest.mark.parametrize(
    ("how", "ids", "classes", "words"),
    [
        ("even", [0], 1, "expected 'balanced'; got 'even'"),
        ("balanced", [0, 0], 2, "expected each of 0 to 1"),
        ("balanced", [0, 1, 2], 2, "expected each of 0 to 1"),
    ],
)
def test_weights_that_there_are_not(how, ids, classes, words):
    with pytest.raises(ValueError, match=words):
        class_weights(how, np.array(ids), classes)
