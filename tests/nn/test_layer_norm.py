"""LayerNorm against the formula in plain NumPy, and against torch."""

import numpy as np
import pytest

from pyrnn import Tensor, nn
from pyrnn.autograd import gradcheck

X = np.random.default_rng(0).normal(2.0, 3.0, size=(5, 2, 7))


def drawn(**options):
    norm = nn.LayerNorm(7, dtype="float64", **options)
    for k, p in enumerate(norm.parameters()):
        p.assign(np.random.default_rng(k).normal(size=7))
    return norm


@pytest.mark.parametrize(
    "options", [{}, {"eps": 0.5}, {"bias": False}, {"elementwise_affine": False}]
)
def test_the_formula(options):
    norm = drawn(**options)
    y = (X - X.mean(-1, keepdims=True)) / np.sqrt(X.var(-1, keepdims=True) + norm.eps)
    y = y if norm.weight is None else y * norm.weight.numpy()
    y = y if norm.bias is None else y + norm.bias.numpy()
    np.testing.assert_allclose(norm(X).numpy(), y, rtol=1e-12, atol=1e-12)


def test_it_starts_as_the_plain_normalization():
    norm = nn.LayerNorm(7)
    assert list(norm.state_dict()) == ["weight", "bias"]
    y = norm(X.astype("float32")).numpy()
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.mean(-1), 0, atol=1e-6)
    np.testing.assert_allclose(y.std(-1), 1, atol=1e-5)


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_torch_agrees_with_values_and_gradients(dtype):
    torch = pytest.importorskip("torch")
    norm = nn.LayerNorm(7, dtype=dtype)
    theirs = torch.nn.LayerNorm(7, dtype=getattr(torch, dtype))
    rng = np.random.default_rng(4)
    norm.load_state_dict({name: rng.normal(size=7).astype(dtype) for name in ("weight", "bias")})
    theirs.load_state_dict({n: torch.tensor(a) for n, a in norm.state_dict().items()})
    x, up = Tensor(X.astype(dtype), requires_grad=True), rng.normal(size=X.shape).astype(dtype)
    other = torch.tensor(X.astype(dtype), requires_grad=True)
    (norm(x) * up).sum().backward()
    (theirs(other) * torch.tensor(up)).sum().backward()
    close = {"rtol": 1e-4, "atol": 1e-5} if dtype == "float32" else {"rtol": 1e-10, "atol": 1e-11}
    np.testing.assert_allclose(norm(x).numpy(), theirs(other).detach().numpy(), **close)
    np.testing.assert_allclose(x.grad, other.grad.numpy(), **close)
    for name in ("weight", "bias"):
        mine, expected = getattr(norm, name).grad, getattr(theirs, name).grad.numpy()
        np.testing.assert_allclose(mine, expected, **close)


@pytest.mark.parametrize("options", [{}, {"bias": False}, {"elementwise_affine": False}])
def test_gradients_of_everything(options):
    norm = drawn(**options)
    assert gradcheck(norm, [X[0]], list(norm.parameters()))


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: nn.LayerNorm(0), ValueError, "size: expected an integer of at least 1; got 0"),
        (lambda: nn.LayerNorm((3, 4)), TypeError, "size: expected an integer; got tuple"),
        (lambda: nn.LayerNorm(3, eps=0), ValueError, "eps: expected a number of more than 0"),
        (lambda: nn.LayerNorm(3, dtype=int), TypeError, "dtype: "),
        (lambda: nn.LayerNorm(7)(X), TypeError, "x: expected dtype float32"),
        (lambda: drawn()(X[..., 1:]), ValueError, r"x: .*= \(..., 7\); got \(5, 2, 6\)"),
    ],
)
def test_refusals(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


def test_the_repr():
    assert repr(nn.LayerNorm(3)) == "LayerNorm(3)  # x (..., 3) -> y (..., 3); 6 parameters"
    assert "eps=0.1, bias=False" in repr(nn.LayerNorm(3, 0.1, bias=False))
