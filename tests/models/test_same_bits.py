"""A hundred steps of training give the same bits on every instruction set that has FMA, and with
any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

import pyrnn
from pyrnn.kernels import native
from pyrnn.models.encoders import ENCODERS
from pyrnn.training import StepRecord

STEPS = {"max_steps": 100, "validate_every": 50, "clip_norm": 0.5, "learning_rate": 0.01}
WIDE = {"hidden_size": 21, "filters": 21}  # no multiple of any vector's width


def run(case):
    """All that comes of it: weights, losses on the way, predictions."""
    own = ENCODERS[case.settings.get("encoder", "recurrent")].settings
    wide = {name: size for name, size in WIDE.items() if name in own}
    model = case.kind(**{**case.settings, **wide})
    result = case.fit(model, **STEPS)
    steps = [record.loss for record in result.records if isinstance(record, StepRecord)]
    metrics = [record.metrics for record in result.validations]
    found = [one.to_json() for one in model.predict(case.inputs)]
    return model.network.state_dict(), steps, metrics, found


def assert_learnt(found):
    _, steps, metrics, _ = found
    assert (len(steps), len(metrics)) == (100, 2)
    # Of batches of four a ReLU's states may grow without bounds: once a loss of 6.6 among zeros
    assert np.median(steps[-12:]) < 0.9 * np.median(steps[:12])


def test_on_every_instruction_set(network_case, with_fma):
    found = {}
    for name in with_fma:
        native.set_isa(name)
        found[name] = run(network_case)
    first = found[with_fma[0]]
    assert_learnt(first)
    for name, other in found.items():
        np.testing.assert_equal(other, first, err_msg=f"{name}, {with_fma[0]}")


@pytest.mark.parametrize("threads", [2, 3])
def test_with_any_number_of_threads(case, threads):
    with pyrnn.set_num_threads(1):
        first = run(case)
    assert_learnt(first)
    with pyrnn.set_num_threads(threads):
        np.testing.assert_equal(run(case), first)
