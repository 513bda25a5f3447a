"""AdaptiveSoftmax: PyTorch's numbers, names and defaults; predictions; refusals."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import nn, optim
from pyrnn.nn.adaptive_softmax import zipf_cutoffs

RNG = np.random.default_rng(0)


def made(dtype="float64", head_bias=True, cutoffs=(5, 12), **options):
    return nn.AdaptiveSoftmax(16, 40, cutoffs, head_bias=head_bias, dtype=dtype, rng=0, **options)


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("head_bias", [False, True])
@pytest.mark.parametrize(
    ("cutoffs", "div_value"), [([5, 12], 4.0), ([20], 2.0), ([1, 2, 30], 1.5)], ids=str
)
def test_torch_agrees(cutoffs, div_value, head_bias, dtype):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.AdaptiveLogSoftmaxWithLoss(
        16, 40, cutoffs, div_value, head_bias, dtype=getattr(torch, dtype)
    )
    ours = made(dtype, head_bias, cutoffs, div_value=div_value)
    ours.load_state_dict({name: t.numpy() for name, t in theirs.state_dict().items()})
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]

    x = RNG.standard_normal((40, 16)).astype(dtype)
    targets = RNG.permutation(40)  # every cluster is met: torch leaves the others without gradient
    given = torch.tensor(x, requires_grad=True)
    output, expected = theirs(given, torch.tensor(targets))
    expected.backward()
    tensor = nn.Parameter(x)
    losses = ours(x, targets, reduction="none")
    loss = ours(tensor, targets, reduction="mean")
    loss.backward()
    # sums of at most 40 rows, of 16 products, of logits of size 1
    close = {"rtol": 256 * np.finfo(dtype).eps, "atol": 64 * np.finfo(dtype).eps}
    np.testing.assert_allclose(losses.data, -output.detach().numpy(), **close)
    np.testing.assert_allclose(loss.item(), expected.item(), **close)
    np.testing.assert_allclose(tensor.grad, given.grad.numpy(), **close)
    for (name, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), err_msg=name, **close)
    log_p = theirs.log_prob(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours.log_prob(x).data, log_p, **close)
    np.testing.assert_array_equal(ours.predict(x), theirs.predict(torch.tensor(x)).numpy())


def test_shapes_and_probabilities():
    layer = made()
    x = RNG.standard_normal((3, 4, 16))
    targets = RNG.integers(0, 40, (3, 4))
    log_p = layer.log_prob(x).data
    assert log_p.shape == (3, 4, 40)
    np.testing.assert_allclose(np.exp(log_p).sum(-1), 1, rtol=1e-12)
    losses = layer(x, targets, reduction="none").data
    np.testing.assert_allclose(
        losses, -np.take_along_axis(log_p, targets[..., None], -1)[..., 0], rtol=1e-12
    )
    assert layer(x, targets, reduction="mean").item() == pytest.approx(losses.mean(), rel=1e-12)
    targets[0, 0] = -1
    mean = layer(x, targets, reduction="mean", ignore_index=-1).item()
    assert mean == pytest.approx(losses.reshape(-1)[1:].mean(), rel=1e-12)


def test_predictions_are_the_largest_of_all():
    layer = made()
    # classes of every cluster shall win somewhere: the head alone would make them rare
    layer.head.bias.assign(np.where(np.arange(7) < 5, -1.0, 1.0))
    for cluster in layer.tail:
        cluster[1].weight.assign(8 * cluster[1].weight.numpy())
    x = 3 * RNG.standard_normal((5, 40, 16))
    best = layer.predict(x)
    np.testing.assert_array_equal(best, layer.log_prob(x).data.argmax(-1))
    assert (best < 5).any()
    assert ((best >= 5) & (best < 12)).any()
    assert (best >= 12).any()
    assert layer.predict(x[0, 0]).shape == ()
    assert layer.predict(x[:0]).shape == (0, 40)


def test_a_cluster_is_never_narrower_than_one():
    layer = nn.AdaptiveSoftmax(3, 10, [2, 4, 6], rng=0)
    assert [cluster[0].out_features for cluster in layer.tail] == [1, 1, 1]
    assert layer.head.bias is None


def test_it_learns():
    layer = made(dtype="float32")
    x = RNG.standard_normal((64, 16)).astype("float32")
    targets = RNG.integers(0, 40, 64)
    optimizer = optim.Adam(layer.parameters(), lr=0.05)
    losses = []
    for _ in range(150):
        loss = layer(x, targets, reduction="mean")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]  # narrow vectors cannot learn every target by heart


def test_a_changed_weight_is_noticed():
    layer = made()
    loss = layer(RNG.standard_normal((2, 16)), [0, 39], reduction="mean")
    weight = layer.tail[1][1].weight
    weight.assign(weight.numpy() + 1)
    with pytest.raises(RuntimeError, match="AdaptiveCrossEntropy saved a parameter"):
        loss.backward()


def test_settings_are_shown():
    text = repr(made())
    assert "AdaptiveSoftmax(16, 40, (5, 12), div_value=4" in text
    assert "(head): Linear" in text


@pytest.mark.parametrize("size", [3, 4, 10, 100, 10_000, 33_278, 267_735])
def test_cutoffs_by_the_size_of_a_vocabulary(size):
    cutoffs = zipf_cutoffs(size)
    assert 0 < cutoffs[0] <= cutoffs[-1] < size
    assert len(set(cutoffs)) == len(cutoffs) <= 2
    nn.AdaptiveSoftmax(4, size, cutoffs, rng=0)
    if size >= 100:
        np.testing.assert_allclose(np.log(cutoffs) / np.log(size), [0.75, 0.9], atol=0.01)


def test_too_few_classes_for_cutoffs():
    with pytest.raises(ValueError, match="n_classes: expected at least 3"):
        zipf_cutoffs(2)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"cutoffs": []}, ValueError, "cutoffs: expected rising integers from 1 to .* = 39"),
        ({"cutoffs": [5, 5]}, ValueError, "cutoffs: .* got .5, 5."),
        ({"cutoffs": [12, 5]}, ValueError, "cutoffs: "),
        ({"cutoffs": [0, 5]}, ValueError, "cutoffs: "),
        ({"cutoffs": [5, 40]}, ValueError, "cutoffs: "),
        ({"cutoffs": [1.5]}, TypeError, "cutoffs: expected a sequence of integers"),
        ({"cutoffs": 5}, TypeError, "cutoffs: expected a sequence of integers; got 5"),
        ({"div_value": 0.5}, ValueError, "div_value: expected a number of at least 1"),
        ({"div_value": float("nan")}, ValueError, "div_value: "),
        ({"dtype": "int32"}, TypeError, "dtype: expected float32 or float64"),
    ],
)
def test_refusals(arguments, error, message):
    with pytest.raises(error, match=message):
        made(**arguments)


def test_calls_that_do_not_fit():
    layer = made("float32")
    with pytest.raises(ValueError, match=r"x: expected shape .* got \(2, 15\)"):
        layer(np.zeros((2, 15), "float32"), [0, 1], reduction="mean")
    with pytest.raises(TypeError, match="x: expected dtype float32"):
        layer.log_prob(np.zeros((2, 16)))
    with pytest.raises(TypeError, match="reduction"):
        layer(np.zeros((2, 16), "float32"), [0, 1])
    with pytest.raises(IndexError, match=r"targets: .* got 40"):
        layer(np.zeros((2, 16), "float32"), [0, 40], reduction="mean")
