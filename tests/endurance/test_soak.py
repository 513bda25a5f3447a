"""The soak run in short: it runs, and would notice a leak."""

from __future__ import annotations

import importlib.util
import json
import mmap
import sys

import pytest

from .conftest import FOLDER


@pytest.mark.slow
def test_memory_is_flat_in_short(script, tmp_path):
    done = script("soak.py", "--quick", "--bound", 16, "--output", tmp_path / "s.json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "s.json").read_text("utf-8"))
    assert set(found["parts"]) == {"training", "inference", "models"}
    for part in found["parts"].values():
        counts = [count for count, _ in part["curve"]]
        assert counts == sorted(counts)
        assert counts[-1] >= part["count"]


@pytest.fixture
def soak(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    spec = importlib.util.spec_from_file_location("soak", FOLDER / "soak.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("result", None)


def test_a_leak_is_noticed(soak, monkeypatch):
    leaked = []

    def leaking(steps):
        for done in range(1, steps + 1):
            leaked.append(mmap.mmap(-1, 65_536))  # pages of its own: none that were given back
            leaked[-1].write(b"x" * 65_536)
            yield done

    monkeypatch.setitem(soak.PARTS, "leaking", leaking)
    assert soak.growth(soak.curve("leaking", 200)) > 4
    assert soak.growth([(n, 50.0 + (5.0 if n < 10 else 9.0)) for n in range(100)]) == 0
