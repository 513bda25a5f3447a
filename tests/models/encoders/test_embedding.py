"""An embedding that keeps its values."""

from __future__ import annotations

import numpy as np
import pytest

import pyrnn
from pyrnn.models import SequenceClassifier

TEXTS = ["good film", "bad film", "a good one", "a bad one", "so good", "so bad"] * 4
LABELS = ["pos", "neg"] * 12
DECAY = {"optimizer": "adamw", "weight_decay": 0.1, "epochs": 3, "learning_rate": 0.05}


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("encoder", ["recurrent", "conv"])
def test_a_frozen_embedding_keeps_its_bits(encoder, frozen, tmp_path):
    """Whatever the optimizer, which would shrink it by itself; a model that is loaded keeps it."""
    model = SequenceClassifier(encoder=encoder, embedding_size=5, freeze_embedding=frozen)
    model.for_data(TEXTS, LABELS)
    before = model.network.state_dict()
    model.fit(TEXTS, LABELS, **DECAY)
    model.save(tmp_path / "model")
    again = pyrnn.load(tmp_path / "model")
    again.fit(TEXTS, LABELS, **DECAY)
    for one in (model, again):
        same = {
            name: array.tobytes() == before[name].tobytes()
            for name, array in one.network.state_dict().items()
        }
        assert same.pop("encoder.embedding.weight") is frozen
        assert not any(same.values())
        table = 5 * one.input.tokens
        trained = one.num_parameters(trainable=True)
        assert one.num_parameters() - trained == (table if frozen else 0)


def test_a_frozen_embedding_gets_no_gradient():
    model = SequenceClassifier(freeze_embedding=True).for_data(TEXTS, LABELS)
    embedding = model.network.encoder.embedding.weight
    loss = model.network(np.array([[2, 3]]), np.array([1, 1])).sum()
    loss.backward()
    assert embedding.grad is None
    assert all(p.grad is not None for p in model.parameters() if p is not embedding)
