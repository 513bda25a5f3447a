"""A vector, a class or both to a text, written token by token.

model.py       Captioner: fit, evaluate, predict
conditions.py  vectors and classes as the network reads them
gathering.py   the rows of a table as examples
network.py     layers for the vector, before the decoder
batches.py     vectors and classes with their texts
settings.py    what it is made of

What writes is in writing/.
"""

from __future__ import annotations

from pyrnn.models.captioner.model import Caption, Captioner
from pyrnn.models.captioner.settings import CaptionerConfig, CaptionerOptions

__all__ = ["Captioner", "CaptionerConfig", "CaptionerOptions", "Caption"]
