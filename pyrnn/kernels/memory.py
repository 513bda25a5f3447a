"""The memory of the kernels: what is in use, what is kept for the next call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyrnn.kernels.extension import _core
from pyrnn.kernels.scalars import integer


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
