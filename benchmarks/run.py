"""The benchmarks: each verifies, then times, then signs. `python benchmarks/run.py --help`."""

from __future__ import annotations

import click
import package  # noqa: F401  makes this folder importable as `benchmarks`

from benchmarks.commands.decoding import beam, transcripts
from benchmarks.commands.layers import builds, convolution, crf, ctc, decoder, kernels
from benchmarks.commands.memory import reading_memory, text_memory
from benchmarks.commands.models import contention, language_model, word_speed
from benchmarks.commands.operations import operations
from benchmarks.commands.phonemes import phonemes
from benchmarks.commands.quality import (
    cells,
    completion,
    imdb,
    shakespeare,
    small_data,
    word_models,
)
from benchmarks.commands.sequences import long_sequences, sweep
from benchmarks.commands.stacks import reset, scaling, variants
from benchmarks.commands.start import import_time
from benchmarks.commands.streams import streams
from benchmarks.commands.tasks import COMMANDS, tasks
from benchmarks.commands.training import classifier, tagger, translator


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def main() -> None:
    """pyrnn beside NumPy, torch, ONNX Runtime and JAX, those of them that are installed.

    Results are compared before anything is timed; a rival that computes something else ends the
    run. A ratio is a rival's time divided by pyrnn's: above 1, pyrnn is faster. Whole runs are
    kept in benchmarks/results/, selections only where --output says so.
    """


for command in (
    kernels,
    builds,
    scaling,
    sweep,
    variants,
    reset,
    long_sequences,
    convolution,
    crf,
    ctc,
    decoder,
    beam,
    transcripts,
    operations,
    streams,
    phonemes,
    language_model,
    contention,
    classifier,
    tagger,
    translator,
    word_models,
    word_speed,
    completion,
    shakespeare,
    cells,
    imdb,
    small_data,
    import_time,
    reading_memory,
    text_memory,
    tasks,
    *COMMANDS,
):
    main.add_command(command)

if __name__ == "__main__":
    main()
