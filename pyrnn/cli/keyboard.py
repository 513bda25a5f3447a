"""The keys of a terminal, one by one."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import select
import signal
from collections.abc import Iterator, Sequence
from typing import Any

# What a key sends: an escape sequence (ECMA-48, and the O of a keypad), or a character.
KEY = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|\x1b[^\[O]|.", re.DOTALL)
UNFINISHED = re.compile(r"\x1b(\[[0-?]*[ -/]*|O)?\Z")
PATIENCE = 0.03  # seconds for the rest of an escape sequence; the Escape key itself sends no rest

ENTER, TAB, RIGHT = ("\n", "\r"), "\t", ("\x1b[C", "\x1bOC")
BACKSPACE, ERASE_WORD, ERASE_LINE = ("\x7f", "\x08"), "\x17", "\x15"  # the latter Ctrl-W, Ctrl-U
LITERAL, END = "\x16", "\x04"  # Ctrl-V, Ctrl-D


class Keyboard:
    """A terminal whose keys come as they are pressed; see `keyboard`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def keys(self) -> Sequence[str]:
        """The keys that were pressed since the last call, at least one; none at the end of input.

        Each is a character or a whole escape sequence.
        """
        typed = self._read()
        while UNFINISHED.search(typed) and select.select([self._descriptor], [], [], PATIENCE)[0]:
            more = self._read()
            if not more:
                break
            typed += more
        return KEY.findall(typed)

    def _read(self) -> str:
        """At least one character; an empty string at the end of input."""
        while True:
            try:
                content = os.read(self._descriptor, 4096)
            except OSError:  # a terminal that is gone
                content = b""
            text = self._decoder.decode(content)
            if text or not content:
                return text


@contextlib.contextmanager
def keyboard(descriptor: int) -> Iterator[Keyboard]:
    """The keys of a terminal: meanwhile it neither echoes nor edits, and Ctrl-Z is a key.

    Ctrl-C still is KeyboardInterrupt. The terminal is put back in whatever way the context is left;
    SIGTERM and SIGHUP leave it, by SystemExit. Raises ImportError on systems without termios.
    """
    import termios

    before = termios.tcgetattr(descriptor)
    ending = (signal.SIGTERM, signal.SIGHUP)
    handlers = {number: signal.getsignal(number) for number in ending}
    try:
        for number in ending:
            signal.signal(number, _leave)
        mode = _key_by_key(termios.tcgetattr(descriptor), descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, mode)
        yield Keyboard(descriptor)
    finally:
        with contextlib.suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _key_by_key(mode: list[Any], descriptor: int) -> list[Any]:
    """The attributes of a terminal that hands on each key, but for Ctrl-C."""
    import termios as t

    inputs, outputs, controls, local, in_speed, out_speed, characters = mode
    inputs = inputs & ~(t.IXON | t.INLCR | t.IGNCR) | t.ICRNL  # IXON: Ctrl-S would stop the screen
    local = local & ~(t.ICANON | t.ECHO | t.IEXTEN) | t.ISIG  # IEXTEN: Ctrl-V would not arrive
    none = bytes((os.fpathconf(descriptor, "PC_VDISABLE") & 0xFF,))
    characters = list(characters)
    characters[t.VSUSP] = characters[t.VQUIT] = none  # both would leave the terminal as it is now
    characters[t.VMIN], characters[t.VTIME] = 1, 0
    return [inputs, outputs, controls, local, in_speed, out_speed, characters]


def _leave(number: int, frame: object) -> None:
    raise SystemExit(128 + number)
