"""Bytes that arrive in any portions become whole keys. At a terminal: test_interaction.py."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from pyrnn.cli import keyboard
from pyrnn.cli.keyboard import Keyboard


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (b"ab", ["a", "b"]),
        ("é漢\n\t".encode(), ["é", "漢", "\n", "\t"]),
        (b"a\x1b[Cb", ["a", "\x1b[C", "b"]),
        (b"\x1b[1;5D\x1bOC\x1b[3~", ["\x1b[1;5D", "\x1bOC", "\x1b[3~"]),
        (b"\x1bf\x7f\x17", ["\x1bf", "\x7f", "\x17"]),
        (b"\x1b", ["\x1b"]),
        (b"a\xffb", ["a", "\ufffd", "b"]),
    ],
)
def test_keys(pipe: tuple[int, int], sent: bytes, keys: list[str]) -> None:
    os.write(pipe[1], sent)
    assert Keyboard(pipe[0]).keys() == keys


@pytest.mark.parametrize("parts", [(b"\x1b", b"[C"), (b"x\x1b[1;", b"5C"), (b"\xe6\xbc", b"\xa2")])
def test_the_rest_of_a_key_is_waited_for(
    pipe: tuple[int, int], parts: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    portions = [*parts, b"never"]
    monkeypatch.setattr(keyboard.os, "read", lambda descriptor, most: portions.pop(0))
    os.write(pipe[1], b"there is more")
    keys = Keyboard(pipe[0]).keys()
    assert "".join(keys).encode() == b"".join(parts)
    assert keys[-1] in ("\x1b[C", "\x1b[1;5C", "漢")


def test_the_end_of_input() -> None:
    read, write = os.pipe()
    os.write(write, b"a")
    os.close(write)
    keys = Keyboard(read)
    assert keys.keys() == ["a"]
    assert keys.keys() == []
    os.close(read)
