"""Several texts: each begins anew, from a newline; files and strings alike, in memory or not."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.data import Corpus, EncodedText
from pyrnn.data import encoded_text as encoding
from pyrnn.models import LanguageModel, LanguageModelConfig, LanguageModelOptions
from pyrnn.models.stack_settings import LAYERS

TEXTS = ["the cat sat", "on the mat\nand sat\n", "x", "the dog\n\nsat on the log"] * 3
SETTINGS = {"batch_size": 3, "bptt": 7, "max_steps": 12, "learning_rate": 0.02, "log_every": 1}


@pytest.fixture
def small():
    """small(**settings): an untrained model of the letters in TEXTS."""

    def make(**settings):
        config = LanguageModelConfig(**{"hidden_size": 10, "dtype": "float64", **settings})
        return LanguageModel.for_text(TEXTS, config)

    return make


def apart(model):
    """-ln p of each text for itself, the first without anything before it, the others from a
    newline, as an empty prompt is."""
    first, *others = (text if text.endswith("\n") else f"{text}\n" for text in TEXTS)
    return -model.score(first).total - sum(model.score(t, context="\n").total for t in others)


def same_weights(one, other):
    np.testing.assert_equal(one.network.state_dict(), other.network.state_dict())


@pytest.mark.parametrize("unit", ["characters", "bytes", "words"])
@pytest.mark.parametrize("cell", LAYERS)
def test_documents_are_measured_each_for_itself(small, cell, unit):
    model = small(cell=cell, unit=unit, num_layers=2)
    ids = EncodedText.of(Corpus.of(TEXTS), model.tokenizer).ids
    expected = apart(model)
    assert model.evaluate(TEXTS)["loss"] * (len(ids) - 1) == pytest.approx(expected, rel=1e-12)
    assert -model.score(Corpus.of(TEXTS)).total == pytest.approx(expected, rel=1e-12)
    joined = "".join(f"{text}\n".replace("\n\n", "\n") for text in TEXTS)
    assert -model.score(joined).total != pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("cell", LAYERS)
def test_the_loss_in_training_is_that_of_documents_apart(small, cell):
    """One stream in one batch: all that is scored, with its gradient."""
    model = small(cell=cell)
    options = LanguageModelOptions(batch_size=1, bptt=1000)
    (batch,) = model.batches(Corpus.of(TEXTS), options, train=True).epoch(0)
    assert batch.reset.sum() == len(TEXTS) - 1
    model.network.train()
    model.loss(batch).value.backward()
    found = {name: p.grad.copy() for name, p in model.network.named_parameters()}
    model.network.zero_grad()
    for number, text in enumerate(TEXTS):
        ended = text if text.endswith("\n") else f"{text}\n"
        ids = model.tokenizer.encode(ended if not number else f"\n{ended}")
        loss, _ = model.network.cross_entropy(ids[:-1, None], ids[1:, None], reduction="sum")
        loss.backward()
    for name, parameter in model.network.named_parameters():
        np.testing.assert_allclose(found[name], parameter.grad, rtol=1e-9, atol=1e-12)


def test_the_state_goes_on_within_a_document_from_batch_to_batch(small):
    model = small()
    options = LanguageModelOptions(batch_size=1, bptt=5)
    total, state = 0.0, None
    model.network.eval()
    for batch in model.batches(Corpus.of(TEXTS), options, train=True).epoch(0):
        found = model.loss(batch, state)
        total, state = total + found.value.item(), found.state
    assert total == pytest.approx(apart(model), rel=1e-12)


@pytest.fixture
def files(tmp_path):
    """A folder with the texts as files, in their order."""
    for number, text in enumerate(TEXTS):
        (tmp_path / f"{number}.txt").write_bytes(text.encode())
    return tmp_path


@pytest.mark.parametrize("network", [
    {}, {"unit": "words", "dropout_output": 0.2}, {"unit": "bytes", "cell": "gru"},
    {"zoneout": 0.1, "weight_drop": 0.1},
])  # fmt: skip
@pytest.mark.parametrize("in_memory", [True, False])
def test_files_train_as_strings_do(files, monkeypatch, in_memory, network):
    if not in_memory:
        monkeypatch.setattr(
            encoding.EncodedText.of.__func__, "__kwdefaults__", {"limit": 0, "folder": None}
        )
    one, other = (LanguageModel(hidden_size=6, **network) for _ in range(2))
    expected = one.fit(TEXTS, valid=0.2, shift=True, **SETTINGS)
    corpus = Corpus.read(files, raw=network.get("unit") == "bytes")
    found = other.fit(corpus, valid=0.2, shift=True, **SETTINGS)
    same_weights(one, other)
    assert found.best.metrics == expected.best.metrics
    assert one.evaluate(TEXTS) == other.evaluate(corpus)


def test_one_text_is_what_it_was(files):
    text = "the cat sat on the mat\n" * 9
    (files / "one.txt").write_text(text, "utf-8")
    models = [LanguageModel(hidden_size=6) for _ in range(3)]
    for model, data in zip(models, (text, [text], Corpus.read(files / "one.txt")), strict=True):
        model.fit(data, valid=0.2, **SETTINGS)
    same_weights(models[0], models[1])
    same_weights(models[0], models[2])


@pytest.mark.parametrize("valid", [TEXTS[:2], Corpus.of(TEXTS[:2])])
def test_validation_texts_of_its_own(valid):
    model = LanguageModel(hidden_size=6)
    result = model.fit(TEXTS, valid=valid, **SETTINGS)
    assert result.best.metrics == model.evaluate(TEXTS[:2])


def test_documents_are_another_run_than_one_text(tmp_path):
    model = LanguageModel(hidden_size=6)
    model.fit(TEXTS, **SETTINGS, folder=tmp_path)
    joined = "".join(Corpus.of(TEXTS).pieces())
    with pytest.raises(ValueError, match=r"^data: expected "):
        LanguageModel(hidden_size=6).fit(joined, **SETTINGS, folder=tmp_path, resume=True)
    longer = {**SETTINGS, "max_steps": 20}
    again, straight = LanguageModel(hidden_size=6), LanguageModel(hidden_size=6)
    again.fit(Corpus.of(TEXTS), **longer, folder=tmp_path, resume=True)
    straight.fit(TEXTS, **longer)
    same_weights(again, straight)


def test_characters_per_document_count_their_newlines(small):
    model = small()
    found = model.evaluate(TEXTS)
    characters = len(Corpus.of(TEXTS))
    tokens = characters - 1
    bits = found["loss"] * tokens / np.log(2) / (characters - 1)
    assert found["bits_per_character"] == pytest.approx(bits, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda m: m.fit([]), ValueError, "text: expected at least one character"),
        (lambda m: m.fit(["", ""]), ValueError, "text: expected at least one character"),
        (lambda m: m.fit(["a", None]), TypeError, "text: expected one string; got list"),
        (lambda m: m.fit(TEXTS, valid=["a", 3]), TypeError, "valid: expected a share"),
        (lambda m: m.evaluate("ab", "cd"), TypeError, "text: expected one string, or a list"),
    ],
)
def test_errors(call, error, words):
    model = LanguageModel(hidden_size=4)
    if "evaluate" in call.__code__.co_names:
        model.for_data("abcd")
    with pytest.raises(error, match=words):
        call(model)
