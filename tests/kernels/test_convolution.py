"""Convolution with a maximum over time: by hand, native against the reference, bits, torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from pyrnn.kernels import convolution, native

FLOATS = ("float32", "float64")
both = pytest.mark.parametrize("kernels", [convolution, native], ids=["reference", "native"])


class Case(NamedTuple):
    """A batch and filters for it."""

    T: int
    B: int
    I: int
    F: int
    W: int
    lengths: tuple[int, ...] | None = None
    bias: bool = True


CASES = [
    Case(7, 4, 5, 9, 3, (7, 0, 1, 4)),
    Case(7, 1, 1, 1, 1),
    Case(6, 3, 4, 100, 2, (0, 6, 5), bias=False),
    Case(3, 3, 7, 33, 8, (3, 1, 2)),  # windows longer than the sequences
    Case(2, 2, 3, 17, 40),
    Case(30, 1, 16, 64, 5),
    Case(41, 3, 33, 65, 4, (41, 40, 3)),
    Case(5, 2, 3, 6, 3, (0, 0)),
    Case(0, 2, 3, 6, 3),
    Case(4, 0, 3, 6, 3),
    Case(300, 2, 400, 3, 2, (300, 290)),  # more rows than are copied at once
]


class Data(NamedTuple):
    """The arrays of a case."""

    x: np.ndarray
    weight: np.ndarray
    bias: np.ndarray | None
    lengths: np.ndarray
    dy: np.ndarray


def draw(case: Case, dtype: str, whole: bool = False, batch_first: bool = False) -> Data:
    """Normal numbers; or small whole ones, whose sums are exact in any order, with many ties.

    Past a length stands NaN.
    """
    rng = np.random.default_rng(list(case[:5]))

    def numbers(*shape: int) -> np.ndarray:
        return (rng.integers(-2, 3, shape) if whole else rng.standard_normal(shape)).astype(dtype)

    T, B, I, F, W = case[:5]
    lengths = np.array(case.lengths or [T] * B, np.int64)
    x = numbers(T, B, I)
    x[np.arange(T)[:, None] >= lengths] = np.nan
    bias = numbers(F) if case.bias else None
    data = Data(x, numbers(F, I, W), bias, lengths, numbers(B, F))
    return data._replace(x=np.ascontiguousarray(x.swapaxes(0, 1))) if batch_first else data


def solve(kernels: Any, data: Data, batch_first: bool = False) -> list[np.ndarray]:
    """y, steps, dx, dweight, dbias."""
    x, weight, bias, lengths, dy = data
    y, steps = kernels.convolution_max(x, weight, bias, lengths, batch_first=batch_first)
    gradients = kernels.convolution_gradient(x, weight, lengths, steps, dy, batch_first=batch_first)
    return [y, steps, *gradients]


def assert_same_bits(got: list[np.ndarray], want: list[np.ndarray]) -> None:
    for one, other in zip(got, want, strict=True):
        assert (one.shape, one.dtype) == (other.shape, other.dtype)
        assert one.tobytes() == other.tobytes()


def by_hand(data: Data) -> list[np.ndarray]:
    """The equations, one number at a time."""
    x, weight, bias, lengths, dy = data
    F, _, W = weight.shape
    y, steps = np.zeros(dy.shape), np.full(dy.shape, -1)
    dx, dweight, dbias = np.zeros(x.shape), np.zeros(weight.shape), np.zeros(F)
    for b, n in enumerate(lengths):
        for f in range(F):
            taps = {
                t: [(k, t + k - (W - 1) // 2) for k in range(W) if 0 <= t + k - (W - 1) // 2 < n]
                for t in range(n)
            }
            a = [
                sum(weight[f, :, k] @ x[s, b] for k, s in taps[t])
                + (0 if bias is None else bias[f])
                for t in range(n)
            ]
            if not a:
                continue
            steps[b, f] = a.index(max(a))
            y[b, f] = max(a)
            dbias[f] += dy[b, f]
            for k, s in taps[int(steps[b, f])]:
                dweight[f, :, k] += dy[b, f] * x[s, b]
                dx[s, b] += dy[b, f] * weight[f, :, k]
    return [y, steps, dx, dweight, dbias]


@pytest.mark.parametrize("case", [case for case in CASES if case.T < 40], ids=str)
def test_the_reference_by_hand(case: Case) -> None:
    data = draw(case, "float64", whole=True)
    for got, want in zip(solve(convolution, data), by_hand(data), strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_native_on_whole_numbers(case: Case, dtype: str, batch_first: bool, isa: str) -> None:
    """Nothing is rounded: the same maxima at the same steps, ties included, and gradients."""
    data = draw(case, dtype, whole=True, batch_first=batch_first)
    want = solve(convolution, data, batch_first)
    for got, expected in zip(solve(native, data, batch_first), want, strict=True):
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_native_on_normal_numbers(case: Case, dtype: str, isa: str) -> None:
    """A sum of n terms errs by at most n eps times the sum of their magnitudes."""
    data = draw(case, dtype)
    y, steps, *gradients = solve(native, data)
    exact, sizes = (Data(*(change(a) for a in data)) for change in (wide, magnitudes))
    eps = np.finfo(dtype).eps
    want, _ = convolution.convolution_max(*exact[:4])
    largest = convolution.convolution_max(*sizes[:4])[0].max(initial=0)
    bound = (case.W * case.I + 1) * eps * largest
    np.testing.assert_allclose(y, want, rtol=0, atol=bound)
    # through the windows that native chose: where two activations nearly tie, either is right
    wanted, spread = (
        convolution.convolution_gradient(d.x, d.weight, d.lengths, steps, d.dy)
        for d in (exact, sizes)
    )
    for got, value, size in zip(gradients, wanted, spread, strict=True):
        assert (abs(got - value) <= max(case.B, case.F * case.W) * eps * size).all()


def wide(array: np.ndarray | None) -> np.ndarray | None:
    """In float64, if they are no integers."""
    return array.astype("float64") if array is not None and array.dtype.kind == "f" else array


def magnitudes(array: np.ndarray | None) -> np.ndarray | None:
    wider = wide(array)
    return None if wider is None else np.abs(wider)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_threads_and_repetition(
    case: Case, dtype: str, isa: str, num_threads: Callable[[int], None]
) -> None:
    data = draw(case, dtype)
    num_threads(1)
    alone = solve(native, data)
    for threads in (1, 2, 3, 7):
        num_threads(threads)
        assert_same_bits(solve(native, data), alone)


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_sequence_alone(dtype: str, isa: str) -> None:
    data = draw(Case(23, 6, 5, 37, 4, (23, 1, 0, 9, 20, 3)), dtype)
    y, steps, dx, *_ = solve(native, data)
    for b, n in enumerate(data.lengths):
        one = data._replace(
            x=data.x[: max(n, 2), [b]].copy(), lengths=data.lengths[[b]], dy=data.dy[[b]]
        )
        y1, steps1, dx1, *_ = solve(native, one)
        assert_same_bits([y1[0], steps1[0], dx1[:n, 0]], [y[b], steps[b], dx[:n, b].copy()])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_same_bits_on_every_set_with_fma(case: Case, dtype: str, with_fma: list[str]) -> None:
    data, results = draw(case, dtype), []
    for name in with_fma:
        native.set_isa(name)
        results.append(solve(native, data))
    for other in results[1:]:
        assert_same_bits(other, results[0])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("others", [0, 1])
def test_a_maximum_below_zero(dtype: str, others: int, isa: str) -> None:
    """A filter (1, 1, 1) on -1, -2: no zero past the length counts, alone or beside 20 steps."""
    x = np.ones((20 if others else 2, 1 + others, 1), dtype)
    x[:2, 0, 0] = -1, -2
    lengths = np.array([2, *[20] * others])
    weight, bias = np.ones((1, 1, 3), dtype), np.zeros(1, dtype)
    for kernels in (convolution, native):
        y, steps = kernels.convolution_max(x, weight, bias, lengths)
        assert (y[0, 0], steps[0, 0]) == (-3, 0)
        assert (y[1:] == 3).all()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("threads", [1, 3])
def test_special_numbers(
    dtype: str, threads: int, isa: str, num_threads: Callable[[int], None]
) -> None:
    """NaN is the largest, its first step counts; of minus infinities the first."""
    num_threads(threads)
    x = np.zeros((9, 4, 1), dtype)
    x[:, 0, 0] = 5, 1, np.nan, 7, np.nan, 8, 2, 2, 2
    x[:, 1, 0] = -np.inf
    x[:, 2, 0] = 1, 2, np.inf, 3, np.inf, 4, 5, 6, 7
    x[:, 3, 0] = -0.0, 0.0, -1, 0, -0.0, 0, 0, 0, 0
    weight = np.ones((20, 1, 1), dtype)
    for kernels in (convolution, native):
        y, steps = kernels.convolution_max(x, weight, None, np.full(4, 9))
        assert (steps == np.array([[2], [0], [2], [0]])).all()
        np.testing.assert_array_equal(y.T[0], [np.nan, -np.inf, np.inf, 0])


@both
def test_only_what_is_needed(kernels: Any) -> None:
    data = draw(CASES[0], "float64")
    _, steps, *whole = solve(kernels, data)
    for needed in range(8):
        wanted = [bool(needed & bit) for bit in (1, 2, 4)]
        got = kernels.convolution_gradient(
            data.x,
            data.weight,
            data.lengths,
            steps,
            data.dy,
            needs_x=wanted[0],
            needs_weight=wanted[1],
            needs_bias=wanted[2],
        )
        for array, full, want in zip(got, whole, wanted, strict=True):
            assert (array is not None) == want
            assert array is None or array.tobytes() == full.tobytes()


REFUSED = [
    ({"weight": np.zeros((3, 2), "f4")}, ValueError, r"weight: expected 3 axes \(F, I, W\)"),
    ({"weight": np.zeros((3, 2, 0), "f4")}, ValueError, r"weight: .*each at least 1; got \(3, 2,"),
    ({"weight": np.zeros((3, 0, 2), "f4")}, ValueError, r"weight: .*each at least 1; got \(3, 0,"),
    ({"weight": np.zeros((3, 2, 2), "i4")}, TypeError, "weight: expected dtype float32 or float64"),
    ({"weight": [1]}, TypeError, "weight: expected an array; got list"),
    ({"weight": np.zeros((3, 5, 2), "f4")}, ValueError, "x: expected last axis I = 5; got 2"),
    ({"x": np.zeros((4, 3, 2))}, TypeError, "x: expected dtype float32; got float64"),
    ({"x": np.zeros((4, 2), "f4")}, ValueError, r"x: expected 3 axes \(T, B, I\)"),
    ({"x": np.zeros((4, 2, 3), "f4").swapaxes(1, 2)}, ValueError, "x: expected a C-contiguous"),
    ({"bias": np.zeros(4, "f4")}, ValueError, r"bias: expected shape \(F,\) = \(3,\); got \(4,\)"),
    ({"lengths": np.array([1, 2])}, ValueError, r"lengths: expected shape \(B,\) = \(3,\)"),
    ({"lengths": np.array([1, 2, 5])}, ValueError, "lengths: .* T = 4; got 5 at row 2"),
    ({"lengths": np.array([1, -1, 3])}, ValueError, "lengths: .* T = 4; got -1 at row 1"),
    ({"lengths": np.array([1.0, 2, 3])}, TypeError, "lengths: expected dtype int64"),
]


@both
@pytest.mark.parametrize(("wrong", "error", "message"), REFUSED)
def test_refusals(
    wrong: dict[str, Any], error: type[Exception], message: str, kernels: Any
) -> None:
    right = {
        "x": np.zeros((4, 3, 2), "f4"),
        "weight": np.zeros((3, 2, 2), "f4"),
        "bias": None,
        "lengths": np.array([4, 0, 2]),
    }
    kernels.convolution_max(**right)
    with pytest.raises(error, match=message):
        kernels.convolution_max(**(right | wrong))


@both
@pytest.mark.parametrize(
    ("steps", "row"), [([[4], [-1]], 0), ([[-1], [-1]], 0), ([[3], [0]], 1), ([[0], [-2]], 1)]
)
def test_steps_that_no_forward_call_gave(steps: list[list[int]], row: int, kernels: Any) -> None:
    x, weight, dy = np.zeros((4, 2, 1)), np.zeros((1, 1, 2)), np.zeros((2, 1))
    lengths = np.array([4, 0])
    kernels.convolution_gradient(x, weight, lengths, np.array([[3], [-1]]), dy)
    message = f"steps: expected those that forward gave; got .* in row {row}"
    with pytest.raises(ValueError, match=message):
        kernels.convolution_gradient(x, weight, lengths, np.array(steps), dy)


@pytest.mark.torch
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", [c for c in CASES if c.T and c.B], ids=str)
def test_torch(case: Case, dtype: str, isa: str) -> None:
    """Conv1d with "same" padding, a mask past the lengths, a maximum; and the gradients."""
    torch = pytest.importorskip("torch")
    data = draw(case, dtype)
    y, _, dx, dweight, dbias = solve(native, data)
    x = torch.tensor(np.nan_to_num(data.x), requires_grad=True)
    weight = torch.tensor(data.weight, requires_grad=True)
    bias = torch.tensor(np.zeros(case.F, dtype) if data.bias is None else data.bias)
    bias.requires_grad_()
    valid = torch.tensor(np.arange(case.T)[:, None] < data.lengths)  # (T, B)
    left = (case.W - 1) // 2
    inside = torch.where(valid[:, :, None], x, 0).permute(1, 2, 0)  # (B, I, T)
    padded = torch.nn.functional.pad(inside, (left, case.W - 1 - left))
    a = torch.nn.functional.conv1d(padded, weight, bias).permute(2, 0, 1)  # (T, B, F)
    a = a.masked_fill(~valid[:, :, None], -torch.inf)
    maxima = torch.where(torch.tensor(data.lengths > 0)[:, None], a.max(dim=0).values, 0)
    maxima.backward(torch.tensor(data.dy))
    tolerance = 2000 * np.finfo(dtype).eps  # sums of some hundred terms of order 1
    for got, want in [
        (y, maxima.detach()),
        (dx, x.grad),
        (dweight, weight.grad),
        (dbias, bias.grad),
    ]:
        np.testing.assert_allclose(got, want.numpy(), rtol=tolerance, atol=tolerance)
