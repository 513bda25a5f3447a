"""Signals that come while kernels run."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from workload import Network, ids_of, infer, main, train, warm_up

import pyrnn
from pyrnn import optim
from pyrnn.kernels import native
from pyrnn.kernels.stack import Stack

STACK = Stack("lstm", 64, 128)
HITS = 3  # interruptions that each scenario waits for


def interrupt(sender: threading.Thread, work: Callable[[], Any]) -> None:
    """Does the work, which has no end of its own, until the thread's Ctrl-C ends it."""
    try:
        sender.start()  # inside: its Ctrl-C may come before this has returned
        work()
        raise AssertionError("work without end has ended")
    except KeyboardInterrupt:
        sender.join()


def interrupted(call: Callable[[Any], Any], prepare: Callable[[], Any] = lambda: None) -> Any:
    """Repeats call(prepare()) until Ctrl-C comes; what the call was given that it came into.

    Ctrl-C is sent from another thread while a call is running. Python does not let that thread run
    unless the main one makes way (the switch interval lasts longer than any test), so it is the
    kernels that have let go of Python's lock. KeyboardInterrupt comes when the kernel at work has
    ended.
    """
    running, given = threading.Event(), None

    def send() -> None:
        while not (running.wait() and running.is_set()):  # a call may be over by now
            pass
        os.kill(os.getpid(), signal.SIGINT)

    def work() -> None:
        nonlocal given
        while True:
            given = prepare()
            running.set()
            call(given)
            running.clear()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e6)
    try:
        interrupt(threading.Thread(target=send), work)
    finally:
        sys.setswitchinterval(before)
    return given


def problem(T: int, B: int = 16) -> tuple[native.Packed, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    weights = [rng.uniform(-0.1, 0.1, shape).astype("float32") for shape in STACK.weight_shapes()]
    x = rng.normal(size=(T, B, 64)).astype("float32")
    return native.pack(STACK, weights), x, np.ones((T, B, 128), "float32")


def forward() -> None:
    """A forward pass ends, then Ctrl-C is there; the same call afterwards is right."""
    packed, x, _ = problem(T=300)
    want = native.forward(packed, x).y.tobytes()
    for _ in range(HITS):
        interrupted(lambda _: native.forward(packed, x))
        assert native.forward(packed, x).y.tobytes() == want


def backward() -> None:
    """A backward pass that Ctrl-C came into has consumed its workspace, and the next call says so;
    one that it came just before gives what it must."""
    packed, x, dy = problem(T=300)

    def workspace() -> native.Workspace:
        return native.forward(packed, x, save=True).workspace

    want = native.backward(workspace(), dy)
    hits = 0
    while hits < HITS:
        met = interrupted(lambda workspace: native.backward(workspace, dy), workspace)
        try:
            assert native.backward(met, dy).x.tobytes() == want.x.tobytes()
        except RuntimeError as error:
            if "consumed" not in str(error):
                raise
            hits += 1
    again = native.backward(workspace(), dy)
    assert again.x.tobytes() == want.x.tobytes()
    assert all(a.tobytes() == b.tobytes() for a, b in zip(again.weights, want.weights, strict=True))


def optimizer() -> None:
    """What has been updated counts as changed: no kernel goes on with old packed weights."""
    network = Network(1, hidden=256).eval()
    adam = optim.Adam(network.parameters(), lr=1e-2)
    network(ids_of(1)).sum().backward()

    def packed() -> dict[str, np.ndarray]:
        """The weights as they are now, and packed so."""
        infer(network, 2)
        return {name: value.copy() for name, value in network.state_dict().items()}

    hits = 0
    while hits < HITS:
        before = interrupted(lambda _: adam.step(), packed)
        hits += any((before[k] != v).any() for k, v in network.state_dict().items())
        twin = Network(2, hidden=256).eval()
        twin.load_state_dict(network.state_dict())
        assert infer(network, 2) == infer(twin, 2)


def others_inside() -> None:
    """Ctrl-C takes the main thread out of its waiting; threads inside kernels finish theirs."""
    pyrnn.set_num_threads(2)
    want = [train(seed) for seed in range(4)]
    for _ in range(HITS):
        begun, over = threading.Barrier(5), threading.Event()

        def work(seed: int, begun=begun, over=over) -> set[str]:  # type: ignore[no-untyped-def]
            found = {train(seed)}
            begun.wait()
            while not over.is_set():
                found.add(train(seed))
            return found | {train(seed)}

        def send(begun: threading.Barrier = begun) -> None:
            begun.wait()
            os.kill(os.getpid(), signal.SIGINT)

        with ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(work, seed) for seed in range(4)]
            try:
                interrupt(threading.Thread(target=send), futures[0].result)
            finally:
                over.set()  # in any case: the pool waits for its threads
            assert [future.result() for future in futures] == [{digest} for digest in want]


def blocked_by_the_main_thread() -> None:
    """A program may block a signal to wait for it; workers that did not would be ended by it."""
    warm_up()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    for _ in range(20):
        warm_up()
        os.kill(os.getpid(), signal.SIGUSR1)
        assert signal.sigwait([signal.SIGUSR1]) == signal.SIGUSR1


DIGEST, MUCH = hashlib.sha256(), bytes(64 << 20)


class Lingering:
    """Keeps the interpreter from ending, after it has begun to, for longer than a kernel call of
    `leave_while_inside` takes on the same machine. (Other modules are gone by then.)"""

    def __del__(
        self,
        work: Callable[[bytes], None] = DIGEST.update,  # which lets go of Python's lock
        content: bytes = MUCH,
    ) -> None:
        for _ in (1, 2, 3, 4):
            work(content)


def leave_while_inside() -> None:
    """The interpreter ends while daemon threads are in kernels, and some come back when it is half
    gone: the process ends, and quietly."""
    packed, x, _ = problem(T=300)
    calls = threading.Semaphore(0)

    def work() -> None:
        while True:
            native.forward(packed, x)
            calls.release()

    for _ in range(3):
        threading.Thread(target=work, daemon=True).start()
    for _ in range(30):
        calls.acquire()
    sys.lingering = Lingering()  # type: ignore[attr-defined]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell may ignore it
    main(globals())
