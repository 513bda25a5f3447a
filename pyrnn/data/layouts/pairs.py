"""A source and a target each: two files line by line, a file with tabs, or columns of a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from pyrnn.data.layouts.frames import FRAMES
from pyrnn.data.layouts.layouts import ARRAYS
from pyrnn.data.readers import read_lines, read_rows
from pyrnn.data.readers.pairs import SOURCE, TARGET, beside, read_tab_separated
from pyrnn.data.readers.readers import known_end
from pyrnn.data.readers.row import Row
from pyrnn.files.content import Content
from pyrnn.files.parallel import Parallel
from pyrnn.settings import Settings, string, switch

DATA = "Columns"
TABS = (".tsv", ".tab", ".txt")  # ends of files that have a pair a line, and no header


@dataclass(frozen=True)
class PairColumns(Settings):
    """Where a file has sources and targets.

    A file whose name ends in .tsv, .tab or .txt, or says nothing, has a pair a line with a tab
    between, and no header, unless a column is named here. Any other file has named columns.
    """

    source_column: str | None = string(
        None, "The column of sources in a file with a header; 'source' if not given.", section=DATA
    )
    target_column: str | None = string(
        None, "The column of targets in a file with a header; 'target' if not given.", section=DATA
    )
    first_two: bool = switch(
        False, "Pass over what follows the first two columns of a file with tabs.", section=DATA
    )

    @property
    def names(self) -> tuple[str, str]:
        """The columns of sources and of targets."""
        return self.source_column or SOURCE, self.target_column or TARGET


class Pair(NamedTuple):
    """A source and its target, as they stand in a file: texts, or frames (N, I).

    places: of both, for error messages.
    """

    source: Any
    target: Any
    places: tuple[str, str]


def pairs(file: Content | Parallel, columns: PairColumns) -> Iterator[Pair]:
    """The pairs of a file, or of two parallel ones.

    Raises OSError as the system does, ValueError, naming the place, for what is not as the columns
    say, and for parallel files of different lengths.
    """
    if isinstance(file, Parallel):
        if columns.first_two:
            raise ValueError(
                f"first_two: expected False with two files, {file.name}, whose lines have no "
                "columns; got True"
            )
        first = _alone(file.source, columns.source_column)
        second = _alone(file.target, columns.target_column)
        for one, other in beside(first, second, file.name):
            places = f"{file.source.name}: {one.place}", f"{file.target.name}: {other.place}"
            yield Pair(_only(one), _only(other), places)
        return
    names = columns.names
    if has_header(file, columns):
        rows = read_rows(file, names)
    else:
        names, rows = (SOURCE, TARGET), read_tab_separated(file, first_two=columns.first_two)
    for row in rows:
        place = f"{file.name}: {row.place}"
        yield Pair(row.values[names[0]], row.values[names[1]], (place, place))


def sources(file: Content, columns: PairColumns) -> Iterator[tuple[Any, str]]:
    """The sources of a file, and where each stands.

    They are lines, what stands before the first tab in .tsv and .tab files, or a column of a table.
    Raises as `pairs`.
    """
    headless = not has_header(file, columns)
    rows = read_lines(file) if headless else read_rows(file, columns.names[:1])
    tabs = headless and known_end(file.name) in (".tsv", ".tab")
    for row in rows:
        value = _only(row)
        yield value.partition("\t")[0] if tabs else value, f"{file.name}: {row.place}"


def has_header(file: Content, columns: PairColumns) -> bool:
    """Whether a file has named columns."""
    named = columns.source_column is not None or columns.target_column is not None
    return named or file.is_folder or known_end(file.name) not in (None, *TABS)


def _alone(file: Content, column: str | None) -> Iterator[Row]:
    """The lines of one of two parallel files, or its arrays."""
    if known_end(file.name) in ARRAYS:
        return read_rows(file, (column or FRAMES,))
    return read_lines(file)


def _only(row: Row) -> Any:
    (value,) = row.values.values()
    return value
