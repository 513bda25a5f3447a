"""Plain text, an example a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyrnn.data.readers.row import Row
from pyrnn.data.readers.source import Source, lines_of, name_of, text_of


def read_lines(
    source: Source, columns: Sequence[str] | None = None, *, encoding: str | None = None
) -> Iterator[Row]:
    """The lines of a text, each a row of one column; an empty line is an empty text.

    source, encoding: as in `source.text_of`.
    columns: the one name of that column; default None, "text".
    Lines end with \\n or \\r\\n alone, so that line k of two parallel files stays line k.
    Raises OSError as the system does, and ValueError for more than one column, and for wrong bytes,
    naming their line.
    """
    columns = ("text",) if columns is None else tuple(columns)
    if len(columns) != 1:
        raise ValueError(
            f"{name_of(source)}: expected one column, since plain text has no more; got "
            f"{', '.join(columns) or 'none'}"
        )
    for number, line in enumerate(lines_of(text_of(source, encoding)), 1):
        yield Row(number, {columns[0]: line.removesuffix("\n").removesuffix("\r")})
