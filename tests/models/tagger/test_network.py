"""The tagger's layers: words that are read once, and the loss of labels by brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pyrnn.autograd import Tensor, gradcheck, no_grad
from pyrnn.data import IGNORED
from pyrnn.models import SequenceTagger

SENTENCES = [["a", "cat"], ["The", "cat", "sat", "a", "Dog"], ["dog"], [], ["the", "the", "the"]]
LABELS = [["x", "y"], ["x", "y", "z", "x", "y"], ["y"], [], ["x", "x", "z"]]
SIZES = {"hidden_size": 3, "embedding_size": 2, "character_size": 2, "character_features": 4}

NO_LETTERS = {"character_size": 30, "character_features": 30}  # at their defaults


def small(**settings):
    model = SequenceTagger(**{**SIZES, "dtype": "float64", **settings})
    return model.for_data(SENTENCES, LABELS)


def batches(model, size=3, *, train=False):
    found = model.read(SENTENCES, LABELS)
    return model.batches(found, model.Options(batch_size=size), train=train)


def emissions(model, words):
    """(N, C) of a sentence by itself."""
    (batch,) = model.batches(model.unlabelled([words]), model.Options(), train=False)
    with no_grad():
        return model.network.emissions(batch).numpy()[:, 0]


def log_z_and_score(crf, e, ids):
    """ln of the sum over all paths, and the score of one, by brute force."""
    A, start, end = (p.numpy() for p in (crf.transitions, crf.start, crf.end))

    def score(path):
        steps = sum(e[t, y] for t, y in enumerate(path))
        moves = sum(A[one, other] for one, other in itertools.pairwise(path))
        return start[path[0]] + steps + moves + end[path[-1]]

    every = [score(path) for path in itertools.product(range(e.shape[1]), repeat=len(e))]
    return np.logaddexp.reduce(every), score(ids)


@pytest.mark.parametrize("output", ["crf", "softmax"])
def test_the_loss_by_brute_force(output):
    model = small(output_layer=output)
    total = 0.0
    for words, labels in zip(SENTENCES, LABELS, strict=True):
        if not words:
            continue
        e, ids = emissions(model, words), model.tags.encode(labels, "here")
        if output == "crf":
            log_z, score = log_z_and_score(model.network.crf, e, ids.tolist())
            total += log_z - score
        else:
            total -= (e[np.arange(len(e)), ids] - np.logaddexp.reduce(e, axis=1)).sum()
    steps = sum(map(len, SENTENCES))
    assert model.evaluate(SENTENCES, LABELS)["loss"] == pytest.approx(total / steps)
    losses = [model.loss(batch) for batch in batches(model)]
    assert sum(one.items for one in losses) == steps
    assert sum(one.value.item() for one in losses) == pytest.approx(total)


@pytest.mark.parametrize("characters", ["conv", "lstm", "none"])
def test_words_of_a_batch_are_read_once(characters):
    size = NO_LETTERS if characters == "none" else {}
    model = small(characters=characters, **size)
    for batch in batches(model):
        table = batch.words.ids
        assert len(table) == len({w for given in batch.given for w in given})
        with no_grad():
            together = model.network.emissions(batch).numpy()
        for b, given in enumerate(batch.given):
            alone = emissions(model, given)
            np.testing.assert_array_equal(together[: len(given), b], alone)


def test_targets_past_a_length_are_no_labels():
    model = small()
    for batch in batches(model, train=True):
        past = np.arange(len(batch.targets))[:, None] >= batch.lengths
        assert (batch.targets[past] == IGNORED).all()
        assert (batch.targets[~past] >= 0).all()
        assert batch.given == ()


@pytest.mark.parametrize(
    "settings",
    [
        {"output_layer": "crf"},
        {"output_layer": "softmax", "characters": "lstm"},
        {"output_layer": "crf", "characters": "none", **NO_LETTERS, "cell": "gru"},
    ],
    ids=str,
)
def test_the_gradient_of_the_whole_models_loss(settings):
    model = small(**settings)
    (batch,) = batches(model, size=9)
    assert gradcheck(lambda: model.loss(batch).value, [], list(model.parameters()))


def test_rare_words_are_read_as_unknown_in_training_alone():
    words = [[f"w{k}" for k in range(400)], ["often"] * 4]
    model = SequenceTagger(**SIZES, unknown_rate=0.25).for_data(words, [["x"] * 400, ["y"] * 4])
    reader = model.network.words
    ids = np.arange(1, model.input.tokens)
    assert model.input.sequence(["often"]).tolist() == [1]
    model.network.train()
    state = model.network.rng_state()
    hidden = reader._learnt(ids) == 0
    assert not hidden[0]  # it is not rare
    assert 60 < hidden.sum() < 140
    model.network.load_rng_state(state)
    np.testing.assert_array_equal(reader._learnt(ids) == 0, hidden)
    model.network.eval()
    np.testing.assert_array_equal(reader._learnt(ids), ids)


def test_what_a_scheme_forbids_is_never_said():
    """Of a network without any training."""
    draw = np.random.default_rng(0)
    labels = [["B-X", "I-X", "O", "B-Y"], ["O", "B-Y", "I-Y"]]
    model = SequenceTagger(**SIZES, dtype="float64").for_data([["a"] * 4, ["b"] * 3], labels)
    assert set(model.labels) == {"O", *(f"{p}-{kind}" for p in "BIES" for kind in "XY")}
    transitions, start, end = model.tags.allowed()
    z = 9 * draw.normal(size=(7, 40, len(model.labels)))
    lengths = draw.integers(1, 8, size=40)
    said = model.network.labels(Tensor(z), lengths)
    p = model.network.probabilities(Tensor(z), lengths)
    for b, length in enumerate(lengths):
        path = said[:length, b]
        assert start[path[0]]
        assert end[path[-1]]
        assert all(transitions[one, other] for one, other in itertools.pairwise(path))
        assert (p[0, b, ~start] == 0).all()
        assert (p[length - 1, b, ~end] == 0).all()
        np.testing.assert_allclose(p[:length, b].sum(axis=1), 1)
