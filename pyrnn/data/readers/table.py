"""CSV and TSV with named columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from pyrnn.data.readers.columns import missing_column
from pyrnn.data.readers.delimiter import likely_delimiter
from pyrnn.data.readers.records import records
from pyrnn.data.readers.row import Row
from pyrnn.data.readers.source import Source, input_of, line_feeds, lines_of, text_of

HEAD = 200  # lines from which the delimiter is told
SAID = re.compile(r"""(?P<quote>"?)sep=(?P<delimiter>[^"\n])(?P=quote)\n?""", re.IGNORECASE)


def read_table(
    source: Source,
    columns: Sequence[str] | None = None,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Iterator[Row]:
    """The rows of a table whose first line names its columns.

    source, encoding: as in `source.text_of`.
    columns: the names of those wanted; default None, all. Blanks around a name do not count.
    delimiter: one character; default None: what a first line such as "sep=;", which Excel writes,
        says; a tab in .tsv files; elsewhere the one among , ; tab | that fits the first lines.
        Quotes are as in RFC 4180, see `records`.
    Rows come as the file is read. Line breaks inside fields come as line feeds; values are text as
    it stands, blanks and all: "NA" is a text.
    Raises OSError as the system does, and ValueError, naming file and line, for a file that is
    empty, or is no text in this encoding; for a wanted column that is not there, and one that is
    there twice; for a row that has not as many fields as the header; and for wrong quotes.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise ValueError(f"delimiter: expected one character; got {delimiter!r:.80}")
    return _rows(source, columns, encoding, delimiter)


def _rows(
    source: Source, columns: Sequence[str] | None, encoding: str | None, delimiter: str | None
) -> Iterator[Row]:
    source = input_of(source)
    name = source.name
    lines = lines_of(line_feeds(text_of(source, encoding)))
    said, lines = _said(lines)
    first = 1 if said is None else 2
    delimiter = delimiter or said or ("\t" if source.file.endswith((".tsv", ".tab")) else None)
    if delimiter is None:
        head = list(islice(lines, HEAD))
        delimiter = likely_delimiter(head, len(head) < HEAD, columns)
        lines = chain(head, lines)
    found = records(lines, delimiter, name, first)
    line, header = next(found, (0, []))
    if not line:
        raise ValueError(f"{name}: expected a header and rows; got nothing, it is empty")
    places = _places([field.strip() for field in header], columns, f"{name}: line {line}")
    for line, fields in found:
        if len(fields) != len(header):
            raise ValueError(
                f"{name}: line {line}: expected {len(header)} fields between {delimiter!r}, as in "
                f"the header; got {len(fields)}"
            )
        yield Row(line, {column: fields[place] for column, place in places.items()})


def _said(lines: Iterator[str]) -> tuple[str | None, Iterator[str]]:
    """The delimiter that a first line names, and the lines behind it; None and all lines where it
    does not."""
    line = next(lines, "")
    if (found := SAID.fullmatch(line)) is not None:
        return found["delimiter"], lines
    return None, chain((line,) if line else (), lines)


def _places(header: list[str], columns: Sequence[str] | None, place: str) -> dict[str, int]:
    """The wanted columns, and where they stand."""
    for number, column in enumerate(header):
        if column and column in header[:number]:
            raise ValueError(
                f"{place}: expected different names of columns; got {column!r:.80} as columns "
                f"{header.index(column) + 1} and {number + 1}{_no_header(header)}"
            )
    if columns is None:
        return {column: number for number, column in enumerate(header) if column}
    for column in columns:
        if column not in header:
            error = missing_column(column, header, place)
            raise ValueError(f"{error}{_no_header(header)}")
    return {column: header.index(column) for column in columns}


def _no_header(header: list[str]) -> str:
    """A hint where the first line looks like data."""
    if any(_is_number(field) or len(field) > 80 for field in header):
        return "; the first line looks like data, and must name the columns"
    return ""


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True
