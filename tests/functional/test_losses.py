"""Losses: values, errors, and PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor, nn, no_grad
from pyrnn import functional as F

RNG = np.random.default_rng(0)
LOGITS = RNG.standard_normal((3, 4, 6)) * 3
TARGETS = RNG.integers(0, 6, (3, 4))
TARGETS[0, 1] = TARGETS[2, 3] = 2
WEIGHT = np.array([0.5, 2.0, 0.0, 1.0, 1.5, 3.0])
REDUCTIONS = ["mean", "sum", "none"]
SMOOTHINGS = [0.0, 0.1, 1.0]


def test_cross_entropy_by_its_definition():
    p = np.exp(LOGITS) / np.exp(LOGITS).sum(-1, keepdims=True)
    losses = -np.log(np.take_along_axis(p, TARGETS[..., None], -1)[..., 0])
    np.testing.assert_allclose(
        F.cross_entropy(LOGITS, TARGETS, reduction="none").data, losses, rtol=1e-12
    )
    w = WEIGHT[TARGETS] * (TARGETS != 4)
    for reduction, expected in [
        ("none", w * losses),
        ("sum", (w * losses).sum()),
        ("mean", (w * losses).sum() / w.sum()),
    ]:
        loss = F.cross_entropy(LOGITS, TARGETS, WEIGHT, ignore_index=4, reduction=reduction)
        np.testing.assert_allclose(loss.data, expected, rtol=1e-12)


@pytest.mark.parametrize("e", SMOOTHINGS)
@pytest.mark.parametrize("weighted", [False, True])
def test_smoothed_cross_entropy_by_its_definition(weighted, e):
    """The cross-entropy against a distribution, each class with its own weight."""
    w = WEIGHT if weighted else np.ones(6)
    log_p = LOGITS - np.log(np.exp(LOGITS).sum(-1, keepdims=True))
    smoothed = (1 - e) * np.eye(6)[TARGETS] + e / 6
    kept = TARGETS != 2
    losses = -(smoothed * w * log_p).sum(-1) * kept
    for reduction, expected in [
        ("none", losses),
        ("sum", losses.sum()),
        ("mean", losses.sum() / (w[TARGETS] * kept).sum()),
    ]:
        how = {"ignore_index": 2, "label_smoothing": e, "reduction": reduction}
        loss = F.cross_entropy(LOGITS, TARGETS, WEIGHT if weighted else None, **how)
        np.testing.assert_allclose(loss.data, expected, rtol=1e-12)


def test_nine_to_one():
    logits, targets = np.log([[0.9, 0.1]] * 10), [0] * 9 + [1]
    losses = F.cross_entropy(logits, targets, reduction="mean")
    np.testing.assert_allclose(losses.item(), 0.325083, atol=1e-6)
    balanced = F.cross_entropy(logits, targets, [10 / 18, 5.0], reduction="mean")
    np.testing.assert_allclose(balanced.item(), 1.203973, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("ignored", [-100, 2])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.torch
def test_torch_agrees_on_cross_entropy(reduction, weighted, ignored, smoothing, dtype):
    torch = pytest.importorskip("torch")
    rtol = 64 * np.finfo(dtype).eps  # sums of 6 exponentials, logits up to 10
    ours = Tensor(LOGITS.astype(dtype), requires_grad=True)
    theirs = torch.tensor(LOGITS.astype(dtype).reshape(-1, 6), requires_grad=True)
    how = {"ignore_index": ignored, "label_smoothing": smoothing, "reduction": reduction}
    y = F.cross_entropy(ours, TARGETS, WEIGHT if weighted else None, **how)
    z = torch.nn.functional.cross_entropy(
        theirs,
        torch.tensor(TARGETS.reshape(-1)),
        torch.tensor(WEIGHT.astype(dtype)) if weighted else None,
        **how,
    )
    assert y.dtype == dtype
    np.testing.assert_allclose(y.data.reshape(-1), z.detach().numpy().reshape(-1), rtol=rtol)
    upstream = RNG.standard_normal(y.shape).astype(dtype)
    y.backward(upstream)
    z.backward(torch.tensor(upstream.reshape(tuple(z.shape))))
    np.testing.assert_allclose(ours.grad.reshape(-1, 6), theirs.grad.numpy(), rtol=rtol, atol=rtol)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_where_nothing_counts(reduction, smoothing):
    x = Tensor(LOGITS[0], requires_grad=True)
    how = {"label_smoothing": smoothing, "reduction": reduction}
    loss = F.cross_entropy(x, np.full(4, -100), **how)
    assert np.isnan(loss.item()) if reduction == "mean" else loss.item() == 0
    loss.backward()
    np.testing.assert_array_equal(x.grad, np.zeros((4, 6)))  # as PyTorch
    empty = F.cross_entropy(np.zeros((0, 3)), np.zeros(0, np.int64), **how)
    assert np.isnan(empty.item()) if reduction == "mean" else empty.item() == 0


def test_infinite_losses_of_ignored_rows_do_not_count():
    x = Tensor([[0.0, -np.inf], [1.0, 2.0]], requires_grad=True)
    loss = F.cross_entropy(x, [1, 0], [1.0, 0.0], reduction="sum")
    loss.backward()
    assert np.isfinite(loss.item())
    assert np.isfinite(x.grad).all()


def test_impossible_classes_under_smoothing():
    x = Tensor([[0.0, -np.inf, 1.0], [-np.inf, 0.0, 1.0]], requires_grad=True)
    loss = F.cross_entropy(x, [0, 1], [1.0, 0.0, 1.0], label_smoothing=0.3, reduction="none")
    loss.backward(np.ones(2))
    # class 1 weighs nothing; class 0 has a third of 0.3 of the second target
    np.testing.assert_array_equal(np.isfinite(loss.data), [True, False])
    assert loss.data[1] == np.inf
    assert np.isfinite(x.grad).all()
    nothing = np.full((1, 2), -np.inf)
    for e in SMOOTHINGS:
        assert np.isnan(F.cross_entropy(nothing, [0], label_smoothing=e, reduction="sum").item())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_smoothing_keeps_the_digits_of_large_logits(dtype):
    x = np.array([[1e4, 0.5, 1e4 - 1], [0.5, 1e4, 1e4 - 1]], dtype)
    losses = F.cross_entropy(x, [0, 0], label_smoothing=0.3, reduction="none")
    log_p = -np.log1p(np.exp(-1))
    p = np.array([[log_p, -1e4 + 0.5 + log_p, log_p - 1], [-1e4 + 0.5 + log_p, log_p, log_p - 1]])
    expected = -(p @ [0.8, 0.1, 0.1])
    np.testing.assert_allclose(losses.data, expected, rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", [3, 40])
def test_smoothed_rows_have_the_bits_of_each_alone(classes, dtype):
    rng = np.random.default_rng(1)
    logits, targets = rng.standard_normal((9, classes)).astype(dtype), rng.integers(0, classes, 9)
    weight = rng.random(classes)
    fortran = np.asfortranarray(logits)
    for layout in (logits, fortran):
        every = Tensor(layout, requires_grad=True)
        how = {"label_smoothing": 0.1, "reduction": "none"}
        losses = F.cross_entropy(every, targets, weight, **how)
        losses.backward(np.ones(9, dtype))
        for n in range(9):
            one = Tensor(logits[n], requires_grad=True)
            loss = F.cross_entropy(one, targets[n], weight, **how)
            loss.backward()
            assert loss.item() == losses.data[n]
            np.testing.assert_array_equal(one.grad, every.grad[n])


def test_extreme_logits():
    x = np.array([[1e4, 0.0], [0.0, 1e4]], np.float32)
    np.testing.assert_array_equal(F.cross_entropy(x, [0, 0], reduction="none"), [0, 1e4])


def test_many_tokens_are_added_up_in_float64():
    x = np.zeros((100_000, 2), np.float32)
    loss = F.cross_entropy(x, np.zeros(100_000, np.int64), reduction="sum")
    np.testing.assert_allclose(loss.item(), 100_000 * np.log(2), rtol=1e-7)


def test_no_gradient_is_computed_where_none_is_needed():
    with no_grad():
        assert not F.cross_entropy(Tensor(LOGITS, True), TARGETS, reduction="sum").requires_grad


def test_retained_graph_gives_the_same_gradient_again():
    x = Tensor(LOGITS, requires_grad=True)
    loss = F.cross_entropy(x, TARGETS, reduction="mean")
    loss.backward(retain_graph=True)
    first = x.grad.copy()
    x.grad = None
    loss.backward()
    np.testing.assert_array_equal(x.grad, first)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((LOGITS, TARGETS[0]), ValueError, r"targets: expected shape \(3, 4\).*; got \(4,\)"),
        ((LOGITS, TARGETS * 1.0), TypeError, "targets: expected integers; got dtype float64"),
        ((LOGITS, TARGETS + 4), IndexError, r"targets: expected values from 0 to V - 1 = 5.*; got"),
        ((LOGITS[0, :1], np.uint64([2**63])), IndexError, "targets: .*; got 9223372036854775808"),
        ((LOGITS[0, 0], -1), IndexError, r"ignore_index = -100; got -1 at \(\)"),
        ((LOGITS, TARGETS, WEIGHT[1:]), ValueError, r"weight: expected shape \(V,\) = \(6,\); got"),
        ((np.float32(1), 0), ValueError, r"logits: expected shape \(..., V\) with V > 0; got \(\)"),
        ((np.zeros((2, 0)), [0, 0]), ValueError, r"logits: .* got \(2, 0\)"),
    ],
)
def test_errors_of_cross_entropy(arguments, error, message):
    with pytest.raises(error, match=message):
        F.cross_entropy(*arguments, reduction="mean")


@pytest.mark.parametrize(
    ("e", "error", "message"),
    [
        (1.5, ValueError, "of at least 0 and at most 1; got 1.5"),
        (-0.1, ValueError, "got -0.1"),
        (np.nan, ValueError, "got nan"),
        ("0.1", TypeError, "expected a number; got str '0.1'"),
        (True, TypeError, "expected a number; got bool True"),
    ],
)
def test_errors_of_label_smoothing(e, error, message):
    with pytest.raises(error, match=f"label_smoothing: .*{message}"):
        F.cross_entropy(LOGITS, TARGETS, label_smoothing=e, reduction="mean")
    with pytest.raises(error, match=f"label_smoothing: .*{message}"):
        nn.CrossEntropyLoss(label_smoothing=e, reduction="mean")


@pytest.mark.parametrize(
    "loss", [F.cross_entropy, F.binary_cross_entropy_with_logits, F.mse_loss, F.l1_loss]
)
def test_reduction_is_always_said(loss):
    with pytest.raises(TypeError, match="reduction"):
        loss(np.zeros((2, 2)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="reduction: expected one of mean, sum, none; got 'batch'"):
        loss(np.zeros((2, 2)), np.zeros((2, 2)), reduction="batch")


def reduced(losses, reduction):
    """What a reduction makes of losses, and what it multiplies their derivatives by."""
    if reduction == "none":
        return losses, 1.0
    return (losses.sum(), 1.0) if reduction == "sum" else (losses.mean(), 1.0 / losses.size)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    ("loss", "value", "slope"),
    [(F.mse_loss, lambda d: d * d, lambda d: 2 * d), (F.l1_loss, np.abs, np.sign)],
)
def test_distances_by_their_definition(loss, value, slope, reduction):
    a, b = RNG.standard_normal((2, 3, 4))
    x, t = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    expected, factor = reduced(value(a - b), reduction)
    y = loss(x, t, reduction=reduction)
    np.testing.assert_allclose(y.data, expected, rtol=1e-14)
    upstream = RNG.standard_normal(y.shape)
    y.backward(upstream)
    np.testing.assert_allclose(x.grad, upstream * slope(a - b) * factor, rtol=1e-14)
    np.testing.assert_allclose(t.grad, -x.grad, rtol=0)


@pytest.mark.parametrize("positive", [None, [1.0, 2.0, 0.5, 3.0]])
@pytest.mark.parametrize("weight", [None, [[0.5], [1.0], [2.0]]])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_binary_cross_entropy_by_its_definition(reduction, weight, positive):
    logits, t = RNG.standard_normal((3, 4)) * 3, RNG.random((3, 4))
    w, q = np.ones((3, 4)) if weight is None else np.array(weight), np.array(positive or 1.0)
    p = 1 / (1 + np.exp(-logits))
    losses = -w * (q * t * np.log(p) + (1 - t) * np.log(1 - p))
    expected, factor = reduced(losses, reduction)
    x = Tensor(logits, requires_grad=True)
    y = F.binary_cross_entropy_with_logits(x, t, weight, positive, reduction=reduction)
    # 1 - p is as small as 1e-5 here, so 1e-16 of p is 1e-11 of it
    np.testing.assert_allclose(y.data, expected, rtol=1e-11)
    upstream = RNG.standard_normal(y.shape)
    y.backward(upstream)
    slopes = w * ((1 - t) * p - q * t * (1 - p))
    np.testing.assert_allclose(x.grad, upstream * slopes * factor, rtol=1e-11, atol=1e-12)


@pytest.mark.torch
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss"])
def test_torch_agrees_on_distances(name, reduction):
    torch = pytest.importorskip("torch")
    a, b = RNG.standard_normal((2, 3, 4))
    ours = [Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)]
    theirs = [torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True)]
    y = getattr(F, name)(*ours, reduction=reduction)
    z = getattr(torch.nn.functional, name)(*theirs, reduction=reduction)
    y.backward(np.ones(y.shape))
    z.backward(torch.ones_like(z))
    np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-13)
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our.grad, their.grad.numpy(), rtol=1e-13)


@pytest.mark.torch
@pytest.mark.parametrize("positive", [None, [1.0, 2.0, 0.5, 3.0]])
@pytest.mark.parametrize("weight", [None, [[0.5], [1.0], [2.0]]])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_agrees_on_binary_cross_entropy(reduction, weight, positive):
    torch = pytest.importorskip("torch")
    logits, targets = RNG.standard_normal((3, 4)) * 20, RNG.random((3, 4))
    ours, theirs = Tensor(logits, requires_grad=True), torch.tensor(logits, requires_grad=True)
    y = F.binary_cross_entropy_with_logits(ours, targets, weight, positive, reduction=reduction)
    z = torch.nn.functional.binary_cross_entropy_with_logits(
        theirs,
        torch.tensor(targets),
        None if weight is None else torch.tensor(weight, dtype=torch.float64),
        reduction=reduction,
        pos_weight=None if positive is None else torch.tensor(positive, dtype=torch.float64),
    )
    y.backward(np.ones(y.shape))
    z.backward(torch.ones_like(z))
    np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("targets", "options", "message"),
    [
        (np.zeros(3), {}, r"targets: expected shape \(2, 3\); got \(3,\)"),
        (np.full((2, 3), 1.5), {}, r"targets: expected values from 0 to 1; got 1.5 at \(0, 0\)"),
        (np.full((2, 3), np.nan), {}, "targets: expected values from 0 to 1; got nan"),
        (
            np.zeros((2, 3)),
            {"weight": np.ones(2)},
            r"weight: .* broadcasts to \(2, 3\); got \(2,\)",
        ),
        (
            np.zeros((2, 3)),
            {"pos_weight": np.ones(2)},
            "pos_weight: expected a shape that broadcasts",
        ),
    ],
)
def test_errors_of_binary_cross_entropy(targets, options, message):
    with pytest.raises(ValueError, match=message):
        F.binary_cross_entropy_with_logits(np.zeros((2, 3)), targets, **options, reduction="sum")


@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss])
def test_distances_do_not_broadcast(loss):
    with pytest.raises(ValueError, match=r"targets: expected shape \(3, 1\); got \(3,\)"):
        loss(np.zeros((3, 1)), np.zeros(3), reduction="mean")


@pytest.mark.parametrize(("shape", "order"), [((2, 5, 3), "0, 2, 1"), ((2, 5, 3, 4), "0, 2, 3, 1")])
def test_classes_on_the_second_axis_are_told(shape, order):
    logits, targets = np.zeros(shape), np.zeros((shape[0], *shape[2:]), int)
    message = rf"targets: .*classes stand last here: pass logits\.transpose\({order}\)"
    with pytest.raises(ValueError, match=message):
        F.cross_entropy(logits, targets, reduction="mean")
    axes = tuple(map(int, order.split(",")))
    F.cross_entropy(logits.transpose(axes), targets, reduction="mean")
    with pytest.raises(ValueError, match=r"got \(7,\)$"):
        F.cross_entropy(logits, np.zeros(7, int), reduction="mean")
