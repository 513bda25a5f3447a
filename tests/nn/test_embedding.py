"""Embedding: lookup, padding row, sparse gradients that optimizers treat as dense."""

import numpy as np
import pytest

from pyrnn import nn, optim
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
            assert embedding.weight.grad_rows is not None  # the gradient does arrive as rows
            if not sparse:
                embedding.weight.grad = embedding.weight.grad.copy()
            if clip is not None:
                optim.clip_grad_norm(embedding.parameters(), clip)
            optimizer.step()
        tables.append(embedding.weight.numpy())
    np.testing.assert_array_equal(*tables)
