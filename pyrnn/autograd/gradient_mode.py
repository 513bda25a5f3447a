"""Whether operations record what a backward pass needs; each thread has its own answer."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar, overload

AnyCallable = TypeVar("AnyCallable", bound=Callable[..., Any])


class _Mode(threading.local):
    enabled = True


_mode = _Mode()


def is_grad_enabled() -> bool:
    """Whether operations on tensors that require a gradient are recorded in this thread."""
    return _mode.enabled


class _GradientMode:
    """Sets the mode for a ``with`` block or for the calls of a function, then restores it."""

    enabled: bool

    @overload
    def __new__(cls) -> Self: ...
    @overload
    def __new__(cls, function: AnyCallable) -> AnyCallable: ...  # type: ignore[misc]
    def __new__(cls, function: Any = None) -> Any:
        """A block or decorator; of a function, the function decorated: ``@no_grad``."""
        mode = super().__new__(cls)
        if function is None:
            return mode
        mode.__init__()  # type: ignore[misc]  # Python calls it for what has this class only
        return mode(function)

    def __init__(self) -> None:
        self._outer: list[bool] = []  # a list: the same object may be entered again inside itself

    def __enter__(self) -> None:
        self._outer.append(_mode.enabled)
        _mode.enabled = self.enabled

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _mode.enabled = self._outer.pop()

    def __call__(self, function: AnyCallable) -> AnyCallable:
        """Use as a decorator: ``@no_grad`` or ``@no_grad()``. TypeError for what is no function,
        and for a generator or coroutine, whose body runs only after the decorated call has
        returned."""
        import inspect  # here: it costs milliseconds to load

        if not callable(function):
            raise TypeError(f"function: expected a function; got {type(function).__name__}")
        late = {
            "generator function": inspect.isgeneratorfunction(function),
            "coroutine function": inspect.iscoroutinefunction(function),
            "asynchronous generator function": inspect.isasyncgenfunction(function),
        }
        for kind in (kind for kind, found in late.items() if found):
            raise TypeError(
                f"function: expected a plain function; got the {kind} "
                f"{function.__qualname__}: use `with {type(self).__name__}():` inside it"
            )

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with type(self)():  # a new one for each call: threads may share the function
                return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]


class no_grad(_GradientMode):
    """Record nothing: results require no gradient and nothing is kept for a backward pass.

    A block, or a decorator with or without brackets; it holds for the thread that entered it.

    >>> import pyrnn.autograd as ag
    >>> x = ag.Tensor([1.0, 2.0], requires_grad=True)
    >>> with ag.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    enabled = False


class enable_grad(_GradientMode):
    """Record again, inside a ``no_grad`` block."""

    enabled = True
