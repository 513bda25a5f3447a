from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyrnn.models import LanguageModel

from ..interpreter import fresh_python


def test_writes_prompt_and_text(run, model: Path) -> None:
    output = run("generate", model, "--prompt", "the c", "--length", 30, "--seed", 3).stdout
    expected = LanguageModel.load(model).generate("the c", 30, seed=3)
    assert output == f"the c{expected}\n"


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["--greedy"], {"greedy": True}),
        (["--temperature", 0.3, "--seed", 1], {"temperature": 0.3, "seed": 1}),
        (["--top-k", 2, "--seed", 1], {"top_k": 2, "seed": 1}),
        (["--top-p", 0.5, "--seed", 1], {"top_p": 0.5, "seed": 1}),
        (["--greedy", "--stop", " ", "--stop", "."], {"greedy": True, "stop": [" ", "."]}),
        (["--greedy", "--stop", "\\n"], {"greedy": True, "stop": "\n"}),
    ],
)
def test_settings_reach_the_model(run, model: Path, arguments: list, settings: dict) -> None:
    output = run("generate", model, "-p", "the", "--length", 60, *arguments).stdout
    assert output == "the" + LanguageModel.load(model).generate("the", 60, **settings) + "\n"


def test_a_temperature_of_0_is_greedy(run, model: Path) -> None:
    arguments = ("generate", model, "-p", "the ", "--length", 30)
    cold = run(*arguments, "--temperature", 0).stdout
    assert cold == run(*arguments, "--greedy").stdout
    assert "0 is --greedy" in run("generate", "--help").stdout


def test_checkpoint_can_write_too(run, model: Path) -> None:
    arguments = ("--greedy", "--length", 20, "-p", "the ")
    best = run("generate", model / "best.safetensors", *arguments).stdout
    assert best == run("generate", model, *arguments).stdout


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--prompt", "Zürich"], 1, "Error: --prompt: the character 'Z'"),
        (["--prompt", "Zürich"], 1, "is built with unknown='replace' (--unknown replace)"),
        (["--greedy", "--temperature", "0.7"], 1, "temperature: expected none beside greedy"),
        (["--greedy", "--top-k", "3"], 1, "top_k: expected none beside greedy; got 3"),
        (["--temperature", "0", "--top-p", "0.5"], 1, "beside a temperature of 0; got 0.5"),
        (["--repetition-window", "5"], 1, "expected none without a repetition_penalty; got 5"),
        (["--temperature", "-1"], 2, "--temperature"),
        (["--top-p", "1.5"], 2, "--top-p"),
        (["--top-k", "0"], 2, "--top-k"),
        (["--stop", ""], 1, "stop"),
    ],
)
def test_wrong_settings(run, model: Path, arguments: list[str], status: int, message: str) -> None:
    result = run("generate", model, *arguments, status=status)
    assert message in result.output
    assert "Traceback" not in result.output
    assert result.stdout == ""  # not even the prompt


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGPIPE, and another error")
def test_ends_quietly_when_nobody_reads_on(model: Path, tmp_path: Path) -> None:
    arguments = ["generate", str(model), "-p", "the", "--length", "100000"]
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "pyrnn", *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert process.stdout.read(3) == b"the"
        process.stdout.close()  # as head does
        assert process.stderr.read() == b""
        assert process.wait(60) == 1
    finally:
        process.kill()
        process.stderr.close()


def test_folder_without_a_model(run, tmp_path: Path) -> None:
    assert "config.json is missing" in run("generate", tmp_path, status=2).output


def test_damaged_model(run, model: Path, tmp_path: Path) -> None:
    for path in model.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[:-9])
    for target in (tmp_path, tmp_path / "last.safetensors"):
        output = run("generate", target, status=2).output
        assert str(target) in output
        assert "Traceback" not in output


def test_a_prompt_from_a_file(run, model: Path, tmp_path: Path) -> None:
    file, arguments = tmp_path / "prompt.txt", ("--length", 30, "--seed", 3)
    expected = run("generate", model, "--prompt", "the c\nred", *arguments).stdout
    for content in (b"the c\nred", b"the c\r\nred\r\n", b"\xef\xbb\xbfthe c\nred\n"):
        file.write_bytes(content)
        assert run("generate", model, "--prompt-file", file, *arguments).stdout == expected
    given = run("generate", model, "--prompt-file", "-", *arguments, stdin="the c\nred\n").stdout
    assert given == expected


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        (None, 2, "prompt.txt: No such file"),
        (b"", 2, "prompt.txt: expected some content; got nothing"),
        (b"the \xff", 1, "prompt.txt: line 1, column 5: byte 4 (value 255) is not utf-8 text"),
        ("Zürich".encode(), 1, "the character 'Z'"),
    ],
)
def test_a_prompt_file_that_is_none(
    run, model: Path, tmp_path: Path, content: bytes | None, status: int, message: str
) -> None:
    file = tmp_path / "prompt.txt"
    if content is not None:
        file.write_bytes(content)
    result = run("generate", model, "--prompt-file", file, status=status)
    assert message in result.output
    assert result.stdout == ""


def test_a_folder_is_no_prompt_file(run, model: Path) -> None:
    output = run("generate", model, "--prompt-file", model, status=2).output
    assert f"{model}: expected a file; got a folder" in output


def test_a_prompt_file_beside_a_prompt(run, model: Path, tmp_path: Path) -> None:
    (tmp_path / "prompt.txt").write_text("the", "utf-8")
    arguments = ("-p", "the", "--prompt-file", tmp_path / "prompt.txt")
    output = run("generate", model, *arguments, status=2).output
    assert "--prompt: expected none beside --prompt-file; got 'the'" in output


def test_several_samples(run, model: Path) -> None:
    arguments = ("generate", model, "-p", "the ", "--length", 20, "--temperature", 3)
    found = json.loads(run(*arguments, "--samples", 3, "--seed", 5, "--json").stdout)
    assert [one["seed"] for one in found["samples"]] == [5, 6, 7]
    shown = run(*arguments, "--samples", 3, "--seed", 5).stdout
    for k, one in enumerate(found["samples"]):
        alone = run(*arguments, "--seed", 5 + k).stdout
        assert alone == found["prompt"] + one["text"] + "\n"
        assert f"--- sample {k + 1}, seed {5 + k}\n{alone}" in shown


def test_samples_tell_seeds_that_they_drew(run, model: Path) -> None:
    arguments = ("generate", model, "-p", "the ", "--length", 20, "--temperature", 3)
    found = json.loads(run(*arguments, "--samples", 2, "--json").stdout)
    for one in found["samples"]:
        assert run(*arguments, "--seed", one["seed"]).stdout == f"the {one['text']}\n"


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["--forbid", "a", "--forbid", "\\n"], {"forbid": ["a", "\n"]}),
        (["--no-unknown"], {"forbid": "<unk>"}),
        (["--repetition-penalty", 1.5], {"repetition_penalty": 1.5}),
        (
            ["--repetition-penalty", 1.5, "--repetition-window", 4],
            {"repetition_penalty": 1.5, "repetition_window": 4},
        ),
    ],
)
def test_what_is_held_back(run, model: Path, arguments: list, settings: dict) -> None:
    output = run("generate", model, "-p", "the", "--length", 60, "--seed", 1, *arguments).stdout
    assert (
        output == "the" + LanguageModel.load(model).generate("the", 60, seed=1, **settings) + "\n"
    )


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--forbid", "Z"], 1, "forbid: expected tokens of the vocabulary"),
        (["--repetition-penalty", "0"], 2, "--repetition-penalty"),
        (["--repetition-penalty", "nan"], 1, "repetition_penalty: "),
        (["--samples", "0"], 2, "--samples"),
        (["--samples", "2", "--greedy"], 1, "samples: expected 1"),
    ],
)
def test_what_cannot_be_held_back(
    run, model: Path, arguments: list[str], status: int, message: str
) -> None:
    result = run("generate", model, *arguments, status=status)
    assert message in result.output
    assert result.stdout == ""


def test_a_prompt_of_any_bytes_is_shown_as_it_is(tmp_path: Path) -> None:
    bytes_model = LanguageModel(unit="bytes", hidden_size=4).for_data("the cat\n")
    bytes_model.save(tmp_path / "m")
    (tmp_path / "prompt.bin").write_bytes(b"a\xff\xe2\n")
    arguments = [str(tmp_path / "m"), "--prompt-file", str(tmp_path / "prompt.bin"), "--greedy"]
    program = ["-W", "error", "-m", "pyrnn", "generate", *arguments]
    found = fresh_python(*program, "--length", "3", encoding=None, check=True).stdout
    assert found.startswith(b"a\xff\xe2")
    found = fresh_python(*program, "--json", encoding=None, check=True).stdout
    assert json.loads(found)["prompt"] == "a\ufffd\ufffd"  # strict readers take no half of a pair
