"""Two files whose lines go together."""

from __future__ import annotations

from typing import NamedTuple

from pyrnn.files.content import Content


class Parallel(NamedTuple):
    """Two files, line k of the target beside line k of the source."""

    source: Content
    target: Content

    @property
    def name(self) -> str:
        """What error messages call both."""
        return f"{self.source.name}, {self.target.name}"

    def in_encoding(self, encoding: str) -> Parallel:
        """The same, their text in another encoding."""
        return Parallel(self.source.in_encoding(encoding), self.target.in_encoding(encoding))
