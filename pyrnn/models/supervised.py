"""What families share whose data are inputs and targets, one for one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from pyrnn.data import Packed, hold_out
from pyrnn.data.readers import Row
from pyrnn.files.checkpoint import WRONG, in_short
from pyrnn.files.content import Content
from pyrnn.files.strict_json import shortened
from pyrnn.models.by_position import by_position
from pyrnn.models.evaluation import check_list
from pyrnn.models.examples import ExampleBatches, Examples, packed
from pyrnn.models.model import Model
from pyrnn.models.rows import rows_of
from pyrnn.training import Loop


class Supervised(Model):
    """A model of pairs: `fit(inputs, targets)`.

    A family names both, says which columns of a table they are, and writes

        sequence, encoded   an input, targets -> arrays
        check_input, check_target   what is none
        input_of, target_of   what a cell of a table stands for, where it is not its text
        strata           what is held out evenly
        check_static     what may stand beside a sequence

    beside what every family does: build, loss, decode.
    """

    inputs: ClassVar[str] = "inputs"
    targets: ClassVar[str] = "targets"
    besides: ClassVar[tuple[str, str]] = ("static", "groups")  # what data may have beside them
    Batches: ClassVar[type[ExampleBatches]] = ExampleBatches

    def check_input(self, value: Any, name: str) -> None:
        """Raise TypeError or ValueError for what is no input; name: what to call it."""

    def check_target(self, value: Any, name: str) -> None:
        """Raise TypeError or ValueError for what is no target; name: what to call it."""

    def check_targets(
        self, targets: Sequence[Any], data: str, places: Sequence[str] | None = None
    ) -> None:
        """Each of them by itself; a family may compare them.

        data: what to call them. places: where each stands in a file.
        """
        for row, value in enumerate(targets):
            place = f"{self.targets}[{row}]" if places is None else places[row]
            self.check_target(value, place)

    @abstractmethod
    def sequence(self, value: Any) -> np.ndarray:
        """An input as the network reads it, (N, ...)."""

    @abstractmethod
    def encoded(self, targets: Sequence[Any]) -> np.ndarray | Packed:
        """Targets as the loss reads them, (N, ...), or (N_k, ...) for each."""

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

    def check_static(self, rows: Any) -> Any:
        """Static features (N, S), as `Examples` has them. Raises TypeError where there are none."""
        raise TypeError(f"static: expected none, which a {self.title} has no use for; got some")

    def strata(self, data: Examples) -> Sequence[Any] | None:
        """The class of each example, whose shares are to be the same in both parts; or None."""
        return None

    def training(self, *data: Any, **arguments: Any) -> Loop:
        """See `Model.training`; the data may be given by their names, too, and as Examples."""
        if isinstance(valid := arguments.get("valid"), Examples):
            arguments["valid"] = (valid,)
        return super().training(*self._by_place(data, arguments), **arguments)

    def for_data(self, *data: Any, **named: Any) -> Self:
        """See `Model.for_data`; the data may be given by their names, too."""
        data = self._by_place(data, named)
        if named:
            raise TypeError(self._wanted(next(iter(named))))
        return super().for_data(*data)

    def _by_place(self, data: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """Data with those that stand among named arguments, which are taken from there."""
        names = [name for name in (self.inputs, self.targets, *self.besides) if name in named]
        if not names:
            return data
        places = (self.inputs, self.targets, *self.besides)[len(data) :]
        twice = next((name for name in names if name not in places), None)
        if twice is not None:
            raise TypeError(f"{twice}: expected it once; got it by its place, too")
        last = max(map(places.index, names))
        return (*data, *(named.pop(name, None) for name in places[: last + 1]))

    def _wanted(self, got: str) -> str:
        beside = " and ".join(self.besides)
        return (
            f"data: expected {self.inputs} and {self.targets}, and {beside} where there are some; "
            f"got {got}"
        )

    def read(self, *data: Any, **named: Any) -> Examples:
        """Inputs and targets, as many of one as of the other; they may be given by their names.

        Beside them there may be static features (N, S), and groups (N,) which are held out whole;
        one argument that is an Examples has all of them.
        """
        data = self._by_place(data, named)
        if named:
            raise TypeError(self._wanted(next(iter(named))))
        if len(data) == 1 and isinstance(data[0], Examples):
            one = data[0]
            data = (one.inputs, one.targets, one.static, one.groups)
            names, places = one.names, one.places
        else:
            names = places = None
        if any(isinstance(part, Examples) for part in data):
            raise TypeError(self._wanted("an Examples beside others, which it holds itself"))
        if not 2 <= len(data) <= 4 or data[0] is None or data[1] is None:
            raise TypeError(self._wanted(f"{sum(part is not None for part in data)} of them"))
        inputs, targets, static, groups = (*data, None, None)[:4]
        inputs = self._checked(self.inputs, inputs)
        targets = self._beside(self.targets, targets, inputs)
        if not len(inputs):
            raise ValueError(f"{self.inputs}: expected at least one; got none")
        self.check_targets(targets, "the data", places)
        if groups is not None:
            groups = self._beside("groups", groups, inputs)
            if isinstance(groups, np.ndarray):
                groups = groups.tolist()
        return Examples(inputs, targets, self._static(static, inputs), groups, names, places)

    def _static(self, static: Any, inputs: Sequence[Any]) -> Any:
        if static is None:
            self.check_no_static()
            return None
        return self.check_static(self._beside(self.besides[0], static, inputs))

    def check_no_static(self) -> None:
        """Raise ValueError where a built model needs static features."""

    def _beside(self, name: str, values: Any, inputs: Sequence[Any]) -> Any:
        """As many as there are inputs, by position."""
        values = by_position(values, name)
        if isinstance(values, np.ma.MaskedArray):
            raise ValueError(f"{name}: expected values without a mask; got a masked array")
        check_list(name, values, f"a list, one for each of {self.inputs}")
        if len(values) != len(inputs):
            raise ValueError(
                f"{name}: expected {len(inputs)}, one for each of {self.inputs}; got {len(values)}"
            )
        return values

    def check_parted(self, train: Examples, held: Examples) -> None:
        """No group stands in both parts."""
        if train.groups is None:
            return
        if held.groups is None:
            raise ValueError(
                "groups: expected them in the validation data, too, or a share of the data to be "
                "held out; got validation data without (on the command line --split-by is for "
                "--valid SHARE)"
            )
        known = set(train.groups)
        both = next((group for group in held.groups if group in known), None)
        if both is not None:
            raise ValueError(
                f"groups: expected others in the validation data; got {both!r:.80} in both"
            )

    def hold_out(self, data: Examples, share: float, seed: int) -> tuple[Examples, Examples]:
        """A share drawn at random, of each stratum where there are strata."""
        if len(data.inputs) < 2:
            raise ValueError(
                f"{self.inputs}: expected at least two, of which one can be held out; got one"
            )
        count, strata = len(data.inputs), self.strata(data)
        train, held = hold_out(count, share, seed, strata, groups=data.groups)
        return data.some(train), data.some(held)

    def unlabelled(self, inputs: Sequence[Any], static: Any = None) -> Examples:
        """Inputs without targets, and their static features where they have some."""
        places = None
        if isinstance(inputs, Examples):
            static = inputs.static if static is None else static
            places = inputs.places
            inputs = inputs.inputs
        inputs = self._checked("inputs", inputs)
        return Examples(inputs, None, self._static(static, inputs), places=places)

    def _checked(self, name: str, inputs: Any) -> Sequence[Any]:
        if hasattr(inputs, "columns"):
            raise TypeError(
                f"{name}: expected a list of inputs; got a table, {type(inputs).__name__}: "
                "model.examples(table, ...) reads it"
            )
        inputs = by_position(inputs, name)
        check_list(name, inputs, "a list of inputs")
        return self.checked_inputs(inputs, name)

    def checked_inputs(self, inputs: Sequence[Any], name: str) -> Sequence[Any]:
        """Inputs as `Examples` has them. Raises as `check_input`, for each of them."""
        for place, value in enumerate(inputs):
            self.check_input(value, f"{name}[{place}]")
        return inputs

    def batches(self, data: Examples, options: Any, *, train: bool, **how: Any) -> ExampleBatches:
        """The examples in batches by length; how: see `ExampleBatches`."""
        targets = None if data.targets is None else self.encoded(data.targets)
        how = {"seed": options.seed, "shuffle": train, **how}
        sequences = self._sequences(data)
        return self.Batches(sequences, targets, options.batch_size, **how)

    def _sequences(self, data: Examples) -> Packed:
        """The same of examples; an error names the one that it is of."""
        try:
            return self.sequences(data.inputs)
        except ValueError as error:
            if not str(error).startswith("inputs: "):
                raise
            words = str(error).removeprefix("inputs")
            raise ValueError(f"{self._place_of(data, str(error))}{words}") from error

    def _place_of(self, data: Examples, words: str) -> str:
        """Where the first input stands that has an error."""
        for k, value in enumerate(data.inputs):
            try:
                self.sequence(value)
            except ValueError as error:
                if str(error) == words:
                    return f"inputs[{k}]" if data.places is None else data.places[k]
        return "inputs"

    def sequences(self, inputs: Sequence[Any]) -> Packed:
        """Inputs as the network reads them, in one store."""
        return packed(map(self.sequence, inputs))

    def read_file(self, file: Content, columns: Any) -> tuple[Any, ...]:
        """Inputs and targets out of the columns of a table."""
        first, second = self.columns_of(columns)
        rows = rows_of(file, (first, second))
        inputs = [self._input_of(row, first, file) for row in rows]
        targets = [_read(self.target_of, row, second, file) for row in rows]
        try:
            self.check_targets(targets, file.name, [f"{file.name}: {row.place}" for row in rows])
        except TypeError as error:
            raise ValueError(str(error)) from error
        return inputs, targets

    def read_inputs(self, file: Content, columns: Any) -> Sequence[Any]:
        """Inputs out of a column of a table; of a plain file its lines."""
        name, _ = self.columns_of(columns)
        return [self._input_of(row, name, file) for row in rows_of(file, [name], lines=True)]

    def _input_of(self, row: Row, column: str, file: Content) -> Any:
        value = _read(self.input_of, row, column, file)
        try:
            self.check_input(value, _place(row, column, file))
        except TypeError as error:
            raise ValueError(str(error)) from error
        return value


def _place(row: Row, column: str, file: Content) -> str:
    return f"{file.name}: {row.place}, column {shortened(column)}"


def _read(read: Callable[[Any], Any], row: Row, column: str, file: Content) -> Any:
    """What a cell of a table stands for. Raises ValueError, naming its place."""
    try:
        return read(row.values[column])
    except WRONG as error:
        raise ValueError(f"{_place(row, column, file)}: {in_short(error)}") from error
