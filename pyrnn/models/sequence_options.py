"""How models of sequences are trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from pyrnn.settings import number, whole
from pyrnn.training import TrainingOptions
from pyrnn.training.options import DEFAULT_EPOCHS, RATE, UPDATES

LARGEST, SMALLEST = 64, 4  # batches that are chosen for the data
STEPS = 24  # that an epoch then has at least, where the data allow it
LEAST_STEPS = 600  # of a run whose end nobody says


@dataclass(frozen=True)
class SequenceOptions(TrainingOptions):
    """TrainingOptions, and what models of sequences add.

    Where neither epochs, max_steps nor max_minutes is given, a run has 10 epochs, but 600 steps at
    least: few sequences are seen more often.
    """

    without_limit: ClassVar[str] = f"{DEFAULT_EPOCHS} epochs, at least {LEAST_STEPS} steps,"

    batch_size: int | None = whole(
        None,
        "Sequences read side by side; as the data are many if absent.",
        note="64 for 1,536 sequences and more; of fewer, so that an epoch has about 24 steps, 4 at "
        "least.",
        least=1,
        short="batch",
        section=UPDATES,
    )  # type: ignore[assignment]
    learning_rate: float = number(1e-3, "The highest rate.", above=0, short="lr", section=RATE)
    bucket: int = whole(
        50,
        "Batches drawn together, and sorted by length.",
        note="Rows of a batch are then about as long; see `pyrnn.data.RaggedBatches`. With 1 they "
        "are drawn without a look at their length.",
        least=1,
        section=UPDATES,
    )

    def suited(self, sequences: int) -> Self:
        """With a batch size for so many sequences, and a limit, where none is given."""
        batch = self.batch_size or min(LARGEST, max(SMALLEST, sequences // STEPS))
        changes: dict[str, int] = {"batch_size": batch}
        if self.epochs is self.max_steps is self.max_minutes is None:
            steps = -(-sequences // batch)  # of an epoch
            changes["epochs"] = max(DEFAULT_EPOCHS, -(-LEAST_STEPS // steps))
        return self.of(self, **changes)
