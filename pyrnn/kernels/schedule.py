"""How kernels share their work, forced for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pyrnn.kernels.extension import _core

_SPLITS = ("batch", "units", "none")

# The switches of `schedule`: what each accepts, how the extension is told, and its "as you like".
_SWITCHES: dict[str, tuple[Callable[[Any], bool], Callable[[Any], int], int]] = {
    "fuse": (lambda v: isinstance(v, bool), int, -1),
    "split": (lambda v: v in _SPLITS, _SPLITS.index, -1),
    "chunk": (lambda v: isinstance(v, int) and v >= 1, int, -1),
    "wavefront": (lambda v: isinstance(v, bool), int, -1),
    "team": (lambda v: isinstance(v, int) and v >= 1, int, 0),
}
_forced: dict[str, object] = {}


@contextmanager
def schedule(**switches: object) -> Iterator[None]:
    """Force parts of the schedule within a block, for tests: no schedule changes a result.

    fuse: bool; split: "batch", "units" or "none"; chunk: int, in steps; wavefront: bool; team: int,
    every call gets exactly so many threads, however small it is. Blocks nest.
    """
    global _forced
    for name, value in switches.items():
        if name not in _SWITCHES or not _SWITCHES[name][0](value):
            raise ValueError(f"schedule: no switch {name}={value!r}; {schedule.__doc__}")
    before, _forced = _forced, {**_forced, **switches}
    _force(_forced)
    try:
        yield
    finally:
        _forced = before
        _force(before)


def _force(switches: Mapping[str, object]) -> None:
    _core.force_schedule(
        *(
            code(switches[name]) if name in switches else free
            for name, (_, code, free) in _SWITCHES.items()
        )
    )
