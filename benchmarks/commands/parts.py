"""The frame of a command whose rows are measured in parts, each number of threads in a process of
its own: see benchmarks/processes.py."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, NamedTuple

import click

from benchmarks.agreement import DisagreementError
from benchmarks.kernels.contestants import installed
from benchmarks.options import (
    is_whole,
    keep,
    output_option,
    part_option,
    quick_option,
    warn_of_load,
)
from benchmarks.processes import leave, run_each
from benchmarks.signature import sign

Rows = list[dict[str, Any]]


class Parts(NamedTuple):
    """What there is to measure, and what becomes of it."""

    measure: Callable[[], Rows]  # the rows of one number of threads, in that process
    show: Callable[[Rows], None]  # prints all rows
    beside: Mapping[str, Any] = {}  # what the result holds beside its rows
    # How often the parts run: with which further arguments and variables, as in `run_each`
    runs: Sequence[tuple[Sequence[str], Mapping[str, str | None]]] = (((), {}),)
    errors: tuple[type[Exception], ...] = (DisagreementError,)  # of measure, told in a line


def in_parts(parts_of: Callable[[dict[str, Any]], Parts]) -> Callable[..., None]:
    """A command, still without --threads and options of its own, from a function of its options.

    Started by the user it starts itself once more for each number of threads, shows what they left
    and keeps it under the command's name; those measure.
    """

    @quick_option
    @output_option
    @part_option
    @click.pass_context
    @wraps(parts_of)
    def run(context: click.Context, /, **options: Any) -> None:
        parts = parts_of(options)
        if options["part"] is not None:
            try:
                rows = parts.measure()
            except parts.errors as error:
                raise click.ClickException(str(error)) from error
            leave(options["part"], rows)
            return
        warn_of_load()
        signature = sign(options["threads"])
        rows = []
        for extra, variables in parts.runs:
            rows += run_each(options["threads"], extra, variables)
        parts.show(rows)
        content = {**parts.beside, "rows": rows}
        keep(str(context.command.name), signature, content, options["output"], is_whole(context))

    return run


def require(rival: str, module: str | None = None) -> None:
    """Raises click.ClickException where there is nobody to compare with: what the rival of the
    kernels needs, or the module, is not installed."""
    if not (installed(rival) if module is None else importlib.util.find_spec(module)):
        raise click.ClickException(f"{rival} is not installed")
