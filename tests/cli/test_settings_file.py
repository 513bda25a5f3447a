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

from pyrnn.cli.compare import Chosen, compare_command
from pyrnn.cli.inputs import Encoding, FileOrShare, FilePath
from pyrnn.cli.options import settings
from pyrnn.cli.settings_file import read_settings, settings_text, toml
from pyrnn.cli.train import train_command
from pyrnn.models import FAMILIES, LanguageModel, family
from pyrnn.settings import (
    Assignments,
    Choice,
    FilePaths,
    Kind,
    Names,
    Number,
    Numbers,
    OneOrTwo,
    Switch,
    SwitchOrWhole,
    Table,
    Text,
    Whole,
    Wholes,
)

from .conftest import TINY

lm = train_command(LanguageModel)
EVERY = {
    f"{name} {place}": (command, place, parameter)
    for name, command in (*((name, train_command(family(name))) for name in FAMILIES),
                          ("compare", compare_command(family("classify"))))
    for place, parameter in settings(command).items()
}  # fmt: skip
WORDS = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: "\0" not in text)
NAMES = st.from_regex("[a-z_]{1,5}", fullmatch=True)
PATHS = st.from_regex(r"[a-z äß'\"\\]{1,9}", fullmatch=True)


def values_of(kind: Kind) -> st.SearchStrategy[Any]:
    """What a command may receive for a setting."""
    finite = st.floats(allow_nan=False, allow_infinity=False)
    match kind:
        case Whole():
            return st.integers(kind.least, kind.most or 10**18)
        case Number():
            least, most = kind.above if kind.least is None else kind.least, kind.below or kind.most
            return st.floats(least, most, exclude_min=kind.above is not None,
                             exclude_max=kind.below is not None, allow_infinity=False)  # fmt: skip
        case Numbers():
            numbers = st.lists(values_of(kind.number), min_size=1, unique=True)
            return numbers.map(sorted).map(tuple)
        case OneOrTwo():
            one = values_of(kind.number)
            return one | st.tuples(one, one)
        case SwitchOrWhole():
            return st.booleans() | values_of(kind.whole)
        case Switch():
            return st.booleans()
        case Choice():
            return st.sampled_from(kind.names)
        case Names():
            one = st.sampled_from(kind.choice.names) if isinstance(kind, Chosen) else WORDS
            return st.lists(one, min_size=1, unique=True).map(tuple)
        case FileOrShare():
            return PATHS | st.floats(0, 1, exclude_max=True)
        case FilePaths():
            return st.lists(PATHS, min_size=1)
        case FilePath():
            return PATHS
        case Encoding():
            return st.sampled_from(["utf-8", "latin-1", "utf-16"])
        case Text():
            return WORDS
        case Wholes():
            numbers = st.lists(st.integers(kind.least, 10**6), min_size=1, unique=True)
            return numbers.map(sorted).map(tuple)
        case Assignments():
            return st.dictionaries(st.sampled_from(kind.names), WORDS, min_size=1)
        case Table():
            return st.dictionaries(NAMES, finite | st.lists(finite, max_size=2).map(tuple)
                                   | st.booleans())  # fmt: skip
    raise NotImplementedError(kind)


@pytest.mark.parametrize("name", EVERY)
@limits(max_examples=10)
@given(data=st.data())
def test_every_setting_there_and_back(
    name: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    command, where, parameter = EVERY[name]
    kind = parameter.setting.kind
    value = data.draw(values_of(kind))
    folder = tmp_path_factory.getbasetemp()
    path = folder / "settings.toml"
    text = settings_text(command, {str(parameter.name): value}, folder)
    path.write_text(text, encoding="utf-8", newline="\n")
    found = read_settings(path, command).get(str(parameter.name))
    if isinstance(kind, FilePaths):
        assert list(map(Path, found)) == [Path(path).absolute() for path in value]
        return
    if isinstance(kind, FilePath) and isinstance(value, str):
        assert Path(found) == Path(value).absolute()
        return
    if isinstance(kind, Number) and kind.zero_is_none and not value:
        value = None
    back = parameter.process_value(click.Context(command), () if found is None else found)
    assert back == value
    # what stands in the file, at its place
    table = tomllib.loads(text)
    if value not in (None, {}):
        entry = (table[where.table] if where.table else table)[where.key]
        plain = kind.plain(value)
        assert entry == json.loads(json.dumps(plain))


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
    assert options - in_file == {"overwrite", "config", "write_config"}
    # one place each, and each place a key without surprises
    assert len(in_file) == len(settings(lm))
    assert {place.table for place in settings(lm)} == {
        "", "files", "tokens", "network", "updates", "learning-rate", "end", "reports"
    }  # fmt: skip
    assert {place.table for place in settings(train_command(family("classify")))} >= {
        "data",
        "network",
        "end",
    }


def test_a_file_for_training_is_one_for_comparing() -> None:
    kinds = {
        place: parameter.setting.kind
        for place, parameter in settings(compare_command(LanguageModel)).items()
    }
    for place, parameter in settings(lm).items():
        assert kinds[place] == parameter.setting.kind, place


def test_all_names_of_a_setting(run, text: Path, tmp_path: Path) -> None:
    """Those of fields, of flags and of once lead to the same run."""
    files = [
        "[network]\nhidden_size = 6\n[updates]\nbatch_size = 4\nclip_norm = 2\n",
        "[network]\nhidden-size = 6\n[updates]\nbatch-size = 4\nclip-norm = 2\n",
        "[network]\nhidden = 6\n[updates]\nbatch = 4\nclip = 2\n",
    ]
    found = []
    for content in files:
        path = write(tmp_path, content)
        arguments = ("train", "lm", text, "-o", tmp_path / "m", "--config", path)
        found.append(run(*arguments, "--write-config", "-").stdout)
    assert found[0] == found[1] == found[2]
    assert tomllib.loads(found[0])["network"]["hidden-size"] == 6
    path = write(tmp_path, files[0] + "clip = 3\n")
    output = run("train", "lm", text, "-o", tmp_path / "m", "--config", path, status=2).output
    assert "[updates] clip: expected it once; got it by two names" in output


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
        valid = 0.2
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
        "seed": 5, "hidden_size": 9, "tied": False, "cell": "gru", "batch_size": 4, "bptt": 8,
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
        data = "train.txt"
        valid = "./valid.txt"
        test = "../there/test.txt"
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
    assert "# Hidden units per layer." in path.read_text(encoding="utf-8")
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
    assert tomllib.loads(path.read_text(encoding="utf-8"))["network"]["hidden-size"] == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[network]\nhiden = 5", "hiden = 5: no such setting; did you mean [network] hidden-size?"),
        ("[network]\nHidden = 5", "Hidden = 5: expected it as [network] hidden-size"),
        ("[network]\nbatch = 5", "[network] batch = 5: expected it as [updates] batch-size"),
        ("[updates]\nseed = 5", "[updates] seed = 5: expected it as seed, before the first table"),
        ("hidden = 5", "hidden = 5: expected it as [network] hidden-size"),
        ("[updates]\nqzqz = 5", "qzqz = 5: no such setting; [updates] has batch-size, optimizer"),
        ("[netwrk]\nhidden = 5", "[netwrk]: expected one of the tables [end], [files]"),
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
        ("[files]\nvalid = 1", "[files] valid: expected a path, or a share of at least 0"),
        ("[files]\nvalid = true", "[files] valid: expected a path, or a share of at least 0"),
        ("[files]\noutput = 3", "[files] output: expected a path; got 3"),
        ("[files]\nvalid = ''", "[files] valid: expected a path, or a share"),
        ("[files]\nencoding = 'klingon'", "[files] encoding: expected the name of an encoding"),
        ("[updates]\noptimizer = 'adam'\nOptimizer = 'adam'", "expected it as [updates] optimizer"),
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


def test_required_things_may_come_from_the_file_alone(run, text: Path, tmp_path: Path) -> None:
    path = write(tmp_path, f"[files]\ndata = '{text}'")
    assert "--output" in run("train", "lm", "--config", path, status=2).output
    path = write(tmp_path, "[files]\noutput = 'm'")
    assert "DATA" in run("train", "lm", "--config", path, status=2).output


@pytest.mark.parametrize("command", ["train", "compare"])
def test_what_only_writes_its_settings_needs_no_data(run, tmp_path: Path, command: str) -> None:
    path = tmp_path / "run.toml"
    run(command, "lm", "--hidden", 7, "--write-config", path)
    text = path.read_text("utf-8")
    assert "hidden-size = 7" in text
    assert "# data = DATA" in text
    assert "Missing argument 'DATA...'" in run(command, "lm", "--config", path, status=2).output
    if command == "train":
        output = run("train", "lm", "book.txt", "--config", path, status=2).output
        assert "Missing option '--output' / '-o'" in output
