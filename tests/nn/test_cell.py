"""Cells: a loop over a cell is a layer of the same weights."""

import numpy as np
import pytest

from pyrnn import Tensor, nn

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


@pytest.mark.parametrize(("layer", "cell", "options"), PAIRS.values(), ids=PAIRS.keys())
@pytest.mark.parametrize("initial", [True, False])
def test_a_masked_loop_over_a_ragged_batch_is_a_layer_with_lengths(layer, cell, options, initial):
    whole = layer(I, H, dtype="float64", rng=0, init="torch", **options)
    step = cell(I, H, dtype="float64", rng=0, init="torch", **options)
    rng, lengths = np.random.default_rng(1), np.array([4, 0, 5])
    data = rng.standard_normal((T, B, I)), *rng.standard_normal((4, B, H))
    results = []
    for module, loop in ((whole, False), (step, True)):
        x, h0, c0 = (Tensor(a, requires_grad=True) for a in data[:3])
        pair = isinstance(module, nn.LSTM | nn.LSTMCell)
        state = ((h0, c0) if pair else h0) if initial else None
        if loop:
            for t in range(T):
                state = module(x[t], state, mask=t < lengths)
        else:
            state = ((h0[None], c0[None]) if pair else h0[None]) if initial else None
            state = module(x, state, lengths)[1]
        h, c = state if pair else (state, None)
        total = (h * data[3]).sum() if c is None else (h * data[3] + c * data[4]).sum()
        total.backward()
        used = [x] + ([h0, c0] if pair else [h0]) * initial
        grads = [a.grad for a in (*used, *module.parameters())]
        results.append([h.numpy().reshape(B, H), *grads])
    for mine, expected in zip(*results, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-11, atol=1e-13)
    if initial:
        np.testing.assert_array_equal(results[1][0][1], data[1][1])  # no step: the state itself


def test_a_mask_of_a_single_row():
    cell = nn.GRUCell(I, H, rng=0)
    x, h = np.ones(I, "float32"), np.full(H, 0.5, "float32")
    np.testing.assert_array_equal(cell(x, h, mask=False).numpy(), h)
    np.testing.assert_array_equal(cell(x, h, mask=True).numpy(), cell(x, h).numpy())


@pytest.mark.parametrize(
    ("mask", "error", "message"),
    [
        ([1, 0, 1], TypeError, "mask: expected truth values, such as t < lengths; got int64"),
        ([True, False], ValueError, r"mask: expected shape \(B,\) = \(3,\); got \(2,\)"),
        (True, ValueError, r"mask: expected shape \(B,\) = \(3,\); got \(\)"),
        ("no", TypeError, "mask: expected real numbers"),
    ],
)
def test_a_mask_that_is_none(mask, error, message):
    with pytest.raises(error, match=message):
        nn.GRUCell(I, H, rng=0)(np.zeros((B, I), "float32"), mask=mask)


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
