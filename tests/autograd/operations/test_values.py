"""Operations against NumPy's: functions, methods and operators, bit for bit."""

from __future__ import annotations

import operator

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn import functional as F
from pyrnn.autograd import no_grad

RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 3, 4)).astype(np.float32)
Y = RNG.standard_normal((3, 1)).astype(np.float32)
P = np.abs(X) + np.float32(0.5)

# function, method or operator on a tensor, and the same in NumPy
PAIRS = {
    "add": (lambda x: x + Y, lambda x: x + Y),
    "subtract from": (lambda x: Y - x, lambda x: Y - x),
    "multiply": (lambda x: 2 * x, lambda x: 2 * x),
    "divide by": (lambda x: Y / x, lambda x: Y / x),
    "power": (lambda x: abs(x) ** 1.5, lambda x: np.abs(x) ** 1.5),
    "power of": (lambda x: 2**x, lambda x: np.float32(2) ** x),
    "square": (lambda x: x**2, np.square),
    "negative": (lambda x: -x, np.negative),
    "positive": (lambda x: +x, np.positive),
    "abs": (Tensor.abs, np.abs),
    "exp": (Tensor.exp, np.exp),
    "tanh": (Tensor.tanh, np.tanh),
    "relu": (Tensor.relu, lambda x: np.maximum(x, 0)),
    "log": (lambda x: x.abs().log(), lambda x: np.log(np.abs(x))),
    "sqrt": (lambda x: x.abs().sqrt(), lambda x: np.sqrt(np.abs(x))),
    "clip": (lambda x: x.clip(-0.5, 0.5), lambda x: np.clip(x, np.float32(-0.5), np.float32(0.5))),
    "clip low": (lambda x: x.clip(low=0), lambda x: np.maximum(x, 0)),
    "maximum": (lambda x: F.maximum(x, Y), lambda x: np.maximum(x, Y)),
    "minimum": (lambda x: F.minimum(x, Y), lambda x: np.minimum(x, Y)),
    "where": (lambda x: F.where(x > 0, x, 0.0), lambda x: np.where(x > 0, x, np.float32(0))),
    "astype": (lambda x: x.astype(np.int32), lambda x: x.astype(np.int32)),
    "sum": (Tensor.sum, np.sum),
    "sum of axes": (
        lambda x: x.sum((0, -1), keepdims=True),
        lambda x: x.sum((0, 2), keepdims=True),
    ),
    "mean": (lambda x: x.mean(1), lambda x: x.mean(1)),
    "var": (lambda x: x.var((0, 2)), lambda x: x.var((0, 2))),
    "var of ddof": (lambda x: x.var(1, 1, True), lambda x: x.var(1, ddof=1, keepdims=True)),
    "std": (Tensor.std, np.std),
    "std of ddof": (lambda x: x.std(-1, ddof=1), lambda x: x.std(-1, ddof=1)),
    "masked_fill": (
        lambda x: x.masked_fill(x > 0, -np.inf),
        lambda x: np.where(x > 0, np.float32(-np.inf), x),
    ),
    "masked_fill by row": (
        lambda x: x.masked_fill(Y > 0, 2),
        lambda x: np.where(Y > 0, np.float32(2), x),
    ),
    "flatten": (Tensor.flatten, np.ravel),
    "flatten two": (lambda x: x.flatten(-2), lambda x: x.reshape(2, 12)),
    "flip": (lambda x: x.flip(1), lambda x: np.flip(x, 1)),
    "flip all": (Tensor.flip, np.flip),
    "max": (lambda x: x.max(-1), lambda x: x.max(-1)),
    "min": (lambda x: x.min((0, 1)), lambda x: x.min((0, 1))),
    "argmax": (lambda x: x.argmax(1), lambda x: x.argmax(1)),
    "argmin": (Tensor.argmin, np.argmin),
    "reshape": (lambda x: x.reshape(3, -1), lambda x: x.reshape(3, -1)),
    "reshape tuple": (lambda x: x.reshape((6, 4)), lambda x: x.reshape((6, 4))),
    "transpose": (lambda x: x.transpose(2, 0, 1), lambda x: x.transpose(2, 0, 1)),
    "T": (lambda x: x.T, np.transpose),
    "swapaxes": (lambda x: x.swapaxes(0, -1), lambda x: x.swapaxes(0, -1)),
    "expand and squeeze": (lambda x: x.expand_dims(1).squeeze(1), lambda x: x),
    "broadcast_to": (
        lambda x: x[:1].broadcast_to((5, 3, 4)),
        lambda x: np.broadcast_to(x[:1], (5, 3, 4)),
    ),
    "matmul": (lambda x: x @ X[0].T, lambda x: x @ X[0].T),
    "matmul vector": (lambda x: Y[:, 0] @ x, lambda x: Y[:, 0] @ x),
    "concatenate": (lambda x: F.concatenate([x, X], 1), lambda x: np.concatenate([x, X], 1)),
    "stack": (lambda x: F.stack([x, X], -1), lambda x: np.stack([x, X], -1)),
    "unstack": (lambda x: F.unstack(x, 1)[2], lambda x: x[:, 2]),
    "getitem": (lambda x: x[1, ..., ::-1], lambda x: x[1, ..., ::-1]),
    "ids": (lambda x: x[Tensor([1, 0, 1])], lambda x: x[[1, 0, 1]]),
    "mask": (lambda x: x[x > 0], lambda x: x[x > 0]),
}


@pytest.mark.parametrize(("ours", "numpys"), PAIRS.values(), ids=PAIRS.keys())
def test_values(ours, numpys):
    for x in (Tensor(X), Tensor(X, requires_grad=True)):
        result = ours(x)
        expected = numpys(X)
        assert isinstance(result, Tensor)
        assert result.dtype == expected.dtype
        np.testing.assert_allclose(result.data, expected, rtol=2e-7, atol=1e-7)
    with no_grad():
        assert ours(x) is x or not ours(x).requires_grad


# NumPy's own functions, which call the tensor's method of the same name
NUMPYS = {
    "sum": lambda x: np.sum(x, axis=0),
    "mean": np.mean,
    "mean of axes": lambda x: np.mean(x, axis=(0, 1), keepdims=True),
    "var": lambda x: np.var(x, axis=1, ddof=1),
    "std": lambda x: np.std(x, axis=1),
    "max": lambda x: np.max(x, axis=-1),
    "min": np.min,
    "argmax": lambda x: np.argmax(x, axis=1),
    "argmin": np.argmin,
    "clip": lambda x: np.clip(x, -0.5, 0.5),
    "reshape": lambda x: np.reshape(x, (6, 4)),
    "transpose": np.transpose,
    "transpose by axes": lambda x: np.transpose(x, (1, 0, 2)),
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "squeeze": lambda x: np.squeeze(x[:1], axis=0),
    "flip": lambda x: np.flip(x, 1),
}


def test_the_variance_of_no_rows():
    assert Tensor(np.zeros((0, 3))).var(1, ddof=1).shape == (0,)


@pytest.mark.parametrize("function", NUMPYS.values(), ids=NUMPYS.keys())
def test_numpys_functions_of_a_tensor(function):
    x = Tensor(X, requires_grad=True)
    result = function(x)
    assert isinstance(result, Tensor)
    assert result.requires_grad == (result.dtype == np.float32)
    np.testing.assert_allclose(result.data, function(X), rtol=2e-7, atol=1e-7)


@pytest.mark.parametrize(
    "compare", [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
)
def test_comparisons(compare):
    a, b = Tensor([1.0, 2.0, 3.0], requires_grad=True), np.float32([3, 2, 1])
    for result, expected in [
        (compare(a, b), compare(a.data, b)),
        (compare(b, a), compare(b, a.data)),
        (compare(a, 2), compare(a.data, 2)),
    ]:
        assert isinstance(result, Tensor)
        assert result.dtype == np.bool_
        assert not result.requires_grad
        np.testing.assert_array_equal(result.data, expected)


def test_comparing_with_pythons_floats_uses_the_tensors_precision():
    assert (Tensor([0.1]) == 0.1).item()


def test_iteration_costs_one_node():
    x = Tensor(X, requires_grad=True)
    rows = list(x)
    assert len({row._edge.node for row in rows}) == 1
    (rows[0] * 2).sum().backward()
    np.testing.assert_array_equal(x.grad, [np.full((3, 4), 2), np.zeros((3, 4))])
    with pytest.raises(TypeError, match="expected a tensor with an axis"):
        iter(Tensor(1.0))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "uint64"])
@pytest.mark.parametrize("rows", [3, 300])
def test_indices_of_every_integer_dtype(dtype, rows):
    """300 rows are more than a byte can count, and 3 times 70 columns too."""
    index = np.array([[0, 2], [2, 1]], dtype)
    if np.dtype(dtype).kind == "i":
        index[1, 1] = -1  # the last row
    x = Tensor(np.zeros((rows, 70)), requires_grad=True)
    upstream = RNG.standard_normal((2, 2, 70))
    x[index].backward(upstream)
    expected = np.zeros((rows, 70))
    np.add.at(expected, index.astype(int), upstream)
    np.testing.assert_array_equal(x.grad, expected)
