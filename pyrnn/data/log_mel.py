"""Sound as frames of numbers: the logarithm of its power in bands of the mel scale.

The mel scale is HTK's (Young et al., The HTK Book, 2006, 5.4), the frames those of Davis and
Mermelstein, "Comparison of parametric representations for monosyllabic word recognition", 1980.
"""

from __future__ import annotations

from typing import Any

import numpy as np

BLOCK = 1024  # frames computed at once


def log_mel(
    samples: Any,
    rate: int,
    *,
    bands: int = 40,
    window: float = 0.025,
    hop: float = 0.010,
    lowest: float = 0.0,
    highest: float | None = None,
    floor: float = 1e-10,
) -> np.ndarray:
    """Log-mel frames of a sound, float32 (T, bands).

    With x the samples of frame t, N of them, h the Hann window and w the bands' triangles:

        h_n = (1 - cos(2 pi n / N)) / 2
        P_f = |sum_n h_n x_n exp(-2 pi i f n / F)|^2
        y_m = log(max(sum_f w_mf P_f, floor))

    samples: numbers (N,), 1 for the loudest that a file holds. rate: of them in a second, at least
        100.
    window, hop: seconds of a frame, and from one to the next. A last frame that is not whole is
        left out; a sound shorter than one is filled up with zeros, so that T is at least 1.
    lowest, highest: hertz where the first band begins and the last one ends; default half the rate.
    floor: the least power; silence is log(floor).
    Raises TypeError and ValueError for samples that are no finite numbers (N,), and for settings
    outside their bounds.
    """
    sound = _sound(samples)
    highest = rate / 2 if highest is None else highest
    if not (rate >= 100 and 0 <= lowest < highest <= rate / 2):
        raise ValueError(
            "rate, lowest, highest: expected a rate of at least 100 and 0 <= lowest < highest <= "
            f"rate / 2; got {rate}, {lowest}, {highest}"
        )
    length, step = round(window * rate), round(hop * rate)
    if not (length >= 1 and step >= 1 and bands >= 1 and floor > 0):
        raise ValueError(
            "window, hop, bands, floor: expected at least one sample, one sample, one band and a "
            f"number above 0; got {window}, {hop}, {bands}, {floor}"
        )
    if len(sound) < length:
        sound = np.pad(sound, (0, length - len(sound)))
    weights = mel_bands(rate, _points(rate, length, bands, lowest, highest), bands, lowest, highest)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)  # (N,)
    frames = np.lib.stride_tricks.sliding_window_view(sound, length)[::step]  # (T, N)
    found = np.empty((len(frames), bands), np.float32)
    for first in range(0, len(frames), BLOCK):
        spectrum = np.fft.rfft(frames[first : first + BLOCK] * hann, 2 * (weights.shape[1] - 1))
        power = spectrum.real**2 + spectrum.imag**2  # (T, F / 2 + 1)
        found[first : first + BLOCK] = np.log(np.maximum(power @ weights.T, floor))
    return found


def mel_bands(rate: int, points: int, bands: int, lowest: float, highest: float) -> np.ndarray:
    """The weights of each frequency in each band, float64 (bands, points / 2 + 1).

    Band m is a triangle that rises from edge m to 1 at edge m + 1 and falls to 0 at edge m + 2; the
    bands + 2 edges are equally far from each other on the mel scale.
    """
    mel = np.linspace(_mel(lowest), _mel(highest), bands + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)  # hertz
    f = np.arange(points // 2 + 1) * (rate / points)
    rising = (f - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - f) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling))


def _mel(hertz: float) -> float:
    """m = 2595 log10(1 + f / 700)"""
    return float(2595 * np.log10(1 + hertz / 700))


def _points(rate: int, length: int, bands: int, lowest: float, highest: float) -> int:
    """F, a power of two: at least a frame's length, and so large that every band holds a frequency:
    the first, which is the narrowest, rises over at least one step."""
    mel = np.linspace(_mel(lowest), _mel(highest), bands + 2)[:2]
    low, high = 700 * (10 ** (mel / 2595) - 1)
    least = max(length, min(rate / (high - low), 64 * length))
    return 1 << int(np.ceil(np.log2(max(2, least))))


def _sound(samples: Any) -> np.ndarray:
    try:
        found = np.asarray(samples)
    except ValueError as error:
        raise ValueError("samples: expected numbers (N,); got rows of unequal length") from error
    if found.dtype.kind not in "fiu":
        raise TypeError(f"samples: expected numbers (N,); got {found.dtype}")
    if found.ndim != 1:
        raise ValueError(f"samples: expected numbers (N,); got the shape {found.shape}")
    found = found.astype(np.float64)
    if not np.isfinite(found).all():
        place = int(np.argmin(np.isfinite(found)))
        raise ValueError(f"samples: expected finite numbers; got {found[place]} at place {place}")
    return found
