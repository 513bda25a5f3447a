"""One step at a time: a session, and a thousand of them."""

from __future__ import annotations

from typing import Any

import click

from benchmarks.agreement import DisagreementError
from benchmarks.options import (
    is_whole,
    keep,
    output_option,
    part_option,
    quick_option,
    threads_option,
    warn_of_load,
)
from benchmarks.processes import leave, run_each
from benchmarks.signature import sign


@click.command()
@threads_option
@quick_option
@output_option
@part_option
@click.pass_context
def streams(context: click.Context, /, **options: Any) -> None:
    """One step: of a session, on one thread, and of a thousand sessions at once.

    pyrnn.Stream beside ONNX Runtime, whose states go in and out, and torch's cells;
    pyrnn.StreamPool beside a loop over single streams, and beside ONNX Runtime on a batch whose
    states are gathered and put back.
    """
    from benchmarks.streams import comparison

    if options["part"] is not None:
        leave(options["part"], measure(options))
        return
    warn_of_load()
    signature = sign(options["threads"])
    rows = run_each(options["threads"])
    comparison.show(rows)
    keep("streams", signature, {"rows": rows}, options["output"], is_whole(context))


def measure(options: dict[str, Any]) -> list[Any]:
    """The rows of one number of threads; a single session has one thread."""
    from benchmarks.streams import comparison, problem
    from benchmarks.timing import QUICK, Plan

    (threads,), quick = options["threads"], options["quick"]
    plan = QUICK if quick else Plan(seconds=3.0, slow=float("inf"))
    single = problem.QUICK_SINGLE if quick else problem.SINGLE
    many = problem.QUICK_MANY if quick else problem.MANY
    rows = []
    for each in (*(single if threads == 1 else ()), *many):
        try:
            rows.append(comparison.compare(each, threads, plan))
        except DisagreementError as error:
            raise click.ClickException(str(error)) from error
        ratios = ", ".join(f"{n} {r['median']:.2f}" for n, r in rows[-1]["ratio"].items())
        click.echo(f"{each}, threads {threads}: {ratios}", err=True)
    return rows
