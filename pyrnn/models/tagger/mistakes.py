"""The steps whose labels a tagger got wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pyrnn.models.report import Mistake
from pyrnn.models.sequence.model import SHOWN
from pyrnn.models.tagger.tags import Tags

AROUND = 3  # words on either side of one in a report


def mistakes(
    tags: Tags, number: int, given: Any, truth: np.ndarray, said: np.ndarray, p: np.ndarray
) -> Iterator[Mistake]:
    """Those of one sequence.

    number: which one it is. given: its words or frames. truth, said: the numbers of the labels that
    are right and of those that were said, int64 (N,). p: of each label, (N or more, C).
    """
    right, wrong = tags.given(truth), tags.given(said)
    for step in np.flatnonzero(truth != said).tolist():
        probabilities = float(p[step, truth[step]]), float(p[step, said[step]])
        yield Mistake(number, shown_at(given, step), right[step], wrong[step], *probabilities)


def shown_at(given: Sequence[Any], step: int) -> str:
    """A step of a sequence in a report: a word among its neighbours."""
    if not isinstance(given[step], str):
        return f"step {step} of {len(given)}"
    before, after = given[max(0, step - AROUND) : step], given[step + 1 : step + 1 + AROUND]
    return " ".join([*before, f"[{given[step]}]", *after])[:SHOWN]
