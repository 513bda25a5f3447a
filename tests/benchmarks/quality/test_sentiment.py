"""Every seed is trained with the same settings, and the means are those of the rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.quality import sentiment


def test_seeds_share_their_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = []

    def train(folder: Path, settings: str, seed: int, threads: int) -> dict[str, Any]:
        given.append((folder, settings, seed, threads))
        return {
            **{"seed": seed, "accuracy": 0.5 + 0.1 * seed},
            **{"seconds": 10.0 * (seed + 1), "command_seconds": 20.0},
        }

    monkeypatch.setattr(sentiment, "train", train)
    found = sentiment.measure(tmp_path, "--pattern 'a b'", [0, 2], 1, ["--epochs", "1"])
    settings = "--pattern 'a b' --epochs 1"
    assert given == [(tmp_path, settings, seed, 1) for seed in (0, 2)]
    assert found["train"] == f"{sentiment.COMMAND} {settings}"
    assert found["mean"] == {"accuracy": 0.6, "seconds": 20.0, "command_seconds": 20.0}
    assert sentiment.show({"lstm": found}) == [
        "lstm, seed 0: 50.00% of the test set, 10 s of training",
        "lstm, seed 2: 70.00% of the test set, 30 s of training",
        "lstm: mean 60.00%, 20 s",
    ]
