"""Data as people have it: from each kind of file to a model, and from the model to what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from . import sequences
from .sequences import rows_of

SMALL = ("--hidden", "8", "--max-steps", "40", "--batch", "4", "--lr", "0.03", "--dropout", "0")


class Kind(NamedTuple):
    """A kind of data.

    make: (folder) -> the file or folder. arguments: how it is read. count: the sequences that
    `evaluate` reads. name: the column of their names, and the first of them; None for none.
    """

    family: str
    make: Callable[[Path], Path]
    arguments: tuple[str, ...]
    count: int
    name: tuple[str, str] | None = None


def fasta(folder: Path) -> Path:
    """A file for each class, each with some records."""
    (folder / "dna").mkdir()
    for label, letters in (("coding", "AAG\nTAAG"), ("other", "CCGT")):
        records = "".join(f">{label}{k} of {k}\n{letters}\n" for k in range(10))
        (folder / "dna" / f"{label}.fasta").write_text(records, encoding="utf-8")
    return folder / "dna"


def of_letters(folder: Path) -> Path:
    """A table of letters."""
    rows = [["ACGTACGT"[k % 2 :], "odd" if k % 2 else "even"] for k in range(20)]
    path = sequences.write_table(folder / "dna.csv", ["letters", "kind"], rows)
    tsv = path.with_suffix(".tsv")
    tsv.write_text(path.read_text("utf-8").replace(",", "\t"), encoding="utf-8")
    return tsv


def of_objects(folder: Path) -> Path:
    """Lists of numbers in JSON lines."""
    rows = [{"frames": [[k % 2, 1.0]] * 3, "label": k % 2 == 0} for k in range(20)]
    return sequences.json_lines(folder / "frames.jsonl", rows)


KINDS = {
    "a wide table": Kind("classify", lambda folder: sequences.wide(folder / "curves.csv"),
                         ("--series", "x0:x5", "--label", "kind"), 40),
    "a long table": Kind("classify", lambda folder: sequences.long(folder / "gestures.csv"),
                         ("--id", "trial", "--features", "ax,ay,az", "--label", "class"), 30,
                         ("trial", "t0")),
    "a target a step": Kind("regress", lambda folder: sequences.engines(folder / "engines.csv"),
                            ("--id", "unit", "--features", "s1,s2,s3", "--target", "rul"), 12,
                            ("unit", "1")),
    "numbers of a wide table": Kind("regress", lambda folder: sequences.wide(folder / "curves.csv"),
                                    ("--series", "x0:x3", "--target", "x4,age"), 40),
    "a folder": Kind("classify", lambda folder: sequences.films(folder / "films"), (), 24,
                     ("file", "test/neg/0_7.txt")),
    "an archive": Kind("classify",
                       lambda folder: sequences.packed(sequences.films(folder / "films")), (), 24,
                       ("file", "films/test/")),
    "a file a class": Kind("classify", lambda folder: sequences.names(folder / "names"),
                           ("--unit", "characters"), 24, ("file", "Others.txt")),
    "FASTA": Kind("classify", fasta, ("--unit", "characters"), 20, ("file", "coding.fasta")),
    "letters": Kind("classify", of_letters,
                    ("--text", "letters", "--label", "kind", "--unit", "characters"), 20),
    "arrays": Kind("classify", lambda folder: sequences.arrays(folder / "a.npz"),
                   ("--frames", "x", "--label", "y"), 20),
    "lists of numbers": Kind("classify", of_objects, ("--frames", "frames"), 20),
    "images": Kind("classify",
                   lambda folder: sequences.images(folder / "train-images-idx3-ubyte"), (), 20),
    "sounds": Kind("classify", lambda folder: sequences.sounds(folder / "sounds"), (), 12,
                   ("file", "high/0.wav")),
    "several labels": Kind("classify", lambda folder: sequences.several(folder / "c.csv"),
                           ("--label", "toxic,rude", "--thresholds", "validation"), 40),
    "static features": Kind("classify", lambda folder: sequences.wide(folder / "curves.csv"),
                            ("--series", "x0:x5", "--label", "kind", "--static", "age,site",
                             "--split-by", "patient"), 40),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_from_a_file_to_what_a_model_says(run, tmp_path: Path, kind: Kind) -> None:
    data, model = kind.make(tmp_path), tmp_path / "m"
    run("train", kind.family, data, "-o", model, *SMALL, *kind.arguments)
    found = json.loads(run("evaluate", model, data, "--format", "json", "--mistakes", 99).stdout)
    assert good(found), found
    rows = rows_of(run("predict", model, data, "--format", "csv").stdout)
    lines = run("predict", model, data, "--format", "jsonl").stdout.splitlines()
    texts = run("predict", model, data).stdout.splitlines()
    assert len(rows) == len(lines) == len(texts) == kind.count
    if kind.name is not None:
        column, first = kind.name
        assert next(iter(rows[0])) == next(iter(json.loads(lines[0]))) == column
        assert rows[0][column] == json.loads(lines[0])[column]
        assert rows[0][column].startswith(first)
        assert all("name" in mistake for mistake in found["mistakes"])
    output = run("evaluate", model, data, "--mistakes", 2).stdout
    assert not found["mistakes"] or not kind.name or kind.name[0] in output
    assert "weights" in run("info", model).stdout


def good(found: dict[str, Any]) -> bool:
    """Whether a model has learnt something; 40 steps are no more than that."""
    if "rmse" in found:
        return found["rmse"] < 4
    return bool(found.get("accuracy", found.get("f1_macro")) > 0.8)
