"""What a forecaster is made of, how it is trained, how its forecasts are measured."""

from __future__ import annotations

from dataclasses import dataclass

from pyrnn.data.series import SCALES
from pyrnn.models.sequence.options import SuitedOptions
from pyrnn.models.stack_settings import ALIASES, LAYERS, NETWORK, StackSettings
from pyrnn.settings import Settings, choice, number, numbers, switch, whole
from pyrnn.training.options import RATE, SCHEDULES

FORECAST = "Forecast"
RESIDUALS = ("auto", "none", "last", "season")
ERRORS = ("squared", "absolute")
MEASURES = "Measures"


@dataclass(frozen=True)
class ForecasterConfig(StackSettings):
    """What a forecaster is made of; frozen, and checked when made.

    What is not given, context, season and residual, is chosen when the model meets data, and is
    stored with it.

    On the oil temperature of ETTh1, 24 hours ahead (12 months to train, 4 to validate; 10 epochs,
    two seeds), the squared error of standardised validation data is

        these defaults 0.0489         no linear part 0.0518     no calendar 0.0499
        lstm 0.0491                   16 units 0.0490           64 units 0.0489
        residual none 0.0505          season 0.0552             context 336: 0.0480

    and that of the last value 0.0696. Seeds differ by 0.0005.

    Raises ValueError for a setting outside its range or one that does not go with another, naming
    it.
    """

    horizon: int = whole(1, "Steps to forecast.", least=1, section=FORECAST)
    context: int | None = whole(
        None,
        "Steps that a forecast is made from; chosen by the series if not given.",
        note="Seven horizons, and two seasons at least; but no more than half of what the longest "
        "series has beside a horizon.",
        least=1,
        section=FORECAST,
    )
    quantiles: tuple[float, ...] | None = numbers(
        None,
        "Forecast these quantiles, e.g. 0.1,0.5,0.9; the one nearest to 0.5 is the forecast.",
        note="They never cross. Training then minimises their pinball loss.",
        above=0,
        below=1,
        section=FORECAST,
    )
    residual: str = choice(
        "auto",
        RESIDUALS,
        "What the network adds its numbers to: the last value, or that of a season ago.",
        note="The network then reads differences of one step, or of a season. auto: the one of the "
        "two that is nearer to the training data. none: it forecasts the values themselves.",
        section=FORECAST,
    )
    season: int | None = whole(
        None,
        "Steps of a season; told from the step if not given.",
        note="A day of hours, a week of days, a year of months; 1, for none, where a series has no "
        "times.",
        least=1,
        section=FORECAST,
    )
    calendar: bool = switch(
        True, "Read the time of day, the weekday, the time of year, as the step allows.",
        section=FORECAST,
    )  # fmt: skip
    scale: str = choice(
        "series",
        SCALES,
        "Scale targets by each series' own training data, by those of all, or not.",
        note="Less the mean, divided by the standard deviation. A series that was not in training "
        "is scaled by its own rows before the first forecast.",
        section=FORECAST,
    )

    cell: str = choice(
        "gru",
        LAYERS,
        "The recurrent cell.",
        aliases=ALIASES,
        section=NETWORK,
    )
    hidden_size: int = whole(
        32, "Hidden units per layer.", least=1, short="hidden", section=NETWORK
    )
    embedding_size: int | None = whole(
        None, "None: numbers have no embedding.", least=1, section=NETWORK, hidden=True
    )
    dropout_input: float = number(
        0.0, "Dropout rate on the inputs.", least=0, below=1, section=NETWORK
    )
    linear: bool = switch(
        True,
        "Add a linear function of the context.",
        note="The autoregressive part of Lai et al. 2018 (arXiv 1703.07015), the same for all "
        "targets.",
        section=NETWORK,
    )
    error: str = choice(
        "squared",
        ERRORS,
        "Which error training minimises, on the scaled targets.",
        note="Without quantiles, which have a loss of their own.",
        section=NETWORK,
    )

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        super().check()
        if self.embedding_size is not None:
            raise ValueError(
                f"embedding_size: expected None, since numbers have none; got {self.embedding_size}"
            )
        if self.quantiles is not None and self.error != "squared":
            raise ValueError(
                f"error: expected none beside quantiles, whose loss is the pinball loss; got "
                f"{self.error!r}"
            )
        if self.residual == "season" and self.season is not None:
            if self.season == 1:
                raise ValueError(
                    "season: expected the steps of a season with residual='season'; got 1"
                )
            if self.context is not None and self.context <= self.season:
                raise ValueError(
                    f"context: expected more than the {self.season} steps of a season with "
                    f"residual='season'; got {self.context}"
                )

    @property
    def lag(self) -> int:
        """d: how far apart the values are whose differences the network reads; 0 for none."""
        return {"none": 0, "last": 1, "season": self.season or 1}[self.residual]


@dataclass(frozen=True)
class ForecasterOptions(SuitedOptions):
    """How a forecaster is trained: `TrainingOptions`, with a batch size and an end that follow the
    number of windows, see `SuitedOptions`, and a rate that falls to 0.

    On ETTh1, as in `ForecasterConfig`, the validation error of the last of 10 epochs is 0.049 so;
    at a constant rate it is 0.060, and that of the best epoch 0.050. Windows overlap, so few of
    them are fewer still: of the airline passengers, 12 months ahead after the first 84 and 96, the
    root mean squared error is 17 at this rate and 20 at 3e-3 (50 epochs, three seeds; that of a
    year ago 37).
    """

    learning_rate: float | None = number(
        1e-3, "Highest learning rate.", above=0, short="lr", section=RATE
    )

    schedule: str = choice(
        "cosine", SCHEDULES, "How the learning rate changes during training.", section=RATE
    )


@dataclass(frozen=True)
class ForecastMeasures(Settings):
    """Which forecasts an evaluation makes."""

    stride: int = whole(
        1,
        "evaluate: steps from one forecast to the next.",
        note="Counted back from the last one that the data can tell the truth of.",
        least=1,
        section=MEASURES,
    )
