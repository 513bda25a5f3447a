"""A model knows how it was trained, by whichever way; the seed decides, and nothing else."""

from __future__ import annotations

import json

import numpy as np

import pyrnn


def without_time(trained):
    validation = trained["validation"]
    if validation is not None:
        validation = {**validation, "seconds": 0}
    return {**trained, "seconds": 0, "validation": validation}


def test_a_model_that_was_not_trained(case):
    assert case.model().trained is None
    assert case.built().trained is None


def test_by_a_fit(case):
    model = case.model()
    result = case.fit(model)
    trained = model.trained
    assert json.loads(json.dumps(trained)) == trained
    given = case.kind.Options(**case.options).to_json()
    if given["learning_rate"] is None:  # chosen as the data are many
        given["learning_rate"] = 3e-3
    assert trained["options"] == given
    assert (trained["steps"], trained["reason"]) == (12, "max_steps")
    assert trained["seconds"] == result.seconds > 0
    assert trained["validation"]["metrics"] == result.best.metrics
    assert trained["validation"]["step"] == result.best.step


def test_by_a_loop_of_ones_own(case):
    expected, model = case.trained(), case.model()
    for _ in model.training(*case.data, **case.arguments()):
        pass
    assert without_time(model.trained) == without_time(expected.trained)
    np.testing.assert_equal(model.network.state_dict(), expected.network.state_dict())


def test_by_a_loop_that_was_broken_off(case, tmp_path):
    model = case.trained(max_steps=2)
    records = iter(model.training(*case.data, **case.arguments()))
    for record in records:
        if record.kind == "step":
            assert (model.trained["steps"], model.trained["reason"]) == (record.step, None)
        if record.step == 5:
            break
    for _ in range(2):  # before and after the loop is gone
        assert (model.trained["steps"], model.trained["reason"]) == (5, None)
        assert model.trained["options"]["max_steps"] == 12
        records.close()
    model.save(tmp_path)
    loaded = pyrnn.load(tmp_path)
    assert loaded.trained == model.trained
    np.testing.assert_equal(loaded.network.state_dict(), model.network.state_dict())


def test_by_a_loop_that_never_began(case):
    model = case.trained(max_steps=2)
    model.training(*case.data, **case.arguments())
    assert model.trained["steps"] == 2


def test_the_seed_decides(case):
    one, same, other = (case.trained(seed=seed).network.state_dict() for seed in (5, 5, 6))
    np.testing.assert_equal(same, one)
    assert any(not np.array_equal(other[name], array) for name, array in one.items())


def test_what_is_done_before_and_meanwhile_changes_nothing(network_case):
    expected = network_case.trained().network.state_dict()
    model = network_case.model()
    model.training(*network_case.data, **network_case.arguments())  # it is built by this
    model.predict(network_case.inputs)
    for record in model.training(*network_case.data, **network_case.arguments()):
        if record.kind == "step":
            model.predict(network_case.inputs)
            model.evaluate(*network_case.valid)
    np.testing.assert_equal(model.network.state_dict(), expected)
