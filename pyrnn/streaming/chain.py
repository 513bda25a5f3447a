"""Layers, one behind the other, as the kernels run them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from pyrnn import nn
from pyrnn.kernels import native, sessions
from pyrnn.nn.stacked import Stacked
from pyrnn.streaming import windows
from pyrnn.streaming.frames import Frames
from pyrnn.streaming.scaling import Scaling
from pyrnn.streaming.states import StateLine
from pyrnn.streaming.windows import Windowed
from pyrnn.streaming.words import StreamedWords

ACTIVATIONS: dict[type, str] = {nn.Tanh: "tanh", nn.Sigmoid: "sigmoid", nn.ReLU: "relu"}
PARTS = (nn.Module, Scaling, StreamedWords, Windowed)
KNOWN = (
    "Embedding, RNN, GRU, LSTM or a cell of theirs, Linear, Tanh, Sigmoid, ReLU, Dropout, "
    "Sequential, or a module with a method `streamed`"
)


class Chain(NamedTuple):
    """What sessions run, with the weights as they were when it was made.

    of: the functions that run it, `kernels.sessions` or `windows`; handle: what they know it by.
    input_size: I, the numbers of a step; 0 where a step is an id. vocabulary_size: V, the number of
    ids; 0 where a step is numbers. Both are 0 where a step is a word. output: the shape of one,
    (O,), or that of a forecast. states: the arrays of a session's state. front: what makes of a
    model's steps what the layers read; None where they are that already.
    """

    of: Any
    handle: Any
    dtype: np.dtype[Any]
    input_size: int
    vocabulary_size: int
    output: tuple[int, ...]
    states: tuple[StateLine, ...]
    front: Any

    @property
    def output_size(self) -> int:
        """O."""
        return math.prod(self.output)


class _Draft:
    """A chain that is being made: its links so far, and what the last one gives."""

    def __init__(self) -> None:
        self.links: list[tuple[Any, ...]] = []
        self.states: list[StateLine] = []
        self.dtype: np.dtype[Any] | None = None
        self.input_size = self.vocabulary_size = self.width = 0
        self.stacks = 0
        self.scaling: Scaling | None = None  # of a model's frames, in front
        self.words: StreamedWords | None = None

    def add(self, layer: Any, place: str) -> None:
        """One more layer. TypeError, ValueError: the message names its place."""
        if isinstance(layer, nn.Dropout):
            return
        if isinstance(layer, StreamedWords):
            if self.links:
                raise ValueError(f"{place}: expected words to stand first; got some behind layers")
            self.words = layer
        elif isinstance(layer, nn.Embedding):
            self._embedding(layer, place)
        elif isinstance(layer, Stacked):
            self._stack(layer, place)
        elif isinstance(layer, nn.Linear):
            weight, bias = layer.weight, layer.bias
            self._reads(layer.in_features, weight.dtype, place)
            given = None if bias is None else native.plain(bias.data)
            self._link(layer.out_features, "linear", native.plain(weight.data), given)
        elif isinstance(layer, Scaling):
            mean, deviation = (native.plain(np.asarray(a, np.float64)) for a in layer[:2])
            self._reads(len(mean), None, place)
            if not self.links:
                self.scaling = layer
            self._link(len(mean), "scale", mean, deviation, bool(layer.back))
        elif type(layer) in ACTIVATIONS:
            if not self.links:
                raise ValueError(
                    f"{place}: expected a layer with weights first; got {_called(layer)}"
                )
            self._link(self.width, ACTIVATIONS[type(layer)])
        else:
            raise TypeError(f"{place}: expected {KNOWN}; got {_called(layer)}")

    def _embedding(self, layer: nn.Embedding, place: str) -> None:
        if self.links:
            raise ValueError(
                f"{place}: expected an Embedding to stand first; got one behind others"
            )
        self.dtype = layer.weight.dtype
        self.vocabulary_size = layer.num_embeddings
        self._link(layer.embedding_dim, "table", native.plain(layer.weight.data))

    def _stack(self, layer: Stacked, place: str) -> None:
        stack = layer.stack
        if stack.bidirectional:
            raise ValueError(
                f"{place}: expected bidirectional=False, since the reverse direction begins at a "
                f"sequence's last step, which a stream has not seen; got {_called(layer)} with True"
            )
        self._reads(stack.input_size, layer.dtype, place)
        packed = native.pack(stack, [native.plain(weight.data) for weight in layer.weights()])
        layers, number = stack.num_layers, self.stacks
        self.states.append(StateLine(f"{number}.h", (layers, stack.output_size)))
        if stack.has_cell_state:
            self.states.append(StateLine(f"{number}.c", (layers, stack.hidden_size)))
        self.stacks += 1
        self._link(stack.output_size, "stack", packed.handle)

    def _reads(self, width: int, dtype: Any, place: str) -> None:
        """A layer that reads so many numbers, of such a dtype."""
        if dtype is not None:
            if self.dtype is not None and dtype != self.dtype:
                raise TypeError(f"{place}: expected dtype {self.dtype}, as before it; got {dtype}")
            self.dtype = dtype
        if not self.links:
            self.input_size = width
        elif width != self.width:
            raise ValueError(
                f"{place}: expected to read the {self.width} numbers of the layer before; it reads "
                f"{width}"
            )

    def _link(self, width: int, *fields: Any) -> None:
        self.links.append(fields)
        self.width = width


def _called(value: Any) -> str:
    """What an error calls it: its class."""
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


def _flat(layers: Any, place: str, around: tuple[Any, ...] = ()) -> Iterator[tuple[Any, str]]:
    """(layer, its place in words) of all layers, in order.

    around: the lists and modules that these layers stand in. TypeError for one that stands in
    itself, and for a `streamed` that gives no layers.
    """
    own = not isinstance(layers, type) and hasattr(layers, "streamed")
    if not own and not isinstance(layers, nn.ModuleList) and type(layers) not in (list, tuple):
        yield layers, place
        return
    if any(layers is each for each in around):
        raise TypeError(
            f"{place}: expected layers that do not contain themselves; got the same "
            f"{_called(layers)} again"
        )
    around = (*around, layers)
    if own:
        yield from _flat(_streamed(layers, place), place, around)
    else:
        for k, layer in enumerate(layers):
            yield from _flat(layer, f"{place}[{k}]", around)


def _streamed(module: Any, place: str) -> Any:
    """What a module's `streamed` gives: a list of layers, or one layer."""
    name, method = f"{_called(module)}.streamed", module.streamed
    if not callable(method):
        raise TypeError(f"{place}: expected a method {name}; got an attribute, {_called(method)}")
    given = method()
    if isinstance(given, Iterator):
        return list(given)
    if isinstance(given, nn.Module | Scaling | StreamedWords | Windowed) or type(given) in (
        list,
        tuple,
    ):
        return given
    raise TypeError(
        f"{place}: expected {name}() to return a list of layers; it returned {_called(given)}"
    )


def chain_of(layers: Any) -> Chain:
    """The chain of a model, of one layer, or of a list of them.

    TypeError, ValueError for what is no chain: the message names the layer.
    """
    draft = _Draft()
    for layer, place in _flat(layers, "layers"):
        if isinstance(layer, Windowed) and not draft.links:
            return _windowed(layer)
        draft.add(layer, place)
    if not draft.links or draft.dtype is None:
        raise ValueError("layers: expected at least one layer with weights; got none")
    scaling, words = draft.scaling, draft.words
    return Chain(
        sessions,
        sessions.chain(draft.links, draft.dtype == np.float64),
        draft.dtype,
        0 if words else draft.input_size,
        0 if words else draft.vocabulary_size,
        (draft.width,),
        tuple(draft.states),
        words or (None if scaling is None else Frames(scaling, draft.dtype)),
    )


def _windowed(of: Windowed) -> Chain:
    lines = (StateLine("rows", (of.context, of.width)),)
    dtype = np.dtype(np.float64)
    return Chain(windows, of, dtype, of.input_size, 0, of.shape, lines, of.front)
