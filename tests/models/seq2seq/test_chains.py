"""A translator without attention runs as chains of layers: what it says is what its steps say."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pyrnn.models import Seq2Seq
from pyrnn.models.seq2seq import Translation
from pyrnn.models.stack_settings import LAYERS

WORDS = ["abc", "bca", "cab", "acb", "bac", "cba", "ab", "bc", "ca", "a", "abcabc", "ccccba", "b"]
HOW: dict[str, Any] = {"unit": "characters", "hidden_size": 19, "attention": "none"}


def untrained(sources: Any = None, targets: Any = None, **settings: Any) -> Seq2Seq:
    """A model whose weights are large enough that sources differ, as those of a trained one do."""
    model = Seq2Seq(**{**HOW, **settings})
    model.fit(sources or WORDS, targets or [w[::-1] for w in WORDS], max_steps=1)
    draw = np.random.default_rng(1)
    for parameter in model.network.parameters():
        values = draw.uniform(-0.8, 0.8, parameter.shape)
        parameter.assign(values.astype(parameter.dtype))
    return model


def by_steps(model: Seq2Seq, sources: Any, **settings: Any) -> list[Translation]:
    """As a decoder with attention is run: a call a step."""
    chains, model.chains = model.chains, lambda decoding: None  # type: ignore[method-assign]
    try:
        return model.predict(sources, **settings)
    finally:
        model.chains = chains  # type: ignore[method-assign]


def frames(words: list[str]) -> list[np.ndarray]:
    return [np.array([[ord(c) - 97, k] for k, c in enumerate(word)], float) for word in words]


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", LAYERS)
def test_every_cell(cell: str, bidirectional: bool) -> None:
    model = untrained(cell=cell, bidirectional=bidirectional)
    found = model.predict(WORDS)
    assert found == by_steps(model, WORDS)
    assert [one.source for one in found] == [tuple(word) for word in WORDS]
    assert len({one.score for one in found}) > 9, "sources that differ"
    translate = model.translator()
    assert [translate(word) for word in WORDS] == found


@pytest.mark.parametrize(
    "settings",
    [
        {"num_layers": 3},
        {"num_layers": 2, "bidirectional": False, "cell": "lstm"},
        {"dtype": "float64", "bidirectional": False},
        {"tied": True, "embedding_size": 19},
        {"shared_vocabulary": True, "bidirectional": False},
        {"unit": "words", "bidirectional": False},
        {"unit": "bytes"},
        {"max_length": 2, "bidirectional": False},
        {"dropout_input": 0.5, "dropout_output": 0.5, "bidirectional": False},
    ],
    ids=str,
)
def test_every_setting(settings: dict[str, Any]) -> None:
    model = untrained(**settings)
    sources = [*WORDS, "", "unknown: zzz"]
    for decoding in ({}, {"max_length": 1}, {"max_length": 4}):
        found = model.predict(sources, **decoding)
        assert found == by_steps(model, sources, **decoding)
        translate = model.translator(**decoding)
        assert [translate(source) for source in sources] == found
        assert [one.source for one in map(translate, sources)] == [one.source for one in found]


def test_frames() -> None:
    model = untrained(frames(WORDS), WORDS, unit="words", target_unit="characters")
    found = model.predict(frames(WORDS))
    assert found == by_steps(model, frames(WORDS))
    assert all(one.source is None for one in found)
    assert [model.translator()(each) for each in frames(WORDS)] == found


def test_static_features() -> None:
    model = Seq2Seq(**HOW)
    static = [[float(len(word)), k % 2] for k, word in enumerate(WORDS)]
    model.fit(WORDS, WORDS, static=static, max_steps=1)
    found = model.predict(WORDS, static)
    translate = model.translator()
    assert [translate(word, row) for word, row in zip(WORDS, static, strict=True)] == found
    with pytest.raises(ValueError, match="static: expected the static features"):
        translate("abc")


@pytest.mark.parametrize("decoding", [{}, {"beam": 3, "nbest": 2}, {"sample": True, "seed": 4}])
@pytest.mark.parametrize("attention", ["additive", "last", "none"])
def test_a_translator_is_predict(attention: str, decoding: dict[str, Any]) -> None:
    model = untrained(attention=attention)
    translate = model.translator(**decoding)
    for word in ("abc", "ccccba", ""):
        assert translate(word) == model.predict([word], **decoding)[0]


@pytest.mark.parametrize("attention", ["additive", "none"])
def test_what_a_translator_refuses(attention: str) -> None:
    model = untrained(attention=attention, bidirectional=False)
    with pytest.raises(TypeError, match=r"source.*expected a text; got int"):
        model.translator()(3)
    with pytest.raises(ValueError, match="nbest"):
        model.translator(nbest=2)
    with pytest.raises(ValueError, match="fit"):
        Seq2Seq(**HOW).translator()


@pytest.mark.parametrize("bidirectional", [False, True])
def test_other_weights_are_other_chains(bidirectional: bool) -> None:
    model, other = (untrained(bidirectional=bidirectional) for _ in "ab")
    translate = model.translator()
    before = [translate(word) for word in WORDS]
    for parameter in other.network.parameters():
        parameter.assign(-parameter.numpy())
    model.network.load_state_dict(other.network.state_dict())
    after = other.predict(WORDS)
    assert [translate(word) for word in WORDS] == after != before
    assert model.predict(WORDS) == after
    model.fit(WORDS, WORDS, max_steps=3)
    assert [translate(word) for word in WORDS] == model.predict(WORDS) == by_steps(model, WORDS)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(again: Callable[[Seq2Seq], Seq2Seq]) -> None:
    model = untrained()
    found = model.predict(WORDS)
    assert again(model).predict(WORDS) == found


def test_many_sources_of_all_lengths() -> None:
    """In batches that are larger than those of training, and smaller where sources are long."""
    model = untrained(bidirectional=False)
    draw = np.random.default_rng(0)
    sources = ["".join(draw.choice(list("abcd"), k)) for k in draw.integers(0, 9, 1500)]
    sources[5] = "ab" * 400
    found = model.predict(sources)
    translate = model.translator()
    for k in (0, 5, 17, 750, 1499):
        assert found[k] == translate(sources[k])
    batches = model.batches(model.unlabelled(sources), model.Options(), train=False)
    sizes = [batch.sequences for batch in batches]
    assert sum(sizes) == len(sources)
    assert max(sizes) == 1024
    assert sizes[-1] < 82  # 65,536 steps
