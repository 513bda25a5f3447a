"""How to train: every number of a run in one place, stored with it as JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pyrnn import optim
from pyrnn.files.strict_json import settings_of

OPTIMIZERS: dict[str, Callable[..., optim.Optimizer]] = {
    "adam": optim.Adam,
    "adamw": optim.AdamW,
    "sgd": optim.SGD,
    "rmsprop": optim.RMSprop,
}
SCHEDULES = ("constant", "step", "exponential", "cosine", "plateau")
REDUCTIONS = ("mean", "sum")
DEFAULT_EPOCHS = 10  # where no limit is given at all

# What a resumed run may change: when it ends, and what it reports and writes on the way. Anything
# else would make it another run.
CHANGEABLE = frozenset(
    ("epochs", "max_steps", "max_minutes", "patience")
    + ("validate_every", "checkpoint_every", "log_every", "restore_best")
)


@dataclass(frozen=True)
class TrainingOptions:
    """The settings of a training run; frozen, checked when made, and stored with every checkpoint.

    The data:
        batch_size: streams read side by side; default 32.
        steps: tokens of a stream in one batch, the length of truncated BPTT; default 64. The
            recurrent state is carried from batch to batch, the gradient is not.
        shift: start each epoch at another place within the first `steps` tokens; default no.

    The update:
        optimizer: adam (default), adamw, sgd or rmsprop.
        learning_rate: the highest rate of the schedule; default 0.002.
        weight_decay: None (default) for the optimizer's own: 0.01 for adamw, 0 for the others.
        optimizer_options: further keywords of the optimizer: momentum, nesterov, betas, alpha ...
        reduction: what is differentiated. "mean" (default): nats per token. "sum": nats summed over
            the time steps, then averaged over the streams, as in Zaremba et al. 2014; its gradient
            is `steps` times as long, so learning_rate and clip_norm mean something else.
        clip_norm: the longest gradient, by global norm; default 1, None for no limit.
        clip_value: the largest element of the gradient, applied after clip_norm; default None.

    The learning rate:
        schedule: constant (default), step, exponential, cosine or plateau.
        warmup_steps: the rate climbs linearly over so many steps, times the schedule; default 0.
        final_rate: where cosine ends, as a share of learning_rate; default 0. Cosine follows the
            limit that comes first, epochs, max_steps or max_minutes: a run that is resumed with a
            higher limit goes on at the higher rate of that limit's cosine, and its first part has
            had a lower one than a run with that limit from the start.
        decay_factor: step, exponential, plateau: the rate is multiplied by it; default 0.5.
        decay_every: step, exponential: once in so many epochs; default 1.
        decay_after: step, exponential: the first so many epochs keep the full rate; default 0.
        plateau_patience: plateau: validations without improvement that are let pass; default 0.

    The end, whichever comes first (10 epochs where no limit is given):
        epochs, max_steps, max_minutes: default None.
        patience: end after so many validations in a row without improvement; default None.

    Reports and files:
        validate_every: steps between validations; default None: at the end of each epoch.
        checkpoint_every: steps between checkpoints; default None: at the end of each epoch. Each
            validation writes one too.
        log_every: steps between the step records that the history file keeps; default 10.
        restore_best: end with the weights of the best validation, not the last; default yes.
        seed: of dropout and `shift`; default 0.

    Raises ValueError for a setting outside its range, naming it.
    """

    batch_size: int = 32
    steps: int = 64
    shift: bool = False

    optimizer: str = "adam"
    learning_rate: float = 2e-3
    weight_decay: float | None = None
    optimizer_options: Mapping[str, Any] = field(default_factory=dict)
    reduction: str = "mean"
    clip_norm: float | None = 1.0
    clip_value: float | None = None

    schedule: str = "constant"
    warmup_steps: int = 0
    final_rate: float = 0.0
    decay_factor: float = 0.5
    decay_every: float = 1.0
    decay_after: float = 0.0
    plateau_patience: int = 0

    epochs: int | None = None
    max_steps: int | None = None
    max_minutes: float | None = None
    patience: int | None = None

    validate_every: int | None = None
    checkpoint_every: int | None = None
    log_every: int = 10
    restore_best: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        self._choose("optimizer", tuple(OPTIMIZERS))
        self._choose("schedule", SCHEDULES)
        self._choose("reduction", REDUCTIONS)
        for name in ("shift", "restore_best"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name}: expected True or False; got {getattr(self, name)!r}")
        if not isinstance(self.optimizer_options, Mapping):
            raise ValueError(
                f"optimizer_options: expected values by name; got {self.optimizer_options!r}"
            )
        for name in ("batch_size", "steps", "log_every"):
            self._whole(name, least=1)
        for name in ("warmup_steps", "plateau_patience", "seed"):
            self._whole(name, least=0)
        for name in ("epochs", "max_steps", "patience", "validate_every", "checkpoint_every"):
            self._whole(name, least=1, optional=True)
        for name in ("learning_rate", "decay_factor", "decay_every"):
            self._number(name, above=0.0)
        for name in ("clip_norm", "clip_value", "max_minutes"):
            self._number(name, above=0.0, optional=True)
        for name in ("weight_decay", "decay_after", "final_rate"):
            self._number(name, least=0.0, optional=name == "weight_decay")
        for name in ("shift", "restore_best"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name}: expected True or False; got {getattr(self, name)!r}")
        if not isinstance(self.optimizer_options, Mapping):
            raise ValueError(
                f"optimizer_options: expected {{name: value}}; got {self.optimizer_options!r}"
            )
        if self.schedule == "plateau" and self.decay_factor >= 1:
            raise ValueError(f"decay_factor: expected less than 1; got {self.decay_factor}")

    def _choose(self, name: str, known: tuple[str, ...]) -> None:
        if getattr(self, name) not in known:
            raise ValueError(
                f"{name}: expected one of {', '.join(known)}; got {getattr(self, name)!r}"
            )

    def _whole(self, name: str, *, least: int, optional: bool = False) -> None:
        value = getattr(self, name)
        if value is None and optional:
            return
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name}: expected a whole number of at least {least}; got {value!r}")

    def _number(
        self,
        name: str,
        *,
        above: float | None = None,
        least: float | None = None,
        optional: bool = False,
    ) -> None:
        value = getattr(self, name)
        if value is None and optional:
            return
        bound = f"more than {above:g}" if above is not None else f"at least {least:g}"
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        inside = number and math.isfinite(value)
        if not (inside and (value > above if above is not None else value >= least)):
            raise ValueError(f"{name}: expected a number of {bound}; got {value!r}")

    def to_json(self) -> dict[str, Any]:
        """All settings, ready for JSON, which knows lists and no tuples."""
        further = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.optimizer_options.items()
        }
        return {**asdict(self), "optimizer_options": further}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> TrainingOptions:
        """The options that `to_json` wrote. Raises ValueError for anything else."""
        return settings_of(cls, "training options", content)

    def differences(self, other: TrainingOptions) -> list[str]:
        """The names of the settings that differ and that a resumed run must not change."""
        mine, others = self.to_json(), other.to_json()
        return [name for name in mine if name not in CHANGEABLE and mine[name] != others[name]]
