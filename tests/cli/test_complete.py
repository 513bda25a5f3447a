"""Completions without a terminal."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pyrnn.cli import main
from pyrnn.models import LanguageModel, LanguageModelConfig

complete = importlib.import_module("pyrnn.cli.complete")  # the package has the command of this name


def texts(model: Path, prefix: str, **settings: object) -> list[str]:
    return [one.text for one in LanguageModel.load(model).complete(prefix, **settings)]


def test_one_completion_a_line(run, model: Path) -> None:
    expected = texts(model, "the c")
    assert len(expected) == 5
    output = run("complete", model, "--prefix", "the c").stdout
    assert output == "".join(f"{text}\n" for text in expected)


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["-n", 2], {"n": 2}),
        (["--until", "line", "--alpha", 1.5], {"until": "line", "alpha": 1.5}),
        (["--until", "line", "--length", 70], {"until": "line", "length": 70}),
        (["--length", 2, "--until", "length", "--beam", 3], {"length": 2, "until": "length",
                                                            "beam": 3}),
    ],
)  # fmt: skip
def test_settings_reach_the_model(run, model: Path, arguments: list, settings: dict) -> None:
    output = run("complete", model, "-p", "the", *arguments).stdout
    expected = [text.replace("\n", "\\n") for text in texts(model, "the", **settings)]
    assert output.splitlines() == expected


def test_scores(run, model: Path) -> None:
    lines = run("complete", model, "-p", "the c", "--scores").stdout.splitlines()
    found = LanguageModel.load(model).complete("the c")
    assert lines == [f"{one.probability:<10.4g} {one.text}" for one in found]


def test_json(run, model: Path) -> None:
    content = json.loads(run("complete", model, "-p", "the c", "--json", "-n", 1).stdout)
    (one,) = LanguageModel.load(model).complete("the c", 1)
    assert content == {
        "prefix": "the c",
        "completions": [
            {
                "text": one.text,
                "log_likelihood": one.log_likelihood,
                "probability": one.probability,
                "finished": True,
            }
        ],
    }


def test_lines_of_standard_input(run, model: Path) -> None:
    output = run("complete", model, "-n", 2, stdin="the c\nthe d\r\nthe m").stdout
    groups = [texts(model, prefix, n=2) for prefix in ("the c", "the d", "the m")]
    assert output == "\n\n".join("\n".join(group) for group in groups) + "\n"
    lines = run("complete", model, "--json", stdin="the c\n\n").stdout.splitlines()
    assert [json.loads(line)["prefix"] for line in lines] == ["the c", ""]
    assert run("complete", model, stdin="").stdout == ""


def test_each_line_is_answered_at_once(model: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "pyrnn", "complete", str(model), "--json"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for prefix in ("the c", "the d"):
            process.stdin.write(prefix + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["prefix"] == prefix  # before any other
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complete, "_at_a_terminal", lambda: True)


def test_typed_lines_go_to_a_file(run, model: Path, monkeypatch, at_a_terminal) -> None:
    pytest.importorskip("prompt_toolkit", reason="needs prompt_toolkit")
    from prompt_toolkit import output
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.input import create_pipe_input

    monkeypatch.setattr(output, "create_output", lambda **_: output.DummyOutput())
    with create_pipe_input() as pipe, create_app_session(input=pipe):
        pipe.send_text("the c\t\nthe d2\n\x04")
        lines = run("complete", model).stdout.splitlines()
    assert lines == ["the c" + texts(model, "the c")[0], "the d" + texts(model, "the d")[1]]


def test_scores_and_json_are_for_whole_lines(run, model: Path, at_a_terminal) -> None:
    for flag in ("--json", "--scores"):
        assert run("complete", model, flag, "-n", 1, stdin="the c\n").stdout.count("\n") == 1


@pytest.mark.usefixtures("at_a_terminal")
def test_without_prompt_toolkit_lines_are_completed_as_they_are_entered(
    run, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("prompt_toolkit", "prompt_toolkit.output", "pyrnn.cli.live_completion"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "prompt_toolkit", None)
    result = run("complete", model, "-n", 2, stdin="the c\n")
    assert result.stdout.splitlines() == texts(model, "the c", n=2)
    assert "pip install prompt_toolkit" in result.stderr


def test_a_byte_order_mark_is_no_part_of_the_first_line(run, tmp_path, model: Path) -> None:
    lines = run("complete", model, "--json", stdin="\ufeffthe c\nthe d\n").stdout.splitlines()
    assert [json.loads(line)["prefix"] for line in lines] == ["the c", "the d"]
    LanguageModel.for_text("a", LanguageModelConfig(unit="bytes", hidden_size=4)).save(tmp_path)
    output = run("complete", tmp_path, "--json", stdin="\ufeffa\n").stdout
    assert json.loads(output)["prefix"] == "\ufeffa"  # bytes are what they are


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "message"),
    [
        (["-p", "Zürich"], None, 1, "Error: --prefix: the character 'Z'"),
        ([], "the\nZ\n", 1, "standard input: line 2: the character 'Z'"),
        (["--forbid", "ab"], "the\nthe\n", 1, "forbid: expected tokens"),
        ([], b"the\n\xff\n", 1, "standard input: line 2 is no UTF-8 text"),
        (["-n", "0"], None, 2, "-n"),
        (["--until", "page"], None, 2, "--until"),
        (["--length", "0"], None, 2, "--length"),
        (["--beam", "0"], None, 2, "--beam"),
    ],
)
def test_errors(run, model: Path, arguments, stdin, status: int, message: str) -> None:
    result = run("complete", model, *arguments, stdin=stdin, status=status)
    assert message in result.output
    assert "Traceback" not in result.output


def test_bytes_read_whatever_comes(run, tmp_path: Path) -> None:
    LanguageModel.for_text("a", LanguageModelConfig(unit="bytes", hidden_size=4)).save(tmp_path)
    output = run("complete", tmp_path, "--json", stdin=b"a\xff\n").stdout
    assert json.loads(output)["prefix"] == "a\ufffd"  # strict readers take no half of a pair


def test_a_line_that_cannot_be_read_does_not_end_the_others(run, model: Path) -> None:
    result = run("complete", model, "--json", stdin="the c\nZ\nthe d\n", status=1)
    good, bad, other = map(json.loads, result.stdout.splitlines())
    assert set(good) == set(other) == {"prefix", "completions"}
    assert set(bad) == {"prefix", "error"}
    assert bad["error"].startswith("the character 'Z' (U+005A) at position 0")
    assert result.stderr.startswith("Error: standard input: line 2: the character 'Z'")
    result = run("complete", model, "-n", 2, stdin="Z\nthe c\nZ\nthe d\n", status=1)
    groups = ["", *texts(model, "the c", n=2)], ["", "", *texts(model, "the d", n=2)]
    assert result.stdout.splitlines() == [line for group in groups for line in group]


def test_the_command_is_listed() -> None:
    assert "complete" in main.commands


def test_the_beginning_of_a_file(run, model: Path, tmp_path: Path) -> None:
    (tmp_path / "draft.txt").write_bytes(b"the cat\r\nthe c\r\n")
    found = run("complete", model, "--prefix-file", tmp_path / "draft.txt").stdout
    assert found == run("complete", model, "--prefix", "the cat\nthe c").stdout
    both = run("complete", model, "-p", "the", "--prefix-file", tmp_path / "draft.txt", status=2)
    assert "--prefix: expected none beside --prefix-file" in both.output


def test_forbidden_tokens(run, model: Path) -> None:
    arguments = ("complete", model, "-p", "the ", "--until", "length", "--length", 4, "-n", 20)
    assert "a" in run(*arguments).stdout
    assert "a" not in run(*arguments, "--forbid", "a").stdout
    assert "got 'Z'" in run(*arguments, "--forbid", "Z", status=1).output
