"""What there is to say of gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

SPLIT = "no window crosses them (gaps='linear' or 'last' fills them in, 'join' passes over them)"
DONE = {
    "auto": SPLIT,
    "split": SPLIT,
    "linear": "they are filled in on straight lines",
    "last": "they are filled in with the last numbers before",
    "join": "the rows around them follow one another",
}


def of_gaps(
    gaps: Sequence[tuple[int, int]],
    policy: str,
    time: Callable[[int], str],
    line: Callable[[int], str],
) -> str:
    """Gaps in words.

    gaps: the row before each and how many steps are missing; a row with missing numbers and 0.
    time, line: what a row is called.
    """
    steps = [gap for gap in gaps if gap[1]]
    said = []
    if steps:
        row, length = steps[0]
        total = counted(sum(gap[1] for gap in steps), "step")
        first = f"the first, of {length}, after" if len(steps) > 1 else "after"
        said.append(
            f"{counted(len(steps), 'gap')} of {total} between times, {first} {time(row)} "
            f"({line(row)})"
        )
    if rest := len(gaps) - len(steps):
        row = next(gap[0] for gap in gaps if not gap[1])
        first = f"the first in {line(row)}" if rest > 1 else line(row)
        said.append(f"{counted(rest, 'row')} with missing numbers, {first}")
    return f"{' and '.join(said)}: {DONE[policy]}"


def of_holidays(rows: Sequence[int], time: Callable[[int], str], line: Callable[[int], str]) -> str:
    """Holidays in words; rows: those before them."""
    first = "the first after" if len(rows) > 1 else "after"
    return (
        f"{counted(len(rows), 'gap')} of up to a week among business days, {first} {time(rows[0])} "
        f"({line(rows[0])}): taken as holidays, the rows around follow one another (gaps='split' "
        "parts them)"
    )


def counted(number: int, name: str) -> str:
    """1 gap, 2 gaps."""
    return f"{number} {name}{'' if number == 1 else 's'}"
