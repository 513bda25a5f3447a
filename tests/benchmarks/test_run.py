"""The commands, as a user types them, on tiny sizes."""

from __future__ import annotations

import gzip
import importlib.util
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import pyrnn
from benchmarks.models.translator import DATA_FILES
from benchmarks.quality.word_corpora import CORPORA
from benchmarks.result_file import FOLDER
from pyrnn.kernels.stack import CELLS
from pyrnn.models import LanguageModel, LanguageModelConfig

from ..interpreter import fresh_python
from .conftest import load
from .quality.tasks.made_up import write_entities

Program = Callable[..., subprocess.CompletedProcess[str]]


def written(path: Path, benchmark: str) -> dict:
    """A result file, signed and without traces of the machine's folders."""
    text = path.read_text(encoding="utf-8")
    content = json.loads(text)
    assert (content["version"], content["benchmark"]) == (1, benchmark)
    assert content["signature"]["command"].startswith("python benchmarks/run.py")
    assert str(path.parent) not in text
    return content


def test_kernels(program: Program, tmp_path: Path) -> None:
    output = tmp_path / "kernels.json"
    arguments = ["--quick", "--cells", "lstm", "--shapes", "6x4x9", "--output", output]
    arguments += ["--rivals", "torch,onnxruntime,numpy"]
    done = program("run.py", "kernels", *arguments)
    assert done.returncode == 0, done.stderr
    assert "lstm, forward, 1 thread\n" in done.stdout
    assert "lstm, forward + backward, ragged batches, 2 threads\n" in done.stdout
    assert "in all tables:\nsmallest ratio to " in done.stdout
    rows = written(output, "kernels")["rows"]
    assert len(rows) == 2 * 2 * 2  # threads, full and ragged, tasks
    assert "\nbehind in " in done.stdout
    assert {row["threads"] for row in rows} == {1, 2}

    pages = program("report.py", "--results", tmp_path)
    assert pages.returncode == 0, pages.stderr
    assert "### Recurrent layers, shape by shape" in pages.stdout
    assert "| lstm | 6, 4, 9 |" in pages.stdout


def test_builds(program: Program, tmp_path: Path) -> None:
    output = tmp_path / "same-bits.json"
    selection = ["--quick", "--cells", "gru", "--threads", "1", "--shapes", "6x4x9"]
    installed = Path(pyrnn.__file__).parents[1]
    done = program("run.py", "builds", installed, *selection, "--output", output)
    assert done.returncode == 0, done.stderr
    assert "gru 6x4x9 training, threads 1: " in done.stdout
    assert [row["same_bits"] for row in written(output, "builds")["rows"]] == [True, True]
    page = program("report.py", "same-bits", "--results", tmp_path)
    assert "### Two builds" in page.stdout, page.stderr

    done = program("run.py", "builds", tmp_path)
    assert done.returncode == 2
    assert "expected a folder with a build of pyrnn" in done.stderr


def test_streams(program: Program, tmp_path: Path) -> None:
    output = tmp_path / "streams.json"
    done = program("run.py", "streams", "--quick", "--threads", "1,2", "--output", output)
    assert done.returncode == 0, done.stderr
    assert "one step of 20 sessions, threads 2" in done.stdout
    rows = written(output, "streams")["rows"]
    found = [(row["cell"], row["sessions"], row["threads"]) for row in rows]
    assert found[:3] == [("lstm", 1, 1), ("gru", 1, 1), ("lstm", 20, 1)]
    assert all("single-streams" in row["ratio"] for row in rows if row["sessions"] > 1)
    page = program("report.py", "streams", "--results", tmp_path)
    assert "#### One step of 20 sessions, threads 1" in page.stdout, page.stderr


@pytest.mark.torch
def test_convolution(program: Program, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    output = tmp_path / "convolution.json"
    done = program("run.py", "convolution", "--quick", "--threads", "1", "--output", output)
    assert done.returncode == 0, done.stderr
    assert "convolution, training, threads 1" in done.stdout
    rows = written(output, "convolution")["rows"]
    found = {(row["T"], row["B"], row["ragged"]) for row in rows}
    assert found == {(20, 1, False), (12, 4, False), (12, 4, True)}
    page = program("report.py", "convolution", "--results", tmp_path)
    assert "| 1 | 12, 4, 8 ragged | " in page.stdout, page.stderr


@pytest.mark.torch
def test_crf(program: Program, tmp_path: Path) -> None:
    pytest.importorskip("torchcrf")
    output = tmp_path / "crf.json"
    done = program("run.py", "crf", "--quick", "--threads", "1", "--output", output)
    assert done.returncode == 0, done.stderr
    assert "conditional random field, decode, threads 1" in done.stdout
    rows = written(output, "crf")["rows"]
    found = {(row["T"], row["B"], row["ragged"]) for row in rows}
    assert found == {(12, 1, False), (12, 4, False), (12, 4, True)}
    page = program("report.py", "crf", "--results", tmp_path)
    assert "| 1 | 12, 4, 9 ragged | " in page.stdout, page.stderr


def test_transcripts(program: Program, tmp_path: Path) -> None:
    output = tmp_path / "transcripts.json"
    done = program("run.py", "transcripts", "--quick", "--threads", "1", "--output", output)
    assert "frames a second" in done.stdout, done.stderr
    (row,) = written(output, "transcripts")["rows"]
    assert set(row["seconds"]) == {"greedy", "beam", "greedy, one", "beam, one"}
    page = program("report.py", "transcripts", "--results", tmp_path)
    assert "| 1 | 4 | 16 | 2 | " in page.stdout, page.stderr


@pytest.mark.torch
def test_ctc(program: Program, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    output = tmp_path / "ctc.json"
    done = program("run.py", "ctc", "--quick", "--threads", "1", "--output", output)
    assert done.returncode == 0, done.stderr
    assert "temporal classification, training, threads 1" in done.stdout
    rows = written(output, "ctc")["rows"]
    found = {(row["T"], row["B"], row["ragged"]) for row in rows}
    assert found == {(12, 1, False), (20, 4, False), (20, 4, True)}
    page = program("report.py", "ctc", "--results", tmp_path)
    assert "| 1 | 20, 4, 9 ragged | " in page.stdout, page.stderr


def test_beam(program: Program, tmp_path: Path) -> None:
    output = tmp_path / "beam.json"
    done = program("run.py", "beam", "--quick", "--threads", "1", "--output", output)
    assert "beam 5" in done.stdout, done.stderr
    (row,) = written(output, "beam")["rows"]
    assert set(row["seconds"]) == set(row["shares"]) == {"greedy", "beam"}
    page = program("report.py", "beam", "--results", tmp_path)
    assert "| 1 | 50, 2, 8, 3 | beam 5 |" in page.stdout, page.stderr


@pytest.mark.torch
def test_decoder(program: Program, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    output = tmp_path / "decoder.json"
    done = program("run.py", "decoder", "--quick", "--threads", "1", "--output", output)
    assert done.returncode == 0, done.stderr
    assert "decoder, training, threads 1" in done.stdout
    rows = written(output, "decoder")["rows"]
    assert {(row["T"], row["B"], row["ragged"]) for row in rows} == {
        (5, 3, False),
        (1, 2, False),
        (5, 3, True),
        (1, 2, True),
    }
    assert all(list(row["ratio"]) == ["torch", "torch, keys once"] for row in rows)
    page = program("report.py", "decoder", "--results", tmp_path)
    assert "| 1 | 5, 4, 3, 6, 8, 10 ragged | " in page.stdout, page.stderr


@pytest.mark.torch
def test_operations(program: Program, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    output = tmp_path / "operations.json"
    arguments = ["--quick", "--operations", "add,decoder,cell_training", "--output", output]
    done = program("run.py", "operations", *arguments)
    assert done.returncode == 0, done.stderr
    rows = written(output, "operations")["rows"]
    assert [row["operation"] for row in rows] == ["add", "decoder", "cell_training"]
    page = program("report.py", "operations", "--results", tmp_path)
    assert "| decoder | a greedy step" in page.stdout, page.stderr


@pytest.mark.torch
def test_language_model(program: Program, small_text: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    output = tmp_path / "language-model.json"
    arguments = ["--quick", "--hidden", "8", "--text", small_text, "--threads", "1"]
    arguments += ["--models", "characters"]
    done = program("run.py", "language-model", *arguments, "--output", output)
    assert done.returncode == 0, done.stderr
    assert "losses differ by" in done.stdout
    content = written(output, "language-model")
    assert content["text"] == "small.txt"
    rows = content["rows"]
    assert [(row["cell"], row["H"], row["V"]) for row in rows] == [("lstm", 8, 96), ("gru", 8, 96)]
    page = program("report.py", "language-model", "--results", tmp_path)
    assert "| characters, gru, 1 x 8 | 1 | " in page.stdout, page.stderr


@pytest.mark.torch
def test_the_words_of_a_language_model(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    for name in CORPORA["ptb"].files:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(" ".join(f"w{k % (k % 37 + 1)}" for k in range(3000)) + "\n")
    monkeypatch.setenv("PYRNN_DATA", str(tmp_path))
    output = tmp_path / "language-model.json"
    arguments = ["--quick", "--models", "ptb", "--cells", "gru", "--threads", "1"]
    done = program("run.py", "language-model", *arguments, "--output", output)
    assert done.returncode == 0, done.stderr
    (row,) = written(output, "language-model")["rows"]
    assert (row["cell"], row["L"], row["H"], row["optimizer"]) == ("gru", 2, 200, "sgd")
    assert "words, gru, 2 x 200" in done.stdout


@pytest.mark.torch
def test_contention(program: Program, small_text: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    output = tmp_path / "contention.json"
    arguments = ["--quick", "--hidden", "8", "--threads", "1", "--text", small_text]
    done = program("run.py", "contention", *arguments, "--output", output)
    assert done.returncode == 0, done.stderr
    (row,) = written(output, "contention")["rows"]
    assert row["share"].keys() == {"pyrnn", "torch"}
    assert row["busy"] >= 1
    page = program("report.py", "contention", "--results", tmp_path)
    assert "| characters, lstm, 1 x 8 | 1 | " in page.stdout, page.stderr


@pytest.mark.parametrize("command", ["scaling", "variants", "reset"])
def test_layers_beside_themselves(command: str, program: Program, tmp_path: Path) -> None:
    output = tmp_path / f"{command}.json"
    arguments = ["--quick", "--threads", "2" if command == "scaling" else "1"]
    done = program("run.py", command, *arguments, "--output", output)
    assert done.returncode == 0, done.stderr
    for row in written(output, command)["rows"]:
        if command == "scaling":
            assert row["seconds"].keys() >= {"pyrnn 1", "pyrnn 2"}
            assert row["speed_up"]["pyrnn"]["minimum"] > 0
        else:
            plain = row["variants"]["plain"]
            assert plain["cost"] == {"minimum": 1.0, "median": 1.0, "maximum": 1.0}
    page = program("report.py", command, "--results", tmp_path)
    assert page.stdout.startswith("### "), page.stderr


def test_sweep_and_its_pictures(program: Program, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    output = tmp_path / "sweep.json"
    done = program("run.py", "sweep", "--quick", "--threads", "1", "--output", output)
    assert done.returncode == 0, done.stderr
    rows = written(output, "sweep")["rows"]
    axes = {row["axis"] for row in rows if "axis" in row}
    assert axes == {"H, B", "T", "L, one sequence", "L"}
    parts = [row["microseconds"] for row in rows if "microseconds" in row]
    assert len(parts) == 3 + 1  # three ways to a step, and a training call
    for each in parts:
        assert min(each.values()) >= 0
        assert sum(each.values()) > 0
    for section, title in (("sweep", "Over all sizes"), ("parts", "Parts of a call")):
        page = program("report.py", section, "--results", tmp_path)
        assert page.stdout.startswith(f"### {title}\n"), page.stderr
    drawn = program("pictures.py", "--results", tmp_path, "--output", tmp_path / "images")
    assert drawn.returncode == 0, drawn.stderr
    assert "performance-memory is left out: no long.json" in drawn.stdout
    for picture in ("peak", "scaling", "calls"):
        assert (tmp_path / "images" / f"performance-{picture}.png").stat().st_size > 1000


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
def test_long_sequences(program: Program, tmp_path: Path) -> None:
    output = tmp_path / "long.json"
    done = program("run.py", "long", "--quick", "--threads", "1", "--output", output)
    assert done.returncode == 0, done.stderr
    measured = [row for row in written(output, "long")["rows"] if "bytes" in row]
    assert [row["T"] for row in measured] == [40, 400]
    taken = measured[-1]["bytes"]
    assert taken["pyrnn"]["workspace"] > taken["pyrnn, recompute"]["workspace"] > 0
    assert all(one["peak"] > 0 for one in taken.values())
    page = program("report.py", "long", "--results", tmp_path)
    assert "of the workspace" in page.stdout, page.stderr
    if importlib.util.find_spec("matplotlib"):
        drawn = program("pictures.py", "--results", tmp_path, "--output", tmp_path)
        assert "performance-memory.png" in drawn.stdout, drawn.stderr


@pytest.mark.torch
def test_classifier(program: Program, reviews_tar: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("resource")  # counts page faults
    output = tmp_path / "classifier.json"
    arguments = ["--quick", "--cells", "gru", "--threads", "1", "--packed"]
    arguments += ["--reviews", reviews_tar, "--output", output]
    done = program("run.py", "classifier", *arguments)
    assert done.returncode == 0, done.stderr
    assert "losses differ by" in done.stdout
    rows = written(output, "classifier")["rows"]
    assert [row["allocator"] for row in rows] == ["default", "raised"]
    assert {(row["cell"], row["texts"], row["H"]) for row in rows} == {("gru", 79, 8)}
    assert all(row["packed"]["steps"] == 3 for row in rows)
    page = program("report.py", "classifier", "--results", tmp_path)
    assert "| raised | 1 | gru |" in page.stdout, page.stderr


@pytest.mark.torch
@pytest.mark.parametrize(
    ("command", "said"), [("tagger", {"sentences": 20}), ("translator", {"pairs": 30})]
)
def test_sequences_to_sequences(
    command: str,
    said: dict[str, int],
    program: Program,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("torchcrf")
    pytest.importorskip("resource")  # counts page faults
    monkeypatch.setenv("PYRNN_DATA", str(tmp_path))
    done = program("run.py", command, "--quick")
    assert done.returncode == 2
    assert "no such file" in done.stderr

    write_entities(tmp_path)
    write_pairs(tmp_path)
    output = tmp_path / f"{command}.json"
    arguments = ["--quick", "--threads", "1", "--packed", "--output", output]
    done = program("run.py", command, *arguments)
    assert done.returncode == 0, done.stderr
    assert f"{command}, training" in done.stdout
    rows = written(output, command)["rows"]
    assert [row["allocator"] for row in rows] == ["default", "raised"]
    assert all(row[name] == count for row in rows for name, count in said.items())
    page = program("report.py", command, "--results", tmp_path)
    assert f"### A {command}'s training" in page.stdout, page.stderr


def write_pairs(folder: Path) -> None:
    """Thirty numbers in two languages."""
    for name, word in zip(DATA_FILES, ("eins", "one"), strict=True):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress("".join(f"{word} {k % 7}.\n" for k in range(30)).encode()))


def test_imdb(program: Program, reviews_tar: Path, tmp_path: Path) -> None:
    output = tmp_path / "imdb.json"
    arguments = ["--quick", "--seeds", "0", "--threads", "1", "--reviews", reviews_tar]
    done = program("run.py", "imdb", *arguments, "--bag", "--encoder bag", "--output", output)
    assert done.returncode == 0, done.stderr
    content = written(output, "imdb")
    assert content["reviews"] == {"train": 79, "test": 40, "dropped": 1}
    assert content["models"].keys() == {"lstm", "bag"}
    bag = content["models"]["bag"]
    assert "--label sentiment -o model --encoder bag --epochs 1" in bag["train"]
    assert [row["steps"] for row in bag["rows"]] == [5]  # 71 texts in batches of 16
    assert 0 <= bag["mean"]["accuracy"] == bag["rows"][0]["accuracy"] <= 1
    page = program("report.py", "imdb", "--results", tmp_path)
    assert "| bag | mean |" in page.stdout, page.stderr


def test_what_the_command_line_refuses_ends_it(
    program: Program, reviews_tar: Path, tmp_path: Path
) -> None:
    arguments = ["--quick", "--models", "bag", "--bag", "--encoder sack", "--threads", "1"]
    arguments += ["--reviews", reviews_tar, "--output", tmp_path / "imdb.json"]
    done = program("run.py", "imdb", *arguments)
    assert done.returncode == 2
    assert "sack" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "imdb.json").exists()


def test_other_reviews_than_the_known_ones_end_it(
    program: Program, reviews_tar: Path, tmp_path: Path
) -> None:
    done = program("run.py", "imdb", "--reviews", reviews_tar)
    assert done.returncode == 1
    assert "Error: IMDB: expected (24877, 25000, 123) reviews" in done.stderr
    done = program("run.py", "imdb", "--reviews", tmp_path / "none.tar")
    assert done.returncode == 2
    assert "no such file; name one with --reviews" in done.stderr


def test_import_time(program: Program, tmp_path: Path) -> None:
    output = tmp_path / "import-time.json"
    done = program("run.py", "import-time", "--quick", "--output", output)
    assert done.returncode == 0, done.stderr
    assert "import pyrnn adds" in done.stdout
    assert written(output, "import-time")["rounds"] == 1


def test_shakespeare(program: Program, small_text: Path, tmp_path: Path) -> None:
    output = tmp_path / "shakespeare.json"
    smaller = ["--hidden", "8", "--embedding", "8", "--batch", "4", "--bptt", "8"]
    smaller += ["--max-steps", "4", "--validate-every", "2", "--log-every", "1"]
    arguments = ["--text", small_text, "--threads", "1", "--output", output]
    done = program("run.py", "shakespeare", *arguments, *smaller)
    assert done.returncode == 0, done.stderr
    content = written(output, "shakespeare")
    assert [point["step"] for point in content["curve"]] == [2, 4]
    assert content["steps"] == 4
    assert content["train"].endswith("--log-every 1")
    assert content["test"]["nats"] > 0
    assert [len(sample["text"]) for sample in content["samples"]] == [600] * 3
    page = output.with_suffix(".md").read_text(encoding="utf-8")
    assert "| step | epoch | minutes | training | validation |" in page
    assert content["samples"][0]["text"] in page
    assert page in done.stdout


def test_completion(program: Program, small_text: Path, tmp_path: Path) -> None:
    text = small_text.read_text(encoding="utf-8")
    LanguageModel.for_text(text, LanguageModelConfig(hidden_size=8)).save(tmp_path / "model")
    output = tmp_path / "completion.json"
    arguments = [tmp_path / "model", small_text, "--shown", "1,3", "--output", output]
    done = program("run.py", "completion", "--quick", *arguments)
    assert done.returncode == 0, done.stderr
    assert "3 shown: " in done.stdout
    content = written(output, "completion")
    assert content["text"] == "small.txt"
    assert [(row["shown"], row["characters"]) for row in content["rows"]] == [(1, 200), (3, 200)]
    assert content["model"]["hidden_size"] == 8
    page = program("report.py", "completion", "--results", tmp_path)
    assert "### Completion" in page.stdout, page.stderr

    small_text.write_text("Žluťoučký kůň\n" * 100, encoding="utf-8")
    done = program("run.py", "completion", "--quick", *arguments)
    assert done.returncode == 1
    assert "Error: prefix: the character" in done.stderr
    assert "Traceback" not in done.stderr


def test_cells(program: Program, small_text: Path, tmp_path: Path) -> None:
    output = tmp_path / "cells.json"
    smaller = ["--hidden", "8", "--embedding", "8", "--batch", "4", "--bptt", "8"]
    smaller += ["--max-steps", "4", "--validate-every", "2"]
    arguments = ["--text", small_text, "--threads", "1", "--output", output]
    done = program("run.py", "cells", *arguments, *smaller)
    assert done.returncode == 0, done.stderr
    content = written(output, "cells")
    assert [s["name"] for s in content["standings"]] == ["rnn_tanh", "lstm", "gru"]
    assert content["common_step"] == 4
    assert content["validations"]["gru"]["step"] == [2, 4]
    assert content["compare"].endswith("--validate-every 2")
    assert "| cell | units | weights | characters/s | steps | at step 4 |" in done.stdout
    assert f"{content['standings'][1]['test']:.4f} |" in done.stdout


def test_a_disagreement_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, plan: object
) -> None:
    from benchmarks.kernels import comparison

    run = load("run")
    monkeypatch.setattr(comparison, "TOLERANCE", 0.0)  # nobody is that good
    arguments = ["kernels", "--quick", "--cells", "lstm", "--shapes", "5x3x16", "--threads", "1"]
    result = CliRunner().invoke(run.main, [*arguments, "--part", str(tmp_path / "part.json")])
    assert result.exit_code == 1
    assert "Error: lstm 5x3x16 forward: " in result.output
    assert not (tmp_path / "part.json").exists()


def test_a_failing_part_fails_the_whole(program: Program, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    done = program("run.py", "language-model", "--text", tmp_path / "none.txt")
    assert done.returncode == 2
    assert "no such file" in done.stderr
    (tmp_path / "short.txt").write_text("abc")
    arguments = ["--quick", "--models", "characters", "--text", tmp_path / "short.txt"]
    done = program("run.py", "language-model", *arguments)
    assert done.returncode == 1
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(FOLDER.glob("*short*"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cells", "lstm,elman"], "expected some of rnn_tanh"),
        (["--shapes", "5x5"], "expected TxBxH"),
        (["--threads", "0"], "expected whole numbers of at least 1"),
        (["--rivals", ","], "expected at least one value"),
        (["--table", "--shapes", "5x5x5"], "exclude each other"),
    ],
)
def test_wrong_selections_are_refused(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(load("run").main, ["kernels", *arguments])
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.parametrize(
    ("arguments", "whole"),
    [
        ([], True),
        (["--table", "--cells", "lstm,gru,rnn_tanh", "--threads", "1,2"], True),
        (["--output", "x.json"], True),
        (["--quick"], False),
        (["--threads", "1"], False),
        (["--cells", "lstm"], False),
        (["--shapes", "5x5x5"], False),
        (["--batches", "full"], False),
    ],
)
def test_only_whole_runs_are_kept(arguments: list[str], whole: bool) -> None:
    from benchmarks.options import is_whole

    context = load("run").kernels.make_context("kernels", arguments)
    assert isinstance(context, click.Context)
    assert is_whole(context) is whole


@pytest.mark.parametrize(
    ("arguments", "whole"), [([], True), (["--last", "1"], False), (["--quick"], False)]
)
def test_arguments_make_no_selection(arguments: list[str], whole: bool, small_text: Path) -> None:
    from benchmarks.options import is_whole

    given = [str(small_text.parent), str(small_text), *arguments]
    context = load("run").completion.make_context("completion", given)
    assert is_whole(context) is whole


def test_the_kernels_run_under_pytest_benchmark() -> None:
    pytest.importorskip("pytest_benchmark")
    folder = FOLDER.parent / "kernels"
    arguments = ["-q", "--benchmark-disable", "-p", "no:cacheprovider", "-k", "50x4x128"]
    done = fresh_python("-m", "pytest", folder, *arguments)
    assert done.returncode == 0, done.stdout
    assert f"{len(CELLS) * 2 * 2} passed" in done.stdout  # two tasks, two numbers of threads


def test_word_models_and_their_speed(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, words = tmp_path / "data", [f"w{k % (k % 37 + 1)}" for k in range(6000)]
    for name in CORPORA["wikitext-2"].files:
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        text = "".join(" ".join(words[k : k + 9]) + " \n" for k in range(0, len(words), 9))
        (data / name).write_bytes(gzip.compress(text.encode()))
    monkeypatch.setenv("PYRNN_DATA", str(data))
    for command in ("word-models", "word-speed"):
        output = tmp_path / f"{command}.json"
        arguments = ["--quick", "--corpora", "wikitext-2", "--threads", "1", "--output", output]
        done = program("run.py", command, *arguments)
        assert done.returncode == 0, done.stderr
        written(output, command)
    rows = json.loads((tmp_path / "word-models.json").read_text())["corpora"]["wikitext-2"]["rows"]
    assert [row["softmax"] for row in rows] == ["full", "adaptive"]
    pages = program("report.py", "--results", tmp_path)
    assert "### Word models\n" in pages.stdout
    assert "| wikitext-2 | adaptive |" in pages.stdout
    assert "### Word models' training speed" in pages.stdout
