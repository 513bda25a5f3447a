"""A trained stack, one step at a time: what a sequence has said so far stays in the session.

    stream.py    Stream: one session
    pool.py      StreamPool: thousands of them, any of which make a step together
    chain.py     layers, one behind the other, as the kernels run them
    scaling.py   what models do to numbers before the first layer and behind the last
    frames.py    what such numbers must be
    words.py     words, as the first layer reads them
    windows.py   sessions of what reads its last rows anew at each step
    states.py    the states of a session as arrays by name

docs/streaming.md goes from a trained model to a served stream.
"""

from __future__ import annotations

from pyrnn.streaming.pool import StreamPool
from pyrnn.streaming.scaling import Scaling
from pyrnn.streaming.stream import Stream
from pyrnn.streaming.windows import Windowed
from pyrnn.streaming.words import StreamedWords

__all__ = ["Stream", "StreamPool", "Scaling", "StreamedWords", "Windowed"]
