"""One session of a trained stack, one step at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn.streaming.sessions import Sessions
from pyrnn.streaming.states import State


class Stream(Sessions):
    """A model, or layers, that read a sequence as it comes: one step a call, the state inside.

    Args:
        layers: a recurrent layer or cell; a list of layers, each of which reads what the one before
            gives: `nn.Embedding` in front, `nn.LSTM`, `nn.GRU`, `nn.RNN`, `nn.Linear`, `nn.Tanh`,
            `nn.Sigmoid`, `nn.ReLU`; an `nn.Sequential` of them; a model of the library that knows
            nothing of the steps to come; or another Stream or StreamPool, whose weights it shares.
            A module of your own takes part if its method ``streamed()`` returns such a list, or one
            layer.

    The stream holds the weights as they are now: what is trained later does not change it. It
    computes as after ``eval()``, whatever the layers' mode: dropout is off. Outputs and states have
    the bits of one call of the layers on the whole sequence.

    A step takes microseconds: it allocates nothing but its result, wakes no thread and takes no
    lock, and gives up Python's where it takes more than about ten of them. A stream is for one
    thread at a time: where two meet in it, one gets RuntimeError, and the other goes on unharmed.

    Raises:
        TypeError, ValueError: no such layers, widths or dtypes that do not fit, or a bidirectional
            layer; the message names the layer.

    >>> import numpy, pyrnn
    >>> from pyrnn import nn
    >>> stream = pyrnn.Stream([nn.LSTM(3, 8, rng=0), nn.Linear(8, 2, rng=1)])
    >>> for x in numpy.ones((5, 3), "float32"):
    ...     y = stream.step(x)
    >>> y.shape, stream.state["0.h"].shape
    ((2,), (1, 8))
    """

    def __init__(self, layers: Any) -> None:
        super().__init__(layers)
        self._id = self._of.open_session(self._sessions)

    def step(self, x: Any, out: Any = None) -> np.ndarray:
        """Read one step, and give what is known behind it.

        Args:
            x: (I,) of the stream's dtype, an array, a Tensor or a list; where an Embedding stands
                first, an integer from 0 to V - 1; of a tagger of words, a word.
            out: an array (O,) to be filled and returned, of the stream's dtype, contiguous; None
                makes a new one.

        Returns the last layer's output, (O,). TypeError, ValueError, and IndexError for an id that
        is none: the session is as it was.
        """
        if self._front is not None:
            x = self._front.one("x", x)
        elif (type(x) is not np.ndarray or x.dtype is not self.dtype) and self.input_size:
            x = self._numbers("x", x)
        try:
            y: np.ndarray = self._of.step(self._sessions, x, out)
            return y
        except IndexError:  # int64, in which the kernels have it, may not hold it
            largest = self.vocabulary_size - 1
            raise IndexError(f"x: expected values from 0 to {largest}; got {x}") from None
        except TypeError:
            self._refuse_text("x", x)
            raise
        except ValueError:
            self._refuse_shape("x", x, (self.input_size,))
            raise

    def run(self, xs: Any) -> np.ndarray:
        """Read a block of steps: as ``step`` for each of them, to the bit, and faster.

        xs: (T, I), or T integers, or T words. Returns (T, O). Errors: as those of ``step``.
        """
        return self._run(self._id, xs)

    @property
    def state(self) -> State:
        """What the session knows: plain arrays by name, copies.

        "0.h" (L, P) is h of the first recurrent layer, as the layer itself takes and returns it for
        a single sequence, and "0.c" (L, H) its c, where there is one; "1.h" is that of the second.
        ``numpy.savez(file, **stream.state)`` saves it. Assign such a dict to go on from it; all of
        it is checked first. TypeError, ValueError: the message names the array.
        """
        return self._read(self._id)

    @state.setter
    def state(self, state: Any) -> None:
        self._write(self._id, state)

    def reset(self) -> None:
        """Begin a new sequence: all states are zeros, as at first."""
        self._call(self._of.reset_session, self._id)
