"""Token after token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pyrnn.decoding.choice import Choice, checked_logits
from pyrnn.decoding.following import NextTokens, Rule, masks_after
from pyrnn.decoding.hypothesis import Ending, Hypothesis, Running
from pyrnn.decoding.lengths import most_tokens
from pyrnn.decoding.likeliest import log_normaliser, log_sum
from pyrnn.decoding.step import Gather, Step


def continuation(
    step: Step, logits: np.ndarray, state: Any, choose: Choice
) -> Iterator[np.ndarray]:
    """Choose a token, step the model by it, and so on without end.

    step: the model. logits, state: (B, V) and what goes with it, as the step over the last token of
    the prompt returned them. Yields ids, int64 (B,). The model is stepped only when the next
    token is asked for.
    """
    while True:
        ids = choose(logits)
        yield ids
        logits, state = step(ids, state)


def continuations(
    step: Step,
    gather: Gather,
    logits: np.ndarray,
    state: Any,
    choose: Choice,
    following: NextTokens | Rule,
    lengths: Any,
) -> list[Hypothesis]:
    """One continuation of each of B sentences, up to its end.

    step, gather: the model. logits, state: (B, V) and what goes with it, as the step over the last
        token of the beginnings returned them.
    choose: how the next tokens are chosen: `Greedy()`, `Sampling(rng)`.
    following: which tokens may follow, and where a continuation ends; see `NextTokens`, `ends_at`.
    lengths: the most tokens, one that ends included: one number, or integers (B,).
    Returns a hypothesis a sentence, its score the log-likelihood, which is that of the model,
    whatever the temperature. One is unfinished where it is as long as allowed, and where
    `following` allows nothing. Sentences that are finished leave the batch.
    Raises ValueError for logits of another shape, and for those that are not numbers.
    """
    running = Running.begin(len(checked_logits(logits)))
    most = most_tokens(lengths, len(running))  # (B,)
    found: dict[int, Ending] = {}
    while len(running):
        if len(logits) != len(running):
            raise ValueError(f"logits: expected {len(running)} rows; got {len(logits)}")
        going, rows = _next(running, logits, choose, following, found)
        over = going.tokens >= most[going.sentences]
        _take_down(found, going, going.totals, np.flatnonzero(over), finished=False)
        running, rows = going.some(~over), rows[~over]
        if len(running):
            logits, state = step(running.ids[:, -1], gather(state, rows))
    return [found[sentence].hypothesis for sentence in range(len(most))]


def _next(
    running: Running,
    logits: np.ndarray,
    choose: Choice,
    following: NextTokens | Rule,
    found: dict[int, Ending],
) -> tuple[Running, np.ndarray]:
    """What goes on, each longer by the token that is chosen, and the rows (N',) that these were;
    what ends is taken down."""
    logits = checked_logits(logits)
    masks = masks_after(following, running.ids)
    norms = log_normaliser(logits)  # (N,)
    allowed = masks.goes_on | masks.completes | masks.ends
    some = np.broadcast_to(allowed.any(axis=1), len(logits))
    _take_down(found, running, running.totals, np.flatnonzero(~some), finished=False)
    rows = np.flatnonzero(some)
    if not allowed.all() and len(rows):
        logits = np.where(allowed, logits, -np.inf)
    ids = np.zeros(len(logits), np.int64)
    if len(rows):
        ids[rows] = choose(logits if len(rows) == len(logits) else logits[rows])
    totals = running.totals + (logits[np.arange(len(logits)), ids] - norms)
    at = (np.arange(len(logits)) if len(masks.ends) > 1 else 0, ids)
    ends, completes = some & masks.ends[at], some & masks.completes[at]
    if ends.any():
        values = np.where(masks.ends, logits, -np.inf)
        event = running.totals + np.minimum(log_sum(values) - norms, 0.0)
        _take_down(found, running, event, np.flatnonzero(ends))
    _take_down(found, running, totals, np.flatnonzero(completes), ids)
    rows = np.flatnonzero(some & ~ends & ~completes)
    return running.extended(rows, ids[rows], totals[rows]), rows


def _take_down(
    found: dict[int, Ending],
    running: Running,
    totals: np.ndarray,
    rows: np.ndarray,
    ids: np.ndarray | None = None,
    *,
    finished: bool = True,
) -> None:
    for row in rows.tolist():
        total, token = float(totals[row]), None if ids is None else int(ids[row])
        sentence = int(running.sentences[row])
        found[sentence] = Ending(total, total, finished, running, row, token)
