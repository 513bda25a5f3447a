"""How much memory data take."""

from __future__ import annotations

from pathlib import Path

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

    if not Path("/proc/self/status").exists():
        raise click.ClickException("/proc/self/status: not there; this benchmark needs Linux")
    signature = sign([1])
    result = benchmark.measure(100_000) if quick else benchmark.measure()
    benchmark.show(result)
    keep("reading-memory", signature, result, output, is_whole(context))
