"""The adaptive softmax: its definition, gradients, the same bits on any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

import pyrnn
from pyrnn import Tensor
from pyrnn import functional as F
from pyrnn.autograd import gradcheck

I = 6
CUTOFFS, V = (4, 9), 15
WIDTHS = (3, 2)
TARGETS = np.array([[0, 8, 14, 3], [-100, 4, 9, 12], [2, 2, 5, -100]])
REDUCTIONS = ["mean", "sum", "none"]


def weights(seed=0, bias=True, dtype=np.float64):
    """The head's weight and bias, and P and U of each cluster."""
    rng = np.random.default_rng(seed)
    sizes = np.diff((*CUTOFFS, V))
    arrays = [rng.standard_normal((CUTOFFS[0] + len(sizes), I))]
    arrays.append(rng.standard_normal(len(arrays[0])) if bias else None)
    for width, size in zip(WIDTHS, sizes, strict=True):
        arrays += [rng.standard_normal((width, I)), rng.standard_normal((size, width))]
    return [None if a is None else a.astype(dtype) for a in arrays]


def features(seed=1, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal((*TARGETS.shape, I)).astype(dtype)


def pairs(tail):
    return list(zip(tail[::2], tail[1::2], strict=True))


def log_softmax(z):
    z = z - z.max(-1, keepdims=True)
    return z - np.log(np.exp(z).sum(-1, keepdims=True))


def definition(x, weight, bias, *tail):
    """log p of every class, as the module's equations say it, class by class."""
    q = log_softmax(x @ weight.T + (0 if bias is None else bias))
    columns = [q[..., v] for v in range(CUTOFFS[0])]
    for k, (P, U) in enumerate(pairs(tail)):
        own = log_softmax(x @ P.T @ U.T)
        columns += [q[..., CUTOFFS[0] + k] + own[..., j] for j in range(len(U))]
    return np.stack(columns, axis=-1)


def loss_of(log_p, targets, reduction):
    kept = targets != -100
    losses = -np.take_along_axis(log_p, np.where(kept, targets, 0)[..., None], -1)[..., 0] * kept
    return {"none": losses, "sum": losses.sum(), "mean": losses.sum() / kept.sum()}[reduction]


@pytest.mark.parametrize("bias", [True, False])
def test_probabilities_are_the_definitions_and_add_up_to_one(bias):
    x, (weight, b, *tail) = features(), weights(bias=bias)
    log_p = F.adaptive_log_softmax(x, weight, b, pairs(tail), CUTOFFS).data
    np.testing.assert_allclose(log_p, definition(x, weight, b, *tail), rtol=1e-12)
    np.testing.assert_allclose(np.exp(log_p).sum(-1), 1, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_loss_is_the_definitions(reduction, bias, dtype):
    x, (weight, b, *tail) = features(dtype=dtype), weights(bias=bias, dtype=dtype)
    given = [a if a is None else a.astype(np.float64) for a in (weight, b, *tail)]
    expected = loss_of(definition(x.astype(np.float64), *given), TARGETS, reduction)
    loss = F.adaptive_cross_entropy(
        x, weight, b, pairs(tail), TARGETS, CUTOFFS, reduction=reduction
    )
    assert loss.dtype == dtype
    # logits of size 10 in sums of 6 products, and two logarithms
    np.testing.assert_allclose(loss.data, expected, rtol=64 * np.finfo(dtype).eps)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_gradients(reduction, bias):
    given = [a for a in weights(bias=bias) if a is not None]

    def loss(x, weight, *rest):
        b, tail = (rest[0], rest[1:]) if bias else (None, rest)
        return F.adaptive_cross_entropy(
            x, weight, b, pairs(tail), TARGETS, CUTOFFS, reduction=reduction
        )

    assert gradcheck(loss, [features(), *given])


def test_gradients_of_all_probabilities():
    weight, b, *tail = weights()

    def log_p(x, weight, b, *tail):
        return F.adaptive_log_softmax(x, weight, b, pairs(tail), CUTOFFS)

    assert gradcheck(log_p, [features(), weight, b, *tail])


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_loss_has_the_gradients_of_the_dense_form(reduction):
    """One node that scores few classes against many nodes that score all."""
    results = []
    for dense in (False, True):
        x, weight, b, *tail = (Tensor(a, requires_grad=True) for a in (features(), *weights()))
        if dense:
            log_p = F.adaptive_log_softmax(x, weight, b, pairs(tail), CUTOFFS)
            loss = F.cross_entropy(log_p, TARGETS, reduction=reduction)
        else:
            loss = F.adaptive_cross_entropy(
                x, weight, b, pairs(tail), TARGETS, CUTOFFS, reduction=reduction
            )
        upstream = np.random.default_rng(5).standard_normal(loss.shape)
        loss.backward(upstream)
        results.append([loss.data, *(t.grad for t in (x, weight, b, *tail))])
    for sparse, dense in zip(*results, strict=True):
        np.testing.assert_allclose(sparse, dense, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_linear_map_with_a_plain_softmax(reduction, bias):
    results = []
    weight, b = weights(3)[0], weights(3)[1] if bias else None
    targets = np.where(TARGETS < 0, -100, TARGETS % len(weight))
    for fused in (False, True):
        tensors = [Tensor(a, requires_grad=True) for a in (features(), weight)]
        third = None if b is None else Tensor(b, requires_grad=True)
        if fused:
            loss = F.linear_cross_entropy(*tensors, third, targets, reduction=reduction)
        else:
            loss = F.cross_entropy(F.linear(*tensors, third), targets, reduction=reduction)
        loss.backward(np.random.default_rng(5).standard_normal(loss.shape))
        grads = [t.grad for t in tensors] + ([] if third is None else [third.grad])
        results.append([loss.data, *grads])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_gradients_of_a_linear_map_with_a_plain_softmax(reduction):
    weight, b, *_ = weights(3)
    targets = np.where(TARGETS < 0, -100, TARGETS % len(weight))

    def loss(x, weight, b):
        return F.linear_cross_entropy(x, weight, b, targets, reduction=reduction)

    assert gradcheck(loss, [features(), weight, b])


@pytest.mark.parametrize("targets", [[0, 1, 2], [4, 5, 8], [14, 14, 9], [-100] * 3], ids=str)
def test_clusters_that_no_target_lies_in_have_gradient_zero(targets):
    x, weight, b, *tail = (Tensor(a, requires_grad=True) for a in (features()[0, :3], *weights()))
    loss = F.adaptive_cross_entropy(x, weight, b, pairs(tail), targets, CUTOFFS, reduction="sum")
    loss.backward()
    for k, (low, high) in enumerate([(4, 9), (9, 15)]):
        met = any(low <= target < high for target in targets)
        assert tail[2 * k].grad.any() == tail[2 * k + 1].grad.any() == met
    assert np.isfinite(x.grad).all()
    assert x.grad.any() == (targets[0] >= 0)


def test_where_nothing_counts():
    x, weight, b, *tail = (Tensor(a, requires_grad=True) for a in (features(), *weights()))
    given = (x, weight, b, pairs(tail), np.full(TARGETS.shape, 7), CUTOFFS, 7)
    assert F.adaptive_cross_entropy(*given, reduction="sum").item() == 0
    loss = F.adaptive_cross_entropy(*given, reduction="mean")
    assert np.isnan(loss.item())
    loss.backward()
    assert not any(t.grad.any() for t in (x, weight, *tail))


def test_an_ignored_class_is_not_mistaken_for_a_cluster():
    """ignore_index 4 is also the place of the first cluster among the head's entries."""
    x, (weight, b, *tail) = features(), weights()
    targets = np.array([[4, 5, 8, 0], [1, 4, 9, 14], [3, 6, 4, 4]])
    losses = F.adaptive_cross_entropy(
        x, weight, b, pairs(tail), targets, CUTOFFS, 4, reduction="none"
    ).data
    expected = loss_of(definition(x, weight, b, *tail), targets, "none")
    np.testing.assert_allclose(losses, np.where(targets == 4, 0, expected), rtol=1e-12)


def test_retained_graph_gives_the_same_gradient_again():
    x, weight, b, *tail = (Tensor(a, requires_grad=True) for a in (features(), *weights()))
    loss = F.adaptive_cross_entropy(x, weight, b, pairs(tail), TARGETS, CUTOFFS, reduction="mean")
    loss.backward(retain_graph=True)
    first = [t.grad for t in (x, weight, b, *tail)]
    for t in (x, weight, b, *tail):
        t.grad = None
    loss.backward()
    for t, grad in zip((x, weight, b, *tail), first, strict=True):
        np.testing.assert_array_equal(t.grad, grad)


@pytest.mark.parametrize("frozen", range(7))
def test_what_needs_no_gradient_gets_none(frozen):
    given = [Tensor(a, requires_grad=k != frozen) for k, a in enumerate((features(), *weights()))]
    x, weight, b, *tail = given
    F.adaptive_cross_entropy(
        x, weight, b, pairs(tail), TARGETS, CUTOFFS, reduction="sum"
    ).backward()
    assert [t.grad is None for t in given] == [k == frozen for k in range(7)]


def test_the_inputs_are_left_alone():
    given = [Tensor(a, requires_grad=True) for a in (features(), *weights())]
    before = [t.data.copy() for t in given]
    x, weight, b, *tail = given
    F.adaptive_cross_entropy(
        x, weight, b, pairs(tail), TARGETS, CUTOFFS, reduction="sum"
    ).backward()
    for t, copy in zip(given, before, strict=True):
        np.testing.assert_array_equal(t.data, copy)


def test_the_same_bits_on_any_number_of_threads():
    rng = np.random.default_rng(0)
    cutoffs, size, width, n = (200, 900), 3000, 32, 300
    shapes = [(n, width), (202, width), (202,), (16, width), (700, 16), (8, width), (2100, 8)]
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    targets = rng.integers(0, size, n)
    results, before = [], pyrnn.get_num_threads()
    try:
        for threads in (1, 2, 3):
            pyrnn.set_num_threads(threads)
            x, weight, b, *tail = (Tensor(a, requires_grad=True) for a in arrays)
            loss = F.adaptive_cross_entropy(
                x, weight, b, pairs(tail), targets, cutoffs, reduction="mean"
            )
            loss.backward()
            results.append([loss.data, *(t.grad for t in (x, weight, b, *tail))])
    finally:
        pyrnn.set_num_threads(before)
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            assert one.tobytes() == two.tobytes()


X, (W, B, *TAIL) = features(), weights()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": X[..., 1:]}, ValueError, r"x: expected shape \(..., I\) with I = 6; got"),
        ({"weight": W[0]}, ValueError, r"weight: expected shape \(O, I\)"),
        ({"bias": B[1:]}, ValueError, r"bias: expected shape \(O,\) = \(6,\); got \(5,\)"),
        ({"cutoffs": (4,)}, ValueError, "cutoffs: expected 2, one for each cluster; got 1"),
        ({"cutoffs": (4, 8)}, ValueError, r"cutoffs: expected \(4, 9\) by the shapes"),
        ({"tail": [(TAIL[0], TAIL[3]), pairs(TAIL)[1]]}, ValueError, r"tail\[0\]: expected shapes"),
        ({"targets": TARGETS[0]}, ValueError, r"targets: expected shape \(3, 4\), that of x"),
        ({"targets": TARGETS * 1.0}, TypeError, "targets: expected integers"),
        ({"targets": TARGETS + 1}, IndexError, "targets: expected values from 0 to V - 1 = 14"),
        ({"reduction": "batch"}, ValueError, "reduction: expected one of mean, sum, none"),
    ],
)
def test_errors(change, error, message):
    given = {"x": X, "weight": W, "bias": B, "tail": pairs(TAIL), "targets": TARGETS}
    given |= {"cutoffs": CUTOFFS, "reduction": "mean"} | change
    with pytest.raises(error, match=message):
        F.adaptive_cross_entropy(**given)
