"""The nouns of a recurrent call. No arithmetic here.

Letters: T time, B batch, I input, H hidden, G gates, L layers, D directions, V vocabulary, P the
width of one direction's output: H, or fewer behind a projection.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from pyrnn.kernels.scalars import integer

Array = npt.NDArray[Any]

# The one list of dtypes: what weights, inputs and gradients are made of.
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))

Axis = Literal["units", "input", "output", "one"]  # H; I or D P; P; no axis


class Weight(NamedTuple):
    """One weight of a cell: (blocks x rows, columns), or (blocks x rows,) where columns are one."""

    name: str  # PyTorch's, without the layer and the direction
    blocks: int  # one for each gate that it feeds, in the order of the cell's gates
    rows: Axis
    columns: Axis

    @property
    def is_bias(self) -> bool:
        """Whether `bias=False` leaves it out."""
        return self.name.startswith("bias")


class Cell(NamedTuple):
    """What the drivers need to know of a cell; its recurrence stands in `cells.py`."""

    gates: str  # a letter each, in the order of the weights' blocks; G of them
    weights: tuple[Weight, ...]  # in PyTorch's order, without that of a projection
    has_cell_state: bool = False  # whether a state c runs beside h
    projects: bool = False  # whether its output may be projected, which takes a `PROJECTION`
    peepholes: str = ""  # the gates that see c, in the order of weight_peephole's blocks


def _sums(gates: int) -> tuple[Weight, ...]:
    """The weights of W x + b_ih + R h + b_hh, with which every cell begins."""
    return (
        Weight("weight_ih", gates, "units", "input"),
        Weight("weight_hh", gates, "units", "output"),
        Weight("bias_ih", gates, "units", "one"),
        Weight("bias_hh", gates, "units", "one"),
    )


def _peepholes(gates: int) -> tuple[Weight, ...]:
    return (Weight("weight_peephole", gates, "units", "one"),)


def _norms(gates: int) -> tuple[Weight, ...]:
    """The gains of LN(W x) and LN(R h); the biases of the sums are their shifts."""
    return (
        Weight("weight_norm_ih", gates, "units", "one"),
        Weight("weight_norm_hh", gates, "units", "one"),
    )


# Gain and shift of LN(c).
_CELL_NORM = (
    Weight("weight_norm_c", 1, "units", "one"),
    Weight("bias_norm_c", 1, "units", "one"),
)

PROJECTION = Weight("weight_hr", 1, "output", "units")

# The one list of cells. Everything else iterates it.
_CELLS: dict[str, Cell] = {
    "rnn_tanh": Cell("h", _sums(1)),
    "rnn_relu": Cell("h", _sums(1)),
    "rnn_sigmoid": Cell("h", _sums(1)),
    "lstm": Cell("ifgo", _sums(4), has_cell_state=True, projects=True),
    "lstm_peephole": Cell(
        "ifgo", _sums(4) + _peepholes(3), has_cell_state=True, projects=True, peepholes="ifo"
    ),
    "lstm_coupled": Cell("igo", _sums(3), has_cell_state=True, projects=True),
    "lstm_coupled_peephole": Cell(
        "igo", _sums(3) + _peepholes(2), has_cell_state=True, projects=True, peepholes="io"
    ),
    "lstm_norm": Cell("ifgo", _sums(4) + _norms(4) + _CELL_NORM, has_cell_state=True),
    "gru": Cell("rzn", _sums(3)),
    "gru_reset_before": Cell("rzn", _sums(3)),
    "gru_norm": Cell("rzn", _sums(3) + _norms(3)),
}
CELLS: tuple[str, ...] = tuple(_CELLS)


def look_up(cell: str) -> Cell:
    """The line of the list for a cell. ValueError for a name that is not in it."""
    if cell not in _CELLS:
        raise ValueError(f"cell: expected one of {', '.join(CELLS)}; got {cell!r}")
    return _CELLS[cell]


def spoken(cell: str) -> str:
    """A cell as messages call it: an LSTM."""
    kind, *form = cell.split("_")
    normed = " with layer norm" if "norm" in form else ""
    return f"{'a' if kind == 'gru' else 'an'} {kind.upper()}{normed}"


def gates(cell: str) -> int:
    """The number G of gate blocks in a cell's weights: 1 (RNN), 4 (LSTM), 3 (GRU, coupled LSTM)."""
    return len(look_up(cell).gates)


def has_cell_state(cell: str) -> bool:
    """Whether a cell carries a state c beside its output h (every LSTM does)."""
    return look_up(cell).has_cell_state


class StackWeight(NamedTuple):
    """One weight of a stack."""

    name: str  # weight_ih_l0_reverse
    kind: Weight
    layer: int
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Stack:
    """Layers of one cell, in one or two directions: the shape of a recurrent network.

    `proj_size` is the width to which an LSTM's output is projected, 0 for none, else below
    hidden_size. All that follows is a probability in [0, 1):

    dropout            of zeroing an output between two layers
    zoneout            of h, and of c, to keep its value of the step before (Krueger et al. 2017)
    recurrent_dropout  of zeroing a lane of what R multiplies, in all steps of a sequence alike (Gal
                       and Ghahramani 2016)

    Masks are drawn in calls that are given a seed. In others zoneout takes the expectation, and
    dropout does not act. Raises ValueError or TypeError for impossible values, MemoryError for
    sizes whose weights no memory can hold.
    """

    cell: str
    input_size: int  # I
    hidden_size: int  # H
    num_layers: int = 1  # L
    bidirectional: bool = False  # D = 2
    bias: bool = True
    dropout: float = 0.0
    proj_size: int = 0  # P, or 0 where P = H
    zoneout: tuple[float, float] = (0.0, 0.0)  # of h, of c
    recurrent_dropout: float = 0.0

    def __post_init__(self) -> None:
        cell = look_up(self.cell)
        for name in ("input_size", "hidden_size", "num_layers"):
            size = integer(name, getattr(self, name))  # NumPy's would overflow
            if size < 1:
                raise ValueError(f"{name}: expected at least 1; got {size}")
            object.__setattr__(self, name, size)
        object.__setattr__(self, "proj_size", integer("proj_size", self.proj_size))
        if self.proj_size != 0 and not cell.projects:
            raise ValueError(
                f"proj_size: expected 0, since {spoken(self.cell)} has no projection; "
                f"got {self.proj_size}"
            )
        if not 0 <= self.proj_size < self.hidden_size:
            raise ValueError(
                f"proj_size: expected 0 for none, or less than hidden_size = {self.hidden_size}; "
                f"got {self.proj_size}"
            )
        if self.size >= 1 << 59:
            raise MemoryError(
                f"input_size, hidden_size, num_layers: expected weights that memory can hold; got "
                f"{self.input_size}, {self.hidden_size}, {self.num_layers}"
            )
        self._check_probabilities()

    def _check_probabilities(self) -> None:
        if not isinstance(self.zoneout, tuple) or len(self.zoneout) != 2:
            raise TypeError(f"zoneout: expected a pair, of h and of c; got {self.zoneout!r:.80}")
        for name in ("dropout", "zoneout", "recurrent_dropout"):
            value = getattr(self, name)
            for p in value if name == "zoneout" else (value,):
                if not 0.0 <= p < 1.0:  # also refuses NaN
                    raise ValueError(f"{name}: expected a probability in [0, 1); got {p}")
        if self.zoneout[1] and not self.has_cell_state:
            raise ValueError(
                f"zoneout: expected 0 for c, since {spoken(self.cell)} has no cell state; "
                f"got {self.zoneout[1]}"
            )

    # What every call asks for is worked out once.

    @cached_property
    def masked(self) -> bool:
        """Whether a seed changes what a call computes."""
        between = self.dropout > 0 and self.num_layers > 1
        return between or self.recurrent_dropout > 0 or self.zoneout != (0.0, 0.0)

    @cached_property
    def directions(self) -> int:
        """D: 2 if bidirectional, else 1."""
        return 2 if self.bidirectional else 1

    @property
    def gates(self) -> int:
        """G, the number of gate blocks of the cell."""
        return gates(self.cell)

    @cached_property
    def has_cell_state(self) -> bool:
        """Whether the cell carries c beside h."""
        return has_cell_state(self.cell)

    @cached_property
    def output_size(self) -> int:
        """P, the width of h: proj_size where there is a projection, else H."""
        return self.proj_size or self.hidden_size

    def layer_input_size(self, layer: int) -> int:
        """The width of what a layer reads: I for the first, D P for the others."""
        return self.input_size if layer == 0 else self.directions * self.output_size

    @cached_property
    def kinds(self) -> tuple[Weight, ...]:
        """The weights of one layer in one direction, in PyTorch's order."""
        kinds = tuple(kind for kind in look_up(self.cell).weights if self.bias or not kind.is_bias)
        return (*kinds, PROJECTION) if self.proj_size else kinds

    def shape(self, kind: Weight, layer: int) -> tuple[int, ...]:
        """The shape of one weight of a layer."""
        extents = {
            "units": self.hidden_size,
            "input": self.layer_input_size(layer),
            "output": self.output_size,
        }
        rows = kind.blocks * extents[kind.rows]
        return (rows,) if kind.columns == "one" else (rows, extents[kind.columns])

    def weights(self) -> Iterator[StackWeight]:
        """All weights in PyTorch's order, which is the order of every list of weights."""
        for layer in range(self.num_layers):
            for suffix in ["", "_reverse"][: self.directions]:
                for kind in self.kinds:
                    name = f"{kind.name}_l{layer}{suffix}"
                    yield StackWeight(name, kind, layer, self.shape(kind, layer))

    @cached_property
    def weight_count(self) -> int:
        """The number of weights, without a list of them."""
        return self.num_layers * self.directions * len(self.kinds)

    @property
    def size(self) -> int:
        """The numbers in all weights together, without a list of them."""
        first, other = (
            sum(math.prod(self.shape(kind, layer)) for kind in self.kinds) for layer in (0, 1)
        )
        return self.directions * (first + (self.num_layers - 1) * other)

    def weight_names(self) -> list[str]:
        """The names of `weights`."""
        return [weight.name for weight in self.weights()]

    def weight_shapes(self) -> list[tuple[int, ...]]:
        """The shapes of `weights`."""
        return [weight.shape for weight in self.weights()]

    def state_shape(self, batch: int) -> tuple[int, int, int]:
        """The shape (L D, B, P) of h0 and h_n."""
        return (self.num_layers * self.directions, batch, self.output_size)

    def cell_state_shape(self, batch: int) -> tuple[int, int, int]:
        """The shape (L D, B, H) of c0 and c_n."""
        return (self.num_layers * self.directions, batch, self.hidden_size)

    def output_shape(self, time: int, batch: int) -> tuple[int, int, int]:
        """The shape (T, B, D P) of y."""
        return (time, batch, self.directions * self.output_size)

    def cells_shape(self, time: int, batch: int) -> tuple[int, int, int]:
        """The shape (T, B, D H) of c at every step."""
        return (time, batch, self.directions * self.hidden_size)


class Lookup(NamedTuple):
    """The input x = [table[ids], beside], not computed yet, so that a kernel may fuse it.

    The table's E columns are the first of the I; without others beside them, E = I. Ids past a
    sequence's length are never read and may hold anything.
    """

    ids: Array  # (T, B) int64
    table: Array  # (V, E)
    beside: Array | None = None  # (T, B, I - E)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (T, B, I) of the input it stands for."""
        looked_up = self.table.shape[1]
        beside = 0 if self.beside is None else self.beside.shape[2]
        return (*self.ids.shape, looked_up + beside)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the input it stands for."""
        return self.table.dtype


class Forward(NamedTuple):
    """What a forward call returns."""

    y: Array | None  # (T, B, D P), outputs of the last layer; 0 past a length
    h_n: Array  # (L D, B, P), the state after each sequence's last step
    c_n: Array | None  # (L D, B, H), for cells that have c
    cells: Array | None  # (T, B, D H), on request: c of the last layer; 0 past a length
    workspace: Any  # what backward needs; None unless saved


class TableGradient(NamedTuple):
    """The gradient of a Lookup's table: its row ids[n] is rows[n], all others are zero."""

    ids: Array  # (N,) int64, those within the lengths, each once, in no order that is promised
    rows: Array  # (N, E)
    vocabulary: int  # V

    def dense(self) -> Array:
        """The same gradient as an array (V, E)."""
        table = np.zeros((self.vocabulary, self.rows.shape[1]), self.rows.dtype)
        table[self.ids] = self.rows
        return table


class Gradients(NamedTuple):
    """What a backward call returns. What was not asked for is None."""

    x: Array | None  # (T, B, I), exactly 0 past a length; of a Lookup what stands beside, or None
    table: TableGradient | None  # of a Lookup
    weights: list[Array] | None  # in the order of Stack.weight_names
    h0: Array | None  # (L D, B, P)
    c0: Array | None  # (L D, B, H), for cells that have c
