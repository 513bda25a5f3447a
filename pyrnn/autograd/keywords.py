"""Keywords of NumPy's functions and of PyTorch's, at functions over axes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# PyTorch's word -> pyrnn's, which is NumPy's
WORDS = {
    "dim": "axis",
    "dims": "axis",
    "keepdim": "keepdims",
    "start_dim": "start_axis",
    "end_dim": "end_axis",
    "correction": "ddof",
    "unbiased": "ddof (1 for True)",
    "min": "low",
    "max": "high",
}
# What numpy.sum(x), numpy.clip(x, 0, 1) ... pass on to the method of x, and what it must be.
UNUSED: dict[str, tuple[Any, str]] = {
    "dtype": (None, "write x.astype(dtype) before"),
    "out": (None, "tensors are not changed in place"),
    "order": ("C", "elements are in the order of rows"),
}


def numpys_keywords(function: Callable[P, R]) -> Callable[P, R]:
    """A function that NumPy's of the same name may call, and that knows PyTorch's words.

    ``numpy.mean(x)`` calls ``x.mean(axis=None, dtype=None, out=None)``: dtype and out are passed
    over as long as they say nothing. ``dim=`` and the like raise TypeError with the word to use.
    """

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TypeError:
            if kwargs.keys() <= ours:
                raise
        for name in kwargs.keys() - ours:
            _refuse(function.__name__, name, kwargs.pop(name))
        return function(*args, **kwargs)

    code = function.__code__
    ours = frozenset(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    return checked


def _refuse(function: str, name: str, value: Any) -> None:
    if name in WORDS:
        raise TypeError(f"{function}: expected {WORDS[name]}=; got {name}=, PyTorch's word")
    if name not in UNUSED:
        raise TypeError(f"{function}: got an unexpected keyword argument {name!r}")
    nothing, reason = UNUSED[name]
    if value is not nothing and value != nothing:
        raise TypeError(f"{name}: expected {nothing!r}; got {value!r}; {reason}")
