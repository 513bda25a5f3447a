"""The tensor: its array, its gradient, and how Python and NumPy see it."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from pyrnn import Tensor, nn
from pyrnn.autograd import RowGradient


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1.5, np.float32),
        ([1.0, 2.0], np.float32),
        ([[1, 2], [3, 4]], np.int64),
        (True, np.bool_),
        (np.float64(1.5), np.float64),
        (np.zeros(2), np.float64),
        (np.zeros(2, np.float32), np.float32),
        (np.zeros(2, np.int32), np.int32),
        (Tensor([1.0]), np.float32),
    ],
)
def test_pythons_floats_become_float32_and_arrays_keep_their_dtype(value, dtype):
    assert Tensor(value).dtype == dtype


def test_an_array_is_shared():
    array = np.zeros(3)
    assert Tensor(array).data is array
    assert Tensor(array, dtype=np.float32).dtype == np.float32


def test_no_digits_are_lost_on_the_way_to_float64():
    assert Tensor(0.1, dtype=np.float64).item() == 0.1


@pytest.mark.parametrize("value", ["text", None, [object()], 1j, np.array(["a"])])
def test_anything_but_real_numbers_is_refused(value):
    with pytest.raises(TypeError, match="array: expected real numbers; got"):
        Tensor(value)


def test_shape_and_size():
    x = Tensor(np.zeros((2, 0, 3)))
    assert (x.shape, x.ndim, x.size, len(x)) == ((2, 0, 3), 3, 0, 2)
    with pytest.raises(TypeError, match="len: expected a tensor with an axis"):
        len(Tensor(1.0))


@pytest.mark.parametrize("dtype", [np.int64, np.bool_, np.float16])
def test_only_float32_and_float64_require_a_gradient(dtype):
    with pytest.raises(TypeError, match="requires_grad: expected dtype float32 or float64; got"):
        Tensor(np.zeros(2, dtype), requires_grad=True)


def test_requires_grad_is_set_on_leaves_only():
    x = Tensor([1.0])
    assert not (x * 2).requires_grad
    x.requires_grad = True
    y = x * 2
    assert y.requires_grad
    assert (x.is_leaf, y.is_leaf) == (True, False)
    with pytest.raises(RuntimeError, match="requires_grad: expected a leaf"):
        y.requires_grad = False


def test_numpy_gives_read_only_views():
    x = Tensor([1.0, 2.0])
    for view in (x.numpy(), np.asarray(x)):
        assert np.shares_memory(view, x.data)
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 5
    x.data[0] = 7  # the array itself stays writable
    assert x.numpy()[0] == 7


def test_array_protocol():
    x = Tensor([1.0, 2.0])
    assert np.asarray(x, np.float64).dtype == np.float64
    copied = np.array(x)
    copied[0] = 5
    assert x.data[0] == 1
    np.testing.assert_array_equal(x, [1, 2])
    with pytest.raises(ValueError, match="copy: expected None or True"):
        x.__array__(np.float64, copy=False)


def test_numpy_functions_that_would_lose_the_graph_are_refused():
    with pytest.raises(TypeError):
        np.exp(Tensor([1.0]))


def test_items():
    assert Tensor([[2.5]]).item() == 2.5
    assert Tensor([[1, 2]]).tolist() == [[1, 2]]
    assert float(Tensor(0.5)) == 0.5
    assert int(Tensor(3)) == 3
    assert [10, 20, 30][Tensor(1)] == 20
    assert bool(Tensor(True))
    with pytest.raises(
        ValueError, match=r"item: expected a tensor of one element; got shape \(2,\)"
    ):
        bool(Tensor([1.0, 2.0]))
    with pytest.raises(TypeError, match="index: expected a tensor of integers"):
        [1][Tensor(0.0)]


def test_text():
    x = Tensor([1.0], requires_grad=True)
    assert repr(x) == "Tensor([1.], dtype=float32, requires_grad=True)"
    assert repr(x * 2) == "Tensor([2.], dtype=float32, from Multiply)"
    assert f"{Tensor(0.123456):.3f} {Tensor(1.0)}" == "0.123 Tensor(1., dtype=float32)"


def test_gradients_add_up_until_cleared():
    x = Tensor([1.0, 2.0], requires_grad=True)
    for passes in (1, 2):
        (x * 3).sum().backward()
        np.testing.assert_array_equal(x.grad, [3 * passes] * 2)
    x.grad = None
    assert x.grad is None


@pytest.mark.parametrize("wrong", [np.zeros(2, np.float32), np.zeros(3)])
def test_a_gradient_of_the_wrong_shape_or_dtype_is_refused(wrong):
    x = Tensor(np.zeros(3, np.float32), requires_grad=True)
    with pytest.raises(ValueError, match=r"grad: expected shape \(3,\) and dtype float32; got"):
        x.grad = wrong


def test_a_gradient_of_rows_becomes_an_array_when_read():
    x = Tensor(np.zeros((4, 2), np.float32), requires_grad=True)
    x.grad = RowGradient(np.array([2, 0, 2]), np.ones((3, 2), np.float32), (4, 2))
    np.testing.assert_array_equal(x.grad, [[1, 1], [0, 0], [2, 2], [0, 0]])
    assert x.grad is x.grad  # kept as an array: clipping in place must last


def test_detach_shares_the_array_and_stops_the_gradient():
    x = Tensor([1.0], requires_grad=True)
    y = (x * 2).detach()
    assert y.is_leaf
    assert not y.requires_grad
    assert np.shares_memory(x.detach().data, x.data)


def test_retain_grad():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    (y * y).sum().backward()
    np.testing.assert_array_equal(y.grad, [6, 12])
    np.testing.assert_array_equal(x.grad, [18, 36])
    with pytest.raises(RuntimeError, match="retain_grad: expected a tensor that requires"):
        Tensor([1.0]).retain_grad()


def test_comparison_with_none_and_use_as_a_key():
    x = Tensor([1.0, 2.0])
    assert (x == None) is False  # noqa: E711
    assert (x != None) is True  # noqa: E711
    assert {x: 1}[x] == 1


@pytest.mark.parametrize(
    "copier", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_leaves_can_be_copied_and_pickled(copier):
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = copier(x)
    np.testing.assert_array_equal(y.data, x.data)
    assert y.requires_grad
    with pytest.raises(RuntimeError, match="copy: expected a leaf"):
        copier(x * 2)


def test_a_copy_of_a_view_leaves_the_parameter_behind():
    view = nn.Parameter(np.arange(6.0).reshape(2, 3))[1].detach()
    for copier in (copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
        again = copier(view)
        np.testing.assert_array_equal(again.data, [3, 4, 5])
        assert again.version == 0


def test_in_place_operators_bind_a_new_tensor():
    x = y = Tensor([1.0], requires_grad=True)
    y += 1
    assert x.data[0] == 1
    assert y.data[0] == 2
    with pytest.raises(TypeError, match="item assignment"):
        x[0] = 3
