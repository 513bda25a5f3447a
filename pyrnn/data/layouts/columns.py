"""What each column of a table is to a sequence."""

from __future__ import annotations

from dataclasses import dataclass

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

    text: str | None = string(
        None, "The column of texts, a text a row; text if absent.", section=DATA
    )
    series: tuple[str, ...] | None = names(
        None,
        "A series a row: its columns, a step each, as x0:x49.",
        note="a:b stands for all columns from a to b. Empty cells at a row's end end its series.",
        section=DATA,
    )
    features: tuple[str, ...] | None = names(
        None, "A step a row: the columns of its numbers; it needs --id.", section=DATA
    )
    id: str | None = string(
        None,
        "A step a row: the column that says which sequence it belongs to.",
        note="The steps of a sequence are taken in the order of their rows.",
        section=DATA,
    )
    frames: str | None = string(
        None,
        "The column of arrays, steps x numbers; frames if absent.",
        note="Of .npz files, of images and sound, and of lists of numbers in JSON. A text there is "
        "the path of a .wav or .npy file.",
        section=DATA,
    )
    static: tuple[str, ...] | None = names(
        None, "Columns of numbers or categories that hold for a whole sequence.", section=DATA
    )
    split_by: str | None = string(
        None,
        "The column of groups, as patients, that are held out whole.",
        section=DATA,
    )
    missing: tuple[str, ...] | None = names(
        None,
        "What stands for a missing number, as NA, or empty; else it is an error.",
        note="An empty cell amid numbers is an error, too, unless the word `empty` is one of them.",
        section=DATA,
    )
    decimal: str = choice(".", DECIMALS, "The decimal point of numbers.", section=DATA)

    def check(self) -> None:
        """Whether they go together. Raises ValueError."""
        layouts = ("text", "series", "features", "frames")
        given = [name for name in layouts if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(
                f"{given[1]}: expected one of {', '.join(layouts)}; got {given[0]} as well"
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
    def name_column(self) -> str:
        """What the names of sequences are called: by the column that has them, or by the files
        that they are."""
        return FILE if self.id is None else self.id

    @property
    def missing_cells(self) -> frozenset[str]:
        """The texts that stand for a missing number."""
        return frozenset("" if word == EMPTY else word for word in self.missing or ())


FILE = "file"  # the column of a tree's rows that says which file each is
EMPTY = "empty"  # the word for an empty cell: a setting has no empty text
