"""The tasks' files, small and made up, in their own formats."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.tasks import (
    airline,
    digits,
    engines,
    entities,
    etth1,
    names,
    splice,
    translation,
    vowels,
)


def write_vowels(folder: Path) -> None:
    """Four and two utterances of each speaker, of three frames."""
    for name, each in ((vowels.TRAIN, 4), (vowels.TEST, 2)):
        lines = []
        for speaker in range(1, 10):
            for _ in range(each):
                for step in range(3):
                    frame = [1.0 + 0.25 * (1 - step), *[0.1 * speaker] * 11]
                    lines.append(" ".join(map(str, frame)) + " ")
                lines += [" ".join(["1.0"] * 12), ""]
        _write(folder / name, "\n".join(lines).encode())


def write_splice(folder: Path) -> None:
    """Twenty sequences of each class, two of each class twice."""
    draw, lines = np.random.default_rng(0), []
    for label, middle in (("EI", "GGTA"), ("IE", "CAGG"), ("N", "TTTT")):
        for k in range(20):
            letters = list("".join(draw.choice(list("ACGT"), 60)))
            letters[28:32] = middle
            line = f"{label},    NAME-{k},   {''.join(letters)}"
            lines += [line, line] if k < 2 else [line]
    _write(folder / splice.FILE, "\n".join([*lines, ""]).encode())


def write_digits(folder: Path) -> None:
    """Forty images and twenty, 6 x 5, of two digits."""
    for images, labels, count in zip(
        (digits.TRAIN, digits.TEST), digits.LABELS, (40, 20), strict=True
    ):
        truth = np.arange(count, dtype=np.uint8) % 2
        pixels = np.zeros((count, 6, 5), np.uint8)
        pixels[truth == 1, 2] = 255
        head = struct.pack(">4BIII", 0, 0, 8, 3, *pixels.shape)
        _write(folder / images, gzip.compress(head + pixels.tobytes()))
        head = struct.pack(">4BI", 0, 0, 8, 1, count)
        _write(folder / labels, gzip.compress(head + truth.tobytes()))


def write_engines(folder: Path) -> None:
    """Ten engines that run to their end, three that are cut off; one reading falls."""
    draw = np.random.default_rng(0)
    for name, lives, cut in ((engines.TRAIN, [130] + [20] * 9, 0), (engines.TEST, [25] * 3, 9)):
        lines = []
        for number, life in enumerate(lives, 1):
            for cycle in range(1, life - cut + 1):
                noise = draw.normal(size=23).round(3)
                lines.append("\t".join(map(str, (number, cycle, life - cycle, *noise))) + "\t")
        _write(folder / name, gzip.compress("\n".join([*lines, ""]).encode()))
    _write(folder / engines.LEFT, b"140 \n141 \n142 \n")


def write_names(folder: Path) -> None:
    """Thirty names of each of two languages; one twice in its own, one in both."""
    for language, end in (("Latvian", "is"), ("Polish", "ski")):
        each = [f"{a}{b}{end}" for a in "ABCDE" for b in "aeiouy"]
        both = ["Aais"] if language == "Polish" else []
        _write(
            folder / names.FOLDER / f"{language}.txt", "\n".join([*each, each[1], *both]).encode()
        )


def write_entities(folder: Path) -> None:
    """Twenty sentences in each file, each with a name."""
    for name in entities.FILES:
        lines = ["-DOCSTART- -X- O O", ""]
        for k in range(20):
            person = ("Ann", "Bob", "Eve")[k % 3]
            lines += [f"{person} NNP I-NP I-PER", "slept VBD I-VP O", ""]
        _write(folder / name, "\n".join(lines).encode())


def write_translation(folder: Path) -> None:
    """Forty pairs in each part."""
    pytest.importorskip("sacrebleu")
    for name in translation.FILES:
        word = "Hund" if ".de" in name else "dog"
        lines = [f"{'ABCDE'[k % 5]} {word}{'.' * (k % 2)}" for k in range(40)]
        _write(folder / name, gzip.compress("\n".join([*lines, ""]).encode()))


def write_hours(folder: Path) -> None:
    """Fifty days of a wave, a day long."""
    moments = np.datetime64("2024-01-01T00") + np.arange(1200)
    lines = [f"{str(m).replace('T', ' ')}:00:00,{np.sin(k * np.pi / 12):.3f}"
             for k, m in enumerate(moments)]  # fmt: skip
    _write(folder / etth1.FILE, "\n".join(["date,OT", *lines, ""]).encode())


def write_months(folder: Path) -> None:
    """Twelve years, as many more each year."""
    lines = [f"{k % 12 + 1}-{49 + k // 12},{100 + k % 12 * 5 + k}" for k in range(144)]
    _write(folder / airline.FILE, "\r\n".join(["Month,all of them", *lines, ""]).encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


MADE_UP: dict[str, Callable[[Path], None]] = {
    "vowels": write_vowels,
    "splice": write_splice,
    "digits": write_digits,
    "engines": write_engines,
    "names": write_names,
    "word-order": lambda folder: None,
    "strips": write_digits,
    "strips-ctc": write_digits,
    "spoken-digits": lambda folder: None,
    "entities": write_entities,
    "parts-of-speech": write_entities,
    "spelled-numbers": lambda folder: None,
    "mosaics": write_digits,
    "names-by-language": write_names,
    "addition": lambda folder: None,
    "translation": write_translation,
    "etth1": write_hours,
    "airline": write_months,
}
