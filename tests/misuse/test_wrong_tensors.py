"""Wrong calls of tensors, backward passes, functions and losses."""

from __future__ import annotations

import copy

import numpy as np

import pyrnn
from pyrnn import Tensor, autograd, nn
from pyrnn import functional as F

from .refusal import Row, expect, table

nan = float("nan")
X = Tensor(np.zeros((2, 3, 4), "f4"))
LOGITS = np.zeros((3, 4), "f4")


def leaf() -> Tensor:
    return Tensor(np.ones(3, "f4"), requires_grad=True)


def loss(layer: nn.Module | None = None) -> Tensor:
    layer = layer or nn.LSTM(4, 2, rng=0)
    return layer(np.ones((5, 3, 4), "f4"))[0].sum()


def backward_twice() -> None:
    result = loss()
    result.backward()
    result.backward()


def backward_through_an_old_state() -> None:
    gru = nn.GRU(4, 2, rng=0)
    x = np.ones((5, 3, 4), "f4")
    y, state = gru(x)
    y.sum().backward()
    gru(x, state)[0].sum().backward()


def backward_after_load_state_dict() -> None:
    linear = nn.Linear(4, 2, rng=0)
    result = (linear(Tensor(np.ones((5, 4), "f4"), requires_grad=True)) ** 2).sum()
    linear.load_state_dict(linear.state_dict())
    result.backward()


def lookup_after_assign() -> None:
    embedding = nn.Embedding(5, 2, rng=0)
    rows = embedding([1, 2])
    embedding.weight.assign(np.zeros((5, 2), "f4"))
    rows.sum()


def no_graph() -> None:
    with pyrnn.no_grad():
        result = loss()
    result.backward()


# fmt: off
TENSORS: list[Row] = [
    ("Tensor('abc')", TypeError, "array: expected real numbers; got str (<U3)"),
    ("Tensor(None)", TypeError, "array: expected real numbers; got NoneType (object)"),
    ("Tensor([1j])", TypeError, "array: expected real numbers; got list (complex128)"),
    ("Tensor([[1], [2, 3]])", ValueError, "array: expected numbers, in nested lists of equal lengths"),
    ("Tensor(np.ma.masked_less([1.0, 2.0], 2))", TypeError, "array: expected an array without a mask"),
    ("Tensor([1.0], dtype='c8')", TypeError, "dtype: expected a dtype of real numbers; got complex64"),
    ("Tensor([1.0], dtype='wide')", TypeError, "dtype: expected a dtype; got 'wide'"),
    ("X.astype('U5')", TypeError, "dtype: expected a dtype of real numbers; got <U5"),
    ("Tensor([1, 2], requires_grad=True)", TypeError, "requires_grad: expected dtype ... got int64"),
    ("setattr(loss(), 'requires_grad', False)", RuntimeError, "requires_grad: expected a leaf ... got"),
    ("setattr(leaf(), 'grad', [1.0])", TypeError, "grad: expected an array or None; got list"),
    ("setattr(leaf(), 'grad', leaf())", TypeError, "grad: expected an array or None; got Tensor"),
    ("setattr(leaf(), 'grad', np.ones(2, 'f4'))", ValueError, "grad: expected shape (3,) ... got (2"),
    ("setattr(leaf(), 'grad', np.ones(3))", ValueError, "grad: ... float32; got (3,) and float64"),
    ("X.item()", ValueError, "item: expected a tensor of one element; got shape (2, 3, 4)"),
    ("len(X.sum())", TypeError, "len: expected a tensor with an axis; got one of shape ()"),
    ("[1, 2][Tensor([1.0])]", TypeError, "index: expected a tensor of integers; got dtype float32"),
    ("X.__array__('f8', copy=False)", ValueError, "copy: expected None or True ... got False"),
    ("copy.copy(loss())", RuntimeError, "copy: expected a leaf; got a computed tensor"),
    ("X @ X", ValueError, "matmul: expected shapes ... got (2, 3, 4) and (2, 3, 4)"),
    ("X.transpose(0, 1)", ValueError, "axes: expected each of 3 axes once; got (0, 1)"),
    ("X.swapaxes(0, 5)", ValueError, "second: expected one of 3 axes; got 5"),
    ("X.clip(2, 1)", ValueError, "low: expected at most high = 1; got 2"),
    ("F.where(X, X, X)", TypeError, "condition: expected dtype bool; got float32"),
    ("F.concatenate([])", ValueError, "parts: expected at least one tensor; got none"),
]

BACKWARD: list[Row] = [
    ("backward_twice()", RuntimeError, "backward: an earlier backward pass ... retain_graph"),
    ("backward_through_an_old_state()", RuntimeError, "backward: ... detach() it first"),
    ("backward_after_load_state_dict()", RuntimeError, "backward: Linear saved ... load_state_dict"),
    ("lookup_after_assign()", RuntimeError, "table: changed between embedding ... expected"),
    ("no_graph()", RuntimeError, "backward: the tensor does not require a gradient"),
    ("X.backward()", RuntimeError, "backward: the tensor does not require a gradient; expected"),
    ("leaf().backward()", ValueError, "gradient: expected an array of shape (3,) ... got None"),
    ("leaf().backward(np.ones(4))", ValueError, "gradient: expected shape (3,); got (4,)"),
    ("leaf().backward('ones')", TypeError, "gradient: expected real numbers; got str"),
    ("leaf().backward([1j, 1j, 1j])", TypeError, "gradient: expected real numbers; got list (complex128"),
    ("autograd.backward(leaf())", TypeError, "tensors: expected a list of Tensors; got Tensor"),
    ("autograd.backward([np.ones(3)])", TypeError, "tensors: expected Tensors; got ndarray"),
    ("autograd.backward([loss()], [])", ValueError, "gradients: expected one for each of 1 tensors"),
]

FUNCTIONS: list[Row] = [
    ("F.linear(X, LOGITS.T)", ValueError, "x: expected shape (..., I) with I = 3; got (2, 3, 4)"),
    ("F.linear(X, LOGITS[0])", ValueError, "weight: expected shape (O, I); got (4,)"),
    ("F.linear(X, LOGITS, [1.0])", ValueError, "bias: expected shape (O,) = (3,); got (1,)"),
    ("F.embedding([0], X)", ValueError, "table: expected a floating array (V, E); got float32 of shape"),
    ("F.embedding([0], LOGITS, 3)", ValueError, "padding_idx: ... 0 to V - 1 = 2; got 3"),
    ("F.dropout(X, 2, None, True)", ValueError, "p: expected a number of at least 0 and at most 1; got 2"),
    ("F.dropout(X, 'half', None, True)", TypeError, "p: expected a number; got str 'half'"),
    ("F.dropout(X, 0.5, 7, True)", TypeError, "rng: expected a random generator ... got int"),
    ("CE(0.0, 0)", ValueError, "logits: expected shape (..., V) with V > 0; got ()"),
    ("CE(LOGITS[:, :0], [0, 0, 0])", ValueError, "logits: ... V > 0; got (3, 0)"),
    ("CE(LOGITS, [0, 1])", ValueError, "targets: expected shape (3,) ... got (2,)"),
    ("CE(LOGITS, [0, 1, 4])", IndexError, "targets: ... V - 1 = 3, or ignore_index = -100; got 4 at"),
    ("CE(LOGITS, [0, 1, -1])", IndexError, "targets: expected values from 0 ... got -1 at (2,)"),
    ("CE(LOGITS, [0, 1, 2.5])", TypeError, "targets: expected integers; got dtype float32"),
    ("CE(LOGITS, [0, 1, nan])", TypeError, "targets: expected integers; got dtype float32"),
    ("CE(LOGITS, LOGITS)", TypeError, "targets: expected integers; got dtype float32"),
    ("CE(LOGITS, [0, 1, 2], [1, 2])", ValueError, "weight: expected shape (V,) = (4,); got (2,)"),
    ("CE(LOGITS, [0, 1, 2], [1, 2, nan, 3])", ValueError, "weight: expected finite ... got nan at 2"),
    ("CE(LOGITS, [0, 1, 2], None, 0.5)", TypeError, "ignore_index: expected an integer; got float 0.5"),
    ("F.cross_entropy(LOGITS, [0, 1, 2], reduction='avg')", ValueError, "reduction: ... got 'avg'"),
    ("F.cross_entropy(LOGITS, [0, 1, 2], reduction=None)", ValueError, "reduction: ... got None"),
    ("BCE([0.0, 0.0], [0, 2])", ValueError, "targets: expected values from 0 to 1; got 2.0 at (1,)"),
    ("BCE([0.0, 0.0], [0, nan])", ValueError, "targets: expected values from 0 to 1; got nan at (1,"),
    ("BCE([0.0, 0.0], [0])", ValueError, "targets: expected shape (2,); got (1,)"),
    ("BCE([0.0, 0.0], [0, 1], [1, 2, 3])", ValueError, "weight: ... to (2,); got (3,)"),
    ("BCE([0.0, 0.0], [0, 1], pos_weight='2')", TypeError, "pos_weight: expected real numbers; got"),
    ("F.mse_loss([0.0, 0.0], [[0.0], [0.0]], reduction='sum')", ValueError, "targets: ... got (2, 1)"),
    ("F.l1_loss([0.0], [], reduction='sum')", ValueError, "targets: expected shape (1,); got (0,)"),
]
# fmt: on


def CE(*arguments: object) -> Tensor:
    return F.cross_entropy(*arguments, reduction="mean")


def BCE(*arguments: object, **weights: object) -> Tensor:
    return F.binary_cross_entropy_with_logits(*arguments, **weights, reduction="mean")


@table(TENSORS + BACKWARD + FUNCTIONS)
def test_refused(call: str, error: type[Exception], message: str) -> None:
    expect(call, error, message, globals())


def test_a_refused_backward_pass_leaves_no_gradient() -> None:
    lstm = nn.LSTM(4, 2, rng=0)
    result = loss(lstm)
    result.backward()
    gradients = [p.grad.copy() for p in lstm.parameters()]
    expect("result.backward()", RuntimeError, "backward: an earlier", {"result": result})
    for parameter, gradient in zip(lstm.parameters(), gradients, strict=True):
        assert np.array_equal(parameter.grad, gradient)
        assert copy.copy(parameter).grad is None
