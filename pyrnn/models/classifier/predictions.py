"""What a classifier says of one input."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ClassPrediction:
    """One label.

    label: the likeliest. probability: of it. probabilities: of all labels.
    """

    label: Any
    probability: float
    probabilities: Mapping[Any, float]

    def __str__(self) -> str:
        return str(self.label)

    def to_json(self) -> dict[str, Any]:
        """All of it by name; the labels that are keys become text, as JSON spells them."""
        return {
            "label": self.label,
            "probability": self.probability,
            "probabilities": {spelled(label): p for label, p in self.probabilities.items()},
        }


@dataclass(frozen=True)
class LabelsPrediction:
    """Several labels, or none.

    labels: those that are likely enough. probabilities: of all labels, each by itself.
    """

    labels: tuple[Any, ...]
    probabilities: Mapping[Any, float]

    def __str__(self) -> str:
        return ", ".join(map(str, self.labels))

    def to_json(self) -> dict[str, Any]:
        """All of it by name."""
        return {
            "labels": list(self.labels),
            "probabilities": {spelled(label): p for label, p in self.probabilities.items()},
        }


def spelled(label: Any) -> str:
    """A label as text, numbers and truth values as JSON has them."""
    return label if isinstance(label, str) else json.dumps(label)
