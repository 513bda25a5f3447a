"""What a command line names: texts, models, folders to write to; and errors in words.

A wrong command line ends with status 2, work that fails with status 1; neither shows a traceback.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pyrnn.models import LanguageModel


def in_words(error: Exception) -> str:
    """An error's message; the system's errors begin with the file, as pyrnn's own do."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Turns the errors of work on the user's files and settings into one line and status 1."""
    try:
        yield
    except (OSError, ValueError, ArithmeticError, ImportError) as error:
        raise click.ClickException(in_words(error)) from error


class TextFile(click.ParamType):
    """A path to a UTF-8 text, or - for standard input; the command receives the text.

    A byte model reads any file: bytes that are no text stay what they are.
    """

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from pyrnn.data import read_text

        errors = "surrogateescape" if _of_bytes(ctx) else "strict"
        try:
            return _standard_input(errors) if value == "-" else read_text(value, errors=errors)
        except UnicodeDecodeError as error:
            self.fail(f"standard input: byte {error.start} is not utf-8 text", param, ctx)
        except (OSError, ValueError) as error:
            self.fail(in_words(error), param, ctx)


def _of_bytes(context: click.Context | None) -> bool:
    """Whether --unit, or the model that is named before the text, says bytes."""
    values = context.params if context else {}
    return values.get("unit") == "bytes" or (
        "model" in values and values["model"].config.unit == "bytes"
    )


def _standard_input(errors: str) -> str:
    stream = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors=errors)
    text = stream.read()
    stream.detach()  # or it would close standard input
    if not text:
        raise ValueError("standard input: expected a text; got nothing")
    return text


class ModelFolder(click.ParamType):
    """The folder of a saved model, or a checkpoint file; the command receives the model."""

    name = "model"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> LanguageModel:
        from pyrnn.models import LanguageModel

        if not Path(value).exists():
            self.fail(f"{value}: no such folder or file", param, ctx)
        try:
            return LanguageModel.load(value)
        except (OSError, ValueError) as error:
            self.fail(in_words(error), param, ctx)


def check_output(folder: Path, own: Collection[str], mark: str) -> bool:
    """Whether a folder to write to already holds earlier results of the same command.

    own: the names of all files that the command writes. mark: the one of them that no other
    command writes. A folder that is absent or empty holds none; hidden files are passed over.
    Raises click.ClickException for a folder that holds anything else: nothing of the user's is
    overwritten.
    """
    if not folder.exists():
        return False
    if not folder.is_dir():
        raise click.ClickException(f"{folder}: expected a folder to write to, found a file")
    found = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    foreign = sorted(found - set(own))
    if found and mark not in found:
        foreign = sorted(found)
    if foreign:
        raise click.ClickException(
            f"{folder}: holds files that are not this command's own ({', '.join(foreign[:3])}"
            f"{' ...' if len(foreign) > 3 else ''}); name another folder with --output"
        )
    return bool(found)
