"""`pyrnn complete` on a terminal: a real process at a pseudo-terminal."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pyrnn
from pyrnn.models import LanguageModel

fcntl = pytest.importorskip("fcntl", reason="needs pseudo-terminals")
pty = pytest.importorskip("pty", reason="needs pseudo-terminals")
termios = pytest.importorskip("termios", reason="needs pseudo-terminals")

PATIENCE = 60  # seconds; each wait takes a fraction of one
STYLE = re.compile(r"\x1b\[\d*m")


# Where the pyrnn under test lies: elsewhere a source tree might be found in its place.
PLACE = Path(pyrnn.__file__).parents[1]

# The terminal becomes the one that controls the process, so that Ctrl-C there is its signal.
START = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from pyrnn.cli import main
main(sys.argv[1:], prog_name="pyrnn")
"""


class Terminal:
    """A process that runs `pyrnn ARGUMENTS` at a terminal of its own, 60 columns wide."""

    def __init__(self, *arguments: object, stdout: int | None = None) -> None:
        self.keys, self.screen = pty.openpty()
        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
        self.before = termios.tcgetattr(self.screen)
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", START, *map(str, arguments)],
            stdin=self.screen,
            stdout=self.screen if stdout is None else stdout,
            stderr=self.screen,
            env={**os.environ, "TERM": "xterm", "PYTHONIOENCODING": "utf-8"},
            cwd=PLACE,
            start_new_session=True,
        )
        self.seen = ""

    def press(self, keys: str) -> None:
        os.write(self.keys, keys.encode())

    def wait_for(self, text: str) -> str:
        """Read until this text was drawn; what was drawn since the last one."""
        end = time.monotonic() + PATIENCE
        while text not in STYLE.sub("", self.seen):
            assert time.monotonic() < end, f"{text!r} never came: {self.seen!r}"
            if select.select([self.keys], [], [], 0.1)[0]:
                self.seen += os.read(self.keys, 65536).decode(errors="replace")
            elif self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.seen!r}")
        seen, self.seen = STYLE.sub("", self.seen), ""
        return seen

    def end(self) -> int:
        """Wait for the process; its status. The terminal must be as it was."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:  # what it writes must be read, or it waits
            assert time.monotonic() < end, self.seen
            if select.select([self.keys], [], [], 0.05)[0]:
                self.seen += os.read(self.keys, 65536).decode(errors="replace")
        while select.select([self.keys], [], [], 0)[0]:
            self.seen += os.read(self.keys, 65536).decode(errors="replace")
        assert termios.tcgetattr(self.screen) == self.before
        assert "Traceback" not in self.seen
        return self.process.returncode

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.keys)
        os.close(self.screen)


@pytest.fixture
def terminal(model: Path) -> Iterator[Callable[..., Terminal]]:
    """terminal(*arguments): `pyrnn complete MODEL ARGUMENTS`, ready for keys."""
    opened = []

    def start(*arguments: object, **settings: int) -> Terminal:
        opened.append(Terminal("complete", model, *arguments, **settings))
        opened[-1].wait_for("1 ")  # the completions of an empty line
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def test_typing_with_completions(terminal, model: Path) -> None:
    known = LanguageModel.load(model)
    session = terminal()
    session.press("the c")
    first, second, *_ = (one.text for one in known.complete("the c"))
    seen = session.wait_for(f"2 c{second}")
    assert f"the c{first}" in seen
    assert f"1 c{first}" in seen

    session.press("\t")
    session.wait_for(f"the c{first}{known.complete('the c' + first)[0].text}")
    session.press("\x7f" * len(first))
    session.wait_for(f"2 c{second}")
    session.press("2")
    line = f"the c{second}"
    session.wait_for(line + known.complete(line)[0].text)
    session.press("\n")
    session.wait_for(f"{line}\r\n")
    session.press("\x04")
    assert session.end() == 0


def test_ctrl_c(terminal) -> None:
    session = terminal()
    session.press("the c")
    session.wait_for("the c")
    session.press("\x03")
    assert session.end() == 130
    assert "interrupted" in session.seen


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_that_end(terminal, number: int) -> None:
    session = terminal()
    session.process.send_signal(number)
    assert session.end() == 128 + number


def test_what_would_suspend_or_quit_does_nothing(terminal) -> None:
    session = terminal()
    session.press("\x1a\x1c\x13th")  # Ctrl-Z, Ctrl-\, Ctrl-S
    session.wait_for("th")
    session.press("\x04")
    assert session.end() == 0


def test_keys_before_it_is_ready_are_not_lost(model: Path) -> None:
    session = Terminal("complete", model)
    try:
        session.press("the c")
        session.wait_for("\x1b[Jthe c")
        session.press("\x15\x04")
        assert session.end() == 0
    finally:
        session.close()


def test_lines_go_to_a_file(terminal, tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    with path.open("wb") as file:
        session = terminal(stdout=file.fileno())
        session.press("the cat\n")
        session.wait_for("the cat\r\n")
        session.press("the dog")
        session.wait_for("the dog")
        session.press("\n\x04")
        assert session.end() == 0
    assert path.read_text(encoding="utf-8") == "the cat\nthe dog\n"


def test_json_is_not_interactive(model: Path) -> None:
    session = Terminal("complete", model, "--json", "-n", "1")
    try:
        session.press("the c\n")
        session.wait_for('{"prefix": "the c", "completions"')
        session.press("\x04")
        assert session.end() == 0
    finally:
        session.close()
