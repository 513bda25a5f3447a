"""A Lookup is the dense input [table[ids], beside], in less work."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from pyrnn.kernels.stack import Lookup, Stack, TableGradient

from .problems import (
    EPS64,
    FLOATS,
    Problem,
    draw,
    named_gradients,
    named_results,
    run_forward,
    stack_of,
)

V = 11


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("lengths", [None, (7, 0, 4, 2)])
@pytest.mark.parametrize("beside", [0, 2])
def test_equals_the_dense_input(
    form: str,
    beside: int,
    lengths: tuple[int, ...] | None,
    bidirectional: bool,
    kernels: ModuleType,
) -> None:
    stack = stack_of(form, 5, 9, 2, bidirectional)
    problem = Problem(stack, 7, 4, lengths, vocabulary=V, beside=beside)
    data = draw(problem, "float64")
    assert isinstance(data.x, Lookup)
    parts = [data.x.table[data.x.ids], *([] if data.x.beside is None else [data.x.beside])]
    dense = replace(data, x=np.concatenate(parts, axis=2))
    results = []
    for given in (data, dense):
        forward = run_forward(kernels, problem, given)
        gradients = kernels.backward(forward.workspace, **given.upstream)
        results.append(named_results(stack, forward) | named_gradients(stack, gradients))
    looked_up, direct = results
    dx = direct.pop("dx")
    direct["dtable"] = np.zeros((V, 5 - beside))
    np.add.at(direct["dtable"], data.x.ids, dx[:, :, : 5 - beside])  # dx is 0 past a length
    if beside:
        direct["dx"] = dx[:, :, 5 - beside :]
    assert looked_up.keys() == direct.keys()
    for name, want in direct.items():
        # sums of up to 28 terms of order 1 in another order, through 7 steps and 2 layers
        np.testing.assert_allclose(looked_up[name], want, rtol=0, atol=1000 * EPS64, err_msg=name)


@pytest.mark.parametrize("beside", [0, 3])
@pytest.mark.parametrize("dtype", FLOATS)
def test_rows_that_are_not_read_get_no_gradient(
    form: str, dtype: str, beside: int, kernels: ModuleType
) -> None:
    problem = Problem(stack_of(form, 5 + beside, 9), 4, 3, (4, 1, 0), vocabulary=V, beside=beside)
    data = draw(problem, dtype)
    ids = np.full((4, 3), 6)  # 6 only past the lengths
    ids[:, 0], ids[0, 1] = [2, 2, 9, 2], 5
    data.x = data.x._replace(ids=ids)
    forward = run_forward(kernels, problem, data)
    gradients = kernels.backward(forward.workspace, **data.upstream)
    dtable = gradients.table
    assert isinstance(dtable, TableGradient)
    assert sorted(dtable.ids.tolist()) == [2, 5, 9]
    assert dtable.ids.dtype == np.int64
    assert (dtable.rows.shape, dtable.rows.dtype) == ((3, 5), dtype)
    assert dtable.rows.all()
    dense = dtable.dense()
    assert dense.shape == (V, 5)
    np.testing.assert_array_equal(dense[dtable.ids], dtable.rows)
    assert np.count_nonzero(dense.any(axis=1)) == 3
    if beside == 0:
        assert gradients.x is None
        return
    assert (gradients.x.shape, gradients.x.dtype) == ((4, 3, beside), dtype)
    within = np.arange(4)[:, None] < np.array([4, 1, 0])
    np.testing.assert_array_equal(gradients.x.any(axis=2), within)


@pytest.mark.parametrize("beside", [0, 2])
def test_gradients_that_nobody_asks_for(beside: int, kernels: ModuleType) -> None:
    problem = Problem(Stack("gru", 5, 9), 4, 3, vocabulary=V, beside=beside)
    data = draw(problem, "float32")
    workspace = run_forward(kernels, problem, data, needs_x=False).workspace
    gradients = kernels.backward(workspace, **data.upstream, needs_x=False)
    assert gradients.x is None
    assert gradients.table is None
    assert gradients.weights is not None


def test_a_batch_without_tokens_gives_a_table_no_rows(kernels: ModuleType) -> None:
    problem = Problem(Stack("lstm", 5, 9), 4, 3, (0, 0, 0), vocabulary=V)
    data = draw(problem, "float32")
    forward = run_forward(kernels, problem, data)
    dtable = kernels.backward(forward.workspace, **data.upstream).table
    assert (dtable.ids.shape, dtable.rows.shape) == ((0,), (0, 5))
    assert not dtable.dense().any()


def test_a_large_table_for_few_ids(form: str, kernels: ModuleType) -> None:
    """V far above T B: a kernel projects the ids that occur rather than the table."""
    problem = Problem(stack_of(form, 5, 9), 3, 2, vocabulary=5000)
    data = draw(problem, "float64")
    y = run_forward(kernels, problem, data).y
    dense = replace(data, x=data.x.table[data.x.ids])
    np.testing.assert_allclose(y, run_forward(kernels, problem, dense).y, rtol=0, atol=100 * EPS64)


def test_shape_and_dtype_are_those_of_the_input() -> None:
    x = Lookup(np.zeros((7, 4), np.int64), np.zeros((V, 5), np.float32))
    assert x.shape == (7, 4, 5)
    assert x.dtype == np.float32
    assert x._replace(beside=np.zeros((7, 4, 3), np.float32)).shape == (7, 4, 8)
