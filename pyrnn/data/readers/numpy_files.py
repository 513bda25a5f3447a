"""NumPy's .npz and .npy files: an example an entry along the first axis.

The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import ast
import io
import math
import re
import struct
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from pyrnn.data.readers.archives import open_member, open_zip
from pyrnn.data.readers.columns import chosen_names
from pyrnn.data.readers.packing import CHUNK
from pyrnn.data.readers.row import Row
from pyrnn.data.readers.source import Source, input_of

LENGTHS = "_lengths"
TYPES = re.compile(r"[<>|=](b1|[iu][1248]|f[248]|U[0-9]{1,6})")


def read_npz(
    source: Source, columns: Sequence[str] | None = None, *, encoding: str | None = None
) -> Iterator[Row]:
    """The rows of an .npz file: its arrays are the columns, row k is x[k].

    Sequences of unequal length: where an array `x_lengths` (N,) of integers stands beside `x`, row
    k is x[k, :x_lengths[k]] of an x (N, T, ...) that is padded behind; or, of an x whose first axis
    is the sum of the lengths, what comes after the rows before. Where x could be either, it is
    padded with three axes or more.

    source: as in `source.input_of`. columns: the arrays wanted; default None, all. encoding: not
    used.
    Rows are arrays of the file's own type; single numbers, truth values and texts are Python's.
    They come as the file is read, but for arrays in Fortran's order. Nothing is ever unpickled.
    Raises OSError as the system does, ValueError, naming file and array, for a damaged file, an
    array that is missing, one of objects, bytes, dates or records, one without a first axis, arrays
    of unequal numbers of rows, and wrong lengths.
    """
    found = input_of(source)
    with (
        found.open() as stream,
        open_zip(_seekable(stream), found.name) as archive,
        ExitStack() as s,
    ):
        members = {
            info.filename.removesuffix(".npy"): info
            for info in archive.infolist()
            if info.filename.endswith(".npy")
        }
        names = [name for name in members if not _is_lengths(name, members)]
        arrays = []
        for name in chosen_names(names, columns, found.name):
            place = f"{found.name}: array {name!r:.80}"
            array = _Array(_member(archive, members[name], found.name, s), place)
            if (lengths := members.get(f"{name}{LENGTHS}")) is not None:
                array.cut(_lengths(_member(archive, lengths, found.name, s), f"{place}, lengths"))
            arrays.append((name, array))
        yield from _rows(arrays, found.name)


def read_npy(
    source: Source, columns: Sequence[str] | None = None, *, encoding: str | None = None
) -> Iterator[Row]:
    """The rows of an .npy file: one array, called frames, row k is frames[k].

    As `read_npz` elsewhere.
    """
    found = input_of(source)
    chosen_names(["frames"], columns, found.name)
    with found.open() as stream:
        yield from _rows([("frames", _Array(stream, found.name))], found.name)


OBJECTS = (
    " of objects, which are never unpickled; in an .npz rows of unequal lengths are one array, all "
    "steps one after the other, with their lengths in another, NAME_lengths"
)


class _Array:
    """An array in a stream, row by row.

    stream: at its beginning. place: what error messages call it.
    """

    def __init__(self, stream: Any, place: str) -> None:
        self._stream, self._place = stream, place
        self.type, fortran, shape = _header(stream, place)
        if not shape:
            raise ValueError(f"{place}: expected a row an example; got a single value")
        self.shape = shape
        self.rows = shape[0]
        self._lengths: np.ndarray | None = None
        self._joined = False  # whether rows stand one after the other
        if self.rows and 0 in shape[1:]:
            raise ValueError(f"{place}: expected rows with numbers in them; got the shape {shape}")
        if fortran and len(shape) > 1:  # then no row stands in one piece
            data = np.frombuffer(self._bytes(math.prod(shape)), self.type)
            self._end()
            whole = np.ascontiguousarray(data.reshape(shape, order="F"))
            self._stream = io.BytesIO(whole.tobytes())

    def cut(self, lengths: np.ndarray) -> None:
        """Let the rows have these lengths, (N,) of integers."""
        total, longest = int(lengths.sum()), int(lengths.max(initial=0))
        joined = self.shape[0] == total
        padded = len(self.shape) > 1 and self.shape[0] == len(lengths) and longest <= self.shape[1]
        if not joined and not padded:
            raise ValueError(
                f"{self._place}: expected {len(lengths)} rows of at least {longest} steps, or "
                f"{total} steps one after the other, as its lengths say; got the shape {self.shape}"
            )
        self._joined = joined and not (padded and len(self.shape) > 2)
        self._lengths, self.rows = lengths, len(lengths)

    def __iter__(self) -> Iterator[Any]:
        for k in range(self.rows):
            if self._lengths is None:
                yield self._row(self.shape[1:])
            elif self._joined:
                yield self._row((int(self._lengths[k]), *self.shape[1:]))
            else:
                yield self._row(self.shape[1:])[: self._lengths[k]]
        self._end()

    def _row(self, shape: tuple[int, ...]) -> Any:
        row = np.frombuffer(self._bytes(math.prod(shape)), self.type)
        if not row.dtype.isnative:
            row = row.astype(self.type.newbyteorder("="))
        if self.type.kind == "U" and row.view(f"{row.dtype.str[0]}u4").max() > sys.maxunicode:
            raise ValueError(f"{self._place}: expected text; got numbers that are no characters")
        return row.reshape(shape) if shape else row.item()

    def _bytes(self, count: int) -> bytearray:
        """Those of this many entries; in pieces, since a header may promise whatever it likes."""
        wanted, found = count * self.type.itemsize, bytearray()
        while len(found) < wanted:
            if not (chunk := self._stream.read(min(CHUNK, wanted - len(found)))):
                raise ValueError(
                    f"{self._place}: expected the shape {self.shape}; got fewer numbers, it is cut "
                    "off"
                )
            found += chunk
        return found

    def _end(self) -> None:
        if self._stream.read(1):  # which also has archives check their sums
            raise ValueError(f"{self._place}: expected the shape {self.shape}; got more numbers")


def _rows(arrays: list[tuple[str, _Array]], name: str) -> Iterator[Row]:
    counts = {column: array.rows for column, array in arrays}
    if len(set(counts.values())) > 1:
        shown = ", ".join(f"{count} of {column!r:.40}" for column, count in counts.items())
        raise ValueError(f"{name}: expected as many rows in each array; got {shown}")
    columns = [column for column, _ in arrays]
    for k, values in enumerate(zip(*(array for _, array in arrays), strict=True)):
        yield Row(k, dict(zip(columns, values, strict=True)), unit="row")


def _header(stream: Any, place: str) -> tuple[np.dtype[Any], bool, tuple[int, ...]]:
    """(type, whether in Fortran's order, shape) of an array."""
    beginning = stream.read(8)
    if len(beginning) < 8 or not beginning.startswith(b"\x93NUMPY"):
        raise ValueError(f"{place}: expected an array as NumPy writes it; got {beginning!r:.40}")
    size = "<H" if beginning[6] == 1 else "<I"
    try:
        (length,) = struct.unpack(size, stream.read(struct.calcsize(size)))
        # Python's own limit for what it takes from strangers
        text = stream.read(min(length, 10_000)).decode("utf-8")
        found = ast.literal_eval(text.strip())
        descr, fortran, shape = found["descr"], found["fortran_order"], found["shape"]
    except (struct.error, ValueError, SyntaxError, TypeError, LookupError) as error:
        raise _wrong_header(place, repr(error)) from error
    except (MemoryError, RecursionError) as error:
        raise _wrong_header(place, "it is too deep") from error
    if type(shape) is not tuple or not all(type(n) is int and n >= 0 for n in shape):
        raise _wrong_header(place, f"the shape {shape!r}")
    if not isinstance(descr, str) or not TYPES.fullmatch(descr):
        raise ValueError(
            f"{place}: expected numbers, truth values or text ('<U'); got the type {descr!r:.80}"
            f"{OBJECTS if 'O' in str(descr) else ''}"
        )
    try:
        kind = np.dtype(descr)
    except (TypeError, ValueError) as error:
        raise _wrong_header(place, f"the type {descr!r}") from error
    if kind.itemsize == 0:
        raise _wrong_header(place, f"the type {descr!r}")
    return kind, bool(fortran), shape


def _wrong_header(place: str, words: str) -> ValueError:
    return ValueError(f"{place}: expected the header of an array; got {words:.200}")


def _lengths(stream: Any, place: str) -> np.ndarray:
    array = _Array(stream, place)
    if array.type.kind not in "iu" or len(array.shape) != 1:
        raise ValueError(
            f"{place}: expected integers (N,); got {array.type} of the shape {array.shape}"
        )
    found = np.array(list(array), dtype=np.float64)  # in which any length can be told
    if len(found) and not (found.min() >= 0 and found.max() < 2**53 / len(found)):
        raise ValueError(f"{place}: expected lengths of at least 0; got {found.min():.0f}")
    return found.astype(np.int64)


def _is_lengths(name: str, names: Any) -> bool:
    return name.endswith(LENGTHS) and name.removesuffix(LENGTHS) in names


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, stack: ExitStack) -> Any:
    return stack.enter_context(open_member(archive, info, name))


def _seekable(stream: Any) -> Any:
    """A stream in which a zip archive can be read: a packed one is held in memory for that."""
    if isinstance(stream, io.BytesIO) or isinstance(getattr(stream, "raw", None), io.FileIO):
        return stream if stream.seekable() else io.BytesIO(stream.read())
    return io.BytesIO(stream.read())
