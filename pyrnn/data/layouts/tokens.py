"""A list of words a row: of CoNLL and CoNLL-U files, of JSON, or a text with blanks between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyrnn.data.layouts.cells import Cells
from pyrnn.data.layouts.names import header_of
from pyrnn.data.layouts.record import Beside, Record
from pyrnn.data.layouts.rows import each_row
from pyrnn.data.layouts.token_columns import TOKENS, TokenColumns


def tokens(
    source: Any, columns: TokenColumns, beside: Beside, cells: Cells, **how: Any
) -> Iterator[Record]:
    """The words of a column, a tuple each. A word is kept once, however often it stands there.

    Where no labels are asked for, a file without that column may have `tokens` in its place.
    """
    column = columns.token_column
    if not beside.steps and TOKENS in (header := header_of(source, **how) or ()):
        column = column if column in header else TOKENS
    return each_row(source, (column,), lambda row: cells.words(row, column), beside, cells, **how)
