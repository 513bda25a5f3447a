"""Decoding: text out of a model that is known only as a step function.

step.py         the step function, and rows of its state
choice.py       how the next token is chosen: Greedy, Sampling
restraint.py    what a choice is kept from: forbidden tokens, repetition
following.py    which tokens may follow, and where a continuation ends
continuation.py token after token: without end, or B sentences to their ends
beam.py         the likeliest continuations of B sentences, several at a time
hypothesis.py   what comes of both
likeliest.py    the likeliest tokens of many rows
lengths.py      how long continuations may become
stop.py         where a text ends
ctc/            transcripts of frames

B sentences at once, each to its end (V tokens; `end` ends a sentence, `start` never comes):

    following = ends_at([end], V, never=[start])
    step(ids int64 (N,), state) -> (logits (N, V), state)
    gather(state, rows int64 (N',)) -> state of these rows; some absent, some repeated

    continuations(step, gather, logits (B, V), state, Greedy(), following, lengths)
        -> [Hypothesis] * B
    beam_search(step, gather, logits (B, V), state, following, Beam(width, length, best, alpha),
                lengths=None)
        -> [[Hypothesis, at most `best`, best first]] * B

    Hypothesis: ids without `end`, log_likelihood with it, score, finished, rows

logits, state are those after the start token. lengths: the most tokens, `end` included, one number
or one a sentence, so that a sentence has the same result alone and in any batch. Rows of one
sentence stand together, sentences in their order; sentences that are finished have no rows any
more. `rows[t]` of a hypothesis is the row of the logits that its token t was chosen from, those
given for t = 0, those that call t - 1 of `step` returned for t > 0, so that what was kept of each
call (weights of attention, source positions) is found again.
"""

from __future__ import annotations

from pyrnn.decoding.beam import Beam, beam_search
from pyrnn.decoding.choice import Choice, Greedy, Sampling, probabilities
from pyrnn.decoding.continuation import continuation, continuations
from pyrnn.decoding.ctc import (
    BestPath,
    BestPaths,
    Language,
    PrefixBeam,
    PrefixBeams,
    Search,
    Transcript,
    collapse,
    greedy,
    prefix_beam,
)
from pyrnn.decoding.following import NextTokens, Rule, ends_at
from pyrnn.decoding.hypothesis import Hypothesis
from pyrnn.decoding.restraint import Generators, RepetitionPenalty, Restrained
from pyrnn.decoding.step import Gather, Step
from pyrnn.decoding.stop import Ending, endings, until

__all__ = [
    "Step",
    "Gather",
    "Choice",
    "Greedy",
    "Sampling",
    "probabilities",
    "Generators",
    "RepetitionPenalty",
    "Restrained",
    "continuation",
    "continuations",
    "Beam",
    "NextTokens",
    "Rule",
    "ends_at",
    "Hypothesis",
    "beam_search",
    "Ending",
    "endings",
    "until",
    "Search",
    "BestPath",
    "BestPaths",
    "Transcript",
    "collapse",
    "greedy",
    "PrefixBeam",
    "PrefixBeams",
    "prefix_beam",
    "Language",
]
