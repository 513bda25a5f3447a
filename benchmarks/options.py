"""What the commands of run.py take, and which of their runs are kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import click

from benchmarks.agreement import DisagreementError
from benchmarks.kernels.shapes import Shape, parse
from benchmarks.quality import imdb
from benchmarks.quality.word_corpora import CORPORA
from benchmarks.result_file import FOLDER, write_result
from benchmarks.signature import load
from pyrnn.data import Parts

TINY: dict[str, Any] = {"hidden_size": 8, "max_vocabulary": 300}  # a model for --quick
DATA_FILE = "tinyshakespeare/input.txt"
# options and arguments that do not make a run a partial one
NO_SELECTION = {"output", "part", "text", "table", "model", "reviews", "packed"}
BUSY = 0.5  # processes running in the last minute, above which times are not to be relied on


class Listed(click.ParamType):
    """Several values in one, with commas between: 1,2 or lstm,gru."""

    name = "list"

    def __init__(self, entry: Callable[[str], Any]) -> None:
        self.entry = entry

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[Any]:
        if isinstance(value, list):
            return value
        try:
            found = [self.entry(entry.strip()) for entry in value.split(",") if entry.strip()]
        except ValueError as error:
            self.fail(f"{value!r}: {error}", param, ctx)
        if not found:
            self.fail("expected at least one value; got none", param, ctx)
        return found


def one_of(known: Collection[str]) -> Callable[[str], str]:
    """A function that takes the known names."""

    def check(name: str) -> str:
        if name not in known:
            raise ValueError(f"expected some of {', '.join(known)}")
        return name

    return check


def shape(text: str) -> Shape:
    """50x16x128"""
    return parse(text)


def whole_number(text: str) -> int:
    """At least 1."""
    if not text.isdigit() or not int(text):
        raise ValueError("expected whole numbers of at least 1")
    return int(text)


def natural_number(text: str) -> int:
    """At least 0."""
    if not text.isdigit():
        raise ValueError("expected whole numbers of at least 0")
    return int(text)


path = click.Path(path_type=Path)
existing_path = click.Path(path_type=Path, exists=True)
threads_option = click.option(
    "--threads", type=Listed(whole_number), default="1,2", help="Each in a process of its own."
)
output_option = click.option(
    "--output", type=path, help="Where the JSON goes, if not to benchmarks/results/."
)
quick_option = click.option(
    "--quick", is_flag=True, help="Only to see that it works: the times mean nothing."
)
part_option = click.option("--part", type=path, hidden=True)  # see processes.py
text_option = click.option(
    "--text", type=path, help=f"A UTF-8 text; if absent, $PYRNN_DATA/{DATA_FILE}."
)


reviews_option = click.option(
    "--reviews",
    type=path,
    help=f"The tar of IMDB's reviews; if absent, $PYRNN_DATA/{imdb.DATA_FILE}.",
)


def text_of(given: Path | None) -> Path:
    """The text to train on. Raises click.UsageError where there is none."""
    return data_file(given, DATA_FILE, "--text")


def reviews_of(given: Path | None, quick: bool) -> imdb.Imdb:
    """The reviews; some of them if it is only to be seen that all works.

    Raises click.UsageError where they are not, click.ClickException where they are others.
    """
    source = data_file(given, imdb.DATA_FILE, "--reviews")
    try:
        reviews = imdb.Imdb.read(source)
        if quick:
            return reviews.some(400)
        reviews.check_counts()
    except (DisagreementError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    return reviews


def data_file(given: Path | None, name: str, option: str) -> Path:
    """The file that an option names, or the one of the data folder.

    Raises click.UsageError where there is none.
    """
    if given is None:
        folder = os.environ.get("PYRNN_DATA")
        if not folder:
            raise click.UsageError(f"{option} FILE, or PYRNN_DATA naming a folder with {name}")
        given = Path(folder, name)
    if not given.is_file():
        raise click.UsageError(f"{given}: no such file; name one with {option}")
    return given


def data_folder(*names: str) -> Path:
    """The folder of data, which has these files. Raises click.UsageError where it does not."""
    folder = os.environ.get("PYRNN_DATA")
    if not folder:
        raise click.UsageError(f"PYRNN_DATA must name a folder with {names[0]}")
    for name in names:
        if not Path(folder, name).is_file():
            raise click.UsageError(f"{Path(folder, name)}: no such file")
    return Path(folder)


corpora_option = click.option(
    "--corpora",
    type=Listed(one_of(CORPORA)),
    default=",".join(CORPORA),
    help="Which, in $PYRNN_DATA.",
)


def texts_of(corpus: str, quick: bool) -> Parts:
    """The texts of a corpus; a small piece of each if it is only to be seen that all works.

    Raises click.UsageError where they are not.
    """
    folder = os.environ.get("PYRNN_DATA")
    if not folder:
        raise click.UsageError(f"PYRNN_DATA must name a folder with {CORPORA[corpus].files[0]}")
    try:
        parts = CORPORA[corpus].read(Path(folder))
    except FileNotFoundError as error:
        raise click.UsageError(f"{error.filename}: no such file") from error
    return Parts(*(text[:20_000] for text in parts)) if quick else parts


def is_whole(context: click.Context) -> bool:
    """Whether a command measures all that it can: every selecting option has its default."""
    required = [p for p in context.command.params if isinstance(p, click.Argument) and p.required]
    anything = ["." for _ in required]  # they select nothing
    defaults = context.command.make_context(context.info_name, anything).params
    names = context.params.keys() - NO_SELECTION
    return all(context.params[name] == defaults[name] for name in names)


def keep(
    benchmark: str, signature: dict[str, Any], content: Any, output: Path | None, whole: bool
) -> Path | None:
    """Write a result: to `output` or, if it is a whole run's, among the others. Returns where."""
    if output is None and not whole:
        click.echo("not kept, since this is a selection; --output FILE keeps it")
        return None
    target = output or FOLDER / f"{benchmark}.json"
    write_result(target, benchmark, signature, content)
    click.echo(f"kept in {target.name}")
    return target


def warn_of_load() -> None:
    """Say so where others use the cores."""
    busy = load()
    if busy is not None and busy > BUSY:
        click.echo(f"this machine is busy (load {busy}): the times are not to be relied on")
