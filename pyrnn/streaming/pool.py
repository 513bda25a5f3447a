"""Thousands of sessions of one trained stack, any of which make a step together."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from pyrnn.autograd.operands import as_integers
from pyrnn.kernels import native
from pyrnn.streaming.sessions import Sessions
from pyrnn.streaming.states import State
from pyrnn.streaming.words import StreamedWords


class StreamPool(Sessions):
    """Sessions of a model, or of layers, each with a state of its own.

    layers: see `Stream`, which also tells what holds for both: the weights are those of now,
    dropout is off, and two threads may not be in a pool at once.

    A step of many sessions is one call of the kernels, which reads the weights once for all of
    them; with enough of them it uses the threads of `pyrnn.set_num_threads`. A session's outputs
    have the bits that a Stream of its own would give, whatever the others are.

    >>> import numpy, pyrnn
    >>> from pyrnn import nn
    >>> pool = pyrnn.StreamPool(nn.GRU(3, 8, rng=0))
    >>> ann, bob = pool.open(), pool.open()
    >>> pool.step([bob, ann], numpy.ones((2, 3), "float32")).shape
    (2, 8)
    >>> pool.close(ann)
    >>> len(pool)
    1
    """

    _called: ClassVar[str] = "pool"

    def open(self) -> int:
        """A new session, its states zeros; returns its id, which no other one ever has.

        MemoryError where there is no room; the pool is as it was.
        """
        return int(self._call(self._of.open_session))

    def close(self, session: Any) -> None:
        """Forget a session. ValueError for what is the id of none."""
        self._call(self._of.close_session, session)

    def step(self, ids: Any, x: Any, out: Any = None) -> np.ndarray:
        """One step of some sessions.

        Args:
            ids: n integers, in any order: whose step it is, each at most once.
            x: (n, I) of the pool's dtype; where an Embedding stands first, n integers from 0 to
                V - 1; of a tagger of words, n words. Row k is read by session ids[k].
            out: an array (n, O) to be filled and returned, of the pool's dtype, contiguous; None
                makes a new one.

        Returns (n, O). TypeError; ValueError, also for an id that is closed, or there twice;
        IndexError for a token that is none: no session has changed then.
        """
        if type(ids) is not np.ndarray or ids.dtype != np.int64 or not ids.flags.c_contiguous:
            ids = native.plain(as_integers(ids, "ids"))
        if type(x) is not np.ndarray or x.dtype is not self.dtype or self._front is not None:
            x = self._block("x", x, "row")
        try:
            y: np.ndarray = self._of.steps(self._sessions, ids, x, out)
            return y
        except RuntimeError as error:
            raise self._in_use(error) from None
        except ValueError:
            if ids.ndim == 1:
                self._refuse_shape("x", x, (len(ids), self.input_size))
                if isinstance(self._front, StreamedWords) and len(x) != len(ids):
                    raise ValueError(f"x: expected {len(ids)} words; got {len(x)}") from None
            raise

    def run(self, session: Any, xs: Any) -> np.ndarray:
        """A block of steps of one session: see `Stream.run`."""
        return self._run(session, xs)

    def state(self, session: Any) -> State:
        """What a session knows: see `Stream.state`. ValueError for what is the id of none."""
        return self._read(session)

    def set_state(self, session: Any, state: Any) -> None:
        """Let a session go on from a state: see `Stream.state`."""
        self._write(session, state)

    def reset(self, session: Any) -> None:
        """Begin a new sequence in a session: its states are zeros."""
        self._call(self._of.reset_session, session)

    @property
    def ids(self) -> np.ndarray:
        """The ids of the open sessions, int64."""
        return np.asarray(self._call(self._of.open_sessions))

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, session: object) -> bool:
        return session in self.ids.tolist()
