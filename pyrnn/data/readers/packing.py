"""Packed bytes: gzip, xz and bzip2 as streams, and what to say of damaged ones."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

CHUNK = 1 << 16  # bytes at once
MEMORY = 1 << 30  # bytes that xz may take; its strongest setting, -9, takes 65 million
DAMAGE = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError)


class Streams(io.RawIOBase):
    """The streams of an .xz or .bz2 file, one after the other.

    Python's own readers take a damaged beginning of the second one for the file's end.
    """

    def __init__(self, packed: Any, unpacker: Callable[[], Any]) -> None:
        self._packed, self._make = packed, unpacker
        self._unpacker = unpacker()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            chunk = b""
            if self._unpacker.eof:
                if not (chunk := self._following()):
                    return 0
                self._unpacker = self._make()
            elif self._unpacker.needs_input and not (chunk := self._packed.read(CHUNK)):
                raise EOFError("it ends in the middle")
            if found := self._unpacker.decompress(chunk, len(buffer)):
                buffer[: len(found)] = found
                return len(found)

    def _following(self) -> bytes:
        """What comes after a stream, without the zeros that may fill up the file."""
        chunk: bytes = self._unpacker.unused_data
        while not (chunk := chunk.lstrip(b"\0")):
            if not (chunk := self._packed.read(CHUNK)):
                break
        return chunk


def _gzip(packed: Any) -> Any:
    whole = packed if hasattr(packed, "peek") else io.BufferedReader(packed)
    if not whole.peek(1):  # which Python takes for an archive of nothing
        raise EOFError("it is empty")
    return gzip.GzipFile(fileobj=whole)


def _xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, MEMORY)


PACKINGS: dict[str, Callable[[Any], Any]] = {
    ".gz": _gzip,
    ".xz": lambda packed: io.BufferedReader(Streams(packed, _xz), CHUNK),
    ".bz2": lambda packed: io.BufferedReader(Streams(packed, bz2.BZ2Decompressor), CHUNK),
}


def packing_of(name: str) -> str:
    """The end of a name in lower case that says how the file is packed; "" where it is not."""
    return next((end for end in PACKINGS if name.endswith(end)), "")


def read_out(stream: Any) -> None:
    """Read what is left of a stream, so that the checksum at its end is compared."""
    while stream.read(CHUNK):
        pass


@contextmanager
def damage(name: str) -> Iterator[None]:
    """Errors of damaged archives as ValueError, naming the file."""
    try:
        yield
    except DAMAGE as error:
        raise _damaged(name, error) from error
    except OSError as error:
        # bzip2 has no number; a seek to where a wrong archive says is invalid
        if error.errno not in (None, errno.EINVAL):
            raise
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> ValueError:
    words = str(error) or type(error).__name__
    return ValueError(f"{name}: expected a whole archive; got a damaged one ({words:.200})")
