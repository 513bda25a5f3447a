"""A storm: random calls of every function of pyrnn's extension, right and wrong arguments mixed.

Nothing that Python can hand over may crash the process or hang it, raise anything but ALLOWED, or
change an array that is only read; and the same call twice gives the same bits. The suite runs a
short storm (test_storm.py), a script the long one (long_storm.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from pyrnn import _core
from pyrnn.kernels.stack import CELLS, Stack, look_up

ALLOWED = (TypeError, ValueError, IndexError, RuntimeError, MemoryError)
NAMES = sorted(
    name
    for name in dir(_core)
    if not name.startswith("_") and not isinstance(getattr(_core, name), type)
)
WRITES = {
    "adam": (0, 2, 3, 4),
    "sgd": (0, 2),
    "step": (2,),
    "steps": (3,),
}  # places of the arguments that a call changes
# What gives the same bits again.
REPEATED = {"forward", "cell_step", "product", "cross_entropy", "convolution_max"}
REPEATED |= {"attend", "crf_forward", "ctc_loss", "continuations"}
HUGE = (2**45, 2**57, 2**60 + 1, 2**62)  # lengths of axes that no memory holds
DTYPES = ["f2", ">f4", ">f8", "i4", "i8", ">i8", "u1", "?", "c8", "O", "U3", "M8[s]", "f4,i8", "g"]
# fmt: off
JUNK: list[Callable[[], Any]] = [
    lambda: None, lambda: -1, lambda: 2**63, lambda: 2**64, lambda: 0.5, lambda: float("nan"),
    lambda: "lstm", lambda: "\ud800", lambda: b"bytes", lambda: [], lambda: (1, 2), dict, object,
    lambda: int, lambda: np.float32(1), lambda: _core,
    lambda: _core.Workspace.__new__(_core.Workspace),
    lambda: _core.DecoderWorkspace.__new__(_core.DecoderWorkspace),
    lambda: _core.PackedWeights.__new__(_core.PackedWeights),
    lambda: _core.Chain.__new__(_core.Chain), lambda: _core.Sessions.__new__(_core.Sessions),
]
# fmt: on
KEPT = 8  # packed weights and workspaces of each kind


class Storm:
    """One source of calls, and what earlier calls have left for later ones."""

    def __init__(self, rng: random.Random, alone: bool = True) -> None:
        self.rng = rng
        self.alone = alone  # or other threads may set the instruction set
        self.packed: list[tuple[Any, Stack, str]] = []
        self.spaces: list[tuple[Any, Stack, str, int, int]] = []
        self.decoders: list[tuple[Any, str, list[tuple[int, ...]]]] = []
        self.chains: list[tuple[Any, list[int], str]] = []
        self.pools: list[tuple[Any, list[int], str, list[int]]] = []
        self.memory = np.zeros(1 << 16, np.uint8)  # arrays that overlap lie here
        self.memory.view("f4")[:] = np.linspace(-2, 2, 1 << 14, dtype="f4")
        self.count = self.refused = 0

    def likely(self, chance: float) -> bool:
        return self.rng.random() < chance

    def draw(self) -> tuple[str, list[Any], Any]:
        """A function's name, its arguments, and what `keep` is to know of them."""
        name = self.rng.choice(NAMES)
        arguments, notes = getattr(self, name)()
        if arguments and self.likely(0.1):
            arguments[self.rng.randrange(len(arguments))] = self.rng.choice(JUNK)()
        return name, arguments, notes

    def call(self, told: bool = False) -> None:
        """One call; `told`: printed before it is made."""
        name, arguments, notes = self.draw()
        if told:
            print(self.count, name, arguments, flush=True)
        self.count += 1
        if self.count % 7 == 0:  # a forced team is slow where other processes want the CPUs
            _core.force_schedule(-1, -1, -1, -1, 0)
        looked_at = self.likely(0.05)
        before = copies(arguments) if looked_at else []
        try:
            result = getattr(_core, name)(*arguments)
        except ALLOWED:
            self.refused += 1
            result = None
        for place, copy in enumerate(before):
            if copy is not None and place not in WRITES.get(name, ()):
                assert same(arguments[place], copy), f"{name} changed its argument {place}"
        repeated = REPEATED if self.alone else {"forward"}
        if looked_at and result is not None and name in repeated:
            self.repeat(name, arguments, result)
        if result is not None and notes is not None:
            self.keep(name, result, notes)

    def repeat(self, name: str, arguments: list[Any], result: Any) -> None:
        """The same call once more: the same bits."""
        try:
            again = getattr(_core, name)(*arguments)
        except MemoryError:
            return
        results, others = (r if isinstance(r, tuple) else (r,) for r in (result, again))
        for one, other in zip(results, others, strict=True):
            assert not isinstance(one, np.ndarray) or same(one, other), f"{name} gave other bits"

    def keep(self, name: str, result: Any, notes: Any) -> None:
        if name == "open_session":
            notes.append(result)
            return
        places: dict[str, list[Any]] = {
            "pack": self.packed,
            "chain": self.chains,
            "sessions": self.pools,
        }
        workspaces: dict[str, list[Any]] = {"forward": self.spaces, "decode": self.decoders}
        kept = places[name] if name in places else workspaces[name]
        entry = (result if name in places else result[-1], *notes)
        if len(kept) < KEPT:
            kept.append(entry)
        else:
            kept[self.rng.randrange(KEPT)] = entry

    # arrays

    def array(self, shape: tuple[int, ...], dtype: str) -> Any:
        """An array of this shape and dtype; one in seven has something about it."""
        if self.likely(0.86):
            return self.values(shape, dtype)
        flaw = self.rng.choice([self.reshaped, self.retyped, self.relaid, self.overlapping])
        return flaw(shape, dtype)

    def values(self, shape: tuple[int, ...], dtype: str) -> Any:
        size = int(np.prod(shape))
        array = np.random.default_rng(self.rng.randrange(1000)).standard_normal(size).astype(dtype)
        if size and dtype[-2] == "f" and self.likely(0.05):
            array[self.rng.randrange(size)] = self.rng.choice([np.nan, np.inf, -1e30, 1e-40])
        return array.reshape(shape)

    def reshaped(self, shape: tuple[int, ...], dtype: str) -> Any:
        other = list(shape)
        for _ in range(self.rng.randint(1, 2)):
            match self.rng.randrange(4):
                case 0 if other:
                    other[self.rng.randrange(len(other))] += self.rng.choice([1, -1, 7])
                case 1:
                    other.insert(self.rng.randint(0, len(other)), self.rng.randrange(3))
                case 2 if other:
                    other.pop(self.rng.randrange(len(other)))
                case 3 if other:
                    other[self.rng.randrange(len(other))] = self.rng.choice(HUGE)
                    other[self.rng.randrange(len(other))] = 0
        other = [max(length, 0) for length in other]
        try:
            return np.zeros(other, dtype)
        except (ValueError, MemoryError):  # NumPy has no such array
            return np.zeros([min(length, 3) for length in other], dtype)

    def retyped(self, shape: tuple[int, ...], dtype: str) -> Any:
        return np.zeros(shape, self.rng.choice([*DTYPES, "f4", "f8"]))

    def relaid(self, shape: tuple[int, ...], dtype: str) -> Any:
        array = self.values(shape, dtype)
        match self.rng.randrange(8):
            case 0:
                return np.asfortranarray(array)
            case 1:
                return array[tuple(slice(None, None, -1) for _ in shape)]
            case 2:
                return np.repeat(array, 2, axis=-1)[..., ::2] if shape else array
            case 3:
                return np.broadcast_to(array[:1], shape) if shape and shape[0] else array
            case 4:
                raw = np.zeros(array.nbytes + 1, np.uint8)
                return raw[1:].view(dtype).reshape(shape)
            case 5:
                array.flags.writeable = False
                return array
            case 6:
                return np.ma.masked_less(array, 0)
            case _:
                return array.view(np.recarray)

    def overlapping(self, shape: tuple[int, ...], dtype: str) -> Any:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        start = self.rng.randrange(0, 512, 4)
        if start + size > self.memory.size:
            return self.values(shape, dtype)
        return self.memory[start : start + size].view(dtype).reshape(shape)

    def maybe(self, shape: tuple[int, ...], dtype: str) -> Any:
        return None if self.likely(0.4) else self.array(shape, dtype)

    def whole(self, shape: tuple[int, ...], below: int) -> Any:
        """Integers from 0 to below - 1, seldom others."""
        array = self.array(shape, "i8")
        if array.dtype == np.int64 and array.flags.writeable and array.size <= 1 << 16:
            array[...] = np.random.default_rng(self.rng.randrange(1000)).integers(
                0, max(below, 1), array.shape
            )
            if array.size and self.likely(0.05):
                array.flat[0] = self.rng.choice([-1, below, -(2**63), 2**63 - 1])
        return array

    def floats(self) -> str:
        return "f4" if self.likely(0.7) else "f8"

    def length(self) -> int:
        return self.rng.choice([0, 1, 1, 2, 3, 5, 8])

    # the functions, each with its arguments and notes

    def pack(self) -> tuple[list[Any], Any]:
        cell, hidden = self.rng.choice(CELLS), self.rng.choice([1, 2, 3, 7, 8, 16, 17, 33])
        projects = look_up(cell).projects and self.likely(0.5)
        stack = Stack(
            cell,
            self.rng.randint(1, 20),
            hidden,
            self.rng.randint(1, 3),
            self.likely(0.4),
            self.likely(0.7),
            self.rng.choice([0.0, 0.0, 0.3]),
            self.rng.randrange(hidden) if projects else 0,
        )
        dtype = self.floats()
        clean = self.likely(0.7)
        make = self.values if clean else self.array
        sizes = [stack.input_size, stack.hidden_size, stack.num_layers]
        if self.likely(0.05):
            sizes[self.rng.randrange(3)] = self.rng.choice([0, -1, 2**31, 2**31 + 1, 2**62])
        weights = [make(shape, dtype) for shape in stack.weight_shapes()]
        proj_size = stack.proj_size
        if self.likely(0.05):
            proj_size = self.rng.choice([-1, 1, stack.hidden_size, 2**31, 2**62])
        flags = [stack.bidirectional, stack.bias, stack.dropout, proj_size]
        masks = [self.rng.choice([0.0, 0.0, 0.3]) for _ in range(3)]
        if self.likely(0.05):
            masks[self.rng.randrange(3)] = self.rng.choice([-0.1, 1.0, float("nan"), 1e300])
        return [stack.cell, *sizes, *flags, *masks, weights], (stack, dtype)

    def forward(self) -> tuple[list[Any], Any]:
        if not self.packed:
            return [None] * 15, None
        handle, stack, dtype = self.rng.choice(self.packed)
        time, batch, rows = self.length(), self.length(), self.rng.randint(1, 9)
        tokens, width = self.likely(0.5), stack.input_size
        looked_up = self.rng.choice([width, self.rng.randint(0, width)]) if tokens else 0
        dense = self.array((time, batch, width - looked_up), dtype)
        x = None if looked_up == width else dense
        ids = self.whole((time, batch), rows) if tokens else None
        table = self.array((rows, looked_up), dtype) if tokens else None
        shapes = (stack.state_shape(batch), stack.cell_state_shape(batch))
        states = [self.maybe(shape, dtype) for shape in shapes]
        lengths = None if self.likely(0.5) else self.whole((batch,), time + 1)
        seed = self.rng.choice([None, 0, 7, 2**64 - 1])
        sequences = None if self.likely(0.5) else self.whole((batch,), 1000)
        reset = None if self.likely(0.5) else self.whole((time, batch), 2)
        if reset is not None and reset.dtype.names is None and self.likely(0.9):
            reset = reset.astype(bool)
        save, needs_x, cells = self.likely(0.6), self.likely(0.7), self.likely(0.4)
        recompute = 0 if self.likely(0.6) else self.rng.choice([1, 2, 3, 100, -1, 2**62])
        kept = [save, needs_x, cells, self.likely(0.7), recompute]
        rest = [lengths, seed, sequences, reset, *kept]
        arguments = [handle, x, ids, table, *states, *rest]
        return arguments, (stack, dtype, time, batch) if save else None

    def cell_step(self) -> tuple[list[Any], Any]:
        single = [entry for entry in self.packed if entry[1].state_shape(1)[0] == 1]
        if not self.packed:
            return [None] * 4, None
        handle, stack, dtype = self.rng.choice(
            single if single and self.likely(0.9) else self.packed
        )
        rows = (self.length(),) if self.likely(0.7) else ()
        h, c = self.maybe((*rows, stack.output_size), dtype), None
        if stack.has_cell_state or self.likely(0.1):
            c = self.maybe((*rows, stack.hidden_size), dtype)
        return [handle, self.array((*rows, stack.input_size), dtype), h, c], None

    def backward(self) -> tuple[list[Any], Any]:
        if not self.spaces:
            return [None] * 9, None
        handle, stack, dtype, time, batch = self.rng.choice(self.spaces)
        shapes = (
            stack.output_shape(time, batch),
            stack.state_shape(batch),
            stack.cell_state_shape(batch),
            stack.cells_shape(time, batch),
        )
        upstream = [self.maybe(shape, dtype) for shape in shapes]
        return [handle, *upstream, *(self.likely(0.7) for _ in range(4))], None

    def chain(self) -> tuple[list[Any], Any]:
        """A table perhaps, layers whose widths mostly agree; notes: what a step is, the dtype."""
        dtype, parts, rows = self.floats(), [], 0
        width = first = self.rng.randint(1, 20)
        if self.likely(0.4):
            rows = self.rng.randint(1, 9)
            parts.append(("table", self.array((rows, width), dtype)))
        for _ in range(self.rng.randint(1, 4)):
            stacks = [entry for entry in self.packed if entry[1].input_size == width]
            match self.rng.randrange(5):
                case 0 | 1 if stacks or self.likely(0.3):
                    handle, stack, _ = self.rng.choice(stacks or self.packed or [(None,) * 3])
                    parts.append(("stack", handle))
                    width = stack.output_size if stack else width
                case 2:
                    parts.append(("scale", *(self.array((width,), "f8") for _ in "md"), True))
                case 3:
                    parts.append((self.rng.choice(["tanh", "sigmoid", "relu", "table", "?"]),))
                case _:
                    out = self.rng.choice([1, 3, 17, 70, max(rows, 1)])
                    bias = self.maybe((out,), dtype)
                    parts.append(("linear", self.array((out, width), dtype), bias))
                    width = out
        return [parts, dtype == "f8"], ([rows, first, width], dtype)

    def sessions(self) -> tuple[list[Any], Any]:
        if not self.chains:
            return [None], None
        handle, *notes = self.rng.choice(self.chains)
        return [handle], (*notes, [])

    def pool(self) -> tuple[Any, list[int], str, list[int]]:
        return self.rng.choice(self.pools or [(None, [0, 1, 1], "f4", [])])

    def session(self, ids: list[int]) -> Any:
        """Mostly one that was open once."""
        known = ids if ids and self.likely(0.9) else [-1, 0, 2**32, 2**62, 2**63]
        return self.rng.choice(known)

    def of_a_session(self) -> tuple[list[Any], Any]:
        handle, _, _, ids = self.pool()
        return [handle, self.session(ids)], None

    read_session = reset_session = of_a_session

    def close_session(self) -> tuple[list[Any], Any]:
        arguments, _ = self.of_a_session()
        return arguments if self.likely(0.3) else [None, 0], None

    def open_session(self) -> tuple[list[Any], Any]:
        handle, _, _, ids = self.pool()
        return [handle], ids

    def open_sessions(self) -> tuple[list[Any], Any]:
        return [self.pool()[0]], None

    def write_session(self) -> tuple[list[Any], Any]:
        (handle, session), _ = self.of_a_session()
        try:
            states = _core.read_session(handle, session)
        except ALLOWED:
            states = [self.values((1, 3), "f4")]
        return [handle, session, [self.array(a.shape, a.dtype.str[1:]) for a in states]], None

    def of_steps(self, sizes: list[int], dtype: str, *shape: int) -> Any:
        """What steps read."""
        rows, width, _ = sizes
        return self.whole(shape, rows) if rows else self.array((*shape, width), dtype)

    def run_session(self) -> tuple[list[Any], Any]:
        handle, sizes, dtype, ids = self.pool()
        return [handle, self.session(ids), self.of_steps(sizes, dtype, self.length())], None

    def step(self) -> tuple[list[Any], Any]:
        handle, sizes, dtype, _ = self.pool()
        x = self.of_steps(sizes, dtype)
        if sizes[0] and self.likely(0.8):
            x = self.rng.choice([0, 0, sizes[0] - 1, sizes[0], -1, 2**80])
        return [handle, x, self.maybe(tuple(sizes[2:]), dtype)], None

    def steps(self) -> tuple[list[Any], Any]:
        handle, sizes, dtype, ids = self.pool()
        count = self.rng.randint(0, len(ids))
        chosen = self.rng.sample(ids, count)
        if chosen and self.likely(0.1):
            chosen[0] = min(self.session(ids), 2**63 - 1)
        x, out = self.of_steps(sizes, dtype, count), self.maybe((count, sizes[2]), dtype)
        return [handle, np.array(chosen, np.int64), x, out], None

    def mask(self, shape: tuple[int, ...]) -> Any:
        """Truth values; one in seven has something about it."""
        given = self.array(shape, "f8")
        return given > self.rng.choice([-9, 0, 1, 9]) if given.dtype == float else given

    def likeliest(self) -> tuple[list[Any], Any]:
        rows, columns, dtype = self.length(), self.rng.choice([1, 5, 70, 300]), self.floats()
        allowed = None
        if self.likely(0.5):
            allowed = self.mask((self.rng.choice([1, rows]), columns))
        count = self.rng.randint(0, columns + 1) if self.likely(0.9) else 2**40
        return [self.array((rows, columns), dtype), count, allowed, self.likely(0.5)], None

    def last_states(self) -> tuple[list[Any], Any]:
        handle, (rows, *_), _ = self.rng.choice(self.chains or [(None, [1, 1, 1], "f4")])
        time, batch = self.length(), self.length()
        lengths = self.whole((batch,), time + 1)
        return [handle, self.whole((time, batch), rows or 3), lengths], None

    def continuations(self) -> tuple[list[Any], Any]:
        closed = [entry for entry in self.chains if entry[1][0] == entry[1][2]]
        known = closed if closed and self.likely(0.9) else self.chains
        handle, (_, _, out), dtype = self.rng.choice(known or [(None, [1, 1, 1], "f4")])
        sentences = self.length()
        try:
            alone = _core.last_states(handle, np.zeros((1, 1), np.int64), np.zeros(1, np.int64))
        except ALLOWED:
            alone = [self.values((1, 1, 3), dtype)]
        states = [self.array((len(a), sentences, a.shape[2]), dtype) for a in alone]
        first, end = (self.rng.randint(0, out - self.likely(0.95)) for _ in "fe")
        masks = [self.mask((out,)) for _ in "ba"]
        return [handle, states, first, end, self.rng.randint(0, 90), *masks], None

    def product(self) -> tuple[list[Any], Any]:
        large = 40 if self.likely(0.05) else 1
        m, n, k = (self.length() * large for _ in range(3))
        flip_a, flip_b, dtype = self.likely(0.3), self.likely(0.3), self.floats()
        a = self.array((k, m), dtype).T if flip_a else self.array((m, k), dtype)
        b = self.array((n, k), dtype).T if flip_b else self.array((k, n), dtype)
        return [a, b, self.maybe((n,), dtype)], None

    def convolution_max(self) -> tuple[list[Any], Any]:
        time, batch, dtype, first = self.length(), self.length(), self.floats(), self.likely(0.5)
        inputs, filters = self.rng.choice([1, 3, 16]), self.rng.choice([1, 5, 33, 70])
        x = self.array((batch, time, inputs) if first else (time, batch, inputs), dtype)
        weight = self.array((filters, inputs, self.rng.choice([1, 2, 3, 20])), dtype)
        lengths = self.whole((batch,), time + 1)
        return [x, weight, self.maybe((filters,), dtype), lengths, first], None

    def convolution_gradient(self) -> tuple[list[Any], Any]:
        (x, weight, _, lengths, first), _ = self.convolution_max()
        dtype = "f8" if weight.dtype == np.float64 else "f4"
        shape = (lengths.size % 100, weight.shape[0] % 100 if weight.ndim else 1)
        full = np.full(lengths.shape, x.shape[first] if x.ndim > 1 else 1)
        lengths = full if self.likely(0.7) and lengths.size < 100 else lengths
        steps, dy = self.whole(shape, 1), self.array(shape, dtype)
        return [x, weight, lengths, steps, dy, first, *(self.likely(0.7) for _ in range(3))], None

    def memory_of(self, batch: int, width: int, values: int, dtype: str) -> list[Any]:
        """Keys, values, weight and lengths."""
        steps = self.length()
        keys, memory = (self.array((steps, batch, n), dtype) for n in (width, values))
        lengths = None if self.likely(0.4) else self.whole((batch,), steps + 1)
        return [keys, memory, self.maybe((width,), dtype), lengths]

    def attend(self) -> tuple[list[Any], Any]:
        time, batch, dtype = self.length(), self.length(), self.floats()
        width = self.rng.choice([1, 3, 16, 33])
        query = self.array((time, batch, width), dtype)
        return [query, *self.memory_of(batch, width, self.rng.choice([0, 1, 7, 70]), dtype)], None

    def attend_back(self) -> tuple[list[Any], Any]:
        arguments, _ = self.attend()
        query, keys, values = arguments[:3]
        dtype = "f8" if query.dtype == np.float64 else "f4"
        queries = tuple(length % 100 for length in query.shape[:2])
        steps, width = len(keys) % 100 if keys.ndim else 1, values.shape[-1] if values.ndim else 1
        weights, dweights = (self.array((*queries, steps), dtype) for _ in "ad")
        dcontext = self.maybe((*queries, width % 100), dtype)
        given = [weights, dcontext, dweights if self.likely(0.4) else None]
        return [*arguments, *given, *(self.likely(0.7) for _ in range(4))], None

    def decoder_layer(self) -> tuple[Any, Stack, str]:
        """Packed weights that a decoder takes; seldom others, or none where memory fails."""
        if self.packed and self.likely(0.1):
            return self.rng.choice(self.packed)
        cell = self.rng.choice([cell for cell in CELLS if "norm" not in cell])
        stack = Stack(cell, self.rng.randint(2, 20), self.rng.choice([1, 3, 8, 17, 33]))
        dtype = self.floats()
        weights = [self.values(shape, dtype) for shape in stack.weight_shapes()]
        sizes = [stack.input_size, stack.hidden_size, 1, False, True, 0.0, 0, 0.0, 0.0, 0.0]
        try:
            return _core.pack(cell, *sizes, weights), stack, dtype
        except MemoryError:
            return None, stack, dtype

    def decode(self) -> tuple[list[Any], Any]:
        handle, stack, dtype = self.decoder_layer()
        time, batch, rows = self.length(), self.length(), self.rng.randint(1, 9)
        values = self.rng.randint(1, max(stack.input_size - 1, 1))
        inputs, hidden = stack.input_size - values, stack.hidden_size
        tokens, projects = self.likely(0.5), self.likely(0.6)
        width = self.rng.choice([1, 5, 17]) if projects else hidden
        x = None if tokens else self.array((time, batch, inputs), dtype)
        ids = self.whole((time, batch), rows) if tokens else None
        table = self.array((rows, inputs), dtype) if tokens else None
        states = [self.maybe((1, batch, hidden), dtype) for _ in "hc"]
        lengths = None if self.likely(0.5) else self.whole((batch,), time + 1)
        memory = self.memory_of(batch, width, values, dtype)
        projection = self.array((width, hidden), dtype) if projects else None
        save = self.likely(0.6)
        shapes = [(time, batch, hidden), (time, batch, values), (1, batch, hidden)]
        arguments = [handle, x, ids, table, *states, lengths, *memory, projection, save]
        return arguments, (dtype, shapes) if save else None

    def decode_back(self) -> tuple[list[Any], Any]:
        if not self.decoders:
            return [None] * 12, None
        handle, dtype, shapes = self.rng.choice(self.decoders)
        upstream = [self.maybe(shape, dtype) for shape in [*shapes, shapes[2]]]
        return [handle, *upstream, *(self.likely(0.7) for _ in range(7))], None

    def field(self, dtype: str) -> tuple[Any, Any, list[Any], Any]:
        """Emissions, labels, the other scores, lengths."""
        time, batch, count = self.length(), self.length(), self.rng.choice([0, *[1, 2, 5, 17] * 3])
        emissions = self.array((time, batch, count), dtype)
        scores = [self.array(shape, dtype) for shape in ((count, count), (count,), (count,))]
        lengths = self.whole((batch,), time + 1)
        return emissions, self.whole((time, batch), count), scores, lengths

    def crf_forward(self) -> tuple[list[Any], Any]:
        emissions, labels, scores, lengths = self.field(self.floats())
        return [emissions, labels, *scores, lengths], None

    def crf_gradient(self) -> tuple[list[Any], Any]:
        emissions, labels, scores, lengths = self.field(self.floats())
        dtype = "f8" if emissions.dtype == np.float64 else "f4"
        shape = tuple(min(n, 100) for n in emissions.shape)
        upstream = self.array(shape, dtype), self.array(shape[1:2], dtype)
        return [emissions, labels, *scores, lengths, *upstream], None

    def crf_marginals(self) -> tuple[list[Any], Any]:
        emissions, _, scores, lengths = self.field(self.floats())
        return [emissions, *scores, lengths], None

    def crf_decode(self) -> tuple[list[Any], Any]:
        emissions, _, scores, lengths = self.field("f8" if self.likely(0.9) else "f4")
        return [emissions, *scores, lengths, self.rng.choice([1, 1, 1, 2, 2, 5, 0, 2**40])], None

    def ctc_loss(self) -> tuple[list[Any], Any]:
        time, batch, count = self.length(), self.length(), self.rng.choice([0, *[1, 2, 5, 17] * 3])
        most = self.length()
        logits = self.array((time, batch, count), self.floats())
        targets = self.whole((batch, most), count)
        lengths = self.whole((batch,), time + 1), self.whole((batch,), most + 1)
        blank = self.rng.choice([0, 0, 0, count, -1])
        scale = self.rng.choice([1.0, 0.5, np.nan])
        return [logits, targets, *lengths, blank, self.likely(0.3), self.likely(0.7), scale], None

    def sigmoid(self) -> tuple[list[Any], Any]:
        shape = tuple(self.length() for _ in range(self.rng.randrange(5)))
        return [self.array(shape, self.floats())], None

    tanh = softmax = sigmoid

    def cross_entropy(self) -> tuple[list[Any], Any]:
        rows, columns, dtype = self.length() * 3, self.length() * 5, self.floats()
        logits, weights = self.array((rows, columns), dtype), self.array((rows,), dtype)
        return [logits, self.whole((rows,), columns), weights, self.likely(0.5)], None

    def dropout(self) -> tuple[list[Any], Any]:
        shape = tuple(self.length() * 9 for _ in range(self.rng.randrange(4)))
        p = self.rng.choice([0.0, 0.5, 0.9, 1.0, -0.1, 1.1, np.nan])
        seed = self.rng.choice([0, 7, 2**64 - 1, 2**64])
        return [self.array(shape, self.floats()), p, seed], None

    def gather_rows(self) -> tuple[list[Any], Any]:
        rows, shape = self.length(), tuple(self.length() for _ in range(self.rng.randrange(4)))
        return [self.array((rows, self.length() * 9), self.floats()), self.whole(shape, rows)], None

    def scatter_rows(self) -> tuple[list[Any], Any]:
        count = self.length() * self.rng.choice([1, 30])
        rows = self.rng.choice([1, 3, 100, 100, 5000, 0, -1, 2**40, 2**62])
        values = self.array((count, self.length() * 9), self.floats())
        return [rows, self.whole((count,), min(rows, 2**40)), values], None

    def sum_rows(self) -> tuple[list[Any], Any]:
        return [*self.scatter_rows()[0], self.rng.choice([-1, -1, 0, 3, 2**62, -(2**63)])], None

    def set_cache_limit(self) -> tuple[list[Any], Any]:
        return [self.rng.choice([0, 1000, 2**20, 2**30, 2**63 - 1, -1, 2**63])], None

    def adam(self) -> tuple[list[Any], Any]:
        shape, dtype = (self.length() * self.rng.choice([1, 1, 1, 999]),), self.floats()
        arrays = [self.array(shape, dtype) for _ in range(4)]
        if self.likely(0.05):
            arrays[1] = arrays[0]
        numbers = [self.rng.choice([0.0, 0.1, 0.9, 1.0, -1.0, 1e300, np.nan]) for _ in range(5)]
        return [*arrays, self.maybe(shape, dtype), *numbers, self.likely(0.5), 1.0], None

    def sgd(self) -> tuple[list[Any], Any]:
        shape, dtype = (self.length() * self.rng.choice([1, 1, 1, 999]),), self.floats()
        arrays = [self.array(shape, dtype) for _ in range(2)]
        if self.likely(0.05):
            arrays[1] = arrays[0]
        rate, momentum, decay = (self.rng.choice([0.0, 0.1, -1.0, 1e300, np.nan]) for _ in range(3))
        return [*arrays, self.maybe(shape, dtype), rate, momentum, self.likely(0.5), decay], None

    def square_norm(self) -> tuple[list[Any], Any]:
        return [self.array((self.length() * 7,), self.floats())], None

    def set_isa(self) -> tuple[list[Any], Any]:
        return [self.rng.choice([*_core.available_isas(), "mmx", ""])], None

    def set_num_threads(self) -> tuple[list[Any], Any]:
        return [self.rng.choice([1, 1, 2, 2, 3, 0, -1, 1025, 2**31 - 1, 2**40])], None

    def force_schedule(self) -> tuple[list[Any], Any]:
        fuse, split = self.rng.choice([-1, 0, 1, 2]), self.rng.choice([-1, 0, 1, 2, 3])
        chunk = self.rng.choice([-1, 1, 2, 5, 2**31, 2**62, 2**63 - 1])
        wavefront, team = self.rng.choice([-1, 0, 1, 2]), [0, 0, 0, 0, 1, 2, -1, 1025]
        return [fuse, split, chunk, wavefront, self.rng.choice(team)], None

    def fail_allocation(self) -> tuple[list[Any], Any]:
        return [self.rng.choice([0, 0, 0, 1, 2, 3, 5, 8, 20, -1]), self.likely(0.1)], None

    def nothing(self) -> tuple[list[Any], Any]:
        return [], None

    cells = available_isas = isa = get_num_threads = build_config = nothing
    idle_memory = used_memory = fresh_blocks = empty_cache = get_cache_limit = nothing
    failed_allocations = nothing


def copies(arguments: list[Any]) -> list[Any]:
    """Of the arrays among the arguments, where they are not enormous."""
    plain = [isinstance(a, np.ndarray) and a.size < 1 << 20 for a in arguments]
    return [a.copy() if copied else None for a, copied in zip(arguments, plain, strict=True)]


def same(one: Any, other: Any) -> bool:
    """The same bits, whatever is masked or not."""
    return np.asarray(one).tobytes() == np.asarray(other).tobytes()
