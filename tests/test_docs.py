"""Runs every code block of the documentation, in order, each document in a folder of its own.

python    runs; blocks of one document share their names. A block of `>>>` lines is a doctest.
sh        `pyrnn ...` lines run through the command line's own entry point; the others must be
          among SET_UP. Below a `<!-- checked, not run: why -->` line the options are only parsed.
          Below a `<!-- needs torch -->` line, a python block is only compiled where a package is
          absent.
text      is output or a picture of something: not run.
"""

from __future__ import annotations

import doctest
import importlib.util
import pkgutil
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner

import pyrnn
from pyrnn.cli import main

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SET_UP = {
    "pip install . && pyrnn demo",
    "pip install '.[test]' && pytest",
    "pip install '.[plot]'",
    ".ci/run",
    "python -m venv .venv && . .venv/bin/activate",
}
FENCE = re.compile(
    r"(?P<note><!-- (?:checked, not run: [^>]+|needs (?P<needs>[\w, ]+)) -->\n)?"
    r"^```(?P<language>\w*)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Block(NamedTuple):
    language: str
    code: str
    line: int
    run: bool


def blocks(document: Path) -> Iterator[Block]:
    text = document.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start("code")) + 1
        run = (
            all(map(installed, match["needs"].split(", "))) if match["needs"] else not match["note"]
        )
        yield Block(match["language"], match["code"], line, run)


def installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def run_python(block: Block, names: dict[str, Any], where: str) -> None:
    if block.code.lstrip().startswith(">>>"):
        test = doctest.DocTestParser().get_doctest(block.code, names, where, where, block.line)
        report: list[str] = []
        runner = doctest.DocTestRunner(optionflags=OPTIONS)
        runner.run(test, out=report.append, clear_globs=False)
        names.update(test.globs)
        assert runner.failures == 0, "".join(report)
    else:
        padding = "\n" * (block.line - 1)  # so that a traceback shows the document's own line
        exec(compile(padding + block.code, where, "exec", dont_inherit=True), names)


def commands(code: str) -> Iterator[str]:
    """The commands of a shell block: continued lines joined, comments and prompts gone."""
    for line in code.replace("\\\n", " ").splitlines():
        command = re.sub(r"(^|\s)#.*$", "", line).removeprefix("$ ").strip()
        if command:
            yield " ".join(command.split())


def parse(arguments: list[str]) -> None:
    """Checks that the command and each of its options exist, without reading any file."""
    context = click.Context(main, info_name="pyrnn")
    command: click.Command = main
    while isinstance(command, click.Group):
        _, arguments, _ = command.make_parser(context).parse_args(arguments)
        if not arguments:
            assert command.invoke_without_command, f"no subcommand after {context.command_path}"
            return
        name, found, arguments = command.resolve_command(context, arguments)
        assert found is not None
        context = click.Context(found, info_name=name, parent=context)
        command = found
    command.make_parser(context).parse_args(arguments)


def run_shell(block: Block) -> None:
    for command in commands(block.code):
        if command in SET_UP:
            continue
        program, *arguments = shlex.split(command)
        assert program == "pyrnn", f"{command!r}: neither a pyrnn command nor a known set-up"
        if not block.run:
            parse(arguments)
            continue
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
        assert result.exit_code == 0, f"{command}\n{result.output}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_block_runs(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__document__"}
    for block in blocks(document):
        where = f"{document.name}:{block.line}"
        if block.language == "python" and not block.run:
            compile(block.code, where, "exec", dont_inherit=True)
        elif block.language == "python":
            run_python(block, names, where)
        elif block.language == "sh":
            run_shell(block)
        else:
            assert block.language == "text", f"{where}: mark a block as python, sh or text"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name}: no {target}"


def modules() -> list[str]:
    found = pkgutil.walk_packages(pyrnn.__path__, prefix="pyrnn.")
    return ["pyrnn", *(module.name for module in found if not module.name.endswith("__main__"))]


@pytest.mark.parametrize("name", modules())
def test_docstring_examples(name: str) -> None:
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=OPTIONS)
    assert result.failed == 0


def test_set_up_commands_stand_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    opening = text[: text.index("\n## ")] if "\n## " in text else text
    for command in ("pip install . && pyrnn demo", "pip install '.[test]' && pytest"):
        assert command in opening
