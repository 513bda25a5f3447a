"""A text as a vectorizer reads it: one spelling of each character, lower case where asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

import numpy as np

UnicodeForm = Literal["NFC", "NFD", "NFKC", "NFKD"]
UNICODE_FORMS: tuple[UnicodeForm, ...] = get_args(UnicodeForm)
NORMALIZATIONS = (*UNICODE_FORMS, "none")
LONG = 2048  # characters of a text, and marks in a row in it, from which on they are sorted


@dataclass(frozen=True)
class TextForm:
    """What is done to a text before it is cut into tokens.

    normalization: the Unicode form (UAX #15). "NFC" (default): a letter and its accent are one
        character where there is one, so that text from different keyboards and systems is the
        same; "NFD": they are two; "NFKC", "NFKD": beside that, ligatures, full-width letters,
        superscripts and the like become plain ones; "none": text stays as it is.
    lowercase: whether text is lower-cased; default no.
    Raises ValueError for another normalization, TypeError for a `lowercase` that is no truth value.

    Text is normalized, lower-cased, and normalized where lower-casing undid that (a capital I with
    a dot above becomes two characters, whose order with a mark behind them may be another), so a
    text in its form has itself for its form.
    """

    normalization: str = "NFC"
    lowercase: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.normalization, str) or self.normalization not in NORMALIZATIONS:
            raise ValueError(
                f"normalization: expected one of {', '.join(NORMALIZATIONS)}; got "
                f"{self.normalization!r:.80}"
            )
        object.__setattr__(self, "lowercase", truth("lowercase", self.lowercase))

    def with_choices(self, normalization: str | None, lowercase: bool | None) -> TextForm:
        """This form with what is chosen otherwise; None: as here."""
        return TextForm(
            self.normalization if normalization is None else normalization,
            self.lowercase if lowercase is None else lowercase,
        )

    def of(self, text: str) -> str:
        """The text in this form."""
        if text.isascii():  # which is in all four forms
            return text.lower() if self.lowercase else text
        text = self._normalized(text)
        return self._normalized(text.lower()) if self.lowercase else text

    def of_each(self, texts: Iterable[str]) -> Iterator[str]:
        """The texts in this form, one by one. Raises TypeError for one that is none."""
        if isinstance(texts, str):
            raise TypeError(f"texts: expected a list of texts; got one, {texts!r:.80}")
        for place, text in enumerate(texts):
            if not isinstance(text, str):
                raise TypeError(
                    f"texts: expected strings; got {type(text).__name__} {text!r:.80} at position "
                    f"{place}"
                )
            yield self.of(text)

    def _normalized(self, text: str) -> str:
        form = next((form for form in UNICODE_FORMS if form == self.normalization), None)
        if form is None:
            return text
        apart: UnicodeForm = "NFKD" if "K" in form else "NFD"
        if len(text) >= LONG and not _marks(apart).isdisjoint(text):
            text = _many_marks(apart).sub(lambda run: _in_order(run[0], apart), text)
        # It first looks whether the text is in this form already, and then gives it back itself
        return unicodedata.normalize(form, text)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads: {"normalization": ..., "lowercase": ...}."""
        return {"normalization": self.normalization, "lowercase": self.lowercase}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> TextForm:
        """The form among the entries of a vectorizer. Models from before there was a normalization
        have no entry for it, and none. Raises ValueError for other values, KeyError without
        "lowercase"."""
        lowercase = content["lowercase"]
        if not isinstance(lowercase, bool):
            raise ValueError(f"lowercase: expected true or false; got {lowercase!r:.80}")
        return cls(content.get("normalization", "none"), lowercase)


def truth(name: str, value: Any) -> bool:
    """`value` as Python's bool. Raises TypeError for what is no truth value."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: expected True or False; got {type(value).__name__} {value!r:.80}")
    return bool(value)


def _in_order(marks: str, apart: UnicodeForm) -> str:
    """Thousands of marks in a row in canonical order: equivalent text.

    `normalize` sorts them by insertion, which takes 1 s for 40,000 marks and grows with the square.
    apart: the form in which each mark is one character.
    """
    single = (part for mark in marks for part in unicodedata.normalize(apart, mark))
    return "".join(sorted(single, key=unicodedata.combining))


@cache
def _marks(apart: UnicodeForm) -> frozenset[str]:
    """The characters that normalization may bring into another order."""
    points = map(chr, (*range(0x300, 0xD800), *range(0xF900, 0x20000)))  # no later plane has any
    return frozenset(
        point for point in points if unicodedata.combining(unicodedata.normalize(apart, point)[0])
    )


@cache
def _many_marks(apart: UnicodeForm) -> re.Pattern[str]:
    return re.compile(f"[{''.join(sorted(_marks(apart)))}]{{{LONG},}}")
