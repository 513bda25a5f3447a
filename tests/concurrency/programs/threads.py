"""Many Python threads in the kernels at once. The results are those of one thread, to the bit."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial

import numpy as np
from workload import VOCABULARY, Network, ids_of, infer, main, train

import pyrnn
from pyrnn.kernels import native
from pyrnn.kernels.stack import Lookup, Stack

CALLERS = 4
PAUSE = 0.0005  # seconds between acts, so that they do not hold up what they disturb


@contextmanager
def meanwhile(act: Callable[[int], None]) -> Iterator[None]:
    """act(0), act(1), ... over and over in a thread, from before the block until it has run."""
    begun, done = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def loop() -> None:
        turn = 0
        try:
            while not done.wait(PAUSE):
                act(turn)
                turn += 1
                begun.set()
        except BaseException as error:
            failed.append(error)
        finally:
            begun.set()

    thread = threading.Thread(target=loop)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        done.set()
        thread.join()
    assert not failed, failed


def change_threads(turn: int) -> None:
    pyrnn.set_num_threads(1 + turn % 5)


def own_models() -> None:
    pyrnn.set_num_threads(1)
    alone = [train(seed) for seed in range(CALLERS)]
    with meanwhile(change_threads), ThreadPoolExecutor(CALLERS) as pool:
        assert list(pool.map(train, range(CALLERS))) == alone


def shared_model() -> None:
    """The first calls of all race to pack the weights."""
    twin = Network(7).eval()
    alone = [infer(twin, seed) for seed in range(CALLERS)]
    for _ in range(3):
        network = Network(7).eval()
        with meanwhile(change_threads), ThreadPoolExecutor(CALLERS) as pool:
            seeds = [seed for seed in range(CALLERS) for _ in range(4)]
            results = list(pool.map(partial(infer, network), seeds))
        assert results == [alone[seed] for seed in seeds]


def solve(packed: native.Packed, seed: int) -> list[bytes]:
    rng = np.random.default_rng(seed)
    stack = packed.stack
    x = rng.normal(size=(12, 9, stack.input_size)).astype("float32")
    dy = rng.normal(size=stack.output_shape(12, 9)).astype("float32")
    forward = native.forward(packed, x, save=True)
    gradients = native.backward(forward.workspace, dy)
    return [a.tobytes() for a in (forward.y, gradients.x, *gradients.weights)]


def weights_of(stack: Stack) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = stack.weight_shapes()
    return [rng.uniform(-0.2, 0.2, shape).astype("float32") for shape in shapes]


def shared_weights() -> None:
    """The first calls with backward of all race to pack what it needs."""
    stack = Stack("gru", 40, 96, 2, bidirectional=True)
    weights = weights_of(stack)
    alone = [solve(native.pack(stack, weights), seed) for seed in range(CALLERS)]
    for _ in range(8):
        packed = native.pack(stack, weights)
        with ThreadPoolExecutor(CALLERS) as pool:
            assert list(pool.map(partial(solve, packed), range(CALLERS))) == alone


def attempt(workspace: native.Workspace, retain: bool, start: threading.Barrier) -> bytes | str:
    """Goes back through a workspace as others do too; dx, or the error's message."""
    start.wait()
    try:
        dy = np.ones((workspace.time, workspace.batch, 128), "float32")
        return native.backward(workspace, dy, retain=retain).x.tobytes()
    except RuntimeError as error:
        return str(error)


def one_workspace() -> None:
    """A workspace is one thread's at a time: the others get an error, never wrong numbers."""
    stack = Stack("lstm", 64, 128)
    packed = native.pack(stack, weights_of(stack))
    x = np.random.default_rng(1).normal(size=(40, 16, 64)).astype("float32")
    refused = 0
    rights = set()
    for turn in itertools.count():
        if turn >= 12 and refused:  # else no two calls have met so far
            break
        retain = turn % 2 == 0
        workspace = native.forward(packed, x, save=True).workspace
        start = threading.Barrier(CALLERS)
        with ThreadPoolExecutor(CALLERS) as pool:
            jobs = [pool.submit(attempt, workspace, retain, start) for _ in range(CALLERS)]
        outcomes = [job.result() for job in jobs]
        right = [outcome for outcome in outcomes if isinstance(outcome, bytes)]
        errors = [outcome for outcome in outcomes if isinstance(outcome, str)]
        rights |= set(right)
        assert len(right) >= 1 if retain else len(right) == 1
        assert all(error.startswith("workspace: ") for error in errors), errors
        refused += sum("another thread" in error for error in errors)
        assert workspace.handle.consumed is not retain
    assert len(rights) == 1


def switches() -> None:
    """Instruction set, schedule, threads and memory are changed while others are in calls."""
    fused = [name for name in native.available_isas() if name != "scalar"]
    splits = ["batch", "units", "none"]

    def change(turn: int) -> None:
        change_threads(turn)
        if fused:
            native.set_isa(fused[turn % len(fused)])
        native.empty_cache()
        with native.schedule(fuse=turn % 2 == 0, split=splits[turn % 3], chunk=1 + 7 * (turn % 4)):
            pass

    if fused:
        native.set_isa(fused[0])
    alone = [train(seed) for seed in range(CALLERS)]
    with meanwhile(change), ThreadPoolExecutor(CALLERS) as pool:
        assert list(pool.map(train, range(CALLERS))) == alone


def schedules() -> None:
    """The memory of a call and all of its threads follow the schedule that it began with."""
    stack = Stack("lstm", 32, 64, bidirectional=True)
    packed = native.pack(stack, weights_of(stack))
    x = np.random.default_rng(2).normal(size=(300, 2, 32)).astype("float32")
    want = native.forward(packed, x).y.tobytes()

    def change(turn: int) -> None:
        for n in range(100):
            with native.schedule(
                fuse=n % 2 == 0, split=["batch", "units", "none"][n % 3], chunk=1 + 40 * (n % 4)
            ):
                pass

    with meanwhile(change), ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(native.forward, packed, x) for _ in range(150)]
        assert all(job.result().y.tobytes() == want for job in jobs)


def array_operations() -> None:
    def compute(seed: int) -> list[bytes]:
        rng = np.random.default_rng(seed)
        a, b = (rng.normal(size=(200, 200)).astype("float32") for _ in range(2))
        p, m, v = a.reshape(-1).copy(), np.zeros(40000, "float32"), np.zeros(40000, "float32")
        targets, ones = rng.integers(0, 200, 200), np.ones(200, "float32")
        losses, slopes = native.cross_entropy(a, targets, ones, True)
        native.adam(p, b.reshape(-1), m, v, None, 1e-2, 0.9, 0.99, 1e-8, 0.0, False, 1)
        arrays = (native.product(a, b), native.sigmoid(a), native.tanh(b), losses, slopes, p, m, v)
        return [array.tobytes() for array in arrays] + [repr(native.square_norm(p)).encode()]

    alone = [compute(seed) for seed in range(CALLERS)]
    with meanwhile(change_threads), ThreadPoolExecutor(CALLERS) as pool:
        for _ in range(10):
            assert list(pool.map(compute, range(CALLERS))) == alone


def changing_indices() -> None:
    """Ids, lengths and targets that another thread spoils meanwhile: an error or some result, but
    the kernels never follow what has not been checked."""
    stack = Stack("rnn_tanh", 8, 16)
    packed = native.pack(stack, weights_of(stack))
    table = np.zeros((VOCABULARY, 8), "float32")
    logits, ones = np.zeros((4000, 50), "float32"), np.ones(4000, "float32")
    ids = np.zeros((200, 100), np.int64)
    lengths = np.full(100, 200)
    targets = np.zeros(4000, np.int64)

    def spoil(turn: int) -> None:
        for array in (ids, targets, lengths):
            array.reshape(-1)[-1] = 1 << 48
            array.reshape(-1)[-1] = 1

    with meanwhile(lambda turn: [spoil(i) for i in range(300)]):
        for _ in range(60):
            for call in (
                lambda: native.forward(packed, Lookup(ids, table), None, None, lengths, save=True),
                lambda: native.cross_entropy(logits, targets, ones, True),
            ):
                with suppress(IndexError, ValueError):
                    call()


def one_graph() -> None:
    """A graph that one thread builds may be gone through by another."""
    network = Network(3).eval()
    ids = ids_of(5)

    def gradients(build: ThreadPoolExecutor, run: ThreadPoolExecutor) -> list[bytes]:
        network.zero_grad()
        loss = build.submit(lambda: network(ids).sum()).result()
        run.submit(loss.backward).result()
        return [np.asarray(parameter.grad).tobytes() for parameter in network.parameters()]

    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        assert gradients(one, other) == gradients(one, one)


if __name__ == "__main__":
    main(globals())
