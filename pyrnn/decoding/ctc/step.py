"""One frame of a prefix beam search, for N sequences at once: arrays in, arrays out.

For a prefix y (symbols without blanks) there are, over all paths that spell it so far,

    b(y)    ln p of those that end in a blank
    l(y)    ln p of those that end in the last symbol of y
    t(y)    ln (e^b(y) + e^l(y)),  all of them

and with the ln p of a frame, p(c) for each symbol c and p(blank) (Graves 2012, Supervised sequence
labelling, 7.5.3; Hannun et al. 2014, arXiv 1408.2873):

    b'(y)   = t(y) + p(blank)
    l'(y c) = ln (e^l(y c) + e^a(y c)) + p(c),   a(y c) = b(y) if y ends in c, else t(y)

a is what arrives from y; where y is not followed any more it is 0 paths, minus infinity.

Beside these sums stand the likeliest paths among those of b and of l, with max in place of sums,
and where in the frames the symbols begin on them: that of y c in this frame where what arrives from
y is likelier than l(y c); of equal paths the one that began earlier is taken.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pyrnn.decoding.ctc.tree import NOTHING
from pyrnn.kernels.native import largest


class Slots(NamedTuple):
    """At most W prefixes of each of N sequences, the best in the first slot.

    blank, label: float64 (N, W), b and l above. score: float64 (N, W), what they are ranked by;
        minus infinity, as b and l, where a slot is empty.
    prior: float64 (N, W), what the score has beyond t: of a language, for symbols.
    last: int64 (N, W), the last symbol of each, the blank where it has none.
    best_blank, best_label: float64 (N, W), ln p of the likeliest paths of b and l; at_blank,
        at_label: int64 (N, W), their alignments, nodes of `Alignments`.
    """

    blank: np.ndarray
    label: np.ndarray
    score: np.ndarray
    prior: np.ndarray
    last: np.ndarray
    best_blank: np.ndarray
    best_label: np.ndarray
    at_blank: np.ndarray
    at_label: np.ndarray

    @property
    def at(self) -> np.ndarray:
        """The alignments of the likeliest paths, int64 (N, W)."""
        return np.where(self.best_blank >= self.best_label, self.at_blank, self.at_label)


EMPTY = (-np.inf, -np.inf, -np.inf, 0.0, 0, -np.inf, -np.inf, NOTHING, NOTHING)  # of Slots


class Moves(NamedTuple):
    """Where the prefixes of the next frame came from.

    sources: int64 (N, W), the slots before. grown: bool (N, W), whether a symbol was appended.
    begins: bool (N, W), whether the last symbol begins in this frame, behind the alignments
    behind, int64 (N, W); at_label, and at_blank of those that have grown, are still to be set.
    """

    sources: np.ndarray
    grown: np.ndarray
    begins: np.ndarray
    behind: np.ndarray


class _Stays(NamedTuple):
    """What becomes of prefixes that stay as they are, (N, W) all.

    blank, label: b' and l'. followed: bool, whether the prefix without the last symbol is in a
    slot. behind: int64, the place in `sums` of what arrives from that one.
    sums: float64 (2 N, W), what a symbol may come behind: b of a prefix, and n W further on its t.
    """

    blank: np.ndarray
    label: np.ndarray
    followed: np.ndarray
    behind: np.ndarray
    sums: np.ndarray


def advance(
    log_p: np.ndarray, slots: Slots, parents: np.ndarray, gains: np.ndarray | None, blank: int
) -> tuple[Slots, Moves]:
    """Take in a frame: the best W of all prefixes that stay or grow, and where they came from.

    log_p: float64 (N, C). parents: int64 (N, W), the slot of each prefix without its last symbol,
        -1 where it is in none. gains: what `prior` gains by a symbol, finite, float64 (N, W, C) or
        such that broadcasts to it; None: nothing.
    The best come first; of equal scores those that stay, then those that grow, in the order of
    their slots, and of one slot by their symbols.
    """
    n, width = slots.blank.shape
    count = log_p.shape[1]  # C
    rows = np.arange(n)[:, None]  # (N, 1)
    stays = _stays(log_p, slots, parents, blank)
    chosen, score = largest(_scores(log_p, slots, stays, parents, gains, blank), width)  # (N, W)
    grown = chosen >= width
    source, symbol = np.divmod(np.where(grown, chosen - width, chosen * count), count)
    place = rows * width + source
    last = slots.last.take(place)
    growing = place + np.where(symbol == last, 0, n * width)
    last = np.where(grown, symbol, last)
    p_last = log_p.take(rows * count + last)
    behind = np.where(grown, growing, stays.behind.take(place))

    best, at = np.maximum(slots.best_blank, slots.best_label), slots.at  # (N, W)
    arriving = np.concatenate([slots.best_blank, best]).take(behind)
    staying = np.where(grown, -np.inf, slots.best_label.take(place))
    begins = (grown | stays.followed.take(place)) & (arriving > staying)
    prior = slots.prior.take(place)
    if gains is not None:
        gained = np.broadcast_to(gains, (n, width, count))[rows, source, symbol]
        prior = prior + np.where(grown, gained, 0.0)
    after = Slots(
        blank=np.where(grown, -np.inf, stays.blank.take(place)),
        label=np.where(grown, stays.sums.take(behind) + p_last, stays.label.take(place)),
        score=score,
        prior=prior,
        last=last,
        best_blank=np.where(grown, -np.inf, best.take(place) + log_p[:, blank, None]),
        best_label=np.where(begins, arriving, staying) + p_last,
        at_blank=at.take(place),
        at_label=slots.at_label.take(place),
    )
    empty = score == -np.inf
    if empty.any():
        begins &= ~empty
        for part, value in zip(after, EMPTY, strict=True):
            part[empty] = value
    return after, Moves(source, grown, begins, np.concatenate([slots.at_blank, at]).take(behind))


def _stays(log_p: np.ndarray, slots: Slots, parents: np.ndarray, blank: int) -> _Stays:
    """What becomes of prefixes that stay."""
    n, width = slots.blank.shape
    rows = np.arange(n)[:, None]
    total = np.logaddexp(slots.blank, slots.label)  # (N, W)
    sums = np.concatenate([slots.blank, total])
    followed = parents >= 0
    parent = rows * width + np.where(followed, parents, 0)
    behind = parent + np.where(slots.last.take(parent) == slots.last, 0, n * width)
    arriving = np.where(followed, sums.take(behind), -np.inf)
    p_last = log_p.take(rows * log_p.shape[1] + slots.last)  # the blank's where l is 0
    label = np.logaddexp(slots.label, arriving) + p_last
    return _Stays(total + log_p[:, blank, None], label, followed, behind, sums)


def _scores(
    log_p: np.ndarray,
    slots: Slots,
    stays: _Stays,
    parents: np.ndarray,
    gains: np.ndarray | None,
    blank: int,
) -> np.ndarray:
    """Those of all prefixes of the next frame, (N, W + W C): those that stay, those that grow."""
    n, width = slots.blank.shape
    count, rows, columns = log_p.shape[1], np.arange(n)[:, None], np.arange(width)
    table = np.empty((n, width * (1 + count)))
    np.add(np.logaddexp(stays.blank, stays.label), slots.prior, out=table[:, :width])
    grow = table[:, width:].reshape(n, width, count)  # a view
    np.add(stays.sums[n:, :, None], log_p[:, None, :], out=grow)
    grow[rows, columns, slots.last] = slots.blank + log_p.take(rows * count + slots.last)
    grow[:, :, blank] = -np.inf
    row, child = stays.followed.nonzero()
    grow[row, parents[row, child], slots.last[row, child]] = -np.inf  # they are there, and stay
    if gains is not None:
        grow += slots.prior[:, :, None] + gains
    return table
