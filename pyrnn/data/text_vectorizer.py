"""Texts as ids, by the vocabulary of the training texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from pyrnn.data.tokenizer import expect_text
from pyrnn.data.units import UNITS, Unit
from pyrnn.data.vectorizer import Vectorizer
from pyrnn.data.vocabulary import NoTokenError, Vocabulary
from pyrnn.kernels.scalars import integer

SPECIAL = ("<pad>", "<unk>")  # ids 0 and 1; a text's own "<pad>" is another token


class TextVectorizer(Vectorizer):
    """A text to the ids of its tokens: 0 padding, 1 unknown, from 2 on the vocabulary.

    unit: how text is cut, see units.py. vocabulary: the known tokens, without an unknown one.
    lowercase: whether text is lower-cased first.
    Raises ValueError for a vocabulary that is not of this unit.
    """

    kind = "text"

    def __init__(self, unit: Unit, vocabulary: Vocabulary, lowercase: bool) -> None:
        if vocabulary.unknown is not None:
            raise ValueError(
                f"vocabulary: expected one without an unknown token; got {vocabulary.unknown!r:.80}"
            )
        self.unit = unit
        self.vocabulary = vocabulary
        self.lowercase = _lowercase(unit, lowercase)
        self._lookup = unit.lookup(vocabulary)

    @classmethod
    def fit(
        cls,
        texts: Iterable[str],
        *,
        unit: str = "words",
        min_count: int = 1,
        max_vocabulary: int | None = None,
        lowercase: bool | None = None,
        pattern: str | None = None,
    ) -> TextVectorizer:
        """The vectorizer of training texts. Tokens are numbered by falling count, equal counts by
        code points: the order of the texts does not matter.

        unit: a name in UNITS; default "words". pattern: of the tokens, with unit="regex".
        min_count: rarer tokens are unknown; default 1.
        max_vocabulary: the most frequent so many tokens are known, padding and unknown not counted;
            default None, all.
        lowercase: default None, what the unit does: yes for words and regex, no for characters.
        Raises TypeError for a text that is none, ValueError for other options than these, and where
            no token is left.
        """
        if unit not in UNITS:
            raise ValueError(f"unit: expected one of {', '.join(UNITS)}; got {unit!r:.80}")
        min_count = integer("min_count", min_count, least=1)
        if max_vocabulary is not None:
            max_vocabulary = integer("max_vocabulary", max_vocabulary, least=1)
        cut = UNITS[unit](pattern)
        lower = _lowercase(cut, lowercase)
        counted = _lowered(_checked(texts), lower)
        try:
            vocabulary = cut.count(counted, min_count=min_count, max_vocabulary=max_vocabulary)
        except NoTokenError as error:
            raise ValueError(
                f"texts: expected at least one token (unit={unit!r}"
                + (f", pattern={pattern!r}" if pattern is not None else "")
                + (", of lower-cased text" if lower else "")
                + (f", min_count={min_count}" if min_count > 1 else "")
                + "); got none"
            ) from error
        return cls(cut, vocabulary, lower)

    @property
    def size(self) -> int:
        return len(SPECIAL) + len(self.vocabulary)

    def encode(self, value: str) -> np.ndarray:
        text = expect_text(value)
        # What has no place, -1, becomes unknown_id, 1
        return self._lookup(text.lower() if self.lowercase else text) + len(SPECIAL)

    def token(self, number: int) -> str:
        number = integer("id", number, least=0, most=self.size - 1)
        return SPECIAL[number] if number < len(SPECIAL) else self._known(number)

    def decode(self, ids: Iterable[int]) -> str:
        numbers = [integer("id", number, least=0, most=self.size - 1) for number in ids]
        return self.unit.join(
            self.unit.unknown if number == self.unknown_id else self._known(number)
            for number in numbers
            if number != self.padding_id
        )

    def _known(self, number: int) -> str:
        return self.vocabulary.tokens[number - len(SPECIAL)]

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickle and copy, which have no way with the unit's lookup."""
        return type(self).from_json, (self.to_json(),)

    def __repr__(self) -> str:
        return f"TextVectorizer({self.unit.name}, {self.size} ids, lowercase={self.lowercase})"

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "unit": self.unit.name,
            "pattern": self.unit.pattern,
            "lowercase": self.lowercase,
            "tokens": list(self.vocabulary.tokens),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> TextVectorizer:
        """The vectorizer that `to_json` wrote. Raises ValueError for anything else."""
        unit, pattern = content["unit"], content.get("pattern")
        if not isinstance(unit, str) or unit not in UNITS:
            raise ValueError(f"unit: expected one of {', '.join(UNITS)}; got {unit!r:.80}")
        try:
            cut = UNITS[unit](pattern)
        except TypeError as error:
            raise ValueError(str(error)) from error
        lowercase = content["lowercase"]
        if not isinstance(lowercase, bool):
            raise ValueError(f"lowercase: expected true or false; got {lowercase!r:.80}")
        return cls(cut, Vocabulary.from_json({"tokens": content["tokens"]}), lowercase)


def _lowercase(unit: Unit, lowercase: bool | None) -> bool:
    if lowercase is None:
        return bool(unit.lowercase)
    if not isinstance(lowercase, bool | np.bool_):
        raise TypeError(
            f"lowercase: expected True or False; got {type(lowercase).__name__} {lowercase!r:.80}"
        )
    if lowercase and unit.lowercase is None:
        raise ValueError(f"lowercase: expected False with unit={unit.name!r}; got True")
    return bool(lowercase)


def _lowered(texts: Iterable[str], lowercase: bool) -> Iterable[str]:
    return map(str.lower, texts) if lowercase else texts


def _checked(texts: Iterable[str]) -> Iterator[str]:
    if isinstance(texts, str):
        raise TypeError(f"texts: expected a list of texts; got one, {texts!r:.80}")
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(
                f"texts: expected strings; got {type(text).__name__} {text!r:.80} at position "
                f"{place}"
            )
        yield text
