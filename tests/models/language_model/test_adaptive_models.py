"""A language model with an adaptive softmax does all that one with a full softmax does."""

from __future__ import annotations

import json

import numpy as np
import pytest

import pyrnn
from pyrnn import no_grad
from pyrnn.data import IGNORED, StreamBatch, Vocabulary, WordTokenizer
from pyrnn.models import LanguageModel, LanguageModelConfig, LanguageModelOptions, LanguageNetwork
from pyrnn.nn.adaptive_softmax import zipf_cutoffs

WORDS = [f"w{k}" for k in range(60)]
OPTIONS = LanguageModelOptions(batch_size=4, bptt=6, epochs=2, learning_rate=0.02)


def a_text(n=1500, seed=0):
    """Words with a share of about 1/rank, ten a line."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, len(WORDS) + 1)
    drawn = rng.choice(WORDS, size=n, p=shares / shares.sum())
    return "".join(" ".join(line) + "\n" for line in drawn.reshape(-1, 10))


TEXT, HELD = a_text(), a_text(300, 1)


def a_model(**settings):
    config = {"unit": "words", "hidden_size": 12, "softmax": "adaptive", "dtype": "float64"}
    return LanguageModel.for_text(TEXT, LanguageModelConfig(**{**config, **settings}))


def test_logits_are_normalised_and_scores_are_theirs():
    model = a_model()
    ids = model.tokenizer.encode(HELD)
    with no_grad():
        log_p = model.network(ids[:-1, None])[0].numpy()[:, 0]
    np.testing.assert_allclose(np.exp(log_p).sum(-1), 1, rtol=1e-12)
    score = model.score(HELD)
    by_hand = log_p[np.arange(len(ids) - 1), ids[1:]]
    np.testing.assert_allclose(score.log_likelihoods, by_hand, rtol=1e-10)
    assert model.perplexity(HELD) == pytest.approx(np.exp(-by_hand.mean()), rel=1e-10)
    # as it is trained, too
    model.network.train()
    found = model.loss(StreamBatch(ids[:-1, None], ids[1:, None]))
    assert found.items == len(ids) - 1
    assert found.value.item() == pytest.approx(-by_hand.sum(), rel=1e-10)


def test_it_learns_generates_and_comes_back(tmp_path):
    model = a_model(dtype="float32", dropout_output=0.1)
    before = model.perplexity(HELD)
    result = model.fit(TEXT, HELD, OPTIONS, folder=tmp_path / "run")
    after = model.perplexity(HELD)
    assert after < 0.8 * before
    assert result.best is not None
    written = model.generate("w0", 12, seed=3)
    assert set(written.split()) <= {*WORDS, "<unk>"}
    assert "".join(model.stream("w0", 12, seed=3)) == written
    model.generate("w0", 5, greedy=True, top_k=None)
    model.generate("w0", 5, top_k=3, temperature=0.5, seed=1)
    model.save(tmp_path / "m")
    for again in (
        LanguageModel.load(tmp_path / "m"),
        LanguageModel.load(tmp_path / "run/best.safetensors"),
    ):
        assert again.config == model.config
        assert again.perplexity(HELD) == after
        assert again.generate("w0", 12, seed=3) == written


@pytest.mark.parametrize("softmax", ["full", "adaptive"])
def test_the_same_bits_on_any_number_of_threads(softmax):
    states, before = [], pyrnn.get_num_threads()
    try:
        for threads in (1, 2, 3):
            pyrnn.set_num_threads(threads)
            model = a_model(dtype="float32", softmax=softmax, hidden_size=24)
            model.fit(TEXT, None, OPTIONS)
            states.append(model.network.state_dict())
    finally:
        pyrnn.set_num_threads(before)
    for state in states[1:]:
        np.testing.assert_equal(state, states[0])


def test_the_cutoffs_stay_with_the_model(tmp_path):
    model = a_model()
    size = model.tokenizer.size
    assert model.config.cutoffs == zipf_cutoffs(size)
    model.save(tmp_path / "m")
    stored = json.loads((tmp_path / "m" / "config.json").read_text("utf-8"))["config"]
    assert stored["cutoffs"] == list(zipf_cutoffs(size))
    own = a_model(cutoffs=(7, 20), div_value=4)
    assert own.config.cutoffs == (7, 20)
    assert own.network.output.cutoffs == (7, 20)
    shapes = [tuple(c[0].weight.shape) for c in own.network.output.tail]
    assert shapes == [(3, 12), (1, 12)]
    own.save(tmp_path / "own")
    assert LanguageModel.load(tmp_path / "own").config == own.config


def test_a_model_from_before_there_was_a_choice_loads(tmp_path):
    model = a_model(softmax="full")
    model.save(tmp_path / "m")
    path = tmp_path / "m" / "config.json"
    content = json.loads(path.read_text("utf-8"))
    for name in ("softmax", "cutoffs", "div_value"):
        del content["config"][name]
    del content["config_sha256"]  # it was made by hand
    path.write_text(json.dumps(content), "utf-8")
    assert LanguageModel.load(tmp_path / "m").perplexity(HELD) == model.perplexity(HELD)


def test_frequent_words_stand_in_the_head():
    """Rare words are left out, and what stands for them all is frequent, not rare."""
    model = a_model(min_count=20)
    vocabulary = model.tokenizer.vocabulary
    counts = np.bincount(model.tokenizer.encode(TEXT), minlength=len(vocabulary))
    assert (np.diff(counts) <= 0).all()
    assert vocabulary.unknown_id < model.config.cutoffs[0]


def test_tokens_that_are_not_scored_do_not_count(rng):
    net = LanguageNetwork(
        40, LanguageModelConfig(hidden_size=5, softmax="adaptive", dtype="float64")
    ).eval()
    ids = rng.integers(40, size=(9, 3))
    targets = ids[1:].copy()
    targets[4:, 1] = IGNORED
    with no_grad():
        losses, _ = net.cross_entropy(ids[:-1], targets, reduction="none")
        log_p = net(ids[:-1])[0].numpy()
    picked = np.take_along_axis(log_p, np.maximum(targets, 0)[..., None], -1)[..., 0]
    np.testing.assert_allclose(losses.numpy(), -picked * (targets != IGNORED), rtol=1e-12)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_gradient_of_every_parameter(rng, expect_slopes, cell):
    config = LanguageModelConfig(hidden_size=5, softmax="adaptive", dtype="float64", cell=cell)
    net = LanguageNetwork(30, config)
    batch = StreamBatch(rng.integers(30, size=(4, 3)), rng.integers(30, size=(4, 3)))
    expect_slopes(net, batch)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tied": True}, "tied: expected False with softmax='adaptive'.* narrower"),
        ({"unit": "bytes"}, "softmax: expected 'full' with unit='bytes'"),
        ({"cutoffs": (20, 7)}, "cutoffs: expected rising whole numbers"),
        ({"cutoffs": ()}, "cutoffs: expected rising whole numbers"),
        ({"cutoffs": (0, 7)}, "cutoffs: expected rising whole numbers"),
        ({"cutoffs": (7, 1.5)}, "cutoffs: expected rising whole numbers"),
        ({"cutoffs": 7}, "cutoffs: expected rising whole numbers"),
        ({"div_value": 0.5}, "div_value: expected a number of at least 1; got 0.5"),
        ({"softmax": "sampled"}, "softmax: expected one of full, adaptive; got 'sampled'"),
        ({"softmax": "full", "cutoffs": (7,)}, "cutoffs: expected None with softmax='full'"),
        ({"softmax": "full", "div_value": 4.0}, r"div_value: expected 2\.0 with softmax='full'"),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(ValueError, match=message):
        LanguageModelConfig(**{"unit": "words", "softmax": "adaptive", **settings})


def test_vocabularies_that_are_too_small():
    config = LanguageModelConfig(unit="words", softmax="adaptive")
    with pytest.raises(ValueError, match="softmax: expected 'full' with 2 tokens, too few"):
        LanguageModel(config, WordTokenizer(Vocabulary(["<eos>", "a"])))
    with pytest.raises(ValueError, match=r"cutoffs: expected numbers below 62, .* got 100"):
        a_model(cutoffs=(5, 100))
