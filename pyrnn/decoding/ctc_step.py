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
    """At most W prefixes of each of N sequences, best first; an empty slot has score -inf.

    blank, label: float64 (N, W), b and l above. score: float64 (N, W), what they are ranked by.
    prior: float64 (N, W), what score has beyond t: of a language, for symbols.
    last: int64 (N, W), the last symbol of each, the blank where it has none.
    parents: int64 (N, W), the slot of the prefix without the last symbol, -1 where there is none.
    """

    blank: np.ndarray
    label: np.ndarray
    score: np.ndarray
    prior: np.ndarray
    last: np.ndarray
    parents: np.ndarray


class Moves(NamedTuple):
    """The best W of the next frame: where each came from.

    sources: int64 (N, W), slots. symbols: int64 (N, W), what was appended, the blank for nothing.
    blank, label, score, prior: as in Slots. arrived: float64 (N, W), a + p(c) of the prefix.
    """

    sources: np.ndarray
    symbols: np.ndarray
    blank: np.ndarray
    label: np.ndarray
    score: np.ndarray
    prior: np.ndarray
    arrived: np.ndarray


def advance(log_p: np.ndarray, slots: Slots, gains: np.ndarray, blank: int) -> Moves:
    """Take in a frame.

    log_p: float64 (N, C). gains: float64 (N, W, C), or such that broadcasts to it: what `prior`
        gains by a symbol; finite.
    Of equal scores prefixes that stay come first, then those extended; of either those that come
    first in slots, and of extensions of one those with the lower symbol.
    """
    n, width = slots.blank.shape
    rows = np.arange(n)[:, None]  # (N, 1)
    total = np.logaddexp(slots.blank, slots.label)  # (N, W)
    # prefixes that stay as they are
    has_parent = slots.parents >= 0
    parents = np.where(has_parent, slots.parents, 0)
    p_last = np.where(slots.last == blank, -np.inf, log_p[rows, slots.last])  # (N, W)
    repeats = slots.last[rows, parents] == slots.last
    arriving = np.where(repeats, slots.blank[rows, parents], total[rows, parents])
    arrived = np.where(has_parent, arriving + p_last, -np.inf)
    stay_blank = total + log_p[:, blank, None]
    stay_label = np.logaddexp(slots.label + p_last, arrived)
    stay_score = np.logaddexp(stay_blank, stay_label) + slots.prior
    # prefixes with one symbol more
    labels = total[:, :, None] + log_p[:, None, :]  # (N, W, C)
    labels[rows, np.arange(width), slots.last] = slots.blank + p_last
    labels[:, :, blank] = -np.inf
    there, slot = np.nonzero(has_parent)
    labels[there, parents[there, slot], slots.last[there, slot]] = -np.inf  # among those that stay
    scores = labels + (slots.prior[:, :, None] + gains)
    # the best of both
    table = np.concatenate([stay_score, scores.reshape(n, -1)], axis=1)  # (N, W + W C)
    chosen, score = largest(table, width)  # (N, W)
    stays = chosen < width
    source, symbol = np.divmod(chosen - width, log_p.shape[1])
    source, symbol = np.where(stays, chosen, source), np.where(stays, blank, symbol)
    label = labels.reshape(n, -1)[rows, np.where(stays, 0, chosen - width)]
    gain = np.broadcast_to(gains, labels.shape)[rows, source, symbol]
    return Moves(
        source,
        symbol,
        np.where(stays, stay_blank[rows, source], -np.inf),
        np.where(stays, stay_label[rows, source], label),
        score,
        slots.prior[rows, source] + np.where(stays, 0.0, gain),
        np.where(stays, arrived[rows, source], label),
    )
