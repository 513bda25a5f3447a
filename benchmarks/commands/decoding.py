"""What is written by a model: the search beside the model's own time, and transcripts."""

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


@click.command()
@threads_option
@in_parts
def transcripts(options: dict[str, Any]) -> Parts:
    """Transcripts of CTC's frames: the likeliest path and a prefix beam, 32 at once or one."""
    from benchmarks import transcripts

    return Parts(lambda: measure_transcripts(options), transcripts.show)


def measure_transcripts(options: dict[str, Any]) -> Rows:
    """A row for each number of classes, with one number of threads."""
    from benchmarks.timing import QUICK, Plan
    from benchmarks.transcripts import Sizes, measure

    (threads,) = options["threads"]
    if options["quick"]:
        return [measure(Sizes(T=5, B=2, C=4), threads, QUICK)]
    return [measure(Sizes(C=count), threads, Plan()) for count in (30, 100)]
