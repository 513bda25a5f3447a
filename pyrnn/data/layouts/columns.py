"""What each column of a table is to a sequence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from pyrnn.settings import Settings, choice, names, string

DATA = "Data"
DECIMALS = (".", ",")


@dataclass(frozen=True)
class SequenceColumns(Settings):
    """Which columns hold the sequences, and what stands beside them.

    One of text, series, features and frames says what a sequence is; without any, a file's own kind
    does: arrays, images and sound are frames, all else is text.

    Raises ValueError for two of them, and for features without id.
    """

    layouts: ClassVar[tuple[str, ...]] = ("text", "series", "features", "frames")
    ranges: ClassVar[tuple[str, ...]] = ("features",)  # of series others may have more columns

    text: str | None = string(
        None, "The column of texts, one per row; 'text' if not given.", section=DATA
    )
    series: tuple[str, ...] | None = names(
        None,
        "One series per row; its columns are the steps, e.g. x0:x49.",
        note="a:b means all columns from a to b. Empty cells at the end of a row are no steps.",
        section=DATA,
    )
    features: tuple[str, ...] | None = names(
        None, "One step per row; these are the columns of its numbers (needs --id).", section=DATA
    )
    id: str | None = string(
        None,
        "One step per row; this column says which sequence it belongs to.",
        note="The steps of a sequence are taken in the order of their rows.",
        section=DATA,
    )
    frames: str | None = string(
        None,
        "The column of arrays, steps x numbers; 'frames' if not given.",
        note="For .npz files, images, sound, and lists of numbers in JSON. Text in this column is "
        "the path of a .wav or .npy file.",
        section=DATA,
    )
    static: tuple[str, ...] | None = names(
        None, "Columns of numbers or categories that describe a whole sequence.", section=DATA
    )
    split_by: str | None = string(
        None,
        "The column of groups, e.g. patients, that are never split by --valid.",
        section=DATA,
    )
    missing: tuple[str, ...] | None = names(
        None,
        "Words that mark a missing number, e.g. NA,empty; otherwise it is an error.",
        note="The word `empty` stands for an empty cell and, in a data frame, for None and NaN.",
        section=DATA,
    )
    decimal: str = choice(".", DECIMALS, "The decimal separator of numbers.", section=DATA)

    def check(self) -> None:
        """Whether they go together. Raises ValueError."""
        given = [name for name in self.layouts if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(
                f"{given[1]}: expected one of {', '.join(self.layouts)}; got {given[0]} as well"
            )
        if self.features is not None and self.id is None:
            raise ValueError("id: expected the column that says which sequence a row belongs to, "
                             "beside features; got none")  # fmt: skip
        if self.id is not None and self.features is None:
            raise ValueError(
                "id: expected features beside it, the columns of a step's numbers; got "
                f"{given[0] if given else 'none'}"
            )

    @property
    def layout(self) -> str | None:
        """The setting that says what a sequence is; None where none does."""
        return next((name for name in self.layouts if getattr(self, name) is not None), None)

    @property
    def name_column(self) -> str:
        """What the names of sequences are called: by the column that has them, or by the files
        that they are."""
        return FILE if self.id is None else self.id

    @property
    def missing_cells(self) -> frozenset[str]:
        """The texts that stand for a missing number."""
        return missing_cells(self.missing)


def missing_cells(words: Iterable[str] | None) -> frozenset[str]:
    """The texts that the words of a setting stand for."""
    return frozenset("" if word == EMPTY else word for word in words or ())


FILE = "file"  # the column of a tree's rows that says which file each is
EMPTY = "empty"  # the word for an empty cell: a setting has no empty text
