"""How long a program waits for its first line."""

from __future__ import annotations

from pathlib import Path

import click

from benchmarks.options import (
    is_whole,
    keep,
    output_option,
    quick_option,
    warn_of_load,
)
from benchmarks.signature import sign


@click.command()
@click.option("--rounds", default=15, type=click.IntRange(min=1))
@quick_option
@output_option
@click.pass_context
def import_time(context: click.Context, rounds: int, quick: bool, output: Path | None) -> None:
    """What `import pyrnn` adds to `import numpy`."""
    from benchmarks import import_time as benchmark

    warn_of_load()
    signature = sign([1])
    result = benchmark.measure(1 if quick else rounds)
    benchmark.show(result)
    keep("import-time", signature, result, output, is_whole(context))
