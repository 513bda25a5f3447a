"""What pyproject.toml says of the oldest packages is what CI tries."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(not (ROOT / ".ci").is_dir(), reason="the source archive has no .ci/")
def test_the_oldest_releases_are_the_ones_that_ci_installs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [
        *project["dependencies"],
        *extras["plot"],
        *extras["keras"],
        *extras["complete"],
        *extras["subwords"],
        *extras["translate"],
        *extras["test"],
    ]
    allowed = dict(one.split(">=") for one in wanted if ">=" in one)
    pinned = (ROOT / ".ci" / "oldest.txt").read_text("utf-8")
    tried = dict(re.findall(r"^([\w-]+)==([\d.]+)$", pinned, re.MULTILINE))
    assert {name: f"{release}.0.0".split(".")[:3] for name, release in allowed.items()} == {
        name: release.split(".") for name, release in tried.items()
    }
