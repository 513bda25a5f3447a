"""Softmax and its relatives: values, extremes, and PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn import functional as F

X = np.random.default_rng(0).standard_normal((3, 4, 5)) * 3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_relations(axis, dtype):
    x = X.astype(dtype)
    rtol = 8 * np.finfo(dtype).eps  # a few roundings of sums of at most 5 terms
    p = F.softmax(x, axis).data
    assert p.dtype == dtype
    np.testing.assert_allclose(p.sum(axis), 1, rtol=rtol)
    expected = np.exp(X) / np.exp(X).sum(axis, keepdims=True)
    np.testing.assert_allclose(p, expected, rtol=32 * rtol)
    np.testing.assert_allclose(F.log_softmax(x, axis).data, np.log(expected), atol=32 * rtol)
    lse = F.logsumexp(x, axis, keepdims=True).data
    np.testing.assert_allclose(F.logsumexp(x, axis).data, lse.squeeze(axis), rtol=0)
    np.testing.assert_allclose(x - lse, F.log_softmax(x, axis).data, atol=32 * rtol)


def test_large_logits_do_not_overflow():
    x = Tensor(np.array([1e4, 1e4, -1e4], np.float32))
    np.testing.assert_array_equal(F.softmax(x).data, [0.5, 0.5, 0])
    np.testing.assert_allclose(F.log_softmax(x).data, -np.log(2) - [0, 0, 2e4], rtol=1e-6)


def test_masked_elements_get_nothing():
    x = Tensor([1.0, -np.inf, 1.0], requires_grad=True)
    p = F.softmax(x)
    np.testing.assert_array_equal(p.data, [0.5, 0, 0.5])
    (p * [1.0, 5.0, 3.0]).sum().backward()
    np.testing.assert_array_equal(x.grad, [-0.5, 0, 0.5])


@pytest.mark.torch
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp", "softplus"])
def test_torch_agrees(name):
    torch = pytest.importorskip("torch")
    theirs = torch.tensor(X, requires_grad=True)
    ours = Tensor(X, requires_grad=True)
    upstream = np.random.default_rng(1).standard_normal(X.shape)
    if name == "softplus":
        y, z = F.softplus(ours), torch.nn.functional.softplus(theirs, threshold=1000)
    else:
        y, z = getattr(F, name)(ours, axis=1), getattr(torch, name)(theirs, dim=1)
    upstream = upstream[: y.shape[0], : y.shape[1]] if name != "logsumexp" else upstream[:, 0]
    y.backward(upstream)
    z.backward(torch.tensor(upstream))
    np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-13)
    np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), rtol=1e-12, atol=1e-14)
