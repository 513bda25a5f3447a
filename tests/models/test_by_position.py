"""Lists of other libraries are read by position, whatever they find their values by."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.models import Examples, SequenceClassifier, SequenceRegressor

TEXTS = [f"good w{k}" for k in range(30)] + [f"bad w{k}" for k in range(30)]
LABELS = ["p"] * 30 + ["n"] * 30
OPTIONS = {"valid": 0.2, "epochs": 3, "learning_rate": 0.05}


def fitted(texts, labels, **more):
    model = SequenceClassifier(encoder="bag")
    model.fit(texts, labels, **{**OPTIONS, **more})
    return model.network.state_dict()


def test_a_shuffled_frame():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": TEXTS, "label": LABELS}).sample(frac=1, random_state=1)
    expected = fitted(frame.text.tolist(), frame.label.tolist())
    np.testing.assert_equal(fitted(frame.text, frame.label), expected)
    np.testing.assert_equal(fitted(frame.text.tolist(), frame.label), expected)
    np.testing.assert_equal(fitted(frame.text.to_numpy(), frame.label.to_numpy()), expected)


def test_a_filtered_frame_with_all_that_stands_beside():
    pandas = pytest.importorskip("pandas")
    data = {"text": TEXTS, "label": LABELS, "age": range(60), "site": ["a", "b", "c"] * 20}
    frame = pandas.DataFrame(data)
    frame = frame[frame.age % 5 != 0].iloc[::-1]
    rest = frame[["age", "site"]]
    found = fitted(frame.text, frame.label, static=rest, groups=frame.site)
    lists = fitted(frame.text.tolist(), frame.label.tolist(), static=rest.values.tolist(),
                   groups=frame.site.tolist())  # fmt: skip
    np.testing.assert_equal(found, lists)
    half = frame[frame.age > 30]
    found = fitted(frame.text, frame.label, valid=(half.text, half.label))
    model = SequenceClassifier(encoder="bag").for_data(frame.text, frame.label)
    assert len(model.predict(half.text)) == len(half)
    assert model.evaluate(half.text, half.label) == model.evaluate(
        half.text.tolist(), half.label.tolist()
    )


def test_series_of_numbers():
    pandas = pytest.importorskip("pandas")
    x = [np.full((3, 1), k / 60) for k in range(60)]
    y = pandas.Series(np.arange(60) / 60).sample(frac=1, random_state=0)
    x = [x[k] for k in y.index]

    def found(targets):
        model = SequenceRegressor(hidden_size=4)
        model.fit(x, targets, valid=0.2, epochs=2)
        return model.network.state_dict()

    np.testing.assert_equal(found(y), found(y.tolist()))


def test_series_of_polars():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"text": TEXTS, "label": LABELS})
    np.testing.assert_equal(fitted(frame["text"], frame["label"]), fitted(TEXTS, LABELS))


def test_a_table_is_no_list_of_inputs():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": TEXTS})
    with pytest.raises(TypeError, match=r"a table, DataFrame: model\.examples\(table"):
        fitted(frame, LABELS)


def test_masked_numbers_are_missing():
    x = np.ma.masked_array(np.ones((8, 3, 1)), mask=np.eye(8, 3)[:, :, None] > 0)
    with pytest.raises(ValueError, match=r"inputs\[0\]: step 0, feature 0: .*got nan"):
        SequenceRegressor(hidden_size=2).fit(x, np.arange(8.0))
    with pytest.raises(ValueError, match="targets: expected values without a mask"):
        SequenceRegressor(hidden_size=2).fit(
            np.ones((2, 3, 1)), np.ma.masked_array([1.0, 2.0], mask=[True, False])
        )


def test_examples_hold_what_stands_beside_them():
    with pytest.raises(TypeError, match="an Examples beside others"):
        fitted(Examples(TEXTS, LABELS), LABELS)
