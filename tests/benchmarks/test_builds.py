"""Two builds in turns: here a build and itself, and one that computes something else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import pyrnn
from benchmarks import builds
from benchmarks.agreement import DisagreementError
from benchmarks.kernels.problem import Problem
from benchmarks.kernels.shapes import Shape
from benchmarks.markdown import builds as page
from benchmarks.timing import QUICK

PROBLEM = Problem("gru", Shape(5, 3, 8))


def test_a_build_beside_itself_has_the_same_bits():
    with builds.two_builds(Path(pyrnn.__file__).parents[1]) as both:
        row = builds.compare(both, PROBLEM, "training", 1, QUICK)
    assert row["same_bits"]
    assert row["rounds"] == QUICK.least
    assert row["difference"]["worst"] == 0
    assert 0 < row["ratio"]["minimum"] <= row["ratio"]["median"] <= row["ratio"]["maximum"]
    signature = {
        "versions": {},
        "commit": None,
        "dirty": None,
        **dict.fromkeys(("cpu", "system", "cores", "instruction_set", "compiler"), "x"),
        "date": "2026-01-01",
        "command": "x",
    }
    content = {"rows": [row], "median": row["ratio"]["median"], "about": "", "signature": signature}
    assert "gru, forward + backward" in page(content)


def test_a_build_that_computes_something_else_is_found_out(tmp_path):
    package = Path(pyrnn.__file__).parent
    shutil.copytree(package, tmp_path / "pyrnn", ignore=shutil.ignore_patterns("__pycache__"))
    target = tmp_path / "pyrnn" / "nn" / "gru.py"
    source = target.read_text(encoding="utf-8")
    changed = source.replace('return "gru" if', 'return "gru" if not')
    assert changed != source
    target.write_text(changed, encoding="utf-8")
    with builds.two_builds(tmp_path) as both, pytest.raises(DisagreementError, match="other build"):
        builds.compare(both, PROBLEM, "forward", 1, QUICK)
