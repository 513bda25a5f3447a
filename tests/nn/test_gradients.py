"""Finite differences in float64 through whole modules, random weights, every parameter."""

from functools import partial

import numpy as np
import pytest

from pyrnn import nn
from pyrnn.autograd import gradcheck

T, B, I, H, V = 4, 3, 3, 2, 5

LAYERS = {
    "RNN": nn.RNN,
    "RNN-relu": lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k),
    "RNN-sigmoid": lambda *a, **k: nn.RNN(*a, nonlinearity="sigmoid", **k),
    "LSTM": nn.LSTM,
    "LSTM-peephole": partial(nn.LSTM, peephole=True),
    "LSTM-coupled": partial(nn.LSTM, coupled=True),
    "LSTM-all": partial(nn.LSTM, proj_size=1, peephole=True, coupled=True),
    "GRU": nn.GRU,
    "GRU-before": lambda *a, **k: nn.GRU(*a, reset_after=False, **k),
    "LSTM-norm": partial(nn.LSTM, layer_norm=True),
    "GRU-norm": partial(nn.GRU, layer_norm=True),
}
CELLS = {
    "RNNCell": nn.RNNCell,
    "LSTMCell": nn.LSTMCell,
    "LSTMCell-peephole": partial(nn.LSTMCell, peephole=True),
    "LSTMCell-coupled": partial(nn.LSTMCell, peephole=True, coupled=True),
    "GRUCell": nn.GRUCell,
    "GRUCell-before": lambda *a, **k: nn.GRUCell(*a, reset_after=False, **k),
}


def randomized(module, seed=9):
    """Random values everywhere: zero biases would hide their gradients' errors."""
    rng = np.random.default_rng(seed)
    for p in module.parameters():
        p.assign(rng.uniform(-0.8, 0.8, p.shape))
    return module


def flat(state):
    return state if isinstance(state, tuple) else (state,)


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())
@pytest.mark.parametrize(
    "options",
    [{}, {"num_layers": 2, "bidirectional": True, "batch_first": True}, {"bias": False}],
    ids=["plain", "deep", "no bias"],
)
def test_layers(make, options):
    layer = randomized(make(I, H, dtype="float64", rng=0, **options))
    rng = np.random.default_rng(1)
    batch_first = options.get("batch_first", False)
    x = rng.standard_normal((B, T, I) if batch_first else (T, B, I))
    shapes = [layer.stack.state_shape(B), layer.stack.cell_state_shape(B)]
    count = 2 if layer.stack.has_cell_state else 1
    states = [rng.standard_normal(shape) for shape in shapes[:count]]

    def function(x, *states):
        state = states if count == 2 else states[0]
        y, final = layer(x, state, [4, 0, 2])
        return y, *flat(final)

    assert gradcheck(function, [x, *states], list(layer.parameters()))


def test_a_single_sequence_and_all_cell_states():
    lstm = randomized(nn.LSTM(I, H, bidirectional=True, dtype="float64", rng=0))
    x = np.random.default_rng(1).standard_normal((T, I))
    assert gradcheck(lambda x: lstm(x, return_cells=True), [x], list(lstm.parameters()))


def test_dropout_between_layers():
    x = np.random.default_rng(1).standard_normal((T, B, I))
    layer = nn.GRU(I, H, num_layers=3, dropout=0.4, dtype="float64", rng=0)
    start = layer.rng_state()

    def function(x):
        layer.load_rng_state(start)  # the same masks in every call
        return layer(x)

    assert gradcheck(function, [x], list(randomized(layer).parameters()))


@pytest.mark.parametrize("make", CELLS.values(), ids=CELLS.keys())
def test_two_steps_of_a_cell(make):
    cell = randomized(make(I, H, dtype="float64", rng=0))
    rng = np.random.default_rng(1)
    x = rng.standard_normal((2, B, I))
    states = [rng.standard_normal((B, H)) for _ in range(2 if cell.stack.has_cell_state else 1)]

    def function(x, *states):
        state = states if len(states) == 2 else states[0]
        return flat(cell(x[1], cell(x[0], state)))

    assert gradcheck(function, [x, *states], list(cell.parameters()))


class Tagger(nn.Module):
    """Embedding, LSTM, Linear and loss: every kind of layer in one graph."""

    def __init__(self, tied, padding_idx):
        self.embedding = nn.Embedding(V, H, padding_idx, dtype="float64", rng=0)
        self.lstm = nn.LSTM(H, H, num_layers=2, batch_first=True, dtype="float64", rng=1)
        self.linear = nn.Linear(H, V, dtype="float64", rng=2)
        if tied:
            self.linear.weight = self.embedding.weight
        self.loss = nn.CrossEntropyLoss(weight=np.arange(1.0, V + 1), reduction="mean")

    def forward(self, ids, lengths, targets):
        y, _ = self.lstm(self.embedding(ids), lengths=lengths)
        return self.loss(self.linear(y), targets)


@pytest.mark.parametrize("tied", [False, True])
def test_a_model_from_ids_to_loss(tied):
    model = randomized(Tagger(tied, padding_idx=None))
    rng = np.random.default_rng(1)
    ids, targets = rng.integers(V, size=(B, T)), rng.integers(V, size=(B, T))
    targets[0, 2:] = targets[1] = -100
    parameters = list(model.parameters())
    assert len(parameters) == (10 if tied else 11)
    assert gradcheck(lambda: model(ids, [2, 0, 4], targets), [], parameters)


def test_the_padding_row_gets_no_gradient():
    ids = np.array([[0, 2, 1], [2, 2, 0]])
    for fused in (True, False):
        model = randomized(Tagger(False, padding_idx=2))
        x = model.embedding(ids)
        y, _ = model.lstm(x if fused else x * 1.0)
        (y * y).sum().backward()
        grad = model.embedding.weight.grad
        np.testing.assert_array_equal(grad[2], 0)
        assert np.abs(grad[:2]).min() > 0
        np.testing.assert_array_equal(grad[3:], 0)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(
    "make", [nn.BCEWithLogitsLoss, nn.MSELoss, nn.L1Loss], ids=["bce", "mse", "l1"]
)
def test_losses(make, reduction):
    rng = np.random.default_rng(1)
    linear = randomized(nn.Linear(I, H, dtype="float64", rng=0))
    targets = rng.uniform(0.1, 0.9, (B, H))
    loss = make(reduction=reduction)
    x = rng.standard_normal((B, I))
    assert gradcheck(lambda x: loss(linear(x), targets), [x], list(linear.parameters()))
