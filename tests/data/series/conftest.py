"""What tests of time zones need."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest


@pytest.fixture(scope="session")
def time_zones() -> None:
    """The system's list of time zones, or that of the package tzdata; a skip without both."""
    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        pytest.skip("needs the system's list of time zones, or tzdata")
