"""The compiled kernels: the only importer of the extension.

`pack`, `forward` and `backward` do what their namesakes in `reference` specify, as do those of a
convolution in `convolution`. The rest chooses what runs beneath them: instruction set, threads, and
(for tests) the schedule.
"""

from __future__ import annotations

import bisect
import itertools
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, NamedTuple

import numpy as np

from pyrnn.kernels import preconditions
from pyrnn.kernels.scalars import integer
from pyrnn.kernels.stack import Array, Forward, Gradients, Lookup, Stack, TableGradient

try:
    from pyrnn import _core
except ImportError as error:
    from pathlib import Path

    folder = Path(__file__).resolve().parents[1]
    if any(folder.glob("_core.*.so")) or any(folder.glob("_core*.pyd")):
        raise  # it is there, and says itself what is wrong with it
    raise ImportError(
        f"pyrnn's compiled extension is missing from {folder}: this is a source tree, not an "
        "installed package. Run `pip install .` in it, and start Python outside it."
    ) from error

_SPLITS = ("batch", "units", "none")


class Packed(NamedTuple):
    """A stack with its weights in the kernels' layout. The arrays given to `pack` must stay as
    they are until the first forward call with `save`, which packs from them what backward needs."""

    stack: Stack
    dtype: np.dtype[Any]
    handle: _core.PackedWeights


class Workspace(NamedTuple):
    """What forward leaves for backward."""

    packed: Packed
    time: int
    batch: int
    needs_x: bool  # whether backward may be asked for the gradient of x
    handle: _core.Workspace


def pack(stack: Stack, weights: Sequence[Array]) -> Packed:
    """Pack weights, in the order and shapes of `stack.weight_names()`, for calls of forward.

    Weights are C-contiguous, all float32 or all float64. Errors: see `preconditions`.
    """
    dtype = preconditions.check_weights(stack, weights)
    handle = _core.pack(
        stack.cell,
        stack.input_size,
        stack.hidden_size,
        stack.num_layers,
        stack.bidirectional,
        stack.bias,
        stack.dropout,
        stack.proj_size,
        list(weights),
    )
    return Packed(stack, dtype, handle)


def forward(
    packed: Packed,
    x: Array | Lookup,
    h0: Array | None = None,
    c0: Array | None = None,
    lengths: Array | None = None,
    *,
    seed: int | None = None,
    sequences: Array | None = None,
    save: bool = False,
    needs_x: bool = True,
    return_cells: bool = False,
) -> Forward:
    """Run a stack over a batch of sequences: see `reference.forward`.

    With `save`, y is read-only and x, h0, c0 must stay as they are until backward has run.
    """
    preconditions.check_forward(
        packed.stack, packed.dtype, x, h0, c0, lengths, seed, sequences, return_cells
    )
    if seed is not None:
        seed = preconditions.check_seed(seed)
    ids, table, dense = x if isinstance(x, Lookup) else (None, None, x)
    y, h_n, c_n, cells, handle = _core.forward(
        packed.handle,
        dense,
        ids,
        table,
        h0,
        c0,
        lengths,
        seed,
        sequences,
        save,
        needs_x,
        return_cells,
    )
    workspace = None
    if handle is not None:
        workspace = Workspace(packed, y.shape[0], y.shape[1], needs_x, handle)
    return Forward(y, h_n, c_n, cells, workspace)


def backward(
    workspace: Workspace,
    dy: Array | None = None,
    dh_n: Array | None = None,
    dc_n: Array | None = None,
    dcells: Array | None = None,
    *,
    needs_x: bool = True,
    needs_state: bool = True,
    needs_weights: bool = True,
    retain: bool = False,
) -> Gradients:
    """Back-propagate through the call that saved this workspace: see `reference.backward`."""
    if not isinstance(workspace, Workspace):
        preconditions.refuse_foreign_workspace(workspace)
    if workspace.handle.consumed:
        preconditions.refuse_consumed_workspace()
    preconditions.check_needs(needs_x, workspace.needs_x)
    packed = workspace.packed
    preconditions.check_backward(
        packed.stack, packed.dtype, workspace.time, workspace.batch, dy, dh_n, dc_n, dcells
    )
    dx, table, weights, dh0, dc0 = _core.backward(
        workspace.handle, dy, dh_n, dc_n, dcells, needs_x, needs_state, needs_weights, retain
    )
    dtable = None if table is None else TableGradient(*table)
    return Gradients(dx, dtable, weights, dh0, dc0)


def product(a: Array, b: Array, bias: Array | None = None) -> Array:
    """The product of two matrices, a (M, K) and b (K, N), both float32 or both float64.

    Rows or columns may be contiguous, other strides are copied. A bias (N,), contiguous, is where
    every sum starts. The order of every sum is that of k, whatever the number of threads.
    """
    b, transpose_b = _row_major(b)
    if bias is not None:
        return _core.product(plain(a), b, False, transpose_b, bias)
    a, transpose_a = _row_major(a)
    if transpose_a and transpose_b:
        b, transpose_b = plain(b.T), False
    return _core.product(a, b, transpose_a, transpose_b)


def _row_major(matrix: Array) -> tuple[Array, bool]:
    """A C-contiguous array, and whether it is the transpose of the matrix."""
    if matrix.T.flags.c_contiguous and not matrix.flags.c_contiguous:
        return plain(matrix.T), True
    return plain(matrix), False


def plain(array: Array) -> Array:
    """The array as the extension reads it, C-contiguous and aligned; a copy where it is not."""
    array = np.asarray(array, order="C")
    return array if array.flags.aligned else array.copy()


def convolution_max(
    x: Array, weight: Array, bias: Array | None, lengths: Array, *, batch_first: bool = False
) -> tuple[Array, Array]:
    """Filters over sequences, and the largest activation of each: see `convolution`."""
    preconditions.check_convolution(x, weight, bias, lengths, batch_first)
    return _core.convolution_max(x, weight, bias, lengths, batch_first)


def convolution_gradient(
    x: Array,
    weight: Array,
    lengths: Array,
    steps: Array,
    dy: Array,
    *,
    batch_first: bool = False,
    needs_x: bool = True,
    needs_weight: bool = True,
    needs_bias: bool = True,
) -> tuple[Array | None, Array | None, Array | None]:
    """What flows back through those maxima: see `convolution`."""
    preconditions.check_convolution_gradient(x, weight, lengths, steps, dy, batch_first)
    return _core.convolution_gradient(
        x, weight, lengths, steps, dy, batch_first, needs_x, needs_weight, needs_bias
    )


def dropout(x: Array, p: float, seed: int) -> Array:
    """x times a mask that is not stored: see ``dropout.masked``. Any shape and strides."""
    return _core.dropout(plain(x), p, seed).reshape(x.shape)


def gather_rows(table: Array, ids: Array) -> Array:
    """table[ids]: table (V, E), contiguous; ids int64 of any shape and strides."""
    return _core.gather_rows(table, plain(ids)).reshape((*ids.shape, table.shape[1]))


def scatter_rows(rows: int, ids: Array, values: Array) -> Array:
    """out[ids[n]] += values[n] on zeros, n rising: ids (N,) int64, values (N, E) give (rows, E)."""
    return _core.scatter_rows(rows, plain(ids), plain(values))


def sum_rows(
    rows: int, ids: Array, values: Array, omitted: int | None = None
) -> tuple[Array, Array]:
    """See ``arrays.sum_rows``; ids (N,) and values (N, E) of any strides."""
    left_out = -1 if omitted is None else omitted
    return _core.sum_rows(rows, plain(ids), plain(values), left_out)


# Element by element or row by row on contiguous arrays: what pyrnn.kernels.arrays says of each.
sigmoid = _core.sigmoid
tanh = _core.tanh
cross_entropy = _core.cross_entropy
adam = _core.adam
sgd = _core.sgd
square_norm = _core.square_norm


def available_isas() -> list[str]:
    """The instruction sets that were built and that this machine can run, the best one last."""
    return _core.available_isas()


def isa() -> str:
    """The instruction set in use: the best one, unless PYRNN_ISA or `set_isa` says otherwise."""
    return _core.isa()


def set_isa(name: str) -> None:
    """Choose an instruction set; ValueError unless it is one of `available_isas()`."""
    if name not in available_isas():
        known = ", ".join(available_isas())
        raise ValueError(f"isa: expected one of {known} on this machine; got {name!r}")
    _core.set_isa(name)


def get_num_threads() -> int:
    """The number of threads that a call may use.

    At first it is PYRNN_NUM_THREADS, if that is in the environment when pyrnn is imported; else as
    many as the CPUs that this process may run on, or fewer where a control group limits its CPU
    time (a container's ``--cpus``, rounded up), as they are when somebody first asks.
    """
    return _core.get_num_threads()


def set_num_threads(n: int) -> ThreadLimit:
    """Set the number of threads that a call may use, 1 to 1024; ValueError for any other number.

    It holds for the whole process, in place of the number at first (see `get_num_threads`).
    ``with set_num_threads(n):`` restores the number before at the block's end, also where blocks of
    several threads overlap. Results do not depend on it, to the last bit.
    """
    threads = integer("num_threads", n)
    if not 1 <= threads <= 1024:
        raise ValueError(f"num_threads: expected an integer from 1 to 1024; got {n!r}")
    with ThreadLimit.lock:
        limit = ThreadLimit(threads, _core.get_num_threads())
        _core.set_num_threads(threads)
    return limit


class ThreadLimit:
    """The block of ``with set_num_threads(n):``; a plain call may let it go."""

    # Blocks that have been entered and not left, in the order of their calls. Each knows the number
    # before it; one that is left under another hands it up, so the last one out restores the first.
    open: ClassVar[list[ThreadLimit]] = []
    lock: ClassVar[threading.Lock] = threading.Lock()
    _calls: ClassVar[Iterator[int]] = itertools.count()

    def __init__(self, threads: int, before: int) -> None:
        """Made under the lock."""
        self.threads, self.before = threads, before
        self.call = next(ThreadLimit._calls)
        self.entered = False

    def __enter__(self) -> None:
        with ThreadLimit.lock:
            if self.entered:
                raise RuntimeError(
                    f"set_num_threads: expected one block for each call; write "
                    f"`with set_num_threads({self.threads}):` again"
                )
            self.entered = True
            bisect.insort(ThreadLimit.open, self, key=lambda limit: limit.call)

    def __exit__(self, *error: object) -> None:
        with ThreadLimit.lock:
            place = ThreadLimit.open.index(self)
            ThreadLimit.open.pop(place)
            if place < len(ThreadLimit.open):
                ThreadLimit.open[place].before = self.before
            else:
                _core.set_num_threads(self.before)

    def __repr__(self) -> str:
        return f"ThreadLimit({self.threads}, before: {self.before})"


def _renew_lock() -> None:
    ThreadLimit.lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # a thread that the child has not may have held it
    os.register_at_fork(after_in_child=_renew_lock)


def idle_memory() -> int:
    """Bytes of freed workspaces and outputs that are kept for the next call."""
    return _core.idle_memory()


def used_memory() -> int:
    """Bytes that packed weights, workspaces and outputs take at present."""
    return _core.used_memory()


def fresh_blocks() -> int:
    """How many blocks of memory came from the system so far, as no idle one would do."""
    return _core.fresh_blocks()


def empty_cache() -> None:
    """Give idle memory back to the system."""
    _core.empty_cache()


def get_cache_limit() -> int:
    """How many bytes of idle memory are kept at most; at first, 1 GiB."""
    return _core.get_cache_limit()


def set_cache_limit(size: int) -> None:
    """Keep at most so many bytes of idle memory, 0 for none; ValueError for fewer.

    What is over goes back to the system at once, and later whatever has been idle longest.
    Results do not depend on it.
    """
    _core.set_cache_limit(integer("size", size, least=0, most=(1 << 63) - 1))


@contextmanager
def failing_allocation(n: int, *, forever: bool = False) -> Iterator[Callable[[], int]]:
    """Refuse the n-th block of memory, from 1, that kernels ask for within a block, for tests.

    forever: refuse all after it, too. Gives a function that tells how many have been refused.
    """
    _core.fail_allocation(n, forever)
    try:
        yield _core.failed_allocations
    finally:
        _core.fail_allocation(0, False)


def build_config() -> dict[str, Any]:
    """What was built and what runs: compiler, instruction sets, threads."""
    return _core.build_config()


# The switches of `schedule`: what each accepts, how the extension is told, and its "as you like".
_SWITCHES: dict[str, tuple[Callable[[Any], bool], Callable[[Any], int], int]] = {
    "fuse": (lambda v: isinstance(v, bool), int, -1),
    "split": (lambda v: v in _SPLITS, _SPLITS.index, -1),
    "chunk": (lambda v: isinstance(v, int) and v >= 1, int, -1),
    "wavefront": (lambda v: isinstance(v, bool), int, -1),
    "team": (lambda v: isinstance(v, int) and v >= 1, int, 0),
}
_forced: dict[str, object] = {}


@contextmanager
def schedule(**switches: object) -> Iterator[None]:
    """Force parts of the schedule within a block, for tests: no schedule changes a result.

    fuse: bool; split: "batch", "units" or "none"; chunk: int, in steps; wavefront: bool; team: int,
    every call gets exactly so many threads, however small it is. Blocks nest.
    """
    global _forced
    for name, value in switches.items():
        if name not in _SWITCHES or not _SWITCHES[name][0](value):
            raise ValueError(f"schedule: no switch {name}={value!r}; {schedule.__doc__}")
    before, _forced = _forced, {**_forced, **switches}
    _force(_forced)
    try:
        yield
    finally:
        _forced = before
        _force(before)


def _force(switches: Mapping[str, object]) -> None:
    _core.force_schedule(
        *(
            code(switches[name]) if name in switches else free
            for name, (_, code, free) in _SWITCHES.items()
        )
    )
