"""A line that is being typed and its completions, drawn on a terminal.

The line stands in one row, its likeliest completion after the cursor; all completions stand in the
row below, numbered. A line that is wider than the terminal shows its end.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TextIO

ELLIPSIS = "…"
SIGNS = {"\n": "⏎", "\t": "⇥"}
CLEAR = "\r\x1b[J"  # to the beginning of the row, and nothing below it
UP = "\x1b[A"


class Screen:
    """A terminal to draw on. stream: one that is a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def draw(self, line: str, completions: Sequence[str], note: str = "") -> None:
        """Show a line, with what is offered for it, or a note instead."""
        width = self._width()
        before, after = rows_of(line, completions, width)
        below = cut(note, width - 1) if note else offers(line, completions, width)
        # the cursor goes back to the end of the line: the row's beginning, then so many cells on
        place = f"{UP}\r\x1b[{cells(before)}C" if before else f"{UP}\r"
        self._write(f"{CLEAR}{before}{dim(after)}\n{dim(below)}{place}")

    def finish(self, line: str | None) -> None:
        """Leave nothing but the line, with the cursor below it; None: not even that."""
        self._write(CLEAR if line is None else f"{CLEAR}{''.join(map(sign, line))}\n")

    def say(self, text: str) -> None:
        """A line of its own, above all else."""
        self._write(f"{CLEAR}{dim(cut(text, self._width() - 1))}\n")

    def _width(self) -> int:
        return max(8, os.get_terminal_size(self._stream.fileno()).columns)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def rows_of(line: str, completions: Sequence[str], width: int) -> tuple[str, str]:
    """What fits before and after the cursor: the end of the line, the best completion's beginning.

    The last cell of a row stays free: a terminal may begin a new row as soon as it is filled.
    """
    shown = "".join(map(sign, line))
    after = "".join(map(sign, completions[0])) if completions else ""
    after = cut(after, max(width // 3, width - 1 - cells(shown[: width + 1])))
    room = width - 1 - cells(after)
    if len(shown) > room or cells(shown) > room:
        shown = shown[-room:]
        while cells(shown) > room - 1:
            shown = shown[1:]
        shown = ELLIPSIS + shown
    return shown, after


def offers(line: str, completions: Sequence[str], width: int) -> str:
    """The completions with their numbers, each after the letters of the word that it completes."""
    typed = line.split()[-1] if line and not line[-1].isspace() else ""
    numbered = (
        f"{number} {''.join(map(sign, typed + text)).strip()}"
        for number, text in enumerate(completions, start=1)
    )
    return cut("   ".join(numbered), width - 1)


def sign(character: str) -> str:
    """A character as it is shown: none may move the cursor."""
    return (
        character if character.isprintable() else SIGNS.get(character, "\N{REPLACEMENT CHARACTER}")
    )


def cells(text: str) -> int:
    """The columns that a text takes."""
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int) -> str:
    """A text in at most so many columns; what was cut ends in an ellipsis."""
    from rich.cells import set_cell_size

    if cells(text) <= width:
        return text
    return set_cell_size(text, width - 1) + ELLIPSIS if width > 1 else ELLIPSIS[:width]


def dim(text: str) -> str:
    """A text that stands back."""
    return f"\x1b[2m{text}\x1b[22m" if text else ""
