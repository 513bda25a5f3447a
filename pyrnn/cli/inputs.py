"""What a command line names: texts, models, folders to write to; and errors in words.

A wrong command line ends with status 2, work that fails with status 1, work that Ctrl-C ended with
INTERRUPTED; none shows a traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from pyrnn.models import LanguageModel

INTERRUPTED = 130  # 128 + the number of SIGINT, as shells have it


def in_words(error: Exception) -> str:
    """An error's message; the system's errors begin with the file, as pyrnn's own do."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, MemoryError):
        return f"not enough memory ({error})" if str(error) else "not enough memory"
    return str(error)


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Turns the errors of work on the user's files and settings into one line and status 1.

    A reader of the output who goes away, as `head` does, has no need of a message.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError, ArithmeticError, ImportError, MemoryError) as error:
        raise click.ClickException(in_words(error)) from error


class Content(NamedTuple):
    """What a file holds. Whether it must be a text depends on the model that is to read it.

    path: where it is, None for standard input.
    """

    name: str
    content: bytes
    path: Path | None = None

    def text(self, unit: str) -> str:
        """The text for a model of these units: a UTF-8 text, but for bytes whatever is there.

        Raises click.BadParameter where it is no text.
        """
        from pyrnn.data import as_byte_text, as_text

        try:
            return (as_byte_text if unit == "bytes" else as_text)(self.content, self.name)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error


class TextFile(click.ParamType):
    """A path to a text, or - for standard input; the command receives its Content."""

    name = "file"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Content:
        name = "standard input" if value == "-" else str(value)
        try:
            content = sys.stdin.buffer.read() if value == "-" else Path(value).read_bytes()
        except OSError as error:
            self.fail(in_words(error), param, ctx)
        if not content:
            self.fail(f"{name}: expected a text; got nothing, it is empty", param, ctx)
        return Content(name, content, None if value == "-" else Path(value))


class NameList(click.ParamType):
    """Names between commas, each once; the command receives a tuple of them.

    choices: the names that there are.
    """

    name = "names"

    def __init__(self, choices: Sequence[str]) -> None:
        self.choices = tuple(choices)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        given = value.split(",") if isinstance(value, str) else value
        names = tuple(str(name).strip() for name in given)
        unknown = [name for name in names if name not in self.choices]
        if unknown:
            known = ", ".join(self.choices)
            self.fail(f"expected names among {known}; got {unknown[0]!r}", param, ctx)
        if not names or len(set(names)) < len(names):
            self.fail(f"expected each name once; got {', '.join(names)!r}", param, ctx)
        return names


class ModelFolder(click.ParamType):
    """The folder of a saved model, or a checkpoint file; the command receives the model."""

    name = "model"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> LanguageModel:
        from pyrnn.models import LanguageModel

        try:
            if not Path(value).exists():
                self.fail(f"{value}: no such folder or file", param, ctx)
            return LanguageModel.load(value)
        except (OSError, ValueError, MemoryError) as error:
            self.fail(in_words(error), param, ctx)


def check_output(folder: Path, own: Collection[str], mark: str | Collection[str]) -> bool:
    """Whether a folder to write to already holds earlier results of the same command.

    own: the names of all files that the command writes. mark: the one of them that no other
    command writes, or several, one of which must be there. A folder that is absent or empty holds
    none; hidden files are passed over. Raises click.ClickException for a folder that holds anything
    else: nothing of the user's is overwritten.
    """
    if not folder.exists():
        return False
    if not folder.is_dir():
        raise click.ClickException(f"{folder}: expected a folder to write to, found a file")
    found = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    foreign = sorted(found - set(own))
    if found.isdisjoint([mark] if isinstance(mark, str) else mark):
        foreign = sorted(found)
    if foreign:
        raise click.ClickException(
            f"{folder}: holds files that are not this command's own ({', '.join(foreign[:3])}"
            f"{' ...' if len(foreign) > 3 else ''}); name another folder with --output"
        )
    return bool(found)
