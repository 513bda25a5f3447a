"""Embeddings: looked up late, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor, nn, no_grad
from pyrnn import functional as F
from pyrnn.autograd import RowGradient
from pyrnn.functional import LookupTensor
from pyrnn.kernels import arrays as xp

V, E = 7, 3
IDS = np.array([[1, 4, 4, 0], [6, 1, 1, 4]])


@pytest.fixture
def table():
    values = np.random.default_rng(0).standard_normal((V, E)).astype(np.float32)
    return Tensor(values, requires_grad=True)


@pytest.fixture
def lookups(monkeypatch):
    """The ids of every lookup that takes place."""
    seen = []

    def gather(array, ids, gather_rows=xp.gather_rows):
        seen.append(ids)
        return gather_rows(array, ids)

    monkeypatch.setattr(xp, "gather_rows", gather)
    return seen


@pytest.mark.parametrize("ids", [IDS, IDS.astype(np.int32), IDS.tolist(), Tensor(IDS), 3, []])
def test_values(table, ids):
    x = F.embedding(ids, table)
    array = np.asarray(ids, np.int64)
    assert x.shape == (*array.shape, E)
    assert (x.ndim, x.size, x.dtype) == (array.ndim + 1, array.size * E, np.float32)
    np.testing.assert_array_equal(x.data, table.data[array])


def test_is_looked_up_once_and_only_when_read(table, lookups):
    x = F.embedding(IDS, table)
    assert (x.shape, x.ndim, len(x), x.requires_grad, x.is_leaf) == ((2, 4, E), 3, 2, True, False)
    assert x.swapaxes(0, 1).shape == (4, 2, E)
    assert not lookups
    first = x.data
    assert x.numpy().base is not None
    assert x.data is first
    assert len(lookups) == 1
    assert "from Embedding" in repr(x)


LAZY = {
    "swapaxes": (lambda x: x.swapaxes(0, 1)),
    "swapaxes negative": (lambda x: x.swapaxes(-2, 0)),
    "transpose": (lambda x: x.transpose(1, 0, 2)),
    "transpose tuple": (lambda x: x.transpose((1, 0, -1))),
    "reshape": (lambda x: x.reshape(-1, E)),
    "reshape tuple": (lambda x: x.reshape((8, 1, E))),
    "expand_dims": (lambda x: x.expand_dims(1)),
    "expand_dims tuple": (lambda x: x.expand_dims((0, 2))),
    "row": (lambda x: x[1]),
    "slices": (lambda x: x[:, 1:3]),
    "element": (lambda x: x[1, -1]),
    "detach": (lambda x: x.detach()),
}
DENSE = {
    "T": (lambda x: x.T),
    "transpose": (lambda x: x.transpose(2, 0, 1)),
    "transpose reverse": (lambda x: x.transpose()),
    "swapaxes": (lambda x: x.swapaxes(1, 2)),
    "reshape": (lambda x: x.reshape(2, -1)),
    "flat": (lambda x: x.reshape(-1)),
    "expand_dims": (lambda x: x.expand_dims(3)),
    "expand_dims negative": (lambda x: x.expand_dims(-1)),
    "last axis": (lambda x: x[:, :, 0]),
    "ellipsis": (lambda x: x[..., 1]),
    "mask": (lambda x: x[IDS > 1]),
    "sum": (lambda x: x.sum(0)),
    "arithmetic": (lambda x: 2 * x + x),
}


@pytest.mark.parametrize("name", [*LAZY, *(f"dense {name}" for name in DENSE)])
def test_whatever_is_done_with_it_equals_the_rows(table, lookups, name):
    operate = LAZY.get(name) or DENSE[name.removeprefix("dense ")]
    lazy = operate(F.embedding(IDS, table))
    assert isinstance(lazy, LookupTensor) == (name in LAZY)
    assert bool(lookups) == (name not in LAZY)
    expected = operate(table[IDS])
    assert lazy.shape == expected.shape
    np.testing.assert_array_equal(lazy.data, expected.data)
    if name == "detach":
        assert not lazy.requires_grad
        return
    upstream = np.random.default_rng(1).standard_normal(lazy.shape)
    lazy.backward(upstream)
    assert isinstance(table._grad, RowGradient)
    gradient = table.grad
    table.grad = None
    expected.backward(upstream)
    np.testing.assert_allclose(gradient, table.grad, rtol=1e-6, atol=1e-6)


def test_an_order_of_axes_that_changes_nothing_is_refused_of_a_lookup_too(table):
    x = F.embedding(IDS[0], table)  # (4, E)
    with pytest.raises(ValueError, match=r"axes: .*write x\.T or x\.swapaxes"):
        x.transpose(0, 1)
    np.testing.assert_array_equal(x.transpose(1, 0).data, x.data.T)
    np.testing.assert_array_equal(F.transpose(x, (0, 1)).data, x.data)


def test_its_gradient_is_kept_as_rows(table):
    F.embedding(IDS, table).sum().backward()
    assert isinstance(table._grad, RowGradient)
    np.testing.assert_array_equal(table._grad.ids, [0, 1, 4, 6])
    np.testing.assert_array_equal(table.grad[:, 0], [1, 3, 0, 0, 3, 0, 1])


def test_padding_gets_no_gradient(table):
    x = F.embedding(IDS, table, padding_idx=4)
    np.testing.assert_array_equal(x.data, table.data[IDS])
    x.swapaxes(0, 1).sum().backward()
    np.testing.assert_array_equal(table.grad[:, 0], [1, 3, 0, 0, 0, 0, 1])


def test_a_computed_table_gets_an_array(table):
    F.embedding(IDS, table * 2).sum().backward()
    np.testing.assert_array_equal(table.grad[:, 0], [2, 6, 0, 0, 6, 0, 2])


def test_constant_tables_and_no_grad(table):
    assert not F.embedding(IDS, table.data).requires_grad
    with no_grad():
        x = F.embedding(IDS, table)
    assert x.is_leaf
    assert not (x * 2).requires_grad


def test_a_second_backward_raises(table):
    x = F.embedding(IDS, table)
    x.sum().backward()
    with pytest.raises(RuntimeError, match="earlier backward pass went through this Embedding"):
        x.sum().backward()


def test_ids_out_of_range_are_found_when_read(table):
    for bad in (-1, V):
        x = F.embedding([[0, 1], [bad, 2]], table)
        with pytest.raises(IndexError, match=rf"from 0 to V - 1 = 6; got {bad} at \(1, 0\)"):
            x.sum()


def test_a_table_that_changed_in_between_is_noticed(table):
    class Counted(Tensor):
        version = 0

    counted = Counted(table.data, requires_grad=True)
    x = F.embedding(IDS, counted)
    counted.version += 1
    with pytest.raises(RuntimeError, match=r"table: changed between embedding \(version 0\)"):
        x.sum()


def test_a_table_that_is_a_view_of_a_parameter_is_watched_too():
    table = nn.Parameter(np.ones((V, E)))
    x = F.embedding(IDS, table[:-1])
    with table.writing():
        pass
    with pytest.raises(RuntimeError, match="table: changed between embedding"):
        x.sum()


def test_a_detached_lookup_sees_that_its_table_has_changed():
    table = nn.Parameter(np.ones((V, E)))
    x = F.embedding(IDS, table).detach()
    read = F.embedding(IDS, table)
    rows = read.numpy().copy()
    table.assign(np.zeros((V, E)))
    for use in (Tensor.sum, lambda x: x[0], lambda x: x.reshape(-1, E)):
        with pytest.raises(RuntimeError, match="table: changed between embedding"):
            use(x)
    for early in (read, read.detach(), read[:], read.reshape(2, 4, E)):  # read before the change
        np.testing.assert_array_equal(early.data, rows)


CONSTANT = {name: operate for name, operate in LAZY.items() if name != "detach"}


@pytest.mark.parametrize("name", CONSTANT)
def test_a_lookup_without_gradient_stays_without(table, name):
    with no_grad():
        x = F.embedding(IDS, table)
    for constant in (x, F.embedding(IDS, table).detach()):
        y = CONSTANT[name](constant)
        assert isinstance(y, LookupTensor)
        assert not y.requires_grad
        assert not (y * 2).requires_grad


def test_a_lookup_that_is_a_leaf_of_its_own_gets_the_gradient(table):
    x = F.embedding(IDS, table).detach()
    x.requires_grad = True
    (x[0].sum() + 2 * x.swapaxes(0, 1).sum()).backward()
    np.testing.assert_array_equal(x.grad[:, 0], [[3] * E, [2] * E])
    assert table.grad is None


def test_what_is_done_to_a_lookup_that_retains_its_gradient_reaches_it(table):
    x = F.embedding(IDS, table)
    x.retain_grad()
    x.swapaxes(0, 1)[0].sum().backward()
    np.testing.assert_array_equal(x.grad[:, 0], np.ones((2, E)))
    assert not x.grad[:, 1:].any()
    np.testing.assert_array_equal(table.grad[:, 0], [0, 1, 0, 0, 0, 0, 1])


@pytest.mark.parametrize(
    ("ids", "shape", "padding", "error", "message"),
    [
        (np.uint64([1, 2**63]), (V, E), None, IndexError, r"ids: .* got 9223372036854775808"),
        ([0.5], (V, E), None, TypeError, "ids: expected integers; got dtype float32"),
        ([True], (V, E), None, TypeError, "ids: expected integers; got dtype bool"),
        ([0], (V,), None, ValueError, r"table: expected a floating array \(V, E\); got .* \(7,\)"),
        ([0], (V, E), V, ValueError, "padding_idx: expected a row from 0 to V - 1 = 6; got 7"),
        ([0], (V, E), -1, ValueError, "padding_idx: expected a row from 0 to V - 1 = 6; got -1"),
    ],
)
def test_errors(ids, shape, padding, error, message):
    with pytest.raises(error, match=message):
        F.embedding(ids, np.zeros(shape), padding)
