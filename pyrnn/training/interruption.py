"""Ctrl-C and SIGTERM as a wish to end after the present step."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)  # Ctrl-C; what service managers and schedulers send


class Interruption:
    """While it is entered, the first signal only sets `wished`; a second one interrupts at once.

    An update that is broken off half-way would leave some weights changed and others not; a loop
    that looks at `wished` between updates ends whole. It may be entered again while it is entered,
    and `wished` stays until it is set back or an error leaves it. Outside the main thread, where
    Python delivers no signals, it does nothing.

    signal: the one that came first, or None: an exit status is 128 + its number.
    """

    def __init__(self) -> None:
        self.wished = False
        self.signal: int | None = None
        self._previous: dict[int, Any] = {}
        self._depth = 0  # how often it is entered
        self._installed = False

    def __enter__(self) -> Interruption:
        self._depth += 1
        if self._depth == 1 and threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._notice) for number in SIGNALS}
            self._installed = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._depth -= 1
        if kind is not None and not self._depth:  # a second signal, or an error: it has ended
            self.wished = False
        if self._installed and not self._depth:
            for number, previous in self._previous.items():
                # None: the handler before was not set from Python, and cannot be put back
                signal.signal(number, previous or signal.SIG_DFL)
            self._installed = False

    def _notice(self, number: int, frame: FrameType | None) -> None:
        if self.wished:
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            raise SystemExit(128 + number)
        self.wished, self.signal = True, number
