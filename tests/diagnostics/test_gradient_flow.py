from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pyrnn import functional, nn
from pyrnn.diagnostics import gradient_norms

T, B, I, H = 5, 2, 3, 4
LAYERS = {
    "rnn": lambda layers: nn.RNN(I, H, layers, dtype="float64", rng=1),
    "gru": lambda layers: nn.GRU(I, H, layers, dtype="float64", rng=1),
    "gru_reset_before": lambda layers: nn.GRU(
        I, H, layers, reset_after=False, dtype="float64", rng=1
    ),
    "lstm": lambda layers: nn.LSTM(I, H, layers, dtype="float64", rng=1),
}


def inputs() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(T, B, I))


def square(y: Any) -> Any:
    return (y * y).sum()


def parts_of(state: Any) -> list[np.ndarray]:
    parts = state if isinstance(state, tuple) else (state,)
    return [part.numpy().copy() for part in parts]


def numeric_norm(layer: nn.Module, x: np.ndarray, parts: list[np.ndarray]) -> float:
    """The norm of dL/ds by central differences, s the state from which x is read."""
    epsilon, total = 1e-6, 0.0

    def loss() -> float:
        y, _ = layer(x, tuple(parts) if len(parts) > 1 else parts[0])
        return float(square(y[-1]).item())

    for part in parts:
        for place in np.ndindex(part.shape):
            value = part[place]
            part[place] = value + epsilon
            above = loss()
            part[place] = value - epsilon
            below = loss()
            part[place] = value
            total += ((above - below) / (2 * epsilon)) ** 2
    return total**0.5


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("name", LAYERS)
def test_agrees_with_finite_differences(name: str, layers: int) -> None:
    layer, x = LAYERS[name](layers), inputs()
    norms = gradient_norms(layer, x, square)
    assert norms.shape == (T,)
    for back in range(1, T):
        state = parts_of(layer(x[: T - back])[1])
        expected = numeric_norm(layer, x[T - back :], state)
        # central differences in float64: rounding 1e-16 / 1e-6, truncation 1e-12
        assert norms[back] == pytest.approx(expected, rel=1e-6)


def test_last_state_has_the_gradient_of_the_loss() -> None:
    layer, x = LAYERS["gru"](1), inputs()
    y = layer(x)[0].numpy()[-1]
    assert gradient_norms(layer, x, square)[0] == pytest.approx(np.linalg.norm(2 * y), rel=1e-12)


def test_initial_state_is_taken() -> None:
    layer, x = LAYERS["lstm"](1), inputs()
    state = layer(x[:2])[1]
    whole, end = gradient_norms(layer, x, square), gradient_norms(layer, x[2:], square, state)
    # the same sums over the same steps; 2 of the 5 steps lie before the state
    np.testing.assert_allclose(end, whole[:3], rtol=1e-12)


def test_saturated_network_loses_the_gradient() -> None:
    layer = nn.RNN(I, H, dtype="float64", rng=1)
    layer.weight_hh_l0.assign(0.1 * np.eye(H))
    norms = gradient_norms(layer, np.zeros((30, 1, I)), lambda y: y.sum())
    # h stays 0 where tanh' = 1, so every step multiplies the gradient by 0.1
    np.testing.assert_allclose(norms[1:] / norms[:-1], 0.1, rtol=1e-9)


def test_parameters_are_left_as_they_were() -> None:
    layer = LAYERS["gru"](1)
    gradient_norms(layer, inputs(), square)
    assert all(parameter.grad is None for parameter in layer.parameters())
    assert all(parameter.requires_grad for parameter in layer.parameters())


def test_what_the_loss_is_made_with_keeps_its_gradients() -> None:
    layer, head = LAYERS["lstm"](1), nn.Linear(H, 7, dtype="float64", rng=2)
    table = nn.Embedding(9, H, dtype="float64", rng=3)
    functional.sum(table(np.array([1, 4, 1]))).backward()
    head.weight.grad = np.full(head.weight.shape, 0.5)
    shared = layer.bias_hh_l0
    shared.grad = np.ones(shared.shape)

    def loss(y: Any) -> Any:
        return (head(y) * head(y)).sum() + (y * table(np.array([4, 5]))).sum() + shared.sum()

    norms = gradient_norms(layer, inputs(), loss)
    assert norms[0] > 0
    np.testing.assert_array_equal(head.weight.grad, np.full((7, H), 0.5))
    assert head.bias.grad is None
    np.testing.assert_array_equal(shared.grad, np.ones(shared.shape))
    rows = np.bincount([1, 4, 1], minlength=9)[:, None] * np.ones((1, H))
    np.testing.assert_array_equal(table.weight.grad, rows)


@pytest.mark.parametrize("kind", ["bidirectional", "batch_first"])
def test_layouts_it_does_not_take(kind: str) -> None:
    with pytest.raises(ValueError, match="layer: expected one direction"):
        gradient_norms(nn.GRU(I, H, **{kind: True}), inputs(), square)


@pytest.mark.parametrize("shape", [(T, I), (0, B, I)])
def test_inputs_it_does_not_take(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"x: expected \(T, B, I\)"):
        gradient_norms(nn.GRU(I, H), np.zeros(shape, "float32"), square)
