"""What all tests share: random numbers, the data folder, hypothesis's settings.

Warnings are errors (pyproject.toml), so a NaN or an overflow that NumPy notices fails a test.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest

# The same examples on every run, no clock (machines are shared), no files left behind.
hypothesis.settings.register_profile("pyrnn", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("pyrnn")


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """A generator of the test's own, seeded by its name: the order of tests does not matter."""
    return np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))


@pytest.fixture
def data_file() -> Callable[[str], Path]:
    """data_file("ptb/ptb.train.txt"): a file of the folder that $PYRNN_DATA names, or a skip."""

    def find(name: str) -> Path:
        folder = os.environ.get("PYRNN_DATA")
        if not folder:
            pytest.skip(f"needs {name}: PYRNN_DATA does not name a data folder")
        path = Path(folder, name)
        if not path.exists():
            pytest.skip(f"needs {path}, which does not exist")
        return path

    return find


@pytest.fixture
def with_fma() -> Iterator[list[str]]:
    """The instruction sets of this machine that round a product and a sum once: they must agree in
    every bit. Two at least, or a skip; the one in use before is in use again after the test."""
    from pyrnn.kernels import native

    before = native.isa()
    found = []
    for name in native.available_isas():
        native.set_isa(name)
        if fuses():
            found.append(name)
    native.set_isa(before)
    if len(found) < 2:
        pytest.skip(f"this machine runs {', '.join(native.available_isas())}: nothing to compare")
    yield found
    native.set_isa(before)


def fuses() -> bool:
    """Whether (1 + 2^-12)² - (1 + 2^-11) keeps its last bit, 2^-24, in float32."""
    from pyrnn.kernels import native

    a = np.array([[1 + 2.0**-12]], np.float32)
    start = np.array([-(1 + 2.0**-11)], np.float32)
    return bool(native.product(a, a, bias=start)[0, 0] != 0)
