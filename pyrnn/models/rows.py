"""The rows of a file of the user's, by the end of its name."""

from __future__ import annotations

from collections.abc import Sequence

from pyrnn.data.readers import READERS, Row, read_lines, read_table, reader_for
from pyrnn.files.content import Content

SPREADSHEETS = (".xlsx", ".xls", ".ods", ".numbers")


def rows_of(file: Content, columns: Sequence[str], *, lines: bool = False) -> list[Row]:
    """The rows of a file, with these columns.

    lines: whether a file that is no table, standard input too, has a row a line, which is then the
        one column; else it is read as a table.
    Raises ValueError as the readers do, naming file and line, and for a spreadsheet's own format.
    """
    name = file.name.lower().removesuffix(".gz")
    if name.endswith(SPREADSHEETS):
        raise ValueError(
            f"{file.name}: expected a table as text; got a spreadsheet: save it as CSV (UTF-8)"
        )
    known = name.endswith(tuple(READERS))
    reader = reader_for(name) if known else read_lines if lines else read_table
    return list(reader(file, columns))
