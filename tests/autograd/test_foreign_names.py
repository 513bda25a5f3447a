"""Names of PyTorch's that are not here: the error says what to write."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest

import pyrnn
from pyrnn import Tensor, nn
from pyrnn import functional as F
from pyrnn.autograd.foreign_names import PACKAGE, TENSOR

X = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)


@pytest.mark.parametrize("name", TENSOR)
def test_a_tensors_attribute(name):
    assert not hasattr(Tensor, name), "there after all"
    message = f"^'Tensor' object has no attribute '{name}': write {re.escape(TENSOR[name])}$"
    with pytest.raises(AttributeError, match=message):
        getattr(X, name)


@pytest.mark.parametrize("name", PACKAGE)
def test_a_name_in_pyrnn(name):
    assert name not in pyrnn.__all__, "there after all"
    message = f"^module 'pyrnn' has no attribute '{name}': write {re.escape(PACKAGE[name])}$"
    with pytest.raises(AttributeError, match=message):
        getattr(pyrnn, name)


@pytest.mark.parametrize("text", [*TENSOR.values(), *PACKAGE.values()])
def test_what_is_recommended_exists(text):
    for name in re.findall(r"\bx\.(\w+)", text):
        assert hasattr(X, name) or name in TENSOR
    for name in re.findall(r"functional\.(\w+)", text):
        assert hasattr(F, name)
    for name in re.findall(r"\bpyrnn\.(\w+)", text):
        assert hasattr(pyrnn, name)
    for name in re.findall(r"\bnumpy\.(\w+)", text):
        assert hasattr(np, name)


@pytest.mark.parametrize("name", ["add_", "zero_", "copy_", "clamp_"])
def test_methods_in_place(name):
    for x in (X, nn.Parameter([1.0])):
        with pytest.raises(AttributeError, match=rf"'{name}': write a new tensor.*p\.assign\("):
            getattr(x, name)


def test_size_is_no_method():
    assert X.size == 6
    assert type(X.size + 0) is int
    for call in (lambda: X.size(), lambda: X.size(0)):
        with pytest.raises(TypeError, match=r"size: expected no call.*write x\.shape"):
            call()


def test_other_names_are_missed_as_ever():
    with pytest.raises(AttributeError, match=r"^'Tensor' object has no attribute 'spam'$"):
        _ = X.spam
    with pytest.raises(AttributeError, match=r"^module 'pyrnn' has no attribute 'spam'$"):
        _ = pyrnn.spam
    assert getattr(X, "__array_interface__", None) is None
    assert copy.copy(Tensor(2.0)).item() == 2


def test_requires_grad_in_one_word():
    x = Tensor([1.0])
    assert x.requires_grad_() is x
    assert x.requires_grad
    assert not x.requires_grad_(False).requires_grad
    p = nn.Parameter([1.0])
    assert p.requires_grad_(False) is p
    with pytest.raises(RuntimeError, match="expected a leaf"):
        (X * 2).requires_grad_(False)
    with pytest.raises(TypeError, match="expected dtype float32 or float64; got int64"):
        Tensor([1]).requires_grad_()
