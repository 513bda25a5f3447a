"""Settings in a file: every one of them there and back, precedence, and errors that say where."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import click
import hypothesis.strategies as st
import pytest
from hypothesis import given
from hypothesis import settings as limits

from pyrnn.cli.compare import compare
from pyrnn.cli.inputs import Content, NameList, TextFile
from pyrnn.cli.sections import settings
from pyrnn.cli.settings_file import read_settings
from pyrnn.cli.settings_text import settings_text, toml
from pyrnn.cli.train import lm
from pyrnn.models import LanguageModel

from .conftest import TINY

EVERY = {str(place): (place, parameter) for place, parameter in settings(lm).items()}
WORDS = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: "\0" not in text)
NAMES = st.from_regex("[a-z_]{1,5}", fullmatch=True)


def values_of(parameter: click.Parameter) -> st.SearchStrategy[Any]:
    """What the command may receive for a parameter, None for one that is absent."""
    kind = parameter.type
    numbers = st.floats(allow_nan=False, allow_infinity=False)
    if getattr(parameter, "is_flag", False):
        return st.booleans()
    if getattr(parameter, "multiple", False):
        return st.dictionaries(NAMES, numbers | st.lists(numbers, max_size=2) | st.booleans())
    if parameter.nargs > 1:
        return st.tuples(*[numbers] * parameter.nargs)
    if isinstance(kind, click.Choice):
        return st.sampled_from(list(kind.choices))
    if isinstance(kind, NameList):
        return st.lists(st.sampled_from(kind.choices), min_size=1, unique=True).map(tuple)
    if isinstance(kind, click.IntRange):
        return st.integers(kind.min, 10**20)
    if isinstance(kind, click.FloatRange):
        return st.floats(kind.min, kind.max, exclude_min=kind.min_open, exclude_max=kind.max_open,
                         allow_infinity=False)  # fmt: skip
    if isinstance(kind, TextFile):
        return st.just(Content("text", b"x", Path("text").absolute()))
    if isinstance(kind, click.Path):
        return st.from_regex(r"[a-z äß'\"\\]{1,9}", fullmatch=True).map(Path)
    return st.lists(st.integers(1, 10**6), min_size=1).map(tuple)  # numbers between commas


@pytest.mark.parametrize("place", EVERY)
@limits(max_examples=15)
@given(data=st.data())
def test_every_setting_there_and_back(
    place: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    where, parameter = EVERY[place]
    value = data.draw(values_of(parameter))
    folder = tmp_path_factory.getbasetemp()
    path = folder / "settings.toml"
    text = settings_text(lm, {str(parameter.name): value}, folder)
    path.write_text(text, encoding="utf-8", newline="\n")
    found = read_settings(path, lm).get(str(parameter.name))
    context = click.Context(lm)
    if isinstance(value, Content):
        assert Path(found) == value.path
    elif isinstance(value, Path):
        assert Path(found) == value.absolute()
    elif isinstance(value, dict):  # as the callback makes it of what the command line says
        back = parameter.process_value(context, found or ())
        assert back == value
    else:
        assert parameter.process_value(context, found) in (value, value or None)
        # the two of them are what stands in the file, at its place
        table = tomllib.loads(text)
        entry = (table[where.table] if where.table else table)[where.key]
        assert entry == (list(value) if isinstance(value, tuple) else value)


SCALARS = st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS


@given(st.recursive(SCALARS, lambda x: st.lists(x) | st.dictionaries(WORDS, x), max_leaves=8))
def test_what_is_written_is_toml(value: Any) -> None:
    assert tomllib.loads(f"x = {toml(value)}")["x"] == value


@pytest.mark.parametrize("value", [None, "\udcff", object(), {"x": None}])
def test_what_toml_has_no_words_for(value: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        toml(value)


def test_the_list_of_settings_is_that_of_the_command() -> None:
    options = {p.name for p in lm.params}
    in_file = {p.name for p in settings(lm).values()}
    assert options - in_file == {"resume", "overwrite", "config", "write_config"}
    # one place each, and each place a key without surprises
    assert len(in_file) == len(settings(lm))
    assert {place.table for place in settings(lm)} == {
        "", "files", "tokens", "network", "updates", "learning-rate", "end", "reports"
    }  # fmt: skip


def test_a_file_for_training_is_one_for_comparing() -> None:
    kinds = {place: type(parameter.type) for place, parameter in settings(compare).items()}
    for place, parameter in settings(lm).items():
        assert kinds[place] is type(parameter.type), place


def write(folder: Path, content: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(content, encoding="utf-8")
    return path


def stored(folder: Path) -> dict[str, Any]:
    content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return {**content["config"], **content["trained"]["options"]}


def test_command_line_over_file_over_default(run, text: Path, tmp_path: Path) -> None:
    path = write(tmp_path, """
        seed = 5
        [files]
        output = "m"
        split = [0.8, 0.1, 0.1]
        [network]
        hidden = 7
        tied = true
        cell = "gru"
        [updates]
        batch = 4
        optimizer = "sgd"
        optimizer-option = { momentum = 0.5, nesterov = true }
        clip = 0
        [learning-rate]
        learning-rate = 1
        [end]
        max-steps = 3
    """)  # fmt: skip
    run("train", "lm", text, "--config", path, "--hidden", 9, "--no-tied", "--bptt", 8)
    found = stored(tmp_path / "m")
    expected = {
        "seed": 5, "hidden_size": 9, "tied": False, "cell": "gru", "batch_size": 4, "steps": 8,
        "optimizer_options": {"momentum": 0.5, "nesterov": True}, "clip_norm": None,
        "learning_rate": 1.0, "max_steps": 3, "num_layers": 1, "log_every": 10,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    run("train", "lm", text, "--config", path, "-o", tmp_path / "n", "--optimizer-option",
        "momentum=0.1")  # fmt: skip
    assert stored(tmp_path / "n")["optimizer_options"] == {"momentum": 0.1}


def test_paths_begin_at_the_file(
    run, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there").mkdir()
    for name in ("train.txt", "valid.txt", "test.txt"):
        shutil.copy(text, tmp_path / "there" / name)
    write(tmp_path / "there", """
        [files]
        text = "train.txt"
        valid = "./valid.txt"
        test = "../there/test.txt"
        report-test = true
        output = "model"
        [network]
        hidden = 4
        [end]
        max-steps = 1
    """)  # fmt: skip
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert "test: " in run("train", "lm", "--config", "../there/settings.toml").stdout
    assert LanguageModel.load(tmp_path / "there" / "model").config.hidden_size == 4
    assert not list(Path.cwd().iterdir())


def test_a_written_file_reproduces_the_run(run, text: Path, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.toml"
    run("train", "lm", text, "-o", tmp_path / "m", *TINY, "--write-config", path)
    assert not (tmp_path / "m").exists()
    assert "# Hidden units of a layer." in path.read_text(encoding="utf-8")
    run("train", "lm", "--config", path)
    assert (tmp_path / "m" / "weights.safetensors").read_bytes() == (
        model / "weights.safetensors"
    ).read_bytes()
    # the file of a run that has one is the same file
    again = run("train", "lm", "--config", path, "--write-config", "-").stdout
    assert tomllib.loads(again)["network"] == tomllib.loads(path.read_text("utf-8"))["network"]


def test_a_file_that_is_there_is_kept_unless_told(run, text: Path, tmp_path: Path) -> None:
    path = write(tmp_path, "mine = 1")
    arguments = ("train", "lm", text, "-o", tmp_path / "m", "--write-config", path)
    assert "--overwrite" in run(*arguments, status=1).output
    assert path.read_text(encoding="utf-8") == "mine = 1"
    run(*arguments, "--overwrite", "--hidden", 3)
    assert tomllib.loads(path.read_text(encoding="utf-8"))["network"]["hidden"] == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[network]\nhiden = 512", "hiden = 512: no such setting; did you mean [network] hidden?"),
        ("[network]\nhidden_size = 5", "hidden_size = 5: expected it as [network] hidden"),
        ("[network]\ndropout_output = 0.5", "expected it as [network] dropout-output"),
        ("[network]\nbatch = 5", "[network] batch = 5: expected it as [updates] batch"),
        ("[updates]\nseed = 5", "[updates] seed = 5: expected it as seed, before the first table"),
        ("hidden = 5", "hidden = 5: expected it as [network] hidden"),
        ("[updates]\nqzqz = 5", "[updates] qzqz = 5: no such setting; [updates] has batch, bptt"),
        ("[netwrk]\nhidden = 5", "[netwrk]: expected one of the tables [files], [tokens]"),
        ("[netwrk]\nhidden = 5", "did you mean [network]?"),
        ("network = 5", "network: expected a table, [network]; got 5"),
        ("[files]\noverwrite = true", "--overwrite is for the command line alone"),
        ("config = 'other.toml'", "--config is for the command line alone"),
        ("[network]\nhidden = 0", "[network] hidden: expected a whole number of at least 1; got 0"),
        ("[network]\nhidden = 3.5", "expected a whole number of at least 1; got 3.5"),
        ("[network]\nhidden = '9'", "expected a whole number of at least 1; got '9'"),
        ("[network]\nhidden = true", "[network] hidden: expected a whole number"),
        ("[network]\nhidden = [1, 2]", "[network] hidden: expected a whole number"),
        ("[network]\ncell = 'ltsm'", "[network] cell: expected one of rnn_tanh"),
        ("[network]\ntied = 1", "[network] tied: expected true or false; got 1"),
        ("[network]\ndropout-output = 1", "expected a number of at least 0 and less than 1; got 1"),
        ("[learning-rate]\nlearning-rate = nan", "expected a number of more than 0; got nan"),
        ("[learning-rate]\nlearning-rate = inf", "expected a number of more than 0; got inf"),
        ("[updates]\noptimizer-option = 3", "expected a table of names and numbers"),
        ("[updates]\noptimizer-option = { momentum = 'much' }", "expected a table of names"),
        ("[files]\nsplit = [0.9, 0.1]", "split: expected a list of 3 numbers; got [0.9, 0.1]"),
        ("[files]\nsplit = '0.9'", "[files] split: expected a list of 3 numbers"),
        ("[files]\noutput = 3", "[files] output: expected a path in quotes; got 3"),
        ("[files]\nvalid = ''", "[files] valid: expected a path in quotes; got ''"),
        ("[files]\nvalid = 'no.txt'", "[files] valid: "),
        ("seed = -1", "seed: expected a whole number of at least 0; got -1"),
        ("[network]\nhidden = 2\nhidden = 3", "expected a TOML file"),
        ("hidden 3", "expected a TOML file"),
    ],
)  # fmt: skip
def test_an_error_names_file_key_value_and_what_was_expected(
    run, text: Path, tmp_path: Path, content: str, message: str
) -> None:
    path = write(tmp_path, content)
    output = run("train", "lm", text, "-o", tmp_path / "m", "--config", path, status=2).output
    assert f"{path}: " in output
    assert message in output
    assert "Traceback" not in output
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"x = [" + b"[" * 100_000])
def test_a_file_that_cannot_be_read(run, text: Path, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "settings.toml"
    if content is not None:
        path.write_bytes(content)
    output = run("train", "lm", text, "-o", tmp_path / "m", "--config", path, status=2).output
    assert f"{path}: " in output


def test_settings_that_do_not_go_together_are_named_as_in_the_file(
    run, text: Path, tmp_path: Path
) -> None:
    path = write(tmp_path, "[network]\ndropout-between = 0.5")
    arguments = ("train", "lm", text, "-o", tmp_path / "m")
    output = run(*arguments, "--config", path, status=1).output
    assert f"{path}: [network] dropout-between: expected 0 with one layer" in output
    # and not where it is the command line that says so
    output = run(*arguments, "--config", path, "--dropout-between", 0.3, status=1).output
    assert "Error: dropout_between: expected 0" in output


def test_of_split_and_valid_the_command_line_s_counts(run, text: Path, tmp_path: Path) -> None:
    short = ("--hidden", 4, "--max-steps", 1)
    path = write(tmp_path, "[files]\nsplit = [0.8, 0.1, 0.1]")
    run("train", "lm", text, "-o", tmp_path / "a", "--config", path, "--valid", text, *short)
    assert json.loads((tmp_path / "a" / "run.json").read_text("utf-8"))["texts"]["valid"]
    path = write(tmp_path, f"[files]\nvalid = '{text}'\ntest = '{text}'")
    run("train", "lm", text, "-o", tmp_path / "b", "--config", path, "--split", 0.8, 0.1, 0.1,
        *short)  # fmt: skip
    assert set(json.loads((tmp_path / "b" / "run.json").read_text("utf-8"))["texts"]) == {"text"}
    path = write(tmp_path, f"[files]\nvalid = '{text}'\nsplit = [0.8, 0.1, 0.1]")
    output = run("train", "lm", text, "-o", tmp_path / "c", "--config", path, status=2).output
    assert "--split cuts TEXT" in output


def test_required_things_may_come_from_the_file_alone(run, text: Path, tmp_path: Path) -> None:
    path = write(tmp_path, f"[files]\ntext = '{text}'")
    assert "--output" in run("train", "lm", "--config", path, status=2).output
    path = write(tmp_path, "[files]\noutput = 'm'")
    assert "TEXT" in run("train", "lm", "--config", path, status=2).output


def test_a_raised_limit_in_the_file_is_one_for_a_resumed_run(
    run, text: Path, tmp_path: Path
) -> None:
    content = "[files]\noutput = 'm'\n[network]\nhidden = 4\n[end]\nmax-steps = {}"
    for steps, flags in ((2, []), (3, ["--resume"])):
        path = write(tmp_path, content.format(steps))
        run("train", "lm", text, "--config", path, *flags)
    assert stored(tmp_path / "m")["max_steps"] == 3
    path = write(tmp_path, content.format(4).replace("hidden = 4", "hidden = 5"))
    assert (
        "expected that of the run"
        in run("train", "lm", text, "--config", path, "--resume", status=1).output
    )
