"""What a command line names: files, models, folders to write to; and errors in words.

A wrong command line ends with status 2, work that fails with status 1, work that Ctrl-C ended with
INTERRUPTED; none shows a traceback.
"""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click

from pyrnn.cli.options import (
    SectionCommand,
    SettingOption,
    SettingType,
    flag,
    options_of,
    settings_of,
)
from pyrnn.files.content import Content
from pyrnn.files.parallel import Parallel
from pyrnn.files.several import Several
from pyrnn.kernels.scalars import real
from pyrnn.settings import STDIN, FilePath, Kind, Setting, Table

if TYPE_CHECKING:
    from pyrnn.models.model import Model

INTERRUPTED = 130  # 128 + the number of SIGINT, as shells have it
FILES = "Files"  # the heading of options that name some
MODEL = "pyrnn model"  # under this name a context's meta holds the model of its command


# errors


def printable(text: str) -> str:
    """A text in one line, without what would steer a terminal: \\n for a line feed."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


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


# files


@dataclass(frozen=True)
class FileOrShare(FilePath):
    """A path, or what share of the data is taken in its stead."""

    metavar: str = "FILE|SHARE"
    words: ClassVar[str] = "a path, or a share of at least 0 and less than 1"

    def parse(self, text: str) -> Any:
        """A number is a share: a file of such a name is ./0.1."""
        try:
            return float(text)
        except ValueError:
            return text

    def read(self, value: Any) -> Any:
        """A path as text, a share as a number."""
        if isinstance(value, (str, Path)):
            return super().read(value)
        return real("", value, least=0, below=1)

    def inside(self, folder: Path, value: Any) -> Any:
        """As that of FilePath; a share stays."""
        return super().inside(folder, value) if isinstance(value, str) else value

    def beside(self, folder: Path, value: Any) -> Any:
        """As that of FilePath; a share stays."""
        return super().beside(folder, value) if isinstance(value, str) else value


@dataclass(frozen=True)
class Encoding(Kind):
    """How a text stands in bytes."""

    metavar: str = "NAME"
    words: ClassVar[str] = "the name of an encoding, as utf-8, utf-16 or latin-1"

    def read(self, value: Any) -> str:
        """The name, as it was given."""
        if not isinstance(value, str):
            raise TypeError
        try:
            known = codecs.lookup(value).name
            "".encode(known).decode(known)  # "base64" is a codec, too, of bytes to bytes
        except LookupError:
            raise ValueError from None
        return value


@dataclass(frozen=True)
class ColumnNames(Table):
    """What a model calls a column, and what its heading in a file is."""

    metavar: str = "NAME=COLUMN"
    words: ClassVar[str] = "NAME=COLUMN, as text=review"

    def read(self, value: Any) -> dict[str, str]:
        """{name: column}."""
        return dict(value)

    def parse(self, text: str) -> dict[str, str]:
        """One entry."""
        name, equals, column = text.partition("=")
        if not equals:
            raise ValueError
        return {name: column}


encoding_option = click.option(
    "--encoding",
    type=SettingType(Encoding()),
    default="utf-8",
    show_default=True,
    metavar="NAME",
    help="Encoding of the text in FILE.",
)


def read_file(
    path: str | Path, encoding: str = "utf-8", part: str | None = None, *, beside: bool = False
) -> Content:
    """What a file or a folder holds, or standard input for "-".

    encoding: of its text, where it is one. part: of a folder or an archive that has such, as
        "train" and "test", the one that is meant.
    beside: whether there are others, so that a file may be empty.
    Raises click.UsageError where it cannot be read, and where it is empty.
    """
    try:
        if path == STDIN:
            content = Content("standard input", sys.stdin.buffer.read(), None, encoding, part)
        else:
            content = Content.of(path, encoding, part)
        empty = content.is_empty
    except (OSError, ValueError) as error:
        raise click.UsageError(in_words(error)) from error
    if empty and (not beside or content.is_folder):
        raise click.UsageError(f"{content.name}: expected some content; got nothing, it is empty")
    return content


# Of families whose data may be parallel: the options that name two files, by what one file would
# be called
PARALLEL = {
    "data": ("source", "target"),
    "valid": ("valid_source", "valid_target"),
    "test": ("test_source", "test_target"),
}


def parallel_options(which: str, section: str, what: str) -> list[click.Parameter]:
    """The options for two files. which: what one would be called; what: whose lines they are."""
    source, target = PARALLEL[which]
    words = {
        source: f"{what} in two files: the inputs, one per line.",
        target: "The targets, line by line.",
    }
    return [
        SettingOption(name, Setting(FilePath(), each, section=section))
        for name, each in words.items()
    ]


def parallel_paths(name: str, values: Mapping[str, Any]) -> tuple[str, str] | None:
    """The two files that a command line names in the stead of one; None where it names none.

    Raises click.UsageError for one alone, and for two beside a third.
    """
    options = PARALLEL[name]
    source, target = (values.get(option) for option in options)
    if source is None and target is None:
        return None
    flags = [flag(option) for option in options]
    if source is None or target is None:
        have, lack = flags if target is None else flags[::-1]
        raise click.UsageError(f"{have}: expected {lack} beside it, the other of two files")
    if isinstance(other := values.get(name), str | Content):
        other = other if isinstance(other, str) else other.name
        raise click.UsageError(f"{' and '.join(flags)}: expected no third file; got {other}")
    return source, target


def read_named(
    name: str,
    values: Mapping[str, Any],
    encoding: str,
    part: str | None = None,
    *,
    parallel: bool,
) -> Content | Parallel | Several | None:
    """The file that a command line gives under a name, or several; None where it gives none.

    parallel: whether it may be two; another family may call something else by such a name.
    Raises click.UsageError as `read_file` and `parallel_paths`.
    """
    if parallel and (paths := parallel_paths(name, values)) is not None:
        return Parallel(*(read_file(path, encoding, part) for path in paths))
    path = values.get(name)
    if isinstance(path, tuple) and len(path) > 1:
        if STDIN in path:
            raise click.UsageError("-: expected standard input alone; got other files beside it")
        return Several(read_file(one, encoding, part, beside=True) for one in path)
    (path,) = path if isinstance(path, tuple) else (path,)
    return read_file(path, encoding, part) if isinstance(path, str) else None


class DataFile(click.ParamType):
    """A path to a file or a folder, or - for standard input; the command receives its Content.

    Of a folder or an archive with a part for training and one for tests it is that for tests.
    """

    name = "file"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Content:
        return value if isinstance(value, Content) else read_file(value, part="test")


# models


class ModelFolder(click.ParamType):
    """The folder of a saved model or of a run, or a checkpoint file; the command gets the model.

    family: the only one that the command takes; default any.
    """

    name = "model"

    def __init__(self, family: str | None = None) -> None:
        self.family = family

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Model:
        from pyrnn.models.families import family, load

        known = {} if ctx is None else ctx.meta.get(MODEL, {})
        try:
            if not Path(value).exists():
                self.fail(f"{value}: no such folder or file", param, ctx)
            model = known[value] if value in known else load(value)
        except (OSError, ValueError, MemoryError) as error:
            self.fail(in_words(error), param, ctx)
        if self.family is not None and model.family != self.family:
            expected = family(self.family).title
            self.fail(f"{value}: expected a {expected}; got a {model.title}", param, ctx)
        return model


class ModelCommand(SectionCommand):
    """A command on a model, which has options for what the columns of a table are to it.

    parallel: whether it takes two files where those of the model may be two. predicts: whether it
    has options for how predictions are made, where the model has a choice.
    """

    def __init__(
        self,
        *arguments: Any,
        parallel: bool = False,
        predicts: bool = False,
        **attributes: Any,
    ) -> None:
        super().__init__(*arguments, **attributes)
        self._parallel, self._predicts = parallel, predicts

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, after a look for the model, whose family says which columns there are."""
        from pyrnn.models.families import load

        for word in args:
            if not word.startswith("-") and os.path.exists(word):  # noqa: PTH110 (never an error)
                try:
                    ctx.meta[MODEL] = {word: load(word)}
                    break
                except (OSError, ValueError, MemoryError):  # it will be told at its place
                    continue
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own, and the columns of its model."""
        models = ctx.meta.get(MODEL, {}).values()
        columns = [option for model in models for option in _columns_of(model)]
        if self._parallel and any(model.parallel for model in models):
            columns += parallel_options("data", FILES, "The data")
        if self._predicts:
            columns += [o for model in models for o in options_of(model.Decoding)]
        return [*self.params, *columns, *super().get_params(ctx)[len(self.params) :]]


def _columns_of(model: Model) -> list[click.Parameter]:
    """The options for the columns of a model, whose help says what holds if they are not given."""
    options = options_of(model.Columns, defaults=False)
    for option in options:
        value = getattr(model.columns, option.name or "", None)
        if isinstance(option, click.Option) and value not in (None, False):
            shown = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            option.help = f"{option.help or ''}  [of the model: {shown}]"
    return options


def decoding_of(model: Model, values: Mapping[str, Any], context: click.Context) -> dict[str, Any]:
    """How predictions are to be made, as `predict` and `report` of a model take it; nothing where
    there is no choice. Raises ValueError as the settings do."""
    kind = model.Decoding
    return {"decoding": settings_of(kind, values, context)} if kind.declared() else {}


# folders


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
