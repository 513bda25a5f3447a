"""Small sets to learn from, each with test data apart: what a run at the defaults has to cope with.

Drawn anew for each seed from sets that are known, or made up. Labels of the test data that a draw
does not have are left out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.quality.imdb import DATA_FILE, Imdb
from benchmarks.quality.tasks.engines import CAP
from benchmarks.quality.tasks.engines import engines as cycles
from benchmarks.quality.tasks.vowels import TEST_COUNTS, utterances
from pyrnn.models import SequenceClassifier, SequenceRegressor

TESTED = 1000  # examples at most
LANGUAGES = ("English", "French", "German", "Italian", "Japanese", "Russian", "Spanish", "Arabic")


class Part(NamedTuple):
    """Inputs (N,) and a target for each."""

    inputs: Sequence[Any]
    targets: Sequence[Any]

    def some(self, numbers: np.ndarray) -> Part:
        """Those of these numbers, int (M,)."""
        return Part([self.inputs[k] for k in numbers], [self.targets[k] for k in numbers])


class Problem(NamedTuple):
    """What to learn, on what it is tested, and what a model of it is told beside the data."""

    model: Callable[..., Any]
    train: Part
    test: Part
    config: dict[str, Any]


def drawn(every: Part, rest: Part | None, count: int, seed: int, **config: Any) -> Problem:
    """So many examples to learn from; those that are left, or the rest, to be tested on."""
    order = np.random.default_rng(seed).permutation(len(every.inputs))
    train = every.some(order[:count])
    test = every.some(order[count : count + TESTED]) if rest is None else rest
    known = set(train.targets)
    seen = np.array([k for k, label in enumerate(test.targets) if label in known])
    return Problem(SequenceClassifier, train, test.some(seen), config)


def vowels(folder: Path, count: int, seed: int) -> Problem:
    """Japanese Vowels: nine speakers, 7 to 29 frames of 12 numbers."""
    train = Part(_utterances(folder / "ae.train"), np.repeat(np.arange(9), 30).tolist())
    test = Part(_utterances(folder / "ae.test"), np.repeat(np.arange(9), TEST_COUNTS).tolist())
    return drawn(train, test, count, seed)


_utterances = cache(utterances)


def promoters(folder: Path, count: int, seed: int) -> Problem:
    """Promoters: 57 letters of DNA, of which half promote; tested on those that are left of 106."""
    rows = [line.split(",") for line in (folder / "promoters.data").read_text().splitlines()]
    every = Part([sequence.strip() for *_, sequence in rows], [label for label, *_ in rows])
    return drawn(every, None, count, seed, unit="characters")


def names(folder: Path, count: int, seed: int) -> Problem:
    """Names of eight languages, as many of each as there are in the set."""
    found = [(folder / f"{each}.txt").read_text(encoding="utf-8").split("\n") for each in LANGUAGES]
    pairs = {name: label for label, some in zip(LANGUAGES, found, strict=True) for name in some}
    pairs.pop("", None)
    return drawn(Part(list(pairs), list(pairs.values())), None, count, seed, unit="characters")


def imdb(folder: Path, count: int, seed: int) -> Problem:
    """IMDB's reviews."""
    reviews = _reviews(folder / Path(DATA_FILE).name)
    order = np.random.default_rng(seed).permutation(len(reviews.test.texts))[: TESTED // 2]
    return drawn(Part(*reviews.train), Part(*reviews.test).some(order), count, seed)


@cache
def _reviews(path: Path) -> Imdb:
    return Imdb.read(path)


def curves(folder: Path, count: int, seed: int) -> Problem:
    """Sines and sawtooths of 50 steps, one to three periods, with as much noise."""
    draw = np.random.default_rng(seed)
    kinds = draw.integers(2, size=count + TESTED)
    phase = draw.uniform(1, 3, (len(kinds), 1)) * np.arange(50) / 50 + draw.uniform(
        size=(len(kinds), 1)
    )
    clean = np.where(kinds[:, None], 2 * (phase % 1) - 1, np.sin(2 * np.pi * phase))
    noisy = clean + 0.5 * draw.standard_normal(clean.shape)
    every = Part(noisy, ["sawtooth" if kind else "sine" for kind in kinds])
    return drawn(every, None, count, seed)


def sums(folder: Path, count: int, seed: int) -> Problem:
    """The sum of 5 to 30 numbers between 0 and 1."""
    draw = np.random.default_rng(seed)
    every = [draw.uniform(size=n) for n in draw.integers(5, 31, size=count + TESTED)]
    totals = [float(each.sum()) for each in every]
    train, test = Part(every[:count], totals[:count]), Part(every[count:], totals[count:])
    return Problem(SequenceRegressor, train, test, {})


def engines(folder: Path, count: int, seed: int) -> Problem:
    """C-MAPSS FD001: cycles left, at most 125, at every step; tested at the last."""
    rows, tested = (_rows(folder / f"{part}_FD001.txt.gz") for part in ("train", "test"))
    left = np.minimum(np.loadtxt(folder / "RUL_FD001.txt"), CAP)
    every = Part(rows, [np.minimum(np.arange(len(r))[::-1, None], CAP) for r in rows])
    order = np.random.default_rng(seed).permutation(len(rows))[:count]
    return Problem(SequenceRegressor, every.some(order), Part(tested, left.tolist()), {})


@cache
def _rows(path: Path) -> list[np.ndarray]:
    return [np.array(rows, np.float64)[:, 2:] for rows in cycles(path)]


# a name, what draws it, the folder of its data, and how many examples it draws
SETS: dict[str, tuple[Callable[[Path, int, int], Problem], str, int]] = {
    "vowels-60": (vowels, "japanese-vowels", 60),
    "vowels-270": (vowels, "japanese-vowels", 270),
    "promoters-80": (promoters, "promoters", 80),
    "names-60": (names, "names", 60),
    "names-300": (names, "names", 300),
    "names-3000": (names, "names", 3000),
    "imdb-60": (imdb, "imdb", 60),
    "imdb-500": (imdb, "imdb", 500),
    "curves-60": (curves, "", 60),
    "sums-60": (sums, "", 60),
    "sums-600": (sums, "", 600),
    "engines-100": (engines, "cmapss", 100),
}


def problem(name: str, data: Path, seed: int) -> Problem:
    """The problem of this name, drawn by a seed, out of the folder of all data."""
    draw, folder, count = SETS[name]
    return draw(data / folder, count, seed)
