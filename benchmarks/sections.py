"""The sections of a report, in their order."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks import (
    classifier_markdown,
    endurance_markdown,
    kernel_markdown,
    markdown,
    performance_markdown,
    phoneme_markdown,
    stream_markdown,
    task_markdown,
    training_markdown,
)
from benchmarks.quality.tasks.tasks import TASKS

# section -> (the result it is made from, the function)
SECTIONS: dict[str, tuple[str, Callable[[markdown.Row], str]]] = {
    "kernels-summary": ("kernels", kernel_markdown.kernels_summary),
    "kernels": ("kernels", kernel_markdown.kernels),
    "scaling": ("scaling", kernel_markdown.scaling),
    "behind": ("kernels", performance_markdown.behind),
    "sweep": ("sweep", performance_markdown.sweep),
    "parts": ("sweep", performance_markdown.calls),
    "variants-summary": ("variants", performance_markdown.variants_summary),
    "variants": ("variants", performance_markdown.variants),
    "reset-summary": ("reset", performance_markdown.reset_summary),
    "reset": ("reset", performance_markdown.reset),
    "long": ("long", performance_markdown.long),
    "streams": ("streams", stream_markdown.streams),
    "phonemes": ("phonemes", phoneme_markdown.phonemes),
    "convolution": ("convolution", markdown.convolution),
    "crf": ("crf", markdown.crf),
    "ctc": ("ctc", markdown.ctc),
    "decoder": ("decoder", markdown.decoder),
    "beam": ("beam", markdown.beam),
    "transcripts": ("transcripts", markdown.transcripts),
    "operations": ("operations", markdown.operations),
    "language-model": ("language-model", markdown.language_model),
    "contention": ("contention", markdown.contention),
    "classifier": ("classifier", training_markdown.classifier),
    "tagger": ("tagger", training_markdown.tagger),
    "translator": ("translator", training_markdown.translator),
    "same-bits": ("same-bits", markdown.builds),
    "order-of-sums": ("order-of-sums", markdown.builds),
    "huge-pages": ("huge-pages", markdown.builds),
    "import-time": ("import-time", markdown.import_time),
    "reading-memory": ("reading-memory", markdown.reading_memory),
    "text-memory": ("text-memory", markdown.text_memory),
    "shakespeare": ("shakespeare", markdown.shakespeare),
    "completion": ("completion", markdown.completion),
    "word-models": ("word-models", markdown.word_models),
    "word-speed": ("word-speed", markdown.word_speed),
    "imdb": ("imdb", classifier_markdown.imdb),
    "cells": ("cells", markdown.cells),
    **{name: (name, task_markdown.task) for name in TASKS},
    "small-data": ("small-data", task_markdown.small_data),
    "kills": ("kills", endurance_markdown.kills),
    "hostile-files": ("hostile-files", endurance_markdown.hostile_files),
    "soak": ("soak", endurance_markdown.soak),
}
