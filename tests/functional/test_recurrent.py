"""The recurrent node: it passes on what the kernel gives, for every cell, and all of it."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor, no_grad
from pyrnn import functional as F
from pyrnn.autograd import gradcheck
from pyrnn.kernels import native
from pyrnn.kernels.stack import CELLS, Stack, look_up

T, B, I, H, V = 4, 3, 2, 3, 5
LENGTHS = np.array([4, 0, 2])
IDS = np.random.default_rng(7).integers(0, V, (T, B))


def inputs(stack, time=T, seed=0, dtype=np.float64):
    """x, h0, c0 (None for cells without) and weights."""
    rng = np.random.default_rng(seed)
    draw = lambda *shape: rng.standard_normal(shape).astype(dtype)  # noqa: E731
    x, h0 = draw(time, B, stack.input_size), draw(*stack.state_shape(B))
    c0 = draw(*stack.cell_state_shape(B)) if stack.has_cell_state else None
    return x, h0, c0, [draw(*shape) for shape in stack.weight_shapes()]


def run(stack, x, h0, c0, weights, **options):
    packed = native.pack(stack, [w.data for w in weights])
    return F.recurrent(stack, packed, x, weights, h0, c0, **options)


@pytest.mark.parametrize(
    ("cell", "proj_size"),
    [*((cell, 0) for cell in CELLS), *((c, 2) for c in CELLS if look_up(c).projects)],
)
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
def test_gradients(cell, proj_size, lengths):
    stack = Stack(cell, I, H, 2, bidirectional=True, dropout=0.4, proj_size=proj_size)
    x, h0, c0, weights = inputs(stack)

    def function(x, h0, c0, *weights):
        options = {"return_cells": stack.has_cell_state, "lengths": lengths, "seed": 5}
        options["sequences"] = [4, 0, 9]
        return run(stack, x, h0, c0, weights, **options)

    assert gradcheck(function, [x, h0, c0, *weights])


@pytest.mark.parametrize("cell", ["rnn_tanh", "lstm", "gru"])
def test_gradients_without_bias_and_states(cell):
    stack = Stack(cell, I, H, bias=False)
    x, _, _, weights = inputs(stack)
    assert gradcheck(lambda x, *w: run(stack, x, None, None, w), [x, *weights])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
@pytest.mark.parametrize("cell", ["rnn_relu", "lstm", "gru", "gru_reset_before"])
def test_lookups_equal_rows(cell, lengths, dtype):
    """Token input through the kernel against the same rows looked up, forward and backward."""
    stack = Stack(cell, I, H, num_layers=2, bidirectional=True)
    _, _, _, arrays = inputs(stack, dtype=dtype)
    values = np.random.default_rng(3).standard_normal((V, I)).astype(dtype)
    results = []
    for looked_up in (False, True):
        table = Tensor(values, requires_grad=True)
        weights = [Tensor(w, requires_grad=True) for w in arrays]
        x = table[IDS] if looked_up else F.embedding(IDS.T, table).swapaxes(0, 1)
        y, h_n, *_ = run(stack, x, None, None, weights, lengths=lengths)
        assert looked_up or x._rows is None  # the kernel read ids and table
        ((y * y).sum() + h_n.sum() + (table * 0.5).sum()).backward()
        results.append([y.data, h_n.data, table.grad, *(w.grad for w in weights)])
    # The two paths add the same terms in different orders: sums of at most T B terms of size 10.
    tolerance = 200 * np.finfo(dtype).eps
    for lazy, dense in zip(*results, strict=True):
        assert lazy.dtype == dtype
        np.testing.assert_allclose(lazy, dense, rtol=tolerance, atol=tolerance)


def test_gradient_of_a_table():
    stack = Stack("lstm", I, H)
    _, _, _, weights = inputs(stack)
    table = np.random.default_rng(3).standard_normal((V, I))

    def function(table, *weights):
        return run(stack, F.embedding(IDS, table), None, None, weights, lengths=LENGTHS)[:3]

    assert gradcheck(function, [table, *weights])


def test_padding_row_of_a_table_gets_no_gradient():
    stack = Stack("gru", I, H)
    _, _, _, weights = inputs(stack)
    table = Tensor(np.ones((V, I)), requires_grad=True)
    weights = [Tensor(w) for w in weights]
    pad = int(IDS[0, 0])
    run(stack, F.embedding(IDS, table, pad), None, None, weights)[0].sum().backward()
    assert not table.grad[pad].any()
    assert table.grad.any()


def test_ids_past_a_length_may_hold_anything():
    stack = Stack("gru", I, H)
    _, _, _, weights = inputs(stack)
    weights = [Tensor(w) for w in weights]
    table = Tensor(np.ones((V, I)), requires_grad=True)
    ids = np.where(np.arange(T)[:, None] < LENGTHS, IDS, -1)
    y = run(stack, F.embedding(ids, table), None, None, weights, lengths=LENGTHS)[0]
    y.sum().backward()
    with pytest.raises(IndexError, match="got -1"):
        run(stack, F.embedding(ids, table), None, None, weights)


def test_a_retained_gradient_of_the_rows_has_them_looked_up():
    stack = Stack("gru", I, H)
    _, _, _, weights = inputs(stack)
    x = F.embedding(IDS, Tensor(np.ones((V, I)), requires_grad=True))
    x.retain_grad()
    run(stack, x, None, None, [Tensor(w) for w in weights])[0].sum().backward()
    assert x.grad.shape == (T, B, I)
    assert x.table.grad.any()


def test_outputs_that_a_cell_does_not_have():
    stack = Stack("lstm", I, H)
    x, h0, c0, weights = inputs(stack)
    weights = [Tensor(w) for w in weights]
    y, h_n, c_n, cells = run(stack, x, h0, c0, weights)
    assert (y.shape, h_n.shape, c_n.shape, cells) == ((T, B, H), (1, B, H), (1, B, H), None)
    cells = run(stack, x, h0, c0, weights, return_cells=True)[3]
    np.testing.assert_array_equal(cells.data[-1], c_n.data[0])
    stack = Stack("gru", I, H)
    x, h0, c0, weights = inputs(stack)
    assert run(stack, x, h0, None, [Tensor(w) for w in weights])[2:] == (None, None)


def test_views_are_made_contiguous():
    stack = Stack("lstm", I, H)
    x, h0, c0, weights = inputs(stack)
    weights = [Tensor(w, requires_grad=True) for w in weights]
    lists = [Tensor(np.asfortranarray(a), requires_grad=True) for a in (x, h0, c0)]
    y, h_n, c_n, _ = run(stack, *lists, weights, lengths=[2, 1, 4])
    (y.T.sum() + (h_n.swapaxes(0, 2) * 2).sum() + c_n.transpose().sum()).backward()
    assert all(tensor.grad.shape == tensor.shape for tensor in [*lists, *weights])


def test_nothing_is_saved_without_need(monkeypatch):
    saves = []

    def forward(*args, kernel=native.forward, **options):
        saves.append((options["save"], options["needs_x"]))
        return kernel(*args, **options)

    monkeypatch.setattr(native, "forward", forward)
    stack = Stack("gru", I, H)
    x, h0, _, weights = inputs(stack)
    run(stack, x, h0, None, [Tensor(w) for w in weights])
    with no_grad():
        run(stack, x, h0, None, [Tensor(w, requires_grad=True) for w in weights])
    run(stack, x, h0, None, [Tensor(w, requires_grad=True) for w in weights])
    run(stack, Tensor(x, requires_grad=True), h0, None, [Tensor(w) for w in weights])
    assert saves == [(False, False), (False, False), (True, False), (True, True)]


def test_a_second_backward_needs_retain_graph():
    stack = Stack("gru", I, H)
    x, h0, _, weights = inputs(stack)
    weights = [Tensor(w, requires_grad=True) for w in weights]
    y = run(stack, x, h0, None, weights)[0].sum()
    y.backward(retain_graph=True)
    first = [w.grad.copy() for w in weights]
    y.backward()
    for w, once in zip(weights, first, strict=True):
        np.testing.assert_array_equal(w.grad, 2 * once)
    with pytest.raises(RuntimeError, match="earlier backward pass went through this"):
        y.backward()


def test_truncated_bptt_carries_a_detached_state():
    stack = Stack("lstm", I, H)
    x, h0, c0, weights = inputs(stack)
    weights = [Tensor(w, requires_grad=True) for w in weights]
    whole = run(stack, x, h0, c0, weights)[0].data
    h, c = Tensor(h0), Tensor(c0)
    for start in (0, 2):
        y, h, c, _ = run(stack, x[start : start + 2], h, c, weights)
        np.testing.assert_allclose(y.data, whole[start : start + 2], rtol=1e-12)
        y.sum().backward()
        h, c = h.detach(), c.detach()
    y, h, _, _ = run(stack, x, h0, c0, weights)
    y.sum().backward()
    again = run(stack, x, h, None, weights)[0].sum()
    with pytest.raises(RuntimeError, match=r"went through this Recurrent.*detach\(\) it first"):
        again.backward()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"weights": 3}, ValueError, "weights: expected 4 tensors .*; got 3"),
        ({"x": np.zeros((T, B, I + 1))}, ValueError, "x: expected last axis I = 2; got 3"),
        ({"x": np.zeros((T, I))}, ValueError, r"x: expected 3 axes \(T, B, I\)"),
        ({"x": np.zeros((T, B, I), np.float32)}, TypeError, "x: expected dtype float64"),
        ({"h0": np.zeros((1, 1, H))}, ValueError, "h0: expected shape"),
        ({"lengths": [1.0] * B}, TypeError, "lengths: expected integers; got dtype float32"),
        ({"lengths": [1, 2]}, ValueError, "lengths: expected shape"),
        ({"lengths": [1, 2, T + 1]}, ValueError, "lengths: expected values from 0 to T = 4; got 5"),
        ({"sequences": [0.5] * B}, TypeError, "sequences: expected integers"),
        ({"sequences": [1, 2]}, ValueError, "sequences: expected shape"),
        ({"seed": -1}, ValueError, r"seed: expected an integer in \[0, 2\*\*64\)"),
    ],
)
def test_errors(change, error, message):
    stack = Stack("gru", I, H)
    x, h0, _, weights = inputs(stack)
    packed = native.pack(stack, weights)
    weights = [Tensor(w) for w in weights[: change.pop("weights", None)]]
    arguments = {"x": x, "h0": h0} | change
    with pytest.raises(error, match=message):
        F.recurrent(stack, packed, weights=weights, **arguments)


def test_the_gradient_of_a_table_stays_rows():
    stack = Stack("gru", I, H)
    _, _, _, weights = inputs(stack)
    weights = [Tensor(w) for w in weights]
    table = Tensor(np.random.default_rng(3).standard_normal((50, I)), requires_grad=True)
    for ids in (IDS, IDS + 20):
        run(stack, F.embedding(ids, table), None, None, weights)[0].sum().backward()
    rows = table.row_grad
    np.testing.assert_array_equal(rows.ids, np.unique([IDS, IDS + 20]))
    assert rows.values.all()
    np.testing.assert_array_equal(np.flatnonzero(table.grad.any(axis=1)), rows.ids)
