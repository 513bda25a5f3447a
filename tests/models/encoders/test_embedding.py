"""An embedding that keeps its values."""

from __future__ import annotations

import numpy as np
import pytest

import pyrnn
from pyrnn.models import Seq2Seq, SequenceClassifier, SequenceRegressor, SequenceTagger

TEXTS = ["good film", "bad film", "a good one", "a bad one", "so good", "so bad"] * 4
LABELS = ["pos", "neg"] * 12
DECAY = {"optimizer": "adamw", "weight_decay": 0.1, "epochs": 3, "learning_rate": 0.05}


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("encoder", ["recurrent", "conv"])
def test_a_frozen_embedding_keeps_its_bits(encoder, frozen, tmp_path):
    """Whatever the optimizer, which would shrink it by itself; a model that is loaded keeps it."""
    path = tmp_path / "v.txt"
    path.write_text("good 1 2 3 4 5\n")
    model = SequenceClassifier(encoder=encoder, vectors=str(path), freeze_embedding=frozen)
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


def test_a_frozen_embedding_gets_no_gradient(tmp_path):
    (tmp_path / "v.txt").write_text("good 1 2 3\n")
    model = SequenceClassifier(vectors=str(tmp_path / "v.txt"), freeze_embedding=True)
    model.for_data(TEXTS, LABELS)
    embedding = model.network.encoder.embedding.weight
    loss = model.network(np.array([[2, 3]]), np.array([1, 1])).sum()
    loss.backward()
    assert embedding.grad is None
    assert all(p.grad is not None for p in model.parameters() if p is not embedding)


@pytest.mark.parametrize("kind", [SequenceClassifier, SequenceRegressor, SequenceTagger, Seq2Seq])
def test_a_random_embedding_is_not_frozen(kind):
    with pytest.raises(ValueError, match=r"freeze_embedding: expected vectors.*; got True alone"):
        kind(freeze_embedding=True)
    assert kind(freeze_embedding=True, vectors="v.txt").config.freeze_embedding


def test_what_reads_otherwise_freezes_none_either():
    with pytest.raises(ValueError, match="freeze_embedding: expected vectors or start_from"):
        SequenceClassifier(encoder="conv", freeze_embedding=True)
    assert SequenceClassifier(start_from="lm", freeze_embedding=True).config.freeze_embedding
