"""Several files that are read one after the other."""

from __future__ import annotations

from pyrnn.files.content import Content


class Several(tuple[Content, ...]):
    """Files in their order."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """What error messages call them."""
        return ", ".join(content.name for content in self)

    def in_encoding(self, encoding: str) -> Several:
        """The same, their text in another encoding."""
        return Several(content.in_encoding(encoding) for content in self)
