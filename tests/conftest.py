"""What all tests share: random numbers, the data folder, failing disks, hypothesis's settings.

Warnings are errors (pyproject.toml), so a NaN or an overflow that NumPy notices fails a test.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
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
def open_folder() -> Iterator[Path]:
    """A new folder that every user of the machine may come to, as those of tmp_path may not."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        folder = Path(parent, "open")
        folder.mkdir()
        yield folder


@pytest.fixture
def read_only() -> Callable[[Path], AbstractContextManager[None]]:
    """with read_only(folder): nothing can be written to the folder, by root neither, who becomes
    nobody for that time. The folder must be one that nobody can come to."""

    @contextlib.contextmanager
    def protect(folder: Path) -> Iterator[None]:
        if os.name == "nt":
            pytest.skip("Windows has no folders that cannot be written to")
        root = os.geteuid() == 0
        folder.chmod(0o555)
        if root:
            os.seteuid(65534)
        try:
            yield
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)

    return protect


@pytest.fixture
def largest_file() -> Callable[[int], AbstractContextManager[None]]:
    """with largest_file(n): the system refuses to let any file grow beyond n bytes: as on a full
    disk a part of what is written arrives, then the write fails."""
    resource = pytest.importorskip("resource")

    @contextlib.contextmanager
    def limit(size: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))  # Python ignores SIGXFSZ
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limit


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB, where the system lets us make one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("needs the command mount")
    if done.returncode:
        pytest.skip(f"needs to be allowed to mount a small disk: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


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
