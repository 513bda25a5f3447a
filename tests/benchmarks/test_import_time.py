"""What importing costs: read from -X importtime, in a fresh interpreter."""

from __future__ import annotations

import pytest

from benchmarks import import_time

REPORT = """\
import time: self [us] | cumulative | imported package
import time:       120 |        120 |     numpy._core
import time:      1500 |      80000 |   numpy
import time:       700 |      95000 | pyrnn
"""


def test_cumulative_times_are_found() -> None:
    found = import_time.cumulative(REPORT)
    assert found == {"numpy._core": 0.00012, "numpy": 0.08, "pyrnn": 0.095}


def test_a_round(capsys: pytest.CaptureFixture[str]) -> None:
    result = import_time.measure(1)
    assert isinstance(result["added"]["median"], float)
    assert result["numpy"]["median"] > 0
    assert list(result["process"]) == ["pass", "import numpy", "import pyrnn"]
    import_time.show(result)
    assert "limit: 50 ms added" in capsys.readouterr().out
