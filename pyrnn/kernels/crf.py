"""The linear-chain conditional random field, in plain NumPy: what `native` must match.

    score(y) = start[y_0] + sum over t < N of e_t[y_t] + sum over 0 < t < N of A[y_{t-1}, y_t]
               + end[y_{N-1}]
    p(y)     = exp score(y) / Z,   Z = sum over all y of exp score(y)

of a path y of labels for a sequence of N steps: Lafferty, McCallum and Pereira 2001 (ICML); with
start and end as in Lample et al. 2016 (NAACL). The forward algorithm gives ln Z:

    a_0 = start + e_0,   a_t[j] = e_t[j] + ln sum_i exp(a_{t-1}[i] + A[i, j]),
    ln Z = ln sum_j exp(a_{N-1}[j] + end[j])

the backward algorithm what follows a step, r, and with it the marginals m and those of pairs:

    r_{N-1} = end,   r_t[i] = ln sum_j exp(A[i, j] + e_{t+1}[j] + r_{t+1}[j]),
    m_t[j] = p(y_t = j) = exp(a_t[j] + r_t[j] - ln Z)
    p(y_{t-1} = i, y_t = j) = exp(a_{t-1}[i] + A[i, j] + e_t[j] + r_t[j] - ln Z)

A score of minus infinity forbids what it stands for. The empty path of a sequence without steps
has the score 0 and the probability 1.

Letters: T time, B batch, C labels, K paths. emissions e (T, B, C); labels y (T, B) int64;
transitions A (C, C), from a row to a column; start (C,), end (C,); lengths N (B,) int64. Emissions
and labels past a length are not read. All is computed in float64, and rounded at the end.
"""

from __future__ import annotations

import numpy as np

from pyrnn.kernels import crf_preconditions
from pyrnn.kernels.stack import Array


def crf_log_likelihood(
    emissions: Array, labels: Array, transitions: Array, start: Array, end: Array, lengths: Array
) -> tuple[Array, Array]:
    """ln p(y) (B,), and what `crf_gradient` goes on from: a_t - max a_t, (T, B, C).

    Arrays are C-contiguous, all float32 or all float64. Errors: see `crf_preconditions`; a path
    that is forbidden is one.
    """
    crf_preconditions.check_crf(emissions, transitions, start, end, lengths)
    crf_preconditions.check_labels(labels, emissions, lengths)
    A, first, last = _wide(transitions, start, end)
    log_likelihood = np.zeros(len(lengths))
    alphas = np.zeros(emissions.shape)
    for b, e in _sequences(emissions, lengths):
        y = labels[: len(e), b]
        score = first[y[0]] + e[0, y[0]]
        for t in range(1, len(e)):
            score += A[y[t - 1], y[t]] + e[t, y[t]]
        a, log_Z = _forward(e, A, first, last)
        alphas[: len(e), b] = a
        score += last[y[-1]]
        # What is above 0 is rounding.
        log_likelihood[b] = score if score == -np.inf else min(score - log_Z, 0.0)
    dtype = emissions.dtype
    crf_preconditions.refuse_forbidden(
        log_likelihood, emissions, labels, transitions, start, end, lengths
    )
    return log_likelihood.astype(dtype), alphas.astype(dtype)


def crf_gradient(
    emissions: Array,
    labels: Array,
    transitions: Array,
    start: Array,
    end: Array,
    lengths: Array,
    alphas: Array,
    dy: Array,
) -> tuple[Array, Array, Array, Array]:
    """demissions, dtransitions, dstart and dend, where dy (B,) is the gradient of each ln p(y):

        d ln p(y) = what y has - what all paths have in the mean

    Each is exactly 0 where a score is minus infinity, and past a length. ``alphas``: of
    `crf_log_likelihood`. Errors: see `crf_preconditions`.
    """
    crf_preconditions.check_crf(emissions, transitions, start, end, lengths)
    crf_preconditions.check_labels(labels, emissions, lengths)
    crf_preconditions.check_upstream(alphas, dy, emissions)
    A, last = _wide(transitions, end)
    demissions, dA = np.zeros(emissions.shape), np.zeros(A.shape)
    dstart, dend = np.zeros(len(A)), np.zeros(len(A))
    for b, e in _sequences(emissions, lengths):
        y = labels[: len(e), b]
        a = alphas[: len(e), b].astype(np.float64)
        r = _backward(e, A, last)
        d = np.eye(len(A))[y] - _softmax(a + r)
        demissions[: len(e), b] = dy[b] * d
        for t in range(1, len(e)):
            dA[y[t - 1], y[t]] += dy[b]
            dA -= dy[b] * _softmax((a[t - 1][:, None] + A + e[t] + r[t]).reshape(-1)).reshape(
                A.shape
            )
        dstart += dy[b] * d[0]
        dend += dy[b] * d[-1]
    dtype = emissions.dtype
    return demissions.astype(dtype), dA.astype(dtype), dstart.astype(dtype), dend.astype(dtype)


def crf_marginals(
    emissions: Array, transitions: Array, start: Array, end: Array, lengths: Array
) -> Array:
    """m (T, B, C): 0 past a length, and where no path is allowed. Errors: see
    `crf_preconditions`."""
    crf_preconditions.check_crf(emissions, transitions, start, end, lengths)
    A, first, last = _wide(transitions, start, end)
    marginals = np.zeros(emissions.shape)
    for b, e in _sequences(emissions, lengths):
        a, _ = _forward(e, A, first, last)
        marginals[: len(e), b] = _softmax(a + _backward(e, A, last))
    return marginals.astype(emissions.dtype)


def crf_decode(
    emissions: Array, transitions: Array, start: Array, end: Array, lengths: Array, best: int = 1
) -> tuple[Array, Array]:
    """The K = ``best`` paths of highest score, best first: labels (K, T, B) and scores (K, B).

    Viterbi's algorithm with K places for each label. Of equal scores that one comes first whose
    last label is lower; then the one before it counts, and so on. NaN is larger than any number.
    Past a length, and where there are fewer than K allowed paths, labels are -1; the scores of
    paths that there are not are minus infinity. Errors: see `crf_preconditions`.
    """
    crf_preconditions.check_crf(emissions, transitions, start, end, lengths)
    crf_preconditions.check_best(best, emissions)
    A, first, last = _wide(transitions, start, end)
    T, B, C = emissions.shape
    paths = np.full((best, T, B), -1, np.int64)
    scores = np.full((best, B), -np.inf)
    scores[0, lengths == 0] = 0
    for b, e in _sequences(emissions, lengths):
        v = np.full((C, best), -np.inf)  # the scores that end in each label, the best first
        v[:, 0] = _after(first, e[0])
        came = []  # from which of the C K places
        for t in range(1, len(e)):
            v, places = _best(_after(v[..., None], A[:, None]).reshape(-1, C).T, best)
            v = _after(v, e[t][:, None])
            came.append(places)
        found, places = _best(_after(v, last[:, None]).reshape(1, -1), best)
        for k in np.flatnonzero(~np.isneginf(found[0])):
            place = places[0, k]
            for t in range(len(e) - 1, -1, -1):
                paths[k, t, b] = place // best
                place = came[t - 1][place // best, place % best] if t else -1
        scores[:, b] = found[0]
    return paths, scores.astype(emissions.dtype)


def _wide(*arrays: Array) -> list[Array]:
    return [array.astype(np.float64) for array in arrays]


def _sequences(emissions: Array, lengths: Array) -> list[tuple[int, Array]]:
    """(b, e (N, C) in float64) of each sequence that has steps."""
    return [
        (b, emissions[:n, b].astype(np.float64)) for b, n in enumerate(lengths.tolist()) if n > 0
    ]


def _forward(e: Array, A: Array, start: Array, end: Array) -> tuple[Array, float]:
    """a_t - max a_t for all t, (N, C), and ln Z."""
    alphas: list[Array] = []
    offset = 0.0
    for t in range(len(e)):
        a = e[t] + (start if t == 0 else _logsumexp(alphas[-1][:, None] + A))
        largest = _largest(a)
        offset += largest
        alphas.append(a - largest)
    return np.array(alphas), offset + float(_logsumexp(alphas[-1] + end))


def _backward(e: Array, A: Array, end: Array) -> Array:
    """r_t less a number that depends on t, (N, C)."""
    rest = [end]
    for t in range(len(e) - 1, 0, -1):
        r = _logsumexp((A + e[t] + rest[-1]).T)
        rest.append(r - _largest(r))
    return np.array(rest[::-1])


def _largest(x: Array) -> float:
    """max x, but 0 where that is minus infinity."""
    largest = float(x.max())
    return 0.0 if largest == -np.inf else largest


def _logsumexp(x: Array) -> Array:
    """ln sum exp x along the first axis."""
    largest = x.max(axis=0)
    with np.errstate(divide="ignore"):
        shift = np.where(np.isneginf(largest), 0, largest)
        return shift + np.log(np.exp(x - shift).sum(axis=0))


def _softmax(x: Array) -> Array:
    """e^x / sum e^x along the last axis; 0 where all x are minus infinity."""
    largest = x.max(axis=-1, keepdims=True)
    y = np.exp(x - np.where(np.isneginf(largest), 0, largest))
    total = y.sum(axis=-1, keepdims=True)
    return y / np.where(total == 0, 1, total)


def _after(v: Array, scores: Array) -> Array:
    """v + scores, but minus infinity, which is no path, stays that whatever comes."""
    with np.errstate(invalid="ignore"):  # of infinite scores
        return np.where(np.isneginf(v), -np.inf, v + scores)


def _best(candidates: Array, best: int) -> tuple[Array, Array]:
    """Of each row the largest numbers, falling, and their places: (rows, best) both.

    Equal ones in the order of their places; NaN before all.
    """
    order = np.lexsort((-candidates, ~np.isnan(candidates)), axis=-1)[:, :best]
    found = np.full((len(candidates), best), -np.inf)
    places = np.full(found.shape, -1)
    found[:, : order.shape[1]] = np.take_along_axis(candidates, order, axis=-1)
    places[:, : order.shape[1]] = order
    return found, places
