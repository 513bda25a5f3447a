"""Each optimizer step by step against its formula and PyTorch, its state's round trip, refusals."""

import contextlib

import numpy as np
import pytest

from pyrnn import nn, optim

from .formulas import FORMULAS

SHAPES = [(5, 7), (7,), (2, 3, 4)]
STEPS = 12

CASES = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.03}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.03}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.03}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "eps": 1e-3}),
    ("RMSprop", {"momentum": 0.8}),
    ("RMSprop", {"centered": True}),
    ("RMSprop", {"centered": True, "momentum": 0.8, "weight_decay": 0.03}),
    ("Adam", {}),
    ("Adam", {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-4}),
    ("Adam", {"weight_decay": 0.03}),
    ("Adam", {"amsgrad": True}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.03}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.02, "weight_decay": 0.1}),
    ("AdamW", {"amsgrad": True, "weight_decay": 0.1}),
]
IDS = [f"{name}-{'-'.join(f'{k}={v}' for k, v in options.items())}" for name, options in CASES]


def parameters(dtype, seed=0):
    rng = np.random.default_rng(seed)
    return [nn.Parameter(rng.standard_normal(shape).astype(dtype)) for shape in SHAPES]


def gradients(dtype, seed=1):
    """Gradients whose size falls from step to step, so that amsgrad's maximum matters."""
    rng = np.random.default_rng(seed)
    return [
        [(rng.standard_normal(shape) * 0.7**step).astype(dtype) for shape in SHAPES]
        for step in range(STEPS)
    ]


def run(optimizer, steps):
    for grads in steps:
        for parameter, grad in zip(optimizer.parameters, grads, strict=True):
            parameter.grad = grad
        optimizer.step()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_every_step_is_the_formula(name, options, dtype):
    ours = parameters(dtype)
    steps = gradients(dtype)
    optimizer = getattr(optim, name)(ours, **options)
    expected = [
        FORMULAS[name](
            p.numpy().astype("float64"), [g.astype("float64") for g in column], **options
        )
        for p, column in zip(ours, zip(*steps, strict=True), strict=True)
    ]
    # float32: each of 12 steps rounds values of order 1 a few times
    tolerance = 1e-12 if dtype == "float64" else 5e-6
    for grads in steps:
        run(optimizer, [grads])
        for p, q in zip(ours, expected, strict=True):
            assert p.dtype == dtype
            np.testing.assert_allclose(p.numpy(), next(q), rtol=tolerance, atol=tolerance)


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_every_step_agrees_with_torch(name, options, dtype):
    torch = pytest.importorskip("torch")
    ours = parameters(dtype)
    theirs = [torch.nn.Parameter(torch.tensor(p.numpy())) for p in ours]
    mine = getattr(optim, name)(ours, **options)
    other = getattr(torch.optim, name)(theirs, **options)
    # float32: each of 12 steps rounds values of order 1 a few times in another order
    tolerance = 1e-12 if dtype == "float64" else 5e-6
    for grads in gradients(dtype):
        for p, q, g in zip(ours, theirs, grads, strict=True):
            p.grad, q.grad = g, torch.tensor(g)
        mine.step()
        other.step()
        for p, q in zip(ours, theirs, strict=True):
            assert p.data.dtype == dtype
            np.testing.assert_allclose(
                p.numpy(), q.detach().numpy(), rtol=tolerance, atol=tolerance
            )


@pytest.mark.torch
@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam", "AdamW"])
def test_the_defaults_are_those_of_torch(name):
    torch = pytest.importorskip("torch")
    defaults = getattr(torch.optim, name)([torch.zeros(1)]).defaults
    mine = getattr(optim, name)(parameters("float32"))
    for option in ("lr", *mine.options, *mine.flags):
        if option in ("beta1", "beta2"):
            assert getattr(mine, option) == defaults["betas"][option == "beta2"]
        elif option != "decoupled":
            assert getattr(mine, option) == defaults[option], option


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_a_loaded_state_continues_bit_for_bit(name, options):
    steps = gradients("float32")
    whole = getattr(optim, name)(parameters("float32"), **options)
    run(whole, steps)

    first = getattr(optim, name)(parameters("float32"), **options)
    run(first, steps[:5])
    state = first.state_dict()
    values = [p.numpy().copy() for p in first.parameters]
    run(first, steps[5:7])  # what was handed out must not follow the training
    second = getattr(optim, name)([nn.Parameter(value) for value in values], **options)
    second.load_state_dict(state)
    run(second, steps[5:])
    for p, q in zip(whole.parameters, second.parameters, strict=True):
        np.testing.assert_array_equal(p.numpy(), q.numpy())


def test_a_state_is_flat_and_made_of_arrays():
    optimizer = optim.Adam(parameters("float32"))
    run(optimizer, gradients("float32")[:2])
    state = optimizer.state_dict()
    assert all(isinstance(value, np.ndarray) for value in state.values())
    assert state["steps"].tolist() == [2, 2, 2]
    assert state["exp_avg.0"].shape == SHAPES[0]


def test_loading_restores_the_options_and_the_rate():
    optimizer = optim.SGD(parameters("float32"), lr=0.5, momentum=0.9, weight_decay=0.1)
    other = optim.SGD(parameters("float32"), lr=1.0, momentum=0.3)
    other.load_state_dict(optimizer.state_dict())
    assert (other.lr, other.momentum, other.weight_decay) == (0.5, 0.9, 0.1)


def test_a_parameter_without_gradient_is_left_alone():
    ours = parameters("float32")
    optimizer = optim.Adam(ours, weight_decay=0.1)
    before = [p.numpy().copy() for p in ours]
    versions = [p.version for p in ours]
    ours[0].grad = np.ones(SHAPES[0], "float32")
    optimizer.step()
    assert not np.array_equal(ours[0].numpy(), before[0])
    np.testing.assert_array_equal(ours[1].numpy(), before[1])
    assert [p.version == v for p, v in zip(ours, versions, strict=True)] == [False, True, True]
    assert optimizer.state_dict()["steps"].tolist() == [1, 0, 0]


def test_a_tied_parameter_is_updated_once():
    p = nn.Parameter(np.zeros(3, "float32"))
    optimizer = optim.SGD([p, p], lr=1.0)
    p.grad = np.ones(3, "float32")
    optimizer.step()
    np.testing.assert_array_equal(p.numpy(), [-1, -1, -1])


def test_zero_grad_drops_the_gradients():
    ours = parameters("float32")
    optimizer = optim.SGD(ours)
    run(optimizer, gradients("float32")[:1])
    optimizer.zero_grad()
    assert all(p.grad is None for p in ours)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_is_not_finite_changes_nothing(bad):
    ours = parameters("float32")
    optimizer = optim.Adam([("first", ours[0]), ("second", ours[1])])
    before = ours[0].numpy().copy()
    ours[0].grad = np.ones(SHAPES[0], "float32")
    ours[1].grad = np.full(SHAPES[1], bad, "float32")
    with pytest.raises(FloatingPointError, match=r"parameter 1 \(second\).*nan or infinity"):
        optimizer.step()
    np.testing.assert_array_equal(ours[0].numpy(), before)
    assert optimizer.state_dict()["steps"].tolist() == [0, 0]


def test_gradients_too_large_to_square_are_still_finite():
    p = nn.Parameter(np.zeros(3))
    optimizer = optim.SGD([p], lr=1e-200)
    p.grad = np.full(3, 1e200)
    optimizer.step()
    np.testing.assert_allclose(p.numpy(), -1.0)


def test_the_check_of_gradients_can_be_switched_off():
    p = nn.Parameter(np.zeros(3))
    p.grad = np.full(3, np.nan)
    optim.SGD([p], check_finite=False).step()
    assert np.isnan(p.numpy()).all()


P = [nn.Parameter(np.zeros(3, "float32"))]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: optim.SGD([]), ValueError, "parameters: expected at least one"),
        (lambda: optim.SGD([np.zeros(3)]), TypeError, "parameters: .*got ndarray at position 0"),
        (
            lambda: optim.SGD(P, lr=-0.1),
            ValueError,
            "lr: expected a number of at least 0; got -0.1",
        ),
        (lambda: optim.SGD(P, lr=float("nan")), ValueError, "lr: .*got nan"),
        (lambda: optim.SGD(P, lr=float("inf")), ValueError, "lr: .*got inf"),
        (lambda: optim.SGD(P, lr="fast"), TypeError, "lr: expected a number; got str 'fast'"),
        (lambda: optim.SGD(P, momentum=-1), ValueError, "momentum: .*got -1"),
        (lambda: optim.SGD(P, weight_decay=-1), ValueError, "weight_decay: .*got -1"),
        (lambda: optim.SGD(P, nesterov=True), ValueError, "momentum: .*nesterov"),
        (
            lambda: optim.RMSprop(P, alpha=1.0),
            ValueError,
            "alpha: .*at least 0 and less than 1; got 1",
        ),
        (lambda: optim.RMSprop(P, eps=-1e-8), ValueError, "eps: .*got -1e-08"),
        (lambda: optim.Adam(P, betas=(1.0, 0.9)), ValueError, r"betas\[0\]: .*less than 1; got 1"),
        (lambda: optim.Adam(P, betas=(0.9, -0.1)), ValueError, r"betas\[1\]: .*got -0.1"),
        (lambda: optim.Adam(P, betas=0.9), ValueError, r"betas: expected a pair .*got 0.9"),
        (lambda: optim.Adam(P, eps=float("nan")), ValueError, "eps: .*got nan"),
    ],
)
def test_options_outside_their_range_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_rate_set_later_is_checked_too():
    optimizer = optim.SGD(P)
    with pytest.raises(ValueError, match=r"lr: .*got nan"):
        optimizer.lr = float("nan")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("steps"), "'steps'.* missing"),
        (lambda s: s.pop("exp_avg.1"), "exp_avg.1 of parameter 1 is missing"),
        (lambda s: s.update(extra=np.zeros(1)), r"expected that of Adam; got also \['extra'\]"),
        (lambda s: s.update({"exp_avg.0": np.zeros(2, "f4")}), r"exp_avg.0 .*got float32 \(2,\)"),
        (lambda s: s.update({"exp_avg.0": np.zeros((5, 7))}), "exp_avg.0 .*got float64"),
        (lambda s: s.update(amsgrad=np.asarray(True)), "expected amsgrad=False .*got amsgrad=True"),
        (lambda s: s.update(decoupled=np.asarray(True)), "decoupled=False"),
        (lambda s: s.update(steps=np.ones(2, int)), "expected 3 parameters; got 2"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(change, message):
    optimizer = optim.Adam(parameters("float32"))
    run(optimizer, gradients("float32")[:1])
    before = optimizer.state_dict()
    state = dict(before)
    change(state)
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(state)
    after = optimizer.state_dict()
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_gradient_of_another_shape_or_dtype_is_refused():
    class Loose:  # a parameter that does not check its gradient itself
        def __init__(self, data):
            self.data, self.grad = data, None

        def writing(self):
            return contextlib.nullcontext(self.data)

    p = Loose(np.zeros((2, 3), "float32"))
    optimizer = optim.SGD([p])
    for grad in (np.zeros(3, "float32"), np.zeros((2, 3))):
        p.grad = grad
        with pytest.raises(ValueError, match=r"gradient of parameter 0: expected float32 \(2, 3\)"):
            optimizer.step()


def test_the_repr_tells_the_settings():
    text = repr(optim.AdamW(parameters("float32"), lr=0.5))
    assert "AdamW(3 parameters, 66 numbers; lr=0.5" in text
    assert "decoupled=True" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lr", np.array(np.nan)),
        ("lr", np.array(-1.0)),
        ("lr", np.ones(2)),
        ("eps", np.array(np.inf)),
        ("beta1", "fast"),
        ("steps", np.array([1, -1, 1])),
        ("steps", np.array([1.0, np.nan, 1.0])),
        ("steps", np.array(["a", "b", "c"])),
    ],
)
def test_a_state_of_numbers_that_are_none_changes_nothing(name, value):
    optimizer = optim.Adam(parameters("float32"))
    before = optimizer.state_dict()
    with pytest.raises((ValueError, TypeError), match=f"^{name}: expected"):
        optimizer.load_state_dict({**before, name: value})
    np.testing.assert_equal(optimizer.state_dict(), before)


def test_an_update_that_is_broken_off_counts_as_a_change():
    """Ctrl-C comes when the kernel returns: copies of the old weights must not live on."""

    class Interrupted(optim.SGD):
        def _update(self, *arguments):
            super()._update(*arguments)
            raise KeyboardInterrupt

    parameter = nn.Parameter([1.0, 2.0])
    parameter.grad = np.ones(2, "float32")
    version = parameter.version
    with pytest.raises(KeyboardInterrupt):
        Interrupted([parameter], lr=0.5).step()
    assert parameter.numpy().tolist() == [0.5, 1.5]
    assert parameter.version != version
