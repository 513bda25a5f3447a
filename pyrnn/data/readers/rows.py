"""Rows with named columns, whatever they are in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pyrnn.data.readers.archives import tree_of
from pyrnn.data.readers.frame import is_frame, read_frame
from pyrnn.data.readers.lines import read_lines
from pyrnn.data.readers.readers import Reader, reader_for
from pyrnn.data.readers.row import Row
from pyrnn.data.readers.source import Input, content_of, input_of
from pyrnn.data.readers.table import read_table
from pyrnn.data.readers.tree import read_tree
from pyrnn.files.content import Content


def read_rows(
    source: Any,
    columns: Sequence[str] | None = None,
    *,
    encoding: str | None = None,
    otherwise: Reader | None = None,
    plain: Reader = read_lines,
    each_file: bool = False,
) -> Iterator[Row]:
    """The rows of a file, a folder, an archive, a stream or a data frame.

    source: a path; a `Content`, which also says which part of a tree is read; a stream of bytes,
        by its name or else as a table; a data frame or columns in memory, see `read_frame`.
    columns: the names wanted; default None, all.
    encoding: of text; default None: what a Content says, else UTF-8.
    otherwise: the reader of a file whose name says nothing; default None: that is an error.
    plain: the reader of a .txt; default: an example a line.
    each_file: see `read_tree`.
    Errors are those of the reader, and a ValueError for a file that none is for.
    """
    if is_frame(source):
        return read_frame(source, columns)
    if isinstance(source, str) or hasattr(source, "__fspath__"):
        source = content_of(source)
    if isinstance(source, Content):
        if (tree := tree_of(source)) is not None:
            return read_tree(tree, columns, encoding=encoding, each_file=each_file)
        if source.held is None and source.path is not None:
            source.path.stat()  # that it is not there comes before what its name does not say
    elif not isinstance(source, Input):
        otherwise = otherwise or read_table
    return reader_for(input_of(source), otherwise, plain)(source, columns, encoding=encoding)
