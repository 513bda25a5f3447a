"""The `pyrnn` command, killing itself at the N-th thing that it does to the files of a folder.

python endurance/victim.py N FOLDER train lm ...

A kill from outside comes at any moment, but seldom between two calls to the system that follow each
other at once. Python tells its audit hooks of each of them (https://peps.python.org/pep-0578/).
Where a file is opened for writing, a few bytes of it are written first, as by a write that was cut
short.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from pyrnn.cli import main

FILE_EVENTS = frozenset(("open", "os.mkdir", "os.rename", "os.remove"))
A_BEGINNING = b'{"kind": "step", "step": 1'  # of a line of history; of anything else no part


class Assassin:
    """An audit hook. count: the event to kill at, from 1. folder: whose files are watched."""

    def __init__(self, count: int, folder: Path) -> None:
        self.left = count
        self.folder = str(folder)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in FILE_EVENTS or not isinstance(arguments[0], (str, os.PathLike)):
            return
        path = Path(arguments[0])
        if not str(path).startswith(self.folder):
            return
        self.left -= 1
        if self.left:
            return
        mode = arguments[1] if event == "open" else None
        if mode in ("a", "w", "x"):
            event = "writing"
            with path.open(f"{mode}b") as file:  # an event too: `left` is below 0 then
                file.write(A_BEGINNING)
        os.write(2, f"\nkilled at {event} {path.name}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.addaudithook(Assassin(int(sys.argv[1]), Path(sys.argv[2])))
    main(sys.argv[3:], prog_name="pyrnn")
