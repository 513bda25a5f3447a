"""What every vectorizer does: a raw value to numbers, by what the training data taught."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np


class Vectorizer(ABC):
    """A raw value to ids and back; it is fitted on training data alone and saved in the model.

    kind: its name in VECTORIZERS. padding_id: never stands for a token. unknown_id: stands for all
    tokens that the training data had not, or had too rarely.
    """

    kind: ClassVar[str]
    padding_id: ClassVar[int] = 0
    unknown_id: ClassVar[int] = 1

    @property
    @abstractmethod
    def size(self) -> int:
        """The number of different ids, V, padding and unknown among them."""

    @abstractmethod
    def encode(self, value: Any) -> np.ndarray:
        """The ids of a value, int64 (N,); N may be 0. Raises TypeError for a value of a wrong type;
        no value of the right one is an error.
        """

    @abstractmethod
    def token(self, number: int) -> str:
        """A readable form of one id. Raises ValueError for one outside 0 ... size - 1."""

    @abstractmethod
    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, up to what encoding dropped; padding is passed over."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """What `vectorizer_from_json` reads: its kind, and all that it learnt."""
