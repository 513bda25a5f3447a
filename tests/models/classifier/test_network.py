"""The network of a classifier: its gradients, the equations in plain NumPy, PyTorch's numbers."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import functional
from pyrnn.autograd import gradcheck
from pyrnn.data import pad
from pyrnn.kernels.stack import CELLS
from pyrnn.models import ClassifierConfig
from pyrnn.models.classifier.network import ClassifierNetwork
from pyrnn.models.encoders.settings import POOLINGS

V, C, H = 9, 3, 4
LENGTHS = np.array([5, 0, 2, 5, 1])
IDS = np.random.default_rng(0).integers(2, V, (5, 5)) * (np.arange(5)[:, None] < LENGTHS)
TARGETS = np.array([0, 2, 1, 1, 2])


def network(**settings):
    plain = {"hidden_size": H, "embedding_size": 3, "dtype": "float64", "dropout_output": 0.0}
    if settings.get("encoder") == "bag":
        plain = {"dtype": "float64"}
    return ClassifierNetwork(V, C, ClassifierConfig(**plain, **settings), np.random.default_rng(1))


def randomize(net):
    """Weights away from 0, where the bag begins and attention's bias stands."""
    rng = np.random.default_rng(2)
    for parameter in net.parameters():
        parameter.assign(rng.normal(size=parameter.shape) * 0.5)
    return net


NETWORKS = [
    *({"cell": cell, "bidirectional": cell == "gru", "pooling": "last"} for cell in CELLS),
    *({"pooling": how, "bidirectional": how != "max", "num_layers": 2} for how in POOLINGS),
    {"encoder": "bag"},
    {"encoder": "bag", "ngrams": 3, "buckets": 7},
]


@pytest.mark.parametrize("weights", [None, np.array([0.5, 2.0, 1.25])])
@pytest.mark.parametrize("settings", NETWORKS, ids=str)
def test_gradients(settings, weights):
    """Of all parameters, lengths of 0 among them."""
    net = randomize(network(**settings))
    net.eval()
    ids, lengths = IDS, LENGTHS
    if settings.get("encoder") == "bag":
        rows = [net.encoder.prepare(IDS[:n, b]) for b, n in enumerate(LENGTHS)]
        ids, lengths = pad(rows)

    def loss():
        return functional.cross_entropy(net(ids, lengths), TARGETS, weights, reduction="mean")

    assert gradcheck(loss, [], list(net.parameters()))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_equations(pooling):
    """Sequence by sequence, step by step; both ways."""
    net = randomize(network(pooling=pooling, bidirectional=True))
    w = {name: parameter.numpy() for name, parameter in net.named_parameters()}
    logits = net(IDS, LENGTHS).numpy()
    for b, n in enumerate(LENGTHS):
        x = w["encoder.embedding.weight"][IDS[:n, b]][:, None, :]  # (n, 1, E)
        ways = []
        for suffix in ("", "_reverse"):
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            parts = [w[f"encoder.recurrent.{name}_l0{suffix}"] for name in names]
            h, c, steps = np.zeros(H), np.zeros(H), []
            for step in x[::-1] if suffix else x:
                h, c = lstm_step(step[0], h, c, *parts)
                steps.append(h)
            ways.append((steps[::-1] if suffix else steps, h))
        y = np.array([np.concatenate(pair) for pair in zip(ways[0][0], ways[1][0], strict=True)])
        if pooling == "last":
            f = np.concatenate([ways[0][1], ways[1][1]])
        elif n == 0:
            f = np.zeros(2 * H)
        elif pooling == "attention":
            a = w["encoder.attention.projection.weight"], w["encoder.attention.projection.bias"]
            scores = np.tanh(y @ a[0].T + a[1]) @ w["encoder.attention.context"]
            f = softmax(scores) @ y
        else:
            f = getattr(y, pooling)(axis=0)
        expected = w["output.weight"] @ f + w["output.bias"]
        np.testing.assert_allclose(logits[b], expected, rtol=1e-10, atol=1e-12)


def lstm_step(x, h, c, w, r, bw, br):
    """c' = f c + i g;  h' = o tanh(c')"""
    i, f, g, o = np.split(w @ x + bw + r @ h + br, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def test_the_equations_of_the_bag():
    net = randomize(network(encoder="bag", ngrams=2, buckets=11))
    rows = [net.encoder.prepare(IDS[:n, b]) for b, n in enumerate(LENGTHS)]
    w, bias = net.encoder.embedding.weight.numpy(), net.encoder.bias.numpy()
    logits = net(*pad(rows)).numpy()
    for row, z in zip(rows, logits, strict=True):
        assert len(set(row.tolist())) == len(row)
        np.testing.assert_allclose(z, bias + w[row].sum(axis=0), rtol=1e-12, atol=1e-14)


def test_a_bag_begins_without_an_opinion():
    net = network(encoder="bag")
    np.testing.assert_array_equal(net(IDS, LENGTHS).numpy(), np.zeros((5, C)))
    assert net.output is None


@pytest.mark.torch
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh"])
def test_the_logits_are_pytorchs(cell, bidirectional):
    torch = pytest.importorskip("torch")
    net = randomize(network(cell=cell, bidirectional=bidirectional, num_layers=2, pooling="last"))
    w = {name: torch.tensor(array) for name, array in net.state_dict().items()}
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn_tanh": torch.nn.RNN}[cell]
    stack = kind(3, H, 2, bidirectional=bidirectional).double()
    prefix = "encoder.recurrent."
    stack.load_state_dict(
        {name.removeprefix(prefix): one for name, one in w.items() if name.startswith(prefix)}
    )
    logits = net(IDS, LENGTHS).numpy()
    for b, n in enumerate(LENGTHS):
        if n == 0:  # torch reads no empty sequence
            continue
        x = torch.nn.functional.embedding(torch.tensor(IDS[:n, b]), w["encoder.embedding.weight"])
        with torch.no_grad():
            _, state = stack(x)
            h = state[0] if cell == "lstm" else state  # (L D, H)
            f = torch.cat([h[-2], h[-1]]) if bidirectional else h[-1]
            expected = torch.nn.functional.linear(f, w["output.weight"], w["output.bias"])
        np.testing.assert_allclose(logits[b], expected.numpy(), rtol=1e-10, atol=1e-12)


def test_embeddings_are_drawn_small():
    """From N(0, 0.1): those from N(0, 1) cost five points of IMDB's first epoch."""
    config = ClassifierConfig()
    net = ClassifierNetwork(2_000, 2, config, np.random.default_rng(0))
    assert np.std(net.encoder.embedding.weight.numpy()) == pytest.approx(0.1, rel=0.02)
