"""Train a small language model, measure it beside the baselines, let it write."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from pyrnn.demo.corpus import Corpus, python_reference
from pyrnn.demo.ngram import NgramModel
from pyrnn.files.atomic_file import write_atomically
from pyrnn.models import (
    LanguageModel,
    LanguageModelConfig,
    LanguageModelOptions,
    RunResult,
)

REPORT = "demo.json"
BASELINES = {"character frequencies": 1, "3-gram": 3}  # orders of n-gram models
TEMPERATURES = (0.5, 0.8, 1.0)
PROMPT = "The "
SAMPLE_LENGTH = 320  # characters: four lines of a terminal

CONFIG = LanguageModelConfig(
    cell="lstm", hidden_size=256, embedding_size=64, dropout_input=0.1, dropout_output=0.3
)


@dataclass(frozen=True)
class Report:
    """What the demo found out. Losses are nats a character on the validation text.

    validation: the model's loss. baselines: the loss of each n-gram model. samples: a text for each
    temperature. characters: read in training. seconds: spent on it.
    """

    validation: float
    baselines: dict[str, float]
    samples: dict[str, str]
    characters: int
    seconds: float

    def rows(self) -> list[tuple[str, float, float]]:
        """(name, nats, bits a character), the model last."""
        losses = {**self.baselines, "this LSTM": self.validation}
        return [(name, loss, loss / math.log(2)) for name, loss in losses.items()]

    def save(self, folder: Path) -> None:
        """Write the report as JSON."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        write_atomically(folder / REPORT, text.encode())


class Experiment:
    """A language model of Python's own documentation, trained for a number of seconds.

    seconds: of training. seed: of weights, dropout and samples. config: see LanguageModelConfig.
    Raises ValueError for seconds that are not positive, ImportError where a system's Python comes
    without `pydoc_data`.
    """

    def __init__(
        self, seconds: float = 60.0, seed: int = 0, config: LanguageModelConfig = CONFIG
    ) -> None:
        self.corpus: Corpus = python_reference()
        self.seed = seed
        self.options = options(seconds, seed)
        self.model = LanguageModel.for_text("".join(self.corpus), config)

    def train(self, folder: Path, *, progress: bool = False) -> RunResult:
        """Train, keep checkpoints and history in a folder, and save the model there.

        An earlier run in the folder is replaced. Ctrl-C ends the training early. The report's file
        is there from the beginning, without results: should all be broken off, it tells that the
        folder is a demo's.
        """
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = {"seconds": 60 * (self.options.max_minutes or 0), "finished": False}
        write_atomically(folder / REPORT, json.dumps(unfinished).encode())
        result = self.model.fit(
            self.corpus.train,
            self.corpus.validation,
            self.options,
            folder=folder,
            overwrite=True,
            progress=progress,
        )
        self.model.save(folder)
        return result

    def report(self, result: RunResult) -> Report:
        """Measure the trained model and the baselines on the same text, and write samples."""
        return Report(
            validation=-self.model.score(self.corpus.validation).mean,
            baselines=self.baselines(),
            samples={str(temperature): self.sample(temperature) for temperature in TEMPERATURES},
            characters=result.end.items,
            seconds=result.seconds,
        )

    def baselines(self) -> dict[str, float]:
        """Nats a character of the n-gram models, counted on the training text."""
        return {
            name: NgramModel(self.corpus.train, order).nats_per_character(self.corpus.validation)
            for name, order in BASELINES.items()
        }

    def sample(self, temperature: float) -> str:
        """A text that begins with PROMPT."""
        return PROMPT + self.model.generate(
            PROMPT, SAMPLE_LENGTH, temperature=temperature, seed=self.seed
        )


def options(seconds: float, seed: int = 0) -> LanguageModelOptions:
    """The settings of the training, but for its length the same for every budget.

    Few streams and a high rate, since a minute is short: after 600 000 characters the validation
    loss was 1.34 nats with 8 streams at 0.008, 1.42 with 16 at 0.008, 1.79 with 32 at 0.004.
    """
    return LanguageModelOptions(
        batch_size=8,
        bptt=64,
        shift=True,
        learning_rate=8e-3,
        schedule="cosine",
        warmup_steps=20,
        final_rate=0.02,
        max_minutes=seconds / 60,
        log_every=4,
        seed=seed,
    )
