"""What was built and what runs: the instruction sets of the kernels, and which is in use."""

from __future__ import annotations

from typing import Any

from pyrnn.kernels.extension import _core


def available_isas() -> list[str]:
    """The instruction sets that were built and that this machine can run, the best one last."""
    return _core.available_isas()


def isa() -> str:
    """The instruction set in use: the best one, unless PYRNN_ISA or `set_isa` says otherwise."""
    return _core.isa()


def set_isa(name: str) -> None:
    """Choose an instruction set; ValueError unless it is one of `available_isas()`."""
    if name not in available_isas():
        known = ", ".join(available_isas())
        raise ValueError(f"isa: expected one of {known} on this machine; got {name!r}")
    _core.set_isa(name)


def build_config() -> dict[str, Any]:
    """What was built and what runs: compiler, instruction sets, threads."""
    return _core.build_config()
