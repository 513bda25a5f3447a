"""In which dtype operands meet, and that NumPy leaves mixed operators to the tensor."""

from __future__ import annotations

import operator

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn import functional as F

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
F32 = Tensor(np.array([1, 2], np.float32))
F64 = Tensor(np.array([1, 2], np.float64))
I64 = Tensor(np.array([1, 2]))
PARTNERS = [
    2,
    2.5,
    True,
    np.float64(2.5),
    np.int64(2),
    np.array([1.5, 2.5]),
    np.array([1, 2]),
    [3, 4.5],
]


@pytest.mark.parametrize("partner", PARTNERS, ids=repr)
@pytest.mark.parametrize("operate", OPERATORS)
def test_a_floating_tensor_sets_the_dtype_of_plain_partners(operate, partner):
    for tensor in (F32, F64):
        for result in (operate(tensor, partner), operate(partner, tensor)):
            assert isinstance(result, Tensor)
            assert result.dtype == tensor.dtype
        a, b = tensor.data, np.asarray(partner, tensor.dtype)
        np.testing.assert_array_equal(operate(tensor, partner).data, operate(a, b))
        np.testing.assert_array_equal(operate(partner, tensor).data, operate(b, a))


@pytest.mark.parametrize(
    ("a", "b", "dtype"),
    [
        (F32, F32, np.float32),
        (F32, F64, np.float64),
        (F32, I64, np.float32),
        (I64, F32, np.float32),
        (I64, I64, np.int64),
        (I64, 2, np.int64),
        (I64, 0.5, np.float32),
        (I64, np.float64(0.5), np.float64),
        (Tensor(np.array([1], np.int32)), 7, np.int32),
        (Tensor([True]), 2, np.int64),
        (Tensor([True]), True, np.bool_),
        (Tensor(np.zeros(2, np.float16)), F32, np.float32),
    ],
)
def test_dtypes_of_pairs(a, b, dtype):
    assert (a * b).dtype == dtype
    assert (b * a).dtype == dtype


def test_plain_arrays_among_themselves():
    assert F.add(1.0, 2.0).dtype == np.float32
    assert F.add(np.zeros(2, np.float32), np.array([1, 2])).dtype == np.float32
    assert F.add(np.zeros(2), np.zeros(2, np.float32)).dtype == np.float64
    assert F.where(np.array([True, False]), 0, -np.inf).dtype == np.float32


def test_what_must_be_real_is_float32_from_integers():
    for result in (I64 / I64, I64.exp(), I64.log(), I64.mean(), F.softmax(I64), 2 / I64):
        assert result.dtype == np.float32


def test_pythons_numbers_keep_their_digits_beside_float64():
    assert (F64 * 0.1).data[0] == 0.1


def test_gradients_come_back_in_each_operands_dtype():
    a, b = Tensor(F32, requires_grad=True), Tensor(F64, requires_grad=True)
    y = a * b
    assert y.dtype == np.float64
    y.sum().backward()
    assert a.grad.dtype == np.float32
    assert b.grad.dtype == np.float64
    np.testing.assert_array_equal(a.grad, b.data)


@pytest.mark.parametrize("wrong", ["text", None, [object()], 1j])
@pytest.mark.parametrize("operate", OPERATORS)
def test_what_is_not_a_number_is_refused(operate, wrong):
    with pytest.raises(TypeError, match="operand: expected real numbers; got"):
        operate(F32, wrong)


def test_arrays_on_the_left_do_not_swallow_tensors():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = np.eye(2) @ x + np.ones((3, 2)) * x - np.float64(1)
    assert isinstance(y, Tensor)
    assert y.shape == (3, 2)
    assert y.requires_grad
