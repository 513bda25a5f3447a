"""TrainingOptions: what is refused, what is stored, what a resumed run may change."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from pyrnn.training import OPTIMIZERS, SCHEDULES, TrainingOptions
from pyrnn.training.options import CHANGEABLE

WRONG = [
    *((name, value) for name in ("batch_size", "log_every") for value in (0, -1, 1.5, True)),
    *(
        (name, value)
        for name in ("warmup_steps", "plateau_patience", "seed")
        for value in (-1, 0.5)
    ),
    *((name, 0) for name in ("epochs", "max_steps", "patience", "validate_every")),
    ("checkpoint_every", 0),
    *((name, value) for name in ("learning_rate", "decay_every") for value in (0, -1.0)),
    *((name, -1.0) for name in ("clip_norm", "checkpoint_minutes")),
    *((name, float("nan")) for name in ("learning_rate", "clip_value", "weight_decay")),
    *((name, float("inf")) for name in ("max_minutes", "decay_after")),
    ("learning_rate", None),
    ("learning_rate", "fast"),
    ("final_rate", -0.1),
    ("weight_decay", -0.1),
    ("optimizer", "lion"),
    ("schedule", "linear"),
    ("reduction", "none"),
    *(("restore_best", value) for value in (1, "no", None)),
    *(("monitor", value) for value in ("", 1, ["loss"])),
    *(("optimizer_options", value) for value in (None, 5, [("momentum", 0.9)])),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_settings_outside_their_range(name, value):
    with pytest.raises(ValueError, match=f"^{name}: expected .* got "):
        TrainingOptions(**{name: value})


def test_a_plateau_must_lower_the_rate():
    with pytest.raises(ValueError, match=r"^decay_factor: expected less than 1 .*; got 1\.0$"):
        TrainingOptions(schedule="plateau", decay_factor=1.0)


def test_zero_is_no_limit():
    options = TrainingOptions(clip_norm=0, checkpoint_minutes=0.0)
    assert options == TrainingOptions(clip_norm=None, checkpoint_minutes=None)
    assert options.clip_norm is options.checkpoint_minutes is None
    assert TrainingOptions().checkpoint_minutes == 5.0


@pytest.mark.parametrize("settings", [{"schedule": "plateau"}, {"patience": 2}, {"monitor": "f1"}])
def test_what_follows_the_validation_needs_one(settings):
    ((name, value),) = settings.items()
    with pytest.raises(ValueError, match=f"^{name}: expected validation .*{value!r}.* got none"):
        TrainingOptions(**settings).check_validation()
    TrainingOptions(schedule="cosine", validate_every=3).check_validation()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_json_round_trip(optimizer, schedule):
    options = TrainingOptions(
        optimizer=optimizer,
        schedule=schedule,
        learning_rate=0.1 + 0.2,
        max_minutes=1,
        optimizer_options={"betas": (0.8, 0.99)},
    )
    again = TrainingOptions.from_json(json.loads(json.dumps(options.to_json())))
    assert again.to_json() == options.to_json()
    assert again.differences(options) == options.differences(again) == []


def test_a_setting_that_does_not_exist():
    with pytest.raises(ValueError, match=r"^TrainingOptions: rate: expected a setting"):
        TrainingOptions.from_json({"rate": 1, "momentum": 2})


def test_options_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        TrainingOptions().seed = 3  # type: ignore[misc]


OTHER = {"optimizer": "sgd", "schedule": "cosine", "reduction": "sum", "monitor": "accuracy"}
OTHER |= {"restore_best": False, "optimizer_options": {"eps": 1e-6}}


@pytest.mark.parametrize("name", [known.name for known in fields(TrainingOptions)])
def test_what_a_resumed_run_may_change(name):
    base = TrainingOptions()
    other = replace(base, **{name: OTHER.get(name, 7)})
    assert base.differences(other) == ([] if name in CHANGEABLE else [name])


def test_changeable_names_exist():
    assert {known.name for known in fields(TrainingOptions)} >= CHANGEABLE
