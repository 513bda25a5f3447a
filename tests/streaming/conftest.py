"""Instruction sets, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pyrnn.kernels import native


@pytest.fixture(params=native.available_isas())
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each instruction set that this machine can run, in use during the test."""
    before = native.isa()
    native.set_isa(request.param)
    yield request.param
    native.set_isa(before)
