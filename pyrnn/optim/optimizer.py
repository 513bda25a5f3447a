"""What every optimizer shares: the parameters, the loop over them, the state a resume needs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from pyrnn.kernels import arrays as xp
from pyrnn.optim.bounds import count, number


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


class Optimizer:
    """Base of the optimizers. A subclass names its options, flags and slots and writes `_update`.

    Args:
        parameters: the parameters, or pairs (name, parameter) as `Module.named_parameters` yields
            them; the names then stand in error messages. A parameter that is given twice (tied
            weights) is updated once.
        lr: learning rate, finite and >= 0. It is an attribute: schedules assign to it.
        weight_decay: finite and >= 0.
        check_finite: look at all gradients before a step and raise FloatingPointError, with every
            parameter left as it was, if one holds nan or infinity. It costs one pass over the
            gradients; switch it off where `clip_grad_norm`, which checks too, comes before.

    Raises:
        ValueError: no parameters, or an option outside its range.
        TypeError: something among ``parameters`` has no ``data``, ``grad`` and ``writing``.
    """

    options: tuple[str, ...] = ()  # numbers that `state_dict` keeps and `load_state_dict` restores
    flags: tuple[str, ...] = ()  # what decides the formula: on load they must agree

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float,
        weight_decay: float = 0.0,
        check_finite: bool = True,
    ) -> None:
        self.parameters: list[Trainable] = []
        self._names: list[str] = []
        for entry in entries(parameters):
            name, parameter = entry if isinstance(entry, tuple) else ("", entry)
            self._add(name, parameter)
        if not self.parameters:
            raise ValueError(
                "parameters: expected at least one; got none (a generator can be read only once)"
            )
        self.lr = lr
        self.weight_decay = number("weight_decay", weight_decay)
        self.check_finite = bool(check_finite)
        self._steps = [0] * len(self.parameters)
        self._slots: list[Slots] = [{} for _ in self.parameters]

    def _add(self, name: str, parameter: Any) -> None:
        position = len(self.parameters)
        if not all(hasattr(parameter, known) for known in ("data", "grad", "writing")):
            raise TypeError(
                f"parameters: expected Parameter objects or (name, Parameter) pairs; "
                f"got {type(parameter).__name__} at position {position}"
            )
        if not any(parameter is known for known in self.parameters):
            self.parameters.append(parameter)
            self._names.append(f"parameter {position}" + (f" ({name})" if name else ""))

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        return self._lr

    @lr.setter
    def lr(self, value: float) -> None:
        self._lr = number("lr", value)

    def slot_names(self) -> tuple[str, ...]:
        """Names of the arrays kept for each parameter, in PyTorch's words."""
        return ()

    def _update(self, data: Any, grad: Any, slots: Slots, step: int, ids: Any | None) -> None:
        """Update ``data`` and ``slots`` in place; ``step`` counts from 1; ids: see `Gradient`."""
        raise NotImplementedError

    def step(self) -> None:
        """Update every parameter that has a gradient; the others keep their values and state.

        Raises:
            ValueError: a gradient's shape or dtype is not its parameter's.
            FloatingPointError: a gradient holds nan or infinity (see ``check_finite``).
        """
        gradients = [gradient_of(parameter) for parameter in self.parameters]
        self._check(gradients)
        live = [(index, grad) for index, grad in enumerate(gradients) if grad is not None]
        slots = [self._slots_of(index) for index, _ in live]  # all memory, then the first change
        for (index, grad), own in zip(live, slots, strict=True):
            parameter = self.parameters[index]
            self._steps[index] += 1
            with parameter.writing() as data:
                self._update(data, grad.values, own, self._steps[index], grad.ids)

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

    def _slots_of(self, index: int) -> Slots:
        slots, data = self._slots[index], self.parameters[index].data
        for name in self.slot_names():
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
        parameter has been updated.
        """
        state = {name: xp.asarray(float(getattr(self, name))) for name in ("lr", *self.options)}
        state |= {name: xp.asarray(bool(getattr(self, name))) for name in self.flags}
        state["steps"] = xp.asarray(self._steps, dtype=xp.int64)
        for index, slots in enumerate(self._slots):
            if self._steps[index]:
                state |= {f"{name}.{index}": array.copy() for name, array in slots.items()}
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned: the next steps are the same, bit for bit.

        Raises:
            ValueError, TypeError: an entry is missing or unknown, a flag differs, a number is none
                or not finite, or a slot does not fit its parameter. Nothing has been changed then.
        """
        self._check_entries(state)
        # all numbers before any is taken over: they may come out of a damaged file
        values = {n: number(n, state[n], low=-math.inf) for n in ("lr", *self.options)}
        steps = [count("steps", step) for step in xp.asarray(state["steps"]).reshape(-1)]
        if len(steps) != len(self.parameters):
            raise ValueError(
                f"state: expected {len(self.parameters)} parameters; got {len(steps)} in 'steps'"
            )
        slots = [self._slots_in(state, i) if steps[i] else {} for i in range(len(steps))]
        expected = {"lr", "steps", *self.options, *self.flags}
        expected |= {f"{name}.{i}" for i, known in enumerate(slots) for name in known}
        unknown = sorted(set(state) - expected)
        if unknown:
            raise ValueError(f"state: expected that of {type(self).__name__}; got also {unknown}")
        for name, value in values.items():
            setattr(self, name, value)
        self._steps, self._slots = steps, slots

    def _check_entries(self, state: Mapping[str, Any]) -> None:
        if not isinstance(state, Mapping):
            raise TypeError(
                f"state: expected a mapping such as state_dict() gives; got {type(state).__name__}"
            )
        missing = [n for n in ("lr", "steps", *self.options, *self.flags) if n not in state]
        if missing:
            raise ValueError(f"state: expected that of {type(self).__name__}; {missing} missing")
        for name in self.flags:
            if bool(state[name]) != bool(getattr(self, name)):
                raise ValueError(
                    f"state: expected {name}={bool(getattr(self, name))} as in this "
                    f"{type(self).__name__}; got {name}={bool(state[name])}"
                )

    def _slots_in(self, state: Mapping[str, Any], index: int) -> Slots:
        slots, data = {}, self.parameters[index].data
        for name in self.slot_names():
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
        return f"{type(self).__name__}({counts}; {settings})"


def finite(array: Any) -> bool:
    """Whether every element is finite: one pass over the array, two only when in doubt."""
    with xp.errstate(over="ignore", invalid="ignore"):
        # squares of float64 may overflow although every element is finite
        return math.isfinite(xp.square_norm(array)) or bool(xp.isfinite(array).all())


def entries(parameters: Any) -> Iterator[Any]:
    """The parameters one by one; TypeError for a module itself and for all that is no iterable."""
    try:
        return iter(parameters)
    except TypeError:
        raise TypeError(
            f"parameters: expected an iterable of parameters, such as module.parameters(); "
            f"got {type(parameters).__name__}"
        ) from None
