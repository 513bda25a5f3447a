"""A signature says where a number comes from, and nothing about whose machine it was."""

from __future__ import annotations

import json
import platform
import re
from pathlib import Path

import pytest

import pyrnn
from benchmarks import signature


def test_everything_is_there() -> None:
    signed = signature.sign([1, 2])
    assert signed["threads"] == [1, 2]
    assert signed["instruction_set"] == pyrnn.build_config()["isa"]
    assert signed["compiler"] == pyrnn.build_config()["compiler"]
    assert signed["versions"]["pyrnn"] == pyrnn.__version__
    assert {"python", "numpy"} <= signed["versions"].keys()
    assert signed["cpu"]
    assert signed["cores"] >= 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", signed["date"])
    assert signed["commit"] is None or re.fullmatch("[0-9a-f]{40}", signed["commit"])
    assert signed["dirty"] in (True, False, None)


def test_no_folder_and_no_host_is_named() -> None:
    text = json.dumps({**signature.sign([1]), "command": ""})
    assert str(Path(__file__).parents[2]) not in text
    assert str(Path.home()) not in text or str(Path.home()) == "/"
    # a host called as a word of the signature (its CPU, say) would be no leak
    host = platform.node()
    assert not host or not re.search(rf"\b{re.escape(host)}\b", text)


def test_the_command_is_shown_without_folders() -> None:
    arguments = ["/home/me/pyrnn/benchmarks/run.py", "kernels", "--threads", "1,2"]
    arguments += ["--output", "/tmp/a/b.json", "--text=/data/c.txt", "--shapes=5x1x8"]
    assert signature.command_line(arguments) == (
        "python benchmarks/run.py kernels --threads 1,2 --output b.json --text=c.txt --shapes=5x1x8"
    )
    assert signature.command_line(["/usr/bin/pytest", "benchmarks/kernels"]) == (
        "pytest benchmarks/kernels"
    )


def test_outside_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(signature, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert signature.commit() == {"commit": None, "dirty": None}
