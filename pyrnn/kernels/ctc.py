"""Connectionist temporal classification, in plain NumPy: what `native` must match.

Frames are labelled with symbols or with a blank b; a frame labelling stands for what is left of it
when repeats are merged and blanks taken out. The probability of a target l of L symbols is that of
all frame labellings that stand for it: Graves, Fernández, Gomez and Schmidhuber 2006 (ICML). With
the target l' = b l_1 b l_2 ... l_L b of S = 2 L + 1 states and p_t = softmax(x_t),

    a_t(s) = p_t(l'_s) (a_{t-1}(s) + a_{t-1}(s-1) + k(s) a_{t-1}(s-2))
    k(s)   = [l'_s is no blank, and is not l'_{s-2}]
    r_t(s) = p_{t+1}(l'_s) r_{t+1}(s) + p_{t+1}(l'_{s+1}) r_{t+1}(s+1)
             + k(s+2) p_{t+1}(l'_{s+2}) r_{t+1}(s+2)
    loss   = -ln p(l),   p(l) = a_{N-1}(S-1) + a_{N-1}(S-2)

where a starts in the states 0 and 1, and r is 1 in the last two at the last frame. Of all
labellings that stand for the target the share g_t(s) = a_t(s) r_t(s) / p(l) is in state s at frame
t, so

    dloss/dx_t(c) = p_t(c) - sum over s with l'_s = c of g_t(s)

and that sum alone, with a minus, where x is ln p already. A target needs L frames, and one more
between any two equal neighbours; without them its probability is 0, the loss infinite.

Letters: T time, B batch, C symbols and the blank, N frames of a sequence, L symbols of a target.
logits x (T, B, C), or ln p; targets (B, L) int64; lengths N, target_lengths (B,) int64. What stands
past a length is not read. All is computed in float64, as logarithms, and rounded at the end.
"""

from __future__ import annotations

import numpy as np

from pyrnn.kernels import ctc_preconditions
from pyrnn.kernels.stack import Array


def ctc_loss(
    logits: Array,
    targets: Array,
    lengths: Array,
    target_lengths: Array,
    blank: int = 0,
    *,
    normalized: bool = False,
    gradient: bool = True,
    scale: float = 1.0,
) -> tuple[Array, Array | None]:
    """losses (B,), and scale dloss/dlogits (T, B, C), or None unless ``gradient``.

    normalized: logits are ln p, and the gradient is by them. A target of probability 0 has an
    infinite loss and no gradient; a sequence without frames or symbols has the loss 0. Arrays are
    C-contiguous. Errors: see `ctc_preconditions`.
    """
    ctc_preconditions.check_ctc(logits, targets, lengths, target_lengths, blank)
    losses = np.zeros(len(lengths))
    dlogits = np.zeros(logits.shape)
    for b, (N, L) in enumerate(zip(lengths.tolist(), target_lengths.tolist(), strict=True)):
        log_p = logits[:N, b].astype(np.float64)
        if not normalized:
            log_p -= _logsumexp(*log_p.T)[:, None]
        extended = np.full(2 * L + 1, blank)  # l'
        extended[1::2] = targets[b, :L]
        log_likelihood, occupied = _lattice(log_p[:, extended], extended, blank)
        # What is below 0 is rounding.
        losses[b] = -log_likelihood if normalized else max(-log_likelihood, 0.0)
        if log_likelihood == -np.inf:
            continue
        if not normalized:
            dlogits[:N, b] = np.exp(log_p)
        for s, symbol in enumerate(extended):
            dlogits[:N, b, symbol] -= occupied[:, s]
    dtype = logits.dtype
    return losses.astype(dtype), (scale * dlogits).astype(dtype) if gradient else None


def required_frames(targets: Array, target_lengths: Array) -> Array:
    """How many frames each target needs, (B,) int64: its symbols, and a blank between any two equal
    ones that stand side by side."""
    inside = np.arange(1, targets.shape[1]) < target_lengths[:, None]
    repeats = (targets[:, 1:] == targets[:, :-1]) & inside
    return target_lengths + repeats.sum(axis=1, dtype=np.int64)


def _lattice(log_p: Array, extended: Array, blank: int) -> tuple[float, Array]:
    """ln p(l) and g (N, S), of log_p (N, S): of each state's symbol at each frame."""
    N, S = log_p.shape
    skip = np.zeros(S, bool)
    skip[2:] = (extended[2:] != blank) & (extended[2:] != extended[:-2])
    a, r = np.full((N, S), -np.inf), np.full((N, S), -np.inf)
    before = np.full(S, -np.inf)
    before[0] = 0  # as if the blank's state came before all frames
    for t in range(N):
        before = a[t] = log_p[t] + _join(before, skip)
    # Reversed, the way back is the same, from the state after all frames.
    after = np.full(S, -np.inf)
    after[0] = 0
    leap = np.roll(skip[::-1], 2)  # k(s+2)
    for t in range(N - 1, -1, -1):
        r[t] = _join(after, leap)[::-1]
        after = (log_p[t] + r[t])[::-1]
    log_likelihood = float(_join(before, skip)[-1])
    if log_likelihood == -np.inf:
        return log_likelihood, np.zeros((N, S))
    return log_likelihood, np.exp(a + r - log_likelihood)


def _join(x: Array, skip: Array) -> Array:
    """ln (e^x(s) + e^x(s-1) + k(s) e^x(s-2))."""
    padded = np.concatenate([[-np.inf, -np.inf], x])
    return _logsumexp(x, padded[1:-1], np.where(skip, padded[:-2], -np.inf))


def _logsumexp(*x: Array) -> Array:
    """ln sum exp x, element by element."""
    largest = np.maximum.reduce(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(np.isneginf(largest), 0, largest)
        return shift + np.log(np.sum([np.exp(each - shift) for each in x], axis=0))
