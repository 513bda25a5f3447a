"""The switches of the native kernels."""

from __future__ import annotations

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


def test_build_config_tells_what_runs(isa: str) -> None:
    config = native.build_config()
    assert config["isa"] == isa
    assert config["available_isas"] == native.available_isas()
    assert config["num_threads"] == native.get_num_threads()


@pytest.mark.parametrize("switches", [{"speed": 11}, {"split": "rows"}, {"chunk": 0}])
def test_switches_that_do_not_exist(switches: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(switches))), native.schedule(**switches):
        pass
