"""What every vectorizer does: a raw value to numbers, by what the training data taught."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from pyrnn.kernels.scalars import integer

RESERVED = ("<pad>", "<unk>", "<start>", "<end>")  # a text's own "<pad>" is another token


class Vectorizer(ABC):
    """A raw value to ids and back; it is fitted on training data alone and saved in the model.

    | id    | stands for                                                                  |
    |-------|-----------------------------------------------------------------------------|
    | 0     | padding                                                                     |
    | 1     | all tokens that the training data had not, or had too rarely                |
    | 2, 3  | with `marks`: the start and the end of a sequence that a model writes       |
    | then  | what the training data taught, `known` tokens                               |

    kind: its name in VECTORIZERS. marks: whether there are ids for start and end.
    """

    kind: ClassVar[str]
    padding_id: ClassVar[int] = 0
    unknown_id: ClassVar[int] = 1
    marks: bool = False

    @property
    @abstractmethod
    def unit_name(self) -> str:
        """The name of what a token is."""

    @property
    @abstractmethod
    def known(self) -> int:
        """The number of tokens that have an id of their own."""

    @property
    def reserved(self) -> int:
        """The number of ids before those of the known tokens: 2, and with `marks` 4."""
        return len(RESERVED) if self.marks else 2

    @property
    def size(self) -> int:
        """The number of different ids, V, padding and unknown among them."""
        return self.reserved + self.known

    @property
    def start_id(self) -> int | None:
        """The id of the start of a sequence; None without `marks`."""
        return 2 if self.marks else None

    @property
    def end_id(self) -> int | None:
        """The id of the end of a sequence; None without `marks`."""
        return 3 if self.marks else None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The smallest of uint8, uint16 and int32 that holds every id, for those who keep many of
        them; `encode` gives int64."""
        for dtype in (np.uint8, np.uint16):
            if self.size - 1 <= np.iinfo(dtype).max:
                return np.dtype(dtype)
        return np.dtype(np.int32)

    @abstractmethod
    def encode(self, value: Any) -> np.ndarray:
        """The ids of a value, int64 (N,), without start and end; N may be 0. Raises TypeError for
        a value of a wrong type; no value of the right one is an error.
        """

    def encode_all(self, values: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
        """The ids of many values, one behind the other, int64 (sum N_k,), and how many each has,
        int64 (N,). Raises as `encode`."""
        each = [self.encode(value) for value in values]
        every = np.concatenate(each) if each else np.zeros(0, np.int64)
        return every, np.array(list(map(len, each)), np.int64)

    def framed(self, ids: Sequence[int] | np.ndarray) -> np.ndarray:
        """The ids (N,) between start and end, int64 (N + 2,); what shortens a sequence comes first.

        Raises ValueError without `marks`.
        """
        if self.start_id is None or self.end_id is None:
            raise ValueError(f"marks: expected a vectorizer with start and end; got {self!r}")
        framed = np.empty(len(ids) + 2, np.int64)
        framed[0], framed[1:-1], framed[-1] = self.start_id, ids, self.end_id
        return framed

    def token(self, number: int) -> str:
        """A readable form of one id. Raises ValueError for one outside 0 ... size - 1."""
        number = integer("id", number, least=0, most=self.size - 1)
        return RESERVED[number] if number < self.reserved else self._token(number - self.reserved)

    def tokens(self, ids: Sequence[int]) -> tuple[str, ...]:
        """Readable forms of ids, as `token` gives them: all are looked up once, and then kept."""
        forms = self._forms
        try:
            if not ids or min(ids) >= 0:
                return tuple(map(forms.__getitem__, ids))
        except IndexError:
            pass
        return tuple(map(self.token, ids))  # it says which is wrong

    @cached_property
    def _forms(self) -> tuple[str, ...]:
        return tuple(map(self.token, range(self.size)))

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, up to what encoding dropped; padding, start and end are passed over.

        Raises ValueError for an id outside 0 ... size - 1.
        """
        reserved, unknown, last = self.reserved, self.unknown_id, self.size - 1
        numbers = [
            number
            if type(number) is int and 0 <= number <= last
            else integer("id", number, least=0, most=last)
            for number in ids
        ]
        return self._text(
            [
                number - reserved if number >= reserved else -1
                for number in numbers
                if number == unknown or number >= reserved
            ]
        )

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """What `vectorizer_from_json` reads: its kind, and all that it learnt."""

    @classmethod
    @abstractmethod
    def from_json(cls, content: dict[str, Any]) -> Vectorizer:
        """The vectorizer that `to_json` wrote. Raises ValueError for anything else."""

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickle and copy, which go the way of a model's file: not all that looks tokens up can
        be pickled, and what comes in is checked."""
        return type(self).from_json, (self.to_json(),)

    @abstractmethod
    def _token(self, place: int) -> str:
        """A readable form of the known token at a place, from 0."""

    @abstractmethod
    def _text(self, places: Sequence[int]) -> str:
        """The text of the known tokens at these places, -1 for one that is unknown."""
