"""What families share whose data are inputs and targets, one for one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from pyrnn.data import hold_out
from pyrnn.data.readers import Row
from pyrnn.files.checkpoint import WRONG, in_short
from pyrnn.files.content import Content
from pyrnn.files.strict_json import shortened
from pyrnn.models.evaluation import check_list
from pyrnn.models.model import Model
from pyrnn.models.pairs import PairBatches, Pairs
from pyrnn.models.rows import rows_of
from pyrnn.training import Loop


class Supervised(Model):
    """A model of pairs: `fit(inputs, targets)`.

    A family names both, says which columns of a table they are, and writes

        sequence, encoded   an input, targets -> arrays
        check_input, check_target   what is none
        input_of, target_of   what a cell of a table stands for, where it is not its text
        strata           what is held out evenly

    beside what every family does: build, loss, decode.
    """

    inputs: ClassVar[str] = "inputs"
    targets: ClassVar[str] = "targets"

    def check_input(self, value: Any, name: str) -> None:
        """Raise TypeError or ValueError for what is no input; name: what to call it."""

    def check_target(self, value: Any, name: str) -> None:
        """Raise TypeError or ValueError for what is no target; name: what to call it."""

    def check_targets(
        self, targets: Sequence[Any], data: str, lines: Sequence[int] | None = None
    ) -> None:
        """Each of them by itself; a family may compare them.

        data: what to call them. lines: where each stands in a file of that name.
        """
        for row, value in enumerate(targets):
            place = f"{self.targets}[{row}]" if lines is None else f"{data}: line {lines[row]}"
            self.check_target(value, place)

    @abstractmethod
    def sequence(self, value: Any) -> np.ndarray:
        """An input as the network reads it, (N, ...)."""

    @abstractmethod
    def encoded(self, targets: Sequence[Any]) -> np.ndarray:
        """Targets as the loss reads them, (N, ...)."""

    def input_of(self, cell: Any) -> Any:
        """The input that a cell of a table, or a line, stands for. Raises ValueError for none."""
        return cell

    def target_of(self, cell: Any) -> Any:
        """The target that a cell of a table stands for. Raises ValueError for none."""
        return cell

    def columns_of(self, columns: Any) -> tuple[str, str]:
        """The columns of inputs and of targets, out of Columns: its first two settings."""
        first, second = list(type(columns).declared())[:2]
        return getattr(columns, first), getattr(columns, second)

    def strata(self, data: Pairs) -> Sequence[Any] | None:
        """The class of each pair, whose shares are to be the same in both parts; None for none."""
        return None

    def training(self, *data: Any, **arguments: Any) -> Loop:
        """See `Model.training`; the data may be given by their names, too."""
        return super().training(*self._by_place(data, arguments), **arguments)

    def _by_place(self, data: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """Data with those that stand among named arguments, which are taken from there."""
        names = (self.inputs, self.targets)[len(data) :]
        return (*data, *(named.pop(name) for name in names if name in named))

    def read(self, *data: Any, **named: Any) -> Pairs:
        """Inputs and targets, as many of one as of the other; they may be given by their names."""
        data = self._by_place(data, named)
        if named:
            raise TypeError(
                f"data: expected {self.inputs} and {self.targets}; got {next(iter(named))}"
            )
        if len(data) != 2:
            raise TypeError(
                f"data: expected {self.inputs} and {self.targets}; got {len(data)} of them"
            )
        inputs, targets = data
        self._check_inputs(self.inputs, inputs)
        check_list(self.targets, targets, f"a list, one for each of {self.inputs}")
        if len(inputs) != len(targets):
            raise ValueError(
                f"{self.targets}: expected {len(inputs)}, one for each of {self.inputs}; got "
                f"{len(targets)}"
            )
        if not len(inputs):
            raise ValueError(f"{self.inputs}: expected at least one; got none")
        self.check_targets(targets, "the data")
        return Pairs(inputs, targets)

    def hold_out(self, data: Pairs, share: float, seed: int) -> tuple[Pairs, Pairs]:
        """A share drawn at random, of each stratum where there are strata."""
        if len(data.inputs) < 2:
            raise ValueError(
                f"{self.inputs}: expected at least two, of which one can be held out; got one"
            )
        train, held = hold_out(len(data.inputs), share, seed, self.strata(data))
        return data.some(train), data.some(held)

    def unlabelled(self, inputs: Sequence[Any]) -> Pairs:
        """Inputs without targets."""
        self._check_inputs("inputs", inputs)
        return Pairs(inputs)

    def _check_inputs(self, name: str, inputs: Any) -> None:
        check_list(name, inputs, "a list of inputs")
        for place, value in enumerate(inputs):
            self.check_input(value, f"{name}[{place}]")

    def batches(self, data: Pairs, options: Any, *, train: bool, **how: Any) -> PairBatches:
        """The pairs in batches by length; how: see `PairBatches`."""
        sequences = [self.sequence(value) for value in data.inputs]
        targets = None if data.targets is None else self.encoded(data.targets)
        how = {"seed": options.seed, "shuffle": train, **how}
        return PairBatches(sequences, targets, options.batch_size, **how)

    def read_file(self, file: Content, columns: Any) -> tuple[list[Any], list[Any]]:
        """Inputs and targets out of the columns of a table."""
        first, second = self.columns_of(columns)
        rows = rows_of(file, (first, second))
        inputs = [self._input(row, first, file) for row in rows]
        targets = [_read(self.target_of, row, second, file) for row in rows]
        try:
            self.check_targets(targets, file.name, [row.line for row in rows])
        except TypeError as error:
            raise ValueError(str(error)) from error
        return inputs, targets

    def read_inputs(self, file: Content, columns: Any) -> list[Any]:
        """Inputs out of a column of a table; of a plain file its lines."""
        name, _ = self.columns_of(columns)
        return [self._input(row, name, file) for row in rows_of(file, [name], lines=True)]

    def _input(self, row: Row, column: str, file: Content) -> Any:
        value = _read(self.input_of, row, column, file)
        try:
            self.check_input(value, _place(row, column, file))
        except TypeError as error:
            raise ValueError(str(error)) from error
        return value


def _place(row: Row, column: str, file: Content) -> str:
    return f"{file.name}: line {row.line}, column {shortened(column)}"


def _read(read: Callable[[Any], Any], row: Row, column: str, file: Content) -> Any:
    """What a cell of a table stands for. Raises ValueError, naming its place."""
    try:
        return read(row.values[column])
    except WRONG as error:
        raise ValueError(f"{_place(row, column, file)}: {in_short(error)}") from error
