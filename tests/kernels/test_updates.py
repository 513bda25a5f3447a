"""One step of each optimizer: PyTorch's numbers, in place, in the parameters' dtype; native Adam
against its NumPy form, on every instruction set. Against the formulas: tests/optim."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.kernels import arrays as xp
from pyrnn.kernels import updates

DTYPES = [np.float32, np.float64]
STEPS = 5
SGD = [
    {},
    {"weight_decay": 0.1},
    {"momentum": 0.9},
    {"momentum": 0.9, "weight_decay": 0.1},
    {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
]
RMSPROP = [
    {},
    {"alpha": 0.9, "eps": 1e-6, "weight_decay": 0.1},
    {"momentum": 0.9},
    {"centered": True},
    {"centered": True, "momentum": 0.5, "weight_decay": 0.01},
]
ADAM = [
    {},
    {"betas": (0.8, 0.95), "eps": 1e-6},
    {"weight_decay": 0.1},
    {"amsgrad": True},
    {"amsgrad": True, "weight_decay": 0.1},
]


def start(dtype):
    """A parameter and the gradients of some steps; odd sizes, and a row of zeros."""
    rng = np.random.default_rng(0)
    p = rng.standard_normal((7, 3)).astype(dtype)
    gradients = rng.standard_normal((STEPS, 7, 3)).astype(dtype)
    gradients[:, 2] = 0
    return p, gradients


def compare_with_torch(optimizer, options, dtype, update):
    torch = pytest.importorskip("torch")
    p, gradients = start(dtype)
    theirs = torch.nn.Parameter(torch.tensor(p))
    steps = getattr(torch.optim, optimizer)([theirs], lr=0.05, foreach=False, **options)
    for step, g in enumerate(gradients, start=1):
        theirs.grad = torch.tensor(g)
        steps.step()
        kept = g.copy()
        update(p, g, step)
        np.testing.assert_array_equal(g, kept)
    assert p.dtype == dtype
    # Every step rounds a handful of times; RMSprop and Adam divide by square roots near 0.
    bound = 64 * STEPS * np.finfo(dtype).eps
    np.testing.assert_allclose(p, theirs.detach().numpy(), rtol=bound, atol=bound)


@pytest.mark.torch
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("options", SGD, ids=str)
def test_sgd(options, dtype):
    buffer = np.zeros((7, 3), dtype) if "momentum" in options else None
    full = {"momentum": 0.0, "nesterov": False, "weight_decay": 0.0} | options
    compare_with_torch(
        "SGD", options, dtype, lambda p, g, _: xp.sgd_update(p, g, buffer, 0.05, **full)
    )


@pytest.mark.torch
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("options", RMSPROP, ids=str)
def test_rmsprop(options, dtype):
    square, buffer, mean = (np.zeros((7, 3), dtype) for _ in range(3))
    full = {"alpha": 0.99, "eps": 1e-8, "momentum": 0.0, "centered": False, "weight_decay": 0.0}
    full |= options
    buffers = buffer if full["momentum"] else None, mean if full["centered"] else None
    compare_with_torch(
        "RMSprop",
        options,
        dtype,
        lambda p, g, _: xp.rmsprop_update(p, g, square, *buffers, 0.05, **full),
    )


@pytest.mark.torch
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("options", ADAM, ids=str)
@pytest.mark.parametrize("decoupled", [False, True])
def test_adam(options, decoupled, dtype):
    m, v, vmax = (np.zeros((7, 3), dtype) for _ in range(3))
    decay = options.get("weight_decay", 0.0)
    beta1, beta2 = options.get("betas", (0.9, 0.999))

    def update(p, g, step):
        largest = vmax if "amsgrad" in options else None
        eps = options.get("eps", 1e-8)
        xp.adam_update(p, g, m, v, largest, 0.05, beta1, beta2, eps, decay, decoupled, step)

    theirs = options | {"weight_decay": decay}  # AdamW's own default is not 0
    compare_with_torch("AdamW" if decoupled else "Adam", theirs, dtype, update)


def test_centred_rmsprop_survives_a_constant_gradient():
    p, square, mean = (np.zeros(1000, np.float32) for _ in range(3))
    g = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    for _ in range(2000):
        xp.rmsprop_update(p, g, square, None, mean, 0.01, 0.99, 1e-8, 0.0, True, 0.0)
    assert np.isfinite(p).all()
    with pytest.raises(ValueError, match="grad_mean: expected an array, as centered is True"):
        xp.rmsprop_update(p, g, square, None, None, 0.01, 0.99, 1e-8, 0.0, True, 0.0)


def test_square_norm_adds_in_float64():
    x = np.full(1 << 20, 1e-3, np.float32)
    exact = float(np.float64(x[0]) ** 2) * x.size
    assert xp.square_norm(x) == pytest.approx(exact, rel=1e-12)
    assert xp.square_norm(np.zeros((0, 3), np.float32)) == 0


LAYOUTS = {
    "contiguous": lambda a: a.copy(),
    "transposed": lambda a: np.asfortranarray(a),
    "strided": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("amsgrad", [False, True])
@pytest.mark.parametrize(("decay", "decoupled"), [(0.0, False), (0.1, False), (0.1, True)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_native_adam_is_the_numpy_form(isa, dtype, decay, decoupled, amsgrad, layout):
    rng = np.random.default_rng(0)
    p, m, v, vmax = rng.standard_normal((4, 67, 33)).astype(dtype)
    v, vmax = v * v, vmax * vmax
    theirs = [p, m, v, vmax if amsgrad else None]
    ours = [None if a is None else layout(a) for a in theirs]
    options = (0.01, 0.9, 0.99, 1e-6, decay, decoupled)
    for step in range(1, STEPS + 1):
        g = rng.standard_normal(p.shape).astype(dtype) * dtype(0.5**step)
        kept = layout(g)
        xp.adam_update(ours[0], kept, *ours[1:], *options, step)
        updates.adam_update(theirs[0], g, *theirs[1:], *options, step)
        np.testing.assert_array_equal(kept, g)
    for found, expected in zip(ours, theirs, strict=True):
        if expected is not None:
            # 4 ulp of a value of order 1 for each step
            bound = 4 * STEPS * np.finfo(dtype).eps
            assert found.dtype == dtype
            np.testing.assert_allclose(found, expected, rtol=bound, atol=bound)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("options", SGD, ids=str)
@pytest.mark.parametrize("ids", [None, [0, 3, 4, 66]], ids=["all", "rows"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_native_sgd_has_the_bits_of_the_numpy_form(isa, dtype, ids, options, layout):
    rng = np.random.default_rng(0)
    p, buffer = rng.standard_normal((2, 67, 33)).astype(dtype)
    buffer = buffer if "momentum" in options else None
    ours = [None if a is None else layout(a) for a in (p, buffer)]
    rates = (0.05, options.get("momentum", 0.0), "nesterov" in options)
    decay = options.get("weight_decay", 0.0)
    rows = None if ids is None else np.array(ids)
    for _ in range(STEPS):
        g = rng.standard_normal((67 if ids is None else len(ids), 33)).astype(dtype)
        kept = layout(g)
        xp.sgd_update(ours[0], kept, ours[1], *rates, decay, rows)
        updates.sgd_update(p, g, buffer, *rates, decay, rows)
        np.testing.assert_array_equal(kept, g)
    for found, expected in zip(ours, (p, buffer), strict=True):
        if expected is not None:
            assert found.dtype == dtype
            np.testing.assert_array_equal(found, expected)


def test_an_update_of_a_view_leaves_the_rest_alone():
    whole = np.ones((6, 4), np.float32)
    slots = [np.zeros((6, 2), np.float32) for _ in range(3)]
    xp.adam_update(
        whole[:, ::2], np.ones((6, 2), np.float32), *slots, 0.1, 0.9, 0.99, 0, 0, False, 1
    )
    np.testing.assert_allclose(whole[:, ::2], 0.9, rtol=1e-6)
    np.testing.assert_array_equal(whole[:, 1::2], 1)
