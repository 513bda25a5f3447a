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
    `predict` reads. name: the column of their names, and the first of them; None for none.
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
                           ("--unit", "characters"), 2, ("file", "Others.txt")),
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


@pytest.fixture
def gestures(run, tmp_path: Path) -> tuple[Path, Path]:
    """A long table and a model of it."""
    data = sequences.long(tmp_path / "gestures.csv")
    run("train", "classify", data, "-o", tmp_path / "m", "--id", "trial", "--features", "ax,ay,az",
        "--label", "class", *SMALL)  # fmt: skip
    return data, tmp_path / "m"


def test_a_table_without_rows_has_a_header(run, gestures, tmp_path: Path) -> None:
    _, model = gestures
    empty = sequences.write_table(tmp_path / "none.csv", ["trial", "ax", "ay", "az"], [])
    output = run("predict", model, empty, "--format", "csv").stdout
    assert output == "label,probability,probabilities.x,probabilities.y,probabilities.z\n"
    assert run("predict", model, empty).stdout == ""


def test_an_id_that_is_called_as_what_is_predicted(run, gestures, tmp_path: Path) -> None:
    data, model = gestures
    renamed = tmp_path / "renamed.csv"
    renamed.write_text(data.read_text("utf-8").replace("trial", "label", 1), encoding="utf-8")
    output = run("predict", model, renamed, "--id", "label", "--format", "csv").stdout
    first = rows_of(output)[0]
    assert list(first)[:2] == ["input.label", "label"]
    assert first["input.label"] == "t0"


def test_the_part_for_tests_is_scored(run, tmp_path: Path) -> None:
    films = sequences.packed(sequences.films(tmp_path / "films"))
    arguments = ("train", "classify", films, "-o", tmp_path / "m", *SMALL)
    assert "test: accuracy 1.0000" in run(*arguments, "--test", films).stdout
    run("train", "--resume", tmp_path / "m", "--max-steps", 41)  # the same parts of it
    output = run("evaluate", tmp_path / "m", films, "--format", "json").stdout
    assert sum(map(sum, json.loads(output)["confusion"])) == 24
    # a tree that has none
    other = sequences.films(tmp_path / "others", ("train", "valid"))
    output = run("evaluate", tmp_path / "m", other, status=1).output
    assert "expected a folder 'test' in it; got train, valid" in output
    run(*arguments, "--valid", other, "--overwrite")
    output = run(*arguments, "--valid", films, "--overwrite", status=1).output
    assert "expected a folder 'valid' in it; got t" in output


def test_groups_are_no_matter_of_test_data(run, tmp_path: Path) -> None:
    data = sequences.wide(tmp_path / "curves.csv")
    test = tmp_path / "test.csv"  # which names no patients
    test.write_text(data.read_text("utf-8").replace("patient", "who", 1), encoding="utf-8")
    columns = ("--series", "x0:x5", "--label", "kind", "--split-by", "patient")
    run("train", "classify", data, "-o", tmp_path / "m", *SMALL, *columns, "--test", test)
    run("evaluate", tmp_path / "m", test)
    assert "expected a column 'patient'" in run(
        "train", "classify", test, "-o", tmp_path / "n", *SMALL, *columns, status=1
    ).output  # fmt: skip


def test_blanks_around_a_label_do_not_count(run, tmp_path: Path) -> None:
    labels = [" pos", "neg ", "pos", "neg"]
    rows = [["bad" if k % 2 else "good", labels[k % 4]] for k in range(40)]
    data = sequences.write_table(tmp_path / "blanks.csv", ["text", "label"], rows)
    run("train", "classify", data, "-o", tmp_path / "m", *SMALL)
    config = json.loads((tmp_path / "m" / "config.json").read_text("utf-8"))
    assert config["labels"]["classes"] == ["neg", "pos"]


@pytest.mark.parametrize("held", ["valid", "test"])
def test_a_label_that_training_does_not_have(run, tmp_path: Path, held: str) -> None:
    rows = [[f"text {k % 2}", "ab"[k % 2]] for k in range(20)]
    data = sequences.write_table(tmp_path / "data.csv", ["text", "label"], rows)
    other = sequences.write_table(tmp_path / "other.csv", ["text", "label"], [*rows, ["x", "c"]])
    output = run("train", "classify", data, "-o", tmp_path / "m", *SMALL, f"--{held}", other,
        status=1).output  # fmt: skip
    assert f"label 'c' in {other}: line 22 is not among the training labels" in output
    assert not (tmp_path / "m").exists()


def test_missing_numbers_and_decimal_commas(run, tmp_path: Path) -> None:
    rows = [[f"{k % 2},5", "NA" if k == 3 else "1,0", "ab"[k % 2]] for k in range(20)]
    data = sequences.write_table(tmp_path / "data.csv", ["x", "y", "label"], rows)
    columns = ("--series", "x,y", "--decimal", ",")
    arguments = ("train", "classify", data, "-o", tmp_path / "m", *SMALL, *columns)
    output = run(*arguments, status=1).output
    assert f"{data}: line 5, column 'y'" in output
    output = run(*arguments, "--missing", "NA,empty", status=1).output
    assert "gaps" in output
    run(*arguments, "--missing", "NA,empty", "--gaps", "mean")
    run("evaluate", tmp_path / "m", data)
    output = run("evaluate", tmp_path / "m", data, "--decimal", ".", status=1).output
    assert f"{data}: line 2, column 'x'" in output


def test_lists_of_columns_in_a_settings_file(run, tmp_path: Path) -> None:
    sequences.long(tmp_path / "gestures.csv")
    path = tmp_path / "run.toml"
    run("train", "classify", tmp_path / "gestures.csv", "-o", tmp_path / "m", "--id", "trial",
        "--features", "ax,ay,az", "--label", "class", *SMALL, "--write-config", path)  # fmt: skip
    text = path.read_text("utf-8")
    assert 'features = ["ax", "ay", "az"]' in text
    assert 'label = ["class"]' in text
    run("train", "classify", "--config", path)
    assert "columns.features" in run("info", tmp_path / "m").stdout
    assert "ax, ay, az" in run("info", tmp_path / "m").stdout
    assert "columns.series" not in run("info", tmp_path / "m").stdout  # there is none
    text = text.replace('["ax", "ay", "az"]', '["ax", "ax"]')
    path.write_text(text, encoding="utf-8")
    output = run("train", "classify", "--config", path, "--overwrite", status=2).output
    assert "[data] features: expected names" in output


def test_weights_of_other_files(run, model: Path, tmp_path: Path) -> None:
    """Paths in a settings file begin at its folder."""
    films = sequences.films(tmp_path / "films")
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("good 1 0 0\nbad 0 1 0\nfilm 0 0 1\n", encoding="utf-8")
    path = tmp_path / "run.toml"
    for file in ('vectors = "vectors.txt"', f'start-from = "{model}"\nunit = "characters"'):
        settings = (
            f'[files]\ndata = "films"\noutput = "m"\n[sequence]\n{file}\n[end]\nmax-steps = 2'
        )
        path.write_text(settings, encoding="utf-8")
        run("train", "classify", "--config", path, "--overwrite")
    assert "embedding_size" in run("info", tmp_path / "m").stdout
    output = run("train", "classify", films, "-o", tmp_path / "n", "--vectors", "nowhere", status=1)
    assert "nowhere: No such file" in output.output


def test_standard_input(run, tmp_path: Path) -> None:
    data = sequences.long(tmp_path / "gestures.csv")
    columns = ("--id", "trial", "--features", "ax,ay,az", "--label", "class")
    run("train", "classify", "-", "-o", tmp_path / "m", *SMALL, *columns, stdin=data.read_bytes())
    expected = run("predict", tmp_path / "m", data).stdout
    assert run("predict", tmp_path / "m", "-", stdin=data.read_bytes()).stdout == expected
    run("evaluate", tmp_path / "m", "-", stdin=data.read_bytes())


@pytest.mark.parametrize("command", ["train", "compare"])
def test_a_table_before_a_family(run, tmp_path: Path, command: str) -> None:
    data = sequences.wide(tmp_path / "curves.csv")
    output = run(command, data, status=2).output
    assert "expected a family of models before it, one of lm, classify, regress" in output
    assert f"pyrnn {command} classify {data}" in " ".join(output.split())


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--features", "ax"], 1, "id: expected the column"),
        (["--features", "ax", "--id", "trail"], 1, "is it 'trial'?"),
        (["--series", "ax:aq"], 1, "expected a column 'aq'"),
        (["--series", "az:ax"], 1, "expected 'az' before 'ax'"),
        (["--series", "ax,ax"], 2, "names with commas between, each once"),
        (["--text", "trial", "--series", "ax"], 1, "expected one of text, series"),
        (["--text", "trial", "--label", "a,"], 2, "names with commas between"),
        (["--text", "trial", "--label", "class,ax"], 1, "expected 0 or 1"),
        (["--series", "ax", "--label", "class", "--decimal", ";"], 2, "expected one of ., ,"),
        (["--series", "ax", "--label", "kind"], 1, "expected a column 'kind'"),
        (["--series", "class", "--label", "ax"], 1, "column 'class': expected a finite number"),
    ],
)
def test_columns_that_cannot_be(
    run, tmp_path: Path, arguments: list[str], status: int, message: str
) -> None:
    data = sequences.long(tmp_path / "gestures.csv")
    output = run("train", "classify", data, "-o", tmp_path / "m", *SMALL, *arguments,
        status=status).output  # fmt: skip
    assert message in output
    assert output.count("\n") <= 4  # two lines of usage, one empty, and what is wrong
    assert not (tmp_path / "m").exists()


def test_a_start_that_settings_contradict(run, text: Path, tmp_path: Path) -> None:
    """Only what is given; a file that --write-config wrote has every setting."""
    films, source, path = sequences.films(tmp_path / "films"), tmp_path / "lm", tmp_path / "c.toml"
    form = ("--cell", "gru", "--zoneout", 0.2, "--layer-norm", "--recompute", 3)
    run("train", "lm", text, "-o", source, *SMALL, *form)
    start = ("train", "classify", films, "-o", tmp_path / "m", "--start-from", source)
    for given, words in {
        ("--cell", "lstm"): "cell: expected 'gru'",
        ("--no-layer-norm",): "layer_norm: expected True",
        ("--zoneout", 0): "zoneout: expected 0.2",
    }.items():
        assert f"{words}, as in the file of start_from" in run(*start, *given, status=1).output
    run(*start, "--max-steps", 1, "--recompute", "true", "--write-config", path)
    run("train", "classify", "--config", path)
    config = json.loads((tmp_path / "m" / "config.json").read_text("utf-8"))["config"]
    found = [config[name] for name in ("cell", "zoneout", "layer_norm", "recompute")]
    assert found == ["gru", 0.2, True, True]
