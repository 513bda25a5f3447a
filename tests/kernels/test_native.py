"""The switches of the native kernels."""

from __future__ import annotations

import itertools
import os
import signal
import warnings
from collections.abc import Callable

import pytest

from pyrnn.kernels import native


def test_instruction_sets(isa: str) -> None:
    assert native.isa() == isa
    assert native.isa() in native.available_isas()
    assert len(set(native.available_isas())) == len(native.available_isas())


def test_an_unknown_instruction_set() -> None:
    before = native.isa()
    with pytest.raises(ValueError, match="'mmx'"):
        native.set_isa("mmx")
    assert native.isa() == before


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads(threads: int, num_threads: Callable[[int], None]) -> None:
    num_threads(threads)
    assert native.get_num_threads() == threads


@pytest.mark.parametrize("threads", [0, -1])
def test_no_threads(threads: int) -> None:
    before = native.get_num_threads()
    with pytest.raises(ValueError, match=f"num_threads: expected .* 1 to 1024; got {threads}"):
        native.set_num_threads(threads)
    assert native.get_num_threads() == before


def test_a_block_of_threads_restores_the_number_before(num_threads: Callable[[int], None]) -> None:
    num_threads(3)
    with native.set_num_threads(1):
        assert native.get_num_threads() == 1
        with native.set_num_threads(2):
            assert native.get_num_threads() == 2
        assert native.get_num_threads() == 1
    assert native.get_num_threads() == 3
    with pytest.raises(KeyError), native.set_num_threads(1):
        raise KeyError
    assert native.get_num_threads() == 3
    with native.set_num_threads(1):
        native.set_num_threads(4)  # a plain call: it holds until the block ends
        assert native.get_num_threads() == 4
    assert native.get_num_threads() == 3
    assert not native.ThreadLimit.open


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("entering", [(0, 1, 2), (2, 0, 1)])
def test_blocks_that_overlap_end_with_the_number_before_all_of_them(
    order: tuple[int, ...], entering: tuple[int, ...], num_threads: Callable[[int], None]
) -> None:
    num_threads(7)
    blocks = [native.set_num_threads(n) for n in (1, 2, 3)]
    for k in entering:
        blocks[k].__enter__()
    left = [0, 1, 2]
    for k in order:
        blocks[k].__exit__(None, None, None)
        left.remove(k)
        assert native.get_num_threads() == (left[-1] + 1 if left else 7)
    assert not native.ThreadLimit.open


def test_a_block_is_entered_once(num_threads: Callable[[int], None]) -> None:
    num_threads(3)
    block = native.set_num_threads(2)
    assert repr(block) == "ThreadLimit(2, before: 3)"
    with block:
        pass
    with pytest.raises(RuntimeError, match=r"write `with set_num_threads\(2\):` again"), block:
        pass
    assert native.get_num_threads() == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_may_set_threads_whoever_held_the_lock(
    num_threads: Callable[[int], None],
) -> None:
    num_threads(2)
    with native.ThreadLimit.lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads: the point here
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(30)  # a child that waits for the lock ends by this
            status = 1
            try:
                native.set_num_threads(1)
                status = native.get_num_threads() - 1
            finally:
                os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_build_config_tells_what_runs(isa: str) -> None:
    config = native.build_config()
    assert config["isa"] == isa
    assert config["available_isas"] == native.available_isas()
    assert config["num_threads"] == native.get_num_threads()


@pytest.mark.parametrize("switches", [{"speed": 11}, {"split": "rows"}, {"chunk": 0}])
def test_switches_that_do_not_exist(switches: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(switches))), native.schedule(**switches):
        pass
