"""Each set is drawn anew by its seed, apart from its test data; the summary is that of the rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality import small_data
from benchmarks.quality.small_sets import SETS, problem


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_what_it_is_called(name: str, data_file: Callable[[str], Path]) -> None:
    _, folder, count = SETS[name]
    data = data_file("README.md").parent if folder else Path()
    one, again, other = (problem(name, data, seed) for seed in (0, 0, 1))
    assert len(one.train.inputs) == len(one.train.targets) == count
    assert 20 < len(one.test.inputs) == len(one.test.targets)
    assert digests(one.train.inputs) == digests(again.train.inputs)
    assert digests(one.train.inputs) != digests(other.train.inputs)
    if not name.startswith("vowels"):  # whose sound repeats itself nowhere, but is parted already
        assert not set(digests(one.train.inputs)) & set(digests(one.test.inputs))


def digests(inputs) -> list[bytes]:
    return [
        each.encode() if isinstance(each, str) else np.asarray(each).tobytes() for each in inputs
    ]


def test_the_defaults_end_by_themselves_the_others_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(SETS, "curves-60", (SETS["curves-60"][0], "", 20))
    monkeypatch.setattr("benchmarks.quality.small_sets.TESTED", 30)
    rows = [
        small_data.measure("curves-60", Path(), 0, choice, (5, 10))
        for choice in (small_data.DEFAULTS, "batch 4")
    ]
    assert [row["batch"] for row in rows] == [16, 4]
    assert [score["steps"] for score in rows[0]["scores"]] == [600]
    assert [score["steps"] for score in rows[1]["scores"]] == [5, 10]
    found = small_data.summary(rows)["curves-60"]
    assert found[small_data.DEFAULTS] == rows[0]["scores"][0]["best"]
    before, after = (score["best"] for score in rows[1]["scores"])
    assert before is None  # nothing was validated yet
    assert found["best"] == after
    assert found["by"] == "batch 4, 10 steps"


def test_the_summary_is_of_means() -> None:
    def row(choice: str, seed: int, *scores: float | None) -> dict:
        steps = zip((10, 20), scores, strict=False)
        found = [{"steps": each, "best": best, "last": best} for each, best in steps]
        return {"set": "sums-60", "choice": choice, "seed": seed, "scores": found}

    rows = [row("defaults", 0, 0.5), row("defaults", 1, 0.7)]
    rows += [row("batch 4", 0, None, 0.6), row("batch 4", 1, 1.0, 0.8)]
    found = small_data.summary(rows)
    assert found == {"sums-60": {"defaults": 0.6, "best": 0.7, "by": "batch 4, 20 steps"}}
    assert small_data.show(found)[-1].startswith("on average 10.0 points below the best")
