"""The rows of what a user gives a model."""

from __future__ import annotations

from collections.abc import Sequence

from pyrnn.data.readers import Row, read_lines, read_rows, read_table
from pyrnn.files.content import Content


def rows_of(file: Content, columns: Sequence[str], *, lines: bool = False) -> list[Row]:
    """The rows of a file, with these columns.

    lines: whether a file whose name says nothing, standard input too, has a row a line, which is
        then the one column; else it is read as a table.
    Raises ValueError as the readers do, naming file and line.
    """
    return list(read_rows(file, columns, otherwise=read_lines if lines else read_table))
