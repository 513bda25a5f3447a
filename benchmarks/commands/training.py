"""Training steps of models of sequences, in torch and in pyrnn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import click

from benchmarks.commands.parts import Parts, Rows, in_parts, require
from benchmarks.models import classifier as reviews
from benchmarks.models import tagger as words
from benchmarks.models import translator as pairs
from benchmarks.models.contest import RIVAL, Contest, Scale, compare, show
from benchmarks.options import (
    TINY,
    Listed,
    data_folder,
    one_of,
    reviews_of,
    reviews_option,
    threads_option,
)
from benchmarks.processes import ALLOCATORS
from benchmarks.timing import QUICK

FEW = 400  # sentences of --quick
SMALL = {"hidden_size": 8, "embedding_size": 8}

allocators_option = click.option(
    "--allocators",
    type=Listed(one_of(ALLOCATORS)),
    default=",".join(ALLOCATORS),
    help="The C library's thresholds; each in a process of its own.",
)
packed_option = click.option(
    "--packed", is_flag=True, help="A few steps of torch with packed batches, too."
)


def cells_option(default: Sequence[str]) -> Callable[..., Any]:
    """--cells, of a model that is measured with these."""
    return click.option(
        "--cells", type=Listed(one_of(reviews.CELLS)), default=",".join(default), help="Which."
    )


def contests(
    title: str, options: dict[str, Any], contest_of: Callable[[str], Contest], packed: int = 20
) -> Parts:
    """A contest for each cell, in processes of their own for each allocator.

    packed: how many steps torch makes with packed batches, where that is asked for.
    """
    scale = Scale(packed=packed * options["packed"])
    if options["quick"]:
        scale = replace(scale, plan=QUICK, compared=5, block=2, packed=3 * options["packed"])
    return Parts(
        lambda: _measure(options, contest_of, scale),
        lambda rows: show(title, rows),
        runs=[(["--allocators", name], ALLOCATORS[name]) for name in options["allocators"]],
    )


def _measure(options: dict[str, Any], contest_of: Callable[[str], Contest], scale: Scale) -> Rows:
    """The rows of one number of threads and one allocator."""
    (threads,), (allocator,) = options["threads"], options["allocators"]
    rows = []
    for cell in options["cells"]:
        row = compare(contest_of(cell), threads, scale)
        ratio = row["ratio"][RIVAL]["median"]
        click.echo(
            f"{cell}, threads {threads}, {allocator} allocator: {RIVAL} {ratio:.2f}", err=True
        )
        rows.append({"allocator": allocator, **row})
    return rows


@click.command()
@cells_option(reviews.CELLS)
@threads_option
@allocators_option
@click.option(
    "--max-vocabulary",
    default=reviews.CONFIG.max_vocabulary,
    type=click.IntRange(min=1),
    help="V at most.",
)
@packed_option
@reviews_option
@in_parts
def classifier(options: dict[str, Any]) -> Parts:
    """A classifier of IMDB's reviews in torch and in pyrnn: equal losses, then seconds an epoch."""
    require(RIVAL)
    data = reviews_of(options["reviews"], options["quick"])
    config = replace(reviews.CONFIG, max_vocabulary=options["max_vocabulary"])
    if options["quick"]:
        config = replace(config, **TINY, embedding_size=8, max_length=30)
    return contests(
        "classifier",
        options,
        lambda cell: reviews.contest(data.train, replace(config, cell=cell)),
        packed=3,  # of a second each
    )


@click.command()
@cells_option(["lstm"])
@threads_option
@allocators_option
@packed_option
@in_parts
def tagger(options: dict[str, Any]) -> Parts:
    """A tagger of CoNLL-2003 with a CRF in torch and in pyrnn: equal losses, seconds an epoch."""
    require(RIVAL, "torchcrf")
    folder, count = data_folder(words.DATA_FILE), FEW if options["quick"] else None
    config = replace(words.CONFIG, **SMALL) if options["quick"] else words.CONFIG
    return contests(
        "tagger",
        options,
        lambda cell: words.contest(words.read(folder, count), replace(config, cell=cell)),
    )


@click.command()
@cells_option(["gru"])
@threads_option
@allocators_option
@packed_option
@in_parts
def translator(options: dict[str, Any]) -> Parts:
    """A translator of Multi30k, German to English, in torch and in pyrnn: equal losses, seconds an
    epoch."""
    require(RIVAL)
    folder, count = data_folder(*pairs.DATA_FILES), FEW if options["quick"] else None
    config = replace(pairs.CONFIG, **SMALL) if options["quick"] else pairs.CONFIG
    return contests(
        "translator",
        options,
        lambda cell: pairs.contest(pairs.read(folder, count), replace(config, cell=cell)),
    )
