"""Schedules against their formulas and PyTorch's, their state's round trip, and refusals."""

import json
import math

import numpy as np
import pytest

from pyrnn import nn, optim

LR = 0.3
STEPS = 25


def optimizer(lr=LR):
    return optim.SGD([nn.Parameter(np.zeros(3, "float32"))], lr=lr)


def rates(schedule, steps, metrics=None):
    seen = [schedule.optimizer.lr]
    for i in range(steps):
        schedule.step(metrics[i]) if metrics else schedule.step()
        seen.append(schedule.optimizer.lr)
    return seen


def torch_rates(torch, make, steps, metrics=None):
    theirs = torch.optim.SGD([torch.nn.Parameter(torch.zeros(3))], lr=LR)
    schedule = make(torch.optim.lr_scheduler, theirs)
    seen = [theirs.param_groups[0]["lr"]]
    for i in range(steps):
        theirs.step()
        schedule.step(metrics[i]) if metrics else schedule.step()
        seen.append(theirs.param_groups[0]["lr"])
    return seen


def half_cosine(share, low, high):
    return low + (high - low) * (1 + math.cos(math.pi * share)) / 2


@pytest.mark.parametrize(
    ("make", "formula"),
    [
        (lambda o: optim.StepLR(o, 7), lambda k: LR * 0.1 ** (k // 7)),
        (lambda o: optim.StepLR(o, 3, gamma=0.5), lambda k: LR * 0.5 ** (k // 3)),
        (lambda o: optim.ExponentialLR(o, 0.9), lambda k: LR * 0.9**k),
        (lambda o: optim.CosineLR(o, 10), lambda k: half_cosine(k / 10, 0, LR)),
        (lambda o: optim.CosineLR(o, 40, 0.01), lambda k: half_cosine(k / 40, 0.01, LR)),
        (lambda o: optim.WarmUp(o, 6), lambda k: LR * (1 / 3 + 2 / 3 * min(k / 6, 1))),
        (
            lambda o: optim.WarmUp(optim.StepLR(o, 4), 6, start_factor=0.1),
            lambda k: LR * (0.1 + 0.9 * k / 6 if k < 6 else 0.1 ** ((k - 6) // 4)),
        ),
        (
            lambda o: optim.WarmUp(optim.CosineLR(o, 10), 5, start_factor=0),
            lambda k: LR * k / 5 if k < 5 else half_cosine((k - 5) / 10, 0, LR),
        ),
    ],
)
def test_rates_are_those_of_the_formula(make, formula):
    expected = [formula(k) for k in range(STEPS + 1)]
    np.testing.assert_allclose(rates(make(optimizer()), STEPS), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:The epoch parameter:UserWarning")  # inside SequentialLR
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda o: optim.StepLR(o, 7), lambda s, o: s.StepLR(o, 7)),
        (lambda o: optim.StepLR(o, 3, gamma=0.5), lambda s, o: s.StepLR(o, 3, gamma=0.5)),
        (lambda o: optim.ExponentialLR(o, 0.9), lambda s, o: s.ExponentialLR(o, 0.9)),
        (lambda o: optim.CosineLR(o, 10), lambda s, o: s.CosineAnnealingLR(o, 10)),
        (lambda o: optim.CosineLR(o, 40, 0.01), lambda s, o: s.CosineAnnealingLR(o, 40, 0.01)),
        (lambda o: optim.WarmUp(o, 6), lambda s, o: s.LinearLR(o, total_iters=6)),
        (
            lambda o: optim.WarmUp(optim.StepLR(o, 4), 6, start_factor=0.1),
            lambda s, o: s.SequentialLR(
                o, [s.LinearLR(o, 0.1, total_iters=6), s.StepLR(o, 4)], [6]
            ),
        ),
        (
            lambda o: optim.WarmUp(optim.CosineLR(o, 10), 5),
            lambda s, o: s.SequentialLR(
                o, [s.LinearLR(o, total_iters=5), s.CosineAnnealingLR(o, 10)], [5]
            ),
        ),
    ],
)
def test_rates_agree_with_torch(ours, theirs):
    torch = pytest.importorskip("torch")
    expected = torch_rates(torch, theirs, STEPS)
    # torch multiplies rate by rate; some 25 roundings of float64
    np.testing.assert_allclose(rates(ours(optimizer()), STEPS), expected, rtol=1e-12, atol=1e-15)


METRICS = [1.0, 0.9, 0.91, 0.92, 0.90001, 0.89999, 0.9, 0.95, 0.9, 0.9, 0.9, 0.5, 0.6, 0.6, 0.6]


# Options, and by hand the places in METRICS at which they lower the rate
PLATEAUS = [
    ({"patience": 2}, [4, 7, 10, 14]),
    ({"patience": 1, "factor": 0.5, "cooldown": 2}, [3, 7, 13]),
    ({"patience": 0, "factor": 0.5, "min_lr": 0.05}, [2, 3, 4]),
    ({"patience": 1, "threshold": 0.02, "threshold_mode": "abs"}, [3, 5, 7, 9, 13]),
    ({"patience": 1, "threshold": 0.05}, [3, 5, 7, 9, 13]),
    ({"patience": 0, "factor": 0.9, "eps": 0.025}, [2, 3]),
]


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(("options", "cuts"), PLATEAUS)
def test_plateaus_lower_the_rate_where_they_should(options, cuts, sign):
    metrics = METRICS if sign > 0 else [2.0 - m for m in METRICS]
    schedule = optim.ReduceOnPlateau(optimizer(), "min" if sign > 0 else "max", **options)
    expected = [LR]
    for k in range(len(METRICS)):
        lower = max(expected[-1] * options.get("factor", 0.1), options.get("min_lr", 0.0))
        expected.append(lower if k in cuts else expected[-1])
    np.testing.assert_allclose(rates(schedule, len(metrics), metrics), expected, rtol=1e-12)


@pytest.mark.torch
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("options", [options for options, _ in PLATEAUS])
def test_plateaus_agree_with_torch(options, sign):
    torch = pytest.importorskip("torch")
    metrics = METRICS
    if sign < 0:  # the same story, upwards
        options = {**options, "mode": "max"}
        metrics = [2.0 - m for m in METRICS]
    expected = torch_rates(
        torch, lambda s, o: s.ReduceLROnPlateau(o, **options), len(metrics), metrics
    )
    ours = optim.ReduceOnPlateau(optimizer(), **options)
    np.testing.assert_allclose(rates(ours, len(metrics), metrics), expected, rtol=1e-12)
    assert expected[-1] < LR  # the case does lower the rate


def test_a_slightly_worse_negative_metric_is_no_improvement():
    schedule = optim.ReduceOnPlateau(optimizer(), patience=0, factor=0.5)
    schedule.step(-1.0)
    schedule.step(-0.99999)
    assert schedule.optimizer.lr == LR * 0.5


MAKERS = {
    "step": lambda o: optim.StepLR(o, 3, gamma=0.5),
    "exponential": lambda o: optim.ExponentialLR(o, 0.9),
    "cosine": lambda o: optim.CosineLR(o, 9, 0.01),
    "warm-up": lambda o: optim.WarmUp(o, 6),
    "warm-up, cosine": lambda o: optim.WarmUp(optim.CosineLR(o, 5), 4),
    "warm-up, plateau": lambda o: optim.WarmUp(optim.ReduceOnPlateau(o, patience=1), 3),
    "plateau": lambda o: optim.ReduceOnPlateau(o, patience=1, cooldown=1),
}


@pytest.mark.parametrize("stop", [0, 2, 4, 9])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
def test_a_loaded_state_continues_exactly(make, stop):
    whole = rates(make(optimizer()), len(METRICS), METRICS)
    first = make(optimizer())
    rates(first, stop, METRICS)
    state = json.loads(json.dumps(first.state_dict()))
    second = make(optimizer())
    second.load_state_dict(state)
    assert rates(second, len(METRICS) - stop, METRICS[stop:]) == whole[stop:]


def test_a_warm_up_hands_over_to_a_plateau():
    schedule = optim.WarmUp(optim.ReduceOnPlateau(optimizer(1.0), patience=0), 2, start_factor=0)
    assert rates(schedule, 4, [5.0, 5.0, 5.0, 5.0]) == [0.0, 0.5, 1.0, 1.0, 0.1]


def test_a_loaded_state_restores_the_base_rate():
    state = optim.StepLR(optimizer(0.8), 2).state_dict()
    schedule = optim.StepLR(optimizer(0.1), 2)
    schedule.load_state_dict(state)
    assert schedule.optimizer.lr == schedule.base_lr == 0.8


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: optim.StepLR("sgd", 3), TypeError, "optimizer: expected an Optimizer; got str"),
        (lambda: optim.StepLR(optimizer(), 0), ValueError, "step_size: .*at least 1; got 0"),
        (lambda: optim.StepLR(optimizer(), 2.5), TypeError, "step_size: .*got float 2.5"),
        (lambda: optim.StepLR(optimizer(), 2, -1), ValueError, "gamma: .*got -1"),
        (lambda: optim.ExponentialLR(optimizer(), float("nan")), ValueError, "gamma: .*got nan"),
        (lambda: optim.CosineLR(optimizer(), 0), ValueError, "T_max: .*got 0"),
        (lambda: optim.CosineLR(optimizer(), 5, -1), ValueError, "eta_min: .*got -1"),
        (lambda: optim.WarmUp(optimizer(), 0), ValueError, "steps: .*got 0"),
        (
            lambda: optim.WarmUp(optimizer(), 3, 1.5),
            ValueError,
            "start_factor: .*at least 0 and at most 1; got 1.5",
        ),
        (lambda: optim.WarmUp(None, 3), TypeError, "schedule: .*got NoneType"),
        (lambda: optim.ReduceOnPlateau(optimizer(), "least"), ValueError, "mode: .*got 'least'"),
        (lambda: optim.ReduceOnPlateau(optimizer(), factor=1), ValueError, "factor: .*got 1"),
        (lambda: optim.ReduceOnPlateau(optimizer(), patience=-1), ValueError, "patience: .*-1"),
        (
            lambda: optim.ReduceOnPlateau(optimizer(), threshold_mode="x"),
            ValueError,
            "threshold_mode: .*got 'x'",
        ),
        (lambda: optim.ReduceOnPlateau(optimizer()).step(), ValueError, "metric: .*got None"),
        (
            lambda: optim.ReduceOnPlateau(optimizer()).step(float("nan")),
            ValueError,
            "metric: .*got nan",
        ),
        (
            lambda: optim.StepLR(optimizer(), 2).load_state_dict({"count": 1}),
            ValueError,
            r"state: expected the entries .*got \['count'\]",
        ),
        (
            lambda: optim.WarmUp(optimizer(), 2).load_state_dict(
                optim.WarmUp(optim.StepLR(optimizer(), 2), 2).state_dict()
            ),
            ValueError,
            "WarmUp of no schedule",
        ),
    ],
)
def test_bad_arguments_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
