"""Memory that runs out in the middle of a call: a MemoryError, nothing lost, nothing half done.

pyrnn_check does the same to every allocation of the C++ side; here it is the bindings' turn, the
layers' above them, and the system's own refusal.
"""

from __future__ import annotations

import itertools
import re
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pyrnn import functional as F
from pyrnn import nn, optim
from pyrnn.kernels import native, native_decoder
from pyrnn.kernels.attention import Memory
from pyrnn.kernels.stack import CELLS, Lookup, Stack

from ..interpreter import fresh_python

T, B, I, H, V = 5, 3, 4, 6, 7


def flat(result: Any) -> list[np.ndarray]:
    """The arrays in a result, however deep."""
    if isinstance(result, np.ndarray):
        return [result]
    spaces = native.Packed | native.Workspace | native_decoder.Workspace
    if isinstance(result, spaces) or not isinstance(result, tuple | list):
        return []
    return [array for part in result for array in flat(part)]


def same_bits(one: Any, other: Any) -> bool:
    pairs = zip(flat(one), flat(other), strict=True)
    return all(a.tobytes() == b.tobytes() for a, b in pairs)


def each_failure(call: Callable[[], Any], forever: bool = False) -> int:
    """The call under each failing allocation: MemoryError, no block lost, and then the same bits.

    Returns how many there were.
    """
    want = call()
    for n in itertools.count(1):
        used = native.used_memory()
        with native.failing_allocation(n, forever=forever) as failed:
            try:
                got = call()
            except MemoryError as error:
                said = str(error)
            else:
                assert failed() == 0, "a failed allocation went unnoticed"
                assert same_bits(got, want)
                return n - 1
        assert re.match(r"\w.*: expected .*; got", said)
        assert native.used_memory() == used, "a block was lost"
        assert same_bits(call(), want)
    raise AssertionError


def problem(cell: str, looked_up: int) -> dict[str, Any]:
    """A table has the first so many of the I columns."""
    rng = np.random.default_rng(0)
    stack = Stack(cell, I, H, 2, bidirectional=True, dropout=0.2)
    weights = [rng.standard_normal(shape).astype("f4") for shape in stack.weight_shapes()]
    dense: Any = rng.standard_normal((T, B, I)).astype("f4")
    x = dense
    if looked_up:
        table = rng.standard_normal((V, looked_up)).astype("f4")
        beside = dense[:, :, looked_up:].copy() if looked_up < I else None
        x = Lookup(rng.integers(0, V, (T, B)), table, beside)
    dy = rng.standard_normal(stack.output_shape(T, B)).astype("f4")
    return {"stack": stack, "weights": weights, "x": x, "dy": dy, "lengths": np.array([3, 0, 5])}


@pytest.mark.parametrize(
    ("cell", "looked_up", "forever"),
    [
        *((cell, 0, False) for cell in CELLS),
        ("lstm", I, False),
        ("lstm", I, True),
        ("lstm", I - 1, False),
    ],
)
def test_recurrent_calls(cell: str, looked_up: int, forever: bool) -> None:
    p = problem(cell, looked_up)
    packed = native.pack(p["stack"], p["weights"])

    def forward(save: bool, packed: native.Packed = packed) -> Any:
        return native.forward(packed, p["x"], lengths=p["lengths"], seed=1, save=save)

    def backward() -> Any:  # with weights packed anew, for what is packed at the first save
        return native.backward(forward(True, native.pack(p["stack"], p["weights"])).workspace)

    assert each_failure(lambda: native.pack(p["stack"], p["weights"]), forever) >= 12
    assert each_failure(lambda: forward(False), forever) > 10
    assert each_failure(lambda: forward(True), forever) > 10
    assert each_failure(backward, forever) > 30


@pytest.mark.parametrize("retain", [False, True])
def test_a_failed_backward_keeps_its_workspace_or_says_that_it_is_gone(retain: bool) -> None:
    p = problem("lstm", 0)
    packed = native.pack(p["stack"], p["weights"])

    def forward() -> Any:
        return native.forward(packed, p["x"], lengths=p["lengths"], save=True).workspace

    want = native.backward(forward(), p["dy"])
    outcomes = set()
    for n in itertools.count(1):
        workspace = forward()
        try:
            with native.failing_allocation(n):
                native.backward(workspace, p["dy"], retain=retain)
            break
        except MemoryError:
            outcomes.add("gone" if workspace.handle.consumed else "kept")
        if workspace.handle.consumed:
            with pytest.raises(RuntimeError, match="consumed"):
                native.backward(workspace, p["dy"])
        else:
            assert same_bits(native.backward(workspace, p["dy"]), want)
    assert outcomes == ({"kept"} if retain else {"kept", "gone"})


DECODER = Stack("lstm", I + 3, H)
DECODER_WEIGHTS = [np.full(shape, 0.1, "f4") for shape in DECODER.weight_shapes()]
DECODER_MEMORY = Memory(np.ones((V, B, 2), "f4"), np.ones((V, B, 3), "f4"), None, np.ones(2, "f4"))


def decode(x: Any = None, save: bool = True) -> Any:
    """Of a decoder whose weights are packed anew, for what is packed at the first save."""
    packed = native.pack(DECODER, DECODER_WEIGHTS)
    x = np.ones((T, B, I), "f4") if x is None else x
    projection, lengths = np.ones((2, H), "f4"), np.array([3, 0, 5])
    return native_decoder.decode(packed, x, DECODER_MEMORY, projection, lengths=lengths, save=save)


@pytest.mark.parametrize("forever", [False, True])
@pytest.mark.parametrize("given", ["dense", "ids"])
def test_decoders(given: str, forever: bool) -> None:
    x = None if given == "dense" else Lookup(np.ones((T, B), int), np.ones((V, I), "f4"))
    assert each_failure(lambda: decode(x, save=False)[:5], forever) > 20
    dy = np.ones((T, B, H), "f4")

    def backward() -> Any:
        return native_decoder.decode_backward(decode(x).workspace, dy)

    assert each_failure(backward, forever) > 40


@pytest.mark.parametrize("retain", [False, True])
def test_a_failed_decoder_keeps_its_workspace_or_says_that_it_is_gone(retain: bool) -> None:
    dy, outcomes = np.ones((T, B, H), "f4"), set()
    want = native_decoder.decode_backward(decode().workspace, dy)
    for n in itertools.count(1):
        workspace = decode().workspace
        try:
            with native.failing_allocation(n):
                native_decoder.decode_backward(workspace, dy, retain=retain)
            break
        except MemoryError:
            outcomes.add("gone" if workspace.handle.consumed else "kept")
        if not workspace.handle.consumed:
            assert same_bits(native_decoder.decode_backward(workspace, dy), want)
    assert outcomes == {"kept"} if retain else "kept" in outcomes


FIELD = (
    np.ones((T, B, V), "f4"),
    np.zeros((T, B), int),
    *(np.ones(shape, "f4") for shape in ((V, V), V, V)),
    np.full(B, T),
)
A, C = np.ones((7, 5), "f4"), np.ones((5, 9), "f4")
X, FILTERS, STEPS = np.ones((T, B, I), "f4"), np.ones((V, I, 3), "f4"), np.zeros((B, V), int)
FULL = np.full(B, T)
ARRAYS: dict[str, Callable[[], Any]] = {
    "product": lambda: native.product(A, C),
    "product of a transpose": lambda: native.product(C.T, A.T),
    "product with bias": lambda: native.product(A, C, np.ones(9, "f4")),
    "sigmoid": lambda: native.sigmoid(A),
    "softmax": lambda: native.softmax(A),
    "tanh": lambda: native.tanh(A),
    "dropout": lambda: native.dropout(A, 0.5, 1),
    "gather_rows": lambda: native.gather_rows(A, np.array([6, 0])),
    "scatter_rows": lambda: native.scatter_rows(9, np.arange(7), A),
    "sum_rows": lambda: native.sum_rows(9, np.arange(7) // 2, A),
    "sum_rows of many": lambda: native.sum_rows(1 << 40, np.arange(7) // 2, A),
    "attend": lambda: native_decoder.attend(np.ones((T, B, 2), "f4"), DECODER_MEMORY),
    "attend_backward": lambda: native_decoder.attend_backward(
        np.ones((T, B, 2), "f4"), DECODER_MEMORY, np.ones((T, B, V), "f4"), None
    ),
    "convolution_max": lambda: native.convolution_max(X, FILTERS, None, FULL),
    "convolution_gradient": lambda: native.convolution_gradient(
        X, FILTERS, FULL, STEPS, np.ones((B, V), "f4")
    ),
    "crf_log_likelihood": lambda: native.crf_log_likelihood(*FIELD),
    "crf_gradient": lambda: native.crf_gradient(*FIELD, FIELD[0], np.ones(B, "f4")),
    "crf_marginals": lambda: native.crf_marginals(FIELD[0], *FIELD[2:]),
    "ctc_loss": lambda: native.ctc_loss(FIELD[0], np.ones((B, 2), int), FULL, np.full(B, 2)),
    "crf_decode": lambda: native.crf_decode(FIELD[0], *FIELD[2:], best=2),
    "cross_entropy": lambda: native.cross_entropy(A, np.zeros(7, int), np.ones(7, "f4"), True),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_array_calls(name: str) -> None:
    assert each_failure(ARRAYS[name]) >= 1


def training_step(failing: Callable[[Callable[[], Any]], Any]) -> list[np.ndarray]:
    """One step of a small model; `failing` runs the part that may run out of memory."""
    embedding, lstm = nn.Embedding(V, I, rng=0), nn.LSTM(I, H, num_layers=2, rng=1)
    linear = nn.Linear(H, V, rng=2)
    parameters = [p for layer in (embedding, lstm, linear) for p in layer.parameters()]
    adam = optim.Adam(parameters)
    ids = np.arange(T * B).reshape(T, B) % V

    def gradients() -> None:
        for parameter in parameters:
            parameter.grad = None
        y, _ = lstm(embedding(ids), lengths=[3, 0, 5])
        F.cross_entropy(linear(y), ids, reduction="mean").backward()

    failing(gradients)
    adam.step()
    return [parameter.numpy().copy() for parameter in parameters]


def test_a_training_step() -> None:
    """After a MemoryError the same step can be taken again, and leads to the same weights."""
    want = training_step(lambda part: part())

    def attempt(n: int) -> Callable[[Callable[[], Any]], Any]:
        def run(part: Callable[[], Any]) -> None:
            try:
                with native.failing_allocation(n) as failed:
                    part()
            except MemoryError:
                part()
            else:
                assert failed() == 0
                done.append(n)

        return run

    done: list[int] = []
    for n in itertools.count(1):
        assert same_bits(training_step(attempt(n)), want)
        if done:
            break
    assert done[0] > 20


@pytest.mark.parametrize("split", ["batch", "units"])
def test_a_team_of_threads_lives_on(split: str) -> None:
    """The team is free again after each failure: a barrier that waits for ever would hang here."""
    with native.schedule(team=2, split=split):
        p = problem("gru_reset_before", 0)
        packed = native.pack(p["stack"], p["weights"])
        assert each_failure(lambda: native.forward(packed, p["x"], save=True)) > 10


def test_failures_in_another_thread() -> None:
    """Each thread's calls fail or give the right bits; none disturbs another's."""
    p = problem("lstm", 0)
    packed = native.pack(p["stack"], p["weights"])
    want = native.forward(packed, p["x"])
    wrong: list[str] = []

    def go() -> None:
        for _ in range(200):
            try:
                if not same_bits(native.forward(packed, p["x"]), want):
                    wrong.append("bits")
            except MemoryError:
                continue

    threads = [threading.Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(1, 200):
        with native.failing_allocation(n % 30 + 1):
            native.used_memory()
    for thread in threads:
        thread.join()
    assert wrong == []


BLUNT = """
import resource
import numpy as np
import pyrnn
from pyrnn import nn

pyrnn.set_num_threads(2)
lstm = nn.LSTM(8, 64, num_layers=2, rng=0)
small = np.ones((4, 2, 8), "f4")

def step(x):
    lstm.zero_grad()
    y, _ = lstm(x)
    y.sum().backward()
    return y.numpy().copy(), [p.grad.copy() for p in lstm.parameters()]

want = step(small)
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + (96 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
refused = 0
for size in (20, 200, 1000, 4000, 20000) * 2:
    try:
        step(np.ones((size, 16, 8), "f4"))
    except MemoryError:
        refused += 1
    got = step(small)
    assert np.array_equal(got[0], want[0])
    assert all(np.array_equal(a, b) for a, b in zip(got[1], want[1]))
assert refused >= 4, refused
print("refused", refused)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc and RLIMIT_AS")
def test_the_systems_own_refusal() -> None:
    """A process whose address space is used up: whichever allocation it is that fails."""
    done = fresh_python("-c", BLUNT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "refused" in done.stdout
