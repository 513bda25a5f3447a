"""The word models' results as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]


def perplexities(content: Row) -> list[list[str]]:
    """One line for each corpus and softmax."""
    lines = []
    for corpus, found in content["corpora"].items():
        for row in found["rows"]:
            p = row["perplexity"]
            line = [corpus, row["softmax"], f"{row['weights']:,}", f"{row['steps']:,}"]
            lines.append([*line, f"{p['validation']:.1f}", f"{p['test']:.1f}"])
    return lines


def quotients(content: Row) -> str:
    """How the adaptive softmax's perplexities compare, in a sentence."""
    parts = [
        f"{corpus}: {found['adaptive_to_full']['validation']:.3f} (validation), "
        f"{found['adaptive_to_full']['test']:.3f} (test)"
        for corpus, found in content["corpora"].items()
        if found["adaptive_to_full"]
    ]
    return f"The adaptive softmax's perplexity divided by the full one's. {'; '.join(parts)}."


def speeds(content: Row) -> list[list[str]]:
    """One line for each corpus and number of threads."""
    lines = []
    for row in content["rows"]:
        rates, ratio = row["tokens_per_second"], row["ratio"]
        line = [row["corpus"], str(row["threads"]), f"{row['V']:,}", str(row["H"])]
        line += [f"{rates[name]['median']:,.0f}" for name in ("full", "adaptive")]
        spread = f"({ratio['minimum']:.2f} to {ratio['maximum']:.2f})"
        lines.append([*line, f"{ratio['median']:.2f} {spread}"])
    return lines
