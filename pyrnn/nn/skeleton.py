"""Modules without memory: parameters that have a shape and a dtype, and no values yet.

A configuration of a hundred bytes may ask for a layer of a terabyte. So a module that a file
describes is made as a skeleton first: nothing is drawn and nothing is allocated, and what is asked
for may be limited to what the file holds. `Module.load_state_dict` compares every shape, then puts
the arrays in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pyrnn.autograd.variable import Variable
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import integer
from pyrnn.nn.parameter import Parameter, Writing

Shape = tuple[int, ...]


class Outline(Parameter):
    """A parameter of a skeleton. It becomes a `Parameter`, the same object, as it gets its values
    by ``assign`` or ``Module.load_state_dict``; until then, whatever reads them raises RuntimeError
    (shape, dtype, size and requires_grad are there).
    """

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        return _values_of(self).shape

    @property
    def dtype(self) -> Any:
        return _values_of(self).dtype

    @property
    def data(self) -> xp.Array:
        raise RuntimeError(
            f"parameter of shape {self.shape}: expected values; it was made in nn.skeleton() and "
            f"has none yet (load_state_dict puts them in)"
        )

    @data.setter
    def data(self, value: Any) -> None:
        raise AttributeError("data: expected no assignment; write parameter.assign(array)")

    _data = data  # what operations read

    def writing(self) -> Writing:
        _ = self.data  # raises
        return super().writing()

    def assign(self, array: Any, name: str = "array") -> None:
        """Take the first values: see `Parameter.assign`."""
        self.become(xp.array(self.check(array, name), order="C"))

    def become(self, values: Any) -> None:
        """A `Parameter` of these values: an array of its own, as ``check`` gave it."""
        self.__class__ = Parameter  # type: ignore[assignment]
        self._data = values.view()  # as Parameter has it: a view that is read-only
        self._data.flags.writeable = False
        with self.writing():
            pass  # the version changes


# What stands in an outline where a parameter has its array: one number, as if there were many.
_values_of: Callable[[Outline], xp.Array] = Variable.__dict__["_data"].__get__


class _Limit:
    """How much a skeleton may still ask for."""

    def __init__(self, elements: int | None) -> None:
        self.elements = elements
        self.left = elements

    def check(self, elements: int) -> None:
        """ValueError where so many are too many."""
        if self.left is not None and elements > self.left:
            raise ValueError(
                f"limit: expected parameters of at most {self.elements:,} numbers in all; got a "
                f"request for {elements:,} where {self.left:,} are left"
            )

    def take(self, elements: int) -> None:
        """Count these. ValueError where they are too many; nothing is counted then."""
        self.check(elements)
        if self.left is not None:
            self.left -= elements


_present: ContextVar[_Limit | None] = ContextVar("skeleton", default=None)


@contextmanager
def skeleton(limit: int | None = None) -> Iterator[None]:
    """Inside the ``with`` block, the layers that are made have parameters without values.

    They take no memory and draw no random numbers. The block acts on its own thread alone; of
    blocks in each other the inner one counts. Parameters that are made of an array, by
    ``nn.Parameter(array)``, are as everywhere.

    Args:
        limit: how many numbers all parameters together may have; None for any. What is tied later
            counts at first, so allow twice what a file holds: this is a bound against absurd sizes.
            The exact comparison is that of `Module.load_state_dict`.

    Raises:
        ValueError: in the block, as soon as a layer asks for more than the limit.

    >>> from pyrnn import nn
    >>> with nn.skeleton(limit=100_000):
    ...     lstm = nn.LSTM(64, 128)
    >>> lstm.weight_hh_l0.shape
    (512, 128)
    >>> lstm.load_state_dict(nn.LSTM(64, 128, rng=0).state_dict())
    Loaded(missing=[], unexpected=[])
    """
    if limit is not None:
        limit = integer("limit", limit, least=0)
    token = _present.set(_Limit(limit))
    try:
        yield
    finally:
        _present.reset(token)


def in_skeleton() -> bool:
    """Whether this is inside `skeleton`: a module that draws values of its own leaves it then."""
    return _present.get() is not None


def check_limit(elements: int) -> None:
    """Raise ValueError where a skeleton's limit does not leave room for so many numbers.

    For a layer of many parameters, before it lists them.
    """
    present = _present.get()
    if present is not None:
        present.check(elements)


def new_parameter(shape: Shape, dtype: Any, draw: Callable[[], Any]) -> Parameter:
    """The parameter of an array that ``draw`` makes; in a skeleton its outline, and nothing drawn.

    shape, dtype: those of the array. MemoryError for an outline of more numbers than any memory can
    hold.
    """
    present = _present.get()
    if present is None:
        return Parameter(draw())
    elements = 1
    for length in shape:
        elements *= length
    present.take(elements)
    try:
        values = xp.broadcast_to(xp.zeros((), dtype), shape)  # one number, read again and again
    except ValueError:
        raise MemoryError(f"shape: expected one that memory can hold; got {shape}") from None
    outline: Any = Parameter(xp.zeros((0,), dtype))
    outline._data = values
    outline.__class__ = Outline
    return outline
