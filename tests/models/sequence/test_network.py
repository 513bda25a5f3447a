"""Encoder and output layer: gradients, padding that counts nothing, PyTorch's numbers."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import functional
from pyrnn.autograd import gradcheck
from pyrnn.kernels.stack import has_cell_state
from pyrnn.models import ClassifierConfig, LanguageModel, SequenceClassifier
from pyrnn.models.encoders import ENCODERS
from pyrnn.models.encoders.settings import POOLINGS
from pyrnn.models.sequence.network import SequenceNetwork
from pyrnn.models.stack_settings import LAYERS, NORMALIZED

from ..encoders.small import (
    DATA,
    IDS,
    LENGTHS,
    NUMBERS,
    STATIC,
    TARGETS,
    TOKENS,
    H,
    K,
    S,
    V,
    batch,
    network,
    weights,
)

NETWORKS = [
    *({"cell": cell, "bidirectional": cell == "gru", "pooling": "last"} for cell in LAYERS),
    *({"pooling": how, "bidirectional": how != "max", "num_layers": 2} for how in POOLINGS),
    *({"cell": cell, "layer_norm": True, "num_layers": 2} for cell in NORMALIZED),
    {"encoder": "conv"},
    {"encoder": "window"},
    {"encoder": "window", "keep": "first", "window": 7},
    {"encoder": "bag"},
]
BAG_OF_NGRAMS = {"encoder": "bag", "ngrams": 3, "buckets": 7}
EVERY = [
    *((reads, settings) for reads in (TOKENS, NUMBERS) for settings in NETWORKS),
    (TOKENS, BAG_OF_NGRAMS),
]


def test_every_encoder_is_here():
    assert {settings.get("encoder", "recurrent") for settings in NETWORKS} == set(ENCODERS)


@pytest.mark.parametrize("static", [0, S])
@pytest.mark.parametrize(("reads", "settings"), EVERY, ids=str)
def test_gradients(reads, settings, static):
    """Of all parameters, lengths of 0 among them."""
    net = network(reads, static=static, **settings)
    inputs, lengths = batch(net, DATA[reads])
    beside = STATIC if static else None
    classes = np.array([0.5, 2.0, 1.25])

    def loss():
        z = net(inputs, lengths, beside)
        return functional.cross_entropy(z, TARGETS, classes, reduction="mean")

    assert gradcheck(loss, [], list(net.parameters()))


@pytest.mark.parametrize("static", [0, S])
@pytest.mark.parametrize(("reads", "settings"), EVERY, ids=str)
def test_what_stands_past_a_length_counts_nothing(reads, settings, static):
    """The same bits alone, and in a batch filled up with anything."""
    net = network(reads, static=static, **settings)
    inputs, lengths = batch(net, DATA[reads])
    past = np.arange(len(inputs) + 2)[:, None] >= lengths  # (T + 2, B)
    filled = np.concatenate([inputs, np.zeros_like(inputs[:2])])
    filled[past] = V - 1 if reads.tokens else np.nan
    beside = STATIC if static else None
    found = net(filled, lengths, beside).numpy()
    np.testing.assert_array_equal(found, net(inputs, lengths, beside).numpy())
    assert np.isfinite(found).all()
    for b, sequence in enumerate(DATA[reads]):
        row = None if beside is None else beside[b : b + 1]
        np.testing.assert_array_equal(net(*batch(net, [sequence]), row).numpy()[0], found[b])


@pytest.mark.parametrize("encoder", ENCODERS)
def test_static_features_stand_beside_what_was_read(encoder):
    """z = W [f; static] + b, and for a linear encoder z = f + W static."""
    net = network(TOKENS, encoder, static=S)
    inputs, lengths = batch(net, IDS)
    f = net.encoder(inputs, lengths, STATIC).numpy()
    w = weights(net)
    if net.encoder.linear:
        expected = f + STATIC @ w["beside.weight"].T
        assert net.output is None
    else:
        expected = np.concatenate([f, STATIC], axis=1) @ w["output.weight"].T + w["output.bias"]
    np.testing.assert_allclose(
        net(inputs, lengths, STATIC).numpy(), expected, rtol=1e-12, atol=1e-13
    )


@pytest.mark.torch
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh"])
def test_the_logits_are_pytorchs(cell, bidirectional):
    torch = pytest.importorskip("torch")
    net = network(TOKENS, cell=cell, bidirectional=bidirectional, num_layers=2, pooling="last")
    w = {name: torch.tensor(array) for name, array in net.state_dict().items()}
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn_tanh": torch.nn.RNN}[cell]
    stack = kind(3, H, 2, bidirectional=bidirectional).double()
    prefix = "encoder.recurrent."
    stack.load_state_dict(
        {name.removeprefix(prefix): one for name, one in w.items() if name.startswith(prefix)}
    )
    logits = net(*batch(net, IDS)).numpy()
    for b, n in enumerate(LENGTHS):
        if n == 0:  # torch reads no empty sequence
            continue
        x = torch.nn.functional.embedding(torch.tensor(IDS[b]), w["encoder.embedding.weight"])
        with torch.no_grad():
            _, state = stack(x)
            h = state[0] if has_cell_state(cell) else state  # (L D, H)
            f = torch.cat([h[-2], h[-1]]) if bidirectional else h[-1]
            expected = torch.nn.functional.linear(f, w["output.weight"], w["output.bias"])
        np.testing.assert_allclose(logits[b], expected.numpy(), rtol=1e-10, atol=1e-12)


def test_the_names_of_the_weights():
    """Those of saved models."""
    names = {f"{kind}_{part}_l0" for kind in ("weight", "bias") for part in ("ih", "hh")}
    assert set(weights(network(TOKENS))) == {
        "encoder.embedding.weight",
        *(f"encoder.recurrent.{name}" for name in names),
        *(f"encoder.attention.{name}" for name in ("projection.weight", "projection.bias")),
        "encoder.attention.context",
        "output.weight",
        "output.bias",
    }
    assert set(weights(network(TOKENS, "bag"))) == {"encoder.embedding.weight", "encoder.bias"}


@pytest.mark.parametrize("encoder", ["recurrent", "conv"])
def test_embeddings_are_drawn_small(encoder):
    """From N(0, 0.1): those from N(0, 1) cost five points of IMDB's first epoch."""
    config = ClassifierConfig(encoder=encoder)
    net = SequenceNetwork(config, TOKENS._replace(tokens=2_000), K, np.random.default_rng(0))
    assert np.std(net.encoder.embedding.weight.numpy()) == pytest.approx(0.1, rel=0.02)


@pytest.mark.parametrize("recompute", [True, 2])
@pytest.mark.parametrize("model", [LanguageModel, SequenceClassifier])
def test_recompute_changes_no_bit_of_a_model(model, recompute):
    data = ("abcab" * 20,) if model is LanguageModel else (["ab", "cab", "ccc", "a"], list("xyxy"))

    def trained(**settings):
        made = model(hidden_size=6, num_layers=2, zoneout=0.2, **settings)
        made.fit(*data, batch_size=2, max_steps=3)
        layers = getattr(made.network, "encoder", made.network).recurrent
        return layers, [p.numpy().tobytes() for p in made.network.parameters()]

    layers, weights = trained(recompute=recompute)
    assert layers.recompute == recompute
    assert weights == trained()[1]
