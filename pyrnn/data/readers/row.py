"""What a reader yields."""

from __future__ import annotations

from typing import Any, NamedTuple


class Row(NamedTuple):
    """One example.

    line: where it begins in the file, from 1; of what has no lines, its number, from 0.
    values: by column: text, numbers and truth values where the format has such, None for JSON's
        null and what is missing in a data frame, arrays (T, I) for frames.
    file: the file in a folder or an archive that it is from, else None.
    unit: what `line` counts: "line" or "row".
    """

    line: int
    values: dict[str, Any]
    file: str | None = None
    unit: str = "line"

    @property
    def place(self) -> str:
        """Where it stands, for error messages: "line 3", "pos/1.txt: line 1", "row 0"."""
        inside = "" if self.file is None else f"{shown(self.file)}: "
        return f"{inside}{self.unit} {self.line}"


def shown(*names: str) -> str:
    """Names of files in an archive as error messages have them: whoever made it may have put line
    breaks into them, or what steers a terminal."""
    plain = (name if name.isprintable() else ascii(name)[1:-1] for name in names)
    return ", ".join(name if len(name) <= 200 else f"{name[:200]}..." for name in plain)
