"""Decoding: text out of a model that is known only as a step function.

step.py         the step function
choice.py       how the next token is chosen: Greedy, Sampling
continuation.py token after token
stop.py         where a text ends
arguments.py    numbers as arguments
"""

from __future__ import annotations

from pyrnn.decoding.choice import Choice, Greedy, Sampling, probabilities
from pyrnn.decoding.continuation import continuation
from pyrnn.decoding.step import Step
from pyrnn.decoding.stop import until

__all__ = ["Step", "Choice", "Greedy", "Sampling", "probabilities", "continuation", "until"]
