"""Tokens and their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any

import numpy as np

from pyrnn.kernels.scalars import integer


class UnknownTokenError(ValueError):
    """A text holds a character or a word that the vocabulary does not."""


class NoTokenError(ValueError):
    """A vocabulary is to have no token at all."""


class Vocabulary:
    """A fixed list of distinct tokens; a token's id is its place in the list.

    tokens: the distinct tokens, at least one.
    unknown: the token that stands for all others, one of `tokens`; None (the default) means that a
        token outside the list is an error.
    Raises ValueError for an empty list, a repeated token, or an `unknown` that is not in the list,
    TypeError for a token that is no string.
    """

    def __init__(self, tokens: Sequence[str], unknown: str | None = None) -> None:
        self._tokens = tuple(tokens)
        for position, token in enumerate(self._tokens):
            if not isinstance(token, str):
                raise TypeError(
                    f"tokens: expected strings; got {type(token).__name__} {token!r} at position "
                    f"{position}"
                )
        self._ids = {token: number for number, token in enumerate(self._tokens)}
        if not self._tokens:
            raise NoTokenError("tokens: expected at least one token; got none")
        if len(self._ids) != len(self._tokens):
            repeated = next(token for token, n in Counter(self._tokens).items() if n > 1)
            raise ValueError(
                f"tokens: expected distinct tokens; got {repeated!r:.80} more than once"
            )
        if unknown is not None and unknown not in self._ids:
            raise ValueError(f"unknown: expected one of the tokens; got {unknown!r:.80}")
        self._unknown = unknown

    @classmethod
    def count(
        cls,
        tokens: Iterable[str],
        *,
        min_count: int = 1,
        max_vocabulary: int | None = None,
        unknown: str | None = None,
        reserved: Sequence[str] = (),
    ) -> Vocabulary:
        """The vocabulary of a text: its tokens by falling count, equal counts alphabetically.

        tokens: of the text; or how often each occurs, a Counter.
        The unknown token counts for itself and for all that it stands for: an adaptive softmax
        goes by these places.

        min_count: rarer tokens are left out; default 1.
        max_vocabulary: at most this many tokens, `unknown` and `reserved` included; default no
            limit.
        unknown: as in the constructor; added where the text does not hold it.
        reserved: tokens that are in whatever their count.
        Raises ValueError where `min_count` or `max_vocabulary` leave nothing.
        """
        if min_count < 1:
            raise ValueError(f"min_count: expected at least 1; got {min_count}")
        kept = list(dict.fromkeys(reserved if unknown is None else (*reserved, unknown)))
        counts = Counter(tokens)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        frequent = [token for token, n in ranked if n >= min_count and token not in kept]
        if max_vocabulary is not None:
            if max_vocabulary < max(1, len(kept)):
                raise ValueError(
                    f"max_vocabulary: expected at least {max(1, len(kept))}, the number of "
                    f"reserved tokens; got {max_vocabulary}"
                )
            frequent = frequent[: max_vocabulary - len(kept)]
        if unknown is not None:
            counts[unknown] += counts.total() - sum(counts[token] for token in (*kept, *frequent))
        chosen = sorted([*kept, *frequent], key=lambda token: (-counts[token], token))
        return cls(chosen, unknown)

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens, in the order of their ids."""
        return self._tokens

    @property
    def unknown(self) -> str | None:
        """The token that stands for all others, or None."""
        return self._unknown

    @property
    def unknown_id(self) -> int | None:
        """The id of `unknown`, or None."""
        return None if self._unknown is None else self._ids[self._unknown]

    def __len__(self) -> int:
        return len(self._tokens)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocabulary):
            return NotImplemented
        return (self._tokens, self._unknown) == (other._tokens, other._unknown)

    def __hash__(self) -> int:
        return hash((self._tokens, self._unknown))

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} tokens, unknown={self._unknown!r})"

    def id(self, token: str) -> int:
        """The id of one token. Raises UnknownTokenError where it has none."""
        number = self._ids.get(token, self.unknown_id)
        if number is None:
            raise UnknownTokenError(f"{token!r} is not in the vocabulary of {len(self)} tokens")
        return number

    def lookup(self, tokens: Sequence[str]) -> np.ndarray:
        """The ids of a sequence of N tokens, int64 (N,), with -1 for each that has none."""
        other = -1 if self.unknown_id is None else self.unknown_id
        return np.fromiter(map(self._ids.get, tokens, repeat(other)), np.int64, len(tokens))

    def ids(self, tokens: Sequence[str]) -> np.ndarray:
        """The ids of a sequence of N tokens, int64 (N,).

        Raises UnknownTokenError for the first token that has none, with its position from 0.
        """
        found = self.lookup(tokens)
        missing = np.flatnonzero(found < 0)
        if missing.size:
            place = int(missing[0])
            raise UnknownTokenError(
                f"{tokens[place]!r} at position {place} is not in the vocabulary of "
                f"{len(self)} tokens"
            )
        return found

    def token(self, number: int) -> str:
        """The token with this id. Raises ValueError for an id outside the list, TypeError for what
        is no integer."""
        return self._tokens[integer("id", number, least=0, most=len(self) - 1)]

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads: {"tokens": [...], "unknown": token or null}."""
        return {"tokens": list(self._tokens), "unknown": self._unknown}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Vocabulary:
        """The vocabulary that `to_json` wrote. Raises ValueError for anything else."""
        tokens, unknown = content["tokens"], content.get("unknown")
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            raise ValueError("tokens: expected a list of strings; got something else")
        if not isinstance(unknown, str | None):
            raise ValueError(f"unknown: expected one of the tokens or null; got {unknown!r:.80}")
        return cls(tokens, unknown)
