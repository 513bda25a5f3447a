"""How models of sequences are trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pyrnn.settings import number, whole
from pyrnn.training import TrainingOptions
from pyrnn.training.options import DEFAULT_EPOCHS, RATE, UPDATES

LARGEST, SMALLEST = 64, 16  # batches that are chosen for the data
STEPS = 24  # that an epoch then has at least, where the data allow it
LEAST_STEPS = 600  # of a run whose end nobody says
FEW = LEAST_STEPS // DEFAULT_EPOCHS * LARGEST  # fewer sequences than these are few: 3,840
RATE_OF_FEW, RATE_OF_MANY = 3e-3, 1e-3


@dataclass(frozen=True)
class SuitedOptions(TrainingOptions):
    """TrainingOptions with defaults that follow the data.

    Where nothing is said, N >= 3,840 sequences are seen 10 times in batches of 64 at a rate of
    1e-3, and fewer so often that there are 600 steps, in batches of N / 24, 16 at least, at 3e-3;
    where that makes epochs of less than 24 steps, every 24 steps are validated. An end that is
    given, epochs, max_steps or max_minutes, is the only one, and each epoch is validated then.

    On twelve sets of 60 to 3,000 sequences, two draws of each, the mean of accuracy or R² on test
    data after 600 steps, in per cent (`python benchmarks/run.py small-data`):

        these defaults 80.1    rate 1e-3 78.7    rate 1e-2 75.2    dropout 0.25 79.7

    A single set differs by some points from draw to draw. Without validation data the last weights
    are kept: on 60 names, with the rate 1e-3, 49 in place of 60.
    """

    without_limit: ClassVar[str] = f"{DEFAULT_EPOCHS} epochs, at least {LEAST_STEPS} steps,"

    batch_size: int | None = whole(
        None,
        "Sequences per batch; chosen by the number of sequences if not given.",
        note="64 for 1,536 sequences or more; for fewer, so many that an epoch has about 24 "
        "steps, but at least 16.",
        least=1,
        short="batch",
        section=UPDATES,
    )  # type: ignore[assignment]
    learning_rate: float | None = number(
        None,
        "Highest learning rate; chosen by the number of sequences if not given.",
        note=f"{RATE_OF_MANY:g} for {FEW:,} sequences or more, {RATE_OF_FEW:g} for fewer.",
        above=0,
        short="lr",
        section=RATE,
    )  # type: ignore[assignment]

    def suited(self, sequences: int) -> Self:
        """With a batch size and a rate for so many sequences, and a limit, where none is given."""
        batch = self.batch_size or min(LARGEST, max(SMALLEST, sequences // STEPS))
        rate = self.learning_rate or (RATE_OF_FEW if sequences < FEW else RATE_OF_MANY)
        changes: dict[str, Any] = {"batch_size": batch, "learning_rate": rate}
        if self.epochs is self.max_steps is self.max_minutes is None:
            steps = -(-sequences // batch)  # of an epoch
            changes["epochs"] = max(DEFAULT_EPOCHS, -(-LEAST_STEPS // steps))
            if steps < STEPS:  # 600 epochs of a step each are not to be looked at one by one
                changes["validate_every"] = self.validate_every or STEPS
                changes["checkpoint_every"] = self.checkpoint_every or STEPS
        return self.of(self, **changes)


@dataclass(frozen=True)
class SequenceOptions(SuitedOptions):
    """How models of sequences are trained: `SuitedOptions`, and how their lengths make batches."""

    bucket: int = whole(
        50,
        "Number of batches drawn together and sorted by length.",
        note="The sequences of a batch are then of similar length; see `pyrnn.data.RaggedBatches`. "
        "With 1, batches are drawn without regard to length.",
        least=1,
        section=UPDATES,
    )
