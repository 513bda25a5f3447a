"""A small contest on a clock that the test turns by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pyrnn.comparison import Contest
from pyrnn.data import split_text
from pyrnn.models import LanguageModelConfig
from pyrnn.training import TrainingOptions

TEXT = "the cat sat on the mat. the dog ate the cat. the mat was red.\n" * 20


class Clock:
    """One second at each look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def contest() -> Callable[..., Contest]:
    """contest("gru", "lstm", max_steps=9, ...): models of 6 units on TEXT."""

    def make(*cells: str, clock: Callable[[], float] | None = None, **options: Any) -> Contest:
        parts = split_text(TEXT, (0.8, 0.2, 0.0))
        configs = {cell: LanguageModelConfig(cell=cell, hidden_size=6) for cell in cells}
        tokenizer = configs[cells[0]].tokenizer(TEXT)
        chosen = TrainingOptions(**{"batch_size": 2, "steps": 8, **options})
        return Contest(tokenizer, configs, parts, chosen, clock or Clock())

    return make
