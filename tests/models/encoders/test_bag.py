"""The bag in plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.models import ClassifierConfig
from pyrnn.models.sequence.network import SequenceNetwork

from .small import DATA, FRAMES, IDS, NUMBERS, TOKENS, K, batch, network, weights


def test_the_equation_of_ngrams():
    net = network(TOKENS, "bag", ngrams=2, buckets=11)
    rows = [net.encoder.prepare(ids) for ids in IDS]
    w = weights(net)
    for row, z in zip(rows, net(*batch(net, IDS)).numpy(), strict=True):
        assert len(set(row.tolist())) == len(row)
        expected = w["encoder.bias"] + w["encoder.embedding.weight"][row].sum(axis=0)
        np.testing.assert_allclose(z, expected, rtol=1e-12, atol=1e-14)


def test_the_equation_of_frames():
    net = network(NUMBERS, "bag")
    w = weights(net)
    for frames, z in zip(FRAMES, net(*batch(net, FRAMES)).numpy(), strict=True):
        mean = frames.mean(axis=0) if len(frames) else np.zeros(frames.shape[1])
        expected = w["encoder.weight"] @ mean + w["encoder.bias"]
        np.testing.assert_allclose(z, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("reads", [TOKENS, NUMBERS])
def test_a_bag_begins_without_an_opinion(reads):
    net = SequenceNetwork(ClassifierConfig(encoder="bag"), reads, K, np.random.default_rng(0))
    data = [np.asarray(one, "float32") if reads is NUMBERS else one for one in DATA[reads]]
    np.testing.assert_array_equal(net(*batch(net, data)).numpy(), np.zeros((len(data), K)))
    assert net.output is None
