"""The compiled kernels of pyrnn. Use them through pyrnn.kernels.native."""

from typing import Any

import numpy as np
import numpy.typing as npt

_Array = npt.NDArray[Any]
_Ids = npt.NDArray[np.int64]
_Truths = npt.NDArray[np.bool_]

class PackedWeights: ...
class Chain: ...
class Sessions: ...

class Workspace:
    @property
    def consumed(self) -> bool: ...

class DecoderWorkspace:
    @property
    def consumed(self) -> bool: ...

# runtime: instruction sets, threads, schedules, memory
def available_isas() -> list[str]: ...
def isa() -> str: ...
def set_isa(name: str) -> None: ...
def get_num_threads() -> int: ...
def set_num_threads(n: int) -> None: ...
def build_config() -> dict[str, Any]: ...
def force_schedule(fuse: int, split: int, chunk: int, wavefront: int, team: int) -> None: ...
def idle_memory() -> int: ...
def used_memory() -> int: ...
def fresh_blocks() -> int: ...
def empty_cache() -> None: ...
def get_cache_limit() -> int: ...
def set_cache_limit(size: int) -> None: ...
def fail_allocation(n: int, forever: bool) -> None: ...
def failed_allocations() -> int: ...

# recurrent: the list of cells, pack, forward, backward
def cells() -> list[tuple[str, bool, bool, list[tuple[str, int, str, str]]]]: ...
def pack(
    cell: str,
    input_size: int,
    hidden_size: int,
    num_layers: int,
    bidirectional: bool,
    bias: bool,
    dropout: float,
    proj_size: int,
    zoneout_h: float,
    zoneout_c: float,
    recurrent_dropout: float,
    weights: list[_Array],
) -> PackedWeights: ...
def forward(
    packed: PackedWeights,
    x: _Array | None,
    ids: _Ids | None,
    table: _Array | None,
    h0: _Array | None,
    c0: _Array | None,
    lengths: _Ids | None,
    seed: int | None,
    sequences: _Ids | None,
    reset: _Truths | None,
    save: bool,
    needs_x: bool,
    return_cells: bool,
    return_sequences: bool,
    recompute: int,
) -> tuple[_Array | None, _Array, _Array | None, _Array | None, Workspace | None]: ...
def backward(
    workspace: Workspace,
    dy: _Array | None,
    dh_n: _Array | None,
    dc_n: _Array | None,
    dcells: _Array | None,
    needs_x: bool,
    needs_state: bool,
    needs_weights: bool,
    retain: bool,
) -> tuple[
    _Array | None,
    tuple[_Ids, _Array, int] | None,  # of a table: distinct ids, their rows, V
    list[_Array] | None,
    _Array | None,
    _Array | None,
]: ...

# chains of layers, sessions that run them step by step
def chain(parts: list[tuple[Any, ...]], float64: bool) -> Chain: ...
def sessions(chain: Chain) -> Sessions: ...
def open_session(sessions: Sessions) -> int: ...
def close_session(sessions: Sessions, id: int) -> None: ...
def reset_session(sessions: Sessions, id: int) -> None: ...
def read_session(sessions: Sessions, id: int) -> list[_Array]: ...
def write_session(sessions: Sessions, id: int, states: list[_Array]) -> None: ...
def run_session(sessions: Sessions, id: int, xs: _Array) -> _Array: ...
def open_sessions(sessions: Sessions) -> _Ids: ...
def step(sessions: Sessions, x: _Array | int, out: _Array | None) -> _Array: ...
def steps(sessions: Sessions, ids: _Ids, x: _Array, out: _Array | None) -> _Array: ...

# what a chain makes of a sequence, and how it goes on by itself
def last_states(chain: Chain, ids: _Ids, lengths: _Ids) -> list[_Array]: ...
def continuations(
    chain: Chain,
    states: list[_Array],
    first: int,
    end: int,
    most: int,
    barred: _Array,
    absent: _Array,
) -> list[tuple[tuple[int, ...], float, bool]]: ...

# rows of a table
def gather_rows(table: _Array, ids: _Ids) -> _Array: ...
def scatter_rows(rows: int, ids: _Ids, values: _Array) -> _Array: ...
def sum_rows(rows: int, ids: _Ids, values: _Array, omitted: int = -1) -> tuple[_Ids, _Array]: ...

# filters over sequences, the largest activation of each
def convolution_max(
    x: _Array, weight: _Array, bias: _Array | None, lengths: _Ids, batch_first: bool
) -> tuple[_Array, _Ids]: ...
def convolution_gradient(
    x: _Array,
    weight: _Array,
    lengths: _Ids,
    steps: _Ids,
    dy: _Array,
    batch_first: bool,
    needs_x: bool,
    needs_weight: bool,
    needs_bias: bool,
) -> tuple[_Array | None, _Array | None, _Array | None]: ...

# conditional random fields
def crf_forward(
    emissions: _Array, labels: _Ids, transitions: _Array, start: _Array, end: _Array, lengths: _Ids
) -> tuple[_Array, _Array]: ...
def crf_gradient(
    emissions: _Array,
    labels: _Ids,
    transitions: _Array,
    start: _Array,
    end: _Array,
    lengths: _Ids,
    alphas: _Array,
    dy: _Array,
) -> tuple[_Array, _Array, _Array, _Array]: ...
def crf_marginals(
    emissions: _Array, transitions: _Array, start: _Array, end: _Array, lengths: _Ids
) -> _Array: ...
def crf_decode(
    emissions: _Array, transitions: _Array, start: _Array, end: _Array, lengths: _Ids, best: int
) -> tuple[_Ids, _Array]: ...

# connectionist temporal classification
def ctc_loss(
    logits: _Array,
    targets: _Ids,
    lengths: _Ids,
    target_lengths: _Ids,
    blank: int,
    normalized: bool,
    gradient: bool,
    scale: float,
) -> tuple[_Array, _Array | None]: ...

# attention of all queries of a sequence, and back
def attend(
    query: _Array, keys: _Array, values: _Array, weight: _Array | None, lengths: _Ids | None
) -> tuple[_Array, _Array]: ...
def attend_back(
    query: _Array,
    keys: _Array,
    values: _Array,
    weight: _Array | None,
    lengths: _Ids | None,
    weights: _Array,
    dcontext: _Array | None,
    dweights: _Array | None,
    needs_query: bool,
    needs_keys: bool,
    needs_values: bool,
    needs_weight: bool,
) -> tuple[_Array | None, _Array | None, _Array | None, _Array | None]: ...

# a layer that attends to a memory at each step
def decode(
    packed: PackedWeights,
    x: _Array | None,
    ids: _Ids | None,
    table: _Array | None,
    h0: _Array | None,
    c0: _Array | None,
    lengths: _Ids | None,
    keys: _Array,
    values: _Array,
    weight: _Array | None,
    memory_lengths: _Ids | None,
    projection: _Array | None,
    save: bool,
) -> tuple[_Array, _Array, _Array, _Array, _Array | None, DecoderWorkspace | None]: ...
def decode_back(
    workspace: DecoderWorkspace,
    dy: _Array | None,
    dcontext: _Array | None,
    dh_n: _Array | None,
    dc_n: _Array | None,
    needs_x: bool,
    needs_state: bool,
    needs_weights: bool,
    needs_keys: bool,
    needs_values: bool,
    needs_attention: bool,
    retain: bool,
) -> tuple[
    _Array | None,
    tuple[_Ids, _Array, int] | None,  # of a table: distinct ids, their rows, V
    list[_Array] | None,
    _Array | None,
    _Array | None,
    _Array | None,
    _Array | None,
    _Array | None,
    _Array | None,
]: ...

# cell_step: one step of one layer
def cell_step(
    packed: PackedWeights, x: _Array, h: _Array | None, c: _Array | None
) -> tuple[_Array, _Array | None]: ...

# arrays: products, element-wise operations, dropout, softmax, the loss
def product(a: _Array, b: _Array, bias: _Array | None = None) -> _Array: ...
def sigmoid(x: _Array) -> _Array: ...
def tanh(x: _Array) -> _Array: ...
def softmax(x: _Array) -> _Array: ...
def likeliest(
    x: _Array, count: int, allowed: _Array | None, norms: bool
) -> tuple[_Ids, _Array, _Array | None]: ...
def dropout(x: _Array, p: float, seed: int) -> _Array: ...
def cross_entropy(
    logits: _Array,
    targets: _Ids,
    weights: _Array,
    gradient: bool,
    scale: float = 1.0,
    overwrite: bool = False,
) -> tuple[_Array, _Array | None]: ...
def adam(
    p: _Array,
    g: _Array,
    m: _Array,
    v: _Array,
    vmax: _Array | None,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled: bool,
    step: int,
    ids: _Ids | None = None,
) -> None: ...
def sgd(
    p: _Array,
    g: _Array,
    momentum_buffer: _Array | None,
    lr: float,
    momentum: float,
    nesterov: bool,
    weight_decay: float,
    ids: _Ids | None = None,
) -> None: ...
def square_norm(x: _Array, ids: _Ids | None = None) -> float: ...
