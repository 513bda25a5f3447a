"""Linear-chain conditional random fields: Lafferty et al. 2001; with start and end scores as in
Lample et al. 2016. The equations stand in ``kernels.crf``.

Letters: T time, B batch, C labels, K paths.
"""

from __future__ import annotations

from pyrnn.autograd import Context, Function, Tensor
from pyrnn.autograd.operands import Operand, as_array, as_integers, common, floating
from pyrnn.functional.lengths import all_lengths
from pyrnn.kernels import native
from pyrnn.kernels.arrays import Array
from pyrnn.kernels.native import plain
from pyrnn.kernels.scalars import integer


class CrfLogLikelihood(Function):
    """ln p(y), and its gradient: what y has less what all paths have in the mean."""

    @staticmethod
    def forward(
        ctx: Context,
        emissions: Array,
        transitions: Array,
        start: Array,
        end: Array,
        labels: Array,
        lengths: Array,
    ) -> Array:
        given = emissions, labels, transitions, start, end, lengths
        e, y, A, first, last, known = (plain(array) for array in given)
        log_likelihood, alphas = native.crf_log_likelihood(e, y, A, first, last, known)
        ctx.save(e, y, A, first, last, known, alphas)
        return log_likelihood

    @staticmethod
    def backward(ctx: Context, dy: Array) -> tuple[Array, Array, Array, Array]:
        e, y, A, first, last, known, alphas = ctx.saved
        return native.crf_gradient(e, y, A, first, last, known, alphas, plain(dy))


def crf_log_likelihood(
    emissions: Operand,
    labels: Operand,
    transitions: Operand,
    start: Operand,
    end: Operand,
    lengths: Operand | None = None,
) -> Tensor:
    """ln p(y | x), in nats, of the labels of each sequence: (B,).

    ::

        score(y) = start[y_0] + sum over t of e_t[y_t] + sum over t > 0 of A[y_{t-1}, y_t]
                   + end[y_{N-1}]
        ln p(y)  = score(y) - ln sum over all paths of exp score

    the linear-chain conditional random field of Lafferty, McCallum and Pereira 2001 (ICML) in the
    form of Lample et al. 2016 (NAACL), by the forward algorithm. The loss of a batch is
    ``-crf_log_likelihood(...).sum()``.

    Letters: T time, B batch, C labels. emissions e: (T, B, C). labels y: integers (T, B), each in
    [0, C). transitions A: (C, C), from a row to a column. start, end: (C,). lengths N: (B,)
    integers from 0 to T, None for T. Emissions and labels past a length are not read, and have
    gradients of exactly 0; a sequence of length 0 gives 0. A score of minus infinity forbids a
    label or a transition: its gradient is exactly 0.

    TypeError, ValueError: an argument of another kind or shape, or labels that are forbidden; the
    message names it.

    >>> e = [[[1.0, 0.0]], [[0.0, 2.0]]]  # T = 2, B = 1, C = 2
    >>> crf_log_likelihood(e, [[0], [1]], [[0.5, -1], [0, 1]], [0, 0.5], [0, -1]).numpy().round(4)
    array([-2.046], dtype=float32)
    """
    scores = _scores(emissions, transitions, start, end)
    steps, batch, _ = scores[0].shape
    y = as_integers(labels, "labels")
    if y.shape != (steps, batch):
        raise ValueError(f"labels: expected shape (T, B) = ({steps}, {batch}); got {y.shape}")
    result: Tensor = CrfLogLikelihood.apply(
        *scores, labels=y, lengths=all_lengths(lengths, steps, batch)
    )
    return result


def crf_marginals(
    emissions: Operand,
    transitions: Operand,
    start: Operand,
    end: Operand,
    lengths: Operand | None = None,
) -> Array:
    """p(y_t = j | x), the share of all paths that have label j at step t: an array (T, B, C).

    Arguments as in `crf_log_likelihood`. Without a gradient. Those of a step add up to 1; they are
    exactly 0 for what is forbidden, past a length, and where no path is allowed.

    TypeError, ValueError: an argument of another kind or shape; the message names it.

    >>> e = [[[1.0, 0.0]], [[0.0, 2.0]]]
    >>> crf_marginals(e, [[0.5, -1], [0, 1]], [0, 0.5], [0, -1])[:, 0].round(4)
    array([[0.3423, 0.6577],
           [0.2915, 0.7085]], dtype=float32)
    """
    return native.crf_marginals(*_arrays(emissions, transitions, start, end, lengths))


def crf_decode(
    emissions: Operand,
    transitions: Operand,
    start: Operand,
    end: Operand,
    lengths: Operand | None = None,
    best: int | None = None,
) -> tuple[Array, Array]:
    """The labels of highest score of each sequence, by Viterbi's algorithm: int64 (T, B), and their
    scores (B,); of ``best=K`` paths, 256 at most, (K, T, B) and (K, B), the best first, none twice.

    Other arguments as in `crf_log_likelihood`. Without a gradient. Scores are added in float64. Of
    equal ones that path comes first whose last label is lower; then the label before it counts,
    and so on. Past a length labels are -1. Where there are fewer than K allowed paths, the labels
    of the others are -1 and their scores minus infinity. The path of a sequence of length 0 is
    empty and has the score 0.

    TypeError, ValueError: an argument of another kind or shape; the message names it.

    >>> e = [[[1.0, 0.0]], [[0.0, 2.0]]]
    >>> labels, scores = crf_decode(e, [[0.5, -1], [0, 1]], [0, 0.5], [0, -1])
    >>> labels[:, 0].tolist(), scores.tolist()
    ([1, 1], [2.5])
    """
    places = 1 if best is None else integer("best", best, least=1)
    e, A, first, last, known = _arrays(emissions, transitions, start, end, lengths)
    labels, scores = native.crf_decode(e, A, first, last, known, places)
    return (labels[0], scores[0]) if best is None else (labels, scores)


def _scores(
    emissions: Operand, transitions: Operand, start: Operand, end: Operand
) -> list[Tensor | Array]:
    """All in one dtype."""
    scores = [floating(scores) for scores in common(emissions, transitions, start, end)]
    if scores[0].ndim != 3:
        raise ValueError(f"emissions: expected shape (T, B, C); got {scores[0].shape}")
    return scores


def _arrays(
    emissions: Operand,
    transitions: Operand,
    start: Operand,
    end: Operand,
    lengths: Operand | None,
) -> tuple[Array, Array, Array, Array, Array]:
    """What the kernels read."""
    scores = _scores(emissions, transitions, start, end)
    e, A, first, last = (plain(as_array(array)) for array in scores)
    return e, A, first, last, plain(all_lengths(lengths, *e.shape[:2]))
