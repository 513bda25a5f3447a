"""Any library's floats become float32 or float64 without a change of value."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn.exchange.floats import as_floats, shape_of, widest
from pyrnn.files.tensors import from_bfloat16


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("float16", "float32"), ("float32", "float32"), ("float64", "float64"), (">f4", "float32")],
)
def test_what_numpy_has(rng, dtype, expected):
    array = rng.normal(size=(3, 4)).astype(dtype)[:, ::-1]
    found = as_floats("w", array)
    assert found.dtype == np.dtype(expected)
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, array)


def test_bfloat16_is_the_upper_half_of_float32():
    bits = np.array([0x3F80, 0xC000, 0x0000, 0x7F80, 0x3EAB], np.uint16)
    expected = np.array([1.0, -2.0, 0.0, np.inf, 0.333984375], np.float32)
    np.testing.assert_array_equal(from_bfloat16(bits), expected)
    assert np.isnan(from_bfloat16(np.array([0x7FC0], np.uint16)))[0]


def test_a_tensor_of_ours(rng):
    array = rng.normal(size=3).astype("float32")
    np.testing.assert_array_equal(as_floats("w", Tensor(array, requires_grad=True)), array)


@pytest.mark.parametrize("dtype", ["int64", "bool", "uint8", "complex64", "S3", "object"])
def test_what_holds_no_floats(dtype):
    with pytest.raises(TypeError, match=r"layer\.w: expected floats .* of shape \(2,\)"):
        as_floats("layer.w", np.zeros(2, dtype))


@pytest.mark.parametrize(("value", "got"), [([1.0], "list"), (None, "NoneType"), ("w", "str")])
def test_what_is_no_array(value, got):
    with pytest.raises(TypeError, match=f"w: expected an array; got {got}"):
        as_floats("w", value)


def test_a_dict_in_the_dict():
    with pytest.raises(TypeError, match=r"state_dict: expected an array; got dict .pass the state"):
        as_floats("state_dict", {})


def test_the_widest_dtype():
    narrow, wide = np.zeros(1, "float32"), np.zeros(1, "float64")
    assert widest([narrow, narrow]) == "float32"
    assert widest([narrow, wide]) == "float64"
    assert widest([]) == "float32"


def test_shapes_for_messages():
    assert shape_of(np.zeros((2, 3))) == "(2, 3)"
    assert shape_of([1]) == "list"


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_tensors_of_torch(dtype):
    torch = pytest.importorskip("torch")
    tensor = torch.linspace(-3, 3, 12).reshape(3, 4).to(getattr(torch, dtype)).t()
    found = as_floats("w", torch.nn.Parameter(tensor))
    np.testing.assert_array_equal(found, tensor.double().numpy())
    assert found.dtype == ("float64" if dtype == "float64" else "float32")


@pytest.mark.torch
def test_tensors_of_torch_that_hold_no_floats():
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"n: expected floats .* int64 of shape \(\)"):
        as_floats("n", torch.tensor(3))
    with pytest.raises(
        TypeError, match=r"w: expected floats .* in a dense tensor; got torch.float32"
    ):
        as_floats("w", torch.eye(2).to_sparse())
    with pytest.raises(TypeError, match=r"w: expected floats .* in a dense tensor"):
        as_floats("w", torch.zeros(2, device="meta"))
