"""What a forecaster's config leaves to the data: season, context, residual."""

from __future__ import annotations

import numpy as np

from pyrnn.data.series import Windows, last_value, seasonal
from pyrnn.data.series.remarks import counted
from pyrnn.models.forecaster.histories import Histories
from pyrnn.models.forecaster.settings import ForecasterConfig

HORIZONS, SEASONS = 7, 2  # of a context that nobody names
ROUGHLY = 4096  # windows on which baselines are compared


def with_context(
    config: ForecasterConfig, train: Histories, held: Histories | None = None
) -> ForecasterConfig:
    """A config with its season and context; one that nobody names fits what is held out, too.

    Raises ValueError where the series are too short for a window.
    """
    season = config.season or train.panel.season
    room = train.longest - config.horizon
    if room < 1:
        raise ValueError(
            f"horizon: expected less than the {counted(train.longest, 'row')} that the longest "
            "series has to train on, without a gap and before what is held out; got "
            f"{config.horizon}"
        )
    context = config.context
    if context is None:
        wanted = max(HORIZONS * config.horizon, SEASONS * season)
        most, wanted = room, min(wanted, (room + 1) // 2)
        if held is not None:  # as many windows as there are steps in a horizon, if it has so many
            most = min(room, held.room(config.horizon))
            wanted = min(wanted, most - config.horizon + 1)
        context = max(1, wanted)
        if config.residual == "season":
            context = max(context, min(season + 1, most))
        elif config.residual == "last":
            context = max(context, min(2, most))
    if context > room:
        raise ValueError(
            f"context: expected at most {room} steps, since the longest series has "
            f"{train.longest} rows to train on, without a gap, and a horizon {config.horizon}; got "
            f"{context}"
        )
    if season == 1 and config.residual == "season":
        raise ValueError(
            "season: expected it with residual='season', since the times of the series do not tell "
            "it; got none"
        )
    config = config.of(config, season=season, context=context)
    if config.residual != "auto":
        check_lag(config)
    return config


def check_lag(config: ForecasterConfig) -> None:
    """Whether differences are left to be read. Raises ValueError."""
    if config.lag >= (config.context or 0):
        raise ValueError(
            f"context: expected more than {config.lag} with residual={config.residual!r}, so that "
            f"there are differences; got {config.context}"
        )


def with_residual(config: ForecasterConfig, z: np.ndarray, windows: Windows) -> ForecasterConfig:
    """A config whose residual is the baseline that is nearer to training windows of z (N, K)."""
    if config.residual != "auto":
        return config
    assert config.context is not None
    assert config.season is not None
    residual = "last" if config.context > 1 else "none"
    if 1 < config.season < config.context:
        some = np.unique(np.linspace(0, len(windows) - 1, ROUGHLY).astype(np.int64))
        past, future = windows.past(z, some), windows.future(z, some)
        errors = [
            ((future - base) ** 2).mean()
            for base in (
                last_value(past, config.horizon),
                seasonal(past, config.horizon, config.season),
            )
        ]
        residual = "last" if errors[0] <= errors[1] else "season"
    return config.of(config, residual=residual)
