"""Linear, Dropout, containers and losses by hand and against PyTorch."""

import numpy as np
import pytest

from pyrnn import functional, nn
from pyrnn.autograd import Tensor


def test_linear_is_affine_on_the_last_axis():
    linear = nn.Linear(3, 2, dtype="float64", rng=0)
    x = np.random.default_rng(0).standard_normal((4, 5, 3))
    expected = x @ linear.weight.numpy().T + linear.bias.numpy()
    np.testing.assert_allclose(linear(x).numpy(), expected, rtol=1e-14)
    assert linear(x[0, 0]).shape == (2,)
    assert linear(np.zeros((0, 3))).shape == (0, 2)
    assert repr(linear) == "Linear(3, 2)  # x (..., 3) -> y (..., 2); 8 parameters"


def test_linear_without_bias():
    linear = nn.Linear(3, 2, bias=False, rng=0)
    assert linear.bias is None
    assert list(linear.state_dict()) == ["weight"]
    assert "bias=False" in repr(linear)


def test_dropout_keeps_the_mean_and_stops_in_evaluation():
    dropout = nn.Dropout(0.3, rng=0)
    x = np.ones(100_000, "float32")
    y = dropout(x).numpy()
    kept = y != 0
    # 100 000 draws: the share kept has deviation 0.0014; five of those
    assert abs(kept.mean() - 0.7) < 0.0072
    np.testing.assert_allclose(y[kept], 1 / 0.7, rtol=1e-6)
    assert not np.array_equal(dropout(x).numpy(), y)
    np.testing.assert_array_equal(nn.Dropout(0.3, rng=0)(x).numpy(), y)
    np.testing.assert_array_equal(dropout.eval()(x).numpy(), x)
    np.testing.assert_array_equal(nn.Dropout(1.0, rng=0)(x).numpy(), 0)
    assert repr(nn.Dropout(0.25)) == "Dropout(p=0.25)  # in training only"


def test_sequential_chains_its_modules():
    first, second = nn.Linear(3, 4, rng=0), nn.Linear(4, 2, rng=1)
    model = nn.Sequential(first, nn.Dropout(0.5, rng=2), second).eval()
    x = np.ones((5, 3), "float32")
    np.testing.assert_array_equal(model(x).numpy(), second(first(x)).numpy())
    assert list(model.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert len(model) == 3
    assert model[-1] is second
    assert list(model)[0] is first  # noqa: RUF015  (iteration itself is tested)
    assert nn.Sequential()(x) is x


def test_a_module_list_registers_its_modules():
    modules = nn.ModuleList([nn.Linear(2, 2, rng=0)])
    modules.append(nn.Linear(2, 3, rng=1))
    assert [name for name, _ in modules.named_parameters()] == [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
    ]
    with pytest.raises(IndexError):
        modules[2]
    with pytest.raises(NotImplementedError, match="ModuleList has no forward"):
        modules(np.zeros(2))


LOSSES = {
    "cross entropy": (
        nn.CrossEntropyLoss,
        "CrossEntropyLoss",
        {"weight": np.array([0.5, 1.0, 2.0, 0.0]), "ignore_index": 3, "label_smoothing": 0.1},
    ),
    "binary": (
        nn.BCEWithLogitsLoss,
        "BCEWithLogitsLoss",
        {"weight": np.array([0.5, 1.0, 2.0, 0.0]), "pos_weight": np.array([1.0, 2.0, 3.0, 4.0])},
    ),
    "squared": (nn.MSELoss, "MSELoss", {}),
    "absolute": (nn.L1Loss, "L1Loss", {}),
}


@pytest.mark.torch
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("ours", "name", "options"), LOSSES.values(), ids=LOSSES.keys())
@pytest.mark.parametrize("with_options", [True, False])
def test_losses_agree_with_torch(ours, name, options, reduction, with_options):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((6, 4))
    targets = rng.integers(4, size=6) if ours is nn.CrossEntropyLoss else rng.uniform(size=(6, 4))
    options = options if with_options else {}
    tensors = {
        key: torch.tensor(value) if isinstance(value, np.ndarray) else value
        for key, value in options.items()
    }
    theirs = torch.tensor(x, requires_grad=True)
    expected = getattr(torch.nn, name)(reduction=reduction, **tensors)(
        theirs, torch.tensor(targets)
    )
    expected.sum().backward()
    mine = Tensor(x, requires_grad=True)
    loss = ours(reduction=reduction, **options)(mine, targets)
    loss.sum().backward()
    # a handful of roundings of float64
    np.testing.assert_allclose(loss.numpy(), expected.detach().numpy(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(mine.grad, theirs.grad.numpy(), rtol=1e-12, atol=1e-14)


def test_losses_take_sequences():
    logits = np.random.default_rng(0).standard_normal((5, 3, 4)).astype("float32")
    targets = np.zeros((5, 3), int)
    loss = nn.CrossEntropyLoss(reduction="none")(logits, targets)
    assert loss.shape == (5, 3)
    expected = functional.cross_entropy(logits.reshape(15, 4), targets.ravel(), reduction="none")
    np.testing.assert_array_equal(loss.numpy().ravel(), expected.numpy())
    assert repr(nn.CrossEntropyLoss(reduction="sum")) == "CrossEntropyLoss(reduction='sum')"
    smoothed = nn.CrossEntropyLoss(label_smoothing=0.1, reduction="sum")
    assert repr(smoothed) == "CrossEntropyLoss(reduction='sum', label_smoothing=0.1)"
