"""The masks of dropout: their bits, their statistics, and where they act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from pyrnn.kernels import arrays as xp
from pyrnn.kernels import dropout, native
from pyrnn.kernels.stack import Stack

from .mask_bits import WORD, bits_at, lost
from .problems import (
    EPS64,
    Problem,
    assert_same_bits,
    draw,
    named_gradients,
    named_results,
    run_forward,
    solve,
    stack_of,
)


@pytest.mark.parametrize("seed", [0, 1, 12345678901234567890, WORD])
def test_bits_equal_those_of_exact_integers(seed: int) -> None:
    counters = [0, 1, 2, 1000, 2**40]
    want = [bits_at(seed, n) for n in counters]
    assert dropout.random_bits(seed, np.array(counters, np.uint64)).tolist() == want


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 1.0])
def test_array_dropout_has_the_bits_of_its_definition(isa: str, p: float, dtype: type) -> None:
    x = np.random.default_rng(0).standard_normal((3, 70, 5)).astype(dtype)
    x.flat[::7] = [0, -0.0, np.inf, -np.inf, np.nan] * 30
    factors = [0.0 if lost(p, 99, n) else 1 / (1 - p) for n in range(x.size)]
    with np.errstate(invalid="ignore"):
        want = x * np.array(factors).astype(dtype).reshape(x.shape)
        assert xp.dropout(x, p, 99).tobytes() == want.tobytes()
        for same in (np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2]):
            assert xp.dropout(same, p, 99).tobytes() == want.tobytes()
        assert xp.dropout(x.ravel()[:1].reshape(()), p, 99).shape == ()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_array_dropout_on_any_number_of_threads(
    threads: int, num_threads: Callable[[int], None]
) -> None:
    x = np.random.default_rng(0).standard_normal(10_007).astype(np.float32)
    num_threads(threads)
    for p, seed in [(0.5, 0), (0.1, WORD)]:
        assert native.dropout(x, p, seed).tobytes() == dropout.masked(x, p, seed).tobytes()


@pytest.mark.parametrize(
    ("x", "p", "seed", "error"),
    [
        (np.ones(3), 1.5, 0, ValueError),
        (np.ones(3), float("nan"), 0, ValueError),
        (np.ones(3, int), 0.5, 0, TypeError),
        (np.ones(3), 0.5, -1, TypeError),
        (np.ones(3), 0.5, 1 << 64, TypeError),
    ],
)
def test_array_dropout_refuses(x: np.ndarray, p: float, seed: int, error: type) -> None:
    with pytest.raises(error):
        native.dropout(x, p, seed)


def test_bits_are_fixed_for_ever() -> None:
    """A stored seed must find its masks again in every later version and on every device."""
    bits = dropout.random_bits(2024, np.arange(3, dtype=np.uint64))
    assert bits.tolist() == [0x9073042E1EFA35A0, 0x4E9155BE1A6F175E, 0x2639ABC92F6EFA69]


@pytest.mark.parametrize("seed", [0, 12345678901234567890, WORD])
@pytest.mark.parametrize("form", ["gru", "lstm_projected"])
def test_masks_between_layers_have_the_bits_of_their_definition(form: str, seed: int) -> None:
    stack = stack_of(form, 4, 5, 3, bidirectional=True, dropout=0.3)
    numbers = [3, 0, 2**63 - 1]
    width = 2 * stack.output_size
    for layer in (0, 1):
        mask = dropout.keep_mask(stack, seed, layer, 4, np.array(numbers))
        want = [
            [[not lost(0.3, seed, layer, t, n, u) for u in range(width)] for n in numbers]
            for t in range(4)
        ]
        assert mask.tolist() == want


@pytest.mark.parametrize("seed", [0, 12345678901234567890, WORD])
@pytest.mark.parametrize("form", ["gru", "lstm_projected"])
def test_masks_in_a_layer_have_the_bits_of_their_definition(form: str, seed: int) -> None:
    stack = stack_of(form, 4, 5, 3, True, zoneout=(0.3, 0.2), recurrent_dropout=0.4)
    numbers = [3, 0, 2**63 - 1]
    P, H = stack.output_size, stack.hidden_size
    for layer, direction in [(0, 0), (0, 1), (2, 1)]:
        run = layer * 2 + direction
        for kind, p, width in [(1, 0.3, P), (2, stack.zoneout[1], H)]:
            mask = dropout.zoneout_mask(stack, seed, run, kind - 1, 4, np.array(numbers))
            place = kind * 2**32 + run
            assert mask.tolist() == [
                [[lost(p, seed, place, t, n, u) for u in range(width)] for n in numbers]
                for t in range(4)
            ]
        factors = dropout.recurrent_mask(stack, seed, run, np.dtype("float64"), np.array(numbers))
        assert factors.tolist() == [
            [0.0 if lost(0.4, seed, 3 * 2**32 + run, n, u) else 1 / (1 - 0.4) for u in range(P)]
            for n in numbers
        ]


def test_bits_in_a_layer_are_fixed_for_ever() -> None:
    stack = Stack("lstm", 4, 16, zoneout=(0.5, 0.5), recurrent_dropout=0.5)
    numbers = np.array([0, 7])
    masks = [dropout.zoneout_mask(stack, 2024, 0, state, 1, numbers)[0] for state in (0, 1)]
    masks.append(dropout.recurrent_mask(stack, 2024, 0, np.dtype("float32"), numbers) > 0)
    assert np.packbits(masks, axis=-1).tolist() == [
        [[203, 67], [99, 189]],
        [[127, 162], [61, 95]],
        [[45, 64], [177, 74]],
    ]


def test_bits_between_layers_are_fixed_for_ever() -> None:
    stack = Stack("lstm", 4, 16, 2, dropout=0.5)
    mask = dropout.keep_mask(stack, 2024, 0, 2, np.array([0, 7]))
    packed = np.packbits(mask, axis=-1).tolist()
    assert packed == [[[141, 232], [214, 106]], [[88, 32], [42, 233]]]


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_share_of_what_is_kept(p: float) -> None:
    stack = Stack("lstm", 4, 50, 3, dropout=p)
    masks = np.stack([dropout.keep_mask(stack, 3, layer, 40, np.arange(25)) for layer in (0, 1)])
    # Each unit, step, sequence and layer alone, and all together: within 5 standard deviations.
    for axes in [(0, 1, 2, 3), (1, 2, 3), (0, 2, 3), (0, 1, 3), (0, 1, 2)]:
        kept = masks.mean(axis=axes)
        count = masks.size / np.size(kept)
        assert np.all(np.abs(kept - (1 - p)) < 5 * np.sqrt(p * (1 - p) / count)), axes


def test_masks_of_neighbours_are_unrelated() -> None:
    """Seeds, layers, steps, sequences and units one apart agree on half the places, at p = 0.5."""
    stack = Stack("lstm", 4, 64, 3, dropout=0.5)

    def signs(seed: int, layer: int = 0) -> np.ndarray:
        return np.where(dropout.keep_mask(stack, seed, layer, 50, np.arange(40)), 1.0, -1.0)

    one = signs(11)
    pairs = {
        "seed": (one, signs(12)),
        "seeds a multiple of the increment apart": (one, signs(11 + dropout.GAMMA & WORD)),
        "layer": (one, signs(11, 1)),
        "step": (one[1:], one[:-1]),
        "sequence": (one[:, 1:], one[:, :-1]),
        "unit": (one[..., 1:], one[..., :-1]),
    }
    for name, (a, b) in pairs.items():
        assert abs(np.mean(a * b)) < 5 / np.sqrt(a.size), name


def test_mask_keeps_the_mean(rng: np.random.Generator) -> None:
    stack = Stack("gru", 4, 100, 2, dropout=0.3)
    mask = dropout.mask(stack, np.dtype(np.float32), 9, 0, 100, np.arange(20))
    assert mask.dtype == np.float32
    assert set(np.unique(mask)) == {np.float32(0), np.float32(1 / 0.7)}
    assert mask.mean() == pytest.approx(1, abs=5 * np.sqrt(0.3 / 0.7 / mask.size))


def test_same_seed_same_bits_and_another_seed_another_mask(form: str, kernels: ModuleType) -> None:
    problem = Problem(stack_of(form, 4, 9, 2, dropout=0.5), 6, 5, seed=3)
    first = solve(kernels, problem, "float32")
    assert_same_bits(solve(kernels, problem, "float32"), first)
    data = draw(problem, "float32")
    assert not np.array_equal(run_forward(kernels, problem, data, seed=4).y, first["y"])
    assert np.array_equal(run_forward(kernels, problem, data, seed=np.int64(3)).y, first["y"])


def test_acts_only_with_a_seed(form: str, kernels: ModuleType) -> None:
    problem = Problem(stack_of(form, 4, 9, 2, dropout=0.5), 6, 5)
    data = draw(problem, "float32")
    none = replace(problem, stack=replace(problem.stack, dropout=0.0))
    y = run_forward(kernels, problem, data, seed=None).y
    assert np.array_equal(y, run_forward(kernels, none, data, seed=None).y)
    assert np.array_equal(y, run_forward(kernels, none, data, seed=3).y)
    assert not np.array_equal(y, run_forward(kernels, problem, data, seed=3).y)


def test_never_acts_on_the_last_layer(form: str, kernels: ModuleType) -> None:
    problem = Problem(stack_of(form, 4, 9, 1, dropout=0.5), 6, 5)
    data = draw(problem, "float32")
    seeded = run_forward(kernels, problem, data, seed=3)
    assert np.array_equal(seeded.y, run_forward(kernels, problem, data, seed=None).y)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_equals_a_mask_between_two_calls(
    form: str, bidirectional: bool, kernels: ModuleType
) -> None:
    """Two layers with dropout are two stacks of one layer with the mask applied by hand."""
    lengths = (6, 2, 0, 6, 3)
    whole = Problem(stack_of(form, 4, 9, 2, bidirectional, dropout=0.4), 6, 5, lengths, seed=21)
    width = whole.stack.layer_input_size(1)
    data = draw(whole, "float64")
    forward = run_forward(kernels, whole, data)
    gradients = named_gradients(
        whole.stack, kernels.backward(forward.workspace, dy=data.upstream["dy"])
    )

    D = whole.stack.directions
    stacks = [stack_of(form, 4, 9, 1, bidirectional), stack_of(form, width, 9, 1, bidirectional)]
    mask = dropout.mask(whole.stack, np.dtype(np.float64), 21, 0, 6, np.arange(5))
    half = len(data.weights) // 2
    lower = replace(data, weights=data.weights[:half], h0=data.h0[:D])
    upper = replace(data, weights=data.weights[half:], h0=data.h0[D:])
    if data.c0 is not None:
        lower.c0, upper.c0 = data.c0[:D], data.c0[D:]
    below = run_forward(kernels, replace(whole, stack=stacks[0], seed=None), lower)
    upper.x = below.y * mask
    above = run_forward(kernels, replace(whole, stack=stacks[1], seed=None), upper)
    dabove = kernels.backward(above.workspace, dy=data.upstream["dy"])
    dbelow = kernels.backward(below.workspace, dy=dabove.x * mask)

    got = named_results(whole.stack, forward)
    close = {"rtol": 0, "atol": 1000 * EPS64}  # the order of some sums may differ
    np.testing.assert_allclose(got["y"], above.y, **close)
    np.testing.assert_allclose(got["h_n"], np.concatenate([below.h_n, above.h_n]), **close)
    np.testing.assert_allclose(gradients["dx"], dbelow.x, **close)
    for name, want in zip(whole.stack.weight_names(), dbelow.weights + dabove.weights, strict=True):
        np.testing.assert_allclose(gradients[f"d{name}"], want, **close, err_msg=name)
