"""A gradient that came as rows of a table gives, bit for bit, what the dense one gives."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import functional, nn, optim
from pyrnn.autograd import RowGradient
from pyrnn.kernels import arrays as xp

from .test_optimizers import CASES, IDS

V, E = 30, 7


def tables(dtype, steps=4, seed=0):
    """Two equal tables and, for each of some steps, the rows that are read."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((V, E)).astype(dtype)
    batches = [np.array([3, 0, 3, 29]), np.array([5]), np.arange(V), np.array([0, 28, 7, 7, 28])]
    return nn.Parameter(values), nn.Parameter(values), batches[:steps]


def give(rows, dense, ids, step):
    """The same gradient to both, as rows and as an array."""
    weights = np.random.default_rng(step).standard_normal((len(ids), E)).astype(rows.dtype)
    for table in (rows, dense):
        table.grad = None
        functional.embedding(ids, table).backward(weights)
    assert isinstance(rows.row_grad, RowGradient)
    assert isinstance(dense.grad, np.ndarray)  # asking for it makes it one


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_every_optimizer(name, options, dtype):
    rows, dense, batches = tables(dtype)
    optimizers = [getattr(optim, name)([table], **options) for table in (rows, dense)]
    for step, ids in enumerate(batches):
        give(rows, dense, ids, step)
        for optimizer in optimizers:
            optimizer.step()
        np.testing.assert_array_equal(rows.numpy(), dense.numpy())
    states = [optimizer.state_dict() for optimizer in optimizers]
    np.testing.assert_equal(*states)


@pytest.mark.parametrize("max_norm", [0.01, 1.0, 1e9])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("width", [1, 7, 16, 200])
def test_the_norm_and_its_clipping(width, dtype, max_norm):
    rng = np.random.default_rng(width)
    tables = [nn.Parameter(np.zeros((40, width), dtype)) for _ in range(2)]
    values = rng.standard_normal((4, width)).astype(dtype)
    for table in tables:
        functional.embedding([39, 2, 39, 17], table).backward(values)
    assert isinstance(tables[1].grad, np.ndarray)
    norms = [optim.clip_grad_norm([table], max_norm) for table in tables]
    assert norms[0] == norms[1] == optim.clip_grad_norm([tables[0]], np.inf) or max_norm < 1e9
    assert norms[0] == norms[1] > 0
    assert isinstance(tables[0].row_grad, RowGradient)
    np.testing.assert_array_equal(tables[0].grad, tables[1].grad)


def test_clipping_by_value():
    rows, dense, _ = tables("float32")
    give(rows, dense, np.array([1, 1, 4]), 0)
    for table in (rows, dense):
        optim.clip_grad_value([table], 0.5)
    assert isinstance(rows.row_grad, RowGradient)
    np.testing.assert_array_equal(rows.grad, dense.grad)
    assert np.abs(rows.grad).max() == 0.5


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_rows_that_are_not_finite_are_found(name):
    table = nn.Parameter(np.ones((V, E)))
    optimizer = getattr(optim, name)([("table", table)], lr=0.1)
    functional.embedding([3], table).backward(np.full((1, E), np.nan))
    with pytest.raises(FloatingPointError, match=r"parameter 0 \(table\)"):
        optimizer.step()
    with pytest.raises(FloatingPointError, match="gradient of parameter 0"):
        optim.clip_grad_norm([table], 1.0)
    np.testing.assert_array_equal(table.numpy(), 1)


def test_rows_without_any_row():
    """A batch whose sequences are all empty: Adam's moments move the table all the same."""
    rows, dense, _ = tables("float32")
    optimizers = [optim.Adam([table], lr=0.1) for table in (rows, dense)]
    for ids in (np.array([2, 3]), np.zeros(0, np.int64)):
        give(rows, dense, ids, 0)
        before = rows.numpy().copy()
        for optimizer in optimizers:
            optimizer.step()
        np.testing.assert_array_equal(rows.numpy(), dense.numpy())
    assert (rows.numpy() != before).any(axis=1).tolist() == [k in (2, 3) for k in range(V)]


def test_plain_sgd_touches_no_other_row():
    rows, _, _ = tables("float32")
    with rows.writing() as data:
        data[5] = np.nan  # any arithmetic on it, times zero too, would be seen as a warning
    functional.embedding([1, 2], rows).backward(np.ones((2, E), "float32"))
    before = rows.numpy().copy()
    optim.SGD([rows], lr=0.5).step()
    changed = (rows.numpy() != before).any(axis=1) & ~np.isnan(before).any(axis=1)
    assert np.flatnonzero(changed).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([1, 1], "rising rows"),
        ([2, 1], "rising rows"),
        ([-1, 1], "rising rows"),
        ([1, 5], "rising rows"),
        ([1, 2, 3], "one for each row"),
    ],
)
def test_the_kernel_checks_the_ids(ids, message):
    p, m, v = np.zeros((3, 5, 2))
    with pytest.raises((ValueError, IndexError), match=message):
        xp.adam_update(
            p, np.ones((2, 2)), m, v, None, 0.1, 0.9, 0.99, 1e-8, 0.0, False, 1, np.array(ids)
        )
    assert not p.any()
