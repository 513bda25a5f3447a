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
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pyrnn.kernels.native import largest


class Slots(NamedTuple):
    """At most W prefixes of each of N sequences, the best in the first slot.

    blank, label: float64 (N, W), b and l above. score: float64 (N, W), what they are ranked by;
        minus infinity, as b and l, where a slot is empty.
    prior: float64 (N, W), what the score has beyond t: of a language, for symbols.
    last: int64 (N, W), the last symbol of each, the blank where it has none.
    """

    blank: np.ndarray
    label: np.ndarray
    score: np.ndarray
    prior: np.ndarray
    last: np.ndarray


class Moves(NamedTuple):
    """Where the prefixes of the next frame came from.

    sources: int64 (N, W), the slots before. grown: bool (N, W), whether a symbol was appended.
    arrived: float64 (N, W), a + p(c) of the prefix.
    """

    sources: np.ndarray
    grown: np.ndarray
    arrived: np.ndarray


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
    first = (np.arange(n) * width)[:, None]  # (N, 1) of each sequence in flat arrays
    frame = (np.arange(n) * count)[:, None]
    total = np.logaddexp(slots.blank, slots.label)  # (N, W)
    p_last = log_p.take(frame + slots.last)  # that of the blank where there is no symbol: l is 0
    p_blank = log_p[:, blank, None]  # (N, 1)

    followed = parents >= 0
    parent = first + np.where(followed, parents, 0)
    repeats = slots.last.take(parent) == slots.last
    arriving = np.where(repeats, slots.blank.take(parent), total.take(parent))
    arrived = np.where(followed, arriving, -np.inf) + p_last
    stay_blank = total + p_blank
    stay_label = np.logaddexp(slots.label + p_last, arrived)

    table = np.empty((n, width * (1 + count)))
    np.add(np.logaddexp(stay_blank, stay_label), slots.prior, out=table[:, :width])
    grow = table[:, width:].reshape(n, width, count)  # a view
    np.add(total[:, :, None], log_p[:, None, :], out=grow)
    sequence, slot = np.arange(n)[:, None], np.arange(width)
    grow[sequence, slot, slots.last] = slots.blank + p_last
    grow[:, :, blank] = -np.inf
    there, child = followed.nonzero()
    grow[there, parents[there, child], slots.last[there, child]] = -np.inf  # they stay
    if gains is not None:
        grow += slots.prior[:, :, None] + gains

    chosen, score = largest(table, width)  # (N, W)
    grown = chosen >= width
    source, symbol = np.divmod(np.where(grown, chosen - width, chosen * count), count)
    place = first + source
    last = np.where(grown, symbol, slots.last.take(place))
    repeats = symbol == slots.last.take(place)
    label = np.where(repeats, slots.blank.take(place), total.take(place)) + log_p.take(
        frame + symbol
    )
    empty = score == -np.inf
    prior = slots.prior.take(place)
    if gains is not None:
        gained = np.broadcast_to(gains, grow.shape)[sequence, source, symbol]
        prior = prior + np.where(grown, gained, 0.0)
    after = Slots(
        np.where(grown | empty, -np.inf, stay_blank.take(place)),
        np.where(empty, -np.inf, np.where(grown, label, stay_label.take(place))),
        score,
        prior,
        last,
    )
    arrived = np.where(grown, label, arrived.take(place))
    return after, Moves(source, grown & ~empty, np.where(empty, -np.inf, arrived))
