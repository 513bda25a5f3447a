"""Training: a text is learnt, the same seed gives the same weights, a resumed run the same bits."""

from __future__ import annotations

import math
import signal
from collections import Counter

import numpy as np
import pytest

from pyrnn.kernels.stack import CELLS
from pyrnn.models import LanguageModel, LanguageModelConfig, LanguageModelOptions
from pyrnn.models.model import reseed
from pyrnn.training import DivergenceError, progress, read_history


def conditional_entropy(text, order):
    """The nats per character that remain when the `order` characters before are known."""
    contexts, pairs = Counter(), Counter()
    for i in range(order, len(text)):
        contexts[text[i - order : i]] += 1
        pairs[text[i - order : i + 1]] += 1
    total = sum(pairs.values())
    return -sum(n / total * math.log(n / contexts[pair[:-1]]) for pair, n in pairs.items())


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_a_repeated_text_is_learnt_beyond_what_two_characters_tell(noise, cell, tied):
    text = noise(30) * 20
    # What a model that sees only the last two characters could reach at best
    bound = conditional_entropy(text, 2)
    assert bound > 0.1
    config = LanguageModelConfig(cell=cell, hidden_size=32, tied=tied, init="orthogonal")
    model = LanguageModel.for_text(text, config)
    options = LanguageModelOptions(batch_size=4, bptt=30, max_steps=150, learning_rate=0.01)
    result = model.fit(text, text[:90], options)
    assert result.reason == "max_steps"
    assert result.best.loss < bound
    assert model.generate(text[:30], 20, greedy=True) == text[:20]


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "sgd", "learning_rate": 1.0, "optimizer_options": {"momentum": 0.9}},
        # a sum over 20 steps at a twentieth of the rate and 20 times the norm: the same again
        {
            "optimizer": "sgd",
            "learning_rate": 0.05,
            "optimizer_options": {"momentum": 0.9},
            "reduction": "sum",
            "clip_norm": 20.0,
        },
        {"optimizer": "rmsprop", "learning_rate": 0.01},
        {"optimizer": "adamw", "learning_rate": 0.01, "weight_decay": 0.1},
        {"optimizer": "adam", "learning_rate": 0.02, "schedule": "cosine", "warmup_steps": 10},
        {"optimizer": "adam", "learning_rate": 0.02, "clip_norm": None, "clip_value": 0.01},
        {"optimizer": "adam", "learning_rate": 0.02, "shift": True},
    ],
    ids=lambda options: "-".join(map(str, options.values())),
)
def test_every_optimizer_learns_more_than_character_frequencies(noise, options):
    text = noise(25) * 20
    model = LanguageModel.for_text(text, LanguageModelConfig(cell="gru", hidden_size=24))
    chosen = LanguageModelOptions(**{"batch_size": 4, "bptt": 20, "max_steps": 120, **options})
    model.fit(text, None, chosen)
    assert model.score(text).evaluation.loss < conditional_entropy(text, 0) / 2


def test_a_summed_loss_at_a_smaller_rate_is_the_mean_loss(noise):
    text = noise(404)  # 4 streams of 100: every batch has 20 steps
    weights = []
    for settings in (
        {"reduction": "mean", "learning_rate": 1.0, "clip_norm": 0.25},
        {"reduction": "sum", "learning_rate": 1.0 / 20, "clip_norm": 0.25 * 20},
    ):
        model = LanguageModel.for_text(text, LanguageModelConfig(hidden_size=8, dtype="float64"))
        model.fit(
            text,
            None,
            LanguageModelOptions(batch_size=4, bptt=20, max_steps=8, optimizer="sgd", **settings),
        )
        weights.append(model.network.state_dict())
    for name, array in weights[0].items():
        # the clipping's 1e-6 beside a norm of 20 times the length: 1e-6 relative per step
        np.testing.assert_allclose(weights[1][name], array, rtol=0, atol=1e-5, err_msg=name)


DROPOUT = {"dropout_input": 0.2, "dropout_between": 0.2, "dropout_output": 0.2, "num_layers": 2}


def weights_after(text, config, options, **arguments):
    model = LanguageModel.for_text(text, config)
    model.fit(text, text[:40], options, **arguments)
    return model.network.state_dict()


def test_the_same_seed_gives_the_same_bits(noise):
    text = noise(300)
    config = LanguageModelConfig(hidden_size=8, **DROPOUT)
    runs = [
        weights_after(
            text, config, LanguageModelOptions(batch_size=3, bptt=10, epochs=2, seed=seed)
        )
        for seed in (5, 5, 6)
    ]
    np.testing.assert_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0]["output.weight"], runs[2]["output.weight"])


def test_a_fit_does_not_depend_on_what_was_done_before(noise):
    text = noise(300)
    config = LanguageModelConfig(hidden_size=8, **DROPOUT)
    options = LanguageModelOptions(batch_size=3, bptt=10, epochs=1)
    expected = weights_after(text, config, options)
    model = LanguageModel.for_text(text, config)
    model.score(text)
    model.generate(length=5)
    for record in model.training(text, text[:40], options):
        if record.kind == "step":
            model.generate(text[:3], length=2)  # as a sample in the middle of training
    np.testing.assert_equal(model.network.state_dict(), expected)


RESUMED = [
    {"optimizer": "adam", "schedule": "cosine", "warmup_steps": 5},
    {"optimizer": "adamw", "schedule": "plateau"},
    {"optimizer": "sgd", "schedule": "step", "optimizer_options": {"momentum": 0.9}, "shift": True},
    {"optimizer": "rmsprop", "schedule": "exponential", "optimizer_options": {"centered": True}},
]


@pytest.mark.parametrize("settings", RESUMED, ids=lambda settings: settings["optimizer"])
@pytest.mark.parametrize(("cell", "tied"), [("lstm", False), ("gru_reset_before", True)])
@pytest.mark.parametrize("broken_at", [4, 13])  # epochs have 10 batches: in the middle of both
def test_a_resumed_run_gives_the_bits_of_an_unbroken_one(
    noise, tmp_path, settings, cell, tied, broken_at
):
    text = noise(301)
    config = LanguageModelConfig(cell=cell, tied=tied, hidden_size=8, embedding_size=6, **DROPOUT)
    options = LanguageModelOptions(
        batch_size=3, bptt=10, epochs=2, validate_every=3, checkpoint_every=1, **settings
    )
    whole = LanguageModel.for_text(text, config)
    expected = whole.fit(text, text[:40], options, folder=tmp_path / "whole")

    broken = LanguageModel.for_text(text, config)
    records = broken.training(text, text[:40], options, folder=tmp_path / "parts").run()
    next(r for r in records if r.kind == "step" and r.step == broken_at + 1)
    records.close()

    again = LanguageModel.for_text(text, config)
    reseed(again.network, 99)
    result = again.fit(text, text[:40], options, folder=tmp_path / "parts", resume=True)
    np.testing.assert_equal(again.network.state_dict(), whole.network.state_dict())
    assert [r.loss for r in result.validations] == [r.loss for r in expected.validations]
    assert result.steps == expected.steps == 20


def test_ctrl_c_in_the_middle_of_training(noise, tmp_path, monkeypatch):
    text = noise(301)
    config = LanguageModelConfig(hidden_size=8, **DROPOUT)
    options = LanguageModelOptions(batch_size=3, bptt=10, epochs=2, log_every=1)
    whole = weights_after(text, config, options)
    model = LanguageModel.for_text(text, config)
    loss, calls = model.loss, []

    def interrupted(batch, state):
        calls.append(1)
        if len(calls) == 7:
            signal.raise_signal(signal.SIGINT)
        return loss(batch, state)

    model.loss = interrupted
    result = model.fit(text, text[:40], options, folder=tmp_path)
    assert (result.reason, result.steps) == ("interrupted", 7)
    assert read_history(tmp_path / "history.jsonl")[-1].reason == "interrupted"
    again = LanguageModel.for_text(text, config)
    result = again.fit(text, text[:40], options, folder=tmp_path, resume=True)
    assert (result.reason, result.steps) == ("epochs", 20)
    np.testing.assert_equal(again.network.state_dict(), whole)


def test_ctrl_c_while_a_fit_shows_its_records(noise, small, tmp_path, monkeypatch):
    def interrupted(records, *arguments, **options):
        for record in records:
            if record.kind == "step" and record.step == 3:
                signal.raise_signal(signal.SIGINT)
            yield record

    monkeypatch.setattr(progress, "watch", interrupted)
    missed = []
    before = signal.signal(signal.SIGINT, lambda *arguments: missed.append(arguments))
    try:
        options = LanguageModelOptions(batch_size=3, bptt=10, epochs=2)
        result = small().fit(noise(301), None, options, folder=tmp_path, progress=True)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not missed
    assert (result.reason, result.steps) == ("interrupted", 3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: {**s, "text": s["text"][::-1]}, "^data: expected '400:.* resumed; got '400:"),
        (lambda s: {**s, "text": s["text"] + "a"}, "^data: expected '400:.* resumed; got '401:"),
        (
            lambda s: {**s, "text": s["text"] + "X"},
            r"^model\.tokenizer\.tokens: expected the 9 entries .* got 10: 'X' is new$",
        ),
        (lambda s: {**s, "valid": s["valid"][::-1]}, "^validation: expected '50:.* got '50:"),
        (lambda s: {**s, "valid": None}, "^validation: expected '50:.* resumed; got None$"),
        (
            lambda s: {**s, "config": LanguageModelConfig(hidden_size=9)},
            "^hidden_size: expected 8 as in the run that is resumed; got 9$",
        ),
        (
            lambda s: {**s, "config": LanguageModelConfig(hidden_size=8, seed=1)},
            "^seed: expected 0 as in the run that is resumed; got 1$",
        ),
        (
            lambda s: {**s, "options": LanguageModelOptions(batch_size=3, bptt=9)},
            "^bptt: expected 10 as in the run that is resumed; got 9$",
        ),
    ],
)
def test_another_text_or_model_is_not_resumed(noise, tmp_path, change, words):
    settings = {
        "text": noise(400),
        "valid": noise(50, 1),
        "config": LanguageModelConfig(hidden_size=8),
        "options": LanguageModelOptions(batch_size=3, bptt=10, max_steps=2),
    }
    model = LanguageModel.for_text(settings["text"], settings["config"])
    model.fit(settings["text"], settings["valid"], settings["options"], folder=tmp_path)
    other = change(settings)
    model = LanguageModel.for_text(other["text"], other["config"])
    with pytest.raises(ValueError, match=words):
        model.fit(other["text"], other["valid"], other["options"], folder=tmp_path, resume=True)


def test_divergence_restores_the_best_weights_and_says_so(noise, tmp_path):
    text = noise(301)
    model = LanguageModel.for_text(text, LanguageModelConfig(hidden_size=8))
    options = LanguageModelOptions(batch_size=3, bptt=10, epochs=3, validate_every=2)
    loss, calls, kept = model.loss, [], []

    def spoiled(batch, state):
        if not model.network.training:
            return loss(batch, state)
        calls.append(1)
        if len(calls) == 3:
            kept.append(model.network.state_dict())
        if len(calls) == 4:
            model.network.output.bias.assign(np.full(model.tokenizer.size, np.inf, np.float32))
        with np.errstate(invalid="ignore"):
            return loss(batch, state)

    model.loss = spoiled
    with pytest.raises(DivergenceError, match=r"loss of step 4 is nan; .* validation, at step 2"):
        model.fit(text, text[:40], options, folder=tmp_path)
    np.testing.assert_equal(model.network.state_dict(), kept[0])
    saved = LanguageModel.load(tmp_path / "last.safetensors")
    np.testing.assert_equal(saved.network.state_dict(), kept[0])
    assert model.trained["reason"] == "diverged"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"text": "abc"}, r"training text has 3 tokens; batch_size=32 needs at least 33"),
        ({"valid": "a"}, "a text to evaluate: expected at least 2 tokens; got 1"),
        ({"text": "abcx" * 100}, r"'x' \(U\+0078\) at position 3"),
        (
            {"options": LanguageModelOptions(optimizer_options={"speed": 1})},
            "adam takes amsgrad, .* speed",
        ),
    ],
)
def test_errors_before_anything_is_done(noise, small, tmp_path, arguments, words):
    model = small()
    before = model.network.state_dict()
    with pytest.raises(ValueError, match=words):
        model.fit(**{"text": noise(400), **arguments}, folder=tmp_path / "run")
    np.testing.assert_equal(model.network.state_dict(), before)
    assert not (tmp_path / "run").exists()


def test_progress_on_the_terminal(noise, small, capsys):
    small().fit(noise(400), noise(60), LanguageModelOptions(max_steps=2), progress=True)
    shown = capsys.readouterr()
    assert "all steps done" in shown.err
    assert shown.out == ""
