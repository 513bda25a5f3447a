from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pyrnn.files.model_folder import MODEL_FILES
from pyrnn.models import LanguageModel, LanguageModelOptions
from pyrnn.models.classifier import ClassifierColumns
from pyrnn.training import RUN_FILES, read_history

from .conftest import TEXT, TINY, Sample


def config(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return content


def test_writes_model_checkpoints_and_history(model: Path) -> None:
    assert {path.name for path in model.iterdir()} == {*RUN_FILES, *MODEL_FILES, "run.json"}
    kinds = {record.kind for record in read_history(model / "history.jsonl")}
    assert kinds == {"step", "validation", "end"}


def test_model_learnt_the_text(model: Path) -> None:
    # 12 characters would be as likely as each other at exp(ln 12); 40 steps bring it far below 19
    loaded = LanguageModel.load(model)
    assert loaded.perplexity(TEXT[:500]) < 0.8 * loaded.tokenizer.size


def test_exact_configuration_is_stored(model: Path) -> None:
    stored = config(model)
    assert stored["config"]["hidden_size"] == 12
    options = LanguageModelOptions.from_json(stored["trained"]["options"])
    assert (options.batch_size, options.bptt, options.max_steps) == (4, 8, 40)


def test_every_setting_reaches_its_place(run, text: Path, tmp_path: Path) -> None:
    settings = {
        "--cell": ("config", "cell", "gru"),
        "--layers": ("config", "num_layers", 2),
        "--hidden-size": ("config", "hidden_size", 6),
        "--embedding": ("config", "embedding_size", 5),
        "--dropout-input": ("config", "dropout_input", 0.1),
        "--dropout-between": ("config", "dropout_between", 0.2),
        "--dropout-output": ("config", "dropout_output", 0.3),
        "--init": ("config", "init", "torch"),
        "--optimizer": ("options", "optimizer", "sgd"),
        "--learning-rate": ("options", "learning_rate", 0.5),
        "--batch-size": ("options", "batch_size", 5),
        "--bptt": ("options", "bptt", 9),
        "--monitor": ("options", "monitor", "perplexity"),
        "--weight-decay": ("options", "weight_decay", 0.01),
        "--reduction": ("options", "reduction", "sum"),
        "--clip": ("options", "clip_norm", 5.0),
        "--clip-value": ("options", "clip_value", 2.0),
        "--schedule": ("options", "schedule", "exponential"),
        "--warmup": ("options", "warmup_steps", 3),
        "--decay": ("options", "decay_factor", 0.7),
        "--decay-every": ("options", "decay_every", 2.0),
        "--decay-after": ("options", "decay_after", 1.0),
        "--epochs": ("options", "epochs", 3),
        "--max-steps": ("options", "max_steps", 4),
        "--minutes": ("options", "max_minutes", 5.0),
        "--patience": ("options", "patience", 6),
        "--validate-every": ("options", "validate_every", 2),
        "--checkpoint-every": ("options", "checkpoint_every", 3),
        "--log-every": ("options", "log_every", 2),
    }
    arguments = [part for flag, (_, _, value) in settings.items() for part in (flag, value)]
    run("train", "lm", text, "-o", tmp_path / "m", "--tied", "--shift",
        "--optimizer-option", "momentum=0.9", "--seed", 7, *arguments)  # fmt: skip
    stored = config(tmp_path / "m")
    where = {"config": stored["config"], "options": stored["trained"]["options"]}
    for flag, (part, name, value) in settings.items():
        assert where[part][name] == value, flag
    assert where["config"]["tied"] is True
    assert where["options"]["shift"] is True
    assert where["options"]["optimizer_options"] == {"momentum": 0.9}
    assert (where["config"]["seed"], where["options"]["seed"]) == (7, 7)


def test_clip_zero_means_no_limit(run, text: Path, tmp_path: Path) -> None:
    run("train", "lm", text, "-o", tmp_path / "m", *TINY, "--max-steps", 1, "--clip", 0)
    assert config(tmp_path / "m")["trained"]["options"]["clip_norm"] is None


def test_words_with_texts_in_files_of_their_own(run, text: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("the cat ate the zebra.\n" * 9, encoding="utf-8")
    output = run("train", "lm", text, "--valid", other, "--test", other,
        "-o", tmp_path / "m", "--unit", "words", "--hidden", 8, "--batch", 2, "--max-steps", 5
    ).stdout  # fmt: skip
    assert "test: " in output
    tokenizer = LanguageModel.load(tmp_path / "m").tokenizer
    # a word that only the validation text has is unknown, not part of the vocabulary
    assert "zebra." not in json.dumps(tokenizer.to_json())


def test_an_adaptive_softmax(run, text: Path, tmp_path: Path) -> None:
    arguments = ["train", "lm", text, "--unit", "words", "--hidden", 8, "--batch", 2]
    arguments += ["--max-steps", 3, "--softmax", "adaptive"]
    run(*arguments, "-o", tmp_path / "m", "--cutoffs", "3,7", "--div-value", 4)
    stored = config(tmp_path / "m")["config"]
    assert (stored["softmax"], stored["cutoffs"], stored["div_value"]) == ("adaptive", [3, 7], 4)
    run("train", "--resume", tmp_path / "m", "--max-steps", 5)
    assert config(tmp_path / "m")["trained"]["steps"] == 5
    assert "3, 7" in run("info", tmp_path / "m").stdout

    refused = run(*arguments, "-o", tmp_path / "n", "--cutoffs", "3,x", status=2)
    assert "expected rising whole numbers of at least 1; got '3,x'" in refused.output
    refused = run(*arguments, "-o", tmp_path / "n", "--tied", status=1)
    assert "tied: expected False with softmax='adaptive'" in refused.output


def test_same_seed_same_weights(run, text: Path, model: Path, tmp_path: Path) -> None:
    run("train", "lm", text, "-o", tmp_path / "m", *TINY)
    assert (tmp_path / "m" / "weights.safetensors").read_bytes() == (
        model / "weights.safetensors"
    ).read_bytes()


def test_run_in_the_folder_is_kept_unless_told(
    run, text: Path, model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "m"
    shutil.copytree(model, folder)
    before = (folder / "weights.safetensors").read_bytes()
    output = run("train", "lm", text, "-o", folder, *TINY, status=1).output
    assert "--resume" in output
    assert "--overwrite" in output
    assert (folder / "weights.safetensors").read_bytes() == before
    run("train", "lm", text, "-o", folder, *TINY, "--seed", 1, "--overwrite")
    assert (folder / "weights.safetensors").read_bytes() != before


@pytest.mark.parametrize("flags", [[], ["--overwrite"]])
def test_foreign_files_are_never_touched(run, text: Path, tmp_path: Path, flags: list[str]) -> None:
    (tmp_path / "diary.txt").write_text("mine", encoding="utf-8")
    output = run("train", "lm", text, "-o", tmp_path, *TINY, *flags, status=1).output
    assert "diary.txt" in output
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--valid", "1"], 2, "expected a path, or a share of at least 0 and less than 1"),
        (["--valid", "nan"], 2, "expected a path, or a share"),
        (["--valid", "0", "--patience", "2"], 1, "patience: expected validation data"),
        (["--valid", "0", "--schedule", "plateau"], 1, "schedule: expected validation data"),
        (["--monitor", "beauty"], 1, "monitor: expected one of loss, perplexity"),
        (["--encoding", "klingon"], 2, "expected the name of an encoding"),
        (["--encoding", "base64"], 2, "expected the name of an encoding"),
        (["--hidden", "0"], 2, "expected a whole number of at least 1; got '0'"),
        (["--hidden-size", "x"], 2, "expected a whole number of at least 1; got 'x'"),
        (["--lr", "inf"], 2, "expected a number of more than 0; got 'inf'"),
        (["--cell", "ltsm"], 2, "expected one of rnn_tanh, rnn_relu"),
        (["--dropout-between", "0.5"], 1, "dropout_between"),
        (["--schedule", "sometimes"], 2, "--schedule"),
        (["--optimizer-option", "momentum"], 2, "NAME=NUMBER"),
        (["--optimizer-option", "speed=3"], 1, "optimizer_options"),
        (["--batch", "5000"], 1, "the training text has"),
    ],
)
def test_settings_that_cannot_be(
    run, text: Path, tmp_path: Path, arguments: list[str], status: int, message: str
) -> None:
    output = run(
        "train", "lm", text, "-o", tmp_path / "m", "--max-steps", 30, *arguments, status=status
    ).output
    assert message in output
    assert "Traceback" not in output


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of the numbers that overflow
def test_loss_that_is_no_number_ends_the_run(run, text: Path, tmp_path: Path) -> None:
    output = run("train", "lm", text, "-o", tmp_path / "m", *TINY, "--clip", 0,
        "--optimizer", "sgd", "--learning-rate", 3e38, status=1).output  # fmt: skip
    assert "Lower learning_rate" in output
    assert (tmp_path / "m" / "history.jsonl").is_file()


@pytest.mark.parametrize(
    "content",
    [bytes(range(256)) * 4, b"\xef\xbb\xbfa\r\nb\rc\n" + b"ab\r\n" * 250],
    ids=["any", "text"],
)
def test_a_model_of_bytes_reads_every_byte(run, tmp_path: Path, content: bytes) -> None:
    data = tmp_path / "data"
    data.write_bytes(content)
    arguments = (*TINY, "--max-steps", 2)
    run("train", "lm", "-o", tmp_path / "m", data, *arguments, "--unit", "bytes")
    expected = f"over {len(content) - 1} tokens"
    assert expected in run("score", tmp_path / "m", data).stdout
    assert expected in run("score", tmp_path / "m", "-", stdin=content).stdout
    run("train", "--resume", tmp_path / "m", "--max-steps", 3)
    run("train", "lm", "-o", tmp_path / "n", "-", *arguments, "--unit", "bytes", stdin=content)


def test_line_ends_and_mark_of_a_text_on_standard_input(run, tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
    run("train", "lm", "-o", tmp_path / "m", "-", *TINY, "--max-steps", 1, stdin=content)
    assert LanguageModel.load(tmp_path / "m").tokenizer.size == len(set(TEXT))


@pytest.fixture
def rare(tmp_path: Path) -> tuple[Path, Path]:
    """A text of which only the end, which is held out, has a ß, and a test text with an é."""
    text, test = tmp_path / "rare.txt", tmp_path / "test.txt"
    text.write_text(TEXT[:-1] + "ß", encoding="utf-8")
    test.write_text(TEXT[:200] + "é", encoding="utf-8")
    return text, test


def test_the_vocabulary_is_that_of_the_text_and_the_validation(run, rare, tmp_path: Path) -> None:
    run("train", "lm", rare[0], "-o", tmp_path / "m", *TINY, "--max-steps", 1)
    tokens = LanguageModel.load(tmp_path / "m").tokenizer.to_json()["tokens"]
    assert set(tokens) == {*TEXT, "ß"}


def test_a_character_of_the_test_text_alone(run, rare, tmp_path: Path) -> None:
    text, test = rare
    arguments = ("train", "lm", text, "-o", tmp_path / "m", *TINY, "--max-steps", 1, "--test", test)
    output = run(*arguments, status=1).output
    assert f"test data: {test}: the character 'é'" in output
    assert not (tmp_path / "m").exists()  # found out before the training, not after it
    assert "test: loss" in run(*arguments, "--unknown", "replace").stdout


def test_the_check_of_the_test_text_changes_nothing(run, text: Path, model, tmp_path: Path) -> None:
    run("train", "lm", text, "-o", tmp_path / "m", *TINY, "--test", text)
    assert (tmp_path / "m" / "weights.safetensors").read_bytes() == (
        model / "weights.safetensors"
    ).read_bytes()


def test_a_word_that_the_vocabulary_may_not_lack(run, text: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("the zebra\n", encoding="utf-8")
    output = run("train", "lm", text, "-o", tmp_path / "m", "--valid", other, "--unit", "words",
        "--unknown", "error", status=1).output  # fmt: skip
    assert "the word 'zebra'" in output


def test_a_resumed_run_keeps_settings_that_go_together(run, text: Path, tmp_path: Path) -> None:
    run("train", "lm", text, "-o", tmp_path / "m", "--unit", "words", "--lowercase",
        "--max-vocabulary", 8, "--hidden", 4, "--batch", 2, "--max-steps", 2)  # fmt: skip
    run("train", "--resume", tmp_path / "m", "--max-steps", 3)
    assert config(tmp_path / "m")["trained"]["steps"] == 3


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [(None, 2, "No such file"), (b"", 2, "empty"), (b"caf\xe9", 1, "is not utf-8 text")],
    ids=["missing", "empty", "not UTF-8"],
)
def test_texts_that_cannot_be_read(
    run, tmp_path: Path, content: bytes | None, status: int, message: str
) -> None:
    path = tmp_path / "text.txt"
    if content is not None:
        path.write_bytes(content)
    output = run("train", "lm", path, "-o", tmp_path / "m", status=status).output
    assert message in output
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("valid", [[], ["--valid", "valid.txt"], ["--valid", "0"]])
def test_text_that_is_too_short(run, tmp_path: Path, valid: list[str], monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("short", encoding="utf-8")
    Path("valid.txt").write_text("short", encoding="utf-8")
    output = run("train", "lm", "text.txt", "-o", "m", *valid, status=1).output
    assert "tokens" in output
    assert "Traceback" not in output
    assert not Path("m").exists()


@pytest.mark.parametrize("name", ["valid", "test"])
def test_a_held_out_text_that_is_too_short(run, text: Path, tmp_path: Path, name: str) -> None:
    short = tmp_path / "short.txt"
    short.write_text("a", encoding="utf-8")
    arguments = ("train", "lm", text, "-o", tmp_path / "m", *TINY, f"--{name}", short)
    assert "expected at least 2 tokens; got 1" in run(*arguments, status=1).output
    assert not (tmp_path / "m").exists()  # found out before the training, not after it


def test_nothing_is_held_out(run, sample: Sample, tmp_path: Path) -> None:
    run("train", sample.family, sample.data, "-o", tmp_path / "m", *sample.settings,
        "--valid", 0, "--max-steps", 2)  # fmt: skip
    kinds = {record.kind for record in read_history(tmp_path / "m" / "history.jsonl")}
    assert kinds == {"step", "end"} or kinds == {"end"}  # each tenth step is kept


def test_a_model_of_a_table(run, table: Path, classifier: Path) -> None:
    stored = config(classifier)
    assert stored["columns"] == ClassifierColumns().to_json()
    assert stored["labels"]["classes"] == ["a", "none"]
    (best,) = (
        record
        for record in read_history(classifier / "history.jsonl")
        if record.kind == "validation"
    )
    assert best.metrics["accuracy"] > 0.8


def test_columns_by_other_names(run, table: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "renamed.csv"
    renamed.write_text(table.read_text("utf-8").replace("text,label", "review,mood"), "utf-8")
    arguments = ("train", "classify", renamed, "-o", tmp_path / "m", "--max-steps", 2)
    output = run(*arguments, status=1).output
    assert f"{renamed}: line 1: expected a column 'text'" in output
    assert not (tmp_path / "m").exists()
    run(*arguments, "--text", "review", "--label", "mood")
    columns = config(tmp_path / "m")["columns"]
    assert (columns["text"], columns["label"]) == ("review", ["mood"])
    run("train", "--resume", tmp_path / "m", "--max-steps", 3)  # which knows them


def test_an_encoding(run, tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes(("café au lait, naïve\n" * 60).encode("latin-1"))
    arguments = ("train", "lm", path, "-o", tmp_path / "m", *TINY, "--max-steps", 1)
    output = run(*arguments, status=1).output
    assert f"{path}: line 1, column 4" in output
    assert "--encoding latin-1" in output
    run(*arguments, "--encoding", "latin-1")
    assert "é" in LanguageModel.load(tmp_path / "m").tokenizer.to_json()["tokens"]
    run("train", "--resume", tmp_path / "m", "--max-steps", 2)  # which knows it
    output = run("score", tmp_path / "m", path, "--encoding", "latin-1").stdout
    assert "perplexity" in output


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_byte_order_mark_says_which_encoding(run, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "marked.txt"
    path.write_bytes(TEXT.encode(encoding))
    run("train", "lm", path, "-o", tmp_path / "m", *TINY, "--max-steps", 1)
    assert LanguageModel.load(tmp_path / "m").tokenizer.size == len(set(TEXT))


def test_standard_input(run, tmp_path: Path) -> None:
    run("train", "lm", "-", "-o", tmp_path / "m", *TINY, "--max-steps", 2, stdin=TEXT)
    assert LanguageModel.load(tmp_path / "m").tokenizer.size == len(set(TEXT))


# several texts


def test_several_texts_are_documents(run, tmp_path: Path) -> None:
    parts = [TEXT[:400], TEXT[400:]]
    for number, part in enumerate(parts):
        (tmp_path / f"{number}.txt").write_text(part, encoding="utf-8")
    files = [tmp_path / "0.txt", tmp_path / "1.txt"]
    run("train", "lm", *files, "-o", tmp_path / "m", *TINY, "--max-steps", 9)
    expected = LanguageModel(hidden_size=12)
    expected.fit(parts, valid=0.1, batch_size=4, bptt=8, max_steps=9)
    found = LanguageModel.load(tmp_path / "m")
    assert found.score(TEXT).total == expected.score(TEXT).total
    (tmp_path / "texts").mkdir()
    for file in files:
        file.rename(tmp_path / "texts" / file.name)
    run("train", "lm", tmp_path / "texts", "-o", tmp_path / "n", *TINY, "--max-steps", 9)
    assert (tmp_path / "n" / "weights.safetensors").read_bytes() == (
        tmp_path / "m" / "weights.safetensors"
    ).read_bytes()
    assert "loss" in run("evaluate", tmp_path / "n", tmp_path / "texts").stdout


def test_several_texts_in_a_settings_file(run, text: Path, tmp_path: Path) -> None:
    run("train", "lm", text, text, "-o", tmp_path / "m", *TINY, "--max-steps", 3,
        "--write-config", tmp_path / "run.toml")  # fmt: skip
    assert f'data = ["{text}", "{text}"]' in (tmp_path / "run.toml").read_text("utf-8")
    run("train", "lm", "--config", tmp_path / "run.toml")
    run("train", "lm", text, text, "-o", tmp_path / "n", *TINY, "--max-steps", 3)
    found, expected = (tmp_path / name / "weights.safetensors" for name in "mn")
    assert found.read_bytes() == expected.read_bytes()


@pytest.mark.filterwarnings("ignore:.*passed over")
@pytest.mark.parametrize(
    ("files", "status", "message"),
    [
        (("a.txt", "-"), 2, "-: expected standard input alone"),
        (("a.txt", "nowhere.txt"), 2, "nowhere.txt: No such file"),
        (("a.txt", "bad.txt"), 1, "bad.txt: line 2, column 1: byte 3 (value 255) is not utf-8"),
        (("empty.txt", "empty.txt"), 1, "empty.txt, empty.txt: expected at least one character"),
        (("empty.txt",), 2, "empty.txt: expected some content"),
        (("nothing",), 2, "nothing: expected some content"),
        (("a.txt", "nothing"), 2, "nothing: expected some content"),
        (("one.txt",), 1, "one.txt: expected at least one character to train on; got none, as va"),
        (("one.txt",), 1, "validation takes the only one (valid=0, --valid 0: no validation)"),
        (("lines.txt",), 1, "lines.txt: the training text has 2 tokens; batch_size=4 needs"),
        (("none",), 1, "none: expected texts; got README"),
    ],
)
def test_texts_that_cannot_be_trained_on(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files, status: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text(TEXT, encoding="utf-8")
    Path("bad.txt").write_bytes(b"ok\n\xff\n")
    Path("empty.txt").touch()
    Path("one.txt").write_text("a", encoding="utf-8")
    Path("lines.txt").write_text("\n\n\n", encoding="utf-8")
    Path("nothing").mkdir()
    Path("none").mkdir()
    Path("none", "README").write_text("about", encoding="utf-8")
    output = run("train", "lm", *files, "-o", "m", *TINY, "--max-steps", 1, status=status).output
    assert message in output
    assert not Path("m").exists()
