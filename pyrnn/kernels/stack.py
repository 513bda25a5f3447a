"""The nouns of a recurrent call. No arithmetic here.

Letters: T time, B batch, I input, H hidden, G gates, L layers, D directions, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pyrnn.kernels.scalars import integer

Array = npt.NDArray[Any]

# The one list of dtypes: what weights, inputs and gradients are made of.
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


class Cell(NamedTuple):
    """What the drivers need to know of a cell; its recurrence stands in `cells.py`."""

    gates: int  # G: rows of the weights are G blocks of H
    has_cell_state: bool  # whether a state c runs beside h


# The one list of cells. Everything else iterates it.
_CELLS: dict[str, Cell] = {
    "rnn_tanh": Cell(gates=1, has_cell_state=False),
    "rnn_relu": Cell(gates=1, has_cell_state=False),
    "rnn_sigmoid": Cell(gates=1, has_cell_state=False),
    "lstm": Cell(gates=4, has_cell_state=True),
    "gru": Cell(gates=3, has_cell_state=False),
    "gru_reset_before": Cell(gates=3, has_cell_state=False),
}
CELLS: tuple[str, ...] = tuple(_CELLS)


def _look_up(cell: str) -> Cell:
    if cell not in _CELLS:
        raise ValueError(f"cell: expected one of {', '.join(CELLS)}; got {cell!r}")
    return _CELLS[cell]


def gates(cell: str) -> int:
    """The number G of gate blocks in a cell's weights: 1 (RNN), 4 (LSTM), 3 (GRU)."""
    return _look_up(cell).gates


def has_cell_state(cell: str) -> bool:
    """Whether a cell carries a state c beside its output h (the LSTM does)."""
    return _look_up(cell).has_cell_state


@dataclass(frozen=True)
class Stack:
    """Layers of one cell, in one or two directions: the shape of a recurrent network.

    `dropout` is the probability of zeroing an output between two layers, in [0, 1); it acts only
    in calls that are given a seed. Raises ValueError or TypeError for impossible values,
    MemoryError for sizes whose weights no memory can hold.
    """

    cell: str
    input_size: int  # I
    hidden_size: int  # H
    num_layers: int = 1  # L
    bidirectional: bool = False  # D = 2
    bias: bool = True
    dropout: float = 0.0

    def __post_init__(self) -> None:
        _look_up(self.cell)
        for name in ("input_size", "hidden_size", "num_layers"):
            size = integer(name, getattr(self, name))  # NumPy's would overflow
            if size < 1:
                raise ValueError(f"{name}: expected at least 1; got {size}")
            object.__setattr__(self, name, size)
        rows, width = self.gates * self.hidden_size, self.input_size + self.hidden_size
        if self.num_layers * rows * width >= 1 << 59:
            raise MemoryError(
                f"input_size, hidden_size, num_layers: expected weights that memory can hold; got "
                f"{self.input_size}, {self.hidden_size}, {self.num_layers}"
            )
        if not 0.0 <= self.dropout < 1.0:  # also refuses NaN
            raise ValueError(f"dropout: expected a probability in [0, 1); got {self.dropout}")

    @property
    def directions(self) -> int:
        """D: 2 if bidirectional, else 1."""
        return 2 if self.bidirectional else 1

    @property
    def gates(self) -> int:
        """G, the number of gate blocks of the cell."""
        return gates(self.cell)

    @property
    def has_cell_state(self) -> bool:
        """Whether the cell carries c beside h."""
        return has_cell_state(self.cell)

    def layer_input_size(self, layer: int) -> int:
        """The width of what a layer reads: I for the first, D H for the others."""
        return self.input_size if layer == 0 else self.directions * self.hidden_size

    @property
    def weight_count(self) -> int:
        """The number of weights, without a list of them: L D times 4, or 2 without biases."""
        return self.num_layers * self.directions * (4 if self.bias else 2)

    def weight_names(self) -> list[str]:
        """The weights' names in PyTorch's order, which is the order of every list of weights."""
        kinds = ["weight_ih", "weight_hh"] + (["bias_ih", "bias_hh"] if self.bias else [])
        suffixes = ["", "_reverse"][: self.directions]
        return [
            f"{kind}_l{layer}{suffix}"
            for layer in range(self.num_layers)
            for suffix in suffixes
            for kind in kinds
        ]

    def weight_shapes(self) -> list[tuple[int, ...]]:
        """The weights' shapes, in the order of `weight_names`."""
        rows = self.gates * self.hidden_size  # G H
        biases = [(rows,), (rows,)] if self.bias else []
        shapes: list[tuple[int, ...]] = []
        for layer in range(self.num_layers):
            matrices = [(rows, self.layer_input_size(layer)), (rows, self.hidden_size)]
            shapes += (matrices + biases) * self.directions
        return shapes

    def state_shape(self, batch: int) -> tuple[int, int, int]:
        """The shape (L D, B, H) of h0, c0, h_n and c_n."""
        return (self.num_layers * self.directions, batch, self.hidden_size)

    def output_shape(self, time: int, batch: int) -> tuple[int, int, int]:
        """The shape (T, B, D H) of y and cells."""
        return (time, batch, self.directions * self.hidden_size)


class Lookup(NamedTuple):
    """The input x = table[ids], not computed yet, so that a kernel may fuse it.

    Ids past a sequence's length are never read and may hold anything.
    """

    ids: Array  # (T, B) int64
    table: Array  # (V, I)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (T, B, I) of the input it stands for."""
        return (*self.ids.shape, *self.table.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the input it stands for."""
        return self.table.dtype


class Forward(NamedTuple):
    """What a forward call returns."""

    y: Array  # (T, B, D H), outputs of the last layer; 0 past a length
    h_n: Array  # (L D, B, H), the state after each sequence's last step
    c_n: Array | None  # (L D, B, H), for cells that have c
    cells: Array | None  # (T, B, D H), on request: c of the last layer; 0 past a length
    workspace: Any  # what backward needs; None unless saved


class TableGradient(NamedTuple):
    """The gradient of a Lookup's table: its row ids[n] is rows[n], all others are zero."""

    ids: Array  # (N,) int64, those within the lengths, each once, in no order that is promised
    rows: Array  # (N, I)
    vocabulary: int  # V

    def dense(self) -> Array:
        """The same gradient as an array (V, I)."""
        table = np.zeros((self.vocabulary, self.rows.shape[1]), self.rows.dtype)
        table[self.ids] = self.rows
        return table


class Gradients(NamedTuple):
    """What a backward call returns. What was not asked for is None."""

    x: Array | TableGradient | None  # (T, B, I), exactly 0 past a length; for a Lookup its table's
    weights: list[Array] | None  # in the order of Stack.weight_names
    h0: Array | None  # (L D, B, H)
    c0: Array | None  # (L D, B, H), for cells that have c
