"""A network that others trained, beside their own code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from benchmarks.agreement import DisagreementError
from benchmarks.options import (
    data_file,
    is_whole,
    keep,
    output_option,
    part_option,
    path,
    quick_option,
    threads_option,
    warn_of_load,
)
from benchmarks.processes import leave, run_each
from benchmarks.signature import sign

DATA_FILE = "dickens/great_expectations.txt"


@click.command()
@click.option("--text", type=path, help=f"Of its words; if absent, $PYRNN_DATA/{DATA_FILE}.")
@threads_option
@quick_option
@output_option
@part_option
@click.pass_context
def phonemes(context: click.Context, /, text: Path | None, **options: Any) -> None:
    """g2p-en's network by pyrnn.models.Seq2Seq and by its own NumPy.

    10,000 words must have the same phonemes; then both say them one at a time, and pyrnn all at
    once. It takes `pip install --no-deps g2p-en`.
    """
    from benchmarks.phonemes import comparison
    from benchmarks.phonemes.rival import predictor

    theirs = predictor()
    if theirs is None:
        click.echo("skipped: g2p-en is not installed (pip install --no-deps g2p-en)")
        return
    file = data_file(text, DATA_FILE, "--text")
    if options["part"] is not None:
        leave(options["part"], measure(theirs, file, options))
        return
    warn_of_load()
    signature = sign(options["threads"])
    rows = run_each(options["threads"])
    comparison.show(rows)
    keep("phonemes", signature, {"rows": rows}, options["output"], is_whole(context))


def measure(theirs: Any, file: Path, options: dict[str, Any]) -> list[Any]:
    """The rows of one number of threads."""
    from benchmarks.phonemes import comparison
    from benchmarks.timing import QUICK, Plan

    quick = options["quick"]
    words = comparison.words_of(file.read_text(encoding="utf-8-sig"))
    plan = QUICK if quick else Plan(slow=float("inf"))
    try:
        return comparison.compare(
            theirs, words[:300] if quick else words, options["threads"][0], plan
        )
    except DisagreementError as error:
        raise click.ClickException(str(error)) from error
