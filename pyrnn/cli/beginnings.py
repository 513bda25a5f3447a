"""A text that a model is to go on from: in the command line or in a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from pyrnn.cli.options import flag

if TYPE_CHECKING:
    from pyrnn.files.content import Content
    from pyrnn.models import LanguageModel


@contextmanager
def naming(name: str, file: Content | None) -> Iterator[None]:
    """Errors that begin with a text's name begin with its option, or with the file's name."""
    try:
        yield
    except ValueError as error:
        words = str(error).removeprefix(f"{name}: ")
        if words == str(error):
            raise
        raise ValueError(f"{flag(name) if file is None else file.name}: {words}") from error


def beginning(
    name: str, model: LanguageModel, text: str | None, file: Content | None, encoding: str
) -> str | None:
    """The text that is given, or the file's; None where there is neither.

    name: of the option; that of the file is NAME-file. The line end that editors put at the end of
    a file is not part of it. Raises click.UsageError for both, ValueError as the model's reader.
    """
    if file is None:
        return text
    if text is not None:
        raise click.UsageError(
            f"{flag(name)}: expected none beside {flag(name)}-file; got {text!r:.80}"
        )
    if file.is_folder:
        raise click.UsageError(f"{file.name}: expected a file; got a folder")
    (read,) = model.read_file(file.in_encoding(encoding), model.columns)
    return "".join(read.pieces()).removesuffix("\n").removesuffix("\r")
