"""The backward pass: order, memory, errors, and what it hands to the leaves."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest

from pyrnn import Tensor, no_grad
from pyrnn.autograd import Function, backward


def leaf(*values):
    return Tensor(np.array(values, np.float64), requires_grad=True)


def test_shared_subexpressions():
    x = leaf(2.0)
    y = x * x  # used three times, at different depths
    (y + y * y + (y * 3).exp()).sum().backward()
    expected = 2 * x.data * (1 + 2 * x.data**2 + 3 * np.exp(3 * x.data**2))
    np.testing.assert_allclose(x.grad, expected, rtol=1e-14)


def test_a_chain_longer_than_the_recursion_limit():
    x = leaf(1.0)
    y = x
    for _ in range(20_000):
        y = y + 1e-6
    y.backward()
    np.testing.assert_array_equal(x.grad, [1.0])
    y = x
    for _ in range(20_000):
        y = y * 1.0
    del y  # a graph never swept goes away without recursion too


def test_order_of_use_does_not_matter():
    """An early result read late, and a late one that joins an early branch."""
    x = leaf(1.5)
    early = x * 2
    late = early * early
    joined = late + early * x + x
    joined.backward()
    np.testing.assert_allclose(x.grad, [8 * 1.5 + 4 * 1.5 + 1], rtol=1e-14)


def test_a_second_pass_needs_retain_graph():
    x = leaf(3.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_array_equal(x.grad, [12.0])
    with pytest.raises(
        RuntimeError, match=r"earlier backward pass went through this Multiply.*detach"
    ):
        y.backward()
    np.testing.assert_array_equal(x.grad, [12.0])


def test_a_state_that_was_not_detached_says_so_and_changes_nothing():
    w = leaf(0.5)
    state = leaf(1.0) * w
    state.backward()
    before = w.grad.copy()
    with pytest.raises(RuntimeError, match="detach"):
        (state * w).backward()
    np.testing.assert_array_equal(w.grad, before)
    (state.detach() * w).backward()


def test_default_gradient_needs_one_element():
    x = leaf(1.0, 2.0)
    with pytest.raises(ValueError, match=r"gradient: expected an array of shape \(2,\).*got None"):
        (x * 2).backward()
    with pytest.raises(ValueError, match=r"gradient: expected shape \(2,\); got \(3,\)"):
        (x * 2).backward(np.ones(3))
    (x * 2).backward([1.0, 10.0])
    np.testing.assert_array_equal(x.grad, [2, 20])
    (x[:1] * 2).backward()
    np.testing.assert_array_equal(x.grad, [4, 20])
    (x * 2).backward(Tensor([1.0, 1.0]))
    np.testing.assert_array_equal(x.grad, [6, 22])


def test_nothing_to_do_is_an_error():
    x = leaf(1.0)
    with pytest.raises(RuntimeError, match="does not require a gradient"):
        Tensor([1.0]).backward()
    with no_grad():
        y = x * 2
    with pytest.raises(RuntimeError, match="outside no_grad"):
        y.backward()


def test_several_roots():
    x = leaf(1.0, 2.0)
    y, z = x * 2, (x * x).sum()
    backward([y, z, x], [np.array([1.0, 0.0]), None, np.array([0.5, 0.5])])
    np.testing.assert_array_equal(x.grad, [4.5, 4.5])
    with pytest.raises(ValueError, match="gradients: expected one for each of 2 tensors; got 1"):
        backward([y, z], [None])


def test_leaves_never_share_an_array():
    """Clipping scales gradients in place: aliases would be scaled twice."""
    a, b, upstream = leaf(1.0, 2.0), leaf(3.0, 4.0), np.ones(2)
    (a + b).backward(upstream)
    for first, second in [(a.grad, b.grad), (a.grad, upstream), (b.grad, upstream)]:
        assert not np.shares_memory(first, second)
    assert a.grad.flags.writeable
    a.grad = b.grad = None
    (a + b.reshape(1, 2) + a.sum()).sum().backward()
    assert not np.shares_memory(a.grad, b.grad)
    a.grad *= 0.5
    np.testing.assert_array_equal(b.grad, [1, 1])


def test_a_leaf_does_not_get_a_functions_saved_array():
    class Dot(Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save(w)
            return (x * w).sum()

        @staticmethod
        def backward(ctx, dy):
            (w,) = ctx.saved
            return w, None  # correct for dy = 1, and the caller's own array

    x, w = leaf(1.0), np.array([5.0])
    Dot.apply(x, w).backward()
    x.grad *= 2
    assert w[0] == 5


def test_gradients_of_views_and_broadcasts_are_whole_arrays():
    x = leaf(1.0, 2.0, 3.0)
    x.sum().backward()
    x.grad[0] = 7  # a broadcast gradient would be read-only, or change everywhere
    np.testing.assert_array_equal(x.grad, [7, 1, 1])


def test_saved_arrays_are_freed_by_the_pass_and_without_one():
    class Keep(Function):
        @staticmethod
        def forward(ctx, x):
            kept = np.ones(1000).view(Tracked)
            alive.append(weakref.ref(kept))
            ctx.save(kept)
            return x.copy()

        @staticmethod
        def backward(ctx, dy):
            return dy

    class Tracked(np.ndarray):
        pass

    alive: list[weakref.ref] = []
    gc.disable()  # by reference counts alone
    try:
        y = Keep.apply(leaf(1.0))
        assert alive[0]() is not None
        y.backward()
        assert alive[0]() is None
        y = Keep.apply(leaf(1.0))
        y.backward(retain_graph=True)
        assert alive[1]() is not None
        del y
        assert alive[1]() is None
        with no_grad():
            Keep.apply(leaf(1.0))
        assert alive[2]() is None
    finally:
        gc.enable()


def test_intermediate_results_are_not_kept_by_the_graph():
    x = leaf(1.0, 2.0)
    y = x + 1  # nobody's backward reads it
    reference = weakref.ref(y)
    z = (y + 1).sum()
    gc.disable()
    try:
        del y
        assert reference() is None
    finally:
        gc.enable()
    z.backward()
    np.testing.assert_array_equal(x.grad, [1, 1])


def test_bad_gradients_of_a_function_are_named():
    class Wrong(Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y

        @staticmethod
        def backward(ctx, dy):
            return answers.pop()

    x, y = leaf(1.0, 2.0), leaf(1.0, 2.0)
    answers = []
    for answer, message in [
        (np.ones(2), "Wrong.backward: expected 2 gradients, one for each input; got 1"),
        (
            (np.ones(2), np.ones(3)),
            r"expected shape \(2,\) for the gradient of input 1; got \(3,\)",
        ),
    ]:
        answers.append(answer)
        with pytest.raises(RuntimeError, match=message):
            Wrong.apply(x, y).sum().backward()
        assert x.grad is None
        assert y.grad is None


def test_threads_do_not_disturb_each_other():
    results = {}

    def work(k):
        x = leaf(float(k))
        y = x
        for _ in range(200):
            y = y + x
        y.backward()
        results[k] = x.grad[0]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == dict.fromkeys(range(8), 201.0)
