"""A module of one's own in the loop: checkpoints, resuming to the same bits, metrics, callbacks."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from pyrnn import functional, nn, no_grad, optim
from pyrnn.training import Loop, Loss, Monitor, TrainingOptions, module_task, read_checkpoint

T, B = 6, 4


class Adder(nn.Module):
    """The running sum of a series, with dropout, whose random numbers a checkpoint keeps."""

    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        self.gru = nn.GRU(1, 5, dtype="float64", rng=rng)
        self.dropout = nn.Dropout(0.2, rng=rng)
        self.output = nn.Linear(5, 1, dtype="float64", rng=rng)

    def forward(self, x, state=None):
        y, state = self.gru(x, state)
        return self.output(self.dropout(y)), state

    def loss(self, batch, state):
        y, state = self(batch.x, state)
        return Loss(functional.mse_loss(y, batch.y, reduction="sum"), y.size, state)


class Series:
    """Epochs of 5 batches; batch k of epoch e is a function of (e, k)."""

    def length(self, epoch):
        return 5

    def epoch(self, number, start=0):
        for k in range(start, 5):
            x = np.random.default_rng((number, k)).uniform(-1, 1, (T, B, 1))
            yield SimpleNamespace(x=x, y=x.cumsum(axis=0), sequences=B)


def a_loop(folder=None, callbacks=(), monitor=Monitor("worst", "min"), **options):  # noqa: B008
    module = Adder()
    batch = next(Series().epoch(99))

    def evaluate():
        module.eval()
        with no_grad():
            error = module(batch.x)[0].numpy() - batch.y
        return {"loss": np.square(error).mean(), "worst": np.abs(error).max()}

    chosen = TrainingOptions(**{"log_every": 1, "learning_rate": 0.02, **options})
    task = module_task(module, Series(), chosen, evaluate=evaluate, monitor=monitor)
    return Loop(task, chosen, folder, callbacks=callbacks), module


OPTIONS = [
    {"optimizer": "adam", "schedule": "cosine", "warmup_steps": 3},
    {"optimizer": "adamw", "schedule": "plateau", "weight_decay": 0.1},
    {"optimizer": "sgd", "optimizer_options": {"momentum": 0.9}, "clip_value": 0.1},
    {"optimizer": "rmsprop", "schedule": "step", "reduction": "sum"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: options["optimizer"])
@pytest.mark.parametrize("broken_at", [3, 7])
def test_a_resumed_run_gives_the_bits_of_an_unbroken_one(tmp_path, options, broken_at):
    options = {**options, "epochs": 3, "validate_every": 4, "checkpoint_every": 1}
    whole, expected = a_loop(**options)
    list(whole)
    broken, _ = a_loop(tmp_path, **options)
    records = broken.run()
    next(r for r in records if r.kind == "step" and r.step == broken_at + 1)
    records.close()
    again, module = a_loop(tmp_path, **options)
    again.resume()
    assert again.position.step == broken_at
    list(again)
    np.testing.assert_equal(module.state_dict(), expected.state_dict())
    found = [[r.metrics for r in loop.result.validations] for loop in (again, whole)]
    assert found[0] == found[1]


def test_metrics_and_the_best_by_one_of_them(tmp_path):
    loop, module = a_loop(tmp_path, max_steps=12, validate_every=3)
    list(loop)
    result = loop.result
    worst = [record.metrics["worst"] for record in result.validations]
    assert len(worst) == 4
    assert result.end.best == min(worst) == result.best.metrics["worst"]
    assert worst[-1] < worst[0]
    best = read_checkpoint(tmp_path / "best.safetensors")
    assert best["position"]["step"] == result.best.step
    np.testing.assert_equal(module.state_dict(), best["stateful"]["model"])


def test_a_callback_sees_the_records_and_may_stop(tmp_path):
    def stop(loop, record):
        if record.kind == "validation" and record.step == 5:
            loop.stop()

    loop, _ = a_loop(tmp_path, callbacks=[stop])
    *_, end = loop
    assert (end.reason, end.step) == ("stopped", 5)
    assert read_checkpoint(tmp_path / "last.safetensors")["position"]["step"] == 5


@pytest.mark.parametrize(("reduction", "divisor"), [("mean", T * B), ("sum", B)])
def test_the_updates_are_those_of_a_loop_by_hand(reduction, divisor):
    options = {"optimizer": "sgd", "clip_norm": 0.5, "reduction": reduction, "epochs": 1}
    loop, module = a_loop(**options, restore_best=False)
    losses = [record.loss for record in loop if record.kind == "step"]

    byhand = Adder()
    sgd = optim.SGD(byhand.named_parameters(), lr=0.02)
    state, expected = None, []
    for batch in Series().epoch(0):
        found = byhand.train().loss(batch, state)
        state = found.state.detach()
        sgd.zero_grad()
        (found.value * (1.0 / divisor)).backward()
        optim.clip_grad_norm(byhand.parameters(), 0.5)
        sgd.step()
        expected.append(found.value.item() / (T * B))
    np.testing.assert_equal(module.state_dict(), byhand.state_dict())
    assert losses == expected


def test_a_loss_that_is_no_method_of_the_module():
    module = Adder()
    options = TrainingOptions(max_steps=2)
    task = module_task(
        module, Series(), options, loss=lambda batch, state: module.loss(batch, None)
    )
    *_, end = Loop(task, options)
    assert (end.reason, end.step, end.items) == ("max_steps", 2, 2 * T * B)


def test_what_an_optimizer_does_not_take():
    options = TrainingOptions(optimizer="sgd", optimizer_options={"speed": 1})
    with pytest.raises(ValueError, match=r"^optimizer_options: sgd takes .*momentum.*; got speed"):
        module_task(Adder(), Series(), options)


def test_another_model_is_not_resumed(tmp_path):
    options = TrainingOptions(max_steps=2)

    def loop(size):
        task = module_task(Adder(), Series(), options, identity={"size": size})
        return Loop(task, options, tmp_path)

    list(loop(5))
    with pytest.raises(ValueError, match=r"^size: expected 5 as in the run that is resumed; got 6"):
        loop(6).resume()
