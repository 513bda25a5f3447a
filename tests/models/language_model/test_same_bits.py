"""A hundred steps of training give the same bits on every instruction set that has FMA."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.kernels import native
from pyrnn.kernels.stack import CELLS
from pyrnn.models import LanguageModel, LanguageModelConfig, LanguageModelOptions
from pyrnn.training import StepRecord


def train(text, valid, cell, dtype):
    """The weights after 100 steps, and the losses on the way."""
    config = LanguageModelConfig(
        cell=cell,
        hidden_size=21,
        num_layers=2,
        embedding_size=19,
        dropout_between=0.1,
        dropout_output=0.1,
        init="torch",
        dtype=dtype,
    )
    model = LanguageModel.for_text(text, config)
    options = LanguageModelOptions(
        batch_size=5,
        bptt=11,
        max_steps=100,
        validate_every=50,
        learning_rate=0.01,
        clip_norm=0.5,
        log_every=1,
    )
    result = model.fit(text, valid, options)
    steps = [record.loss for record in result.records if isinstance(record, StepRecord)]
    losses = np.array(steps + [record.loss for record in result.validations])
    return {**model.network.state_dict(), "losses": losses}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", CELLS)
def test_a_hundred_steps_on_every_instruction_set(noise, with_fma, cell, dtype):
    text = noise(40) * 50
    runs = {}
    for name in with_fma:
        native.set_isa(name)
        runs[name] = train(text, text[:400], cell, dtype)
    first = runs[with_fma[0]]
    assert len(first["losses"]) == 102
    assert first["losses"][-1] < 0.9 * first["losses"][0]
    for name, run in runs.items():
        for key, array in first.items():
            assert np.array_equal(run[key], array), f"{key} on {name}, {with_fma[0]}"
