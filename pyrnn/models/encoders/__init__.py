"""What reads a sequence: chosen by a setting, the same for all families that read sequences.

settings.py    THE list of encoders; EncoderConfig: how data become a sequence, and what reads it
reader.py      a recurrent stack that reads a sequence
recurrent.py   such a stack, and its last state, mean, maximum or attention over the steps
conv.py        convolutions of several widths, and the largest activation of each filter
window.py      a layer on a fixed number of steps, with weights of its own for each place
bag.py         a linear model on n-grams, or on the mean of frames: the baseline
ngrams.py      the n-grams of a sequence, as numbers
embedding.py   ids as vectors
encoder.py     what an encoder is, and the one that a config names
"""

from __future__ import annotations

from pyrnn.models.encoders.encoder import Encoder, Reads, encoder_for
from pyrnn.models.encoders.settings import ENCODERS, EncoderConfig

__all__ = ["ENCODERS", "Encoder", "EncoderConfig", "Reads", "encoder_for"]
