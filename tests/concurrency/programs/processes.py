"""Children of a process that has used its team, in every way that Python starts them.

A child that hangs tells where it stands and fails the scenario.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from workload import Network, ids_of, infer, main, train, warm_up

import pyrnn

PATIENCE = 90  # seconds for one child

# Python 3.12 and later warn that fork and threads go ill together: that they do not is the point.
warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork.*")


def run_in_child(work: Callable[[], bool], children: int = 1) -> None:
    """Forks children that do the work at once; all must find it good."""
    started = []
    for _ in range(children):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                watch()
                status = 0 if work() else 3
            finally:
                os._exit(status)
        started.append(child)
    for child in started:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code == 0, f"a child ended with {code}"


def watch() -> None:
    """In a child: its own watchdog, since it has no thread of the parent's."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    faulthandler.register(signal.SIGALRM, chain=True)  # tells where it stands, then ends
    signal.alarm(PATIENCE)


def fork() -> None:
    """The child trains, and so does the parent, before, meanwhile and afterwards."""
    warm_up()
    want = train(1)
    run_in_child(lambda: train(1) == want and train(1) == want)
    assert train(1) == want


def fork_many() -> None:
    warm_up()
    want = train(2)
    for _ in range(2):
        run_in_child(lambda: train(2) == want, children=3)
        assert train(2) == want


def grandchild() -> None:
    warm_up()
    want = train(3)

    def nested() -> bool:
        good = train(3) == want
        run_in_child(lambda: train(3) == want)
        return good and train(3) == want

    run_in_child(nested)


def fork_while_busy() -> None:
    """Other threads are in the kernels, the pool of memory and the packing as the process forks."""
    want = train(4)
    network = Network(8).eval()
    scores = infer(network, 1)
    pyrnn.set_num_threads(2)
    begun, done = threading.Barrier(3), threading.Event()
    wrong: list[object] = []

    def busy() -> None:
        begun.wait()
        while not done.is_set():
            if train(4) != want or infer(network, 1) != scores:
                wrong.append("a thread beside forks got another result")

    threads = [threading.Thread(target=busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    begun.wait()
    try:
        for _ in range(5):
            run_in_child(lambda: train(4) == want and infer(network, 1) == scores)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not wrong, wrong


def fork_while_packing() -> None:
    """The child uses weights that another thread of the parent was just packing for backward."""
    pyrnn.set_num_threads(1)
    want = gradient(Network(9))
    for _ in range(6):
        network, begun = Network(9), threading.Event()

        def pack(network: Network = network, begun: threading.Event = begun) -> None:
            begun.set()
            gradient(network)

        thread = threading.Thread(target=pack)
        thread.start()
        begun.wait()  # and for Python's lock, which the other thread lets go of in a kernel
        run_in_child(lambda network=network: gradient(network) == want)
        thread.join()


def gradient(network: Network) -> bytes:
    network.zero_grad()
    network.eval()(ids_of(1)).sum().backward()
    return network.linear.weight.grad.tobytes()


def in_pool(method: str) -> None:
    """A pool of workers, and processes of one's own, by one start method."""
    warm_up()
    want = {seed: train(seed) for seed in range(4)}
    context = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        results = pool.map_async(train, [*want, *want])
        assert results.get(PATIENCE) == 2 * list(want.values())
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        assert list(executor.map(train, want, timeout=PATIENCE)) == list(want.values())
    process = context.Process(target=exit_with, args=(train(0), 0))
    process.start()
    process.join(PATIENCE)
    assert process.exitcode == 0, process.exitcode
    assert train(0) == want[0]


def exit_with(want: str, seed: int) -> None:
    """In a child: leaves by sys.exit, with its team still awake."""
    sys.exit(0 if train(seed) == want else 3)


def pool_by_fork() -> None:
    in_pool("fork")


def pool_by_spawn() -> None:
    in_pool("spawn")


def pool_by_forkserver() -> None:
    in_pool("forkserver")


def model_through_a_pickle() -> None:
    """A model goes to the workers and comes back."""
    warm_up()
    network = Network(5).eval()
    want = infer(network, 1)
    context: Any = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        assert pool.apply(infer, (network, 1)) == want
        returned = pool.apply(Network, (5,)).eval()
    assert infer(returned, 1) == want


def leave_with_a_team() -> None:
    """The process ends while workers spin, and others of its threads are in a kernel for long."""
    warm_up()
    started = threading.Barrier(4)

    def long() -> None:
        started.wait()
        while True:
            train(6, steps=1)

    for _ in range(3):
        threading.Thread(target=long, daemon=True).start()
    started.wait()
    train(7, steps=1)


if __name__ == "__main__":
    main(globals())
