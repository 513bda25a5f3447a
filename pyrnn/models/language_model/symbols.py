"""A language model as the search for transcripts asks it: see `pyrnn.decoding.Language`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pyrnn.decoding.likeliest import likeliest
from pyrnn.models.language_model.reading import gather, read, step
from pyrnn.models.language_model.writing import prompt_ids

if TYPE_CHECKING:
    from pyrnn.models.language_model.model import LanguageModel

SHOWN = 5  # symbols in an error


class SymbolLanguage:
    """ln p of each of C - 1 symbols after those before, as a language model has it.

    model: of a text of such symbols: of characters, where they are characters. names: of the
        symbols, (C - 1,), in the order of the classes behind the blank, class 0.
    A text begins as behind a newline; where the model knows none, any symbol is as likely as the
    others at first. What the model knows besides has its share of the probability.

    Raises ValueError where the model lacks a symbol, naming the first of them.
    """

    def __init__(self, model: LanguageModel, names: Sequence[Any]) -> None:
        self._network, tokenizer = model.network, model.tokenizer
        known = {tokenizer.token(number): number for number in range(tokenizer.size)}
        lacking = [name for name in names if str(name) not in known]
        if lacking:
            first = ", ".join(repr(name) for name in lacking[:SHOWN])
            more = f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
            raise ValueError(
                f"language: expected a model that knows the transcriber's {len(names)} symbols; "
                f"one of {model.units} does not know {first}{more}"
            )
        self._tokens = np.array([known[str(name)] for name in names], np.int64)  # (C - 1,)
        self._has_newline = tokenizer.newline_id is not None
        first_ids = prompt_ids(tokenizer, "") if self._has_newline else self._tokens[:1]
        logits, self._state = read(self._network, first_ids)
        self._begun = self._log_p(logits)  # (1, C)
        if not self._has_newline:
            self._begun[:] = -np.log(tokenizer.size)
            self._state = _zeros(self._state)

    def begin(self, count: int) -> tuple[np.ndarray, Any]:
        """See `pyrnn.decoding.Language`."""
        rows = np.zeros(count, np.int64)
        return self._begun[rows], gather(self._state, rows)

    def step(self, symbols: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
        """See `pyrnn.decoding.Language`."""
        logits, state = step(self._network, self._tokens[symbols - 1], state)
        return self._log_p(logits), state

    @staticmethod
    def gather(state: Any, rows: np.ndarray) -> Any:
        """See `pyrnn.decoding.Language`."""
        return gather(state, rows)

    @staticmethod
    def join(one: Any, other: Any) -> Any:
        """See `pyrnn.decoding.Language`."""
        if isinstance(one, tuple):
            return tuple(map(SymbolLanguage.join, one, other))
        return np.concatenate([np.asarray(one), np.asarray(other)], axis=1)

    def _log_p(self, logits: np.ndarray) -> np.ndarray:
        """ln p of the classes, float64 (N, C), the blank's 0, from logits (N, V)."""
        _, _, norms = likeliest(logits, 1)
        log_p = np.zeros((len(logits), 1 + len(self._tokens)))
        log_p[:, 1:] = logits[:, self._tokens] - norms[:, None]
        return log_p


def _zeros(state: Any) -> Any:
    """The state at the beginning, shaped as another."""
    if isinstance(state, tuple):
        return tuple(map(_zeros, state))
    return np.zeros_like(np.asarray(state))
