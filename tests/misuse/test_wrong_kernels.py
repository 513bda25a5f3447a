"""Wrong calls of the kernels and, beneath them, of the extension itself."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import numpy as np
import pytest

import pyrnn
from pyrnn import _core
from pyrnn.kernels import native
from pyrnn.kernels.stack import Lookup, Stack

from .refusal import Row, expect, table

T, B, I, H = 5, 3, 4, 2
LSTM = Stack("lstm", I, H)
WEIGHTS = [np.zeros(shape, "f4") for shape in LSTM.weight_shapes()]
PACKED = native.pack(LSTM, WEIGHTS)
HANDLE = PACKED.handle
EMPTY = _core.PackedWeights.__new__(_core.PackedWeights)
EMPTY_SPACE = _core.Workspace.__new__(_core.Workspace)


def f4(*shape: int) -> np.ndarray:
    return np.zeros(shape, "f4")


def read_only(*shape: int) -> np.ndarray:
    array = f4(*shape)
    array.flags.writeable = False
    return array


X, P, SECOND, LONG = f4(T, B, I), f4(8), f4(8), f4(12)
IDS = np.zeros((T, B), np.int64)
FULL = np.full(B, T)


def forward(x: Any = None, h0: Any = None, lengths: Any = None, seed: Any = None) -> Any:
    return native.forward(PACKED, X if x is None else x, h0, lengths=lengths, seed=seed)


def core(
    x: Any = X,
    ids: Any = None,
    table: Any = None,
    packed: Any = HANDLE,
    sequences: Any = None,
    reset: Any = None,
    recompute: int = 0,
) -> Any:
    """The extension itself, without the checks of native."""
    states = lengths = seed = None
    return _core.forward(
        packed, x, ids, table, states, states, lengths, seed, sequences, reset,
        True, True, False, True, recompute,
    )  # fmt: skip


def backward_twice() -> None:
    workspace = core()[4]
    for _ in range(2):
        _core.backward(workspace, None, None, None, None, True, True, True, False)


def core_pack(
    layers: int = 1,
    weights: Any = None,
    hidden: int = H,
    cell: str = "lstm",
    proj_size: int = 0,
    masks: tuple[float, ...] = (0.0, 0.0, 0.0),
) -> Any:
    weights = WEIGHTS if weights is None else weights
    return _core.pack(cell, I, hidden, layers, False, True, 0.0, proj_size, *masks, weights)


def adam(p: Any = P, g: Any = LONG[:8], m: Any = LONG[4:], v: Any = SECOND) -> None:
    _core.adam(p, g, m, v, None, 0.1, 0.9, 0.9, 0.1, 0.0, False, 1)


def sgd(p: Any = P, g: Any = LONG[:8], buffer: Any = None) -> None:
    _core.sgd(p, g, buffer, 0.1, 0.9, False, 0.0)


def convolve(x: Any = X, weight: Any = None, bias: Any = None, lengths: Any = FULL) -> Any:
    """The extension itself, without the checks of native."""
    return _core.convolution_max(x, f4(7, I, 3) if weight is None else weight, bias, lengths, False)


def convolve_back(steps: Any = None, dy: Any = None, lengths: Any = FULL) -> Any:
    steps = np.zeros((B, 7), np.int64) if steps is None else steps
    dy = f4(B, 7) if dy is None else dy
    return _core.convolution_gradient(X, f4(7, I, 3), lengths, steps, dy, False, True, True, True)


KEYS, VALUES, QUERY = f4(6, B, 7), f4(6, B, 3), f4(2, B, 7)
SMALL = native.pack(Stack("gru", I + 3, H), [f4(3 * H, n) for n in (I + 3, H)] + [f4(3 * H)] * 2)
NORMED = native.pack(
    (NORM := Stack("gru_norm", I + 3, H)), [f4(*shape) for shape in NORM.weight_shapes()]
)
EMPTY_DECODER = _core.DecoderWorkspace.__new__(_core.DecoderWorkspace)


def attend(query: Any = QUERY, keys: Any = KEYS, values: Any = VALUES, **other: Any) -> Any:
    """The extension itself, without the checks of native."""
    weight, lengths = other.get("weight"), other.get("lengths")
    return _core.attend(query, keys, values, weight, lengths)


def attend_back(weights: Any = None, dcontext: Any = None, dweights: Any = None) -> Any:
    weights = f4(2, B, 6) if weights is None else weights
    needs = (True,) * 4
    return _core.attend_back(QUERY, KEYS, VALUES, None, None, weights, dcontext, dweights, *needs)


def decode(x: Any = X, keys: Any = KEYS, values: Any = VALUES, **other: Any) -> Any:
    given = {
        "packed": SMALL.handle, "ids": None, "table": None, "h0": None, "c0": None,
        "lengths": None, "weight": None, "memory_lengths": None, "projection": f4(7, H),
        "save": True,
    } | other  # fmt: skip
    return _core.decode(x=x, keys=keys, values=values, **given)


def decode_back(workspace: Any = None, **other: Any) -> Any:
    workspace = decode()[-1] if workspace is None else workspace
    names = ("x", "state", "weights", "keys", "values", "attention")
    upstream = {"dy": None, "dcontext": None, "dh_n": None, "dc_n": None} | other
    needs = {f"needs_{name}": True for name in names}
    return _core.decode_back(workspace, **upstream, **needs, retain=False)


def decode_back_twice() -> None:
    workspace = decode()[-1]
    for _ in range(2):
        decode_back(workspace)


def field(function: str = "crf_forward", **changed: Any) -> Any:
    """A random field of two labels: the extension itself, without the checks of native."""
    given = {"emissions": f4(T, B, 2), "labels": np.zeros((T, B), np.int64)}
    given |= {"transitions": f4(2, 2), "start": f4(2), "end": f4(2), "lengths": FULL}
    if function == "crf_gradient":
        given |= {"alphas": f4(T, B, 2), "dy": f4(B)}
    if function == "crf_decode":
        given = {n: a.astype("f8") if a.dtype == "f4" else a for n, a in given.items()}
        given["best"] = 1
    if function in ("crf_decode", "crf_marginals"):
        del given["labels"]
    return getattr(_core, function)(**(given | changed))


def temporal(**changed: Any) -> Any:
    """A target of two symbols: the extension itself, without the checks of native."""
    given = {"logits": f4(T, B, 3), "targets": np.ones((B, 2), np.int64), "lengths": FULL}
    given |= {"target_lengths": np.full(B, 2), "blank": 0}
    return _core.ctc_loss(**(given | {"normalized": False, "gradient": True, "scale": 1} | changed))


# fmt: off
NATIVE: list[Row] = [
    ("native.pack(LSTM, WEIGHTS[1:])", ValueError, "weights: expected 4 arrays ... got 3"),
    ("native.pack(Stack('lstm', 4, 2, 10**9), [])", ValueError, "weights: ... weight_hh_l0 ... got 0"),
    ("native.pack(Stack('rnn', 4, 2), [])", ValueError, "cell: expected one of ... got 'rnn'"),
    ("native.pack(LSTM, [None] * 4)", TypeError, "weight_ih_l0: expected an array; got NoneType"),
    ("forward(X[:, :, ::-1])", ValueError, "x: expected a C-contiguous, aligned array; got strides ("),
    ("forward(X.tolist())", TypeError, "x: expected an array (T, B, I); got list"),
    ("forward(h0=f4(2, 3, 2))", ValueError, "h0: ... (1, 3, 2); got (2, 3, 2)"),
    ("forward(lengths=np.array([1, 2]))", ValueError, "lengths: expected shape (B,) = (3,); got (2,)"),
    ("forward(lengths=np.array([1, 2, 3], 'i4'))", TypeError, "lengths: ... int64; got int32"),
    ("forward(seed=-1)", ValueError, "seed: expected an integer in [0, 2**64); got -1"),
    ("forward(seed='7')", TypeError, "seed: expected an integer; got str '7'"),
    ("forward(Lookup(IDS + 9, f4(9, 4)))", IndexError, "ids: expected values from 0 ... got 9 at step"),
    ("native.backward(3)", TypeError, "workspace: expected that of forward(..., save=True); got int"),
    ("pyrnn.set_num_threads(0)", ValueError, "num_threads: ... from 1 to 1024; got 0"),
    ("pyrnn.set_num_threads(10**30)", ValueError, "num_threads: ... from 1 to 1024; got 1000000000000000000000000000000"),
    ("pyrnn.set_num_threads('2')", TypeError, "num_threads: expected an integer; got str '2'"),
    ("pyrnn.set_num_threads(1.5)", TypeError, "num_threads: expected an integer; got float 1.5"),
    ("native.set_isa('mmx')", ValueError, "isa: expected one of ... got 'mmx'"),
    ("native.set_isa(None)", ValueError, "isa: expected one of ... got None"),
    ("native.product(f4(2**40, 0), f4(0, 2**40))", MemoryError, "a, b: expected a shape ... got (1099511627776"),
]

EXTENSION: list[Row] = [
    ("core(packed=EMPTY)", TypeError, "packed: expected what pack returns; got an empty pyrnn._core.PackedWeights"),
    ("core(packed=None)", TypeError, "packed: expected what pack returns; got NoneType"),
    ("EMPTY_SPACE.consumed", TypeError, "workspace: expected what forward returns ... got an empty"),
    ("backward_twice()", RuntimeError, "workspace: a backward call has consumed it"),
    ("core(x=None)", TypeError, "ids: expected an array of dtype int64; got NoneType"),
    ("core(x=X.astype('f8'))", TypeError, "x: expected an array of dtype float32; got one of float64"),
    ("core(x=X[..., ::-1])", ValueError, "x: expected a C-contiguous, aligned array; got strides ("),
    ("core(x=f4(5, 4))", ValueError, "x: expected 3 axes; got 2"),
    ("core(x=f4(5, 3, 9))", ValueError, "x: expected shape (5, 3, 4); got (5, 3, 9)"),
    ("core(x=f4(0, 2**45, 4))", MemoryError, "h_n: expected a shape that memory can hold; got (1, 35184372088832"),
    ("convolve(None)", TypeError, "x: expected an array of dtype float32; got NoneType"),
    ("convolve(X[:, :, ::-1])", ValueError, "x: expected a C-contiguous, aligned array; got strides ("),
    ("convolve(f4(5, 3, 9))", ValueError, "x: expected its last axis to be 4; got 9"),
    ("convolve(weight=f4(7, 4))", ValueError, "weight: expected 3 axes; got 2"),
    ("convolve(weight=f4(7, 4, 0))", ValueError, "weight: expected shape (F, I, W), each at least 1; got (7, 4, 0)"),
    ("convolve(weight=f4(7, 0, 2**50))", ValueError, "weight: expected shape (F, I, W), each at least 1; got (7, 0, 1"),
    ("convolve(weight=np.zeros((7, 4, 3)))", TypeError, "x: expected an array of dtype float64; got one of float32"),
    ("convolve(bias=f4(8))", ValueError, "bias: expected shape (7,); got (8,)"),
    ("convolve(lengths=FULL + 1)", ValueError, "lengths: expected values from 0 to 5; got 6"),
    ("convolve(lengths=-FULL)", ValueError, "lengths: expected values from 0 to 5; got -5"),
    ("convolve(lengths=FULL[:2])", ValueError, "lengths: expected shape (3,); got (2,)"),
    ("convolve(lengths=None)", TypeError, "lengths: expected an array of dtype int64; got NoneType"),
    ("convolve_back(np.full((3, 7), 5))", ValueError, "steps: expected values from 0 to 4; got 5"),
    ("convolve_back(np.full((3, 7), -1))", ValueError, "steps: expected values from 0 to 4; got -1"),
    ("convolve_back(lengths=FULL * 0)", ValueError, "steps: expected values from 0 to -1; got 0"),
    ("convolve_back(np.zeros((7, 3), int))", ValueError, "steps: expected shape (3, 7); got (7, 3)"),
    ("convolve_back(dy=f4(3, 8))", ValueError, "dy: expected shape (3, 7); got (3, 8)"),
    ("attend(None)", TypeError, "query: expected an array of dtype float32; got NoneType"),
    ("attend(f4(2, 3))", ValueError, "query: expected 3 axes; got 2"),
    ("attend(f4(2, 4, 7))", ValueError, "keys: expected shape (6, 4, 7); got (6, 3, 7)"),
    ("attend(f4(2, 3, 8))", ValueError, "query: expected shape (2, 3, 7); got (2, 3, 8)"),
    ("attend(keys=KEYS[::2])", ValueError, "keys: expected a C-contiguous, aligned array; got strides ("),
    ("attend(values=f4(5, 3, 3))", ValueError, "values: expected shape (6, 3, 3); got (5, 3, 3)"),
    ("attend(values=VALUES.astype('f8'))", TypeError, "values: expected an array of dtype float32; got one"),
    ("attend(weight=f4(8))", ValueError, "weight: expected shape (7,); got (8,)"),
    ("attend(lengths=FULL + 9)", ValueError, "memory_lengths: expected values from 0 to 6; got 14"),
    ("attend(f4(2**40, 0, 4), f4(2**40, 0, 4), f4(2**40, 0, 4))", MemoryError, "weights: expected a shape that memory can"),
    ("attend(f4(0, 2**31, 2**29), f4(0, 2**31, 2**29), f4(0, 2**31, 1))", MemoryError, "keys: expected a shape that memory can"),
    ("attend_back(f4(2, 3, 5))", ValueError, "weights: expected shape (2, 3, 6); got (2, 3, 5)"),
    ("attend_back(dcontext=f4(2, 3, 5))", ValueError, "dcontext: expected shape (2, 3, 3); got (2, 3, 5)"),
    ("attend_back(dweights=f4(2, 3, 5))", ValueError, "dweights: expected shape (2, 3, 6); got (2, 3, 5)"),
    ("decode(packed=EMPTY)", TypeError, "packed: expected what pack returns; got an empty"),
    ("decode(packed=NORMED.handle)", ValueError, "packed: expected one layer in one direction, without norms; got 1 of gru_norm"),
    ("decode(packed=HANDLE)", ValueError, "x: expected shape (5, 3, 1); got (5, 3, 4)"),
    ("decode(None)", ValueError, "x: expected either x, or ids with a table"),
    ("decode(ids=IDS, table=f4(9, 4))", ValueError, "x: expected either x, or ids with a table"),
    ("decode(None, ids=IDS + 9, table=f4(9, 4))", IndexError, "ids: expected values from 0 to 8; got"),
    ("decode(None, ids=IDS, table=f4(9, 3))", ValueError, "table: expected 4 columns; got 3"),
    ("decode(values=f4(6, 3, 0))", ValueError, "values: expected a last axis from 1 to 6; got 0"),
    ("decode(values=f4(6, 3, 7))", ValueError, "values: expected a last axis from 1 to 6; got 7"),
    ("decode(values=f4(6, 2, 3))", ValueError, "values: expected shape (6, 3, 3); got (6, 2, 3)"),
    ("decode(projection=f4(6, 2))", ValueError, "projection: expected shape (7, 2); got (6, 2)"),
    ("decode(projection=None)", ValueError, "keys: expected a last axis of 2; got 7"),
    ("decode(lengths=FULL + 1)", ValueError, "lengths: expected values from 0 to 5; got 6"),
    ("decode(memory_lengths=FULL + 9)", ValueError, "memory_lengths: expected values from 0 to 6; got 14"),
    ("decode(h0=f4(1, 3, 3))", ValueError, "h0: expected shape (1, 3, 2); got (1, 3, 3)"),
    ("decode_back(EMPTY_DECODER)", TypeError, "workspace: expected what decode returns ... got an empty"),
    ("decode_back(core()[4])", TypeError, "workspace: expected what decode returns ... got pyrnn._core.Workspace"),
    ("decode_back(dcontext=f4(5, 3, 2))", ValueError, "dcontext: expected shape (5, 3, 3); got (5, 3, 2)"),
    ("decode_back_twice()", RuntimeError, "workspace: a backward call has consumed it"),
    ("EMPTY_DECODER.consumed", TypeError, "workspace: expected what decode returns ... got an empty"),
    ("field(emissions=None)", TypeError, "emissions: expected an array of dtype float32; got NoneType"),
    ("field(emissions=f4(5, 3))", ValueError, "emissions: expected 3 axes; got 2"),
    ("field(emissions=f4(5, 3, 0))", ValueError, "emissions: expected shape (T, B, C), C at least 1; got (5, 3, 0)"),
    ("field(emissions=f4(5, 3, 2)[::-1])", ValueError, "emissions: expected a C-contiguous, aligned array; got strides ("),
    ("field(emissions=f4(0, 2**45, 2), labels=IDS[:0])", ValueError, "lengths: expected shape (35184372088832,); got (3,)"),
    ("field(emissions=np.zeros((5, 3, 2)))", TypeError, "transitions: expected an array of dtype float64; got one of float32"),
    ("field(transitions=f4(2, 3))", ValueError, "transitions: expected shape (2, 2); got (2, 3)"),
    ("field(start=f4(3))", ValueError, "start: expected shape (2,); got (3,)"),
    ("field(end=None)", TypeError, "end: expected an array of dtype float32; got NoneType"),
    ("field(labels=IDS + 2)", ValueError, "labels: expected values from 0 to 1; got 2"),
    ("field(labels=IDS - 1)", ValueError, "labels: expected values from 0 to 1; got -1"),
    ("field(labels=IDS[:2])", ValueError, "labels: expected shape (5, 3); got (2, 3)"),
    ("field(lengths=FULL + 1)", ValueError, "lengths: expected values from 0 to 5; got 6"),
    ("field('crf_gradient', alphas=f4(5, 3, 3))", ValueError, "alphas: expected shape (5, 3, 2); got (5, 3, 3)"),
    ("field('crf_gradient', dy=f4(4))", ValueError, "dy: expected shape (3,); got (4,)"),
    ("field('crf_gradient', labels=IDS + 9)", ValueError, "labels: expected values from 0 to 1; got 9"),
    ("field('crf_marginals', lengths=-FULL)", ValueError, "lengths: expected values from 0 to 5; got -5"),
    ("field('crf_decode', emissions=f4(5, 3, 2))", TypeError, "emissions: expected an array of dtype float64; got one of float32"),
    ("temporal(logits=f4(5, 3))", ValueError, "logits: expected 3 axes; got 2"),
    ("temporal(targets=IDS[:2])", ValueError, "targets: expected shape (3, 3); got (2, 3)"),
    ("temporal(targets=np.full((3, 2), 3))", ValueError, "targets: expected values from 0 to 2; got 3"),
    ("temporal(targets=np.zeros((3, 2), int))", ValueError, "targets: expected symbols; got the blank"),
    ("temporal(lengths=FULL + 1)", ValueError, "lengths: expected values from 0 to 5; got 6"),
    ("temporal(target_lengths=FULL)", ValueError, "target_lengths: expected values from 0 to 2; got 5"),
    ("temporal(blank=3)", ValueError, "blank: expected 0 to C - 1 = 2; got 3"),
    ("field('crf_decode', best=0)", ValueError, "best: expected 1 to 2**31 / C; got 0"),
    ("field('crf_decode', best=1 << 31)", ValueError, "best: expected 1 to 2**31 / C; got 2147483648"),
    ("core(x=None, ids=IDS + 9, table=f4(9, 4))", IndexError, "ids: expected values from 0 to 8; got"),
    ("core(x=None, ids=IDS, table=f4(0, 4))", IndexError, "ids: expected values from 0 to -1; got 0"),
    ("core(f4(5, 3, 1), IDS, f4(9, 4))", ValueError, "table: expected fewer than 4 columns; got 4"),
    ("core(f4(5, 3, 2), IDS, f4(9, 3))", ValueError, "x: expected shape (5, 3, 1); got (5, 3, 2)"),
    ("core(f4(5, 2, 1), IDS, f4(9, 3))", ValueError, "x: expected shape (5, 3, 1); got (5, 2, 1)"),
    ("core(f4(5, 3, 1), IDS + 9, f4(9, 3))", IndexError, "ids: expected values from 0 to 8; got"),
    ("core(f4(5, 3, 1), None, f4(9, 3))", ValueError, "x: expected shape (5, 3, 4); got (5, 3, 1)"),
    ("core(None, IDS, f4(9, 3))", ValueError, "table: expected 4 columns; got 3"),
    ("core(sequences=FULL[:2])", ValueError, "sequences: expected shape (3,); got (2,)"),
    ("core(sequences=FULL.astype('i4'))", TypeError, "sequences: expected an array of dtype int64; got"),
    ("core(reset=FULL)", TypeError, "reset: expected an array of dtype bool; got"),
    ("core(reset=FULL > 0)", ValueError, "reset: expected 2 axes; got 1"),
    ("core(reset=IDS[:2] > 0)", ValueError, "reset: expected shape (5, 3); got"),
    ("core(recompute=-1)", ValueError, "recompute: expected a number of steps, 0 for none; got -1"),
    ("core_pack(masks=(1.0, 0.0, 0.0))", ValueError, "zoneout_h: expected a probability"),
    ("core_pack(masks=(0.0, -0.5, 0.0))", ValueError, "zoneout_c: expected a probability"),
    ("core_pack(masks=(0.0, 0.0, float('nan')))", ValueError, "recurrent_dropout: expected a prob"),
    ("core_pack(proj_size=2)", ValueError, "proj_size: ... got 2"),
    ("core_pack(proj_size=-1)", ValueError, "proj_size: ... got -1"),
    ("core_pack(cell='gru', proj_size=1)", ValueError, "proj_size: ... got 1"),
    ("core_pack(proj_size=1)", ValueError, "weights: expected 5 arrays; got 4"),
    ("core_pack(2**31)", ValueError, "weights: expected 8589934592 arrays; got 4"),
    ("core_pack(2**40)", ValueError, "num_layers: expected 1 to 2**31; got 1099511627776"),
    ("core_pack(hidden=3)", ValueError, "weights: expected shape (12, 4); got (8, 4)"),
    ("adam()", ValueError, "g: expected memory of its own; got an array that overlaps with m"),
    ("adam(g=P)", ValueError, "g: expected memory of its own; got an array that overlaps with p"),
    ("adam(g=f4(8), v=read_only(8))", ValueError, "v: expected an array that may be written to; got a"),
    ("adam(g=f4(8), v=None)", TypeError, "p, m, v: expected arrays; got None"),
    ("sgd(g=P)", ValueError, "g: expected memory of its own; got an array that overlaps with p"),
    ("sgd(buffer=LONG[4:])", ValueError, "g: expected memory ... that overlaps with momentum_buffer"),
    ("sgd(buffer=f4(9))", ValueError, "momentum_buffer: expected shape (8,); got (9,)"),
    ("sgd(p=None)", TypeError, "p: expected an array; got None"),
    ("sgd(p=read_only(8))", ValueError, "p: expected an array that may be written to; got a"),
    ("_core.product(P, P)", ValueError, "a: expected 2 axes; got 1"),
    ("_core.product(f4(2, 3), f4(2, 3))", ValueError, "b: expected its inner axis to be 3; got 2"),
    ("_core.product(f4(2, 3), f4(3, 2), f4(3))", ValueError, "bias: expected shape (2,); got (3,)"),
    ("_core.softmax(f4(2, 3)[0, 0])", TypeError, "x: expected an array of dtype float32; got numpy.float32"),
    ("_core.softmax(np.zeros((), 'f4'))", ValueError, "x: expected an axis; got an array of shape ()"),
    ("_core.cross_entropy(f4(3, 3), IDS[0] - 1, f4(3), True)", IndexError, "targets: ... got -1"),
    ("_core.cross_entropy(f4(3, 0), IDS[0], f4(3), True)", IndexError, "targets: ... -1; got 0"),
    ("_core.force_schedule(0, 0, 0, 0, 1025)", ValueError, "team: expected 0 to 1024; got 1025"),
    ("_core.force_schedule(5, 0, 0, 0, 0)", ValueError, "fuse: expected -1 to 1; got 5"),
    ("_core.force_schedule(0, 0, 0, 2, 0)", ValueError, "wavefront: expected -1 to 1; got 2"),
]
# fmt: on


@table(NATIVE + EXTENSION)
def test_refused(call: str, error: type[Exception], message: str) -> None:
    expect(call, error, message, globals())


@pytest.mark.parametrize("call", ["core", "product"])
def test_enormous_and_empty(call: str) -> None:
    """Sizes that a loop would never come to the end of, but with nothing in them."""
    if call == "core":
        y, h_n, *_ = core(x=f4(2**45, 0, 4))
        assert y.shape == (2**45, 0, 2)
        assert h_n.shape == (1, 0, 2)
    else:
        assert _core.product(f4(0, 0).T, f4(0, 2**55)).shape == (0, 2**55)
        assert _core.product(f4(0, 0), f4(0, 2**55)).shape == (0, 2**55)


@pytest.mark.parametrize("chunk", [2**31, 2**62, 2**63 - 1])
def test_chunks_beyond_the_last_step(chunk: int) -> None:
    want = forward()
    with native.schedule(fuse=False, chunk=chunk):
        assert np.array_equal(forward().y, want.y)


def test_ids_that_another_thread_writes_to() -> None:
    """Whoever changes ids under a running kernel gets an IndexError or some rows, never a crash."""
    stack = Stack("rnn_tanh", 64, 64)
    packed = native.pack(stack, [np.zeros(shape, "f4") for shape in stack.weight_shapes()])
    ids, table = np.zeros((50, 64), np.int64), f4(9, 64)
    stop = threading.Event()

    def spoil() -> None:
        while not stop.is_set():
            ids[...] = 2**40
            ids[...] = 0

    other = threading.Thread(target=spoil)
    other.start()
    try:
        for _ in range(50):
            with contextlib.suppress(IndexError):
                core(None, ids, table, packed.handle)
    finally:
        stop.set()
        other.join()
