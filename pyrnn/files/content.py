"""What a file of the user's holds."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple


class Content(NamedTuple):
    """The bytes of a file, and what to call it.

    name: in error messages. path: where it is, None for standard input.
    encoding: of its text, where it is one.
    """

    name: str
    content: bytes
    path: Path | None = None
    encoding: str = "utf-8"

    @classmethod
    def of(cls, path: str | Path, encoding: str = "utf-8") -> Content:
        """A file. Raises OSError as the system does."""
        return cls(str(path), Path(path).read_bytes(), Path(path), encoding)

    @property
    def suffix(self) -> str:
        """How the name ends, in lower case: ".csv"; empty for standard input."""
        return "" if self.path is None else self.path.suffix.lower()

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes."""
        return hashlib.sha256(self.content).hexdigest()
