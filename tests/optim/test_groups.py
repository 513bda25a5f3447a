"""Parameter groups: each group is an optimizer of its own, schedules scale them all."""

import numpy as np
import pytest

from pyrnn import nn, optim
from pyrnn.optim.foreign_names import PACKAGE

SHAPES = [(5, 3), (3,), (2, 4)]
STEPS = 9

# optimizer, what all share, what each of three groups has for itself
CASES = {
    "SGD": ("SGD", {"lr": 0.1, "momentum": 0.9}, [{"lr": 0.03}, {"weight_decay": 0.2}, {}]),
    "SGD momentum": ("SGD", {"lr": 0.1}, [{"momentum": 0.9}, {}, {"momentum": 0.5, "lr": 1e-3}]),
    "RMSprop": ("RMSprop", {"centered": True}, [{"alpha": 0.9}, {"momentum": 0.5}, {"eps": 1e-3}]),
    "Adam": ("Adam", {"weight_decay": 0.1}, [{"betas": (0.5, 0.9)}, {"weight_decay": 0.0}, {}]),
    "AdamW": ("AdamW", {"lr": 0.02, "amsgrad": True}, [{"lr": 0.2}, {"lr": 0.0}, {"eps": 1e-2}]),
}
each_case = pytest.mark.parametrize(("name", "shared", "own"), CASES.values(), ids=CASES)


def parameters(seed=0):
    rng = np.random.default_rng(seed)
    return [nn.Parameter(rng.standard_normal(shape)) for shape in SHAPES]


def gradients(seed=1):
    rng = np.random.default_rng(seed)
    return [[rng.standard_normal(shape) for shape in SHAPES] for _ in range(STEPS)]


def make(name, shared, own, ours):
    groups = [{"params": [p], **options} for p, options in zip(ours, own, strict=True)]
    return getattr(optim, name)(groups, **shared)


def run(optimizer, steps, schedule=None):
    for grads in steps:
        for parameter, grad in zip(optimizer.parameters, grads, strict=True):
            parameter.grad = grad
        optimizer.step()
        if schedule is not None:
            schedule.step()


@each_case
def test_a_group_is_an_optimizer_of_its_own(name, shared, own):
    ours, theirs = parameters(), parameters()
    run(make(name, shared, own, ours), gradients())
    for place, (p, options) in enumerate(zip(theirs, own, strict=True)):
        alone = getattr(optim, name)([p], **{**shared, **options})
        run(alone, [[grads[place]] for grads in gradients()])
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(p.numpy(), q.numpy())


@each_case
def test_a_schedule_scales_the_rates_of_all_groups(name, shared, own):
    ours, theirs = parameters(), parameters()
    optimizer = make(name, shared, own, ours)
    run(optimizer, gradients(), optim.ExponentialLR(optimizer, 0.5))
    for place, (p, options) in enumerate(zip(theirs, own, strict=True)):
        alone = getattr(optim, name)([p], **{**shared, **options})
        run(alone, [[g[place]] for g in gradients()], optim.ExponentialLR(alone, 0.5))
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p.numpy(), q.numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.torch
@each_case
def test_torch_agrees(name, shared, own):
    torch = pytest.importorskip("torch")
    ours = parameters()
    theirs = [torch.nn.Parameter(torch.tensor(p.numpy())) for p in ours]
    mine = make(name, shared, own, ours)
    other = getattr(torch.optim, name)(
        [{"params": [q], **options} for q, options in zip(theirs, own, strict=True)], **shared
    )
    schedule = optim.StepLR(mine, 3, 0.1)
    reference = torch.optim.lr_scheduler.StepLR(other, 3, 0.1)
    for grads in gradients():
        for p, q, g in zip(ours, theirs, grads, strict=True):
            p.grad, q.grad = g, torch.tensor(g)
        for step in (mine.step, other.step, schedule.step, reference.step):
            step()
        for p, q in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(p.numpy(), q.detach().numpy(), rtol=1e-11, atol=1e-12)
        rates = [group["lr"] for group in mine.param_groups]
        np.testing.assert_allclose(rates, [group["lr"] for group in other.param_groups])


@each_case
def test_a_loaded_state_continues_bit_for_bit(name, shared, own):
    steps = gradients()
    whole = make(name, shared, own, parameters())
    run(whole, steps, optim.ExponentialLR(whole, 0.7))

    first = make(name, shared, own, parameters())
    schedule = optim.ExponentialLR(first, 0.7)
    run(first, steps[:5], schedule)
    state = first.state_dict()
    assert all(isinstance(value, np.ndarray) for value in state.values())
    # options come out of the state, too
    other = [{option: (0.1, 0.1) if option == "betas" else 0.5 for option in o} for o in own]
    second = make(name, shared, other, [nn.Parameter(p.numpy()) for p in first.parameters])
    later = optim.ExponentialLR(second, 0.7)
    later.load_state_dict(schedule.state_dict())
    second.load_state_dict(state)
    run(second, steps[5:], later)
    for p, q in zip(whole.parameters, second.parameters, strict=True):
        np.testing.assert_array_equal(p.numpy(), q.numpy())


def test_a_state_of_other_groups_is_refused():
    grouped = make(*CASES["SGD"], parameters())
    plain = optim.SGD(parameters(), lr=0.1, momentum=0.9)
    with pytest.raises(ValueError, match=r"got also \['groups.0.lr', 'groups.1.weight_decay'"):
        plain.load_state_dict(grouped.state_dict())
    before = grouped.state_dict()
    for broken in (
        plain.state_dict(),
        {**before, "groups.0.lr": np.array(-1.0)},
        {**before, "groups.lr": np.array(0.0)},
    ):
        with pytest.raises(ValueError, match=r"groups\.(0\.)?lr"):
            grouped.load_state_dict(broken)
    np.testing.assert_equal(grouped.state_dict(), before)


def test_a_plain_optimizer_has_a_state_without_groups():
    assert not [name for name in optim.SGD(parameters()).state_dict() if "group" in name]


def test_groups_are_read_and_not_written():
    ours = parameters()
    optimizer = optim.Adam([{"params": ours[:2], "lr": 0.03}, {"params": ours[2]}], lr=0.1)
    first, second = optimizer.param_groups
    assert (first["lr"], second["lr"]) == (0.03, 0.1)
    assert first["params"] == ours[:2]
    assert list(first) == ["params", "beta1", "beta2", "eps", "weight_decay", "lr"]
    optimizer.lr = 0.2
    assert [group["lr"] for group in optimizer.param_groups] == [0.06, 0.2]
    optimizer.weight_decay = 0.5
    assert optimizer.param_groups[0]["weight_decay"] == 0.5
    with pytest.raises(TypeError, match=r"param_groups: .*got a new 'lr' \(assign to optimizer.lr"):
        optimizer.param_groups[0]["lr"] = 1.0
    assert "{2 parameters, beta1=0.9" in repr(optimizer.param_groups[0])
    assert "3 parameters, 26 numbers in 2 groups; lr=0.2" in repr(optimizer)
    (whole,) = optim.SGD(ours, lr=0.1).param_groups
    assert whole["params"] == ours
    assert len(whole) == 4


def test_names_generators_and_tied_parameters_in_groups():
    model = nn.Sequential(nn.Embedding(4, 3, rng=0), nn.Linear(3, 4, rng=0))
    model[1].weight = model[0].weight
    optimizer = optim.SGD([{"params": model.named_parameters(), "lr": 1.0}], lr=0.1)
    assert len(optimizer.parameters) == 2
    ids = np.array([1, 1, 3])
    before = model[0].weight.numpy().copy()
    model[0](ids).sum().backward()  # rows alone
    optimizer.step()
    expected = before.copy()
    np.subtract.at(expected, ids, 1.0)
    np.testing.assert_allclose(model[0].weight.numpy(), expected, rtol=1e-6)
    with pytest.raises(ValueError, match=r"one group only; got parameter 0 \(0.weight\) in two"):
        optim.SGD([{"params": model.named_parameters()}, {"params": [model[1].weight]}])


P, Q = parameters()[:2]


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        ([{"params": [P]}, Q], TypeError, "expected dictionaries alone.*got Parameter at position"),
        ([{"parameters": [P]}], ValueError, r"expected 'params' .*got \['parameters'\] at pos"),
        ([{"params": [P]}, {"params": []}], ValueError, "in each group; got an empty one"),
        ([{"params": []}], ValueError, "expected at least one; got none"),
        ([{"params": 3}], TypeError, "parameters: expected an iterable of parameters"),
        ([{"params": [P], "lr": -1}], ValueError, "lr: expected a number of at least 0; got -1"),
        ([{"params": [P], "lr": "x"}], TypeError, "lr: expected a number; got str 'x'"),
        ([{"params": [P], "betas": (0.9, 1.0)}], ValueError, r"betas\[1\]: .*less than 1"),
        ([{"params": [P], "betas": 0.9}], ValueError, "betas: expected a pair"),
        (
            [{"params": [P], "amsgrad": True}],
            ValueError,
            "lr, beta1, beta2, eps, weight_decay as options of a group; got 'amsgrad'",
        ),
    ],
)
def test_groups_that_are_none(groups, error, message):
    with pytest.raises(error, match=message):
        optim.Adam(groups)


def test_a_rate_of_its_own_needs_one_of_the_optimizer():
    with pytest.raises(
        ValueError, match=r"lr: expected more than 0 for the optimizer .*got 0 and 1"
    ):
        optim.SGD([{"params": [P], "lr": 1}], lr=0)
    optimizer = optim.SGD([{"params": [P], "lr": 0}], lr=0)
    optimizer.lr = 1.0
    assert optimizer.param_groups[0]["lr"] == 0
    with pytest.raises(ValueError, match="momentum: expected more than 0 with nesterov=True"):
        optim.SGD([{"params": [P], "momentum": 0}], momentum=0.9, nesterov=True)


def test_foreign_names_earn_the_word_for_them_here():
    for name in PACKAGE:
        with pytest.raises(AttributeError, match=f"'pyrnn.optim' has no attribute '{name}': "):
            getattr(optim, name)
    with pytest.raises(AttributeError, match=r"no attribute 'Foo'$"):
        optim.Foo
