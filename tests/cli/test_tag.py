"""`pyrnn train tag`, and what predict and evaluate do with a tagger."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pyrnn.models import load

WORDS = [("Ann", "NNP", "I-PER"), ("saw", "VBD", "O"), ("Oslo", "NNP", "I-LOC"), (".", ".", "O")]
SMALL = ("--hidden", "8", "--embedding", "8", "--epochs", "12", "--lr", "0.02")


@pytest.fixture
def conll(tmp_path: Path) -> Path:
    """CoNLL-2003's form, as untidy as its files may be: a BOM, CRLF, documents, blank lines."""
    sentence = "".join(f"{word} {tag} I-NP {label}\r\n" for word, tag, label in WORDS)
    path = tmp_path / "train.conll"
    text = "\ufeff-DOCSTART- -X- O O\r\n\r\n" + "\r\n \t\r\n\r\n".join([sentence] * 12)
    path.write_bytes(text.removesuffix("\r\n").encode())
    return path


def conllu(path: Path) -> Path:
    head = "1-2\tdas\t_\t_\t_\t_\t_\t_\t_\t_\n"
    rows = [
        f"{k}\t{word}\t_\t{upos}\t_\t{feats}\t_\t_\t_\t_\n"
        for k, (word, upos, feats) in enumerate(
            [("Cats", "NOUN", "Number=Plur"), ("run", "VERB", "_"), ("home", "ADV", "Number=Sing")],
            1,
        )
    ]
    path.write_text(("# text\n" + head + "".join(rows) + "\n") * 12, encoding="utf-8")
    return path


def test_columns_of_words_and_labels(run, conll: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tagger"
    arguments = [conll, "--columns", "word=0,label=3", "--valid", conll, "--scheme", "iob1"]
    shown = run("train", "tag", *arguments, "-o", folder, *SMALL)
    assert "best validation: f1 1.0000" in shown.output
    model = load(folder)
    assert model.tags.scheme == "iob1"
    found = json.loads(run("evaluate", folder, conll, "--format", "json").stdout)
    assert found["f1"] == found["accuracy"] == 1
    assert [row["type"] for row in found["table"]] == ["LOC", "PER"]
    table = run("evaluate", folder, conll, "--mistakes", "3").stdout
    assert "LOC" in table
    assert "no mistakes" in table
    other = json.loads(
        run("evaluate", folder, conll, "--columns", "word=2,label=3", "--format", "json").stdout
    )
    assert other["f1"] < 1  # its words are I-NP, all of them


def test_sentences_to_predict_from(run, conll: Path, tmp_path: Path) -> None:
    folder, lines = tmp_path / "tagger", tmp_path / "sentences.txt"
    run("train", "tag", conll, "-o", folder, *SMALL)  # the first column and the last
    info = json.loads(run("info", folder, "--json").stdout)
    assert (info["scheme"], info["output_layer"]) == ("iob1", "crf")  # nothing was said of them
    lines.write_text("Ann saw Oslo.\n\nOslo saw Ann.\n", encoding="utf-8")
    columns = run("predict", folder, lines, "--format", "conll").stdout
    assert columns.startswith("Ann\tI-PER\nsaw\tO\nOslo\tI-LOC\n.\tO\n\n\n")
    again = tmp_path / "again.conll"
    again.write_text(columns, encoding="utf-8")
    assert json.loads(run("evaluate", folder, again, "--format", "json").stdout)["f1"] == 1
    first, empty, _ = map(
        json.loads, run("predict", folder, lines, "--format", "jsonl").stdout.splitlines()
    )
    assert (first["text"], first["tokens"]) == ("Ann saw Oslo.", ["Ann", "saw", "Oslo", "."])
    assert first["spans"][1] == {"label": "LOC", "text": "Oslo", "first": 8, "last": 12}
    assert len(first["confidence"]) == 4
    assert empty == {"text": "", "tokens": [], "labels": [], "spans": [], "confidence": []}
    assert run("predict", folder, lines).stdout.splitlines()[1] == ""
    split = run("predict", folder, lines, "--tokenized", "--format", "conll").stdout
    assert split.startswith("Ann\tI-PER\nsaw\tO\nOslo.\t")
    from_columns = run("predict", folder, conll, "--format", "jsonl").stdout.splitlines()
    assert json.loads(from_columns[0])["labels"] == [label for _, _, label in WORDS]
    assert len(run("predict", folder, lines, "--format", "csv").stdout.splitlines()) == 4


@pytest.mark.filterwarnings("default:.*skipped 12 multiword tokens")
def test_a_treebank(run, tmp_path: Path) -> None:
    path = conllu(tmp_path / "train.conllu")
    for label, said in (("upos", ["NOUN", "VERB", "ADV"]), ("Number", ["Plur", "_", "Sing"])):
        folder = tmp_path / label
        shown = run("train", "tag", path, "--label", label, "--valid", path, "-o", folder, *SMALL)
        assert "skipped 12 multiword tokens (as 2-3)" in shown.output
        found = run("predict", folder, "-", "--format", "jsonl", stdin="Cats run home").stdout
        assert json.loads(found)["labels"] == said
        report = json.loads(run("evaluate", folder, path, "--format", "json").stdout)
        assert report["accuracy"] == 1
        assert np.trace(report["confusion"]) == 36


def test_arrays_of_frames(run, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(30, 5, 2))
    y = (x[..., 0] > 0).astype(int)
    np.savez(tmp_path / "strips.npz", x=x, y=y)
    folder, path = tmp_path / "frames", tmp_path / "strips.npz"
    arguments = ["--hidden", "8", "--dropout-input", "0", "--epochs", "20", "--lr", "0.02"]
    run(
        "train",
        "tag",
        path,
        "--valid",
        path,
        "--frames",
        "x",
        "--labels",
        "y",
        "-o",
        folder,
        *arguments,
    )
    report = json.loads(run("evaluate", folder, path, "--format", "json").stdout)
    assert report["accuracy"] > 0.9
    assert report["labels"] == [0, 1]
    lines = run("predict", folder, path).stdout.splitlines()
    assert len(lines) == 30
    assert set(" ".join(lines).split()) == {"0", "1"}
    assert run("predict", folder, path, "--format", "conll").stdout.count("\n\n") == 30


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scheme", "bioes"], "train.conll: line 3: expected labels in the scheme bioes"),
        (["--columns", "word=0,label=7"], "expected a column '7'"),
        (["--columns", "word"], "--columns"),
        (["--label", "upos"], "expected a column 'upos'"),
        (["--characters", "lstm", "--character-features", "5"], "character_features: expected an"),
    ],
)
def test_what_cannot_be_trained_on(run, conll: Path, tmp_path: Path, arguments, words) -> None:
    folder = tmp_path / "tagger"
    status = 2 if words.startswith("--") else 1
    output = run("train", "tag", conll, *arguments, "-o", folder, *SMALL, status=status).output
    assert words in " ".join(output.split())
    assert not folder.exists()


def test_a_label_that_training_does_not_have(run, conll: Path, tmp_path: Path) -> None:
    folder, held = tmp_path / "tagger", tmp_path / "held.conll"
    held.write_text("Ann NNP I-NP I-PER\n\nit PRP I-NP O\nAcme NNP I-NP I-ORG\n")
    words = f"label 'I-ORG' in {held}: line 3, step 1, is not among the training labels"
    output = run("train", "tag", conll, "--valid", held, "-o", folder, *SMALL, status=1).output
    assert words in " ".join(output.split())
    run("train", "tag", conll, "-o", folder, *SMALL)
    assert words in " ".join(run("evaluate", folder, held, status=1).output.split())


def test_columns_of_what_are_no_words(run, classifier: Path, tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("the cat\n")
    output = run("predict", classifier, lines, "--format", "conll", status=1).output
    assert "--format: expected text, jsonl or csv" in output


def test_a_run_goes_on(run, conll: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder, first in ((whole, "6"), (parts, "3")):
        run("train", "tag", conll, "-o", folder, *SMALL[:4], "--epochs", first, "--valid", conll)
    run("train", "--resume", parts, "--epochs", "6")
    np.testing.assert_equal(load(parts).network.state_dict(), load(whole).network.state_dict())
    assert "2 labels" not in run("info", parts).output
