"""A file or a stream, packed or not, as text."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any

from pyrnn.data.encodings import pieces
from pyrnn.files.content import Content

CHUNK = 1 << 16  # bytes at once
Source = str | Path | Content | IO[bytes]


def name_of(source: Source) -> str:
    """What error messages call a source."""
    if isinstance(source, Content):
        return source.name
    if isinstance(source, str | Path):
        return str(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) and name != "<stdin>" else "standard input"


def text_of(source: Source, encoding: str | None) -> Iterator[str]:
    """The text of a source, piece by piece, without a byte-order mark.

    source: a path, what a file holds, or a stream of bytes; where its name ends in .gz, it is
        unpacked, but for streams.
    encoding: None: what the content says, else UTF-8.
    Raises OSError as the system does, ValueError for a damaged archive and as `encodings.pieces`
    does.
    """
    if encoding is None:
        encoding = source.encoding if isinstance(source, Content) else "utf-8"
    return pieces(_chunks(source), name_of(source), encoding)


def lines_of(text: Iterator[str]) -> Iterator[str]:
    """The lines of a text, each with its line feed; nothing else ends one."""
    rest: list[str] = []
    for piece in text:
        first, *more = piece.split("\n")
        rest.append(first)
        for line in more:
            yield "".join((*rest, "\n"))
            rest = [line]
    if last := "".join(rest):
        yield last


def _chunks(source: Source) -> Iterator[bytes]:
    with _opened(source) as stream:
        try:
            while chunk := stream.read(CHUNK):
                yield chunk
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise ValueError(
                f"{name_of(source)}: expected a whole gzip archive; got a damaged one ({error})"
            ) from error


def _opened(source: Source) -> AbstractContextManager[Any]:
    """A stream of bytes; one that came as such stays open."""
    packed = name_of(source).lower().endswith(".gz")
    if isinstance(source, Content):
        stream = io.BytesIO(source.content)
        return gzip.open(stream) if packed else stream
    if isinstance(source, str | Path):
        return gzip.open(source) if packed else Path(source).open("rb")
    if not hasattr(source, "read"):
        raise TypeError(
            f"source: expected a path or a stream of bytes; got {type(source).__name__} "
            f"{source!r:.80}"
        )
    return nullcontext(source)
