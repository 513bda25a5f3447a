"""Digits in English as a simple synthesizer speaks them: a source and formants.

Voiced sounds are the harmonics of a pitch under an envelope with three peaks, the formants
(Peterson and Barney 1952 have them for vowels); hisses are noise in a band. Sounds glide from one
to the next. Each speaker has a pitch, a tempo, a length of the vocal tract that shifts all
formants, and a loudness, and stands in a room with some noise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

RATE = 8000  # samples a second
HOP = 40  # samples from one point of a track to the next: 5 ms
WIDTHS = np.array([80.0, 110.0, 160.0])  # of the formants, hertz
LOUDNESS = np.array([1.0, 0.5, 0.25])  # of the formants


class Sound(NamedTuple):
    """formants: hertz. voice, hiss: how loud. band: of the hiss, hertz. seconds: how long."""

    formants: tuple[float, float, float]
    voice: float = 1.0
    hiss: float = 0.0
    band: tuple[float, float] = (2500.0, 4000.0)
    seconds: float = 0.09


SOUNDS = {
    "iy": Sound((270, 2290, 3010), seconds=0.13),
    "ih": Sound((390, 1990, 2550)),
    "eh": Sound((530, 1840, 2480)),
    "ah": Sound((640, 1190, 2390)),
    "ao": Sound((570, 840, 2410), seconds=0.12),
    "aa": Sound((730, 1090, 2440)),
    "uw": Sound((300, 870, 2240), seconds=0.14),
    "uh": Sound((440, 1020, 2240), 0.8, seconds=0.06),
    "w": Sound((300, 610, 2200), 0.6, seconds=0.06),
    "r": Sound((420, 1300, 1600), 0.7, seconds=0.07),
    "n": Sound((250, 1500, 2500), 0.35, seconds=0.08),
    "v": Sound((250, 1100, 2100), 0.3, 0.06, (1000, 4000), 0.06),
    "z": Sound((250, 1600, 2500), 0.3, 0.25, seconds=0.08),
    "s": Sound((300, 1600, 2500), 0.0, 0.4, seconds=0.11),
    "f": Sound((300, 1100, 2100), 0.0, 0.1, (1000, 4000), 0.09),
    "th": Sound((300, 1400, 2500), 0.0, 0.08, (1800, 4000), 0.08),
    "t": Sound((300, 1800, 2600), 0.0, 0.35, (2000, 4000), 0.03),
    "k": Sound((300, 1800, 2400), 0.0, 0.3, (1200, 2600), 0.03),
    "-": Sound((300, 1500, 2500), 0.0, 0.0, seconds=0.05),  # a stop closes, or nobody speaks
}
WORDS = {
    "zero": "z ih r ao uh",
    "one": "w ah n",
    "two": "- t uw",
    "three": "th r iy",
    "four": "f ao r",
    "five": "f aa ih v",
    "six": "s ih - k s",
    "seven": "s eh v uh n",
    "eight": "eh ih - t",
    "nine": "n aa ih n",
}


def spoken(words: list[str], draw: np.random.Generator) -> np.ndarray:
    """Some of WORDS by a speaker of their own, float64 (N,) in -1..1."""
    tempo, tract = draw.uniform(0.75, 1.3), draw.uniform(0.88, 1.15)
    sounds, seconds = [], []
    for word in ("", *words, ""):
        for name in WORDS[word].split() if word else ():
            sounds.append(SOUNDS[name])
            seconds.append(SOUNDS[name].seconds * draw.uniform(0.8, 1.25))
        sounds.append(SOUNDS["-"])  # between words, too
        seconds.append(draw.uniform(0.02, 0.15))
    track = _track(sounds, np.array(seconds) / tempo)  # (P, 7)
    track[:, :3] *= tract
    sound = _voice(track, draw) + _hiss(track, draw)
    sound *= draw.uniform(0.2, 0.7) / np.abs(sound).max()
    return np.asarray(sound + draw.normal(scale=draw.uniform(0.001, 0.02), size=len(sound)))


def _track(sounds: list[Sound], seconds: np.ndarray) -> np.ndarray:
    """Formants, voice, hiss and its band every 5 ms, (P, 7); they glide over some 30 ms."""
    each = np.array([(*s.formants, s.voice, s.hiss, *s.band) for s in sounds])
    points = np.maximum(1, np.round(seconds * RATE / HOP)).astype(int)
    track = np.repeat(each, points, axis=0)
    smooth = np.hanning(9)[1:-1] / np.hanning(9)[1:-1].sum()
    padded = np.pad(track, ((3, 3), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, smooth, "valid") for column in padded.T], axis=1)


def _voice(track: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """The harmonics k of a pitch that falls and trembles, each as loud as the formants say."""
    points = len(track)
    t = np.arange(points) / points
    tremble = np.convolve(draw.normal(size=points), np.ones(20) / 20, "same")
    pitch = draw.uniform(90, 230) * (1.1 - 0.2 * t + 0.06 * tremble)  # (P,)
    phase = 2 * np.pi * np.cumsum(np.repeat(pitch, HOP)) / RATE  # (P HOP,)
    sound = np.zeros(points * HOP)
    for k in range(1, int(RATE / 2 / pitch.min())):
        hertz = k * pitch
        near = (hertz[:, None] - track[:, :3]) / WIDTHS  # (P, 3)
        loud = (LOUDNESS / (1 + near**2)).sum(axis=1) * track[:, 3] * (hertz < RATE / 2 - 100)
        sound += np.repeat(loud, HOP) * np.sin(k * phase + k)
    return sound


def _hiss(track: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Noise in the band of each point, pieces of two points that overlap by one."""
    size = 2 * HOP
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    inside = (hertz >= track[:, 5:6]) & (hertz <= track[:, 6:7])  # (P, HOP + 1)
    spectrum = np.fft.rfft(draw.normal(size=(len(track), size))) * inside * track[:, 4:5]
    pieces = np.fft.irfft(spectrum, size) * np.hanning(size + 1)[:-1]  # (P, 2 HOP)
    sound = np.zeros((len(track) + 1, HOP))
    sound[:-1] += pieces[:, :HOP]
    sound[1:] += pieces[:, HOP:]
    return sound[:-1].reshape(-1)
