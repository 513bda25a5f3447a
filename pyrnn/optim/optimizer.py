"""What every optimizer shares: the parameters, the loop over them, the state a resume needs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, NamedTuple, Protocol

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import integer, real
from pyrnn.optim.groups import Group, GroupView, entries, grouped


class Trainable(Protocol):
    """What an optimizer knows of a parameter.

    ``data`` is its array and ``grad`` the gradient or None; ``writing`` gives a block in which the
    array may be updated in place. At its end the parameter knows that its values have changed, so
    that copies packed for the kernels are packed anew. A table may have ``row_grad`` besides: the
    same gradient, or, where only some rows were read, an object with ``shape``, ``dtype``, the
    rows' ``ids`` (N,), distinct and rising, and their ``values`` (N, E). Rows give exactly what the
    whole gradient would.
    """

    grad: Any

    @property
    def data(self) -> Any: ...

    def writing(self) -> AbstractContextManager[Any]: ...


Slots = dict[str, Any]  # slot name -> array of its parameter's shape


class Gradient(NamedTuple):
    """A parameter's gradient, all of it or some rows."""

    values: Any  # an array of shape, or (N, E), which changes in place
    ids: Any | None  # (N,) the rows that the values are; None for all
    shape: tuple[int, ...]  # the whole's
    dtype: Any


def gradient_of(parameter: Trainable) -> Gradient | None:
    """The gradient of a parameter, or None where there is none."""
    by_rows = hasattr(type(parameter), "row_grad")
    gradient: Any = parameter.row_grad if by_rows else parameter.grad  # type: ignore[attr-defined]
    if gradient is None:
        return None
    values, ids = (gradient.values, gradient.ids) if hasattr(gradient, "ids") else (gradient, None)
    return Gradient(values, ids, gradient.shape, gradient.dtype)


Rates = dict[str, float]  # "lr" and the options that hold for a parameter in this step


class Optimizer:
    """Base of the optimizers. A subclass names its options, flags and slots and writes `_update`.

    Args:
        parameters: the parameters, or pairs (name, parameter) as `Module.named_parameters` yields
            them; the names then stand in error messages. A parameter that is given twice (tied
            weights) is updated once. Or groups, as in PyTorch: dictionaries of such parameters
            under "params" and of options of their own, "lr" among them; what a group leaves out is
            the optimizer's. A parameter stands in one group only.
        lr: learning rate, finite and >= 0. It is an attribute: schedules assign to it, and the
            rates of groups follow in proportion.
        check_finite: look at all gradients before a step and raise FloatingPointError, with every
            parameter left as it was, if one holds nan or infinity. It costs one pass over the
            gradients; switch it off where `clip_grad_norm`, which checks too, comes before.
        options: the numbers that the subclass names, weight_decay (>= 0) among them.

    Raises:
        ValueError: no parameters, one in two groups, or an option outside its range.
        TypeError: something among ``parameters`` has no ``data``, ``grad`` and ``writing``.

    >>> from pyrnn import nn, optim
    >>> model = nn.Sequential(nn.Embedding(9, 4, rng=0), nn.Linear(4, 2, rng=1))
    >>> optimizer = optim.Adam([
    ...     {"params": model[0].parameters(), "lr": 1e-4},
    ...     {"params": model[1].parameters(), "weight_decay": 0.1},
    ... ], lr=1e-3)
    >>> optimizer.lr = 1e-2  # ten times as much, everywhere
    >>> [group["lr"] for group in optimizer.param_groups]
    [0.001, 0.01]
    """

    # numbers that `state_dict` keeps and `load_state_dict` restores, and the bounds of each
    options: ClassVar[Mapping[str, Mapping[str, float]]] = {}
    flags: tuple[str, ...] = ()  # what decides the formula: on load they must agree

    def __init__(
        self, parameters: Iterable[Any], lr: float, check_finite: bool = True, **options: Any
    ) -> None:
        self.parameters: list[Trainable] = []
        self._names: list[str] = []
        self._groups: list[Group] = []
        self.lr = lr
        self._first_lr = self._lr  # by which the rates of groups are in proportion
        for name, value in self._read(options).items():
            setattr(self, name, value)
        for group in grouped(parameters):
            self._add_group(group)
        if not self.parameters:
            raise ValueError(
                "parameters: expected at least one; got none (a generator can be read only once)"
            )
        self.check_finite = bool(check_finite)
        self._steps = [0] * len(self.parameters)
        self._slots: list[Slots] = [{} for _ in self.parameters]

    def _add_group(self, group: dict[str, Any]) -> None:
        own = self._read({name: value for name, value in group.items() if name != "params"})
        _check_proportion("lr", self._lr, own)
        given, places = group["params"], []
        known = {id(parameter): place for place, parameter in enumerate(self.parameters)}
        for entry in [given] if hasattr(given, "writing") else entries(given):
            name, parameter = entry if isinstance(entry, tuple) else ("", entry)
            place = known.setdefault(id(parameter), len(self.parameters))
            if place == len(self.parameters):
                self._add(name, parameter)
                places.append(place)
            elif place not in places:
                raise ValueError(
                    f"parameters: expected each in one group only; got {self._names[place]} in two"
                )
        if not places and self._groups:
            raise ValueError("parameters: expected at least one in each group; got an empty one")
        self._groups.append(Group(places, own))

    def _add(self, name: str, parameter: Any) -> None:
        position = len(self.parameters)
        if not all(hasattr(parameter, known) for known in ("data", "grad", "writing")):
            raise TypeError(
                f"parameters: expected Parameter objects or (name, Parameter) pairs; "
                f"got {type(parameter).__name__} at position {position}"
            )
        self.parameters.append(parameter)
        self._names.append(f"parameter {position}" + (f" ({name})" if name else ""))

    def _read(self, options: Mapping[str, Any]) -> Rates:
        """Options as numbers within their bounds; TypeError and ValueError name the option."""
        unknown = [name for name in options if name != "lr" and name not in self.options]
        if unknown:
            raise ValueError(
                f"parameters: expected lr, {', '.join(self.options)} as options of a group; "
                f"got {unknown[0]!r}"
            )
        return {
            name: real(name, value, **self.options.get(name, {"least": 0}))
            for name, value in options.items()
        }

    def _rates(self, group: Group) -> Rates:
        """The learning rate and the options of a group's next step."""
        rates = {name: getattr(self, name) for name in self.options} | group.own
        if "lr" not in group.own:
            rates["lr"] = self._lr
        elif self._lr != self._first_lr and rates["lr"]:
            rates["lr"] *= self._lr / self._first_lr
        return rates

    @property
    def param_groups(self) -> list[GroupView]:
        """The groups, to read: "params", "lr" and the options, as they are now."""
        return [
            GroupView({"params": [self.parameters[k] for k in group.places], **self._rates(group)})
            for group in self._groups
        ]

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        return self._lr

    @lr.setter
    def lr(self, value: float) -> None:
        self._lr = real("lr", value, least=0)

    def slot_names(self, rates: Rates) -> tuple[str, ...]:
        """Names of the arrays kept for each parameter with these options, in PyTorch's words."""
        return ()

    def _update(self, data: Any, gradient: Gradient, slots: Slots, step: int, rates: Rates) -> None:
        """Update ``data`` and ``slots`` in place; ``step`` counts from 1."""
        raise NotImplementedError

    def step(self) -> None:
        """Update every parameter that has a gradient; the others keep their values and state.

        Raises:
            ValueError: a gradient's shape or dtype is not its parameter's.
            FloatingPointError: a gradient holds nan or infinity (see ``check_finite``).
        """
        gradients = [gradient_of(parameter) for parameter in self.parameters]
        self._check(gradients)
        work = []
        for group in self._groups:
            rates = self._rates(group)
            names = self.slot_names(rates)
            for place in group.places:
                if (gradient := gradients[place]) is not None:
                    work.append((place, gradient, self._slots_of(place, names), rates))
        # all memory is there: now the first change
        for place, gradient, slots, rates in work:
            self._steps[place] += 1
            with self.parameters[place].writing() as data:
                self._update(data, gradient, slots, self._steps[place], rates)

    def _check(self, gradients: list[Gradient | None]) -> None:
        for name, parameter, grad in zip(self._names, self.parameters, gradients, strict=True):
            if grad is None:
                continue
            data = parameter.data
            if grad.shape != data.shape or grad.dtype != data.dtype:
                raise ValueError(
                    f"gradient of {name}: expected {data.dtype} {data.shape} as the parameter; "
                    f"got {grad.dtype} {grad.shape}"
                )
            if self.check_finite and not finite(grad.values):
                raise FloatingPointError(
                    f"gradient of {name}: expected finite numbers; got nan or infinity in an array "
                    f"of shape {data.shape}; no parameter has been changed (lr is {self.lr:g}: "
                    f"lower it, or clip gradients)"
                )

    def _slots_of(self, index: int, names: tuple[str, ...]) -> Slots:
        slots, data = self._slots[index], self.parameters[index].data
        for name in names:
            if name not in slots:
                slots[name] = xp.zeros_like(data)
        return slots

    def zero_grad(self) -> None:
        """Drop every gradient (``grad`` becomes None)."""
        for parameter in self.parameters:
            parameter.grad = None

    def state_dict(self) -> dict[str, Any]:
        """Everything a resume needs, as a flat dictionary of new arrays (ready for safetensors).

        ``steps`` int64 (number of parameters,) counts each parameter's updates; options and flags
        are arrays without dimensions; ``<slot>.<i>`` is the slot of parameter i, there once that
        parameter has been updated. Where there are groups, ``groups.<i>.<option>`` are the options
        of their own and ``groups.lr`` is the optimizer's rate to which theirs belong.
        """
        state = {name: xp.asarray(float(value)) for name, value in self._numbers().items()}
        state |= {name: xp.asarray(bool(getattr(self, name))) for name in self.flags}
        state["steps"] = xp.asarray(self._steps, dtype=xp.int64)
        for index, slots in enumerate(self._slots):
            if self._steps[index]:
                state |= {f"{name}.{index}": array.copy() for name, array in slots.items()}
        return state

    def _numbers(self) -> Rates:
        """{entry of the state dict: number}."""
        numbers = {name: getattr(self, name) for name in ("lr", *self.options)}
        for i, group in enumerate(self._groups):
            numbers |= {f"groups.{i}.{name}": value for name, value in group.own.items()}
        if any("lr" in group.own for group in self._groups):
            numbers["groups.lr"] = self._first_lr
        return numbers

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned: the next steps are the same, bit for bit.

        Raises:
            ValueError, TypeError: an entry is missing or unknown, a flag differs, a number is none
                or outside its bounds, or a slot does not fit its parameter. Nothing has been
                changed then.
        """
        self._check_entries(state)
        # all numbers before any is taken over: they may come out of a damaged file
        numbers = {}
        for name in self._numbers():
            bounds = self.options.get(name.rpartition(".")[2], {"least": 0})
            numbers[name] = real(name, state[name], **bounds)
        steps = [integer("steps", step, least=0) for step in xp.asarray(state["steps"]).reshape(-1)]
        if len(steps) != len(self.parameters):
            raise ValueError(
                f"state: expected {len(self.parameters)} parameters; got {len(steps)} in 'steps'"
            )
        groups = [
            Group(group.places, {name: numbers[f"groups.{i}.{name}"] for name in group.own})
            for i, group in enumerate(self._groups)
        ]
        first_lr = numbers.get("groups.lr", self._first_lr)
        slots: list[Slots] = [{} for _ in steps]
        for group in groups:
            _check_proportion("groups.lr", first_lr, group.own)
            options = {name: numbers[name] for name in self.options} | group.own
            for place in group.places:
                if steps[place]:
                    slots[place] = self._slots_in(state, place, self.slot_names(options))
        self._refuse_unknown(state, slots)
        for name in ("lr", *self.options):
            setattr(self, name, numbers[name])
        self._first_lr = first_lr
        self._groups, self._steps, self._slots = groups, steps, slots

    def _refuse_unknown(self, state: Mapping[str, Any], slots: list[Slots]) -> None:
        expected = {"steps", *self._numbers(), *self.flags}
        expected |= {f"{name}.{i}" for i, known in enumerate(slots) for name in known}
        unknown = sorted(set(state) - expected)
        if unknown:
            raise ValueError(f"state: expected that of {type(self).__name__}; got also {unknown}")

    def _check_entries(self, state: Mapping[str, Any]) -> None:
        if not isinstance(state, Mapping):
            raise TypeError(
                f"state: expected a mapping such as state_dict() gives; got {type(state).__name__}"
            )
        missing = [n for n in (*self._numbers(), "steps", *self.flags) if n not in state]
        if missing:
            raise ValueError(f"state: expected that of {type(self).__name__}; {missing} missing")
        for name in self.flags:
            if bool(state[name]) != bool(getattr(self, name)):
                raise ValueError(
                    f"state: expected {name}={bool(getattr(self, name))} as in this "
                    f"{type(self).__name__}; got {name}={bool(state[name])}"
                )

    def _slots_in(self, state: Mapping[str, Any], index: int, names: tuple[str, ...]) -> Slots:
        slots, data = {}, self.parameters[index].data
        for name in names:
            array = state.get(f"{name}.{index}")
            if array is None:
                raise ValueError(f"state: {name}.{index} of {self._names[index]} is missing")
            if array.shape != data.shape or array.dtype != data.dtype:
                raise ValueError(
                    f"state: expected {name}.{index} to be {data.dtype} {data.shape} as "
                    f"{self._names[index]}; got {array.dtype} {array.shape}"
                )
            slots[name] = xp.array(array, order="C")
        return slots

    def __repr__(self) -> str:
        names = ("lr", *self.options, *self.flags)
        settings = ", ".join(f"{name}={getattr(self, name)}" for name in names)
        size = sum(parameter.data.size for parameter in self.parameters)
        counts = f"{len(self.parameters)} parameters, {size:,} numbers"
        groups = f" in {len(self._groups)} groups" if len(self._groups) > 1 else ""
        return f"{type(self).__name__}({counts}{groups}; {settings})"


def _check_proportion(name: str, lr: float, own: Rates) -> None:
    """ValueError if a group has a rate that is in no proportion to the optimizer's, which is 0."""
    if own.get("lr") and not lr:
        raise ValueError(
            f"{name}: expected more than 0 for the optimizer where a group has a rate of its own; "
            f"got 0 and {own['lr']:g}"
        )


def finite(array: Any) -> bool:
    """Whether every element is finite: one pass over the array, two only when in doubt."""
    with xp.errstate(over="ignore", invalid="ignore"):
        # squares of float64 may overflow although every element is finite
        return math.isfinite(xp.square_norm(array)) or bool(xp.isfinite(array).all())
