"""What families share whose data are inputs and targets, one for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from pyrnn.data import hold_out
from pyrnn.files.content import Content
from pyrnn.models.model import Model
from pyrnn.models.pairs import Pairs
from pyrnn.models.rows import rows_of


class Supervised(Model):
    """A model of pairs: `fit(inputs, targets)`.

    A family names both and says which columns of a table they are; it may check an input, and draw
    what is held out by strata.
    """

    inputs: ClassVar[str] = "inputs"
    targets: ClassVar[str] = "targets"

    def check_input(self, value: Any, name: str) -> None:
        """Raise TypeError or ValueError for what is no input; name: what to call it."""

    def columns_of(self, columns: Any) -> tuple[str, str]:
        """The columns of inputs and of targets, out of Columns: its first two settings."""
        first, second = list(type(columns).declared())[:2]
        return getattr(columns, first), getattr(columns, second)

    def strata(self, data: Pairs) -> Sequence[Any] | None:
        """The class of each pair, whose shares are to be the same in both parts; None for none."""
        return None

    def read(self, *data: Any) -> Pairs:
        """Inputs and targets, as many of one as of the other."""
        if len(data) != 2:
            raise TypeError(
                f"data: expected {self.inputs} and {self.targets}; got {len(data)} of them"
            )
        inputs, targets = data
        self._check_inputs(self.inputs, inputs)
        if isinstance(targets, str | bytes) or not hasattr(targets, "__len__"):
            raise TypeError(
                f"{self.targets}: expected a list, one for each of {self.inputs}; got "
                f"{type(targets).__name__}"
            )
        if len(inputs) != len(targets):
            raise ValueError(
                f"{self.targets}: expected {len(inputs)}, one for each of {self.inputs}; got "
                f"{len(targets)}"
            )
        if not len(inputs):
            raise ValueError(f"{self.inputs}: expected at least one; got none")
        return Pairs(inputs, targets)

    def hold_out(self, data: Pairs, share: float, seed: int) -> tuple[Pairs, Pairs]:
        """A share drawn at random, of each stratum where there are strata."""
        train, held = hold_out(len(data.inputs), share, seed, self.strata(data))
        return data.some(train), data.some(held)

    def unlabelled(self, inputs: Sequence[Any]) -> Pairs:
        """Inputs without targets."""
        self._check_inputs("inputs", inputs)
        return Pairs(inputs)

    def _check_inputs(self, name: str, inputs: Any) -> None:
        if isinstance(inputs, str | bytes) or not hasattr(inputs, "__len__"):
            raise TypeError(f"{name}: expected a list of inputs; got {type(inputs).__name__}")
        for place, value in enumerate(inputs):
            self.check_input(value, f"{name}[{place}]")

    def read_file(self, file: Content, columns: Any) -> tuple[list[Any], list[Any]]:
        """Inputs and targets out of the columns of a table."""
        names = self.columns_of(columns)
        rows = rows_of(file, names)
        return tuple([row.values[name] for row in rows] for name in names)  # type: ignore[return-value]

    def read_inputs(self, file: Content, columns: Any) -> list[Any]:
        """Inputs out of a column of a table; of a plain file its lines."""
        name, _ = self.columns_of(columns)
        return [row.values[name] for row in rows_of(file, [name], lines=True)]
