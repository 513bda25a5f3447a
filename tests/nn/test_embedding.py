"""Embedding: lookup, padding row, sparse gradients that optimizers treat as dense."""

import numpy as np
import pytest

from pyrnn import nn, no_grad, optim
from pyrnn.autograd import RowGradient
from pyrnn.functional import LookupTensor


@pytest.mark.parametrize("ids", [3, [1, 0], [[1, 2], [6, 6]], np.zeros((2, 0, 3), int)])
def test_rows_are_looked_up(ids):
    embedding = nn.Embedding(7, 4, rng=0)
    y = embedding(ids)
    assert isinstance(y, LookupTensor)
    np.testing.assert_array_equal(y.numpy(), embedding.weight.numpy()[np.asarray(ids, int)])


def test_the_padding_row_starts_at_zero_and_counts_from_the_end():
    embedding = nn.Embedding(7, 4, padding_idx=-2, rng=0)
    assert embedding.padding_idx == 5
    np.testing.assert_array_equal(embedding.weight.numpy()[5], 0)
    assert np.abs(embedding.weight.numpy()).sum(axis=1)[[0, 1, 2, 3, 4, 6]].min() > 0
    assert "padding_idx=5" in repr(embedding)


def test_the_gradient_adds_up_per_id_and_leaves_out_the_padding():
    embedding = nn.Embedding(4, 2, padding_idx=0, dtype="float64", rng=0)
    ids = np.array([1, 0, 1, 3])
    weights = np.arange(8.0).reshape(4, 2)
    (embedding(ids) * weights).sum().backward()
    np.testing.assert_array_equal(embedding.weight.grad, [[0, 0], [4, 6], [0, 0], [6, 7]])


FROZEN = {
    "no_grad": lambda e, ids: e,
    "row": lambda e, ids: e[:],
    "swapaxes": lambda e, ids: e.swapaxes(0, 1).swapaxes(0, 1),
    "reshape": lambda e, ids: e.reshape(*ids.shape, -1, 3).reshape(*ids.shape, 3),
}


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("detach", [False, True])
@pytest.mark.parametrize("operate", FROZEN.values(), ids=FROZEN.keys())
def test_no_grad_around_the_lookup_keeps_the_table_out_of_training(operate, detach, batch_first):
    embedding, ids = nn.Embedding(9, 3, rng=0), np.array([[1, 2, 2, 8], [0, 1, 5, 4]])
    if detach:
        e = embedding(ids).detach()
    else:
        with no_grad():
            e = embedding(ids)
    lstm = nn.LSTM(3, 4, batch_first=batch_first, rng=1)
    lstm(operate(e, ids))[0].sum().backward()
    assert embedding.weight.grad is None
    found = [p.grad for p in lstm.parameters()]
    lstm.zero_grad()
    lstm(embedding.weight.numpy()[ids])[0].sum().backward()
    for ours, plain in zip(found, lstm.parameters(), strict=True):
        # float32 sums over 8 steps in another order
        np.testing.assert_allclose(ours, plain.grad, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("constant", [False, True])
def test_a_table_changed_before_backward_is_noticed(constant):
    embedding, lstm = nn.Embedding(9, 3, rng=0), nn.LSTM(3, 4, rng=1)
    e = embedding(np.zeros((5, 2), int))
    y = lstm(e.detach() if constant else e)[0].sum()
    embedding.weight.assign(np.zeros((9, 3), "float32"))
    with pytest.raises(RuntimeError, match=r"Recurrent saved a parameter .* that has changed"):
        y.backward()


OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1),
    "Nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "RMSprop": lambda p: optim.RMSprop(p, centered=True, momentum=0.5, weight_decay=0.1),
    "Adam": lambda p: optim.Adam(p, amsgrad=True, weight_decay=0.1),
    "AdamW": lambda p: optim.AdamW(p),
}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
@pytest.mark.parametrize("clip", [None, 0.5])
def test_optimizers_give_the_dense_result(make, clip):
    tables = []
    for sparse in (True, False):
        embedding = nn.Embedding(30, 4, rng=0)
        optimizer = make(embedding.parameters())
        rng = np.random.default_rng(1)
        for _ in range(5):
            ids = rng.integers(30, size=6)
            y = embedding(ids)
            optimizer.zero_grad()
            (y * y).sum().backward()
            assert isinstance(embedding.weight._grad, RowGradient)  # it does arrive as rows
            if not sparse:
                embedding.weight.grad = embedding.weight.grad.copy()
            if clip is not None:
                optim.clip_grad_norm(embedding.parameters(), clip)
            optimizer.step()
        tables.append(embedding.weight.numpy())
    np.testing.assert_array_equal(*tables)


@pytest.mark.parametrize("std", [0.0, 0.1, 2])
def test_the_deviation_of_the_first_values(std):
    plain, scaled = nn.Embedding(50, 20, 3, rng=0), nn.Embedding(50, 20, 3, std=std, rng=0)
    np.testing.assert_allclose(scaled.weight.numpy(), std * plain.weight.numpy(), rtol=1e-6)
    with pytest.raises(ValueError, match="std: expected a number of at least 0; got -1"):
        nn.Embedding(5, 2, std=-1)


@pytest.mark.parametrize("freeze", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_from_pretrained(freeze, dtype):
    vectors = np.random.default_rng(0).normal(size=(5, 3)).astype(dtype)
    embedding = nn.Embedding.from_pretrained(vectors, freeze, padding_idx=-1)
    assert embedding.weight.requires_grad is not freeze
    assert (embedding.num_embeddings, embedding.embedding_dim) == vectors.shape
    assert embedding.padding_idx == 4
    np.testing.assert_array_equal(embedding([[4, 0]]).numpy(), vectors[[[4, 0]]])
    vectors[:] = 0
    assert np.any(embedding.weight.numpy() != 0)
    assert list(embedding.state_dict()) == ["weight"]
    if not freeze:
        embedding([1, 4, 1]).sum().backward()
        assert embedding.weight.grad[:, 0].tolist() == [0, 2, 0, 0, 0]


@pytest.mark.parametrize(
    ("array", "error", "message"),
    [
        ([1.0, 2.0], ValueError, r"array: expected shape \(V, E\); got \(2,\)"),
        (np.zeros((0, 3)), ValueError, r"array: .*got \(0, 3\)"),
        (np.zeros((2, 3), int), TypeError, "array: expected float32 or float64"),
        ("vectors", TypeError, "array: "),
    ],
)
def test_vectors_that_are_none(array, error, message):
    with pytest.raises(error, match=message):
        nn.Embedding.from_pretrained(array)
