"""The same task for several cells, trained side by side: the `pyrnn compare` command.

size.py         the hidden size that gives a cell as many parameters as another one
contestant.py   one cell's model, with its own time
curve.py        its losses, in a few points
contest.py      all of them, trained in turns
report.py       what came out: a table's rows, JSON
picture.py      its curves
display.py      a contest on the terminal
"""

from __future__ import annotations

from pyrnn.comparison.contest import Contest
from pyrnn.comparison.contestant import Contestant, Stopwatch
from pyrnn.comparison.report import Report, Standing
from pyrnn.comparison.size import of_equal_size, parameter_count

__all__ = [
    "Contest",
    "Contestant",
    "Report",
    "Standing",
    "Stopwatch",
    "of_equal_size",
    "parameter_count",
]
