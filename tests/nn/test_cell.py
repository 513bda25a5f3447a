"""Cells: a loop over a cell is a layer of the same weights."""

import numpy as np
import pytest

from pyrnn import nn

T, B, I, H = 5, 3, 4, 2

PAIRS = {
    "RNN": (nn.RNN, nn.RNNCell, {}),
    "RNN-relu": (nn.RNN, nn.RNNCell, {"nonlinearity": "relu"}),
    "RNN-sigmoid": (nn.RNN, nn.RNNCell, {"nonlinearity": "sigmoid"}),
    "LSTM": (nn.LSTM, nn.LSTMCell, {}),
    "GRU": (nn.GRU, nn.GRUCell, {}),
    "GRU-before": (nn.GRU, nn.GRUCell, {"reset_after": False}),
}


@pytest.mark.parametrize(("layer", "cell", "options"), PAIRS.values(), ids=PAIRS.keys())
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batched", [True, False])
def test_a_loop_over_a_cell_is_a_layer(layer, cell, options, bias, batched):
    whole = layer(I, H, bias=bias, dtype="float64", rng=0, init="torch", **options)
    step = cell(I, H, bias=bias, dtype="float64", rng=0, init="torch", **options)
    for name, p in step.named_parameters():  # the same seed gives the same weights
        np.testing.assert_array_equal(p.numpy(), getattr(whole, f"{name}_l0").numpy())
    x = np.random.default_rng(1).standard_normal((T, B, I) if batched else (T, I))
    y, final = whole(x)
    state = None
    for t in range(T):
        state = step(x[t], state)
        h = state[0] if isinstance(state, tuple) else state
        assert h.shape == ((B, H) if batched else (H,))
        np.testing.assert_allclose(h.numpy(), y.numpy()[t], rtol=1e-12, atol=1e-14)
    if isinstance(state, tuple):
        np.testing.assert_allclose(state[1].numpy(), final[1].numpy()[0], rtol=1e-12, atol=1e-14)


def test_an_empty_batch_and_token_input():
    cell = nn.LSTMCell(I, H, rng=0)
    h, c = cell(np.zeros((0, I), "float32"))
    assert h.shape == c.shape == (0, H)
    embedding = nn.Embedding(7, I, rng=1)
    ids = np.array([3, 0, 6])
    fused, plain = cell(embedding(ids)), cell(embedding(ids).numpy())
    np.testing.assert_allclose(fused[0].numpy(), plain[0].numpy(), rtol=1e-6)  # float32 rounding
    np.testing.assert_array_equal(cell(embedding(3))[0].shape, (H,))


def test_the_repr_tells_the_settings():
    cell = nn.GRUCell(2, 3, bias=False, reset_after=False, dtype="float64", rng=0)
    assert repr(cell).startswith(
        "GRUCell(2, 3, bias=False, dtype=float64, reset_after=False)  # x (B, 2) -> h (B, 3); 45"
    )
    assert "(h, c) each (B, 3)" in repr(nn.LSTMCell(2, 3, rng=0))
    assert "nonlinearity='relu'" in repr(nn.RNNCell(2, 3, nonlinearity="relu", rng=0))
