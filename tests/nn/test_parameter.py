"""Parameters: one master copy, read-only views, versions."""

import copy
import operator
import pickle

import numpy as np
import pytest

from pyrnn import nn, no_grad
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
        with parameter.writing():
            pass
        seen.add(parameter.version)
        with no_grad():
            parameter += 1
        seen.add(parameter.version)
    assert len(seen) == 11


def test_values_change_in_a_writing_block_alone():
    p = nn.Parameter(np.zeros((2, 3)))
    version, before = p.version, p.data
    with p.writing() as array:
        array[0] = 1
        p.data[1] = 2
        p.data[1] += 1
        with p.writing() as again:  # blocks nest
            again[1, 2] = 4
        array[0, 0] = 5
    np.testing.assert_array_equal(p.numpy(), [[5, 1, 1], [3, 3, 4]])
    np.testing.assert_array_equal(before, p.numpy())
    assert p.version != version
    for view in (p.data, before, array, again, p.numpy(), np.asarray(p)):
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 7


def test_a_writing_block_that_fails_counts_what_it_changed():
    p = nn.Parameter(np.zeros(3))
    version = p.version
    with pytest.raises(IndexError), p.writing() as array:
        array.put([0, 5], 1)
    assert p.version != version
    assert not p.data.flags.writeable
    assert not array.flags.writeable


def multiply_data(p):
    p.data *= 0.5


def set_data(p):
    p.data = np.zeros(3)


def fill_data(p):
    p.data[...] = 7


def fill_view(p):
    p.numpy()[...] = 7


def fill(p):
    p[...] = 7


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (multiply_data, ValueError, "read-only"),
        (fill_data, ValueError, "read-only"),
        (fill_view, ValueError, "read-only"),
        (set_data, AttributeError, r"data: expected no assignment .* parameter\.assign\(array\)"),
        (fill, TypeError, r"item assignment: expected none, .*\.assign\(array\) or .*\.writing"),
    ],
)
def test_no_other_door(change, error, message):
    p = nn.Parameter(np.ones(3))
    version = p.version
    with pytest.raises(error, match=message):
        change(p)
    assert p.version == version
    np.testing.assert_array_equal(p.numpy(), 1)


IN_PLACE = {
    "+=": operator.iadd,
    "-=": operator.isub,
    "*=": operator.imul,
    "/=": operator.itruediv,
    "**=": operator.ipow,
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "operand",
    [2, 0.1, np.float64(0.1), np.array([0.5, 2, 3]), [1, 2, 3], Tensor([0.5, 2.0, 3.0])],
    ids=["integer", "number", "float64", "array", "list", "tensor"],
)
@pytest.mark.parametrize("operate", IN_PLACE.values(), ids=IN_PLACE.keys())
def test_operators_in_place(operate, operand, dtype):
    p = nn.Parameter(np.array([1.0, 2.0, 3.0], dtype))
    version, view = p.version, p.numpy()
    expected = operate(Tensor(p.numpy().copy()), operand).numpy()
    with no_grad():
        assert operate(p, operand) is p
    assert p.dtype == dtype
    assert p.version != version
    np.testing.assert_array_equal(view, expected)


def test_matrices_multiply_in_place():
    p = nn.Parameter(np.arange(4.0).reshape(2, 2))
    with no_grad():
        p @= np.array([[0.0, 1.0], [1.0, 0.0]])
    np.testing.assert_array_equal(p.numpy(), [[1, 0], [3, 2]])


@pytest.mark.parametrize(("sign", "operate"), [*IN_PLACE.items(), ("@=", operator.imatmul)])
def test_operators_in_place_are_refused_where_gradients_are_recorded(sign, operate):
    p = nn.Parameter(np.eye(3))
    version = p.version
    with pytest.raises(RuntimeError) as caught:
        operate(p, np.ones((3, 3)))
    assert str(caught.value).startswith(f"{sign}: expected")
    assert "`with no_grad():`" in str(caught.value)
    assert "parameter.assign(array)" in str(caught.value)
    assert p.version == version
    np.testing.assert_array_equal(p.numpy(), np.eye(3))


@pytest.mark.parametrize(
    ("operand", "error", "message"),
    [
        (np.ones((2, 3)), ValueError, r"parameter -= operand: expected shape \(3,\); got \(2, 3\)"),
        (np.ones(2), ValueError, "could not be broadcast"),
        (
            Tensor(np.ones(3)),
            TypeError,
            r"parameter -= operand: expected dtype float32; got float64",
        ),
        ("a", TypeError, "operand"),
        (None, TypeError, "operand"),
    ],
)
def test_operators_in_place_change_nothing_where_operands_do_not_fit(operand, error, message):
    p = nn.Parameter([1.0, 1.0, 1.0])
    version = p.version
    with pytest.raises(error, match=message), no_grad():
        p -= operand
    assert p.version == version
    np.testing.assert_array_equal(p.numpy(), 1)


def test_a_training_step_by_hand():
    layer = nn.Linear(3, 2, rng=0)
    before = {name: p.numpy().copy() for name, p in layer.named_parameters()}
    x = np.ones((4, 3), "float32")
    (layer(x) ** 2).sum().backward()
    with no_grad():
        for p in layer.parameters():
            p -= 0.1 * p.grad
        layer.weight *= 0.5
    step = {name: before[name] - np.float32(0.1) * p.grad for name, p in layer.named_parameters()}
    np.testing.assert_array_equal(layer.bias.numpy(), step["bias"])
    np.testing.assert_array_equal(layer.weight.numpy(), step["weight"] * np.float32(0.5))


@pytest.mark.parametrize("called", [False, True], ids=["before a call", "after a call"])
def test_kernels_see_values_that_were_written(called):
    """Whether or not the weights have been packed: the forget bias as assign would set it."""
    x = np.ones((5, 2, 3), "float32")
    assigned, written = nn.LSTM(3, 4, rng=0), nn.LSTM(3, 4, rng=0)
    bias = assigned.bias_ih_l0.numpy().copy()
    bias[4:8] = 9
    assigned.bias_ih_l0.assign(bias)
    if called:
        written(x)
    with written.bias_ih_l0.writing() as array:
        array[4:8] = 9
    np.testing.assert_array_equal(written(x)[0].numpy(), assigned(x)[0].numpy())


def test_a_change_in_place_before_backward_is_noticed():
    layer = nn.Linear(3, 2, rng=0)
    y = layer(Tensor(np.ones((4, 3), "float32"), requires_grad=True)).sum()
    with no_grad():
        layer.weight -= 1
    with pytest.raises(RuntimeError, match="saved a parameter of shape"):
        y.backward()


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
