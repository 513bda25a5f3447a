"""The model as a whole: how it is made, built, trained by the loop of others, and evaluated."""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from pyrnn.data import ByteTokenizer, Corpus, UnknownTokenError, split_text
from pyrnn.files.content import Content
from pyrnn.models import LanguageModel, LanguageModelConfig, LanguageModelOptions

TEXT = "to be, or not to be:\nthat is the question\n" * 8
OPTIONS = LanguageModelOptions(batch_size=2, bptt=8, max_steps=6, log_every=1, learning_rate=0.02)


# made and built


def test_settings_by_name_are_those_of_a_config():
    config = LanguageModelConfig(hidden_size=8, cell="gru")
    for model in (
        LanguageModel(config),
        LanguageModel(hidden_size=8, cell="gru"),
        LanguageModel(LanguageModelConfig(hidden_size=8), cell="gru"),
        LanguageModel(hidden_size=np.int64(8), cell="gru", dropout_output=np.float32(0.0)),
    ):
        assert model.config == config
        assert type(model.config.hidden_size) is int
    assert LanguageModel(cell="rnn").config.cell == "rnn_tanh"


def test_a_model_that_is_not_built_says_so(tmp_path):
    model = LanguageModel(hidden_size=8)
    for use in (
        lambda: model.score("to be"),
        lambda: model.generate("to"),
        lambda: model.evaluate(TEXT),
        lambda: model.predict(["to be"]),
        lambda: model.tokenizer,
        lambda: model.save(tmp_path / "model"),
        lambda: model.num_parameters(),
    ):
        with pytest.raises(ValueError, match=r"^LanguageModel is not built yet: fit\(\.\.\.\)"):
            use()
    assert not (tmp_path / "model").exists()
    assert repr(model) == "LanguageModel(not built: fit, for_data or load)"


def test_three_ways_to_the_same_model():
    tokenizer = LanguageModelConfig().tokenizer(TEXT)
    models = [
        LanguageModel(hidden_size=8, seed=3).for_data(TEXT),
        LanguageModel.for_text(TEXT, LanguageModelConfig(hidden_size=8, seed=3)),
        LanguageModel(tokenizer=tokenizer, hidden_size=8, seed=3),
    ]
    for model in models:
        np.testing.assert_equal(model.network.state_dict(), models[0].network.state_dict())
        assert model.description() == models[0].description()
        assert model.trained is None
    assert repr(models[0]) == "LanguageModel(16 characters, 1 x 8 lstm, 848 parameters)"
    assert models[0].num_parameters() == sum(p.size for p in models[0].parameters()) == 848


def test_the_first_fit_builds_the_model_and_a_second_goes_on_with_it():
    model = LanguageModel(hidden_size=8)
    model.fit(TEXT, options=OPTIONS)
    network, first = model.network, model.network.state_dict()
    model.fit(TEXT, options=OPTIONS)
    assert model.network is network
    assert not np.array_equal(network.state_dict()["output.weight"], first["output.weight"])


def test_the_vocabulary_is_of_the_training_text():
    """Of words; a character that only the validation text has is given its place."""
    held = "the zebra sat\n" * 3
    words = LanguageModel(hidden_size=4, unit="words")
    words.fit("the cat sat\n" * 20, held, options=OPTIONS)
    assert "zebra" not in words.tokenizer.vocabulary
    characters = LanguageModel(hidden_size=4)
    characters.fit("the cat sat\n" * 20, held, options=OPTIONS)
    assert set("zebra") <= set(characters.tokenizer.vocabulary)


# the validation


def test_a_share_is_the_end_of_the_text():
    parts = split_text(TEXT, (0.75, 0.25, 0.0))
    one, other = LanguageModel(hidden_size=8), LanguageModel(hidden_size=8)
    found = one.fit(TEXT, valid=0.25, options=OPTIONS)
    expected = other.fit(parts.train, parts.valid, OPTIONS)
    np.testing.assert_equal(one.network.state_dict(), other.network.state_dict())
    assert [r.metrics for r in found.validations] == [r.metrics for r in expected.validations]
    assert set(found.best.metrics) == {"loss", "perplexity", "bits_per_character"}


@pytest.mark.parametrize("held", [None, ""])
def test_nothing_is_held_out_unasked(held):
    result = LanguageModel(hidden_size=8).fit(TEXT, held, OPTIONS)
    assert result.validations == ()
    assert result.best is result.end.best is None


@pytest.mark.parametrize(
    "settings", [{"schedule": "plateau"}, {"patience": 1}, {"monitor": "perplexity"}]
)
def test_what_follows_the_validation_needs_one(tmp_path, settings):
    """It waited for what never came, and the run went on to its limit."""
    model = LanguageModel(hidden_size=8)
    (name,) = settings
    with pytest.raises(ValueError, match=f"^{name}: expected validation data .* got none"):
        model.fit(TEXT, options=replace(OPTIONS, **settings), folder=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    model.fit(TEXT, valid=0.2, options=replace(OPTIONS, **settings))


def test_the_monitor_is_a_metric_of_the_model():
    for name in LanguageModel.monitors:
        run = LanguageModel(hidden_size=8).fit(TEXT, valid=0.2, options=OPTIONS, monitor=name)
        assert run.end.best == run.best.metrics[name]
    with pytest.raises(ValueError, match=r"^monitor: expected one of loss, perplexity, .*'f1'"):
        LanguageModel(hidden_size=8).fit(TEXT, valid=0.2, options=OPTIONS, monitor="f1")


# options


def test_options_by_name_and_numpys_numbers():
    given = {"learning_rate": np.float32(0.02), "max_steps": np.int32(6), "batch_size": np.int8(2)}
    one, other = LanguageModel(hidden_size=8), LanguageModel(hidden_size=8)
    one.fit(TEXT, **given, bptt=np.int64(8))
    other.fit(TEXT, options=replace(OPTIONS, learning_rate=float(np.float32(0.02))))
    np.testing.assert_equal(one.network.state_dict(), other.network.state_dict())
    json.dumps(one.trained)


def test_steps_is_called_bptt_now():
    with pytest.warns(FutureWarning, match="^steps: is called bptt now$"):
        assert LanguageModelOptions(steps=9).bptt == 9
    with pytest.warns(FutureWarning, match="^steps: is called bptt now$"):
        LanguageModel(hidden_size=4).fit(TEXT, batch_size=2, steps=8, max_steps=1)


# callbacks


def test_callbacks_of_a_fit():
    seen = []

    def follow(loop, record):
        seen.append(record)
        if record.step == 3:
            loop.stop()

    model = LanguageModel(hidden_size=8)
    result = model.fit(TEXT, options=OPTIONS, callbacks=[follow])
    assert tuple(seen) == result.records
    assert (result.reason, result.steps) == ("stopped", 3)
    assert model.trained["reason"] == "stopped"


# evaluated, and asked


def test_evaluate_and_report(noise, small):
    model, text = small(), noise(100)
    found = model.evaluate(text)
    assert set(found) == {"loss", "perplexity", "bits_per_character"}
    assert found["perplexity"] == pytest.approx(math.exp(found["loss"]), rel=1e-12)
    assert found["bits_per_character"] == pytest.approx(found["loss"] / math.log(2), rel=1e-12)
    assert model.report(text).metrics == found
    json.dumps(found)
    assert "perplexity" in repr(model.report(text))


def test_predict_is_the_likeliest_next_token(small, noise):
    model = small()
    texts = [noise(9), "", noise(30, 1)]
    for text, found in zip(texts, model.predict(texts), strict=True):
        assert found.token == model.generate(text, 1, greedy=True)
        before = text or "\n"
        expected = model.score(found.token, context=before).total
        assert found.probability == pytest.approx(math.exp(expected), rel=1e-10)
        assert found.to_json() == {"token": found.token, "probability": found.probability}
        assert len(str(found).splitlines()) == 1
    assert model.predict([]) == []
    with pytest.raises(UnknownTokenError, match="'x'"):
        model.predict(["xyz"])


def test_files_of_the_user(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes("grüße\nan alle\n".encode())
    file = Content.of(path)
    model = LanguageModel(hidden_size=4)
    assert model.read_file(file, model.columns) == (Corpus.of("grüße\nan alle\n"),)
    assert model.read_inputs(file, model.columns) == ["grüße", "an alle"]
    path.write_bytes(b"gr\xfc\xdfe\n")
    packed = Content("text.txt.gz", gzip.compress(path.read_bytes(), mtime=0), None, "latin-1")
    assert model.read_file(packed, model.columns) == (Corpus.of("grüße\n"),)
    latin = Content.of(path, "latin-1")
    assert model.read_file(latin, model.columns) == (Corpus.of("grüße\n"),)
    with pytest.raises(ValueError, match=r"text\.txt"):
        model.for_data(*model.read_file(Content.of(path), model.columns))
    of_bytes = LanguageModel(hidden_size=4, unit="bytes", tokenizer=ByteTokenizer())
    (text,) = of_bytes.read_file(Content.of(path), of_bytes.columns)
    assert of_bytes.tokenizer.encode("".join(text.pieces())).tolist() == list(b"gr\xfc\xdfe\n")
