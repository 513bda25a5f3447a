"""Attention: by hand, native against the reference, bits, junk past a length."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from pyrnn.kernels import attention, native, native_decoder
from pyrnn.kernels.attention import Memory

FLOATS = ("float32", "float64")
KINDS = ("additive", "multiplicative")
both = pytest.mark.parametrize("kernels", [attention, native_decoder], ids=["reference", "native"])


class Case(NamedTuple):
    """Queries and a memory for them."""

    T: int
    B: int
    S: int
    A: int
    E: int
    lengths: tuple[int, ...] | None = None


CASES = [
    Case(3, 4, 7, 9, 10, (7, 0, 1, 4)),
    Case(1, 1, 1, 1, 1),
    Case(2, 3, 5, 16, 64, (5, 2, 3)),
    Case(5, 2, 33, 17, 65),
    Case(20, 3, 18, 130, 70, (18, 17, 1)),
    Case(4, 2, 0, 3, 5),
    Case(2, 2, 3, 4, 5, (0, 0)),
    Case(0, 2, 3, 4, 5),
    Case(3, 0, 2, 4, 5),
    Case(2, 2, 3, 4, 0),
]


class Data(NamedTuple):
    """The arrays of a case."""

    query: np.ndarray
    memory: Memory
    dcontext: np.ndarray
    dweights: np.ndarray


def draw(case: Case, kind: str, dtype: str) -> Data:
    """Normal numbers; past a length stands NaN."""
    rng = np.random.default_rng(list(case[:5]))
    T, B, S, A, E = case[:5]

    def numbers(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype(dtype)

    lengths = None if case.lengths is None else np.array(case.lengths, np.int64)
    keys, values = numbers(S, B, A), numbers(S, B, E)
    if lengths is not None:
        past = np.arange(S)[:, None] >= lengths
        keys[past], values[past] = np.nan, np.nan
    weight = numbers(A) if kind == "additive" else None
    memory = Memory(keys, values, lengths, weight)
    return Data(numbers(T, B, A), memory, numbers(T, B, E), numbers(T, B, S))


def solve(kernels: Any, data: Data) -> list[np.ndarray]:
    """Context, weights, and the gradients of query, keys, values and, additive, weight."""
    context, weights = kernels.attend(data.query, data.memory)
    gradients = kernels.attend_backward(
        data.query, data.memory, weights, data.dcontext, data.dweights
    )
    return [context, weights, *(gradient for gradient in gradients if gradient is not None)]


def assert_same_bits(got: list[np.ndarray], want: list[np.ndarray]) -> None:
    for one, other in zip(got, want, strict=True):
        assert (one.shape, one.dtype) == (other.shape, other.dtype)
        assert one.tobytes() == other.tobytes()


@both
def test_a_softmax_by_hand(kernels: Any) -> None:
    """Scores 2, 1, 50, 50 of which two count: weights 0.731059 and 0.268941."""
    keys = np.array([2, 1, 50, 50], "f8").reshape(4, 1, 1)
    memory = Memory(keys, keys * 10, np.array([2]))
    context, weights = kernels.attend(np.ones((1, 1, 1)), memory)
    larger = 1 / (1 + math.exp(-1))
    np.testing.assert_allclose(weights[0, 0], [larger, 1 - larger, 0, 0], rtol=1e-15)
    np.testing.assert_allclose(context, [[[20 * larger + 10 * (1 - larger)]]], rtol=1e-15)
    assert (weights[0, 0, 2:] == 0).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES[:5], ids=str)
def test_the_reference_by_hand(case: Case, kind: str) -> None:
    """The equations, one number at a time."""
    data = draw(case, kind, "float64")
    query, (keys, values, _, v), *_ = data
    context, weights = attention.attend(query, data.memory)
    for t, b in np.ndindex(query.shape[:2]):
        n = data.memory.steps(b)
        u = [
            query[t, b] @ keys[s, b] if v is None else v @ np.tanh(query[t, b] + keys[s, b])
            for s in range(n)
        ]
        total = sum(math.exp(x) for x in u)
        a = [math.exp(x) / total for x in u]
        np.testing.assert_allclose(weights[t, b], a + [0] * (case.S - n), rtol=1e-12, atol=1e-300)
        mean = sum((a[s] * values[s, b] for s in range(n)), np.zeros(case.E))
        np.testing.assert_allclose(context[t, b], mean, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES[:4], ids=str)
def test_the_reference_by_finite_differences(case: Case, kind: str) -> None:
    """Along a random direction of each array: the slope of <dc, c> + <da, a>."""
    data = draw(case, kind, "float64")
    keys, values, lengths, v = data.memory
    arrays = [data.query, np.nan_to_num(keys), np.nan_to_num(values), *([] if v is None else [v])]

    def objective(query: np.ndarray, k: np.ndarray, m: np.ndarray, *weight: np.ndarray) -> float:
        memory = Memory(k, m, lengths, weight[0] if weight else None)
        context, weights = attention.attend(query, memory)
        return float((context * data.dcontext).sum() + (weights * data.dweights).sum())

    _, _, *gradients = solve(attention, data)
    rng, step = np.random.default_rng(7), 1e-6
    for place, gradient in enumerate(gradients):
        way = rng.standard_normal(gradient.shape)
        ends = [
            objective(*(a + sign * step * way if i == place else a for i, a in enumerate(arrays)))
            for sign in (1, -1)
        ]
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx((gradient * way).sum(), rel=1e-6)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_native_matches_the_reference(case: Case, kind: str, dtype: str, isa: str) -> None:
    data = draw(case, kind, dtype)
    tolerance = (20 + case.A + case.E) * np.finfo(dtype).eps
    for got, want in zip(solve(native_decoder, data), solve(attention, data), strict=True):
        assert (got.shape, got.dtype) == (want.shape, want.dtype)
        scale = max(1.0, np.abs(want).max(initial=0))
        np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * scale)


@both
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_past_a_length(kernels: Any, kind: str) -> None:
    case = CASES[0]
    data = draw(case, kind, "float32")
    context, weights, _, dkeys, dvalues, *_ = solve(kernels, data)
    past = np.arange(case.S)[:, None] >= data.memory.lengths
    assert (weights.transpose(2, 1, 0)[past] == 0).all()
    assert (dkeys[past] == 0).all()
    assert (dvalues[past] == 0).all()
    assert (context[:, 1] == 0).all()  # a sequence without steps
    assert np.isfinite(np.concatenate([part.ravel() for part in solve(kernels, data)])).all()


@both
@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_gradient_counts_as_zero(kernels: Any, kind: str) -> None:
    data = draw(CASES[2], kind, "float64")
    _, weights = kernels.attend(data.query, data.memory)
    zeros = np.zeros_like(data.dcontext), np.zeros_like(data.dweights)
    for given, full in (
        ((data.dcontext, None), (data.dcontext, zeros[1])),
        ((None, data.dweights), (zeros[0], data.dweights)),
        ((None, None), zeros),
    ):
        got = kernels.attend_backward(data.query, data.memory, weights, *given)
        want = kernels.attend_backward(data.query, data.memory, weights, *full)
        for one, other in zip(got, want, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_is_needed(kind: str) -> None:
    data = draw(CASES[0], kind, "float32")
    _, weights = native_decoder.attend(data.query, data.memory)
    given = data.query, data.memory, weights, data.dcontext, data.dweights
    whole = native_decoder.attend_backward(*given)
    for needed in range(16):
        wanted = {f"needs_{name}": bool(needed >> i & 1) for i, name in enumerate(whole._fields)}
        got = native_decoder.attend_backward(*given, **wanted)
        for one, full, want in zip(got, whole, wanted.values(), strict=True):
            assert (one is not None) == (want and full is not None)
            assert one is None or one.tobytes() == full.tobytes()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_threads_and_repetition(
    case: Case, kind: str, dtype: str, isa: str, num_threads: Callable[[int], None]
) -> None:
    data = draw(case, kind, dtype)
    num_threads(1)
    alone = solve(native_decoder, data)
    for threads in (1, 2, 3, 7):
        num_threads(threads)
        assert_same_bits(solve(native_decoder, data), alone)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_alone(kind: str, dtype: str, isa: str) -> None:
    case = CASES[4]
    data = draw(case, kind, dtype)
    whole = solve(native_decoder, data)[:5]
    for b, n in enumerate(case.lengths or ()):
        keys, values, _, v = data.memory
        memory = Memory(keys[:n, [b]].copy(), values[:n, [b]].copy(), None, v)
        one = Data(
            data.query[:, [b]].copy(),
            memory,
            data.dcontext[:, [b]].copy(),
            data.dweights[:, [b], :n].copy(),
        )
        context, weights, dquery, dkeys, dvalues = solve(native_decoder, one)[:5]
        ours = [part[:, b] for part in whole]
        ours = [ours[0], ours[1][:, :n], ours[2], ours[3][:n], ours[4][:n]]
        theirs = [part[:, 0] for part in (context, weights, dquery, dkeys, dvalues)]
        assert_same_bits(*([part.copy() for part in parts] for parts in (ours, theirs)))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_same_bits_on_every_set_with_fma(
    case: Case, kind: str, dtype: str, with_fma: list[str]
) -> None:
    data, results = draw(case, kind, dtype), []
    for name in with_fma:
        native.set_isa(name)
        results.append(solve(native_decoder, data))
    for other in results[1:]:
        assert_same_bits(other, results[0])


def memory(**changed: Any) -> Memory:
    """Of S 3, B 2, A 4, E 5."""
    arrays = {"keys": np.zeros((3, 2, 4), "f4"), "values": np.zeros((3, 2, 5), "f4")}
    return Memory(**arrays | changed)


REFUSED = [
    (memory(), np.zeros((2, 4), "f4"), ValueError, r"query: expected 3 axes \(T, B, A\)"),
    (memory(), np.zeros((1, 2, 4), "i4"), TypeError, "query: expected dtype float32 or float64"),
    (memory(), [1], TypeError, "query: expected an array; got list"),
    (memory(), np.zeros((1, 2, 3), "f4"), ValueError, r"keys: expected shape \(S, B, A\) = \(3, 2"),
    (memory(), np.zeros((1, 1, 4), "f4"), ValueError, r"keys: expected shape \(S, B, A\) = \(3, 1"),
    (memory(values=np.zeros((2, 2, 5), "f4")), None, ValueError, r"values: .* \(3, 2, 5\); got"),
    (memory(values=np.zeros((3, 2, 5))), None, TypeError, "values: expected dtype float32"),
    (memory(weight=np.zeros(3, "f4")), None, ValueError, r"weight: expected shape \(A,\) = \(4,\)"),
    (
        memory(lengths=np.array([4, 1])),
        None,
        ValueError,
        "memory_lengths: .*got 4 at row 0",
    ),
    (memory(lengths=np.array([1, -1])), None, ValueError, "memory_lengths: .*got -1 at row 1"),
    (memory(lengths=np.array([1])), None, ValueError, r"memory_lengths: expected shape \(B,\)"),
    (memory(lengths=np.ones(2, "f4")), None, TypeError, "memory_lengths: expected dtype int64"),
]


@both
@pytest.mark.parametrize(("given", "query", "error", "message"), REFUSED)
def test_refusals(kernels: Any, given: Memory, query: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        kernels.attend(np.zeros((1, 2, 4), "f4") if query is None else query, given)


@both
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"weights": np.zeros((1, 2, 4), "f4")}, r"weights: expected shape \(T, B, S\)"),
        ({"dcontext": np.zeros((1, 2, 4), "f4")}, r"dcontext: expected shape \(T, B, E\)"),
        ({"dweights": np.zeros((2, 2, 3), "f4")}, r"dweights: expected shape \(T, B, S\)"),
    ],
)
def test_refusals_backward(kernels: Any, changed: Any, message: str) -> None:
    given = {"weights": np.zeros((1, 2, 3), "f4"), "dcontext": None, "dweights": None} | changed
    with pytest.raises(ValueError, match=message):
        kernels.attend_backward(np.zeros((1, 2, 4), "f4"), memory(), *given.values())
