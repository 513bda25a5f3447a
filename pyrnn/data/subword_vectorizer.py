"""Texts as ids of pieces of words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pyrnn.data.byte_pairs import BYTES, BytePairs
from pyrnn.data.text_form import TextForm, truth
from pyrnn.data.tokenizer import expect_text
from pyrnn.data.vectorizer import Vectorizer
from pyrnn.kernels.scalars import integer

SUBWORDS = "subwords"
PIECES = 8000


class SubwordVectorizer(Vectorizer):
    """A text to the ids of its byte-level subwords, see byte_pairs.py.

    pairs: the pieces. form: what is done to a text first. marks: whether there are ids for start
    and end; default no.

    Frequent words are one piece, rare ones several; the blank before a word is part of it. No
    character is unknown, since all bytes are pieces: `decode` gives the text back in its form.
    """

    kind = SUBWORDS

    def __init__(self, pairs: BytePairs, form: TextForm, marks: bool = False) -> None:
        self.pairs, self.form, self.marks = pairs, form, truth("marks", marks)

    @classmethod
    def fit(
        cls,
        texts: Iterable[str],
        *,
        min_count: int = 1,
        max_vocabulary: int | None = None,
        normalization: str | None = None,
        lowercase: bool | None = None,
        pattern: str | None = None,
        marks: bool = False,
    ) -> SubwordVectorizer:
        """The vectorizer of training texts, whose order does not matter.

        min_count: a pair of pieces becomes one where it stands so often; default 1, taken as 2:
            what stands once stays in pieces.
        max_vocabulary: pieces, at most, reserved ids not counted and the 256 bytes counted;
            default None, 8000.
        normalization, lowercase: see `TextForm`; default "NFC", no. marks: as in the constructor.
        pattern: None.
        Raises ImportError without the tokenizers library, TypeError for a text that is none,
        ValueError for other options than these.
        """
        if pattern is not None:
            raise ValueError(f"pattern: expected None with unit={SUBWORDS!r}; got {pattern!r:.80}")
        least = integer("min_count", min_count, least=1)
        most = PIECES if max_vocabulary is None else max_vocabulary
        size = integer("max_vocabulary", most, least=BYTES)
        form = TextForm().with_choices(normalization, lowercase)
        marks = truth("marks", marks)
        return cls(BytePairs.train(form.of_each(texts), size=size, min_count=least), form, marks)

    @property
    def unit_name(self) -> str:
        return SUBWORDS

    @property
    def known(self) -> int:
        return len(self.pairs.pieces)

    def encode(self, value: str) -> np.ndarray:
        ids = self.pairs.numbers(self.form.of(expect_text(value)))
        ids += self.reserved
        return ids

    def _token(self, place: int) -> str:
        piece = self.pairs.pieces[place]
        try:
            return piece.decode()
        except UnicodeDecodeError:  # the bytes of a character may fall in two pieces
            return "".join(f"<0x{byte:02X}>" for byte in piece)

    def _text(self, places: Sequence[int]) -> str:
        unknown = "\ufffd".encode()
        content = (unknown if place < 0 else self.pairs.pieces[place] for place in places)
        return b"".join(content).decode("utf-8", "replace")

    def __repr__(self) -> str:
        return f"SubwordVectorizer({self.size} ids, {self.form})"

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            **self.form.to_json(),
            "marks": self.marks,
            "tokenizer": self.pairs.to_json(),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> SubwordVectorizer:
        """The vectorizer that `to_json` wrote. Raises ValueError for anything else, ImportError
        without the tokenizers library."""
        try:
            form, marks = TextForm.from_json(content), truth("marks", content.get("marks", False))
        except TypeError as error:
            raise ValueError(str(error)) from error
        return cls(BytePairs.from_json(content["tokenizer"]), form, marks)
