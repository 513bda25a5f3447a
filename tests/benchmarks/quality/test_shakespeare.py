"""What is run is examples/shakespeare.sh, and what it reports is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.quality import shakespeare
from pyrnn.cli import main


def test_the_settings_are_the_examples() -> None:
    command = shakespeare.example_command()
    assert command.startswith("pyrnn train lm train.txt --valid valid.txt --test test.txt ")
    given = shakespeare.arguments_for(command, Path("/a b"), Path("/out"), ["--hidden", "8"])
    assert given[:5] == ["train", "lm", "/a b/train.txt", "--valid", "/a b/valid.txt"]
    assert given[-4:] == ["--output", "/out", "--hidden", "8"]


def test_the_reported_test_is_found(small_text: Path, tmp_path: Path) -> None:
    arguments = ["train", "lm", str(small_text), "--output", str(tmp_path / "model")]
    arguments += ["--hidden", "4", "--max-steps", "2", "--batch", "4", "--test", str(small_text)]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    found = shakespeare.TEST_LINE.search(result.stdout)
    assert found is not None, result.output
    assert 0 < float(found["nats"]) < 10
    assert float(found["bits"]) == pytest.approx(float(found["nats"]) / 0.693147, abs=2e-3)


def test_the_curve_has_the_training_loss_between_validations() -> None:
    from pyrnn.training import StepRecord, ValidationRecord

    steps = [StepRecord(k, k / 10, float(k), 1.0, 0.1, 100 * k, float(k)) for k in range(1, 7)]
    validations = [
        ValidationRecord(2, 0.2, {"loss": 2.5}, best=True, seconds=2.0),
        ValidationRecord(6, 0.6, {"loss": 2.25}, best=True, seconds=6.0),
    ]
    first, second = shakespeare.curve(steps, validations)
    assert first == {"step": 2, "epoch": 0.2, "seconds": 2.0, "train": 1.5, "validation": 2.5}
    assert second["train"] == 4.5
