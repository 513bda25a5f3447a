"""Conv1dMax: PyTorch's weights, initial values, batches, training, refusals."""

import numpy as np
import pytest

from pyrnn import functional, nn
from pyrnn.autograd import gradcheck

T, B, I, F, W = 7, 4, 5, 6, 3
X = np.random.default_rng(0).standard_normal((T, B, I))
LENGTHS = [7, 0, 1, 4]


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_it_is_the_function_on_its_parameters(lengths, bias, batch_first):
    conv = nn.Conv1dMax(I, F, W, bias, batch_first, dtype="float64", rng=0)
    x = X.swapaxes(0, 1) if batch_first else X
    want = functional.conv1d_max(X, conv.weight, conv.bias, lengths)
    np.testing.assert_array_equal(conv(x, lengths).numpy(), want.numpy())
    assert gradcheck(lambda x: conv(x, lengths), [np.ascontiguousarray(x)], list(conv.parameters()))


def test_initial_values():
    conv = nn.Conv1dMax(40, 50, 5, rng=0)
    bound = 1 / np.sqrt(40 * 5)
    assert (conv.weight.shape, conv.bias.shape) == ((50, 40, 5), (50,))
    for parameter in conv.parameters():
        values = parameter.numpy()
        assert values.dtype == np.float32
        assert bound * 0.9 < np.abs(values).max() <= np.float32(bound)
    assert nn.Conv1dMax(40, 50, 5, rng=0).weight.numpy().tobytes() == conv.weight.numpy().tobytes()


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.torch
def test_a_state_dict_of_torch_loads_as_it_is(width):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Conv1d(I, F, width, padding="same", dtype=torch.float64)
    mine = nn.Conv1dMax(I, F, width, dtype="float64")
    mine.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    with torch.no_grad():
        want = theirs(torch.tensor(X).permute(1, 2, 0)).amax(dim=2)
    np.testing.assert_allclose(mine(X).numpy(), want.numpy(), rtol=1e-12, atol=1e-13)


def test_several_widths_learn_together():
    """Whether two 1s stand side by side: one filter of width 2 can tell, none of width 1."""
    rng = np.random.default_rng(1)
    x = (rng.random((9, 200, 1)) < 0.35).astype("float32")
    labels = (x[1:, :, 0] * x[:-1, :, 0]).max(axis=0).astype(int)
    layers = [nn.Conv1dMax(1, 4, width, rng=width) for width in (1, 2)]
    output = nn.Linear(8, 2, rng=3)
    parameters = [p for layer in (*layers, output) for p in layer.parameters()]
    losses = []
    for _ in range(300):
        y = functional.concatenate([layer(x).relu() for layer in layers], 1)
        loss = functional.cross_entropy(output(y), labels, reduction="mean")
        losses.append(loss.item())
        loss.backward()
        for parameter in parameters:
            parameter.assign(parameter.numpy() - 0.5 * parameter.grad)
            parameter.grad = None
    assert losses[0] > 0.5
    assert losses[-1] < 0.05


def test_the_repr():
    assert repr(nn.Conv1dMax(3, 5, 4, bias=False, batch_first=True, rng=0)) == (
        "Conv1dMax(3, 5, 4, bias=False, batch_first=True)  # x (B, T, 3) -> y (B, 5); 60 parameters"
    )


CONV = nn.Conv1dMax(I, F, W, dtype="float64", rng=0)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (
            lambda: nn.Conv1dMax(0, 1, 1),
            ValueError,
            "input_size: expected an integer of at least 1",
        ),
        (lambda: nn.Conv1dMax(1, 0, 1), ValueError, "filters: expected an integer of at least 1"),
        (lambda: nn.Conv1dMax(1, 1, 0), ValueError, "width: expected an integer of at least 1"),
        (lambda: nn.Conv1dMax(1, 1, 2.0), TypeError, "width: expected an integer; got float"),
        (lambda: nn.Conv1dMax(2**30, 2**30, 3), MemoryError, "filters, input_size, width: "),
        (lambda: nn.Conv1dMax(1, 1, 1, "no"), TypeError, "bias: expected True or False"),
        (lambda: CONV(X.astype("float32")), TypeError, "x: expected dtype float64"),
        (lambda: CONV(X[0]), ValueError, r"x: expected shape \(T, B, I\) with I = 5; got \(4, 5\)"),
        (lambda: CONV(X, [8, 1, 1, 1]), ValueError, "lengths: .* T = 7; got 8 at row 0"),
        (lambda: CONV((X, None)), TypeError, "x: .* got a tuple of 2"),
    ],
)
def test_refusals(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()
