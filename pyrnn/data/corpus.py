"""A text, or several one after the other, read piece by piece: no need to hold them in memory.

Several are documents that do not run into each other. Each ends with a newline, which is added
where there is none, and what follows a document's last newline is the beginning of the next: a
model starts anew there, as it does from an empty prompt.
"""

from __future__ import annotations

import codecs
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from functools import cached_property, partial
from itertools import chain, zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pyrnn.data.encodings import pieces
from pyrnn.data.readers.archives import Tree, tree_of
from pyrnn.data.readers.layout import PARTS, is_about, parts_in
from pyrnn.data.readers.packing import damage
from pyrnn.data.readers.row import shown
from pyrnn.data.readers.source import (
    Input,
    bytes_of,
    input_of,
    line_feeds,
    unpacked_by_name,
)
from pyrnn.data.text import cuts
from pyrnn.files.content import Content

NAMED = 3  # files in an error message
PIECE = 1 << 16  # characters of a text in memory that are handed on at once


class Document(NamedTuple):
    """A text or a part of one, to be read before the next one is asked for.

    name: of its file, empty where it is from none. pieces: the text, piece by piece.
    begins: the characters of it that were left out at its front.
    """

    name: str
    pieces: Iterator[str]
    begins: int = 0


class Origin(ABC):
    """Where documents come from; each time the same.

    several: whether there may be more than one. name: of the files, empty where there are none.
    """

    several: bool
    name = ""

    @abstractmethod
    def documents(self) -> Iterator[Document]:
        """All of them, an empty one too."""

    @cached_property
    def lengths(self) -> np.ndarray:
        """The characters of each, int64 (D,), all being read once."""
        found = []
        for document in self.documents():
            found.append(sum(map(len, document.pieces)))
            if document.name and not found[-1]:
                warnings.warn(f"{document.name}: passed over, it is empty", stacklevel=2)
        return np.array(found, np.int64)


class Texts(Origin):
    """Texts in memory."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts, self.several = texts, len(texts) > 1

    def documents(self) -> Iterator[Document]:
        for text in self._texts:
            cut = (text[first : first + PIECE] for first in range(0, len(text), PIECE))
            yield Document("", ended(cut) if self.several else cut)


class Files(Origin):
    """Files, folders and archives; see `Corpus.read`."""

    def __init__(self, contents: Sequence[Content], encoding: str | None, *, raw: bool) -> None:
        self._trees = [(content, tree_of(content)) for content in contents]
        self._names = [None if tree is None else _texts_in(tree) for _, tree in self._trees]
        self._encoding, self._raw = encoding, raw
        self.name = shown(*(content.name for content in contents[:NAMED]))
        if len(contents) > NAMED:
            self.name += f" and {len(contents) - NAMED} more"
        self.several = sum(1 if names is None else len(names) for names in self._names) > 1

    def documents(self) -> Iterator[Document]:
        for (content, tree), names in zip(self._trees, self._names, strict=True):
            if tree is None or names is None:
                yield self._document(input_of(content))
                continue
            with damage(tree.name), closing(tree.each(names)) as found:
                for file, stream in found:
                    name, opened = f"{tree.name}: {shown(file)}", partial(nullcontext, stream)
                    yield self._document(unpacked_by_name(name, file, opened, content.encoding))

    def _document(self, source: Input) -> Document:
        found = self._decoded(source)
        return Document(source.name, ended(found) if self.several else found)

    def _decoded(self, source: Input) -> Iterator[str]:
        """Raises ValueError for an empty file that stands alone."""
        empty = True
        for piece in self._bytes(source) if self._raw else self._text(source):
            if piece:
                empty = False
                yield piece
        if empty and not self.several:
            what = "some bytes" if self._raw else "a text"
            raise ValueError(f"{source.name}: expected {what}; got nothing, it is empty")

    def _text(self, source: Input) -> Iterator[str]:
        found = pieces(bytes_of(source), source.name, self._encoding or source.encoding)
        return line_feeds(found)

    def _bytes(self, source: Input) -> Iterator[str]:
        """As `read_bytes`."""
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        for chunk in bytes_of(source):
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)


class Corpus:
    """A text, or several documents, that is read piece by piece, as often as it is asked for.

    `Corpus.of` has texts in memory, `Corpus.read` files. Its length is the number of characters.
    """

    def __init__(self, origin: Origin, first: int = 0, last: int | None = None) -> None:
        self._origin, self._first, self._last = origin, first, last

    @classmethod
    def of(cls, texts: str | Sequence[str] | Corpus) -> Corpus:
        """A text in memory, or a list of documents. Raises TypeError for anything else."""
        if isinstance(texts, Corpus):
            return texts
        every = [texts] if isinstance(texts, str) else texts
        if not isinstance(every, list | tuple) or not all(isinstance(one, str) for one in every):
            raise TypeError(
                f"text: expected one string; got {type(texts).__name__} (a list of strings, or a "
                "pyrnn.data.Corpus, is several documents)"
            )
        return cls(Texts(every))

    @classmethod
    def read(
        cls, *paths: str | Path | Content, encoding: str | None = None, raw: bool = False
    ) -> Corpus:
        """The texts of files, one after the other; each is opened when it is read.

        paths: text files, packed or not (.gz, .xz, .bz2), archives and folders, whose files are
            documents in natural order (x2 before x10), those of a .tar in its own; hidden ones,
            README and LICENSE are passed over. Of one with parts, as train and test, it is that for
            training. An empty file among several is passed over with a warning. They are read
            again and again: leave them as they are as long as the corpus is in use.
        encoding: None (the default): UTF-8, and UTF-16 or UTF-32 where a file begins with their
            mark. Line ends become single newlines.
        raw: whether any bytes are taken as they are, as for a model of bytes; default no.
        Raises OSError as the system does and ValueError for a damaged archive, here and where it is
        read; ValueError for a file that is no text, naming line, column and byte, where it is read.
        """
        if not paths:
            raise ValueError("paths: expected at least one; got none")
        for path in paths:
            if not isinstance(path, str | Path | Content):
                raise TypeError(f"paths: expected paths; got {type(path).__name__} {path!r:.80}")
        contents = [path if isinstance(path, Content) else Content.of(path) for path in paths]
        return cls(Files(contents, encoding, raw=raw))

    @property
    def name(self) -> str:
        """Of its files, as error messages have it; empty where it is from none."""
        return self._origin.name

    @property
    def several(self) -> bool:
        """Whether there may be more than one document."""
        return self._origin.several

    @cached_property
    def _length(self) -> int:
        total = int(self._origin.lengths.sum())
        return max(0, (total if self._last is None else min(total, self._last)) - self._first)

    def __len__(self) -> int:
        return self._length

    def __eq__(self, other: object) -> bool:
        """Whether the documents are the same; both are read."""
        if not isinstance(other, Corpus):
            return NotImplemented
        pairs = zip_longest(self.documents(), other.documents())
        return self.several == other.several and all(
            a is not None and b is not None and _same(a.pieces, b.pieces) for a, b in pairs
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Corpus({len(self):,} characters)"

    def part(self, first: int, last: int) -> Corpus:
        """The characters from `first` up to `last`, which may fall inside a document."""
        return Corpus(self._origin, self._first + first, self._first + min(last, len(self)))

    def parts(self, shares: Sequence[float]) -> list[Corpus]:
        """The first, next and last part; see `split_text`."""
        edges = [0, *cuts(len(self), shares), len(self)]
        return [self.part(*edges[k : k + 2]) for k in range(3)]

    def documents(self) -> Iterator[Document]:
        """What there is of each document; none of one that is not in this part."""
        if self._last is None and not self._first:
            yield from self._origin.documents()
            return
        ends = np.cumsum(self._origin.lengths)  # (D,)
        last = ends[-1] if self._last is None else self._last
        for document, end, length in zip(
            self._origin.documents(), ends.tolist(), self._origin.lengths.tolist(), strict=False
        ):
            before = end - length
            if before >= last:
                return
            if end > self._first:
                begins = max(0, self._first - before)
                cut = _cut(document.pieces, begins, int(last) - before)
                yield document._replace(pieces=cut, begins=begins)

    def pieces(self) -> Iterator[str]:
        """All documents in one."""
        for document in self.documents():
            yield from document.pieces


def ended(text: Iterable[str]) -> Iterator[str]:
    """The same text with a newline at its end, where it has none; nothing where it is empty."""
    last = ""
    for piece in text:
        yield piece
        last = piece[-1:] or last
    if last not in ("", "\n"):
        yield "\n"


def _same(one: Iterator[str], other: Iterator[str]) -> bool:
    """Whether two texts are the same, however they are cut."""
    characters = chain.from_iterable
    return all(a == b for a, b in zip_longest(characters(one), characters(other)))


def _cut(text: Iterator[str], first: int, last: int) -> Iterator[str]:
    """The characters from `first` up to `last`."""
    place = 0
    for piece in text:
        if place >= last:
            return
        if found := piece[max(0, first - place) : last - place]:
            yield found
        place += len(piece)


def _texts_in(tree: Tree) -> list[str]:
    """The names of its files that are texts. Raises ValueError where there is none."""
    every = tree.names()
    names = [name for name in every if not is_about(name)]
    parts = parts_in(names) or _parts_by_file(names)
    if parts:
        part = tree.content.part or "train"
        if part not in parts:
            raise ValueError(f"{tree.name}: expected a part {part!r} in it; got {', '.join(parts)}")
        names = [name for name in names if name.startswith(parts[part])]
    if not names:
        raise ValueError(f"{tree.name}: expected texts; got {shown(*every[:5]) or 'no file'}")
    return names


def _parts_by_file(names: Sequence[str]) -> dict[str, str]:
    """As `parts_in`, where parts are files: train.txt beside test.txt, ptb.train.txt. Empty unless
    each file is such a part, one of them for training."""
    found: dict[str, str] = {}
    for name in names:
        part = next((PARTS[word] for word in name.casefold().split(".") if word in PARTS), None)
        if part is None or part in found:
            return {}
        found[part] = name
    return found if "train" in found and len(found) > 1 else {}
