"""Command-line options for the settings of a model and of a training run.

Each option belongs to a field of `LanguageModelConfig` or `TrainingOptions` and takes its default
from there, so a default stands in one place. SECTIONS is the one list of them: --help, the settings
file and the options of a resumed run follow from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, NamedTuple, TypeVar

import click
from click.core import ParameterSource

from pyrnn.cli.sections import SectionOption
from pyrnn.data import POLICIES, TOKENIZERS
from pyrnn.kernels.stack import CELLS
from pyrnn.models import LanguageModelConfig
from pyrnn.models.language_model.configuration import SOFTMAXES
from pyrnn.nn.initializers import RECURRENT
from pyrnn.training import OPTIMIZERS, REDUCTIONS, SCHEDULES, TrainingOptions
from pyrnn.training.options import CHANGEABLE

Command = TypeVar("Command", bound=Callable[..., Any])
Settings = TypeVar("Settings", LanguageModelConfig, TrainingOptions)
Decorator = Callable[[Any], Any]

END = "End, whichever comes first"

WHOLE: dict[str, Any] = {"type": click.IntRange(min=1), "metavar": "N"}
COUNT: dict[str, Any] = {"type": click.IntRange(min=0), "metavar": "N"}
PROBABILITY: dict[str, Any] = {
    "type": click.FloatRange(min=0, max=1, max_open=True),
    "metavar": "P",
}
POSITIVE: dict[str, Any] = {"type": click.FloatRange(min=0, min_open=True), "metavar": "X"}
NOT_NEGATIVE: dict[str, Any] = {"type": click.FloatRange(min=0), "metavar": "X"}
SWITCH: dict[str, Any] = {"is_flag": True}


class WholeNumbers(click.ParamType):
    """Several whole numbers, with commas between: 2000,10000. A list is taken as well."""

    name = "whole numbers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        try:
            return tuple(int(part) for part in parts)
        except (TypeError, ValueError):
            self.fail(f"expected whole numbers, as 2000,10000; got {value!r}", param, ctx)


def one_of(names: Iterable[str]) -> dict[str, Any]:
    """The attributes of an option that takes one of these names."""
    return {"type": click.Choice(list(names))}


def no_limit(context: click.Context, parameter: click.Parameter, value: float) -> float | None:
    """None for 0: `clip_norm` says it so."""
    return value or None


def assignments(
    context: click.Context, parameter: click.Parameter, values: Iterable[str]
) -> dict[str, Any]:
    """{"momentum": 0.9} of ("momentum=0.9",); the values are JSON."""
    assigned = {}
    for text in values:
        name, equals, value = text.partition("=")
        try:
            assigned[name.strip()] = json.loads(value)
        except json.JSONDecodeError:
            equals = ""
        if not equals:
            raise click.BadParameter(f"expected NAME=NUMBER, as momentum=0.9; got {text!r}")
    return assigned


class Setting(NamedTuple):
    """One option: the field it sets, its flag, what --help says of it, and click's attributes."""

    field: str
    flag: str
    help: str
    attributes: dict[str, Any]


class Section:
    """Options under one heading of --help, all for fields of one settings class."""

    def __init__(self, heading: str, owner: type[LanguageModelConfig | TrainingOptions]) -> None:
        self.heading = heading
        self.defaults = {known.name: known.default for known in fields(owner)}
        self.settings: list[Setting] = []

    def add(self, field: str, flag: str, help: str, /, **attributes: Any) -> Section:
        """The option `flag` for a field, with the field's default; a switch gets its --no- form."""
        if attributes.get("is_flag"):
            flag = f"{flag}/--no-{flag.removeprefix('--')}"
        self.settings.append(Setting(field, flag, help, attributes))
        return self

    def options(self) -> list[Decorator]:
        """The options of a new run, each with its default."""
        return [self._option(setting, self.defaults[setting.field]) for setting in self.settings]

    def changes(self) -> list[Decorator]:
        """The options that a resumed run may change; what is not given stays as the run has it."""
        changeable = [setting for setting in self.settings if setting.field in CHANGEABLE]
        return [self._option(setting, None) for setting in changeable]

    def _option(self, setting: Setting, default: Any) -> Decorator:
        attributes = {"default": default, **setting.attributes}
        shown = attributes["default"] is not None and not attributes.get("is_flag")
        return click.option(
            setting.flag,
            setting.field,
            cls=SectionOption,
            section=self.heading,
            show_default=shown,
            help=setting.help,
            **attributes,
        )


SECTIONS = (
    Section("Tokens", LanguageModelConfig)
    .add("unit", "--unit", "What one token is.", **one_of(TOKENIZERS))
    .add("min_count", "--min-count", "Leave rarer tokens out.", **WHOLE)
    .add("max_vocabulary", "--max-vocabulary", "Keep the N most frequent tokens.", **WHOLE)
    .add("unknown", "--unknown", "What becomes of others.", **one_of(POLICIES))
    .add("lowercase", "--lowercase", "Lower-case the words.", **SWITCH),
    Section("Network", LanguageModelConfig)
    .add("cell", "--cell", "The recurrent cell.", **one_of(CELLS))
    .add("hidden_size", "--hidden", "Hidden units of a layer.", **WHOLE)
    .add("num_layers", "--layers", "Layers.", **WHOLE)
    .add("embedding_size", "--embedding", "Width of an embedding; as --hidden if absent.", **WHOLE)
    .add("tied", "--tied", "Share the weights of embedding and output.", **SWITCH)
    .add("softmax", "--softmax", "adaptive: faster with many words.", **one_of(SOFTMAXES))
    .add(
        "cutoffs",
        "--cutoffs",
        "adaptive: where its clusters begin; by the vocabulary's size if absent.",
        type=WholeNumbers(),
        metavar="N,N...",
    )
    .add(
        "div_value",
        "--div-value",
        "adaptive: a cluster's vectors are so many times narrower than the last's.",
        type=click.FloatRange(min=1),
        metavar="X",
    )
    .add("dropout_input", "--dropout-input", "Dropout on the embeddings.", **PROBABILITY)
    .add("dropout_between", "--dropout-between", "Dropout between layers.", **PROBABILITY)
    .add("dropout_output", "--dropout-output", "Dropout on the last layer.", **PROBABILITY)
    .add("init", "--init", "Initial recurrent weights.", **one_of(RECURRENT)),
    Section("Updates", TrainingOptions)
    .add("batch_size", "--batch", "Streams of text read side by side.", **WHOLE)
    .add("steps", "--bptt", "Time steps that a gradient flows back.", **WHOLE)
    .add("shift", "--shift", "Cut each epoch's batches at other places.", **SWITCH)
    .add("optimizer", "--optimizer", "How weights are updated.", **one_of(OPTIMIZERS))
    .add(
        "optimizer_options",
        "--optimizer-option",
        "Another setting of it, as momentum=0.9; may be repeated.",
        default=None,
        multiple=True,
        metavar="NAME=NUMBER",
        callback=assignments,
    )
    .add("weight_decay", "--weight-decay", "Weight decay; its own if absent.", **NOT_NEGATIVE)
    .add("reduction", "--reduction", "Of the loss over time steps.", **one_of(REDUCTIONS))
    .add(
        "clip_norm",
        "--clip",
        "Longest gradient by global norm; 0: no limit.",
        callback=no_limit,
        **NOT_NEGATIVE,
    )
    .add("clip_value", "--clip-value", "Largest element of a gradient.", **POSITIVE),
    Section("Learning rate", TrainingOptions)
    .add("learning_rate", "--learning-rate", "The highest rate.", **POSITIVE)
    .add("schedule", "--schedule", "How it changes.", **one_of(SCHEDULES))
    .add("warmup_steps", "--warmup", "Steps in which it rises from 0.", **COUNT)
    .add("final_rate", "--final-rate", "cosine: where it ends, as a share.", **NOT_NEGATIVE)
    .add("decay_factor", "--decay", "step, exponential, plateau: times this.", **POSITIVE)
    .add("decay_every", "--decay-every", "step, exponential: each X epochs.", **POSITIVE)
    .add("decay_after", "--decay-after", "step, exponential: after X epochs.", **NOT_NEGATIVE)
    .add("plateau_patience", "--plateau-patience", "plateau: validations to wait.", **COUNT),
    Section(END, TrainingOptions)
    .add("epochs", "--epochs", "Passes over the text.", **WHOLE)
    .add("max_steps", "--max-steps", "Updates.", **WHOLE)
    .add("max_minutes", "--minutes", "Minutes.", **POSITIVE)
    .add("patience", "--patience", "Validations without improvement.", **WHOLE),
    Section("Reports", TrainingOptions)
    .add("validate_every", "--validate-every", "Steps; each epoch if absent.", **WHOLE)
    .add("checkpoint_every", "--checkpoint-every", "Steps; each validation if absent.", **WHOLE)
    .add("log_every", "--log-every", "Steps between lines of history.", **WHOLE),
)


def model_and_training_options(command: Command) -> Command:
    """All options of SECTIONS and the seed, as a decorator; --help shows them in that order."""
    seed = click.option(
        "--seed",
        cls=SectionOption,
        default=0,
        show_default=True,
        help="Of weights, dropout and --shift.",
        **COUNT,
    )
    return _decorated(command, [*(o for section in SECTIONS for o in section.options()), seed])


def changeable_options(command: Command) -> Command:
    """The options of SECTIONS that a resumed run may change, as a decorator."""
    return _decorated(command, [option for section in SECTIONS for option in section.changes()])


def flag_of(field: str) -> str:
    """The flag that sets a field."""
    every = (setting for section in SECTIONS for setting in section.settings)
    return next(setting.flag for setting in every if setting.field == field)


def _decorated(command: Command, options: list[Decorator]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def settings_of(owner: type[Settings], values: Mapping[str, Any]) -> Settings:
    """The settings that a command's values make. Raises ValueError as the class does."""
    names = {known.name for known in fields(owner)}
    return owner(**{name: value for name, value in values.items() if name in names})


def changed(stored: Settings, context: click.Context, values: Mapping[str, Any]) -> Settings:
    """Settings that were stored, but for those that the user gives now."""
    names = {known.name for known in fields(stored)} & given(context)
    return replace(stored, **{name: values[name] for name in names})


def given(
    context: click.Context,
    by: tuple[ParameterSource, ...] = (ParameterSource.COMMANDLINE, ParameterSource.DEFAULT_MAP),
) -> set[str]:
    """The names of the options that the user gives, on the command line or in a settings file."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source in by}
