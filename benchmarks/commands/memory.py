"""How much memory data take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from benchmarks.options import is_whole, keep, output_option, quick_option
from benchmarks.signature import sign


@click.command()
@quick_option
@output_option
@click.pass_context
def reading_memory(context: click.Context, quick: bool, output: Path | None) -> None:
    """What a table of texts takes in memory, from the file to batches."""
    from benchmarks import reading_memory as benchmark

    _measure("reading-memory", benchmark, (100_000,) if quick else (), context, output)


@click.command()
@quick_option
@output_option
@click.pass_context
def text_memory(context: click.Context, quick: bool, output: Path | None) -> None:
    """What a language model's texts take in memory, and one that is larger than it."""
    from benchmarks import text_memory as benchmark

    _measure("text-memory", benchmark, (100_000, 100_000) if quick else (), context, output)


def _measure(
    name: str, benchmark: Any, sizes: tuple[int, ...], context: click.Context, output: Path | None
) -> None:
    if not Path("/proc/self/status").exists():
        raise click.ClickException("/proc/self/status: not there; this benchmark needs Linux")
    signature = sign([1])
    result = benchmark.measure(*sizes)
    benchmark.show(result)
    keep(name, signature, result, output, is_whole(context))
