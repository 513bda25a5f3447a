"""What all tests share: random numbers, the data folder, hypothesis's settings.

Warnings are errors (pyproject.toml), so a NaN or an overflow that NumPy notices fails a test.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
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
