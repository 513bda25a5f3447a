"""What one session and a pool of them share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

import numpy as np

from pyrnn.autograd.operands import as_array, as_integers
from pyrnn.kernels import native, sessions
from pyrnn.streaming.chain import Chain, chain_of
from pyrnn.streaming.states import State, arrays_of, named


class Sessions:
    """Sessions of a chain of layers.

    Attributes:
        dtype: float32 or float64, that of the layers, of x, of states and of results.
        input_size: I, the numbers of a step; 0 where a step is an id or a word.
        vocabulary_size: V, the number of ids; 0 where a step is numbers or a word.
        output_size: O, the width of the last layer; of a forecaster, of all that it says.
    """

    _called: ClassVar[str] = "stream"

    def __init__(self, layers: Any) -> None:
        self._chain: Chain = layers._chain if isinstance(layers, Sessions) else chain_of(layers)
        self.dtype = self._chain.dtype
        self.input_size = self._chain.input_size
        self.vocabulary_size = self._chain.vocabulary_size
        self.output_size = self._chain.output_size
        self._front = self._chain.front
        self._of = self._chain.of
        self._sessions = self._of.sessions(self._chain.handle)

    def _numbers(self, name: str, value: Any) -> np.ndarray:
        """Numbers in the stream's dtype.

        Nested lists take it; arrays and tensors must have it, as for the layers themselves.
        """
        x = as_array(value, None if hasattr(value, "dtype") else self.dtype, name)
        if x.dtype != self.dtype:
            raise TypeError(
                f"{name}: expected dtype {self.dtype}, that of the layers; got {x.dtype} (convert "
                f"with {name}.astype('{self.dtype}'))"
            )
        return x

    def _block(self, name: str, value: Any, row: str) -> np.ndarray:
        """Several steps, contiguous: (n, I), or n ids. row: what errors call one of them."""
        if self._front is not None:
            return self._front.block(name, value, row)
        if self.input_size:
            if isinstance(value, list | tuple) and not value:
                return np.zeros((0, self.input_size), self.dtype)
            return native.plain(self._numbers(name, value))
        try:
            ids = as_integers(value, name, IndexError)
        except TypeError:
            self._refuse_text(name, value)
            raise
        if ids.ndim != 1:
            raise ValueError(f"{name}: expected a list of ids; got shape {ids.shape}")
        return native.plain(ids)

    def _refuse_text(self, name: str, value: Any) -> None:
        """TypeError, which says what to pass, for a text, or a list of texts, in place of ids."""
        first = value[0] if isinstance(value, list | tuple) and value else value
        if isinstance(first, str | bytes):
            raise TypeError(
                f"{name}: expected integers from 0 to {self.vocabulary_size - 1}; got "
                f"{type(first).__name__} {first!r:.40} (ids of a text are what a model's "
                "vectorizer.encode(text) gives, or a language model's tokenizer.encode(text))"
            ) from None

    def _refuse_shape(self, name: str, x: Any, shape: tuple[int | str, ...]) -> None:
        """ValueError for numbers of another shape, its letters standing for any length."""
        if self._of is not sessions or not self.input_size or not isinstance(x, np.ndarray):
            return
        if x.ndim != len(shape) or any(
            isinstance(wanted, int) and wanted != got
            for wanted, got in zip(shape, x.shape, strict=True)
        ):
            words = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
            raise ValueError(f"{name}: expected shape ({words}); got {x.shape}") from None

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A function of the kernels, on these sessions. RuntimeError names what is in use."""
        try:
            return function(self._sessions, *arguments)
        except RuntimeError as error:
            raise self._in_use(error) from None

    def _in_use(self, error: RuntimeError) -> RuntimeError:
        """The kernels' error where two calls meet: they call any sessions a stream."""
        words = str(error)
        if not words.startswith("stream:"):
            return error
        return RuntimeError(words.replace("stream", self._called, 1))

    def _run(self, session: int, xs: Any) -> np.ndarray:
        xs = self._block("xs", xs, "step")
        self._refuse_shape("xs", xs, ("T", self.input_size))
        return np.asarray(self._call(self._of.run_session, session, xs))

    def _read(self, session: int) -> State:
        return named(self._call(self._of.read_session, session), self._chain.states)

    def _write(self, session: int, state: Any) -> None:
        # Plain layers let NaN in, and windows have it where they have read fewer
        finite = self._front is not None and self._of is sessions
        arrays = arrays_of(state, self._chain.states, self.dtype, finite=finite)
        self._call(self._of.write_session, session, arrays)

    def __reduce__(self) -> NoReturn:
        kind = type(self).__name__
        raise TypeError(
            f"a {kind} cannot be pickled or copied: {kind}(stream) makes one with the same "
            f"weights, and `state` is what to keep"
        )

    def __repr__(self) -> str:
        step = "word"
        if self.input_size:
            step = f"x ({self.input_size},)"
        elif self.vocabulary_size:
            step = f"id < {self.vocabulary_size}"
        return f"{type(self).__name__}({step} -> {self._chain.output}, {self.dtype})"
