"""What is written by a model: the search beside the model's own time."""

from __future__ import annotations

from typing import Any

import click

from benchmarks.commands.parts import Parts, Rows, in_parts
from benchmarks.options import threads_option


@click.command()
@threads_option
@in_parts
def beam(options: dict[str, Any]) -> Parts:
    """Beam search and greedy decoding of 32 sentences: the model, the kernel, Python."""
    from benchmarks import beam_search

    return Parts(lambda: measure_beam(options), beam_search.show)


def measure_beam(options: dict[str, Any]) -> Rows:
    """The rows of one number of threads."""
    from benchmarks import beam_search
    from benchmarks.timing import QUICK, Plan

    (threads,), quick = options["threads"], options["quick"]
    sizes = beam_search.Sizes(V=50, B=2, H=8, T=3) if quick else beam_search.Sizes()
    return [beam_search.measure(sizes, threads, QUICK if quick else Plan())]
