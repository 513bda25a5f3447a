"""How many threads a call may use."""

from __future__ import annotations

import bisect
import itertools
import os
import threading
from collections.abc import Iterator
from typing import ClassVar

from pyrnn.kernels.extension import _core
from pyrnn.kernels.scalars import integer


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
