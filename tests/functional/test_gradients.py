"""Every differentiable operation against finite differences, from one table."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from pyrnn import functional as F
from pyrnn import nn
from pyrnn.autograd import Tensor, backward, gradcheck, no_grad


def normal(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def positive(*shape, seed=0):
    return 0.5 + np.random.default_rng([seed, *shape]).random(shape)


def distinct(*shape):
    """Values at least 0.1 apart and 0.05 away from 0: no kink, no tie within a difference."""
    size = int(np.prod(shape))
    values = (np.arange(size) - size // 2) * 0.1 + 0.05
    return np.random.default_rng(size).permutation(values).reshape(shape)


MASK = np.random.default_rng(5).random((3, 4)) < 0.5
LABELS = np.array([[1, 0, 3], [-100, 2, 2]])
WEIGHT = [0.5, 2.0, 0.0, 1.5]
SHAPES = [
    ((3, 4), (3, 4)),
    ((3, 4), (4,)),
    ((4,), (3, 4)),
    ((3, 1), (1, 4)),
    ((), (2, 3)),
    ((2, 1, 3), (4, 1)),
    ((0, 3), (3,)),
]
BINARY = {
    "add": lambda a, b: (normal(*a), normal(*b, seed=1)),
    "subtract": lambda a, b: (normal(*a), normal(*b, seed=1)),
    "multiply": lambda a, b: (normal(*a), normal(*b, seed=1)),
    "divide": lambda a, b: (normal(*a), positive(*b)),
    "power": lambda a, b: (positive(*a), normal(*b)),
    "maximum": lambda a, b: (distinct(*a), distinct(*b) + 0.02),
    "minimum": lambda a, b: (distinct(*a), distinct(*b) + 0.02),
}
UNARY = {
    "negative": normal,
    "absolute": distinct,
    "exp": normal,
    "log": positive,
    "sqrt": positive,
    "tanh": normal,
    "sigmoid": normal,
    "relu": distinct,
    "softplus": normal,
}
REDUCTIONS = {
    "sum": normal,
    "mean": normal,
    "max": distinct,
    "min": distinct,
    "var": normal,
    "std": normal,
}
AXES = [None, 0, -1, (0, 2), (1,), ()]
SOFTMAXES = ["softmax", "log_softmax", "logsumexp"]
MATRICES = [
    ((3, 4), (4, 2)),
    ((4,), (4, 2)),
    ((3, 4), (4,)),
    ((4,), (4,)),
    ((2, 3, 4), (4, 5)),
    ((2, 3, 4), (2, 4, 5)),
    ((3, 4), (2, 4, 5)),
    ((2, 1, 3, 4), (5, 4, 2)),
    ((2, 3, 4), (4,)),
    ((4,), (2, 4, 3)),
    ((3, 0), (0, 2)),
    ((2, 0, 4), (4, 3)),
]
INDICES = {
    "number": 1,
    "negative": -2,
    "slice": slice(None, None, -2),
    "tuple": (slice(1, 3), 0),
    "ellipsis": (..., 1),
    "new axis": (None, 2, slice(None)),
    "ids": np.array([0, 2, 2, -1]),
    "ids of two axes": np.array([[0, 2], [2, 0]]),
    "list": [1, 1],
    "empty list": [],
    "pairs": (np.array([0, 2, 2]), np.array([1, 3, 3])),
    "ids and slice": (slice(None), np.array([3, 3, 0])),
    "mask": MASK,
    "mask of rows": np.array([True, False, True]),
    "no axes": np.array(2),
}


def call(name, *positional, **options):
    """An operation with everything but its tensors filled in."""
    return lambda *tensors: getattr(F, name)(*tensors, *positional, **options)


def cases():
    for name, inputs in BINARY.items():
        for a, b in SHAPES:
            yield f"{name}-{a}-{b}", name, getattr(F, name), inputs(a, b)
    for name, inputs in UNARY.items():
        for shape in [(3, 4), (), (0, 2)]:
            yield f"{name}-{shape}", name, getattr(F, name), (inputs(*shape),)
    for name, inputs in REDUCTIONS.items():
        for axis in AXES:
            for keepdims in (False, True):
                if name == "std" and axis == ():
                    continue  # 0 everywhere: a kink
                reduce = call(name, axis, keepdims=keepdims)
                yield f"{name}-{axis}-{keepdims}", name, reduce, (inputs(2, 3, 4),)
    for name in SOFTMAXES:
        for axis in (-1, 0, 1):
            yield f"{name}-{axis}", name, call(name, axis=axis), (normal(2, 3, 4),)
    for a, b in MATRICES:
        yield f"matmul-{a}-{b}", "matmul", F.matmul, (normal(*a), normal(*b, seed=1))
    for which, index in INDICES.items():
        yield f"getitem-{which}", "getitem", call("getitem", index), (normal(3, 4),)
    for which, name, function, inputs in SINGLE:
        yield f"{name}-{which}", name, function, inputs


SINGLE = [
    ("both", "clip", lambda x: F.clip(x, -0.4, 0.4), (distinct(3, 5),)),
    ("low", "clip", lambda x: F.clip(x, low=-0.4), (distinct(3, 5),)),
    ("high", "clip", lambda x: F.clip(x, high=0.4), (distinct(3, 5),)),
    ("same", "where", lambda a, b: F.where(MASK, a, b), (normal(3, 4), normal(3, 4, seed=1))),
    ("broadcast", "where", lambda a, b: F.where(MASK, a, b), (normal(4), normal(3, 1))),
    ("wide mask", "where", lambda a, b: F.where(MASK, a, b), (normal(), normal())),
    ("square", "power", lambda x: x**2, (distinct(3, 4),)),
    ("constant", "power", lambda x: x**0, (distinct(3, 4),)),
    ("cube at 0", "power", lambda x: x**3, (np.array([0.0, 0.5, -0.5]),)),
    ("base", "power", lambda x: 2.0**x, (normal(3),)),
    ("exponents at 0", "power", lambda x: x ** np.array([2.0, 0.0, 1.0]), (np.zeros(3),)),
    ("float64", "astype", lambda x: F.astype(x, "float64"), (normal(3),)),
    ("tuple", "reshape", lambda x: F.reshape(x, (2, -1)), (normal(3, 4),)),
    ("flat", "reshape", lambda x: F.reshape(x, -1), (normal(3, 4),)),
    ("ddof", "var", lambda x: F.var(x, 1, ddof=1), (normal(3, 4),)),
    ("ddof", "std", lambda x: F.std(x, (0, 1), ddof=2), (normal(3, 4),)),
    ("same", "masked_fill", lambda x: F.masked_fill(x, MASK, 2.0), (normal(3, 4),)),
    ("row", "masked_fill", lambda x: F.masked_fill(x, MASK[0], -1.0), (normal(3, 4),)),
    ("all", "flatten", F.flatten, (normal(2, 3, 4),)),
    ("some", "flatten", lambda x: F.flatten(x, 1, 2), (normal(2, 3, 4, 2),)),
    ("no axes", "flatten", F.flatten, (normal(),)),
    ("all", "flip", F.flip, (normal(2, 3, 4),)),
    ("two", "flip", lambda x: F.flip(x, (0, -1)), (normal(2, 3, 4),)),
    ("reverse", "transpose", F.transpose, (normal(2, 3, 4),)),
    ("axes", "transpose", lambda x: F.transpose(x, (1, -1, 0)), (normal(2, 3, 4),)),
    ("two", "swapaxes", lambda x: F.swapaxes(x, 0, -1), (normal(2, 3, 4),)),
    ("all", "squeeze", F.squeeze, (normal(1, 3, 1),)),
    ("one", "squeeze", lambda x: F.squeeze(x, -1), (normal(1, 3, 1),)),
    ("two", "expand_dims", lambda x: F.expand_dims(x, (0, 2)), (normal(3),)),
    ("new axis", "broadcast_to", lambda x: F.broadcast_to(x, (2, 3, 4)), (normal(3, 1),)),
    ("rows", "concatenate", lambda *x: F.concatenate(x), (normal(2, 3), normal(1, 3))),
    ("last", "concatenate", lambda *x: F.concatenate(x, -1), (normal(2, 3), normal(2, 0))),
    ("middle", "stack", lambda *x: F.stack(x, 1), (normal(2, 3), normal(2, 3, seed=1))),
    ("last", "stack", lambda *x: F.stack(x, -1), (normal(2), normal(2, seed=1))),
    ("rows", "unstack", F.unstack, (normal(3, 2),)),
    ("last", "unstack", lambda x: F.unstack(x, -1), (normal(2, 5),)),
    ("bias", "linear", F.linear, (normal(2, 3, 4), normal(5, 4), normal(5))),
    ("no bias", "linear", F.linear, (normal(4), normal(5, 4))),
    ("no rows", "linear", F.linear, (normal(0, 4), normal(5, 4), normal(5))),
    ("plain", "layer_norm", F.layer_norm, (normal(2, 3, 4),)),
    ("weight", "layer_norm", F.layer_norm, (normal(3, 4), normal(4))),
    ("bias", "layer_norm", F.layer_norm, (normal(3, 4), normal(4), normal(4, seed=1))),
    ("no rows", "layer_norm", F.layer_norm, (normal(0, 4), normal(4), normal(4, seed=1))),
    (
        "multiplicative",
        "attention",
        F.attention,
        (normal(2, 3, 4), normal(5, 3, 4, seed=1), normal(5, 3, 6)),
    ),
    (
        "additive, lengths",
        "attention",
        lambda q, k, m, v: F.attention(q, k, m, [2, 0, 5], weight=v),
        (normal(2, 3, 4), normal(5, 3, 4, seed=1), normal(5, 3, 6), normal(4)),
    ),
    ("bias", "conv1d_max", F.conv1d_max, (normal(5, 2, 3), normal(4, 3, 2), normal(4))),
    ("no bias", "conv1d_max", F.conv1d_max, (normal(2, 2, 1), normal(3, 1, 5))),
    (
        "lengths",
        "conv1d_max",
        lambda x, w: F.conv1d_max(x, w, lengths=[3, 0], batch_first=True),
        (normal(2, 5, 3), normal(4, 3, 3)),
    ),
    (
        "lengths",
        "crf_log_likelihood",
        lambda e, a, start, end: F.crf_log_likelihood(e, LABELS[:, [1, 0]] % 4, a, start, end),
        (normal(2, 2, 4), normal(4, 4), normal(4), normal(4, seed=1)),
    ),
    (
        "lists",
        "ctc_loss",
        lambda x: F.ctc_loss(x, [[1, 1], [3]], [4, 2]),
        (normal(4, 2, 4),),
    ),
    (
        "mask",
        "dropout",
        lambda x: F.dropout(x, 0.4, np.random.default_rng(3), training=True),
        (normal(4, 5),),
    ),
    (
        "repeated ids",
        "embedding",
        lambda table: F.embedding([[0, 3, 3], [1, 0, 3]], table),
        (normal(5, 2),),
    ),
    ("computed table", "embedding", lambda t: F.embedding([0, 3, 3], t * 2), (normal(5, 2),)),
    (
        "reordered",
        "embedding",
        lambda t: F.embedding([[0], [2]], t).swapaxes(0, 1),
        (normal(3, 2),),
    ),
    *(
        (
            reduction,
            "cross_entropy",
            call("cross_entropy", LABELS, reduction=reduction),
            (normal(2, 3, 4),),
        )
        for reduction in ("mean", "sum", "none")
    ),
    *(
        (
            f"weights {reduction}, smoothing {e}",
            "cross_entropy",
            call("cross_entropy", LABELS, WEIGHT, label_smoothing=e, reduction=reduction),
            (normal(2, 3, 4),),
        )
        for reduction in ("mean", "sum", "none")
        for e in (0.0, 0.2)
    ),
    *(
        (
            reduction,
            "binary_cross_entropy_with_logits",
            call("binary_cross_entropy_with_logits", MASK, reduction=reduction),
            (normal(3, 4),),
        )
        for reduction in ("mean", "sum", "none")
    ),
    (
        "weights",
        "binary_cross_entropy_with_logits",
        lambda x: F.binary_cross_entropy_with_logits(
            x, MASK * 0.7, [[0.5], [1.0], [2.0]], [1.0, 2.0, 3.0, 0.5], reduction="mean"
        ),
        (normal(3, 4),),
    ),
    *(
        (
            reduction,
            name,
            call(name, reduction=reduction),
            (distinct(3, 4), distinct(3, 4).T.reshape(3, 4) + 0.02),
        )
        for name in ("mse_loss", "l1_loss")
        for reduction in ("mean", "sum", "none")
    ),
]
CASES = list(cases())
NOT_DIFFERENTIABLE = {"argmax", "argmin", "mask", "LookupTensor", "crf_marginals", "crf_decode"}
NOT_DIFFERENTIABLE |= {"ctc_required"}
ELSEWHERE = {"recurrent"} | {  # test_recurrent.py, test_adaptive_softmax.py, test_pooling.py ...
    "attention_decoder",
    "pool",
    "weighted_sum",
    "masked_softmax",
    "linear_cross_entropy",
    "adaptive_cross_entropy",
    "adaptive_log_softmax",
}


@pytest.mark.parametrize(
    ("function", "inputs"), [case[2:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_gradient(function, inputs):
    assert gradcheck(function, inputs)


@pytest.mark.parametrize(
    ("function", "inputs"), [case[2:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_inputs_may_be_refilled_before_backward(function, inputs):
    """The same gradients, whether each input is a leaf that shares its array or the array."""
    for wanted in range(len(inputs)):
        gradients = []
        for refill in (False, True):
            arrays = [np.array(x) for x in inputs]
            leaf = Tensor(arrays[wanted], requires_grad=True)
            given = [leaf if k == wanted else x for k, x in enumerate(arrays)]
            results = function(*given)
            results = list(results) if isinstance(results, tuple) else [results]
            for x in arrays if refill else []:
                x[...] = 7
            backward(results, [normal(*y.shape) for y in results])
            gradients.append(leaf.grad)
        np.testing.assert_array_equal(*gradients)


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize(
    ("function", "inputs"), [case[2:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_view_has_the_version_of_its_parameter_and_nothing_else_has(function, inputs, recorded):
    parameters = [nn.Parameter(np.array(x)) for x in inputs]
    with contextlib.nullcontext() if recorded else no_grad():
        results = function(*parameters)
    for y in results if isinstance(results, tuple) else [results]:
        shared = [p.version for p in parameters if np.shares_memory(y.data, p.data)]
        assert y.version == (shared[0] if shared else 0)


def test_every_operation_has_a_case():
    assert {case[1] for case in CASES} == set(F.__all__) - NOT_DIFFERENTIABLE - ELSEWHERE
