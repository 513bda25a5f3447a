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


def pytest_collection_modifyitems(items):
    """A transcriber that learns few symbols says of how many texts, which is a test of its own."""
    for item in items:
        if "rare symbols" in item.name:
            item.add_marker(
                pytest.mark.filterwarnings("ignore:.*symbols that were not learnt:UserWarning")
            )


@pytest.fixture(params=CASES)
def case(request):
    """A small case of each family."""
    return CASES[request.param]


@pytest.fixture(params=NETWORKS)
def network_case(request):
    """Each family with each of its networks."""
    return NETWORKS[request.param]
