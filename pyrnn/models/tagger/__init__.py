"""A label for each step of a sequence: words, or frames of numbers.

model.py         SequenceTagger: fit, evaluate, predict
network.py       words and characters or frames, a recurrent stack, a softmax or a CRF
batches.py       sentences with a label a step, in batches that hold each of their words once
tags.py          what labels there are, and what spans they stand for
steps.py         the labels of steps, and where they stand
sentence.py      a text cut into words
predictions.py   what is said of an input
mistakes.py      what was got wrong
settings.py      what it is made of, how it is trained, which columns of a file it reads
"""

from __future__ import annotations

from pyrnn.models.tagger.model import SequenceTagger
from pyrnn.models.tagger.predictions import TaggedSpan, TagPrediction
from pyrnn.models.tagger.settings import TaggerColumns, TaggerConfig, TaggerOptions

__all__ = [
    "SequenceTagger",
    "TaggerConfig",
    "TaggerOptions",
    "TaggerColumns",
    "TagPrediction",
    "TaggedSpan",
]
