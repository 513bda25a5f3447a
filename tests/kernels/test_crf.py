"""Conditional random fields: every path by hand, native against the reference, bits, torch."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn.kernels import crf, native

FLOATS = ("float32", "float64")
both = pytest.mark.parametrize("kernels", [crf, native], ids=["reference", "native"])
INF = np.inf


class Case(NamedTuple):
    """A batch and its labels."""

    T: int
    B: int
    C: int
    lengths: tuple[int, ...] | None = None
    forbidden: bool = False  # a third of all transitions
    scale: float = 1.0  # of all scores


TINY = [
    Case(4, 3, 3, (4, 0, 1)),
    Case(5, 2, 3, (5, 3), forbidden=True),
    Case(3, 2, 5, scale=10.0),
    Case(1, 2, 4),
    Case(6, 1, 2, forbidden=True),
    Case(4, 2, 1, (4, 2)),
]
CASES = [
    *TINY,
    Case(9, 14, 17, (9, 0, 3, 9, 8, 1, 2, 2, 7, 5, 4, 9, 1, 0)),
    Case(40, 3, 50, (40, 23, 39), forbidden=True),
    Case(23, 7, 9, scale=20.0),
    Case(12, 5, 70, (1, 12, 3, 12, 7), forbidden=True, scale=30.0),
    Case(5, 2, 3, (0, 0)),
    Case(0, 2, 3),
    Case(4, 0, 3),
    Case(1000, 2, 6, (1000, 700)),
]


class Data(NamedTuple):
    """The arrays of a case, in the order of the kernels' arguments."""

    emissions: np.ndarray
    labels: np.ndarray
    transitions: np.ndarray
    start: np.ndarray
    end: np.ndarray
    lengths: np.ndarray
    dy: np.ndarray

    @property
    def scores(self) -> tuple[np.ndarray, ...]:
        """What decoding and marginals read."""
        return self.emissions, self.transitions, self.start, self.end, self.lengths

    def astype(self, dtype: str) -> Data:
        return Data(*(a.astype(dtype) if a.dtype.kind == "f" else a for a in self))


def draw(case: Case, dtype: str = "float64", whole: bool = False) -> Data:
    """Normal numbers; or small whole ones, with many ties. Past a length stand NaN and -100.

    Label 0 may follow and precede any label, so no sequence is without a path.
    """
    T, B, C, lengths, forbidden, scale = case
    rng = np.random.default_rng([T, B, C])

    def numbers(*shape: int) -> np.ndarray:
        return rng.integers(-2, 3, shape) * 1.0 if whole else scale * rng.standard_normal(shape)

    known = np.array([T] * B if lengths is None else lengths, np.int64)
    emissions, A, start, end = numbers(T, B, C), numbers(C, C), numbers(C), numbers(C)
    labels = rng.integers(0, C, (T, B))
    if forbidden:
        A[rng.random((C, C)) < 1 / 3] = -INF
        A[0], A[:, 0] = numbers(C), numbers(C)
        start[1:][rng.random(C - 1) < 0.3] = -INF
        end[1:][rng.random(C - 1) < 0.3] = -INF
        for b, n in enumerate(known):
            labels[:1, b] = labels[max(n - 1, 0) : n, b] = 0
            for t in range(1, n):
                if A[labels[t - 1, b], labels[t, b]] == -INF:
                    labels[t, b] = 0
    past = np.arange(T)[:, None] >= known
    emissions[past], labels[past] = np.nan, -100
    return Data(emissions, labels, A, start, end, known, rng.standard_normal(B)).astype(dtype)


class Answer(NamedTuple):
    """All that there is to know about a batch."""

    log_likelihood: np.ndarray
    gradients: tuple[np.ndarray, ...]  # of emissions, transitions, start, end
    marginals: np.ndarray


def solve(kernels: Any, data: Data) -> Answer:
    given = data[:6]
    log_likelihood, alphas = kernels.crf_log_likelihood(*given)
    gradients = kernels.crf_gradient(*given, alphas, data.dy)
    return Answer(log_likelihood, gradients, kernels.crf_marginals(*data.scores))


def arrays(answer: Answer) -> list[np.ndarray]:
    return [answer.log_likelihood, *answer.gradients, answer.marginals]


def assert_same_bits(got: Answer, want: Answer) -> None:
    for one, other in zip(arrays(got), arrays(want), strict=True):
        assert (one.shape, one.dtype) == (other.shape, other.dtype)
        assert one.tobytes() == other.tobytes()


def paths_of(data: Data, b: int) -> list[tuple[float, tuple[int, ...]]]:
    """(score, labels) of every path of a sequence, each score added from the first step on."""
    e, A, start, end = (a.astype("float64") for a in data.scores[:4])
    found = []
    for y in itertools.product(range(len(A)), repeat=int(data.lengths[b])):
        score = 0.0
        for t, label in enumerate(y):
            score = (score + A[y[t - 1], label] if t else start[label]) + e[t, b, label]
        found.append((score + end[y[-1]] if y else 0.0, y))
    return found


def by_hand(data: Data) -> Answer:
    """From the definition: every path of every sequence."""
    T, B, C = data.emissions.shape
    likelihood, marginals = np.zeros(B), np.zeros((T, B, C))
    d = [np.zeros(a.shape) for a in (data.emissions, data.transitions, data.start, data.end)]
    for b, n in enumerate(data.lengths):
        found = paths_of(data, b)
        scores = np.array([score for score, _ in found])
        log_Z = np.logaddexp.reduce(scores)
        target = tuple(data.labels[:n, b])
        likelihood[b] = {y: score for score, y in found}[target] - log_Z
        for p, (_, y) in zip(np.exp(scores - log_Z), found, strict=True):
            weight = data.dy[b] * ((y == target) - p)
            for t, label in enumerate(y):
                marginals[t, b, label] += p
                d[0][t, b, label] += weight
                if t:
                    d[1][y[t - 1], label] += weight
            if y:
                d[2][y[0]] += weight
                d[3][y[-1]] += weight
    return Answer(likelihood, tuple(d), marginals)


def assert_close(got: Answer, want: Answer, data: Data, rtol: float) -> None:
    """In units of the largest score and of how many are added."""
    finite = [abs(a[np.isfinite(a)]).max(initial=1) for a in data.scores[:4]]
    size = rtol * max(finite)
    steps = np.maximum(data.lengths, 1)
    off = abs(got.log_likelihood - want.log_likelihood)
    assert (off <= size * (steps + abs(want.log_likelihood))).all()
    np.testing.assert_allclose(got.marginals, want.marginals, rtol=0, atol=4 * size)
    atol = 4 * size * abs(data.dy).max(initial=1)
    np.testing.assert_allclose(got.gradients[0], want.gradients[0], rtol=0, atol=atol)
    for one, other in zip(got.gradients[1:], want.gradients[1:], strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=atol * np.sqrt(1 + steps.sum()))


def assert_forbidden_is_zero(answer: Answer, data: Data) -> None:
    """What a score of minus infinity stands for, and what lies past a length: exactly 0."""
    dA, dstart, dend = answer.gradients[1:]
    assert (dA[np.isneginf(data.transitions)] == 0).all()
    assert (dstart[np.isneginf(data.start)] == 0).all()
    assert (dend[np.isneginf(data.end)] == 0).all()
    past = np.arange(len(data.emissions))[:, None] >= data.lengths
    last = np.maximum(data.lengths - 1, 0), np.arange(len(data.lengths))
    for array in (answer.marginals, answer.gradients[0]):
        assert (array[past] == 0).all()
        if len(array):
            some = data.lengths > 0
            assert (array[0][some][:, np.isneginf(data.start)] == 0).all()
            assert (array[last][some][:, np.isneginf(data.end)] == 0).all()


@pytest.mark.parametrize("case", TINY, ids=str)
def test_the_reference_by_hand(case: Case) -> None:
    data = draw(case)
    assert_close(solve(crf, data), by_hand(data), data, 1e-14)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_native(case: Case, dtype: str, isa: str) -> None:
    data = draw(case, dtype)
    got = solve(native, data)
    assert {array.dtype for array in arrays(got)} == {np.dtype(dtype)}
    assert_close(got, solve(crf, data.astype("float64")), data, 4 * np.finfo(dtype).eps)
    assert_forbidden_is_zero(got, data)
    assert (got.log_likelihood <= 0).all()
    sums = got.marginals.sum(axis=2)
    np.testing.assert_allclose(sums[sums != 0], 1, rtol=0, atol=20 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", CASES[:-1], ids=str)
@pytest.mark.parametrize("best", [1, 2, 7])
def test_decoding(case: Case, dtype: str, best: int, isa: str) -> None:
    """Scores are added in float64, in one order: the reference's very bits."""
    data = draw(case, dtype)
    got, want = (kernels.crf_decode(*data.scores, best) for kernels in (native, crf))
    np.testing.assert_array_equal(got[0], want[0])
    assert (got[1].dtype, got[1].tobytes()) == (np.dtype(dtype), want[1].tobytes())


@both
@pytest.mark.parametrize("whole", [False, True], ids=["normal", "ties"])
@pytest.mark.parametrize("case", TINY, ids=str)
def test_the_best_paths_by_hand(case: Case, whole: bool, kernels: Any) -> None:
    """All paths that there are, then none: each once, falling; ties by the last label, rising."""
    data = draw(case, whole=whole)
    best = case.C**case.T + 2
    labels, scores = kernels.crf_decode(*data.scores, best)
    for b, n in enumerate(data.lengths):
        allowed = [(score, y) for score, y in paths_of(data, b) if score > -INF]
        allowed.sort(key=lambda found: (-found[0], found[1][::-1]))
        count = len(allowed)
        assert [tuple(y) for y in labels[:count, :n, b]] == [y for _, y in allowed]
        np.testing.assert_array_equal(scores[:count, b], [score for score, _ in allowed])
        assert (labels[count:, :, b] == -1).all()
        assert (scores[count:, b] == -INF).all()
        assert (labels[:, n:, b] == -1).all()


def two_labels(dtype: str) -> Data:
    """The first case of ../shared/cases/tasks.md, whose values stand there to six digits."""
    return Data(
        np.array([[[1.0, 0.0]], [[0.0, 2.0]]]),
        np.array([[0], [1]]),
        np.array([[0.5, -1.0], [0.0, 1.0]]),
        np.array([0.0, 0.5]),
        np.array([0.0, -1.0]),
        np.array([2]),
        np.ones(1),
    ).astype(dtype)


@both
@pytest.mark.parametrize("dtype", FLOATS)
def test_signs_and_values(dtype: str, kernels: Any) -> None:
    data = two_labels(dtype)
    answer = solve(kernels, data)
    # score(0, 1) = 0 + 1 - 1 + 2 - 1 = 1
    assert 1 - answer.log_likelihood[0] == pytest.approx(3.046006, abs=1e-6)
    assert -answer.log_likelihood[0] == pytest.approx(2.046006, abs=1e-6)
    np.testing.assert_allclose(answer.marginals[:, 0, 1], [0.657653, 0.708509], atol=1e-6)
    labels, scores = kernels.crf_decode(*data.scores)
    assert (labels[0, :, 0].tolist(), scores.tolist()) == ([1, 1], [[2.5]])


@both
@pytest.mark.parametrize("dtype", FLOATS)
def test_a_single_step(dtype: str, kernels: Any) -> None:
    """No transition has a share; the probability of each label is at most 1."""
    data = Data(
        np.tile(np.array([1.0, 2.0, 0.0]), (1, 3, 1)),
        np.array([[0, 1, 2]]),
        np.full((3, 3), 7.0),
        np.array([0.0, -1.0, 0.5]),
        np.array([0.5, 0.0, 0.0]),
        np.array([1, 1, 1]),
        np.ones(3),
    ).astype(dtype)
    answer = solve(kernels, data)
    np.testing.assert_allclose(-answer.log_likelihood, [0.680270, 1.180270, 1.680270], atol=1e-6)
    assert (answer.gradients[1] == 0).all()


@both
@pytest.mark.parametrize("dtype", FLOATS)
def test_forbidden_ends_and_transitions(dtype: str, kernels: Any) -> None:
    data = Data(
        np.array([[[0.8, 0.2]], [[0.1, 0.9]]]),
        np.array([[0], [0]]),
        np.array([[0.0, 0.0], [0.0, -INF]]),
        np.zeros(2),
        np.array([0.0, -INF]),
        np.array([2]),
        np.ones(1),
    ).astype(dtype)
    labels, scores = kernels.crf_decode(*data.scores, 5)
    assert labels[:, :, 0].tolist() == [[0, 0], [1, 0], *[[-1, -1]] * 3]
    np.testing.assert_allclose(scores[:, 0], [0.9, 0.3, *[-INF] * 3], rtol=1e-6)
    answer = solve(kernels, data)
    assert answer.marginals[1, 0].tolist() == [1, 0]
    assert_forbidden_is_zero(answer, data)


@both
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("garbage", [np.nan, INF, 1e30])
def test_what_lies_past_a_length_counts_nothing(dtype: str, garbage: float, kernels: Any) -> None:
    """The same bits as alone, and with anything there; the end counts at the last valid step."""
    data = draw(CASES[6], dtype)
    whole = solve(kernels, data)
    dirty = data.emissions.copy()
    dirty[np.isnan(dirty)] = garbage
    assert_same_bits(solve(kernels, data._replace(emissions=dirty)), whole)
    paths, scores = kernels.crf_decode(*data.scores, 3)
    for b, n in enumerate(data.lengths):
        one = data._replace(
            emissions=data.emissions[:n, [b]].copy(),
            labels=data.labels[:n, [b]].copy(),
            lengths=data.lengths[[b]],
            dy=data.dy[[b]],
        )
        alone = solve(kernels, one)
        assert alone.log_likelihood[0] == whole.log_likelihood[b]
        for got, all_of_them in (
            (alone.gradients[0], whole.gradients[0]),
            (alone.marginals, whole.marginals),
        ):
            assert got[:, 0].tobytes() == all_of_them[:n, b].tobytes()
        path, score = kernels.crf_decode(*one.scores, 3)
        np.testing.assert_array_equal(path[:, :, 0], paths[:, :n, b])
        np.testing.assert_array_equal(score[:, 0], scores[:, b])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", CASES[:-1], ids=str)
def test_threads_and_repetition(
    case: Case, dtype: str, isa: str, num_threads: Callable[[int], None]
) -> None:
    data = draw(case, dtype)
    num_threads(1)
    alone, decoded = solve(native, data), native.crf_decode(*data.scores, 3)
    for threads in (1, 2, 3, 7):
        num_threads(threads)
        assert_same_bits(solve(native, data), alone)
        for got, want in zip(native.crf_decode(*data.scores, 3), decoded, strict=True):
            assert got.tobytes() == want.tobytes()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_same_bits_on_every_set_with_fma(case: Case, dtype: str, with_fma: list[str]) -> None:
    data, results = draw(case, dtype), []
    for name in with_fma:
        native.set_isa(name)
        results.append(solve(native, data))
    for other in results[1:]:
        assert_same_bits(other, results[0])


def far_apart(name: str, dtype: str) -> Data:
    """Scores of which products of exponentials would lose what counts."""
    T, C = 6, 9
    rng = np.random.default_rng(3)
    e, A = rng.standard_normal((T, 4, C)), rng.standard_normal((C, C))
    start, end = rng.standard_normal(C), rng.standard_normal(C)
    labels = rng.integers(0, C, (T, 4))
    if name == "large":
        e, A, start, end = 1e4 * e, 1e4 * A, 1e4 * start, 1e4 * end
    elif name == "shifted":
        e, A, start = e + 1e4, A - 1e4, start + 3e3
    elif name == "one path":  # all others are e^-1000 times as likely
        e[np.arange(T)[:, None], np.arange(4), labels] += 1000
    elif name == "only the unlikely goes on":  # what was best may not be left
        e[2, :, 0] += 500
        A[0], end[:3] = -INF, -INF
        labels[labels == 0] = 1
        labels[-1] = 5
    elif name == "a detour":  # each step is unlikely by itself, and there is no other
        A[:] = -900 + A
        A[np.arange(C), (np.arange(C) + 1) % C] += 300
        e[3] -= 400 * (np.arange(C) % 2)
    elif name == "a step back":  # likely from the right, impossible from the left
        A[:, 4] -= 200
        e[4, :, 4] += 150
        end[:] -= 300 * (np.arange(C) != 4)
    return Data(e, labels, A, start, end, np.array([6, 6, 4, 2]), rng.standard_normal(4)).astype(
        dtype
    )


FAR = ["large", "shifted", "one path", "only the unlikely goes on", "a detour", "a step back"]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", FAR)
def test_scores_far_apart(name: str, dtype: str, isa: str) -> None:
    data = far_apart(name, dtype)
    got, want = solve(native, data), solve(crf, data.astype("float64"))
    assert all(np.isfinite(array).all() for array in arrays(got))
    assert_close(got, want, data, 2 * np.finfo(dtype).eps)
    assert_forbidden_is_zero(got, data)


@pytest.mark.parametrize("name", FAR)
def test_scores_far_apart_by_hand(name: str) -> None:
    """The reference itself, over all paths of three labels."""
    data = far_apart(name, "float64")
    some = [0, 4, 5]
    e, A = data.emissions[..., some], data.transitions[np.ix_(some, some)]
    labels = np.searchsorted(some, np.where(np.isin(data.labels, some), data.labels, 5))
    small = data._replace(
        emissions=np.ascontiguousarray(e),
        transitions=np.ascontiguousarray(A),
        labels=labels,
        start=data.start[some],
        end=data.end[some],
    )
    assert_close(solve(crf, small), by_hand(small), small, 1e-14)


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_long_sequence(dtype: str, isa: str) -> None:
    """Nothing grows with the steps: after 20 000 the last marginals are as exact as the first."""
    data = draw(Case(20_000, 1, 3), dtype)
    got = native.crf_marginals(*data.scores)
    ends = data._replace(emissions=data.emissions[-200:].copy(), lengths=np.array([200]))
    want = crf.crf_marginals(*ends.astype("float64").scores)
    np.testing.assert_allclose(got[-100:], want[-100:], rtol=0, atol=20 * np.finfo(dtype).eps)
    # The best path of the numbers as they are, though the sum has more digits than float32.
    labels, _ = native.crf_decode(*data.scores)
    np.testing.assert_array_equal(labels, crf.crf_decode(*data.scores)[0])


@both
@pytest.mark.parametrize("dtype", FLOATS)
def test_no_allowed_path(dtype: str, kernels: Any) -> None:
    data = draw(Case(3, 2, 3), dtype)
    data.emissions[1, 0] = -INF  # the first sequence has none
    marginals = kernels.crf_marginals(*data.scores)
    assert (marginals[:, 0] == 0).all()
    np.testing.assert_allclose(marginals[:, 1].sum(axis=1), 1, rtol=1e-6)
    labels, scores = kernels.crf_decode(*data.scores, 2)
    assert (labels[:, :, 0] == -1).all()
    assert (scores[:, 0] == -INF).all()
    with pytest.raises(ValueError, match=r"labels: expected a path .* in sequence 0 \(forbidden"):
        kernels.crf_log_likelihood(*data[:6])


@both
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("where", ["emissions", "transitions", "start", "end"])
@pytest.mark.parametrize("value", [np.nan, INF])
def test_what_is_not_finite_shows(dtype: str, where: str, value: float, kernels: Any) -> None:
    """NaN and infinity come out as NaN, in the sequences that meet them; decoding still ends."""
    data = draw(Case(5, 3, 4, (5, 2, 5)), dtype)
    array = getattr(data, where)
    array[(1, 2, 3) if where == "emissions" else (1,) * array.ndim] = value
    with np.errstate(invalid="ignore"):
        answer = solve(kernels, data)
        labels, scores = kernels.crf_decode(*data.scores, 3)
    touched = [2] if where == "emissions" else [0, 1, 2]
    assert np.isnan(answer.log_likelihood[touched]).all()
    assert np.isfinite(np.delete(answer.log_likelihood, touched)).all()
    assert np.isnan(answer.marginals[0, touched]).any()
    assert ((labels >= -1) & (labels < 4)).all()
    assert not np.isfinite(scores[0, touched]).any()


@pytest.mark.parametrize("dtype", FLOATS)
def test_hard_numbers_have_one_answer(dtype: str, with_fma: list[str]) -> None:
    """Zeros of either sign, denormals, the largest, infinities and NaN: alike on every set."""
    rng = np.random.default_rng(0)
    info = np.finfo(dtype)
    hard = np.array([0.0, -0.0, info.tiny / 4, info.tiny, info.max, -info.max, INF, -INF, np.nan])
    for trial in range(40):
        data = draw(Case(6, 3, 11, (6, 4, 6)), dtype)
        for array in (data.emissions, data.transitions, data.start, data.end, data.dy):
            count = rng.integers(0, 3) if trial % 2 else array.size // 2
            values = hard[: 4 if count > 3 else None]
            array.reshape(-1)[rng.integers(0, array.size, count)] = rng.choice(values, count)
        results = []
        for name in with_fma:
            native.set_isa(name)
            alphas = np.zeros_like(data.emissions)
            answer = native.crf_gradient(*data[:6], alphas, data.dy)
            found = [*answer, native.crf_marginals(*data.scores)]
            found += native.crf_decode(*data.scores, 2)
            results.append([np.where(np.isnan(a), np.nan, a).tobytes() for a in found])
        assert all(other == results[0] for other in results)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 7),
    st.integers(0, 9),
    st.integers(1, 40),
    st.booleans(),
    st.sampled_from(FLOATS),
    st.data(),
)
def test_any_shape(
    T: int, B: int, C: int, forbidden: bool, dtype: str, more: st.DataObject
) -> None:
    lengths = more.draw(st.lists(st.integers(0, T), min_size=B, max_size=B))
    data = draw(Case(T, B, C, tuple(lengths), forbidden), dtype)
    want = solve(crf, data.astype("float64"))
    assert_close(solve(native, data), want, data, 4 * np.finfo(dtype).eps)
    best = more.draw(st.integers(1, 4))
    for got, other in zip(
        native.crf_decode(*data.scores, best), crf.crf_decode(*data.scores, best), strict=True
    ):
        np.testing.assert_array_equal(got, other)


REFUSED = [
    ({"emissions": np.zeros((4, 3), "f4")}, ValueError, r"emissions: .*3 axes \(T, B, C\)"),
    ({"emissions": np.zeros((4, 3, 0), "f4")}, ValueError, "emissions: .* C at least 1; got"),
    ({"emissions": np.zeros((4, 3, 2), "i4")}, TypeError, "emissions: expected dtype float32 or"),
    ({"emissions": [1]}, TypeError, "emissions: expected an array; got list"),
    ({"emissions": np.zeros((3, 4, 2), "f4").swapaxes(0, 1)}, ValueError, "emissions: .* C-cont"),
    ({"transitions": np.zeros((2, 2))}, TypeError, "transitions: expected dtype float32; got"),
    ({"transitions": np.zeros((3, 3), "f4")}, ValueError, r"transitions: .* \(2, 2\); got \(3,"),
    ({"start": np.zeros(3, "f4")}, ValueError, r"start: expected shape \(C,\) = \(2,\)"),
    ({"end": None}, TypeError, r"end: expected an array \(C,\); got NoneType"),
    ({"lengths": np.array([1, 2])}, ValueError, r"lengths: expected shape \(B,\) = \(3,\)"),
    ({"lengths": np.array([1, 5, 2])}, ValueError, "lengths: .* T = 4; got 5 at row 1"),
    ({"lengths": np.array([1.0, 2, 3])}, TypeError, "lengths: expected dtype int64"),
    ({"labels": np.zeros((3, 4), int)}, ValueError, r"labels: expected shape \(T, B\) = \(4, 3\)"),
    ({"labels": np.zeros((4, 3))}, TypeError, "labels: expected dtype int64"),
    ({"labels": np.full((4, 3), 2)}, ValueError, "labels: .* C - 1 = 1; got 2 at step 0 of seq"),
    ({"labels": np.full((4, 3), -1)}, ValueError, "labels: .* got -1 at step 0 of sequence 0"),
    (
        {"transitions": np.full((2, 2), -INF, "f4")},
        ValueError,
        r"labels: .* in sequence 0 \(forbidden: 0 to 0 at step 1\)",
    ),
    (
        {"start": np.array([-INF, 0], "f4")},
        ValueError,
        r"labels: .* in sequence 0 \(forbidden: to start with 0\)",
    ),
    (
        {"end": np.array([-INF, 0], "f4"), "lengths": np.array([0, 0, 2])},
        ValueError,
        r"labels: .* in sequence 2 \(forbidden: to end with 0\)",
    ),
]
RIGHT = {
    "emissions": np.zeros((4, 3, 2), "f4"),
    "labels": np.zeros((4, 3), int),
    "transitions": np.zeros((2, 2), "f4"),
    "start": np.zeros(2, "f4"),
    "end": np.zeros(2, "f4"),
    "lengths": np.array([4, 0, 2]),
}


@both
@pytest.mark.parametrize(("wrong", "error", "message"), REFUSED)
def test_refusals(
    wrong: dict[str, Any], error: type[Exception], message: str, kernels: Any
) -> None:
    kernels.crf_log_likelihood(**RIGHT)
    with pytest.raises(error, match=message):
        kernels.crf_log_likelihood(**(RIGHT | wrong))
    if "labels" not in message:
        scores = {name: value for name, value in (RIGHT | wrong).items() if name != "labels"}
        for function in (kernels.crf_marginals, kernels.crf_decode):
            with pytest.raises(error, match=message):
                function(**scores)


@both
@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"dy": np.zeros(2, "f4")}, ValueError, r"dy: expected shape \(B,\) = \(3,\)"),
        ({"dy": np.zeros(3)}, TypeError, "dy: expected dtype float32"),
        ({"alphas": np.zeros((4, 3, 3), "f4")}, ValueError, r"alphas: .* \(4, 3, 2\); got"),
    ],
)
def test_upstream_refusals(
    wrong: dict[str, Any], error: type[Exception], message: str, kernels: Any
) -> None:
    upstream = {"alphas": np.zeros((4, 3, 2), "f4"), "dy": np.zeros(3, "f4")}
    kernels.crf_gradient(**RIGHT, **upstream)
    with pytest.raises(error, match=message):
        kernels.crf_gradient(**RIGHT, **(upstream | wrong))


@both
@pytest.mark.parametrize(
    ("best", "error"), [(0, ValueError), (-1, ValueError), (1 << 40, ValueError), (2.0, TypeError)]
)
def test_how_many_paths(best: Any, error: type[Exception], kernels: Any) -> None:
    scores = {name: value for name, value in RIGHT.items() if name != "labels"}
    with pytest.raises(error, match="best: expected"):
        kernels.crf_decode(**scores, best=best)


@pytest.mark.torch
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", [c for c in CASES if c.T and c.B and c.T < 500], ids=str)
def test_torch(case: Case, dtype: str, isa: str) -> None:
    """The forward algorithm step by step, and what torch's own differentiation makes of it."""
    torch = pytest.importorskip("torch")
    data = draw(case, dtype)
    got = solve(native, data)
    leaves = [
        torch.tensor(np.nan_to_num(a, nan=0.0, neginf=-INF).astype("f8"), requires_grad=True)
        for a in (data.emissions, data.transitions, data.start, data.end)
    ]
    e, A, start, end = leaves
    total = torch.zeros((), dtype=torch.float64)
    for b, n in enumerate(data.lengths):
        if n == 0:
            continue
        y = torch.tensor(data.labels[:n, b])
        alpha, score = start + e[0, b], start[y[0]] + e[0, b, y[0]] + end[y[-1]]
        for t in range(1, n):
            # -1e9 for minus infinity, of whose logarithm torch would give NaN
            pairs = torch.clamp(alpha, min=-1e9)[:, None] + torch.clamp(A, min=-1e9)
            alpha = e[t, b] + torch.logsumexp(pairs, dim=0)
            score = score + A[y[t - 1], y[t]] + e[t, b, y[t]]
        likelihood = score - torch.logsumexp(torch.clamp(alpha + end, min=-2e9), dim=0)
        assert got.log_likelihood[b] == pytest.approx(
            likelihood.item(), rel=1e-3 if dtype == "float32" else 1e-11, abs=1e-3
        )
        total = total + float(data.dy[b]) * likelihood
    if total.requires_grad:
        total.backward()
    gradients = [0 * leaf.detach() if leaf.grad is None else leaf.grad for leaf in leaves]
    want = Answer(got.log_likelihood, tuple(g.numpy() for g in gradients), got.marginals)
    assert_close(got, want, data, 4 * np.finfo(dtype).eps)


@pytest.mark.torch
@pytest.mark.parametrize("best_of", [Case(20, 8, 9, tuple(range(20, 4, -2))), Case(7, 3, 30)])
def test_pytorch_crf(best_of: Case) -> None:
    """The package that most taggers use: ln p, every gradient, Viterbi's labels."""
    torch = pytest.importorskip("torch")
    torchcrf = pytest.importorskip("torchcrf")
    data = draw(best_of, "float64")._replace(dy=np.ones(best_of.B))
    theirs = torchcrf.CRF(best_of.C).double()
    for name in ("transitions", "start", "end"):
        long = name if name == "transitions" else f"{name}_transitions"
        getattr(theirs, long).data = torch.tensor(getattr(data, name))
    e = torch.tensor(np.nan_to_num(data.emissions), requires_grad=True)
    mask = torch.tensor(np.arange(best_of.T)[:, None] < data.lengths)
    labels = torch.tensor(np.maximum(data.labels, 0))
    likelihood = theirs(e, labels, mask=mask, reduction="none")
    likelihood.sum().backward()
    got = solve(native, data)
    want = [theirs.transitions, theirs.start_transitions, theirs.end_transitions]
    np.testing.assert_allclose(got.log_likelihood, likelihood.detach().numpy(), rtol=1e-11)
    for one, other in zip(got.gradients, [e, *want], strict=True):
        np.testing.assert_allclose(one, other.grad.numpy(), rtol=0, atol=1e-11)
    paths, _ = native.crf_decode(*data.scores)
    for b, path in enumerate(theirs.decode(e, mask=mask)):
        assert paths[0, : data.lengths[b], b].tolist() == path
