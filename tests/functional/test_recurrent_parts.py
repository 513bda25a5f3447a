"""An input in parts is the same input in one piece: values, gradients, errors."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor, no_grad
from pyrnn import functional as F
from pyrnn.autograd import RowGradient, gradcheck
from pyrnn.kernels import native
from pyrnn.kernels.stack import CELLS, Lookup, Stack

T, B, H, V, E = 4, 3, 3, 6, 2
LENGTHS = np.array([4, 0, 2])
RNG = np.random.default_rng(7)
IDS, OTHERS = RNG.integers(0, V, (2, T, B))
TABLE = RNG.standard_normal((V, E))
WIDE, NARROW = RNG.standard_normal((T, B, 3)), RNG.standard_normal((T, B, 1))

# Parts in terms of a table and two dense arrays.
PARTS = {
    "a lookup beside arrays": lambda table, a, b: [F.embedding(IDS, table), a, b],
    "a lookup behind arrays": lambda table, a, b: (a, b, F.embedding(IDS, table)),
    "one table, two lookups": lambda table, a, b: [
        F.embedding(IDS, table),
        a,
        F.embedding(OTHERS, table),
        b,
    ],
    "a table of few columns": lambda table, a, b: [F.embedding(IDS, table[:, :1]), b, a],
    "arrays": lambda table, a, b: [b, a],
    "no columns": lambda table, a, b: (a[:, :, :0], F.embedding(IDS, table), b[:, :, 1:], a),
    "one": lambda table, a, b: [a],
    "one lookup": lambda table, a, b: (F.embedding(IDS, table),),
}
FUSED = set(PARTS) - {"a lookup behind arrays", "arrays", "one"}  # read as ids and table
every_arrangement = pytest.mark.parametrize("name", PARTS)


def stack_for(name, cell="lstm", **options):
    parts = PARTS[name](Tensor(TABLE), Tensor(WIDE), Tensor(NARROW))
    return Stack(cell, sum(part.shape[2] for part in parts), H, **options)


def weights_of(stack, dtype=np.float64):
    rng = np.random.default_rng(1)
    return [0.5 * rng.standard_normal(shape).astype(dtype) for shape in stack.weight_shapes()]


def run(stack, x, weights, **options):
    packed = native.pack(stack, [w.data for w in weights])
    return F.recurrent(stack, packed, x, weights, **options)


def leaves(*arrays, dtype=np.float64):
    return [Tensor(array.astype(dtype), requires_grad=True) for array in arrays]


@every_arrangement
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
@pytest.mark.parametrize("cell", ["rnn_relu", "lstm_peephole", "gru", "gru_reset_before"])
def test_parts_equal_their_concatenation(name, cell, lengths, dtype):
    stack = stack_for(name, cell, num_layers=2, bidirectional=True, dropout=0.4)
    results = []
    for in_parts in (True, False):
        given = leaves(TABLE, WIDE, NARROW, dtype=dtype)
        weights = leaves(*weights_of(stack), dtype=dtype)
        parts = PARTS[name](*given)
        x = parts if in_parts else F.concatenate([part * 1.0 for part in parts], axis=2)
        y, h_n, *_ = run(stack, x, weights, lengths=lengths, seed=3, sequences=[2, 0, 5])
        ((y * y).sum() + h_n.sum()).backward()
        gradients = [np.zeros_like(t.data) if t.grad is None else t.grad for t in given]
        results.append([y.data, h_n.data, *gradients, *(w.grad for w in weights)])
    # The two ways add the same terms in different orders: sums of at most T B terms of size 10.
    tolerance = 200 * np.finfo(dtype).eps
    for apart, whole in zip(*results, strict=True):
        assert (apart.dtype, apart.shape) == (dtype, whole.shape)
        np.testing.assert_allclose(apart, whole, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
def test_gradients_of_every_part(cell, lengths):
    name = "one table, two lookups"
    stack = stack_for(name, cell, num_layers=2, bidirectional=True, dropout=0.4)

    def function(table, wide, narrow, *weights):
        options = {"return_cells": stack.has_cell_state, "lengths": lengths, "seed": 5}
        return run(stack, PARTS[name](table, wide, narrow), weights, **options)

    assert gradcheck(function, [TABLE, WIDE, NARROW, *weights_of(stack)])


@every_arrangement
def test_one_call_of_the_kernel_and_one_node(name, monkeypatch):
    inputs = []

    def forward(packed, x, *args, kernel=native.forward, **options):
        inputs.append(x)
        return kernel(packed, x, *args, **options)

    monkeypatch.setattr(native, "forward", forward)
    stack = stack_for(name)
    table, wide, narrow = leaves(TABLE, WIDE, NARROW)
    weights = leaves(*weights_of(stack))
    embedded = PARTS[name](table, wide, narrow)
    y = run(stack, embedded, weights)[0]
    assert [isinstance(x, Lookup) for x in inputs] == [name in FUSED]
    edges = [edge for edge in y._edge.node.edges if edge is not None]
    targets = [edge if isinstance(edge, Tensor) else edge.node for edge in edges]
    nodes = [part._edge.node for part in embedded if part._edge is not None and part.shape[2]]
    if name in FUSED:
        first = next(part for part in embedded if part.shape[2])
        assert first._rows is None  # the kernel read ids and table
        nodes.remove(first._edge.node)
        nodes.append(first.table if first.table._edge is None else first.table._edge.node)
    assert all(any(target is node for target in targets) for node in nodes)
    others = [target for target in targets if not any(target is node for node in nodes)]
    assert all(isinstance(target, Tensor) for target in others)  # leaves: nothing stands between


@pytest.mark.parametrize("wanted", range(4))
def test_parts_that_need_no_gradient_get_none(wanted):
    stack = stack_for("a lookup beside arrays")
    given = [Tensor(TABLE), Tensor(WIDE), Tensor(NARROW), *map(Tensor, weights_of(stack))]
    for k, tensor in enumerate(given):
        given[k] = Tensor(tensor.data, requires_grad=k == wanted)
    run(stack, PARTS["a lookup beside arrays"](*given[:3]), given[3:])[0].sum().backward()
    assert [tensor.grad is not None for tensor in given] == [k == wanted for k in range(len(given))]


def test_the_gradient_of_the_table_stays_rows_and_leaves_out_the_padding():
    stack = stack_for("a lookup beside arrays")
    table, wide, narrow = leaves(np.ones((50, E)), WIDE, NARROW)
    pad = int(IDS[0, 0])
    x = [F.embedding(IDS, table, pad), wide, narrow]
    run(stack, x, leaves(*weights_of(stack)))[0].sum().backward()
    assert isinstance(table._grad, RowGradient)
    np.testing.assert_array_equal(table.row_grad.ids, np.unique(IDS))
    assert not table.grad[pad].any()
    assert np.count_nonzero(table.grad.any(axis=1)) == len(np.unique(IDS)) - 1


def test_ids_past_a_length_may_hold_anything_where_the_lookup_stands_first():
    stack = stack_for("a lookup beside arrays")
    weights = leaves(*weights_of(stack))
    ids = np.where(np.arange(T)[:, None] < LENGTHS, IDS, -1)
    wide, narrow = WIDE.copy(), NARROW.copy()
    wide[ids < 0] = narrow[ids < 0] = np.nan
    found = [
        run(stack, [F.embedding(i, TABLE), w, n], weights, lengths=LENGTHS)[0].data
        for i, w, n in ((IDS, WIDE, NARROW), (ids, wide, narrow))
    ]
    np.testing.assert_array_equal(*found)
    with pytest.raises(IndexError, match=r"ids: .*got -1"):
        run(stack, [WIDE, F.embedding(ids, TABLE), NARROW], weights, lengths=LENGTHS)


def test_a_constant_lookup_takes_no_part_in_training():
    stack = stack_for("a lookup beside arrays")
    table, wide, narrow = leaves(TABLE, WIDE, NARROW)
    with no_grad():
        frozen = F.embedding(IDS, table)
    run(stack, [frozen, wide, narrow], leaves(*weights_of(stack)))[0].sum().backward()
    assert table.grad is None
    assert wide.grad.shape == WIDE.shape
    assert narrow.grad.shape == NARROW.shape


@pytest.mark.parametrize("count", [1, 2])
def test_arrays_may_be_views_and_may_be_refilled_before_backward(count):
    """One array beside the lookup, which the kernel holds on to, and two, which are joined."""
    arrays = [np.asfortranarray(a) for a in (WIDE, NARROW)[:count]]
    stack = Stack("gru", E + sum(a.shape[2] for a in arrays), H)
    found = []
    for again in (False, True):
        table, *weights = leaves(TABLE, *weights_of(stack))
        given = [a.copy(order="F") for a in arrays]
        y = run(stack, [F.embedding(IDS, table), *given], weights)[0]
        for array in given if again else ():
            array[...] = np.nan
        (y * y).sum().backward()
        found.append([table.grad, *(w.grad for w in weights)])
    for once, refilled in zip(*found, strict=True):
        np.testing.assert_array_equal(once, refilled)


def test_nested_lists_are_one_array():
    stack = Stack("gru", 3, H)
    weights = leaves(*weights_of(stack, np.float32), dtype=np.float32)
    x = WIDE.astype(np.float32)
    want = run(stack, x, weights)[0].data
    np.testing.assert_array_equal(run(stack, x.tolist(), weights)[0].data, want)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([], ValueError, r"^x: expected at least one part \(T, B, I_k\); got an empty list$"),
        ((), ValueError, "^x: expected at least one part .*; got an empty tuple$"),
        ([WIDE, NARROW], ValueError, r"^x: expected parts .* add up to I = 6; got 3 \+ 1 = 4$"),
        ([WIDE], ValueError, "^x: expected parts whose widths add up to I = 6; got 3$"),
        (
            [WIDE, NARROW[:, :2]],
            ValueError,
            r"^x\[1\]: expected T, B = 4, 3, as in x\[0\]; got shape \(4, 2, 1\)$",
        ),
        ([WIDE, NARROW[1:]], ValueError, r"^x\[1\]: expected T, B = 4, 3, .* \(3, 3, 1\)$"),
        ([WIDE, NARROW[0]], ValueError, r"^x\[1\]: expected T, B = 4, 3, .* shape \(3, 1\)$"),
        ([WIDE[0], NARROW], ValueError, r"^x\[0\]: expected 3 axes \(T, B, I_0\); got shape"),
        ([WIDE, NARROW.astype("f4")], TypeError, r"^x\[1\]: expected dtype float64; got float32$"),
        ((IDS, WIDE), TypeError, r"^x\[0\]: expected dtype float64; got int64$"),
        ([WIDE, None], TypeError, r"^x\[1\]: expected real numbers; got NoneType"),
        (
            [F.embedding(IDS + V, TABLE), WIDE, NARROW],
            IndexError,
            "^ids: expected values from 0 to V - 1 = 5; got",
        ),
    ],
)
def test_errors(x, error, message):
    stack = stack_for("a lookup beside arrays")
    with pytest.raises(error, match=message):
        run(stack, x, leaves(*weights_of(stack)))
