"""What one session and a pool of them share."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from pyrnn.autograd.operands import as_array, as_integers
from pyrnn.kernels import native, sessions
from pyrnn.streaming.chain import Chain, chain_of
from pyrnn.streaming.states import State, arrays_of, named


class Sessions:
    """Sessions of a chain of layers.

    Attributes:
        dtype: float32 or float64, that of the layers, of x, of states and of results.
        input_size: I, the numbers of a step; 0 where a step is an id.
        vocabulary_size: V, the number of ids; 0 where a step is numbers.
        output_size: O, the width of the last layer.
    """

    def __init__(self, layers: Any) -> None:
        self._chain: Chain = layers._chain if isinstance(layers, Sessions) else chain_of(layers)
        self.dtype = self._chain.dtype
        self.input_size = self._chain.input_size
        self.vocabulary_size = self._chain.vocabulary_size
        self.output_size = self._chain.output_size
        self._frames = self._chain.frames
        self._sessions = sessions.sessions(self._chain.handle)

    def _numbers(self, name: str, value: Any) -> np.ndarray:
        """Numbers in the stream's dtype.

        Nested lists take it, and so does whatever a model's `predict` would take; arrays and
        tensors that layers are to read must have it, as for the layers themselves.
        """
        if self._frames is not None:
            with np.errstate(over="ignore"):  # what is infinite then is refused
                return as_array(value, self.dtype, name)
        x = as_array(value, None if hasattr(value, "dtype") else self.dtype, name)
        if x.dtype != self.dtype:
            raise TypeError(
                f"{name}: expected dtype {self.dtype}, that of the layers; got {x.dtype} (convert "
                f"with {name}.astype('{self.dtype}'))"
            )
        return x

    def _block(self, name: str, value: Any, row: str) -> np.ndarray:
        """Several steps, contiguous: (n, I), or n ids. row: what errors call one of them."""
        if self.input_size:
            x = native.plain(self._numbers(name, value))
            if self._frames is not None:
                self._frames.check(name, x, row)
            return x
        ids = as_integers(value, name)
        if ids.ndim != 1:
            raise ValueError(f"{name}: expected a list of ids; got shape {ids.shape}")
        return native.plain(ids)

    def _read(self, session: int) -> State:
        return named(sessions.read_session(self._sessions, session), self._chain.states)

    def _write(self, session: int, state: Any) -> None:
        arrays = arrays_of(state, self._chain.states, self.dtype)
        sessions.write_session(self._sessions, session, arrays)

    def __reduce__(self) -> NoReturn:
        kind = type(self).__name__
        raise TypeError(
            f"a {kind} cannot be pickled or copied: {kind}(stream) makes one with the same "
            f"weights, and `state` is what to keep"
        )

    def __repr__(self) -> str:
        step = f"x ({self.input_size},)" if self.input_size else f"id < {self.vocabulary_size}"
        return f"{type(self).__name__}({step} -> ({self.output_size},), {self.dtype})"
