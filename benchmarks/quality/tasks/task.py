"""A task: its data, what runs on them, and where they must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.agreement import DisagreementError

SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Effort:
    """How much is done.

    seeds: of the models that are tested. quick: only to see that all works: one epoch each, and
    whatever data there are.
    """

    seeds: Sequence[int] = SEEDS
    quick: bool = False


@dataclass(frozen=True)
class Task:
    """A task.

    name: of its command and its result. title: of its section. files: of the data folder; a folder
    among them ends in /. counts: what the data hold. about: what is learnt from what, how the
    settings are chosen, what the test is.
    run: (data folder, effort) -> what is kept, see result.py; "data" of it is to be as counts.
    """

    name: str
    title: str
    files: tuple[str, ...]
    counts: Mapping[str, int]
    about: str
    run: Callable[[Path, Effort], dict[str, Any]]

    def missing(self, folder: Path) -> Path | None:
        """The first of its files that is not there."""
        return next((folder / name for name in self.files if not (folder / name).exists()), None)

    def measure(self, folder: Path, effort: Effort) -> dict[str, Any]:
        """What is kept. Raises DisagreementError where the data are others than the known ones,
        unless it is only to be seen that all works.
        """
        found = {"title": self.title, "about": self.about, **self.run(folder, effort)}
        if not effort.quick and found["data"] != self.counts:
            raise DisagreementError(
                f"{self.name}: expected data with {dict(self.counts)}; got {found['data']}"
            )
        return found
