"""The layers of a language model."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pyrnn import no_grad
from pyrnn.data import IGNORED, StreamBatch
from pyrnn.models import LanguageModelConfig, LanguageNetwork
from pyrnn.models.fitting import reseed
from pyrnn.models.stack_settings import LAYERS
from pyrnn.nn import Dropout
from pyrnn.training import read_checkpoint, write_checkpoint

V = 6


def network(**settings):
    config = {"hidden_size": 5, "embedding_size": 4, "dtype": "float64", "num_layers": 2}
    return LanguageNetwork(V, LanguageModelConfig(**{**config, **settings})).eval()


def some_ids(rng, steps=12, batch=3):
    return rng.integers(V, size=(steps, batch))


@pytest.mark.parametrize("cell", LAYERS)
@pytest.mark.parametrize("piece", [1, 5])
def test_a_carried_state_gives_what_one_long_pass_gives(rng, cell, piece):
    net, ids = network(cell=cell), some_ids(rng)
    with no_grad():
        whole, last = net(ids)
        parts, state = [], None
        for t in range(0, len(ids), piece):
            logits, state = net(ids[t : t + piece], state)
            parts.append(logits.numpy())
    # float64: pieces of another length may add in another order
    np.testing.assert_allclose(np.concatenate(parts), whole.numpy(), rtol=0, atol=1e-12)
    for one, other in zip(
        *(s if isinstance(s, tuple) else (s,) for s in (state, last)), strict=True
    ):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("tied", [False, True])
def test_only_the_last_step(rng, tied):
    net, ids = network(tied=tied), some_ids(rng)
    with no_grad():
        whole, _ = net(ids)
        last, _ = net(ids, last=True)
    np.testing.assert_allclose(last.numpy(), whole.numpy()[-1], rtol=0, atol=1e-12)


@pytest.mark.parametrize(("width", "projected"), [(4, True), (5, False)])
def test_tied_weights_are_one_parameter(width, projected):
    net = network(tied=True, embedding_size=width)
    assert net.output.weight is net.embedding.weight
    assert (net.projection is not None) == projected
    names = [name for name, _ in net.named_parameters()]
    assert "embedding.weight" in names
    assert "output.weight" not in names
    untied = network(embedding_size=width)
    assert untied.output.weight is not untied.embedding.weight
    assert untied.projection is None


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("cell", LAYERS)
def test_the_first_loss_is_that_of_guessing(rng, cell, tied):
    net = network(cell=cell, tied=tied, hidden_size=32, embedding_size=32)
    ids = some_ids(rng, 50, 8)
    loss, _ = net.cross_entropy(ids[:-1], ids[1:], reduction="mean")
    # ln V, and about half the variance of the logits more: |h| < 1, weights of variance 1/(3 H)
    # give each logit a variance below 1/3 and its bias 1/(3 H)
    assert np.log(V) - 0.1 < loss.item() < np.log(V) + 0.3


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("cell", ["rnn_tanh", "lstm", "gru"])
def test_the_gradient_of_every_parameter(rng, expect_slopes, cell, tied):
    net = network(cell=cell, tied=tied)
    targets = some_ids(rng, 4)
    targets[0, 1] = IGNORED
    batch = StreamBatch(some_ids(rng, 4), targets)
    expect_slopes(net, batch)


def loss_of(net, ids):
    return net.cross_entropy(ids[:-1], ids[1:], reduction="mean")[0].item()


def test_dropout_acts_in_training_and_nowhere_else(rng):
    net = network(dropout_input=0.3, dropout_between=0.3, dropout_output=0.3)
    assert isinstance(net.input_dropout, Dropout)
    ids = some_ids(rng)
    net.train()
    assert loss_of(net, ids) != loss_of(net, ids)
    net.eval()
    assert loss_of(net, ids) == loss_of(net, ids)
    assert net(ids)[0].numpy().tobytes() == net(ids)[0].numpy().tobytes()


def test_reseeding_begins_the_random_numbers_anew(rng):
    net = network(dropout_input=0.3, dropout_between=0.3, dropout_output=0.3).train()
    ids = some_ids(rng)
    losses = []
    for seed in (1, 1, 2):
        reseed(net, seed)
        losses.append([loss_of(net, ids) for _ in range(3)])
    assert losses[0] == losses[1] != losses[2]
    assert len(set(losses[0])) == 3


def test_without_dropout_there_is_nothing_between_embedding_and_stack():
    net = network()
    assert net.input_dropout is None
    assert net.output_dropout is None
    assert net.rng_state() == {}


def test_the_seed_decides_the_weights():
    one, same, other = (network(seed=seed).state_dict() for seed in (3, 3, 4))
    np.testing.assert_equal(one, same)
    assert not np.array_equal(one["output.weight"], other["output.weight"])


def test_tokens_that_are_not_scored_do_not_count(rng):
    net, ids = network(), some_ids(rng)
    targets = ids[1:].copy()
    targets[2:, 1] = IGNORED
    assert StreamBatch(ids[:-1], targets).tokens == targets.size - (len(targets) - 2)
    loss, _ = net.cross_entropy(ids[:-1], targets, reduction="mean")
    with no_grad():
        logits = net(ids[:-1])[0].numpy()
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    picked = np.take_along_axis(log_p, np.maximum(targets, 0)[..., None], axis=-1)[..., 0]
    assert loss.item() == pytest.approx(-picked[targets != IGNORED].mean(), rel=1e-12)


@pytest.mark.parametrize("kind", ["PCG64", "MT19937", "Philox", "SFC64"])
def test_the_random_numbers_of_any_generator_of_numpys_are_kept(tmp_path, kind):
    def dropped(net):
        ids = np.arange(12, dtype=np.int64).reshape(6, 2) % 5
        return net.train()(ids)[0].numpy()

    def made():
        net = LanguageNetwork(5, LanguageModelConfig(hidden_size=4, dropout_output=0.5))
        net.output_dropout.rng = np.random.Generator(getattr(np.random, kind)(1))
        return net

    net, other = made(), made()
    reseed(net, 3)
    state = json.loads(json.dumps(net.rng_state()))
    expected = dropped(net)
    other.load_rng_state(state)
    np.testing.assert_array_equal(dropped(other), expected)
    write_checkpoint(tmp_path / "c", {"random": state})
    other.load_rng_state(read_checkpoint(tmp_path / "c")["random"])
    np.testing.assert_array_equal(dropped(other), expected)
    reseed(other, 3)
    np.testing.assert_array_equal(dropped(other), expected)
