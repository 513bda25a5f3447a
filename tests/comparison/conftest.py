"""A small comparison on a clock that the test turns by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pyrnn.comparison import Comparison
from pyrnn.models import LanguageModel, SequenceClassifier, SequenceRegressor

TEXT = "the cat sat on the mat. the dog ate the cat. the mat was red.\n" * 20
TEXTS = [f"{word} and {word}" for word in TEXT.split()]
LABELS = ["a" if "a" in word else "none" for word in TEXT.split()]

# A family: its data, and options with which it learns something
FAMILIES: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {
    "lm": (LanguageModel, (TEXT,), {"batch_size": 2, "bptt": 8}),
    "classify": (SequenceClassifier, (TEXTS, LABELS), {"batch_size": 4}),
    "regress": (SequenceRegressor, (TEXTS, [len(text) for text in TEXTS]), {"batch_size": 4}),
}


def monitors_of(family: str) -> Mapping[str, str]:
    """What a family's runs on its data may be monitored by."""
    model, data, _ = FAMILIES[family]
    return model(hidden_size=4).for_data(*data).monitored()


class Clock:
    """One second at each look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def comparison() -> Callable[..., Comparison]:
    """comparison("gru", "lstm", max_steps=9, ...): models of 6 units on TEXT."""

    def make(
        *cells: str,
        family: str = "lm",
        valid: Any = 0.2,
        clock: Callable[[], float] | None = None,
        **options: Any,
    ) -> Comparison:
        model, data, settings = FAMILIES[family]
        models = {cell: model(cell=cell, hidden_size=6) for cell in cells}
        chosen = model.Options(**{**settings, **options})
        return Comparison(models, data, valid, chosen, clock or Clock())

    return make
