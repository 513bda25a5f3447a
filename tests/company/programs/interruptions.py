"""Signals that come while kernels run."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
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


def interrupted(call: Callable[[], Any], delay: float = 0.03) -> bool:
    """Runs a call and, after a delay in seconds, sends Ctrl-C from another thread, which can run
    only where the kernels let go of Python's lock. KeyboardInterrupt must come when the kernel at
    work has ended. Tells whether the call was still running as the signal was sent."""
    running, sent, inside = threading.Event(), threading.Event(), False

    def send() -> None:
        nonlocal inside
        running.wait()
        time.sleep(delay)
        os.kill(os.getpid(), signal.SIGINT)
        inside = running.is_set()
        sent.set()

    thread = threading.Thread(target=send)
    thread.start()
    try:
        running.set()
        call()
        running.clear()
        sent.wait()
        raise AssertionError("Ctrl-C was lost")
    except KeyboardInterrupt:
        pass
    thread.join()
    return inside


def problem(T: int, B: int = 16) -> tuple[native.Packed, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    weights = [rng.uniform(-0.1, 0.1, shape).astype("float32") for shape in STACK.weight_shapes()]
    x = rng.normal(size=(T, B, 64)).astype("float32")
    return native.pack(STACK, weights), x, np.ones((T, B, 128), "float32")


def often(attempt: Callable[[], bool]) -> None:
    """The thread that sends may come late on a busy machine: some of these hit a running kernel."""
    assert sum(attempt() for _ in range(5)) > 0, "no signal came while a kernel ran"


def forward() -> None:
    """A long forward pass ends, then Ctrl-C is there; the same call afterwards is right."""
    packed, x, _ = problem(T=3000)
    want = native.forward(packed, x).y.tobytes()
    often(lambda: interrupted(lambda: native.forward(packed, x)))
    assert native.forward(packed, x).y.tobytes() == want


def backward() -> None:
    """Whether or not it had begun, the next backward pass says so, or gives what it must."""
    packed, x, dy = problem(T=1000)
    want = native.backward(native.forward(packed, x, save=True).workspace, dy)

    def attempt() -> bool:
        workspace = native.forward(packed, x, save=True).workspace
        inside = interrupted(lambda: native.backward(workspace, dy))
        try:
            again = native.backward(workspace, dy)
        except RuntimeError as error:
            return inside and "consumed" in str(error)
        assert again.x.tobytes() == want.x.tobytes()
        return False

    often(attempt)
    again = native.backward(native.forward(packed, x, save=True).workspace, dy)
    assert again.x.tobytes() == want.x.tobytes()
    assert all(a.tobytes() == b.tobytes() for a, b in zip(again.weights, want.weights, strict=True))


def optimizer() -> None:
    """What has been updated counts as changed: no kernel goes on with old packed weights."""
    network = Network(1, hidden=256).eval()
    adam = optim.Adam(network.parameters(), lr=1e-2)
    network(ids_of(1)).sum().backward()

    def attempt() -> bool:
        infer(network, 2)  # packs the weights
        before = {name: value.copy() for name, value in network.state_dict().items()}
        inside = interrupted(lambda: [adam.step() for _ in range(100)], delay=0.02)
        changed = any((before[k] != v).any() for k, v in network.state_dict().items())
        twin = Network(2, hidden=256).eval()
        twin.load_state_dict(network.state_dict())
        assert infer(network, 2) == infer(twin, 2)
        return inside and changed

    often(attempt)


def others_inside() -> None:
    """Ctrl-C takes the main thread out of its waiting; threads inside kernels finish theirs."""
    pyrnn.set_num_threads(2)
    want = [train(seed) for seed in range(4)]
    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(train, seed) for seed in range(4)]
            interrupted(lambda futures=futures: [future.result() for future in futures])
            assert [future.result() for future in futures] == want


def blocked_by_the_main_thread() -> None:
    """A program may block a signal to wait for it; workers that did not would be ended by it."""
    warm_up()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    for _ in range(20):
        warm_up()
        os.kill(os.getpid(), signal.SIGUSR1)
        assert signal.sigwait([signal.SIGUSR1]) == signal.SIGUSR1


class Lingering:
    """Keeps the interpreter from ending for a while, after it has begun to."""

    def __del__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        sleep(0.5)


def leave_while_inside() -> None:
    """The interpreter ends while daemon threads are in kernels, and some come back when it is half
    gone: the process ends, and quietly."""
    packed, x, _ = problem(T=300)
    inside = threading.Barrier(4)

    def work() -> None:
        native.forward(packed, x)
        inside.wait()
        while True:
            native.forward(packed, x)

    for _ in range(3):
        threading.Thread(target=work, daemon=True).start()
    inside.wait()
    time.sleep(0.1)
    sys.lingering = Lingering()  # type: ignore[attr-defined]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell may ignore it
    main(globals())
