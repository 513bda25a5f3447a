"""What each column is to a sequence whose steps have labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyrnn.data.layouts.columns import DATA, SequenceColumns
from pyrnn.settings import assignments, string

TOKENS = "tokens"
LABELS = "labels"


@dataclass(frozen=True)
class TokenColumns(SequenceColumns):
    """Which columns hold the sequences, of words or of frames, and a label for each step.

    CoNLL files have columns by number, from 0, or from the end: -1 is the last; their words are
    in the first and their labels in the last unless something else is said. CoNLL-U files have
    form, upos, xpos and the others by name, and features (Number) by theirs; words are forms.

    Raises ValueError as SequenceColumns does, and for a column that is named twice.
    """

    layouts: ClassVar[tuple[str, ...]] = ("tokens", *SequenceColumns.layouts)

    tokens: str | None = string(
        None,
        "The column of words, a list of them in each row; 'tokens' if not given.",
        note="Text in this column is cut at blanks.",
        section=DATA,
    )
    label: str | None = string(
        None,
        "The column of labels, one for each word or step; 'labels' if not given.",
        note="Lists in each row, arrays, text with blanks between the labels; with --features, a "
        "label a row.",
        short="labels",
        section=DATA,
    )
    columns: dict[str, str] | None = assignments(  # noqa: RUF009  # it is a field
        None,
        ("word", "label"),
        "The columns of words and labels of a CoNLL file, by their numbers from 0.",
        note="By default the first and the last.",
        section=DATA,
    )

    def check(self) -> None:
        """Whether they go together. Raises ValueError."""
        super().check()
        for name, role in (("tokens", "word"), ("label", "label")):
            if getattr(self, name) is not None and role in (self.columns or {}):
                raise ValueError(
                    f"{name}: expected none beside columns with {role}=; got "
                    f"{getattr(self, name)!r:.80}"
                )

    @property
    def token_column(self) -> str:
        """The column of words."""
        return self.tokens or (self.columns or {}).get("word", TOKENS)

    @property
    def label_column(self) -> str:
        """The column of labels."""
        return self.label or (self.columns or {}).get("label", LABELS)
