"""The list of layouts, and which one the columns ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pyrnn.data.layouts.cells import Cells
from pyrnn.data.layouts.columns import SequenceColumns
from pyrnn.data.layouts.frames import FRAMES, frames
from pyrnn.data.layouts.long import steps
from pyrnn.data.layouts.record import Beside, Record
from pyrnn.data.layouts.text import TEXT, texts
from pyrnn.data.layouts.token_columns import TOKENS, TokenColumns
from pyrnn.data.layouts.tokens import tokens
from pyrnn.data.layouts.wide import series
from pyrnn.data.readers import is_frame, read_conll, read_lines, read_rows, read_table
from pyrnn.data.readers.readers import known_end
from pyrnn.data.readers.source import name_of
from pyrnn.files.content import Content

NOTHING = Beside()
ARRAYS = (".npz", ".npy", ".idx", "idx3-ubyte", ".wav")  # files that hold no texts

# THE list of layouts: the setting of SequenceColumns that asks for it, and what reads it
LAYOUTS: dict[str, Callable[..., Iterator[Record]]] = {
    "text": texts,
    "series": series,
    "features": steps,
    "frames": frames,
    TOKENS: tokens,
}


def records(
    source: Any, columns: SequenceColumns, beside: Beside = NOTHING, *, lines: bool = False
) -> Iterator[Record]:
    """The sequences of a file or a table in memory, with what stands beside each.

    source: as in `pyrnn.data.readers.read_rows`.
    lines: whether a file whose name says nothing, standard input too, has a text a line, and a
        folder a text a file; else the one is read as a table, the other by its classes. Of
        TokenColumns such a file has CoNLL's columns; standard input and .txt too, unless `lines`.
    Raises ValueError, naming the place, for what is not as the columns say.
    """
    how = {**_readers(source, columns, lines), "each_file": lines}
    layout = columns.layout
    if layout is None or (layout == "tokens" and lines):
        layout = _own(source, columns, how)
    reader = LAYOUTS[layout]
    name = "the table" if is_frame(source) else name_of(source)
    cells = Cells(name, _folder(source), columns)
    return reader(source, columns, beside, cells, **how)


def _readers(source: Any, columns: SequenceColumns, lines: bool) -> dict[str, Any]:
    """What reads a file whose name says nothing, and a .txt."""
    if isinstance(columns, TokenColumns) and columns.layout in (None, "tokens"):
        if not lines:
            return {"otherwise": read_conll, "plain": read_conll}
        named = isinstance(source, str | Path) or getattr(source, "path", None) is not None
        return {"otherwise": read_conll if named else read_lines}
    return {"otherwise": read_lines if lines and columns.layout in (None, "text") else read_table}


def _own(source: Any, columns: SequenceColumns, how: dict[str, Any]) -> str:
    """The layout that a file has where nothing is said: that of its first row."""
    row = next(iter(read_rows(source, None, **how)), None)
    if row is None:
        return FRAMES if known_end(str(name_of(source))) in ARRAYS else TEXT
    rest = TEXT  # what a row is that has no column of a known name
    if isinstance(columns, TokenColumns):
        rest = TOKENS
        if columns.token_column in row.values:
            return TOKENS
    if TEXT in row.values:
        return TEXT
    return FRAMES if isinstance(row.values.get(FRAMES), np.ndarray | list) else rest


def _folder(source: Any) -> Path | None:
    path = source.path if isinstance(source, Content) else source
    return Path(path).parent if isinstance(path, str | Path) else None
