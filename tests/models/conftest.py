"""Every family, one of the tests' own among them."""

from __future__ import annotations

import pytest

from pyrnn.models import FAMILIES

from .cases import CASES, NETWORKS, TOY
from .toy_family import Sums  # so that it can be found by its name

assert Sums.__module__ == TOY["sums"].partition(":")[0]


@pytest.fixture(autouse=True)
def _one_more_family(monkeypatch):
    for name, place in TOY.items():
        monkeypatch.setitem(FAMILIES, name, place)


@pytest.fixture(params=CASES)
def case(request):
    """A small case of each family."""
    return CASES[request.param]


@pytest.fixture(params=NETWORKS)
def network_case(request):
    """Each family with each of its networks."""
    return NETWORKS[request.param]
