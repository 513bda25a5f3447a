"""Makes benchmarks/ importable as its own scripts do; without that folder there is nothing to test.

Sizes here are tiny and pauses are none: the tests ask whether a benchmark runs and whether its
verification would notice wrong results, never how fast anything is.
"""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

import pyrnn

from ..interpreter import fresh_python

FOLDER = Path(__file__).parents[2] / "benchmarks"


def load(name: str) -> ModuleType:
    """A script of benchmarks/, as a module that lies beside it."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if FOLDER.exists():
    load("package")
    from benchmarks.timing import Plan

    NO_PAUSE = Plan(least=3, most=3, seconds=0.0, sample=0.0, pause=(0.0, 0.0))
else:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
def plan() -> Plan:
    """The shortest way to measure."""
    return NO_PAUSE


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    """Benchmarks set the number of threads of pyrnn and torch."""
    libraries = [pyrnn, *(sys.modules[name] for name in ("torch",) if name in sys.modules)]
    before = [library.get_num_threads() for library in libraries]
    yield
    for library, threads in zip(libraries, before, strict=True):
        library.set_num_threads(threads)


@pytest.fixture
def small_text(tmp_path: Path) -> Path:
    """A text file of a few thousand characters."""
    text = "KING: To be, or not to be.\nQUEEN: That is the question,\nwhether it is nobler;\n"
    path = tmp_path / "small.txt"
    path.write_text(text * 80, encoding="utf-8")
    return path


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """program("run.py", "kernels", ...): runs a script as a user does, in an empty folder."""

    def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return fresh_python(FOLDER / script, *arguments, cwd=tmp_path)

    return run


VERDICTS = {"pos": 'A good film,\n"so" good<br />that', "neg": "a bad one, ever so bad, that"}


def review(part: str, sentiment: str, number: int) -> str:
    """A text of its own, of 7 to 27 words, with what CSV must quote."""
    return " ".join([f"{part}{number}", *["went"] * (number % 20), VERDICTS[sentiment]])


@pytest.fixture
def reviews_tar(tmp_path: Path) -> Path:
    """IMDB's tar with 40 texts of each sentiment to train on, one of them in the test set, and
    20 of each to test on."""
    path = tmp_path / "aclImdb.tar.gz"
    with tarfile.open(path, "w:gz") as archive:

        def add(name: str, text: str) -> None:
            member = tarfile.TarInfo(f"aclImdb/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))

        add("README", "Large Movie Review Dataset")
        for part, count in (("test", 20), ("train", 40)):
            for sentiment in ("neg", "pos"):
                for k in range(count):
                    copied = (part, sentiment, k) == ("train", "pos", 3)
                    text = review("test" if copied else part, sentiment, k)
                    add(f"{part}/{sentiment}/{k}_8.txt", text)
    return path
