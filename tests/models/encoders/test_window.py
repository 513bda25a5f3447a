"""The window in plain NumPy: one-hot vectors side by side, and one matrix."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.models import SequenceClassifier

from .small import DATA, NUMBERS, TOKENS, H, I, V, batch, network, weights


def side_by_side(sequence, window, keep, size):
    """The steps at their places, empty ones 0; (P size,)."""
    steps = list(np.eye(size)[sequence] if np.ndim(sequence) == 1 else sequence)
    empty = [np.zeros(size)] * max(0, window - len(steps))
    steps = empty + steps[-window:] if keep == "last" else steps[:window] + empty
    return np.concatenate(steps)


@pytest.mark.parametrize("keep", ["last", "first"])
@pytest.mark.parametrize("window", [1, 4, 5, 9])
@pytest.mark.parametrize("reads", [TOKENS, NUMBERS])
def test_the_equations(reads, window, keep):
    """One-hot vectors, or frames, of P steps side by side, times one matrix."""
    net = network(reads, "window", window=window, keep=keep)
    w = weights(net)
    matrix, size = w["encoder.places.weight"], I
    if reads.tokens:
        matrix, size = matrix.T, V  # (P V, H) -> (H, P V)
    assert matrix.shape == (H, window * size)
    logits = net(*batch(net, DATA[reads])).numpy()
    for sequence, z in zip(DATA[reads], logits, strict=True):
        x = side_by_side(sequence, window, keep, size)
        h = np.maximum(matrix @ x + w["encoder.bias"], 0)
        expected = w["output.weight"] @ h + w["output.bias"]
        np.testing.assert_allclose(z, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("keep", "same"), [("last", [1, 2, 3]), ("first", [3, 2, 1])])
def test_the_end_that_is_kept_has_its_place(keep, same):
    """Steps before the last ones, or behind the first ones, do not move or change those."""
    net = network(TOKENS, "window", window=3, keep=keep)
    long = [7, 7, *same] if keep == "last" else [*same, 7, 7]
    one, other = net(*batch(net, [same, long])).numpy()
    np.testing.assert_array_equal(one, other)
    (moved,) = net(*batch(net, [[*same[1:], same[0]]])).numpy()
    assert np.abs(one - moved).max() > 0.01


def test_what_nothing_shared_costs():
    """P V H + H numbers, where a recurrent layer has 4 H (E + H + 2) and V E, whatever P is."""
    texts, labels = [" ".join(f"w{k}" for k in range(98))] * 2, ["a", "b"]

    def size(**settings):
        model = SequenceClassifier(hidden_size=8, **settings).for_data(texts, labels)
        assert f"{model.num_parameters():,} parameters" in model.summary()
        return model.num_parameters() - (8 * 2 + 2)  # of the output layer

    for window in (10, 20):
        assert size(encoder="window", window=window) == window * 100 * 8 + 8
    assert size(pooling="last") == 4 * 8 * (8 + 8 + 2) + 100 * 8


def test_a_batch_of_nothing():
    net = network(TOKENS, "window")
    found = net(*batch(net, [np.zeros(0, int)] * 2)).numpy()
    h = np.maximum(net.encoder.bias.numpy(), 0)
    np.testing.assert_allclose(found[0], net.output.weight.numpy() @ h + net.output.bias.numpy())
    np.testing.assert_array_equal(found[0], found[1])
