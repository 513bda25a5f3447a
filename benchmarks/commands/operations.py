"""What stands around the arithmetic: operations on little."""

from __future__ import annotations

from typing import Any

import click

from benchmarks.agreement import DisagreementError
from benchmarks.kernels.contestants import installed
from benchmarks.operations.problem import OPERATIONS
from benchmarks.options import (
    Listed,
    is_whole,
    keep,
    one_of,
    output_option,
    part_option,
    quick_option,
    warn_of_load,
)
from benchmarks.processes import leave, run_each
from benchmarks.signature import sign


@click.command()
@click.option(
    "--operations", "chosen", type=Listed(one_of(OPERATIONS)), default=",".join(OPERATIONS)
)
@click.option("--threads", hidden=True)  # one: nothing here is worth a second one
@quick_option
@output_option
@part_option
@click.pass_context
def operations(context: click.Context, /, **options: Any) -> None:
    """One row or one step in torch and in pyrnn: operations, cells, a step of a decoder."""
    from benchmarks.operations import comparison

    if not installed(comparison.RIVAL):
        raise click.ClickException(f"{comparison.RIVAL} is not installed")
    if options["part"] is not None:
        leave(options["part"], measure_operations(options["chosen"], options["quick"]))
        return
    warn_of_load()
    signature = sign([1])
    rows = run_each([1])
    comparison.show(rows)
    keep("operations", signature, {"rows": rows}, options["output"], is_whole(context))


def measure_operations(chosen: list[str], quick: bool) -> list[Any]:
    """A row for each operation."""
    from benchmarks.operations import comparison
    from benchmarks.timing import QUICK, Plan

    plan = QUICK if quick else Plan(seconds=2.0)
    both = comparison.contestants()
    rows = []
    for operation in chosen:
        try:
            rows.append(comparison.compare(both, operation, plan))
        except DisagreementError as error:
            raise click.ClickException(str(error)) from error
    return rows
