"""Training: a text is learnt, the same seed gives the same weights, a resumed run the same bits."""

from __future__ import annotations

import math
import signal
from collections import Counter

import numpy as np
import pytest

from pyrnn.models import LanguageModel, LanguageModelConfig, LanguageModelOptions
from pyrnn.models.stack_settings import LAYERS
from pyrnn.training import DivergenceError, progress


def conditional_entropy(text, order):
    """The nats per character that remain when the `order` characters before are known."""
    contexts, pairs = Counter(), Counter()
    for i in range(order, len(text)):
        contexts[text[i - order : i]] += 1
        pairs[text[i - order : i + 1]] += 1
    total = sum(pairs.values())
    return -sum(n / total * math.log(n / contexts[pair[:-1]]) for pair, n in pairs.items())


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("cell", LAYERS)
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
