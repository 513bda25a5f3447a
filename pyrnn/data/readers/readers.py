"""The list of readers, by the end of a file's name.

| ends in             | is read as                         |
|---------------------|------------------------------------|
| .csv .tsv .tab      | a table whose first line has names |
| .jsonl .ndjson      | an object of JSON a line           |
| .txt                | an example a line                  |

Each may end in .gz beside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from pyrnn.data.readers.json_lines import read_json_lines
from pyrnn.data.readers.lines import read_lines
from pyrnn.data.readers.row import Row
from pyrnn.data.readers.source import Source, name_of
from pyrnn.data.readers.table import read_table
from pyrnn.files.content import Content


class Reader(Protocol):
    """A file's rows, as they are read."""

    def __call__(
        self, source: Source, columns: Sequence[str] | None = None, *, encoding: str | None = None
    ) -> Iterator[Row]: ...


READERS: dict[str, Reader] = {
    ".csv": read_table,
    ".tsv": read_table,
    ".tab": read_table,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".txt": read_lines,
}


def reader_for(file: str | Path | Content) -> Reader:
    """The reader of a file by the end of its name. Raises ValueError where there is none."""
    suffix = Path(name_of(file).lower().removesuffix(".gz")).suffix
    if suffix not in READERS:
        raise ValueError(
            f"{name_of(file)}: expected a file whose name ends in one of {', '.join(READERS)} "
            f"(or .gz beside); got {suffix or 'no such end'!r:.80}"
        )
    return READERS[suffix]


def read_rows(
    file: str | Path | Content, columns: Sequence[str] | None = None, *, encoding: str | None = None
) -> Iterator[Row]:
    """The rows of a file, by the reader that the end of its name stands for.

    columns: the names wanted; default None, all. Errors are those of the reader.
    """
    return reader_for(file)(file, columns, encoding=encoding)
