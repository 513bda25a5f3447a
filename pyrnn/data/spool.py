"""Bytes that are written once and then read: in memory while they are few, else in a file."""

from __future__ import annotations

import mmap
import os
import tempfile
from pathlib import Path
from typing import IO

import numpy as np

from pyrnn.kernels.scalars import integer

BUFFER = 2**20  # bytes of a file that wait in memory


class Spool:
    """Collects bytes: `write` them, then take all as `content`, and `close`.

    limit: bytes that may stay in memory. folder: of the file; None is the system's choice.
    The file has no name that others could open (on Windows, none that stays), and it goes when the
    last array over it goes. It is written, not mapped, so a full disk is an OSError.
    """

    def __init__(self, limit: int, folder: str | Path | None = None) -> None:
        self.limit = integer("limit", limit, least=0)
        if not isinstance(folder, str | os.PathLike | None):
            raise TypeError(f"folder: expected a path; got {type(folder).__name__} {folder!r:.80}")
        self.folder = folder
        self._memory = bytearray()
        self._file: IO[bytes] | None = None

    def write(self, array: np.ndarray) -> None:
        """Append the bytes of an array."""
        content = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        if self._file is None and len(self._memory) + len(content) > self.limit:
            self._file = tempfile.TemporaryFile(buffering=BUFFER, dir=self.folder)  # noqa: SIM115
            self._file.write(self._memory)
            self._memory = bytearray()
        if self._file is None:
            self._memory += content
        else:
            self._file.write(content)

    def content(self) -> bytearray | mmap.mmap:
        """All that was written; nothing can follow. A file is mapped, and only for reading."""
        if self._file is None:
            return self._memory
        self._file.flush()
        return mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def close(self) -> None:
        """Let go of the file; what `content` gave keeps its own hold on it."""
        if self._file is not None:
            self._file.close()
