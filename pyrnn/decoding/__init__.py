"""Decoding: text out of a model that is known only as a step function.

step.py         the step function, and rows of its state
choice.py       how the next token is chosen: Greedy, Sampling
continuation.py token after token
beam.py         the likeliest continuations, several at a time
stop.py         where a text ends
"""

from __future__ import annotations

from pyrnn.decoding.beam import Beam, Hypothesis, NextTokens, Rule, beam_search, ends_at
from pyrnn.decoding.choice import Choice, Greedy, Sampling, probabilities
from pyrnn.decoding.continuation import continuation
from pyrnn.decoding.step import Gather, Step
from pyrnn.decoding.stop import endings, until

__all__ = [
    "Step",
    "Gather",
    "Choice",
    "Greedy",
    "Sampling",
    "probabilities",
    "continuation",
    "Beam",
    "NextTokens",
    "Rule",
    "ends_at",
    "Hypothesis",
    "beam_search",
    "endings",
    "until",
]
