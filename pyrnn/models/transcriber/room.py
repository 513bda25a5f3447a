"""Whether texts have room in their steps: one for each symbol, and one between equal ones."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from pyrnn import functional
from pyrnn.files.strict_json import shortened
from pyrnn.models.examples import Examples
from pyrnn.models.transcriber.symbols import UNKNOWN, Symbols


class Room:
    """The steps that texts need, and those that there are.

    data: with targets. frames: (N,), of each input. together: how many of them make a step.
    possible: bool (N,), whether there is room for a text.
    """

    def __init__(
        self, data: Examples, symbols: Symbols, frames: Sequence[int], together: int
    ) -> None:
        assert data.targets is not None
        self.data, self.symbols, self.together = data, symbols, together
        self.steps = -(-np.asarray(frames, np.int64) // together)  # (N,)
        self.needed = functional.ctc_required([*map(symbols.encode, data.targets)])  # (N,)
        self.possible = np.asarray(self.needed <= self.steps)

    def check(self, named: str, train: bool, skip: bool, *, needed: bool = True) -> None:
        """Warn of texts without room. Raise ValueError for one, unless they may be skipped, in
        training, and where one is needed and no other is left.

        named: what the texts are called.
        """
        lacking = np.flatnonzero(~self.possible).tolist()
        if not lacking:
            return
        if train and not skip:
            words = self._in_words(named, lacking[0])
            raise ValueError(f"{words} (impossible='skip' leaves such out)")
        if needed and len(lacking) == len(self.possible):
            words = self._in_words(named, 0)
            raise ValueError(f"{words}; nor has any other text room in its steps")
        left = "training" if train else "the loss, and count among the errors"
        warnings.warn(
            f"{len(lacking)} of {len(self.possible)} {named} need more steps than their frames "
            f"make: they are left out of {left}",
            stacklevel=3,
        )

    def warn_of_unknown(self, named: str) -> None:
        """Warn of texts with symbols that have no output, whose ln p would be minus infinity."""
        targets = self.data.targets
        assert targets is not None
        unknown = [k for k, one in enumerate(targets) if UNKNOWN in self.symbols.truth(one)]
        if unknown:
            warnings.warn(
                f"{len(unknown)} of {len(targets)} {named} have symbols that were not learnt, such "
                f"as {self._place(named, unknown[0])}: the loss is that of their other symbols, "
                "and these count among the errors",
                stacklevel=3,
            )

    def _place(self, named: str, row: int) -> str:
        return f"{named}[{row}]" if self.data.places is None else self.data.places[row]

    def _in_words(self, named: str, row: int) -> str:
        """What a text needs, and what it has."""
        data, symbols = self.data, self.symbols
        assert data.targets is not None
        frames = f", of {self.together} frames each" if self.together > 1 else ""
        target = data.targets[row]
        count, text = len(symbols.encode(target)), shortened(symbols.said(target), 60)
        return (
            f"{self._place(named, row)}: expected at least {self.needed[row]} steps{frames}, for "
            f"the {count} symbols of {text}: one each, and one between equal ones; got "
            f"{self.steps[row]}"
        )
