"""Made files of sequences, a kind each, small and easy to tell apart."""

from __future__ import annotations

import csv
import io
import json
import struct
import tarfile
import wave
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    """A CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def wide(path: Path, rows: int = 40, steps: int = 6) -> Path:
    """A series a row, x0 to x5: those that rise and those that fall; the second half is shorter."""
    draw = np.random.default_rng(0)
    found = []
    for k in range(rows):
        series = np.arange(steps) * (1 if k % 2 else -1) + draw.normal(0, 0.1, steps)
        cells = [f"{x:.3f}" for x in series[: steps - (k >= rows // 2)]]
        cells += [""] * (steps - len(cells))
        found.append([*cells, "up" if k % 2 else "down", 30 + k % 7, "AB"[k % 2], f"p{k // 4}"])
    header = [*(f"x{t}" for t in range(steps)), "kind", "age", "site", "patient"]
    return write_table(path, header, found)


def long(path: Path, sequences: int = 30) -> Path:
    """A step a row, of sequences that are woven into each other: which of three numbers is high."""
    draw = np.random.default_rng(1)
    every = [(f"t{k}", k % 3, 3 + k % 4) for k in range(sequences)]
    rows = []
    for step in range(6):
        for name, high, length in every:
            if step < length:
                numbers = draw.normal(0, 0.3, 3)
                numbers[high] += 2
                rows.append([name, *(f"{x:.3f}" for x in numbers), "xyz"[high]])
    return write_table(path, ["trial", "ax", "ay", "az", "class"], rows)


def engines(path: Path, units: int = 12) -> Path:
    """A step a row, and how many are left after each."""
    draw = np.random.default_rng(2)
    rows = []
    for unit in range(1, units + 1):
        length = int(draw.integers(6, 12))
        for left in range(length - 1, -1, -1):
            numbers = [left + draw.normal(0, 0.1), left**0.5, draw.normal()]
            rows.append([unit, *(f"{x:.3f}" for x in numbers), left])
    return write_table(path, ["unit", "s1", "s2", "s3", "rul"], rows)


def films(folder: Path, parts: Sequence[str] = ("train", "test"), count: int = 12) -> Path:
    """Texts in folders by class, within folders by part."""
    for part in parts:
        for label, word in (("pos", "good"), ("neg", "bad")):
            (folder / part / label).mkdir(parents=True)
            for k in range(count):
                text = f"a {word} film, {part} {k}"
                (folder / part / label / f"{k}_7.txt").write_text(text, encoding="utf-8")
    return folder


def packed(folder: Path) -> Path:
    """A folder as a .tar.gz beside it."""
    path = folder.with_name(f"{folder.name}.tar.gz")
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, folder.name)
    return path


def arrays(path: Path) -> Path:
    """Frames (N_k, 2) under x, labels under y, in one .npz."""
    frames = np.stack([np.full((4, 2), k % 2, np.float32) for k in range(20)])
    np.savez(path, x=frames, y=np.array(["one" if k % 2 else "zero" for k in range(20)]))
    return path


def images(path: Path, count: int = 20) -> Path:
    """Images of 4 x 3 as MNIST has them, bright above or below, and their labels beside them."""
    above = np.arange(count) % 2
    pixels = np.zeros((count, 4, 3), np.uint8)
    pixels[above == 1, :2] = 255
    pixels[above == 0, 2:] = 255
    path.write_bytes(struct.pack(">IIII", 0x803, count, 4, 3) + pixels.tobytes())
    labels = struct.pack(">II", 0x801, count) + above.astype(np.uint8).tobytes()
    path.with_name(path.name.replace("images-idx3", "labels-idx1")).write_bytes(labels)
    return path


def sounds(folder: Path, count: int = 6) -> Path:
    """Tones of a tenth of a second, low and high, in folders by class."""
    for label, pitch in (("low", 300), ("high", 2500)):
        (folder / label).mkdir(parents=True)
        for k in range(count):
            time = np.arange(800) / 8000
            samples = (np.sin(2 * np.pi * (pitch + 10 * k) * time) * 20_000).astype("<i2")
            with wave.open(str(folder / label / f"{k}.wav"), "wb") as file:
                file.setparams((1, 2, 8000, 0, "NONE", ""))
                file.writeframes(samples.tobytes())
    return folder


def names(folder: Path) -> Path:
    """A file a class, an example a line."""
    folder.mkdir()
    for label, some in (("Vowels", ["aeo", "oia", "eea", "uio"]), ("Others", ["krt", "bdd"] * 2)):
        (folder / f"{label}.txt").write_text("\n".join(some * 3) + "\n", encoding="utf-8")
    return folder


def several(path: Path, rows: int = 40) -> Path:
    """Texts of which each may be toxic, rude, both or neither."""
    words = (("toxic", "poison"), ("rude", "damn"))
    found = []
    for k in range(rows):
        flags = [k % 2, k // 2 % 2]
        text = " ".join(["so", *(w for f, (_, w) in zip(flags, words, strict=True) if f), "it is"])
        found.append([text, *flags])
    return write_table(path, ["text", "toxic", "rude"], found)


def json_lines(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """An object a line."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of a CSV text."""
    return list(csv.DictReader(io.StringIO(text)))
