"""SequenceRegressor: its loss and its metrics by brute force, and what it learns."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import pyrnn
from pyrnn.autograd import gradcheck
from pyrnn.models import Examples, SequenceRegressor

DRAW = np.random.default_rng(5)
FRAMES = [DRAW.normal(size=(n, 2)) for n in (3, 1, 5, 2, 4, 3, 0, 6)]
ONE = [float(x.sum()) + 10 for x in FRAMES]
TWO = [[100 * y, -y] for y in ONE]
EACH = [np.cumsum(x, axis=0) + [5, -5] for x in FRAMES]  # a row a step
ERRORS = {"squared": np.square, "absolute": np.abs}


def small(**settings):
    return SequenceRegressor(**{"hidden_size": 5, "dtype": "float64", **settings})


def outputs(model, frames):
    """What the network says after each step of one sequence, scaled: (N, K), by itself."""
    x = (np.asarray(frames) - model.input.scaler.mean) / model.input.scaler.deviation
    return model.network.steps(x[:, None], np.array([len(x)])).numpy()[:, 0]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("targets", [ONE, TWO])
@pytest.mark.parametrize("scale", ["standard", "none"])
def test_loss_and_metrics_of_a_number_a_sequence(error, targets, scale):
    model = small(error=error, scale_targets=scale).for_data(FRAMES, targets)
    y = np.array(targets, np.float64).reshape(len(FRAMES), -1)
    p = np.array([list(one.values.values()) for one in model.predict(FRAMES)])
    mean, deviation = (y.mean(axis=0), y.std(axis=0)) if scale == "standard" else (0, 1)
    loss = ERRORS[error]((p - mean) / deviation - (y - mean) / deviation).mean()
    found = model.evaluate(FRAMES, targets)
    assert found["loss"] == pytest.approx(loss)
    assert found["mae"] == pytest.approx(np.abs(p - y).mean())
    assert found["rmse"] == pytest.approx(np.sqrt(((p - y) ** 2).mean(axis=0)).mean())
    unexplained = ((p - y) ** 2).sum(axis=0) / ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    assert found["r2"] == pytest.approx((1 - unexplained).mean())
    result = model.fit(FRAMES, targets, valid=(FRAMES, targets), max_steps=1, restore_best=False)
    expected = model.evaluate(FRAMES, targets)["loss"]
    assert result.validations[-1].metrics["loss"] == pytest.approx(expected)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("static", [None, [[float(n)] for n in range(8)]])
def test_the_loss_of_a_target_a_step_is_over_all_steps(error, static):
    """The batch's loss is the sum over the steps that there are, each the mean over K."""
    model = small(error=error).for_data(FRAMES, EACH, static)
    data = model.read(FRAMES, EACH, static)
    total = items = 0
    for batch in model.batches(data, model.Options(batch_size=3), train=False):
        found = model.loss(batch)
        total, items = total + found.value.item(), items + found.items
    assert items == sum(map(len, FRAMES))
    if static is None:
        scaler = model._targets.scaler
        gaps = [
            outputs(model, x) - scaler.transform(y)
            for x, y in zip(FRAMES, EACH, strict=True)
            if len(x)
        ]
        assert total == pytest.approx(ERRORS[error](np.concatenate(gaps)).sum() / 2)


def test_a_target_a_step_is_evaluated_at_the_last_one():
    """Sequences without steps have no last one, and are left out."""
    model = small().for_data(FRAMES, EACH)
    kept = [k for k, x in enumerate(FRAMES) if len(x)]
    p = np.array([list(one.values.values()) for one in model.predict(FRAMES)])
    scaler = model._targets.scaler
    for k in kept:
        last = scaler.inverse(outputs(model, FRAMES[k])[-1:])[0]
        np.testing.assert_allclose(p[k], last, rtol=1e-12)
    y = np.array([EACH[k][-1] for k in kept])
    report = model.report(FRAMES, EACH)
    assert report.metrics["mae"] == pytest.approx(np.abs(p[kept] - y).mean())
    gap = scaler.transform(p[kept]) - scaler.transform(y)
    assert report.metrics["loss"] == pytest.approx((gap**2).mean())
    np.testing.assert_array_equal(report.truths, y)
    assert sorted(one.number for one in report.mistakes) == kept
    for one in report.mistakes:
        assert one.truth == tuple(EACH[one.number][-1])
        assert one.input == f"{len(FRAMES[one.number])} steps"


@pytest.mark.parametrize(("keep", "part"), [("last", slice(-2, None)), ("first", slice(2))])
def test_truncated_sequences_have_truncated_targets(keep, part):
    model = small(max_length=2, keep=keep).for_data(FRAMES, EACH)
    (batch,) = model.batches(model.read(FRAMES, EACH), model.Options(), train=False)
    scaler = model._targets.scaler
    for row, number in enumerate(batch.numbers):
        frames = [x for x in FRAMES if len(x)][number]
        y = [y for y in EACH if len(y)][number][part]
        assert batch.lengths[row] == min(2, len(frames))
        np.testing.assert_allclose(batch.targets[: len(y), row], scaler.transform(y))
        x = frames[part]
        assert model.predict([frames]) == model.predict([x])


def test_sequences_without_steps_alone():
    model = small().for_data(FRAMES, EACH)
    with pytest.raises(ValueError, match=r"^inputs: expected steps, each with a target"):
        model.evaluate([np.zeros((0, 2))], [np.zeros((0, 2))])
    (one,) = model.predict([[]])
    assert np.isfinite(one.value)
    other = small().for_data(FRAMES, ONE)  # one a sequence: what it says of no steps counts
    (empty,) = other.predict([[]])
    assert other.evaluate([[]], [3.0])["mae"] == pytest.approx(abs(empty.value - 3))


def test_one_for_a_sequence_is_that_of_each_step():
    """Where others have one a step: it may be a number, or K of them."""
    mixed = [y if k % 2 else [5.0, -5.0] for k, y in enumerate(EACH)]
    spread = [y if k % 2 else np.full(x.shape, [5.0, -5.0]) for k, (x, y) in
              enumerate(zip(FRAMES, EACH, strict=True))]  # fmt: skip
    model = small().for_data(FRAMES, mixed)
    assert model.evaluate(FRAMES, mixed) == model.evaluate(FRAMES, spread)


def test_words_have_a_target_each():
    texts = ["good film", "bad", "", "a good, good film"]
    targets = [[[1.0], [2.0]], [[3.0]], [], [[0.0], [1.0], [1.0], [2.0]]]
    model = small().for_data(texts, targets)
    (batch,) = model.batches(model.read(texts, targets), model.Options(), train=False)
    assert batch.lengths.tolist() == [1, 2, 4]
    model.fit(texts, targets, epochs=1)
    assert model.evaluate(texts, targets)["mae"] > 0
    with pytest.raises(ValueError, match=r"each of the sequence's 2 steps, or one for all; got 9"):
        small().for_data(texts, targets).evaluate(["good film"], [[[1.0]] * 9])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"bidirectional": True}, "bidirectional: expected False with a target at every step"),
        ({"pooling": "mean"}, "pooling: expected 'last' with a target at every step"),
        ({"pooling": "max"}, "pooling: expected 'last'"),
        ({"encoder": "bag", "hidden_size": 128}, "encoder: expected 'recurrent' with a target"),
        ({"encoder": "conv", "hidden_size": 128}, "encoder: expected 'recurrent'"),
        ({"encoder": "window", "window": 3}, "encoder: expected 'recurrent'"),
    ],
)
def test_what_knows_the_steps_to_come_is_refused(settings, words):
    model = small(**settings)
    with pytest.raises(ValueError, match=f"^{words}"):
        model.fit(FRAMES, EACH, epochs=1)
    model.fit(FRAMES, TWO, epochs=1)  # nothing is left of it


@pytest.mark.parametrize(
    ("inputs", "targets", "words"),
    [
        (FRAMES, ONE[:-1], "targets: expected 8, one for each of inputs; got 7"),
        (FRAMES[:2], [1, [2, 3]], r"targets\[1\]: expected 1 numbers, as elsewhere; got 2"),
        (FRAMES[:2], [1, np.nan], r"targets\[1\]: expected finite numbers; got nan"),
        (FRAMES[:2], [1, np.inf], r"targets\[1\]: expected finite numbers; got inf"),
        (FRAMES[:2], [[[1]] * 3, [[1]] * 2], r"targets\[1\]: .* the sequence's 1 steps.*got 2"),
        (FRAMES[:2], [[1, 2, 3], [1]], r"targets\[1\]: .*a number for each of N steps is \(N, 1\)"),
        (FRAMES[:2], [1e300, -1e300], "targets: expected numbers whose squared distances"),
        ([[1e300], [-1e300]], [1, 2], "inputs: expected numbers whose squared distances"),
        ([[1, np.nan]], [1], r"inputs\[0\]: step 1, feature 0: expected a number; got nan"),
        ([[1, 2], [np.inf]], [1, 2], r"inputs\[1\]: step 0, feature 0: expected a finite number"),
        ([[[1, 2]], [[1]]], [1, 2], r"inputs\[1\]: expected 2 numbers a step.*got 1"),
    ],
)
def test_data_that_are_none(inputs, targets, words):
    model = small()
    with pytest.raises(ValueError, match=f"^{words}"):
        model.fit(inputs, targets, epochs=1)
    with pytest.raises(ValueError, match="not built yet"):
        model.predict(inputs)


def test_numbers_beyond_the_models_precision():
    with pytest.raises(ValueError, match="targets: expected numbers that float32 holds"):
        small(dtype="float32", scale_targets="none").fit([[1.0], [2.0]], [1e300, 1.0], epochs=1)


@pytest.mark.parametrize("unit", [1e150, 1e-150, 1e-5])
def test_huge_and_tiny_numbers_are_learnt_in_their_own_units(unit):
    frames = [x * unit for x in FRAMES]
    model = small(dtype="float32").for_data(frames, [y * unit for y in ONE])
    plain = small(dtype="float32").for_data(FRAMES, ONE)
    expected = [one.value * unit for one in plain.predict(FRAMES)]
    np.testing.assert_allclose([one.value for one in model.predict(frames)], expected, rtol=1e-4)


def test_constant_targets_and_constant_series():
    model = small()
    frames = [np.ones((n, 1)) for n in (1, 2, 3, 4)]
    model.fit(frames, [7.0] * 4, epochs=100, learning_rate=0.02)
    found = model.evaluate(frames, [7.0] * 4)
    assert found["rmse"] < 0.5
    assert np.isnan(found["r2"])  # it is undefined, and said so
    assert model._targets.scaler.deviation.tolist() == [1.0]


@pytest.mark.parametrize("targets", [TWO, EACH])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh"])
def test_the_gradient_of_the_whole_models_loss(targets, cell):
    model = small(cell=cell, hidden_size=3, pooling="last").for_data(FRAMES, targets)
    (batch,) = model.batches(model.read(FRAMES, targets), model.Options(), train=False)
    assert gradcheck(lambda: model.loss(batch).value, [], list(model.parameters()))


def test_sums_are_learnt():
    draw = np.random.default_rng(1)
    series = [draw.uniform(size=(n, 1)) for n in draw.integers(2, 9, size=300)]
    totals = [x.sum() for x in series]
    model = SequenceRegressor(hidden_size=16)
    model.fit(series[:240], totals[:240], epochs=20, learning_rate=0.01)
    assert model.evaluate(series[240:], totals[240:])["r2"] > 0.9


def test_running_sums_are_learnt_at_every_step():
    draw = np.random.default_rng(1)
    series = [draw.uniform(size=(n, 1)) for n in draw.integers(2, 9, size=300)]
    totals = [np.cumsum(x, axis=0) for x in series]
    model = SequenceRegressor(hidden_size=16)
    model.fit(series[:240], totals[:240], epochs=20, learning_rate=0.01)
    assert model.evaluate(series[240:], totals[240:])["r2"] > 0.9
    first = model.predict([x[:1] for x in series[240:]])  # the earlier steps are learnt as well
    gaps = [one.value - x[0, 0] for one, x in zip(first, series[240:], strict=True)]
    assert np.abs(gaps).mean() < 0.25


def test_the_absolute_error_goes_by_the_median():
    frames = [np.zeros((2, 1))] * 9
    targets = [0.0] * 6 + [90.0] * 3
    found = {}
    for error in ERRORS:
        model = small(error=error)
        model.fit(frames, targets, epochs=400, learning_rate=0.05, batch_size=9)
        found[error] = model.predict(frames[:1])[0].value
    assert abs(found["absolute"]) < 3
    assert abs(found["squared"] - 30) < 3


def test_predictions_are_named_by_their_columns():
    table = {"f": [x.tolist() for x in FRAMES], "low": ONE, "high": ONE}
    model = small()
    examples = model.examples(table, frames="f", target="low,high")
    assert isinstance(examples, Examples)
    model.fit(examples, epochs=1)
    (one,) = model.predict(FRAMES[:1])
    assert list(one.values) == ["low", "high"]
    assert one.to_json() == dict(one.values)
    again = pickle.loads(pickle.dumps((model, examples)))
    assert again[0].evaluate(again[1]) == model.evaluate(examples)


def test_saved_and_loaded_with_a_target_a_step(tmp_path):
    model = small()
    model.fit(FRAMES, EACH, epochs=1)
    model.save(tmp_path)
    loaded = pyrnn.load(tmp_path)
    assert loaded.evaluate(FRAMES, EACH) == model.evaluate(FRAMES, EACH)
    assert loaded.config.pooling == "last"
    loaded.fit(FRAMES, EACH, epochs=1)
