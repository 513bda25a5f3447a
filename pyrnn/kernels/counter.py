"""Numbers that rise, and that no two threads are given."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable


def counter(start: int) -> Callable[[], int]:
    """A function that gives start, start + 1, ... and no number twice, whatever threads call it.

    Where threads run Python at once (a free-threaded build), `itertools.count` alone may give a
    number twice and even go back; under the global lock it is one step that nothing interrupts.
    """
    step = itertools.count(start).__next__
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        return step
    lock = threading.Lock()

    def locked() -> int:
        with lock:
            return step()

    return locked
