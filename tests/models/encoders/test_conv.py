"""The convolution as an encoder, in plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from .small import DATA, NUMBERS, TOKENS, batch, network, weights


def largest(x, w, b):
    """relu(max over t of b + Σ_k w_k x_{t+k-L}); x (N, E), w (F, E, W), b (F,) -> (F,)"""
    width, left = w.shape[2], (w.shape[2] - 1) // 2
    found = []
    for t in range(len(x)):
        a = b.copy()
        for k in range(width):
            if 0 <= t + k - left < len(x):
                a += w[:, :, k] @ x[t + k - left]
        found.append(a)
    return np.maximum(np.max(found, axis=0), 0) if found else np.zeros(len(b))


@pytest.mark.parametrize("widths", [(1,), (3,), (2, 3, 7)], ids=str)
@pytest.mark.parametrize("reads", [TOKENS, NUMBERS])
def test_the_equations(reads, widths):
    """Sequences of 0, 1, 2 and 5 steps."""
    net = network(reads, "conv", widths=widths)
    w = weights(net)
    logits = net(*batch(net, DATA[reads])).numpy()
    for sequence, z in zip(DATA[reads], logits, strict=True):
        x = w["encoder.embedding.weight"][sequence] if reads.tokens else sequence
        parts = [f"encoder.convolutions.{k}" for k in range(len(widths))]
        f = [largest(x, w[f"{part}.weight"], w[f"{part}.bias"]) for part in parts]
        expected = w["output.weight"] @ np.concatenate(f) + w["output.bias"]
        np.testing.assert_allclose(z, expected, rtol=1e-12, atol=1e-13)


def test_order_counts_within_a_filter_alone():
    net = network(TOKENS, "conv", widths=(1, 2))
    one, other = net(*batch(net, [[2, 3, 4, 4, 4], [3, 2, 4, 4, 4]])).numpy()
    assert np.abs(one - other).max() > 0.01
    net = network(TOKENS, "conv", widths=(1,))
    one, other = net(*batch(net, [[2, 3, 4, 4, 4], [3, 2, 4, 4, 4]])).numpy()
    np.testing.assert_array_equal(one, other)


def test_a_batch_of_nothing():
    net = network(TOKENS, "conv")
    inputs, lengths = batch(net, [np.zeros(0, int)] * 2)
    np.testing.assert_array_equal(
        net(inputs, lengths).numpy(), np.tile(net.output.bias.numpy(), (2, 1))
    )
