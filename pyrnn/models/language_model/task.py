"""A text, a network and TrainingOptions as the task of a training run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pyrnn.data import EvaluationStreams, Tokenizer, TrainingStreams
from pyrnn.models.language_model.network import LanguageNetwork
from pyrnn.models.language_model.reading import evaluate
from pyrnn.models.language_model.score import characters_after_first
from pyrnn.models.training_run import training_task
from pyrnn.training import Task, TrainingOptions


def language_task(
    network: LanguageNetwork,
    tokenizer: Tokenizer,
    description: Mapping[str, Any],
    text: str,
    valid: str | None,
    options: TrainingOptions,
) -> Task:
    """To predict each token of a text from those before it.

    description: the model's, by which a run that is resumed is known. valid: the validation text;
        None or empty for no validation.
    Raises ValueError for a text that is too short or not in the vocabulary.
    """
    shift = options.seed if options.shift else None
    ids = tokenizer.encode(text)
    batches = TrainingStreams(ids, options.batch_size, options.steps, shift=shift)
    validation = None
    if valid:
        held = tokenizer.encode(valid)
        streams = EvaluationStreams(held, options.batch_size, options.steps)
        characters = characters_after_first(tokenizer, valid)
        validation = partial(evaluate, network, streams, characters)
    return training_task(
        network,
        batches,
        options,
        evaluate=validation,
        identity={
            "model": description,
            "data": batches.fingerprint(),
            "validation": streams.fingerprint() if valid else None,
        },
    )
