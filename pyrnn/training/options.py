"""How to train: every number of a run in one place, stored with it as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pyrnn import optim
from pyrnn.settings import Settings, choice, number, string, switch, table, whole

OPTIMIZERS: dict[str, Callable[..., optim.Optimizer]] = {
    "adam": optim.Adam,
    "adamw": optim.AdamW,
    "sgd": optim.SGD,
    "rmsprop": optim.RMSprop,
}
SCHEDULES = ("constant", "step", "exponential", "cosine", "plateau")
REDUCTIONS = ("mean", "sum")
DEFAULT_EPOCHS = 10  # where no limit is given at all

UPDATES, RATE, REPORTS = "Updates", "Learning rate", "Reports"
END = "End, whichever comes first"


@dataclass(frozen=True)
class TrainingOptions(Settings):
    """The settings of a training run; frozen, checked when made, and stored with every checkpoint.

    A family of models may add its own. Where no limit is given, a run ends after 10 epochs.

    Raises ValueError for a setting outside its range, naming it.
    """

    without_limit: ClassVar[str] = f"{DEFAULT_EPOCHS} epochs"  # what a run then has

    batch_size: int = whole(32, "Sequences per batch.", least=1, short="batch", section=UPDATES)
    optimizer: str = choice(
        "adam", OPTIMIZERS, "The optimizer that updates the weights.", section=UPDATES
    )
    optimizer_options: Mapping[str, Any] = table(
        "Another setting of the optimizer, e.g. momentum=0.9; may be repeated.",
        short="optimizer-option",
        section=UPDATES,
    )
    weight_decay: float | None = number(
        None,
        "Weight decay; the optimizer's default if not given.",
        note="That is 0.01 for adamw, 0 for the others.",
        least=0,
        section=UPDATES,
    )
    reduction: str = choice(
        "mean",
        REDUCTIONS,
        "How the loss is reduced over the items of a batch.",
        note="mean: over all items, e.g. tokens. sum: summed over the time steps and averaged over "
        "the sequences, as in Zaremba et al. 2014; the gradient is longer by the number of steps, "
        "so learning_rate and clip_norm have another meaning.",
        section=UPDATES,
    )
    clip_norm: float | None = number(
        1.0,
        "Limit on the global norm of the gradient; 0 for no limit.",
        least=0,
        zero_is_none=True,
        short="clip",
        section=UPDATES,
    )
    clip_value: float | None = number(
        None,
        "Limit on each element of the gradient, applied after clip_norm.",
        above=0,
        section=UPDATES,
    )

    learning_rate: float = number(2e-3, "Highest learning rate.", above=0, short="lr", section=RATE)
    schedule: str = choice(
        "constant", SCHEDULES, "How the learning rate changes during training.", section=RATE
    )
    warmup_steps: int = whole(
        0, "Steps over which the learning rate rises linearly from 0.", short="warmup", section=RATE
    )
    final_rate: float = number(
        0.0,
        "cosine: the final learning rate, as a share of the highest.",
        note="Cosine follows whichever limit comes first, epochs, max_steps or max_minutes. A run "
        "that is resumed with a higher limit continues at the higher rate of the new cosine; its "
        "first part had a lower rate than in a run with that limit from the start.",
        least=0,
        section=RATE,
    )
    decay_factor: float = number(
        0.5,
        "step, exponential, plateau: factor by which the rate is multiplied.",
        above=0,
        short="decay",
        section=RATE,
    )
    decay_every: float = number(
        1.0, "step, exponential: epochs per multiplication by decay_factor.", above=0, section=RATE
    )
    decay_after: float = number(
        0.0, "step, exponential: epochs before the decay begins.", least=0, section=RATE
    )
    plateau_patience: int = whole(
        0, "plateau: validations without improvement that are tolerated.", section=RATE
    )

    epochs: int | None = whole(
        None,
        "Stop after this many passes over the training data.",
        least=1,
        changeable=True,
        section=END,
    )
    max_steps: int | None = whole(
        None, "Stop after this many updates.", least=1, changeable=True, section=END
    )
    max_minutes: float | None = number(
        None,
        "Stop after this many minutes.",
        above=0,
        changeable=True,
        short="minutes",
        section=END,
    )
    patience: int | None = whole(
        None,
        "Stop after this many validations in a row without improvement.",
        least=1,
        changeable=True,
        section=END,
    )

    monitor: str | None = string(
        None,
        "Validation metric that decides which weights are best; the model's own if not given.",
        section=REPORTS,
    )
    validate_every: int | None = whole(
        None, "Steps between validations; one per epoch if not given.", least=1, changeable=True,
        section=REPORTS,
    )  # fmt: skip
    checkpoint_every: int | None = whole(
        None,
        "Steps between checkpoints; one per epoch if not given.",
        note="Each validation writes one as well.",
        least=1,
        changeable=True,
        section=REPORTS,
    )
    checkpoint_minutes: float | None = number(
        5.0,
        "Write a checkpoint after this many minutes in any case; 0 for never.",
        least=0,
        zero_is_none=True,
        changeable=True,
        section=REPORTS,
    )
    log_every: int = whole(
        10, "Steps between lines of the history file.", least=1, changeable=True, section=REPORTS
    )
    restore_best: bool = switch(
        True,
        "End with the weights of the best validation, not the last ones.",
        changeable=True,
        section=REPORTS,
    )
    seed: int = whole(0, "Random seed for weights, dropout and the order of examples.")

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        if self.schedule == "plateau" and self.decay_factor >= 1:
            raise ValueError(
                f"decay_factor: expected less than 1 with schedule='plateau'; "
                f"got {self.decay_factor}"
            )

    def check_validation(self) -> None:
        """Whether the settings can do without a validation. Raises ValueError."""
        follows = {
            "schedule": self.schedule == "plateau",
            "patience": self.patience is not None,
            "monitor": self.monitor is not None,
        }
        for name in (name for name, follow in follows.items() if follow):
            raise ValueError(
                f"{name}: expected validation data beside {name}={getattr(self, name)!r}, which "
                "follows the validation; got none, since nothing is held out"
            )


# What a resumed run may change: when it ends, and what it reports and writes on the way. Anything
# else would make it another run.
CHANGEABLE = frozenset(
    name for name, setting in TrainingOptions.declared().items() if setting.changeable
)
