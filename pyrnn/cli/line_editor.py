"""Typing with completions, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from pyrnn.cli.keyboard import (
    BACKSPACE,
    END,
    ENTER,
    ERASE_LINE,
    ERASE_WORD,
    LITERAL,
    RIGHT,
    TAB,
    Keyboard,
)
from pyrnn.cli.screen import Screen
from pyrnn.data import UnknownTokenError

if TYPE_CHECKING:
    from pyrnn.models import Completer

HELP = "Tab or a number takes a completion, Enter ends the line, Ctrl-D leaves."


class LineEditor:
    """What keys do to the line that is being typed.

    begin: a new Completer. Lines that were entered stay the context of the next ones, as long as
    the model can read them.
    """

    def __init__(self, begin: Callable[[], Completer], screen: Screen) -> None:
        self._begin = begin
        self._screen = screen
        self._completer = begin()
        self._start = 0  # of the line, in the completer's text
        self._offered: list[str] = []  # the completions on the screen, as long as they hold
        self._note = ""  # why there are none
        self._literal = False  # whether the next key is a character, whatever it else would do

    @property
    def line(self) -> str:
        """What was typed so far."""
        return self._completer.text[self._start :]

    def lines(self, keyboard: Keyboard) -> Iterator[str]:
        """Each line as it is entered, until Ctrl-D or the end of input."""
        try:
            while True:
                self._show()
                keys = keyboard.keys()
                if not keys:
                    return
                for key in keys:
                    if key == END:
                        return
                    if key in ENTER:
                        yield self._enter()
                    else:
                        self.press(key, alone=len(keys) == 1)
        finally:
            self._screen.finish(self.line or None)

    def press(self, key: str, *, alone: bool = True) -> None:
        """One key other than Enter and Ctrl-D.

        alone: whether it came by itself; in a text that is pasted, digits are digits.
        """
        literal, self._literal = self._literal, False
        number = int(key) if key.isdecimal() and key.isascii() else 0
        if literal and (key.isprintable() or key == TAB):
            self._append(key)
        elif key == TAB or key in RIGHT:
            self._accept(1)
        elif alone and 0 < number <= len(self._offered):
            self._accept(number)
        elif key in BACKSPACE:
            self._delete(1)
        elif key == ERASE_LINE:
            self._delete(len(self.line))
        elif key == ERASE_WORD:
            self._delete(len(self.line) - _start_of_last_word(self.line))
        elif key == LITERAL:
            self._literal = True
        elif key.isprintable():
            self._append(key)

    def _append(self, text: str) -> None:
        self._completer.type(text)
        self._offered = []  # what is on the screen is for the text as it was

    def _accept(self, number: int) -> None:
        if number <= len(self._offered):
            self._append(self._offered[number - 1])

    def _delete(self, characters: int) -> None:
        self._completer.delete(min(characters, len(self.line)))
        self._offered = []

    def _enter(self) -> str:
        line = self.line
        self._screen.finish(line)
        self._append("\n")
        try:
            self._completer.completions()
        except ValueError:  # not for this model to read: what follows begins anew
            self._completer = self._begin()
        self._start = len(self._completer.text)
        return line

    def _show(self) -> None:
        try:
            self._offered = [one.text for one in self._completer.completions()]
            self._note = ""
        except ValueError as error:
            self._offered = []
            known = f"{str(error).partition(' (')[0]} is not in the model's vocabulary"
            unknown = isinstance(error, UnknownTokenError)
            self._note = known if unknown else str(error) if self.line else ""
        self._screen.draw(self.line, self._offered, self._note)


def _start_of_last_word(line: str) -> int:
    words: Sequence[str] = line.split()
    return line.rindex(words[-1]) if words else 0
