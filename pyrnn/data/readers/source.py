"""A file or a stream, packed or not, as bytes and as text."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, NamedTuple

from pyrnn.data.encodings import pieces
from pyrnn.data.readers.archives import Tree, tree_of
from pyrnn.data.readers.packing import CHUNK, PACKINGS, damage, packing_of, read_out
from pyrnn.data.readers.row import shown
from pyrnn.files.content import Content


class Input(NamedTuple):
    """Bytes that can be read, unpacked.

    name: in error messages. file: what they are called inside of what is packed, in lower case.
    unpacked: opens them anew. encoding: of their text, where they are one.
    """

    name: str
    file: str
    unpacked: Callable[[], AbstractContextManager[Any]]
    encoding: str = "utf-8"

    @contextmanager
    def open(self) -> Iterator[Any]:
        """The bytes as a stream.

        Raises OSError as the system does, ValueError for a damaged archive.
        """
        with damage(self.name), self.unpacked() as stream:
            yield stream


Source = str | Path | Content | IO[bytes] | Input


def name_of(source: Source) -> str:
    """What error messages call a source."""
    if isinstance(source, Content | Input):
        return source.name
    if isinstance(source, str | Path):
        return str(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) and name != "<stdin>" else "standard input"


def content_of(path: str | Path | Content) -> Content:
    """What a path stands for, which need not be there yet."""
    return path if isinstance(path, Content) else Content(str(path), path=Path(path))


def input_of(source: Source) -> Input:
    """What a source holds, unpacked where its name says so; a stream is as it is, and stays open.

    Raises TypeError for what is no source, ValueError for an archive of several files.
    """
    if isinstance(source, Input):
        return source
    if not isinstance(source, str | Path | Content):
        if not hasattr(source, "read"):
            raise TypeError(
                f"source: expected a path or a stream of bytes; got {type(source).__name__} "
                f"{source!r:.80}"
            )
        return Input(name_of(source), name_of(source).lower(), lambda: nullcontext(source))
    content = content_of(source)
    tree = tree_of(content)
    return _file(content) if tree is None else member_of(tree, tree.only())


def member_of(tree: Tree, file: str) -> Input:
    """A file in a tree."""
    name, encoding = f"{tree.name}: {shown(file)}", tree.content.encoding
    return unpacked_by_name(name, file, lambda: tree.open(file), encoding)


def _file(content: Content) -> Input:
    def opened() -> AbstractContextManager[Any]:
        return content.open()

    return unpacked_by_name(content.name, content.name, opened, content.encoding)


def unpacked_by_name(
    name: str, file: str, packed: Callable[[], AbstractContextManager[Any]], encoding: str
) -> Input:
    """What `packed` opens, unpacked where the end of `file` says how; `name` is for messages."""
    packing = packing_of(file.lower())
    if not packing:
        return Input(name, file.lower(), packed, encoding)

    @contextmanager
    def unpacked() -> Iterator[Any]:
        with packed() as stream, closing(PACKINGS[packing](stream)) as inside:
            yield inside
            read_out(inside)

    return Input(name, file.lower().removesuffix(packing), unpacked, encoding)


def bytes_of(source: Input) -> Iterator[bytes]:
    """The bytes, chunk by chunk."""
    with source.open() as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def text_of(source: Source, encoding: str | None) -> Iterator[str]:
    """The text of a source, piece by piece, without a byte-order mark.

    source: a path, what a file holds, or a stream of bytes; a file is unpacked where its name ends
        in .gz, .xz or .bz2, and where it is the only one in a .zip or .tar.
    encoding: None: what the content says, else UTF-8.
    Raises OSError as the system does, ValueError for a damaged archive and as `encodings.pieces`
    does.
    """
    found = input_of(source)
    return pieces(bytes_of(found), found.name, encoding or found.encoding)


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


def line_feeds(text: Iterator[str]) -> Iterator[str]:
    """The same text with each line break, \\r\\n, \\r or \\n, as a line feed."""
    translate = io.IncrementalNewlineDecoder(None, translate=True)
    for piece in text:
        yield translate.decode(piece)
    yield translate.decode("", final=True)
