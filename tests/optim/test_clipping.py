"""Clipping by global norm and by value, against PyTorch and by hand."""

import math

import numpy as np
import pytest

from pyrnn import nn, optim


def parameters(dtype="float64", scale=1.0):
    rng = np.random.default_rng(0)
    result = []
    for shape in [(4, 3), (5,), (2, 2, 2)]:
        parameter = nn.Parameter(np.zeros(shape, dtype))
        parameter.grad = (scale * rng.standard_normal(shape)).astype(dtype)
        result.append(parameter)
    result.append(nn.Parameter(np.zeros(2, dtype)))  # has no gradient
    return result


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("max_norm", [0.1, 1.0, 4.0, 1e6])
def test_clipping_by_norm_agrees_with_torch(max_norm, dtype):
    torch = pytest.importorskip("torch")
    ours = parameters(dtype)
    theirs = [torch.nn.Parameter(torch.tensor(p.numpy())) for p in ours]
    for p, q in zip(ours, theirs, strict=True):
        q.grad = None if p.grad is None else torch.tensor(p.grad)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm)
    norm = optim.clip_grad_norm(ours, max_norm)
    tolerance = 1e-14 if dtype == "float64" else 1e-6  # torch sums float32 in float32
    assert math.isclose(norm, float(expected), rel_tol=tolerance)
    for p, q in zip(ours, theirs, strict=True):
        if p.grad is not None:
            assert p.grad.dtype == dtype
            np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=tolerance)


def test_gradients_within_the_norm_stay_bit_for_bit():
    ours = parameters()
    before = [p.grad.copy() for p in ours[:3]]
    optim.clip_grad_norm(ours, 1e3)
    for p, grad in zip(ours, before, strict=False):
        np.testing.assert_array_equal(p.grad, grad)


def test_a_generator_and_a_tied_parameter_are_taken_as_they_should():
    p = nn.Parameter(np.zeros(2))
    p.grad = np.array([3.0, 4.0])
    assert optim.grad_norm(q for q in (p, p)) == 5.0
    assert optim.clip_grad_norm((q for q in (p, p)), 1.0) == 5.0
    np.testing.assert_allclose(p.grad, [0.6, 0.8], rtol=1e-6)  # the formula adds 1e-6 to the norm


def test_no_gradients_have_norm_0():
    assert optim.clip_grad_norm([nn.Parameter(np.zeros(2))], 1.0) == 0.0


def test_an_infinite_limit_measures_only():
    ours = parameters()
    before = ours[0].grad.copy()
    assert optim.clip_grad_norm(ours, math.inf) == optim.grad_norm(ours)
    np.testing.assert_array_equal(ours[0].grad, before)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_norm_that_is_not_finite_is_an_error(bad):
    ours = parameters()
    ours[1].grad[2] = bad
    before = ours[0].grad.copy()
    with pytest.raises(FloatingPointError, match=r"gradient of parameter 1: .*shape \(5,\)"):
        optim.clip_grad_norm(ours, 1.0)
    assert not math.isfinite(optim.clip_grad_norm(ours, 1.0, error_if_nonfinite=False))
    np.testing.assert_array_equal(ours[0].grad, before)


def test_gradients_too_large_to_square_are_an_error():
    with pytest.raises(FloatingPointError, match="too large to square"):
        optim.clip_grad_norm(parameters(scale=1e200), 1.0)


@pytest.mark.torch
def test_clipping_by_value_agrees_with_torch():
    torch = pytest.importorskip("torch")
    ours = parameters()
    theirs = [torch.nn.Parameter(torch.tensor(p.numpy())) for p in ours[:3]]
    for p, q in zip(ours, theirs, strict=False):
        q.grad = torch.tensor(p.grad)
    torch.nn.utils.clip_grad_value_(theirs, 0.5)
    optim.clip_grad_value(ours, 0.5)
    for p, q in zip(ours, theirs, strict=False):
        np.testing.assert_array_equal(p.grad, q.grad.numpy())


@pytest.mark.parametrize("limit", [0, -1.0, float("nan")])
@pytest.mark.parametrize(
    ("clip", "name"), [(optim.clip_grad_norm, "max_norm"), (optim.clip_grad_value, "clip_value")]
)
def test_limits_must_be_positive(clip, name, limit):
    with pytest.raises(ValueError, match=f"{name}: .*got {limit:g}"):
        clip(parameters(), limit)
