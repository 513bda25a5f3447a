"""Texts as ids, by the vocabulary of the training texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pyrnn.data.text_form import TextForm, truth
from pyrnn.data.tokenizer import expect_text
from pyrnn.data.units import UNITS, Unit
from pyrnn.data.vectorizer import Vectorizer
from pyrnn.data.vocabulary import NoTokenError, Vocabulary
from pyrnn.kernels.scalars import integer


class TextVectorizer(Vectorizer):
    """A text to the ids of its tokens, which are those of a vocabulary.

    unit: how text is cut, see units.py. vocabulary: the known tokens, without an unknown one.
    form: what is done to a text first; default None, the unit's own.
    marks: whether there are ids for start and end; default no.
    Raises ValueError for a vocabulary that is not of this unit, and for another form than its own
    where the unit reads text as it is.
    """

    kind = "text"

    def __init__(
        self, unit: Unit, vocabulary: Vocabulary, form: TextForm | None = None, marks: bool = False
    ) -> None:
        if vocabulary.unknown is not None:
            raise ValueError(
                f"vocabulary: expected one without an unknown token; got {vocabulary.unknown!r:.80}"
            )
        self.unit = unit
        self.vocabulary = vocabulary
        self.form = unit.checked_form(unit.form if form is None else form)
        self.marks = truth("marks", marks)
        self._lookup = unit.lookup(vocabulary)

    @classmethod
    def fit(
        cls,
        texts: Iterable[str],
        *,
        unit: str = "words",
        min_count: int = 1,
        max_vocabulary: int | None = None,
        normalization: str | None = None,
        lowercase: bool | None = None,
        pattern: str | None = None,
        marks: bool = False,
    ) -> TextVectorizer:
        """The vectorizer of training texts. Tokens are numbered by falling count, equal counts by
        code points: the order of the texts does not matter.

        unit: a name in UNITS; default "words". pattern: of the tokens, with unit="regex"; it meets
            text that is normalized and lower-cased.
        min_count: rarer tokens are unknown; default 1.
        max_vocabulary: the most frequent so many tokens are known, reserved ids not counted;
            default None, all.
        normalization: the Unicode form, see `TextForm`; default None, what the unit does: "NFC",
            and "none" for bytes, which are read as they are.
        lowercase: default None, what the unit does: yes for words and regex, no for characters.
        marks: whether ids for start and end are reserved; default no.
        Raises TypeError for a text that is none, ValueError for other options than these, and where
            no token is left.
        """
        if unit not in UNITS:
            raise ValueError(f"unit: expected one of {', '.join(UNITS)}; got {unit!r:.80}")
        min_count = integer("min_count", min_count, least=1)
        if max_vocabulary is not None:
            max_vocabulary = integer("max_vocabulary", max_vocabulary, least=1)
        cut = UNITS[unit](pattern)
        form = cut.checked_form(cut.form.with_choices(normalization, lowercase))
        marks = truth("marks", marks)
        try:
            vocabulary = cut.count(
                form.of_each(texts), min_count=min_count, max_vocabulary=max_vocabulary
            )
        except NoTokenError as error:
            raise ValueError(
                f"texts: expected at least one token (unit={unit!r}"
                + (f", pattern={pattern!r}" if pattern is not None else "")
                + (", of lower-cased text" if form.lowercase else "")
                + (f", min_count={min_count}" if min_count > 1 else "")
                + "); got none"
            ) from error
        return cls(cut, vocabulary, form, marks)

    @property
    def unit_name(self) -> str:
        return self.unit.name

    @property
    def known(self) -> int:
        return len(self.vocabulary)

    def encode(self, value: str) -> np.ndarray:
        return self._ids(self._lookup(self.form.of(expect_text(value))))

    def encode_all(self, values: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        texts = [self.form.of(expect_text(value)) for value in values]
        places, lengths = self.unit.lookup_all(self.vocabulary, self._lookup, texts)
        return self._ids(places), np.array(lengths, np.int64)

    def _ids(self, places: np.ndarray) -> np.ndarray:
        """Of places in the vocabulary, -1 for what has none."""
        reserved = self.reserved
        places += reserved
        if reserved - 1 != self.unknown_id:  # as it is without marks
            places[places < reserved] = self.unknown_id
        return places

    def _token(self, place: int) -> str:
        return self.unit.readable(self.vocabulary.tokens[place])

    def _text(self, places: Sequence[int]) -> str:
        tokens = self.vocabulary.tokens
        return self.unit.join(self.unit.unknown if place < 0 else tokens[place] for place in places)

    def __repr__(self) -> str:
        return f"TextVectorizer({self.unit.name}, {self.size} ids, {self.form})"

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "unit": self.unit.name,
            "pattern": self.unit.pattern,
            **self.form.to_json(),
            "marks": self.marks,
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
            form, marks = TextForm.from_json(content), truth("marks", content.get("marks", False))
        except TypeError as error:
            raise ValueError(str(error)) from error
        return cls(cut, Vocabulary.from_json({"tokens": content["tokens"]}), form, marks)
