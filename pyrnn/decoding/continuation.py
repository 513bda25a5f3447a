"""Token after token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pyrnn.decoding.choice import Choice, checked_logits, checked_rows
from pyrnn.decoding.following import Following, Masks, NextTokens, Rule
from pyrnn.decoding.hypothesis import Ending, Hypothesis, Running
from pyrnn.decoding.lengths import most_tokens
from pyrnn.decoding.likeliest import likeliest, log_sum
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
    choose: how the next tokens are chosen: `Greedy()`, `Sampling(rng)`. One that has a memory of
        its rows, as `Restrained`, hears by its `keep` which of them go on.
    following: which tokens may follow, and where a continuation ends; see `NextTokens`, `ends_at`.
    lengths: the most tokens, one that ends included: one number, or integers (B,).
    Returns a hypothesis a sentence, its score the log-likelihood, which is that of the model,
    whatever the temperature. One is unfinished where it is as long as allowed, and where
    `following` allows nothing. Sentences that are finished leave the batch.
    Raises ValueError for logits of another shape, and for those that are not numbers.
    """
    logits = checked_logits(logits)
    running, allowed = Running.begin(len(logits)), Following(following)
    most = most_tokens(lengths, len(running))  # (B,)
    found: dict[int, Ending] = {}
    while len(running):
        going, rows = _next(running, logits, choose, allowed.after(running.ids), found)
        over = going.tokens >= most[going.sentences]
        _take_down(found, going, going.totals, over, finished=False)
        running, rows = going.some(~over), rows[~over]
        if hasattr(choose, "keep"):
            choose.keep(rows)
        if len(running):
            logits, state = step(running.ids[:, -1], gather(state, rows))
            logits = checked_rows(logits, len(running))
    return [found[sentence].hypothesis for sentence in range(len(most))]


def _next(
    running: Running, logits: np.ndarray, choose: Choice, masks: Masks, found: dict[int, Ending]
) -> tuple[Running, np.ndarray]:
    """What goes on, each longer by the token that is chosen, and the rows (N',) that these were;
    what ends is taken down."""
    _, _, norms = likeliest(logits, 1)  # (N,)
    possible, some = logits, np.ones(len(logits), dtype=bool)
    if masks.comes is not None:
        possible = np.where(masks.comes, logits, -np.inf)
        some &= masks.comes.any(axis=1)
    _take_down(found, running, running.totals, ~some, finished=False)
    # One is chosen for rows without any, too, so that a choice sees each row that it remembers
    ids = choose(possible if some.all() else np.where(some[:, None], possible, 0.0))
    totals = running.totals + (logits[np.arange(len(logits)), ids] - norms)
    ends, completes = some & masks.ends.has(ids), some & masks.completes.has(ids)
    if ends.any():  # that one of several comes is one event
        event = running.totals + np.minimum(log_sum(masks.ends(logits)) - norms, 0.0)
        _take_down(found, running, event, ends)
    _take_down(found, running, totals, completes, ids)
    rows = np.flatnonzero(some & ~ends & ~completes)
    return running.extended(rows, ids[rows], totals[rows]), rows


def _take_down(
    found: dict[int, Ending],
    running: Running,
    totals: np.ndarray,
    which: np.ndarray,
    ids: np.ndarray | None = None,
    *,
    finished: bool = True,
) -> None:
    """Those of a mask (N,) are over, by the token of ids (N,) where there are some."""
    for row in np.flatnonzero(which).tolist():
        total, token = float(totals[row]), None if ids is None else int(ids[row])
        sentence = int(running.sentences[row])
        found[sentence] = Ending(total, total, finished, running, row, token)
