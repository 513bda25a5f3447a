"""The rows of a file of the user's, by the end of its name."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Sequence

from pyrnn.data.readers import READERS, Row, read_lines, read_table, reader_for
from pyrnn.files.content import Content


class _Stream(io.BytesIO):
    """Bytes with a name, for error messages."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


def rows_of(file: Content, columns: Sequence[str], *, lines: bool = False) -> list[Row]:
    """The rows of a file, with these columns.

    lines: whether a file that is no table, standard input too, has a row a line, which is then the
        one column; else it is read as a table.
    Raises ValueError as the readers do, naming file and line.
    """
    content, name = file.content, file.name.lower()
    if name.endswith(".gz"):
        name = name.removesuffix(".gz")
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"{file.name}: expected a whole gzip archive ({error})") from error
    known = any(name.endswith(suffix) for suffix in READERS)
    reader = reader_for(name) if known else read_lines if lines else read_table
    return list(reader(_Stream(content, file.name), columns, encoding=file.encoding))
