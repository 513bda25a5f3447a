"""Results of single steps as Markdown."""

from __future__ import annotations

from benchmarks.markdown import Row, lines_of_table, page, ratio
from benchmarks.streams.comparison import OURS, groups, microseconds


def streams(content: Row) -> str:
    """A table for one session and one for many: microseconds, and the ratios."""
    tables = []
    for title, rows, rivals in groups(content["rows"]):
        lines = [
            [
                row["cell"],
                str(row["H"]),
                microseconds(row["seconds"][OURS]["median"]),
                *(ratio(row, rival) for rival in rivals),
            ]
            for row in rows
        ]
        table = lines_of_table(["cell", "H", "pyrnn µs", *rivals], lines)
        tables.append(f"#### {title.capitalize()}\n\n{table}")
    explanation = (
        "A layer of H units on H numbers, float32: microseconds a step from Python, then how many "
        "times as long the others take (medians). One session: `pyrnn.Stream`; ONNX Runtime with "
        "the states going in and out as arrays, and bound where they are, without copies; torch's "
        "cells. Many: `pyrnn.StreamPool`; a `Stream` for each, one after the other; ONNX Runtime "
        "on the batch, with the states gathered before and put back."
    )
    return page("One step at a time", explanation, "\n\n".join(tables), content)
