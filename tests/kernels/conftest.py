"""Fixtures that put the native kernels into a state and restore it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import ModuleType

import pytest

from pyrnn.kernels import native, reference

from .problems import FORMS

ISAS = native.available_isas()
if any(not name.startswith("scalar") for name in ISAS):
    # scalar_fma has the bits of a vector set (test_determinism.py), and so its results here
    ISAS = [name for name in ISAS if name != "scalar_fma"]


@pytest.fixture(params=ISAS)
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each instruction set that this machine can run, in use during the test."""
    before = native.isa()
    native.set_isa(request.param)
    yield request.param
    native.set_isa(before)


@pytest.fixture
def num_threads() -> Iterator[Callable[[int], None]]:
    """native.set_num_threads, undone after the test. Every call then has exactly so many threads,
    however small it is: otherwise small ones would stay on one."""
    before = native.get_num_threads()
    with ExitStack() as forced:

        def use(n: int) -> None:
            native.set_num_threads(n)
            if n >= 1:
                forced.close()
                forced.enter_context(native.schedule(team=n))

        yield use
    native.set_num_threads(before)


KERNELS = ["reference", *(f"native-{name}" for name in ISAS)]


@pytest.fixture(params=KERNELS)
def kernels(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """The reference, then native on each instruction set: for what all must do alike."""
    module, _, name = request.param.partition("-")
    if module == "reference":
        yield reference
        return
    before = native.isa()
    native.set_isa(name)
    yield native
    native.set_isa(before)


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    """Each cell of the one list, without a projection and, where it may have one, with it."""
    return request.param
