"""Parameters: one master copy, read-only views, versions."""

import copy
import pickle

import numpy as np
import pytest

from pyrnn import nn
from pyrnn.autograd import Tensor


def test_a_parameter_owns_a_contiguous_copy():
    source = np.arange(6.0).reshape(2, 3).T
    p = nn.Parameter(source)
    source[:] = 0
    assert p.data.flags.c_contiguous
    np.testing.assert_array_equal(p.numpy(), [[0, 3], [1, 4], [2, 5]])
    assert p.requires_grad
    assert p.is_leaf


def test_lists_become_float32():
    assert nn.Parameter([1.0, 2.0]).dtype == np.float32
    assert nn.Parameter(np.ones(2)).dtype == np.float64


@pytest.mark.parametrize(
    ("array", "got"),
    [([1, 2], "int64"), (np.ones(2, "float16"), "float16"), ([True], "bool")],
)
@pytest.mark.parametrize("requires_grad", [True, False])
def test_other_dtypes_are_refused(array, got, requires_grad):
    with pytest.raises(TypeError, match=f"^array: expected float32 or float64, .*; got {got}"):
        nn.Parameter(array, requires_grad=requires_grad)


def test_the_view_is_read_only_and_follows_new_values():
    p = nn.Parameter(np.zeros(3))
    for view in (p.numpy(), np.asarray(p)):
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 1
        p.assign(np.full(3, float(p.version)))
        np.testing.assert_array_equal(view, p.data)


def test_every_change_gives_a_version_never_seen_before():
    p, q = nn.Parameter(np.zeros(3)), nn.Parameter(np.zeros(3))
    seen = {p.version, q.version}
    for parameter in (p, q, p):
        parameter.assign(np.ones(3))
        seen.add(parameter.version)
        parameter.bump()
        seen.add(parameter.version)
    assert len(seen) == 8


@pytest.mark.parametrize(
    "value",
    [
        np.array([1, 2, 3], "float32"),
        np.array([1, 2, 3], "float16"),
        [1, 2, 3],
        [1.0, 2.0, 3.0],
        Tensor([1.0, 2.0, 3.0]),
    ],
    ids=["float32", "float16", "integers", "list", "tensor"],
)
def test_assign_takes_what_loses_nothing(value):
    p = nn.Parameter(np.zeros(3, "float32"))
    p.assign(value)
    assert p.dtype == np.float32
    np.testing.assert_array_equal(p.numpy(), [1, 2, 3])


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (np.zeros(4, "float32"), ValueError, r"array: expected shape \(3,\); got \(4,\)"),
        (np.zeros((1, 3), "float32"), ValueError, r"expected shape \(3,\); got \(1, 3\)"),
        (np.zeros(3), TypeError, r"expected dtype float32; got float64 .*astype\('float32'\)"),
        (np.zeros(3, int), TypeError, "expected dtype float32; got int64"),
        (np.zeros(3, complex), TypeError, "got complex128"),
        (["a", "b", "c"], TypeError, "got <U1"),
    ],
)
def test_assign_refuses_the_rest_and_changes_nothing(value, error, message):
    p = nn.Parameter(np.ones(3, "float32"))
    version = p.version
    with pytest.raises(error, match=message):
        p.assign(value)
    assert p.version == version
    np.testing.assert_array_equal(p.numpy(), 1)


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_copies_are_parameters_of_their_own(duplicate):
    p = nn.Parameter(np.arange(3.0), requires_grad=False)
    p.grad = np.ones(3)
    q = duplicate(p)
    assert type(q) is nn.Parameter
    assert q.version != p.version
    assert not q.requires_grad
    assert q.grad is None
    q.assign(np.zeros(3))
    np.testing.assert_array_equal(p.numpy(), [0, 1, 2])
