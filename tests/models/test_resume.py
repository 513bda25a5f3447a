"""A run of any family that was broken off goes on to the bits of one that was not."""

from __future__ import annotations

import itertools
import os
import signal
import warnings

import numpy as np
import pytest

from pyrnn.training import ValidationRecord, read_checkpoint, read_history
from pyrnn.training.records import to_json

from .cases import CASES, NETWORKS

EVERY = {"checkpoint_every": 2, "validate_every": 3}
RUNS = {  # epochs have six batches
    "adam": {"schedule": "cosine", "warmup_steps": 5},
    "adamw": {"schedule": "plateau"},
    "sgd": {"schedule": "step", "optimizer_options": {"momentum": 0.9}, "learning_rate": 0.1},
    "rmsprop": {"schedule": "exponential", "optimizer_options": {"centered": True}},
}

# one family with every one of them, all networks with one, by turns: an optimizer knows no family
FIRST = f"{next(iter(CASES))}: as it is"
NETWORKS_BY_RUNS = [
    *itertools.product([FIRST], RUNS),
    *zip([name for name in NETWORKS if name != FIRST], itertools.cycle(RUNS), strict=False),
]


class BrokenError(Exception):
    """What a callback raises."""


def stop(loop, folder):
    loop.stop()


def fail(loop, folder):
    raise BrokenError


def ctrl_c(loop, folder):
    signal.raise_signal(signal.SIGINT)


def terminate(loop, folder):
    signal.raise_signal(signal.SIGTERM)


def kill(loop, folder):
    os.kill(os.getpid(), signal.SIGKILL)


def at(step, act, folder):
    """A callback that acts once, as soon as a step is done."""

    def callback(loop, record):
        if record.kind == "step" and record.step == step:
            act(loop, folder)

    return callback


def life(case, folder, *, callbacks=(), resume=False, **options):
    """A run, its result and the model."""
    model = case.model()
    arguments = case.arguments(**{**EVERY, **options})
    result = case.fit(model, **arguments, folder=folder, resume=resume, callbacks=callbacks)
    return result, model


def left(folder, result, model):
    """All that a run leaves, its clock apart."""
    files = {
        name: read_checkpoint(folder / name) for name in ("last.safetensors", "best.safetensors")
    }
    for content in files.values():
        content["position"]["seconds"] = 0
    history = [
        {**to_json(record), "seconds": 0} for record in read_history(folder / "history.jsonl")
    ]
    validations = [
        record.metrics for record in result.records if isinstance(record, ValidationRecord)
    ]
    trained = {**model.trained, "seconds": 0}
    trained["validation"] = {**trained["validation"], "seconds": 0}
    weights = model.network.state_dict()
    return {
        **files,
        "history": history,
        "validations": validations,
        "trained": trained,
        "weights": weights,
    }


def without_its_end(found):
    """A run that ended says so in its history."""
    return {**found, "history": [record for record in found["history"] if record["kind"] != "end"]}


# Epochs end at 6 and 12. How a run is told to end knows no step: each way is met at two of them.
@pytest.mark.parametrize(
    ("act", "step"),
    [
        *((stop, 1), (fail, 1), (ctrl_c, 5), (terminate, 5)),
        *((stop, 6), (fail, 8), (ctrl_c, 8), (terminate, 6)),
    ],
)
def test_broken_off_and_resumed(case, tmp_path, act, step):
    expected = left(tmp_path / "whole", *life(case, tmp_path / "whole"))
    folder = tmp_path / "parts"
    broken = [at(step, act, folder)]
    if act is fail:
        with pytest.raises(BrokenError):
            life(case, folder, callbacks=broken)
        if step == 1:  # before there was a checkpoint
            with pytest.raises(FileNotFoundError, match=r"last\.safetensors"):
                life(case, folder, resume=True)
            return
    else:
        result, _ = life(case, folder, callbacks=broken)
        assert result.reason == ("stopped" if act is stop else "interrupted")
        assert result.steps == step
    found = left(folder, *life(case, folder, resume=True))
    np.testing.assert_equal(found, expected)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
@pytest.mark.parametrize("step", [4, 5, 9])
def test_killed_and_resumed(case, tmp_path, step):
    expected = left(tmp_path / "whole", *life(case, tmp_path / "whole"))
    folder = tmp_path / "parts"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads: none of ours is needed
        process = os.fork()
    if not process:
        try:
            life(case, folder, callbacks=[at(step, kill, folder)])
        finally:
            os._exit(1)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
    found = left(folder, *life(case, folder, resume=True))
    np.testing.assert_equal(found, expected)


@pytest.mark.parametrize(("network_case", "optimizer"), NETWORKS_BY_RUNS, indirect=["network_case"])
def test_every_optimizer_and_schedule(network_case, tmp_path, optimizer):
    options = {**RUNS[optimizer], "optimizer": optimizer}
    expected = left(tmp_path / "whole", *life(network_case, tmp_path / "whole", **options))
    with pytest.raises(BrokenError):
        life(network_case, tmp_path / "parts", **options, callbacks=[at(9, fail, tmp_path)])
    found = left(
        tmp_path / "parts", *life(network_case, tmp_path / "parts", **options, resume=True)
    )
    np.testing.assert_equal(found, expected)


@pytest.mark.parametrize("changed", ["data", "valid", "settings", "options"])
def test_another_run_is_not_resumed(case, tmp_path, changed):
    life(case, tmp_path)
    before = (tmp_path / "last.safetensors").read_bytes()
    data, arguments, settings = case.data, case.arguments(**EVERY), dict(case.settings)
    if changed == "data":
        data = tuple(part[:-1] for part in data)
    elif changed == "valid":
        arguments["valid"] = tuple(part[:-1] for part in case.valid)
    elif changed == "settings":
        settings["hidden_size"] += 1
    else:
        arguments["batch_size"] += 1
    # the vocabulary may be what differs first
    words = {
        "data": r"(data|model\.)",
        "valid": r"(validation|model\.)",
        "settings": "hidden_size",
        "options": "batch_size",
    }
    model = case.kind(**settings)
    with pytest.raises(ValueError, match=f"^{words[changed]}"):
        model.fit(*data, **arguments, folder=tmp_path, resume=True)
    assert (tmp_path / "last.safetensors").read_bytes() == before
