"""Sound as frames of numbers, against sums written out and against torch."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pyrnn.data.log_mel import BLOCK, log_mel, mel_bands


def by_hand(sound, rate, points, bands):
    """The same by the sums of its definition, frame by frame."""
    length, step = round(0.025 * rate), round(0.010 * rate)
    top = 2595 * math.log10(1 + rate / 2 / 700)
    edges = [700 * (10 ** (top * m / (bands + 1) / 2595) - 1) for m in range(bands + 2)]
    n = np.arange(length)
    hann = np.sin(np.pi * n / length) ** 2
    found = []
    for first in range(0, max(1, len(sound) - length + 1), step):
        frame = hann * np.resize(np.append(sound, np.zeros(length)), first + length)[first:]
        power = [
            abs(frame @ np.exp(-2j * np.pi * f * n / points)) ** 2 for f in range(points // 2 + 1)
        ]
        row = []
        for low, middle, high in zip(edges, edges[1:], edges[2:], strict=False):
            total = 0.0
            for f, p in enumerate(power):
                hertz = f * rate / points
                if low < hertz <= middle:
                    total += p * (hertz - low) / (middle - low)
                elif middle < hertz < high:
                    total += p * (high - hertz) / (high - middle)
            row.append(math.log(max(total, 1e-10)))
        found.append(row)
    return np.array(found)


@pytest.mark.parametrize(("rate", "points"), [(8000, 256), (16_000, 512)])
@pytest.mark.parametrize("size", [1, 199, 700, 1000])
def test_the_definition(rng, rate, points, size):
    sound = rng.standard_normal(size) / 4
    frames = log_mel(sound, rate)
    assert frames.dtype == np.float32
    np.testing.assert_allclose(frames, by_hand(sound, rate, points, 40), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100])
def test_a_tone_is_in_the_band_that_holds_it(rate):
    middles = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + rate / 1400), 42) / 2595) - 1)[1:-1]
    for band in (8, 20, 39):
        tone = np.sin(2 * np.pi * middles[band] * np.arange(rate // 5) / rate)
        assert set(np.argmax(log_mel(tone, rate), axis=1).tolist()) == {band}


@pytest.mark.parametrize("rate", [100, 500, 8000, 16_000, 22_050, 48_000, 192_000])
def test_every_band_holds_a_frequency(rate):
    noise = np.random.default_rng(0).standard_normal(rate)
    assert log_mel(noise, rate).min() > np.log(1e-10) + 1


def test_bands_sum_to_one_between_the_first_and_the_last_middle():
    weights = mel_bands(16_000, 2048, 40, 0, 8000)
    assert weights.shape == (40, 1025)
    inside = weights[:, 10:900].sum(axis=0)
    np.testing.assert_allclose(inside, 1, rtol=1e-12)


def test_long_sounds_in_blocks(rng):
    rate = 1000
    sound = rng.standard_normal((BLOCK + 3) * 10 + 15)
    frames = log_mel(sound, rate)
    assert len(frames) == BLOCK + 3
    np.testing.assert_allclose(frames[-3:], log_mel(sound[-45:], rate), rtol=1e-5, atol=1e-5)


@pytest.mark.torch
def test_the_power_that_torch_has(rng):
    torch = pytest.importorskip("torch")
    sound = rng.standard_normal(4000)
    window = torch.hann_window(400, dtype=torch.float64)
    padded = torch.nn.functional.pad(window, (0, 112))  # torch would put it into the middle
    spectrum = torch.stft(
        torch.tensor(np.append(sound, np.zeros(112))), 512, 160, window=padded, center=False,
        return_complex=True,
    )  # fmt: skip
    power = spectrum.abs().numpy().T ** 2
    expected = np.log(np.maximum(power @ mel_bands(16_000, 512, 40, 0, 8000).T, 1e-10))
    np.testing.assert_allclose(log_mel(sound, 16_000), expected, rtol=1e-5, atol=1e-5)


def test_whole_numbers_and_other_settings():
    sound = np.arange(-200, 200)
    np.testing.assert_array_equal(log_mel(sound, 8000), log_mel(sound / 1.0, 8000))
    frames = log_mel(sound, 8000, bands=13, window=0.01, hop=0.01, lowest=100, highest=3000)
    assert frames.shape == (5, 13)
    assert log_mel(np.zeros(9), 8000, floor=1.0).tolist() == [[0.0] * 40]


@pytest.mark.parametrize(
    ("arguments", "settings", "error", "words"),
    [
        (([[1.0]], 8000), {}, ValueError, r"samples: expected numbers \(N,\); got the shape"),
        ((["a"], 8000), {}, TypeError, r"samples: expected numbers \(N,\); got <U1"),
        (([[1], [1, 2]], 8000), {}, ValueError, "samples: expected numbers"),
        (([1.0, np.inf], 8000), {}, ValueError, "samples: .* got inf at place 1"),
        (([1.0], 10), {}, ValueError, "rate, lowest, highest: expected a rate of at least 100"),
        (([1.0], 8000), {"highest": 5000}, ValueError, "lowest < highest <= rate / 2; got 8000"),
        (([1.0], 8000), {"lowest": -1.0}, ValueError, "0 <= lowest < highest"),
        (([1.0], 8000), {"bands": 0}, ValueError, "window, hop, bands, floor: expected"),
        (([1.0], 8000), {"floor": 0.0}, ValueError, "window, hop, bands, floor: expected"),
        (([1.0], 8000), {"hop": 0.0}, ValueError, "window, hop, bands, floor: expected"),
    ],
)
def test_errors(arguments, settings, error, words):
    with pytest.raises(error, match=words):
        log_mel(*arguments, **settings)
