"""Temporal classification: every path by hand, native against the reference, bits, torch."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn.kernels import ctc, native

FLOATS = ("float32", "float64")
both = pytest.mark.parametrize("kernels", [ctc, native], ids=["reference", "native"])
INF = np.inf


class Case(NamedTuple):
    """A batch and its targets."""

    T: int
    B: int
    C: int
    L: int
    lengths: tuple[int, ...] | None = None
    target_lengths: tuple[int, ...] | None = None
    scale: float = 1.0  # of all logits
    preference: float = 0.0  # what is added to the blank's
    blank: int = 0


TINY = [
    Case(4, 3, 3, 2, (4, 0, 1), (2, 0, 1)),
    Case(5, 4, 4, 3, (5, 5, 3, 4), (3, 1, 0, 2), blank=3),
    Case(3, 1, 2, 2),
    Case(5, 2, 3, 2, scale=10.0, blank=1),
    Case(6, 2, 3, 3, (6, 5)),
]
CASES = [
    *TINY,
    Case(20, 7, 30, 9, (20, 13, 0, 1, 20, 17, 9), (9, 6, 0, 1, 3, 8, 4)),
    Case(60, 3, 5, 20, (60, 41, 57)),
    Case(33, 4, 70, 8, (33, 7, 8, 20), (8, 8, 7, 7), blank=69),
    Case(200, 3, 6, 60, preference=25.0),
    Case(200, 3, 6, 60, preference=-25.0),
    Case(700, 2, 6, 120, preference=45.0),  # as far as numbers reach
    Case(300, 2, 30, 60, scale=10.0),
    Case(60, 3, 5, 20, scale=60.0),
    Case(12, 4, 33, 5, scale=1e4),
    Case(600, 2, 3, 150),
    Case(5, 2, 1, 0),
    Case(0, 2, 3, 0),
    Case(4, 0, 3, 2),
]


class Data(NamedTuple):
    """The arrays of a case, in the order of the kernels' arguments."""

    logits: np.ndarray
    targets: np.ndarray
    lengths: np.ndarray
    target_lengths: np.ndarray
    blank: int

    def astype(self, dtype: str) -> Data:
        return self._replace(logits=self.logits.astype(dtype))

    def alone(self, b: int) -> Data:
        """One sequence, cut to its lengths."""
        N, L = self.lengths[b], self.target_lengths[b]
        return Data(
            self.logits[:N, [b]].copy(),
            self.targets[[b], :L].copy(),
            self.lengths[[b]],
            self.target_lengths[[b]],
            self.blank,
        )


def draw(case: Case, dtype: str = "float64") -> Data:
    """Normal numbers. Past a length stand NaN and what is no symbol."""
    T, B, C, L, lengths, target_lengths, scale, preference, blank = case
    rng = np.random.default_rng([T, B, C])
    logits = scale * rng.standard_normal((T, B, C))
    logits[..., blank] += preference
    frames = np.array([T] * B if lengths is None else lengths, np.int64)
    symbols = np.array([L] * B if target_lengths is None else target_lengths, np.int64)
    targets = rng.integers(0, max(C - 1, 1), (B, L))
    targets[targets >= blank] += 1
    targets[np.arange(L) >= symbols[:, None]] = -100
    logits[np.arange(T)[:, None] >= frames] = np.nan
    return Data(logits, targets, frames, symbols, blank).astype(dtype)


def softmax(x: np.ndarray) -> np.ndarray:
    y = np.exp(x - x.max(axis=-1, keepdims=True))
    return y / y.sum(axis=-1, keepdims=True)


def normalized(data: Data) -> Data:
    with np.errstate(divide="ignore"):
        return data._replace(logits=np.log(softmax(data.logits)))


def collapse(path: tuple[int, ...], blank: int) -> tuple[int, ...]:
    return tuple(symbol for symbol, _ in itertools.groupby(path) if symbol != blank)


def by_hand(data: Data, *, by_log_p: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Every labelling of the frames: losses, and gradients by the logits or by ln p."""
    B, C = data.logits.shape[1:]
    losses, gradients = np.full(B, INF), np.zeros(data.logits.shape)
    for b, (N, L) in enumerate(zip(data.lengths, data.target_lengths, strict=True)):
        p, target = softmax(data.logits[:N, b]), tuple(data.targets[b, :L])
        total, share = 0.0, np.zeros((N, C))
        for path in itertools.product(range(C), repeat=int(N)):
            if collapse(path, data.blank) == target:
                probability = np.prod(p[np.arange(N), path])
                total += probability
                share[np.arange(N), path] += probability
        if total > 0:
            losses[b] = -np.log(total)
            gradients[:N, b] = -share / total if by_log_p else p - share / total
    return losses, gradients


def assert_close(got: Any, want: Any, rtol: float) -> None:
    """Losses relative, gradients absolute: they are differences of probabilities."""
    np.testing.assert_allclose(got[0], want[0], rtol=rtol, atol=rtol)
    np.testing.assert_allclose(got[1], want[1], rtol=0, atol=rtol)


def assert_same_bits(got: Any, want: Any) -> None:
    for one, other in zip(got, want, strict=True):
        assert one.tobytes() == other.tobytes()


@both
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", TINY, ids=str)
def test_every_path_by_hand(case: Case, dtype: str, kernels: Any) -> None:
    data = draw(case, dtype)
    want = by_hand(data.astype("float64"))
    rtol = 1e-12 if dtype == "float64" else 1e-6 * case.scale
    assert_close(kernels.ctc_loss(*data), want, rtol)


@both
@pytest.mark.parametrize("case", TINY, ids=str)
def test_of_log_probabilities_by_hand(case: Case, kernels: Any) -> None:
    data = draw(case)
    want = by_hand(data, by_log_p=True)
    assert_close(kernels.ctc_loss(*normalized(data), normalized=True), want, 1e-12)


UNIFORM = [([1], 1.504077), ([1, 2], 1.686399), ([1, 1], 3.295837), ([], 3.295837)]


@both
@pytest.mark.parametrize("dtype", FLOATS)
def test_uniform_frames(dtype: str, kernels: Any) -> None:
    for target, loss in UNIFORM:
        given = np.zeros((3, 1, 3), dtype), np.array([target], np.int64).reshape(1, -1)
        losses, _ = kernels.ctc_loss(*given, np.array([3]), np.array([len(target)]))
        assert losses[0] == pytest.approx(loss, abs=1e-6)


@both
@pytest.mark.parametrize(
    ("by_log_p", "rows"),
    [
        (False, [(-1 / 6, -1 / 6, 1 / 3), (0, -1 / 3, 1 / 3), (-1 / 6, -1 / 6, 1 / 3)]),
        (True, [(-1 / 2, -1 / 2, 0), (-1 / 3, -2 / 3, 0), (-1 / 2, -1 / 2, 0)]),
    ],
)
def test_gradients_of_uniform_frames(by_log_p: bool, rows: Any, kernels: Any) -> None:
    """By logits p less the share, by ln p the share alone; a scale multiplies them."""
    logits = np.full((3, 1, 3), -np.log(3) if by_log_p else 0.0)
    given = logits, np.array([[1]]), np.array([3]), np.array([1])
    for scale in (1.0, 2.0):
        _, gradient = kernels.ctc_loss(*given, normalized=by_log_p, scale=scale)
        np.testing.assert_allclose(gradient[:, 0], scale * np.array(rows), atol=1e-15)


@both
@pytest.mark.parametrize("dtype", FLOATS)
def test_what_is_impossible_is_infinite_beside_finite_neighbours(dtype: str, kernels: Any) -> None:
    logits = np.random.default_rng(0).standard_normal((4, 4, 3)).astype(dtype)
    targets = np.array([[1, 1, 1], [1, 2, 0], [1, 1, 0], [2, 0, 0]])
    data = Data(logits, targets, np.array([4, 4, 2, 0]), np.array([3, 2, 2, 1]), 0)
    losses, gradient = kernels.ctc_loss(*data)
    assert np.isinf(losses).tolist() == [True, False, True, True]
    assert (gradient[:, [0, 2, 3]] == 0).all()
    want = kernels.ctc_loss(*data.alone(1))
    assert_same_bits((losses[[1]], gradient[:, [1]].copy()), want)
    without, none = kernels.ctc_loss(*data, gradient=False)
    assert none is None
    assert without.tobytes() == losses.tobytes()


@both
@pytest.mark.parametrize("dtype", FLOATS)
def test_a_symbol_of_probability_0(dtype: str, kernels: Any) -> None:
    """Another symbol's matters nothing; the target's own makes it impossible."""
    data = draw(Case(6, 3, 4, 2), dtype)
    data.logits[:, 0, data.targets[0, 0]] = -INF
    others = np.setdiff1d([1, 2, 3], data.targets[1])
    data.logits[:, 1, others] = -INF
    losses, gradient = kernels.ctc_loss(*data)
    assert np.isinf(losses).tolist() == [True, False, False]
    assert (gradient[:, 0] == 0).all()
    assert (gradient[:, 1, others] == 0).all()
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("by_log_p", [False, True])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_native_is_the_reference(case: Case, by_log_p: bool, dtype: str, isa: str) -> None:
    data = draw(case, dtype)
    if by_log_p:
        data = normalized(data)
    want = ctc.ctc_loss(*data.astype("float64"), normalized=by_log_p)
    # The reference itself adds up logarithms of some thousands in float64.
    eps = max(np.finfo(dtype).eps, 2e-13)
    steep = 1 + min(case.scale + abs(case.preference), 90)  # half a unit of x is as much of e^x
    assert_close(native.ctc_loss(*data, normalized=by_log_p), want, 4 * steep * eps)


@both
@pytest.mark.parametrize("dtype", FLOATS)
def test_what_lies_past_a_length_counts_nothing(dtype: str, kernels: Any) -> None:
    """The same bits as alone, and with anything there."""
    data = draw(CASES[5], dtype)
    whole = kernels.ctc_loss(*data)
    dirty = np.where(np.isnan(data.logits), 1e30, data.logits).astype(dtype)
    symbols = np.where(data.targets < 0, 10**9, data.targets)
    assert_same_bits(kernels.ctc_loss(*data._replace(logits=dirty, targets=symbols)), whole)
    for b, n in enumerate(data.lengths):
        losses, gradient = kernels.ctc_loss(*data.alone(b))
        assert losses.tobytes() == whole[0][[b]].tobytes()
        assert gradient[:, 0].tobytes() == whole[1][:n, b].tobytes()
        assert (whole[1][n:, b] == 0).all()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_threads_repetition_and_the_loss_alone(
    case: Case, dtype: str, isa: str, num_threads: Callable[[int], None]
) -> None:
    data = draw(case, dtype)
    num_threads(1)
    one = native.ctc_loss(*data)
    for threads in (1, 2, 3, 7):
        num_threads(threads)
        assert_same_bits(native.ctc_loss(*data), one)
        assert native.ctc_loss(*data, gradient=False)[0].tobytes() == one[0].tobytes()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_same_bits_on_every_set_with_fma(case: Case, dtype: str, with_fma: list[str]) -> None:
    data, results = draw(case, dtype), []
    for name in with_fma:
        native.set_isa(name)
        results.append(native.ctc_loss(*data))
    for other in results[1:]:
        assert_same_bits(other, results[0])


def far_apart(name: str) -> Data:
    """Lattices that leave the range of any number, or of a block of symbols."""
    T, C, L = 120, 12, 24
    rng = np.random.default_rng(4)
    x, targets = rng.standard_normal((T, 3, C)), rng.integers(1, C, (3, L))
    if name == "blanks alone":  # every symbol is e^-300 times as likely, but must come
        x[..., 0] += 300
    elif name == "no target":  # another symbol has all, at every frame
        targets[targets == 1] = 2
        x[..., 1] += 80
    elif name == "late":  # all symbols in the last frames, against all likelihood
        x[: T - 2 * L, :, 0] += 60
        x[T - 2 * L :, :, 0] -= 60
    elif name == "early":
        x[2 * L :, :, 0] += 60
        x[: 2 * L, :, 0] -= 60
    elif name == "one path":
        for b in range(3):
            spread = np.repeat(targets[b], T // L)
            spread[:: T // L] = 0
            x[np.arange(T), b, spread] += 500
    elif name == "the wrong one":  # the targets of neighbours
        for b in range(3):
            spread = np.repeat(targets[b - 1], T // L)
            spread[:: T // L] = 0
            x[np.arange(T), b, spread] += 30
    elif name == "large":
        x *= 1e5
    full = np.full(3, T), np.full(3, L)
    return Data(x, targets, *full, 0)


FAR = ["blanks alone", "no target", "late", "early", "one path", "the wrong one", "large"]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", FAR)
def test_numbers_far_apart(name: str, dtype: str, isa: str) -> None:
    data = far_apart(name).astype(dtype)
    got, want = native.ctc_loss(*data), ctc.ctc_loss(*data.astype("float64"))
    assert all(np.isfinite(array).all() for array in got)
    assert_close(got, want, 400 * max(np.finfo(dtype).eps, 1e-13))


@pytest.mark.parametrize("dtype", FLOATS)
def test_gradients_of_a_frame_add_up_to_0(dtype: str, isa: str) -> None:
    """After thousands of frames as exactly as after ten, to what float32 can tell."""
    data = draw(Case(5000, 1, 30, 400), dtype)
    _, gradient = native.ctc_loss(*data)
    assert np.abs(gradient.sum(axis=2)).max() < max(8 * np.finfo(dtype).eps, 2e-14)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("by_log_p", [False, True])
@pytest.mark.parametrize("value", [np.nan, INF])
def test_what_is_not_finite_shows(dtype: str, by_log_p: bool, value: float) -> None:
    """NaN and infinity come out as NaN, in all of the sequence that has them and in no other."""
    data = draw(Case(20, 3, 4, 3, (20, 12, 20)), dtype)
    data.logits[7, 1, 2] = value
    losses, gradient = native.ctc_loss(*data, normalized=by_log_p)
    assert np.isnan(losses).tolist() == [False, True, False]
    assert np.isnan(gradient[:12, 1]).all()
    assert np.isfinite(gradient[:, [0, 2]]).all()
    assert (gradient[12:, 1] == 0).all()


@pytest.mark.parametrize("dtype", FLOATS)
def test_hard_numbers_have_one_answer(dtype: str, with_fma: list[str]) -> None:
    """Zeros of either sign, denormals, the largest, infinities and NaN: alike on every set."""
    rng = np.random.default_rng(0)
    info = np.finfo(dtype)
    hard = np.array([0.0, -0.0, info.tiny / 4, info.tiny, info.max, -info.max, INF, -INF, np.nan])
    for trial in range(40):
        data = draw(Case(11, 3, 7, 4, (11, 9, 11)), dtype)
        count = rng.integers(1, 3) if trial % 2 else data.logits.size // 2
        values = hard[: 4 if count > 3 else None]
        data.logits.reshape(-1)[rng.integers(0, data.logits.size, count)] = rng.choice(
            values, count
        )
        results = []
        for name in with_fma:
            native.set_isa(name)
            found = native.ctc_loss(*data, normalized=trial % 3 == 0)
            results.append([np.where(np.isnan(a), np.nan, a).tobytes() for a in found])
        assert all(other == results[0] for other in results)


@pytest.mark.torch
@pytest.mark.parametrize("case", CASES[:11], ids=str)
def test_torch_agrees(case: Case) -> None:
    torch = pytest.importorskip("torch")
    data = draw(case)
    x = torch.tensor(np.nan_to_num(data.logits), requires_grad=True)
    losses = torch.nn.functional.ctc_loss(
        x.log_softmax(2),
        torch.tensor(np.where(data.targets < 0, 1, data.targets)),
        torch.tensor(data.lengths),
        torch.tensor(data.target_lengths),
        blank=data.blank,
        reduction="none",
        zero_infinity=True,
    )
    losses.sum().backward()
    got, gradient = native.ctc_loss(*data)
    np.testing.assert_allclose(np.where(np.isinf(got), 0, got), losses.detach(), rtol=1e-11)
    possible = np.isfinite(got) & (data.lengths > 0)
    np.testing.assert_allclose(gradient[:, possible], x.grad[:, possible], atol=1e-10)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 30),
    st.integers(0, 6),
    st.integers(2, 40),
    st.integers(0, 12),
    st.sampled_from(FLOATS),
    st.data(),
)
def test_any_shape(T: int, B: int, C: int, L: int, dtype: str, more: st.DataObject) -> None:
    lengths = more.draw(st.lists(st.integers(0, T), min_size=B, max_size=B))
    symbols = more.draw(st.lists(st.integers(0, L), min_size=B, max_size=B))
    blank = more.draw(st.integers(0, C - 1))
    data = draw(Case(T, B, C, L, tuple(lengths), tuple(symbols), blank=blank), dtype)
    want = ctc.ctc_loss(*data.astype("float64"))
    required = ctc.required_frames(data.targets, data.target_lengths)
    assert (np.isinf(want[0]) == (required > data.lengths)).all()
    assert_close(native.ctc_loss(*data), want, 16 * max(np.finfo(dtype).eps, 1e-14))


def test_required_frames() -> None:
    targets = np.array([[1, 1, 1], [1, 2, 1], [2, 2, 3], [3, 3, 3]])
    required = ctc.required_frames(targets, np.array([3, 3, 3, 0]))
    assert required.tolist() == [5, 3, 4, 0]


RIGHT = {
    "logits": np.zeros((5, 3, 4), "f4"),
    "targets": np.ones((3, 2), int),
    "lengths": np.array([5, 4, 5]),
    "target_lengths": np.array([2, 1, 0]),
    "blank": 0,
}
REFUSED = [
    ({"logits": np.zeros((5, 3), "f4")}, ValueError, r"logits: .*3 axes \(T, B, C\)"),
    ({"logits": np.zeros((5, 3, 0), "f4")}, ValueError, "logits: .* C at least 1; got"),
    ({"logits": np.zeros((5, 3, 4), "i4")}, TypeError, "logits: expected dtype float32 or"),
    ({"logits": [1]}, TypeError, "logits: expected an array; got list"),
    ({"logits": np.zeros((3, 5, 4), "f4").swapaxes(0, 1)}, ValueError, "logits: .* C-cont"),
    ({"targets": np.ones((2, 2), int)}, ValueError, r"targets: expected shape \(B, L\) = \(3, 2\)"),
    ({"targets": np.ones(3, int)}, ValueError, r"targets: expected 2 axes \(B, L\)"),
    ({"targets": np.ones((3, 2))}, TypeError, "targets: expected dtype int64"),
    ({"targets": np.full((3, 2), 4)}, ValueError, "targets: .* got 4 at place 0 of sequence 0"),
    ({"targets": np.full((3, 2), -1)}, ValueError, "targets: .* got -1 at place 0 of sequence 0"),
    (
        {"targets": np.array([[1, 0], [1, 1], [1, 1]])},
        ValueError,
        "targets: .* got the blank, 0, at place 1 of sequence 0",
    ),
    ({"lengths": np.array([1, 6, 2])}, ValueError, "lengths: .* T = 5; got 6 at row 1"),
    ({"lengths": np.array([1.0, 2, 3])}, TypeError, "lengths: expected dtype int64"),
    ({"target_lengths": np.array([1, 2])}, ValueError, r"target_lengths: expected shape \(B,\)"),
    ({"target_lengths": np.array([1, 3, 2])}, ValueError, "target_lengths: .* L = 2; got 3 at row"),
    ({"target_lengths": np.array([1, -1, 2])}, ValueError, "target_lengths: .* got -1 at row 1"),
    ({"blank": 4}, ValueError, "blank: expected 0 to C - 1 = 3; got 4"),
    ({"blank": -1}, ValueError, "blank: expected 0 to C - 1 = 3; got -1"),
    ({"blank": 1.0}, TypeError, "blank: expected an integer; got float"),
]


@both
@pytest.mark.parametrize(("wrong", "error", "message"), REFUSED)
def test_refusals(
    wrong: dict[str, Any], error: type[Exception], message: str, kernels: Any
) -> None:
    kernels.ctc_loss(**RIGHT)
    with pytest.raises(error, match=message):
        kernels.ctc_loss(**(RIGHT | wrong))
