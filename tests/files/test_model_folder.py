"""Saving and loading: the same model comes back, and what is damaged is found out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from pyrnn.models import (
    LanguageModel,
    LanguageModelConfig,
    LanguageModelOptions,
    ModelFolderError,
)
from pyrnn.models.stack_settings import LAYERS
from pyrnn.training import CheckpointError

TEXT = "to be, or not to be:\nthat is the question – ça va\n" * 8


def a_model(**settings):
    return LanguageModel.for_text(TEXT, LanguageModelConfig(**{"hidden_size": 6, **settings}))


@pytest.mark.parametrize("unit", ["characters", "bytes", "words"])
@pytest.mark.parametrize(("cell", "tied"), [(cell, i % 2 == 0) for i, cell in enumerate(LAYERS)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_same_model_comes_back(tmp_path, unit, cell, tied, dtype):
    model = a_model(unit=unit, cell=cell, tied=tied, dtype=dtype, embedding_size=4, num_layers=2)
    model.save(tmp_path / "deep" / "m")
    again = LanguageModel.load(tmp_path / "deep" / "m")
    assert again.config == model.config
    assert again.tokenizer.to_json() == model.tokenizer.to_json()
    np.testing.assert_equal(again.network.state_dict(), model.network.state_dict())
    np.testing.assert_array_equal(
        again.score(TEXT).log_likelihoods, model.score(TEXT).log_likelihoods
    )
    assert again.generate("to", 20, seed=1) == model.generate("to", 20, seed=1)
    if tied:
        assert again.network.output.weight is again.network.embedding.weight


def test_the_folder_holds_two_files_and_nothing_written_aside(tmp_path):
    a_model().save(tmp_path / "m")
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == [
        "config.json",
        "weights.safetensors",
    ]
    config = json.loads((tmp_path / "m" / "config.json").read_text(encoding="utf-8"))
    assert (config["format"], config["version"]) == ("pyrnn language model", 1)
    assert config["config"]["hidden_size"] == 6
    assert "ç" in config["tokenizer"]["tokens"]
    weights = load_file(tmp_path / "m" / "weights.safetensors")
    assert weights["recurrent.weight_ih_l0"].shape == (24, 6)


def test_how_it_was_trained_is_kept(tmp_path):
    model = a_model()
    options = LanguageModelOptions(batch_size=2, bptt=8, max_steps=5, schedule="cosine")
    result = model.fit(TEXT, TEXT[:60], options)
    model.save(tmp_path / "m")
    trained = LanguageModel.load(tmp_path / "m").trained
    assert trained == model.trained
    assert LanguageModelOptions.from_json(trained["options"]) == options
    assert trained["validation"]["metrics"] == result.best.metrics
    assert (trained["steps"], trained["reason"]) == (5, "max_steps")


@pytest.mark.parametrize("name", ["last.safetensors", "best.safetensors"])
def test_a_checkpoint_is_a_model_too(tmp_path, name):
    model = a_model()
    options = LanguageModelOptions(batch_size=2, bptt=8, max_steps=5, restore_best=False)
    model.fit(TEXT, TEXT[:60], options, folder=tmp_path)
    again = LanguageModel.load(tmp_path / name)
    np.testing.assert_equal(again.network.state_dict(), model.network.state_dict())
    assert again.trained["steps"] == 5


def test_a_run_that_was_killed_leaves_its_checkpoints(tmp_path):
    a_model().fit(
        TEXT, None, LanguageModelOptions(batch_size=2, bptt=8, max_steps=2), folder=tmp_path
    )
    with pytest.raises(
        FileNotFoundError, match=r"there are last\.safetensors, which can be loaded"
    ):
        LanguageModel.load(tmp_path)


def test_saving_again_replaces(tmp_path):
    a_model().save(tmp_path)
    other = a_model(seed=1)
    other.save(tmp_path)
    np.testing.assert_equal(
        LanguageModel.load(tmp_path).network.state_dict(), other.network.state_dict()
    )


def test_broken_off_anywhere_the_old_model_or_the_new_one_is_there(tmp_path, monkeypatch):
    """After each change to the folder, as a power cut would leave it, it holds one model, whole."""
    old, new = a_model(), a_model(seed=1)
    old.save(tmp_path / "m")
    found = []

    def keep():
        found.append(tmp_path / str(len(found)))
        shutil.copytree(tmp_path / "m", found[-1])

    def watched(change):
        def changed(*arguments, **options):
            keep()
            result = change(*arguments, **options)
            keep()
            return result

        return changed

    with monkeypatch.context() as patch:
        for name in ("open", "replace", "unlink"):
            patch.setattr(Path, name, watched(getattr(Path, name)))
        new.save(tmp_path / "m")
    weights = [LanguageModel.load(copy).network.state_dict()["output.weight"] for copy in found]
    known = [model.network.state_dict()["output.weight"] for model in (old, new)]
    which = [[np.array_equal(w, k) for k in known].index(True) for w in weights]
    assert which == sorted(which)
    assert set(which) == {0, 1}
    assert len(found) >= 8  # two files written aside and renamed, and the weights' second name
    # what was left is taken up and cleared by the next save
    for copy in found:
        old.save(copy)
        assert sorted(p.name for p in copy.iterdir()) == ["config.json", "weights.safetensors"]
        np.testing.assert_equal(
            LanguageModel.load(copy).network.state_dict(), old.network.state_dict()
        )


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_save_that_fails_leaves_a_whole_model_and_nothing_that_is_not_needed(
    tmp_path, monkeypatch, failing
):
    old, new = a_model(), a_model(seed=1)
    old.save(tmp_path)
    replace, calls = Path.replace, []

    def fail(path, target):
        calls.append(path)
        if len(calls) == failing:
            raise OSError("no space left")
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="no space"):
            new.save(tmp_path)
    there = new if failing == 3 else old  # the third gives the weights their proper name
    np.testing.assert_equal(
        LanguageModel.load(tmp_path).network.state_dict(), there.network.state_dict()
    )
    assert len(list(tmp_path.iterdir())) == (3 if failing == 3 else 2)


def test_a_save_that_finds_no_space_names_the_file(tmp_path, largest_file):
    old, new = a_model(), a_model(seed=1)
    old.save(tmp_path)
    size = (tmp_path / "weights.safetensors").stat().st_size
    with largest_file(size // 2), pytest.raises(OSError, match="too large") as caught:
        new.save(tmp_path)
    assert caught.value.filename == str(tmp_path / "weights.safetensors")
    assert len(list(tmp_path.iterdir())) == 2
    np.testing.assert_equal(
        LanguageModel.load(tmp_path).network.state_dict(), old.network.state_dict()
    )


def test_a_save_on_a_full_disk(small_disk):
    old, new = a_model(), a_model(seed=1)
    old.save(small_disk)
    with (small_disk / "other").open("wb", buffering=0) as file, pytest.raises(OSError):  # noqa: PT012
        while True:
            file.write(bytes(4096))
    with pytest.raises(OSError, match=r"No space left.*weights\.safetensors"):
        new.save(small_disk)
    np.testing.assert_equal(
        LanguageModel.load(small_disk).network.state_dict(), old.network.state_dict()
    )


def test_a_first_save_that_was_broken_off_is_no_model_yet(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda path, target: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            a_model().save(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"config\.json is missing$"):
        LanguageModel.load(tmp_path)


def test_a_vocabulary_with_half_a_surrogate_pair(tmp_path):
    text = "ab\udcff\ud800\n" * 30
    model = LanguageModel.for_text(text, LanguageModelConfig(hidden_size=4))
    model.fit(text, None, LanguageModelOptions(batch_size=2, bptt=8, max_steps=1), folder=tmp_path)
    model.save(tmp_path)
    for path in (tmp_path, tmp_path / "last.safetensors"):
        again = LanguageModel.load(path)
        assert again.tokenizer.to_json() == model.tokenizer.to_json()
        assert again.tokenizer.encode(text).tolist() == model.tokenizer.encode(text).tolist()


@pytest.mark.parametrize("name", ["config.json", "weights.safetensors"])
def test_a_missing_file(tmp_path, name):
    with pytest.raises(FileNotFoundError, match=r"expected a model, config\.json and"):
        LanguageModel.load(tmp_path / "none")
    a_model().save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"{name} is missing"):
        LanguageModel.load(tmp_path)


@pytest.mark.parametrize("place", [20, -5])
def test_damaged_weights(tmp_path, place):
    a_model().save(tmp_path)
    content = bytearray((tmp_path / "weights.safetensors").read_bytes())
    content[place] ^= 1
    (tmp_path / "weights.safetensors").write_bytes(content)
    with pytest.raises(ModelFolderError, match=r"weights\.safetensors: damaged"):
        LanguageModel.load(tmp_path)


def test_weights_of_another_model(tmp_path):
    a_model().save(tmp_path / "one")
    a_model(seed=1).save(tmp_path / "other")
    (tmp_path / "other" / "weights.safetensors").replace(tmp_path / "one" / "weights.safetensors")
    with pytest.raises(ModelFolderError, match=r"not the file that config\.json was written with"):
        LanguageModel.load(tmp_path / "one")


def test_a_safetensors_file_that_is_no_checkpoint(tmp_path):
    save_file({"a": np.zeros(2)}, tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match="of another kind"):
        LanguageModel.load(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: None, "expected a pyrnn language model; got 'NoneType'"),
        (lambda c: {**c, "format": "x"}, "expected a pyrnn language model; got 'x'"),
        (lambda c: {**c, "version": 2}, "format version 2 is later than 1"),
        (lambda c: {**c, "version": "new"}, "expected a format version; got 'new'"),
        (lambda c: {n: v for n, v in c.items() if n != "tokenizer"}, "not a whole .*tokenizer"),
        (lambda c: {n: v for n, v in c.items() if n != "config"}, "not a whole .*config"),
        (lambda c: {**c, "config": {**c["config"], "hidden_size": 7}}, "expected shape"),
        (lambda c: {**c, "config": {**c["config"], "cell": "gru"}}, "expected shape"),
        (lambda c: {**c, "config": {**c["config"], "width": 7}}, "width: expected a setting"),
        (lambda c: {**c, "config": {**c["config"], "unit": "words"}}, "expected one of words"),
    ],
)
def test_a_configuration_that_does_not_fit(tmp_path, change, words):
    a_model().save(tmp_path)
    path = tmp_path / "config.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["config_sha256"]  # which would be found out first
    changed = change(content)
    path.write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(ModelFolderError, match=words):
        LanguageModel.load(tmp_path)


def test_a_configuration_cut_short(tmp_path):
    a_model().save(tmp_path)
    path = tmp_path / "config.json"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ModelFolderError, match=r"config\.json: damaged: no JSON"):
        LanguageModel.load(tmp_path)


def test_what_json_cannot_hold_writes_nothing(tmp_path):
    model = a_model()
    model.trained = {"loss": float("nan")}
    with pytest.raises(ValueError, match="not JSON compliant"):
        model.save(tmp_path / "m")
    assert not list((tmp_path / "m").iterdir())


def test_the_result_of_a_run_without_validation():
    model = a_model()
    result = model.fit(TEXT, options=LanguageModelOptions(batch_size=2, bptt=8, max_steps=3))
    assert result.best is None
    assert result.validations == ()
    assert model.trained["validation"] is None
