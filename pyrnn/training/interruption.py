"""Ctrl-C as a wish to end after the present step."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Interruption:
    """While it is entered, the first Ctrl-C only sets `wished`; a second one interrupts as usual.

    An update that is broken off half-way would leave some weights changed and others not; a loop
    that looks at `wished` between updates ends whole. Outside the main thread, where Python
    delivers no signals, it does nothing.
    """

    def __init__(self) -> None:
        self.wished = False
        self._previous: Any = None
        self._entered = False

    def __enter__(self) -> Interruption:
        self.wished = False
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._notice)
            self._entered = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._entered:
            # None: the handler before was not set from Python, and cannot be put back
            signal.signal(signal.SIGINT, self._previous or signal.SIG_DFL)
            self._entered = False

    def _notice(self, number: int, frame: FrameType | None) -> None:
        if self.wished:
            raise KeyboardInterrupt
        self.wished = True
