"""The same task for several models, trained side by side: the `pyrnn compare` command.

size.py         the hidden size that gives a cell as many parameters as another one
encoders.py     the same settings for several encoders
candidate.py    one of the models, with its own time
curve.py        its losses, in a few points
comparison.py   all of them, trained in turns
report.py       what came out: a table's rows, JSON
picture.py      its curves
display.py      a comparison on the terminal
"""

from __future__ import annotations

from pyrnn.comparison.candidate import Candidate, Stopwatch
from pyrnn.comparison.comparison import Comparison
from pyrnn.comparison.encoders import of_encoder
from pyrnn.comparison.report import Report, Result
from pyrnn.comparison.size import of_equal_size, parameter_count

__all__ = [
    "Candidate",
    "Comparison",
    "Report",
    "Result",
    "Stopwatch",
    "of_encoder",
    "of_equal_size",
    "parameter_count",
]
