"""What each column of a table is to a series, and what to do about rows that are not there."""

from __future__ import annotations

from dataclasses import dataclass

from pyrnn.data.layouts.columns import DATA, SequenceColumns, missing_cells
from pyrnn.settings import Settings, choice, like, names, string

GAPS = ("auto", "split", "linear", "last", "join")
REPEATS = ("error", "mean", "last")


@dataclass(frozen=True)
class ForecastColumns(Settings):
    """Which columns hold the times and the numbers of series, a step a row.

    Raises ValueError for a column that is named for two things.
    """

    time: str | None = string(
        None,
        "The column of times; without it, the rows of a series are its steps.",
        note="The form of the times and their step are told from all of them.",
        section=DATA,
    )
    target: tuple[str, ...] | None = names(
        None,
        "The columns that are forecast; 'y', or the only one left, if not given.",
        note="x0:x9 means all columns from x0 to x9.",
        section=DATA,
    )
    id: str | None = string(
        None, "The column that says which series a row belongs to.", section=DATA
    )
    features: tuple[str, ...] | None = names(
        None, "Columns of numbers that are known up to the present alone.", section=DATA
    )
    future: tuple[str, ...] | None = names(
        None,
        "Columns of numbers that are known of the future, too.",
        note="Rows at the end of a series whose targets are empty hold those of its future.",
        section=DATA,
    )
    static: tuple[str, ...] | None = names(
        None, "Columns of numbers or categories that describe a whole series.", section=DATA
    )
    time_format: str | None = string(
        None,
        "How times are written, as in strftime: %d/%m/%Y %H:%M.",
        note="Also %q for a quarter, and s, ms, us or ns for seconds ... since 1970.",
        section=DATA,
    )
    timezone: str | None = string(
        None,
        "The timezone of the clock that shows the times, e.g. Europe/Berlin.",
        note="Times without an offset are read by it; days and months are those of its calendar.",
        section=DATA,
    )
    gaps: str = choice(
        "auto",
        GAPS,
        "What is done where rows or numbers are missing.",
        note="split: no window crosses them. linear: numbers are filled in on a straight line, "
        "last: with the last one before. join: the rows around follow one another. auto: join for "
        "holidays, which business days lack, else split.",
        section=DATA,
    )
    repeats: str = choice(
        "error",
        REPEATS,
        "What is done where a series has two rows of the same time.",
        note="mean: they become one row of their means. last: the last one counts.",
        section=DATA,
    )
    missing: tuple[str, ...] | None = like(SequenceColumns, "missing")
    decimal: str = like(SequenceColumns, "decimal")

    def check(self) -> None:
        """Whether they go together. Raises ValueError."""
        roles: dict[str, str] = {}
        for role in ("time", "id", "target", "features", "future", "static"):
            value = getattr(self, role)
            for name in (value,) if isinstance(value, str) else value or ():
                if name in roles:
                    raise ValueError(
                        f"{role}: expected a column that is not {roles[name]} as well; got "
                        f"{name!r:.80}"
                    )
                roles[name] = role
        for setting in ("time_format", "timezone"):
            if getattr(self, setting) is not None and self.time is None:
                raise ValueError(
                    f"{setting}: expected time beside it, the column of times; got none"
                )
        if self.repeats != "error" and self.time is None:
            raise ValueError(
                f"repeats: expected time beside it, the column of times; got {self.repeats!r}, and "
                "none"
            )

    @property
    def name_column(self) -> str:
        """What the names of series are called."""
        return "series" if self.id is None else self.id

    @property
    def missing_cells(self) -> frozenset[str]:
        """The texts that stand for a missing number."""
        return missing_cells(self.missing)
