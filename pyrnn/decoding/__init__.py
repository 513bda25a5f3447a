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
ctc.py          transcripts of frames: the likeliest path
ctc_beam.py     the likeliest texts, frame by frame, with a language model or without
ctc_step.py     one frame of that search, as sums over arrays
ctc_trie.py     the prefixes that it follows
ctc_language.py what it asks of a language model

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

Transcripts of B sequences of frames (C classes, `blank` one of them; CTC):

    greedy(logits (T, B, C), lengths, blank=0) -> [Transcript] * B
    prefix_beam(logits (T, B, C), lengths, blank=0, width=16, best=1) -> [[Transcript]] * B

    PrefixBeam(blank, width): step(logits (C,)), best(n) at any time, take() what is settled
"""

from __future__ import annotations

from pyrnn.decoding.beam import Beam, beam_search
from pyrnn.decoding.choice import Choice, Greedy, Sampling, probabilities
from pyrnn.decoding.continuation import continuation, continuations
from pyrnn.decoding.ctc import BestPath, Transcript, collapse, greedy
from pyrnn.decoding.ctc_beam import PrefixBeam, PrefixBeams, prefix_beam
from pyrnn.decoding.ctc_language import Language
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
    "BestPath",
    "Transcript",
    "collapse",
    "greedy",
    "PrefixBeam",
    "PrefixBeams",
    "prefix_beam",
    "Language",
]
