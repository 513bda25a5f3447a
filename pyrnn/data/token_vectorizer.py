"""Texts as the ids of a language model's tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from pyrnn.data.tokenizer import Tokenizer
from pyrnn.data.tokenizers import tokenizer_from_json
from pyrnn.data.vectorizer import Vectorizer


class TokenVectorizer(Vectorizer):
    """A text to the ids of a tokenizer, each two higher: row k of a language model's embedding is
    row k + 2 here.

    tokenizer: of a language model. What is unknown to it is its own unknown token where it has one,
    else id 1. Text is read as that model reads it, without a normalization.
    """

    kind = "tokens"

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer

    @property
    def unit_name(self) -> str:
        return self.tokenizer.unit

    @property
    def known(self) -> int:
        return self.tokenizer.size

    def encode(self, value: str) -> np.ndarray:
        # What has no id, -1, becomes unknown_id, 1
        return self.tokenizer.lookup(value) + self.reserved

    def _token(self, place: int) -> str:
        return self.tokenizer.token(place)

    def _text(self, places: Sequence[int]) -> str:
        parts = [""]
        for unknown, group in groupby(places, key=lambda place: place < 0):
            several = list(group)
            after = parts[-1][-1:]
            parts += ["\ufffd"] * len(several) if unknown else self.tokenizer.pieces(several, after)
        return "".join(parts)

    def __repr__(self) -> str:
        return f"TokenVectorizer({self.unit_name}, {self.size} ids)"

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "tokenizer": self.tokenizer.to_json()}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> TokenVectorizer:
        """The vectorizer that `to_json` wrote. Raises ValueError for anything else."""
        return cls(tokenizer_from_json(content["tokenizer"]))
