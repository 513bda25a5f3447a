"""Files of an earlier version are read, mean what they meant, and their run goes on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import pyrnn
from pyrnn.data import split_text
from pyrnn.models import LanguageModel, LanguageModelOptions
from pyrnn.training import read_checkpoint, read_history

EARLIER = Path(__file__).parent / "earlier"
TEXT = (EARLIER / "text.txt").read_text("utf-8")
THEN = json.loads((EARLIER / "then.json").read_text("utf-8"))
PARTS = split_text(TEXT, (0.8, 0.2, 0.0))
OPTIONS = LanguageModelOptions(
    batch_size=2, bptt=8, shift=True, learning_rate=0.02, schedule="plateau",
    max_steps=10, validate_every=4, log_every=5,
)  # fmt: skip


@pytest.fixture
def run(tmp_path):
    """A copy of the run's folder, without the model that was saved there at its end."""
    folder = tmp_path / "run"
    shutil.copytree(EARLIER / "run", folder)
    for name in ("config.json", "weights.safetensors"):
        (folder / name).unlink()
    return folder


def model():
    return LanguageModel(hidden_size=3, dropout_output=0.1)


@pytest.mark.parametrize("name", THEN)
def test_models_and_checkpoints_give_the_numbers_of_then(name):
    loaded = pyrnn.load(EARLIER / name)
    assert isinstance(loaded, LanguageModel)
    score = loaded.score(TEXT)
    # float32; the same bits on every processor with FMA
    assert score.total == pytest.approx(THEN[name]["total"], rel=1e-6)
    assert score.perplexity == pytest.approx(THEN[name]["perplexity"], rel=1e-6)
    assert score.bits_per_character == pytest.approx(THEN[name]["bits_per_character"], rel=1e-6)
    assert loaded.generate("to be", 12, greedy=True) == THEN[name]["written"]
    assert loaded.trained["steps"] == (8 if "best" in name else 10)


def test_a_run_that_has_no_model_yet_is_loaded_by_its_last_checkpoint(run):
    expected = THEN["run/last.safetensors"]["total"]
    assert pyrnn.load(run).score(TEXT).total == pytest.approx(expected, rel=1e-6)


def test_what_is_saved_again_is_of_today(tmp_path):
    loaded = pyrnn.load(EARLIER / "run")
    loaded.save(tmp_path)
    again = pyrnn.load(tmp_path)
    np.testing.assert_equal(again.network.state_dict(), loaded.network.state_dict())
    assert again.description() == loaded.description()
    assert again.trained == loaded.trained


def test_the_history_is_read():
    records = read_history(EARLIER / "run" / "history.jsonl")
    assert [(record.kind, record.step) for record in records] == [
        *(("validation", 4), ("step", 5), ("validation", 8), ("step", 10)),
        *(("validation", 10), ("end", 10)),
    ]
    validation, end = records[-2:]
    assert set(validation.metrics) == {"loss", "bits_per_character"}
    assert validation.loss == end.best
    assert (end.items, end.best_step) == (160, 10)


def test_the_run_ends_where_it_stood(run):
    """Its options, tokenizer, texts and position are those of the same run today."""
    before = {path.name: path.read_bytes() for path in run.glob("*.safetensors")}
    result = model().fit(PARTS.train, PARTS.valid, OPTIONS, folder=run, resume=True)
    assert (result.reason, result.steps, result.end.items) == ("max_steps", 10, 160)
    after = {path.name: path.read_bytes() for path in run.glob("*.safetensors")}
    assert after == before


def test_the_run_goes_on(run):
    """Not to the bits of that version: dropout draws other masks, a sum is divided elsewhere."""
    resumed = model()
    longer = LanguageModelOptions.of(OPTIONS, max_steps=40)
    result = resumed.fit(PARTS.train, PARTS.valid, longer, folder=run, resume=True)
    whole = model().fit(PARTS.train, PARTS.valid, longer)
    assert (result.reason, result.steps) == ("max_steps", 40)
    assert result.end.items == whole.end.items
    assert [r.step for r in result.validations] == [4, 8, 12, 16, 20, 24, 28, 32, 36, 40]
    assert result.best.loss < min(r.loss for r in result.validations[:2])
    assert read_history(run / "history.jsonl") == list(result.records)
    last = read_checkpoint(run / "last.safetensors")
    assert last["position"]["items"] == result.end.items
    assert last["options"] == longer.to_json()
    # and the files are of today: the run is resumed once more
    assert model().fit(PARTS.train, PARTS.valid, longer, folder=run, resume=True).steps == 40


@pytest.mark.parametrize(
    ("change", "words"),
    [({"bptt": 7}, "^bptt: expected 8 .*got 7"), ({"shift": False}, "^shift: expected True")],
)
def test_another_run_is_not_resumed(run, change, words):
    with pytest.raises(ValueError, match=words):
        model().fit(PARTS.train, PARTS.valid, OPTIONS, **change, folder=run, resume=True)
