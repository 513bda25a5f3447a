"""IDX files, as MNIST comes in (LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist)."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from pyrnn.data.readers.columns import chosen, chosen_names
from pyrnn.data.readers.packing import CHUNK
from pyrnn.data.readers.row import Row
from pyrnn.data.readers.source import Input, Source, content_of, input_of
from pyrnn.files.content import Content

TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_idx(
    source: Source, columns: Sequence[str] | None = None, *, encoding: str | None = None
) -> Iterator[Row]:
    """The rows of an IDX file, one an entry of its first axis.

    Images (N, rows, columns) and more axes: {"frames": float32 (rows, columns)}, bytes scaled from
    0..255 to 0..1, other numbers as they are; further axes are laid side by side. (N, T): frames
    (T, 1). Where a file of labels stands beside it, whose name has "labels" and "idx1" where this
    one's has "images" and "idx3", {"label": int} comes from there.
    One axis: {"label": int}, or {"label": float}.

    source: as in `source.input_of`. columns: of those wanted; default None, all. encoding: not
    used.
    Raises OSError as the system does, ValueError, naming the file, for another format, for a file
    that is too short or too long, and for labels of another number.
    """
    found = input_of(source)
    beside = _labels_beside(source)
    with ExitStack() as stack:
        entries = _Entries(stack.enter_context(found.open()), found.name)
        names = ["label"] if not entries.shape else ["frames", *(["label"] if beside else [])]
        chosen_names(names, columns, found.name)
        if entries.shape and beside and (columns is None or "label" in columns):
            labels = _Entries(stack.enter_context(beside.open()), beside.name)
            if labels.shape or labels.count != entries.count:
                raise ValueError(
                    f"{beside.name}: expected {entries.count} labels, as many as there are images; "
                    f"got the shape {(labels.count, *labels.shape)}"
                )
            pairs: Any = zip(entries, labels, strict=True)
        else:
            pairs = ((entry, None) for entry in entries)
        for k, (entry, label) in enumerate(pairs):
            values = dict(zip(names, (entry, label), strict=False))
            yield Row(k, chosen(values, columns, found.name), unit="row")


class _Entries:
    """The entries of an IDX file: float32 (T, I), or single numbers."""

    def __init__(self, stream: Any, name: str) -> None:
        self._stream, self._name = stream, name
        magic = stream.read(4)
        if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES or not magic[3]:
            raise ValueError(f"{name}: expected an IDX file; got one that begins with {magic!r}")
        self._type = np.dtype(TYPES[magic[2]])
        sizes = stream.read(4 * magic[3])
        if len(sizes) < 4 * magic[3]:
            raise self._cut_off()
        self.count, *rest = np.frombuffer(sizes, ">u4").tolist()
        self.shape = tuple(rest)
        if self.count and 0 in rest:
            raise ValueError(f"{name}: expected entries of something; got the shape {rest}")

    def __iter__(self) -> Iterator[Any]:
        size = self._type.itemsize * math.prod(self.shape)
        for _ in range(self.count):
            entry = np.frombuffer(self._bytes(size), self._type)
            yield self._frames(entry) if self.shape else entry.item()
        if self._stream.read(1):
            raise ValueError(f"{self._name}: expected {self.count} entries; got more, or others")

    def _frames(self, entry: np.ndarray) -> np.ndarray:
        frames = entry.astype(np.float32).reshape(self.shape[0], -1)  # (T, I)
        return frames / np.float32(255) if self._type.itemsize == 1 else frames

    def _bytes(self, size: int) -> bytearray:
        found = bytearray()
        while len(found) < size:  # in pieces: a header may promise whatever it likes
            if not (chunk := self._stream.read(min(CHUNK, size - len(found)))):
                raise self._cut_off()
            found += chunk
        return found

    def _cut_off(self) -> ValueError:
        return ValueError(f"{self._name}: expected all entries; got fewer, it is cut off")


def _labels_beside(source: Source) -> Input | None:
    """The labels of images, where there are such; of a stream there are none."""
    if not isinstance(source, str | Path | Content):
        return None
    content = content_of(source)
    if content.path is None:
        return None
    name = content.path.name.replace("images", "labels").replace("idx3", "idx1")
    path = content.path.with_name(name)
    if name == content.path.name or not path.is_file():
        return None
    return input_of(Content(os.fspath(path), path=path))
