"""An array that the caller gave may be refilled after the call: backward has what it needs.

tests/functional/test_gradients.py asks the same of every operation's tensors.
"""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor, nn, no_grad
from pyrnn import functional as F
from pyrnn.autograd import Context, Function

RNG = np.random.default_rng(0)
X = RNG.standard_normal((4, 3))


def refill(array):
    """Other values, in the place of the old ones."""
    array[...] = 1 - array if array.dtype.kind in "iu" else ~array if array.dtype == bool else 7


# an operation on a tensor, and what else it is given: arrays that its backward reads
ASIDE = {
    "where": (lambda x, mask: F.where(mask, x, 2 * x), X > 0),
    "ids": (lambda x, ids: x[ids], np.array([1, 0, 1])),
    "pairs": (lambda x, ids: x[ids, 1], np.array([1, 0, 1])),
    "a tensor of ids": (lambda x, ids: x[Tensor(ids)], np.array([1, 0, 1])),
    "mask": (lambda x, mask: x[mask], X > 0),
    "an embedding's ids": (lambda x, ids: F.embedding(ids, x), np.array([1, 0, 1])),
    "cross_entropy": (lambda x, t: F.cross_entropy(x, t, reduction="sum"), np.array([0, 1, 1, 0])),
    "class weights": (
        lambda x, w: F.cross_entropy(x, [0, 1, 2, 1], w, reduction="mean"),
        np.ones(3),
    ),
    "binary targets": (
        lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="sum"),
        RNG.random((4, 3)),
    ),
    "mse_loss": (lambda x, t: F.mse_loss(x, t, reduction="sum"), RNG.standard_normal((4, 3))),
    "linear_cross_entropy": (
        lambda w, x: F.linear_cross_entropy(x, w, None, [0, 1, 2, 3], reduction="sum"),
        RNG.standard_normal((4, 3)),
    ),
    "its targets": (
        lambda w, t: F.linear_cross_entropy(np.ones((4, 3)), w, None, t, reduction="mean"),
        np.array([0, 1, 1, 0]),
    ),
    "adaptive_cross_entropy": (
        lambda w, x: F.adaptive_cross_entropy(
            x, w, None, [(np.ones((2, 3)), np.ones((4, 2)))], [0, 1, 4, 6], [3], reduction="sum"
        ),
        RNG.standard_normal((4, 3)),
    ),
    "masked_softmax": (F.masked_softmax, np.array([1, 0, 1])),
    **{
        f"pool by {how}": (
            lambda x, lengths, how=how: F.pool(x.reshape(4, 3, 1), lengths, how),
            np.array([1, 0, 1]),
        )
        for how in ("mean", "max", "last", "sum")
    },
    "a view": (lambda x, b: x * Tensor(b).T.reshape(4, 3), RNG.standard_normal((3, 4))),
    "a view made without a gradient": (
        lambda x, b: x * F.getitem(b, (slice(1, None), slice(None))),
        RNG.standard_normal((5, 3)),
    ),
    "a detached leaf": (lambda x, b: x * Tensor(b).detach(), RNG.standard_normal((4, 3))),
    "a list of rows": (lambda x, b: x * F.stack(list(b)), RNG.standard_normal((4, 3))),
}


@pytest.mark.parametrize(("function", "aside"), ASIDE.values(), ids=ASIDE.keys())
def test_what_stands_beside_a_tensor(function, aside):
    gradients = []
    for again in (False, True):
        x, given = Tensor(X.copy(), requires_grad=True), aside.copy()
        y = function(x, given)
        upstream = np.random.default_rng(1).standard_normal(y.shape)
        if again:
            refill(given)
        y.backward(upstream)
        gradients.append(x.grad)
    np.testing.assert_array_equal(*gradients)


LAYERS = {
    "RNN": lambda: nn.RNN(3, 4, rng=0),
    "GRU": lambda: nn.GRU(3, 4, num_layers=2, rng=0),
    "LSTM": lambda: nn.LSTM(3, 4, bidirectional=True, rng=0),
    "batch_first": lambda: nn.LSTM(3, 4, batch_first=True, rng=0),
}


@pytest.mark.parametrize("wrap", [np.asarray, Tensor], ids=["arrays", "tensors"])
@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())
def test_inputs_states_and_lengths_of_layers(make, wrap):
    found = []
    for again in (False, True):
        layer = make()
        shape = (layer.num_layers * (1 + layer.bidirectional), 5, 4)
        x = np.random.default_rng(1).standard_normal((5, 5, 3)).astype("float32")
        states = [np.full(shape, 0.5, "float32") for _ in range(1 + isinstance(layer, nn.LSTM))]
        lengths = np.array([5, 2, 0, 4, 5])
        given = tuple(wrap(s) for s in states)
        y, _ = layer(wrap(x), given if len(given) == 2 else given[0], lengths)
        for array in (x, *states, lengths) if again else ():
            refill(array)
        (y * y).sum().backward()
        found.append([y.numpy(), *(p.grad for p in layer.parameters())])
    for once, refilled in zip(*found, strict=True):
        np.testing.assert_array_equal(once, refilled)


@pytest.mark.parametrize("kind", [nn.RNNCell, nn.GRUCell, nn.LSTMCell])
def test_one_buffer_for_every_step_of_a_cell(kind):
    observations = np.random.default_rng(1).standard_normal((6, 2, 3)).astype("float32")
    found = []
    for buffered in (False, True):
        cell, buffer, state, loss = kind(3, 4, rng=0), np.empty((2, 3), "float32"), None, 0
        for step in observations:
            buffer[...] = step
            state = cell(buffer if buffered else buffer.copy(), state)
            h = state[0] if isinstance(state, tuple) else state
            loss = loss + (h * h).sum()
        loss.backward()
        found.append([p.grad for p in cell.parameters()])
    for once, refilled in zip(*found, strict=True):
        np.testing.assert_array_equal(once, refilled)


def test_an_embedding_is_of_the_ids_at_its_call():
    embedding, gru = nn.Embedding(5, 4, rng=0), nn.GRU(4, 4, rng=0)
    ids = np.array([[1], [2], [3]])
    expected = embedding(ids).numpy(), gru(embedding(ids))[0].numpy()
    looked_up, read = embedding(ids), embedding(ids)
    ids[:] = 0
    np.testing.assert_array_equal(looked_up.numpy(), expected[0])
    np.testing.assert_array_equal(gru(read)[0].numpy(), expected[1])


class Keeps(Function):
    """y = x + 0, and backward tells what forward saved."""

    @staticmethod
    def forward(ctx: Context, x, *others):
        ctx.save(x, *others)
        Keeps.saved, Keeps.given = ctx.saved, others
        return x + 0

    @staticmethod
    def backward(ctx: Context, dy):
        return dy, *[None] * (len(ctx.saved) - 1)


def saved_itself(x):
    """Whether a function saves the array of an input, and no copy of it."""
    Keeps.apply(Tensor(1.0, requires_grad=True), x)
    return np.shares_memory(Keeps.saved[1], np.asarray(x))


def test_only_what_may_change_is_copied():
    x = np.arange(6.0).reshape(2, 3)
    frozen, view = x.copy(), x.view()
    frozen.flags.writeable = view.flags.writeable = False
    for given in (x, x[1:], x.T, Tensor(x), Tensor(x)[0], Tensor(x).detach(), view):
        assert not saved_itself(given)
    with no_grad():
        rows = Tensor(x)[1:]
    assert not saved_itself(rows)
    assert not saved_itself(Tensor(memoryview(x.astype("float32"))))
    # what operations made, what is read-only, and parameters, which count their changes
    w = nn.Parameter(x)
    for given in (Tensor(x) * 2, (Tensor(x) * 2)[0].detach(), frozen, frozen[0], Tensor(frozen), w):
        assert saved_itself(given)


def test_nothing_is_saved_where_no_gradient_is_recorded():
    x = np.arange(6.0)
    with no_grad():
        Keeps.apply(Tensor(1.0, requires_grad=True), x)
    assert Keeps.saved == ()
    assert Keeps.given[0] is x
    Keeps.apply(Tensor(1.0), x)
    assert Keeps.saved == ()
    assert Keeps.given[0] is x
