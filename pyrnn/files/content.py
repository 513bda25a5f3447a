"""What a file of the user's, a folder or standard input holds."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

PARTS = ("train", "valid", "test")
CHUNK = 1 << 20  # bytes hashed at once


@dataclass(frozen=True)
class Content:
    """A file or a folder and what to call it; nothing is read before it is asked for.

    name: in error messages.
    held: its bytes, where they are in memory, as those of standard input are; else None.
    path: where it is, None for standard input.
    encoding: of its text, where it is one.
    part: "train", "valid" or "test": which part of a tree that has such is meant; None: train.
    Raises ValueError for another part, and where there are neither bytes nor a path.
    """

    name: str
    held: bytes | None = field(default=None, repr=False)
    path: Path | None = None
    encoding: str = "utf-8"
    part: str | None = None

    def __post_init__(self) -> None:
        if self.part not in (None, *PARTS):
            raise ValueError(f"part: expected None or one of {PARTS}; got {self.part!r:.80}")
        if self.held is None and self.path is None:
            raise ValueError(f"{self.name}: expected bytes or a path; got neither")

    @classmethod
    def of(cls, path: str | Path, encoding: str = "utf-8", part: str | None = None) -> Content:
        """A file or a folder. A pipe, which can be read but once, is read now.

        Raises OSError as the system does where it cannot be read.
        """
        found = Path(path)
        mode = found.stat().st_mode
        held = None
        if stat.S_ISREG(mode):
            found.open("rb").close()
        elif not stat.S_ISDIR(mode):
            held = found.read_bytes()
        return cls(str(path), held, found, encoding, part)

    def in_encoding(self, encoding: str) -> Content:
        """The same, its text in another encoding."""
        return replace(self, encoding=encoding)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.held is None and self.path is not None and self.path.is_dir()

    @property
    def is_empty(self) -> bool:
        """Whether there is not a byte in it; in a folder, no file."""
        if self.held is not None:
            return not self.held
        if self.is_folder:
            return next(self.files(), None) is None
        return self._path.stat().st_size == 0

    @property
    def suffix(self) -> str:
        """How the name ends, in lower case: ".csv"; empty for standard input."""
        return "" if self.path is None else self.path.suffix.lower()

    @property
    def content(self) -> bytes:
        """All bytes of it. Raises OSError as the system does, ValueError for a folder."""
        if self.held is not None:
            return self.held
        with self.open() as stream:
            return stream.read()

    def open(self) -> BinaryIO:
        """Its bytes as a stream that begins anew, to be closed by the caller.

        Raises OSError as the system does, ValueError for a folder.
        """
        if self.held is not None:
            return io.BytesIO(self.held)
        if self.is_folder:
            raise ValueError(f"{self.name}: expected a file; got a folder")
        return self._path.open("rb")

    def files(self) -> Iterator[str]:
        """The files in a folder and in the folders in it, by their names relative to it, with /.

        Hidden ones are passed over, and what is neither file nor folder. Links are followed.
        Raises OSError as the system does.
        """
        yield from _files(self._path, "", ())

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the bytes; of a folder, over the sorted names of its files and the SHA-256
        of each. Computed once. Raises OSError as the system does."""
        digest = hashlib.sha256()
        if not self.is_folder:
            with self.open() as stream:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
            return digest.hexdigest()
        for name in sorted(self.files()):
            inner = Content(name, path=self._path / name)
            digest.update(os.fsencode(name) + b"\0" + bytes.fromhex(inner.sha256))
        return digest.hexdigest()

    @property
    def _path(self) -> Path:
        assert self.path is not None  # where no bytes are held there is one
        return self.path


def is_hidden(name: str) -> bool:
    """Whether a file or a folder of this name is one that systems leave beside those of a user."""
    return name.startswith(".") or name == "__MACOSX"


def _files(folder: Path, before: str, above: tuple[tuple[int, int], ...]) -> Iterator[str]:
    """above: the folders that this one is in, so that a link to one of them is not followed."""
    status = folder.stat()
    here = (status.st_dev, status.st_ino)
    if here in above:
        return
    for entry in sorted(folder.iterdir()):
        if is_hidden(entry.name):
            continue
        if entry.is_dir():
            yield from _files(entry, f"{before}{entry.name}/", (*above, here))
        elif entry.is_file():
            yield f"{before}{entry.name}"
