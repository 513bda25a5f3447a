"""Whether two libraries computed the same. Nothing is timed before this has been shown.

The difference of two arrays is  max |a - b| / max |b|:  relative to the array's largest element,
because single elements of a gradient cancel to almost nothing, and any order of summation is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

Results = Mapping[str, np.ndarray]


class DisagreementError(AssertionError):
    """Two contestants computed different things: comparing their times would mean nothing."""


class Difference(NamedTuple):
    """The largest difference among all results, and where it is."""

    worst: float
    of: str

    def to_json(self) -> dict[str, Any]:
        return {"worst": float(f"{self.worst:.2g}"), "of": self.of}


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """max |ours - theirs| / max |theirs|; infinite where one holds nan or the shapes differ."""
    if ours.shape != theirs.shape:
        return float("inf")
    error = float(np.max(np.abs(ours - theirs), initial=0.0))
    scale = float(np.max(np.abs(theirs), initial=0.0))
    relative = error / scale if scale else (0.0 if error == 0.0 else float("inf"))
    return relative if np.isfinite(relative) else float("inf")


def require_agreement(
    ours: Results, theirs: Results, tolerance: float, rival: str, names: frozenset[str]
) -> Difference:
    """The largest difference between our results and a rival's.

    names: what the rival must have computed; what it has beyond that is compared too. Raises
    DisagreementError where something is missing or a difference is above the tolerance.
    """
    missing = sorted(names - theirs.keys()) + sorted(theirs.keys() - ours.keys())
    if missing or not theirs:
        raise DisagreementError(f"{rival}: not computed by both: {', '.join(missing) or 'all'}")
    worst = max(Difference(difference(ours[name], theirs[name]), name) for name in theirs)
    if not worst.worst <= tolerance:
        raise DisagreementError(
            f"{rival}: {worst.of} differs by {worst.worst:.3g} of its largest element; "
            f"the tolerance is {tolerance:.3g}"
        )
    return worst


def compare_losses(
    ours: Sequence[float], theirs: Sequence[float], tolerance: float, rival: str
) -> dict[str, Any]:
    """The worst relative difference of two curves, and where: one loss for each step.

    Raises DisagreementError where one is above the tolerance or no number.
    """
    differences = [abs(a - b) / abs(b) for a, b in zip(ours, theirs, strict=True)]
    finite = np.isfinite(differences)
    worst = int(np.argmax(np.where(finite, differences, np.inf)))
    if not differences[worst] <= tolerance:
        raise DisagreementError(
            f"{rival}: the loss of step {worst + 1} is {theirs[worst]:.6f} and ours is "
            f"{ours[worst]:.6f}, {differences[worst]:.2g} off; the tolerance is {tolerance:.0e}"
        )
    return {
        "steps": len(differences),
        "tolerance": tolerance,
        "worst_difference": float(f"{differences[worst]:.2g}"),
        "at_step": worst + 1,
        "first": {"pyrnn": ours[0], rival: theirs[0]},
        "last": {"pyrnn": ours[-1], rival: theirs[-1]},
    }
