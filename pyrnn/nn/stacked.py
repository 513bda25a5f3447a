"""What recurrent layers and cells share: the weights of one stack, packed for the kernels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.kernels import native
from pyrnn.kernels.stack import Stack
from pyrnn.nn import checks, initializers
from pyrnn.nn.module import Module
from pyrnn.nn.parameter import Parameter
from pyrnn.nn.skeleton import check_limit, new_parameter

States = tuple[Tensor | None, Tensor | None]  # h and c; None for zeros, or where there is no c
MOST_WEIGHTS = 1 << 20  # about a gigabyte, were they all empty
_version = attrgetter("version")


class Stacked(Module):
    """A module whose parameters are the weights of one `Stack`.

    Args:
        stack: cell, sizes, layers and directions.
        suffix: what to strip from the stack's weight names.
        dtype: float32 or float64.
        rng: a generator.
        init: see `initializers.recurrent`.
    """

    def __init__(self, stack: Stack, suffix: str, dtype: Any, rng: Any, init: str) -> None:
        self.stack = stack
        dtype = checks.float_dtype(dtype)
        draw = initializers.recurrent(stack, init, rng, dtype)
        check_limit(stack.size)  # of a billion layers not even the names are made
        if stack.weight_count >= MOST_WEIGHTS:
            raise MemoryError(
                f"num_layers: expected fewer than {MOST_WEIGHTS:,} weights in all, as each takes "
                f"memory beside its numbers; got {stack.weight_count:,}"
            )
        self._weight_names = [name.removesuffix(suffix) for name in stack.weight_names()]
        self._weights_in = attrgetter(*self._weight_names)
        for weight, name in zip(stack.weights(), self._weight_names, strict=True):
            setattr(self, name, new_parameter(weight.shape, dtype, partial(draw, weight)))
        self._packed: tuple[tuple[int, ...], Any] | None = None

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Parameter: ...  # weight_ih_l0 and the others

    @property
    def input_size(self) -> int:
        """I, the width of x."""
        return self.stack.input_size

    @property
    def hidden_size(self) -> int:
        """H, the number of units."""
        return self.stack.hidden_size

    @property
    def bias(self) -> bool:
        """Whether there are biases."""
        return self.stack.bias

    @property
    def dtype(self) -> Any:
        """float32 or float64: that of the parameters, of x, of the states and of y."""
        return self.weights()[0].dtype

    def weights(self) -> tuple[Parameter, ...]:
        """The parameters in the order of `Stack.weight_names`."""
        found: tuple[Parameter, ...] = self._weights_in(self)
        return found

    def run(
        self,
        parts: Sequence[Tensor],
        states: States,
        lengths: Any = None,
        *,
        weights: Sequence[Tensor] | None = None,
        **options: Any,
    ) -> tuple[Tensor | None, Tensor, Tensor | None, Tensor | None]:
        """One call of the kernel: parts of x, (T, B, I_k) each -> y (T, B, D P), h_n (L D, B, P),
        c_n (L D, B, H) and cells (T, B, D H).

        weights: those of this call, where they are not the parameters. options: those of
        `functional.recurrent`.
        """
        if weights is None:
            weights = parameters = self.weights()
            packed = self._pack(parameters)
        else:
            packed = native.pack(self.stack, [weight.data for weight in weights])
        h0, c0 = states
        return functional.recurrent(
            self.stack,
            packed,
            parts if len(parts) > 1 else parts[0],  # which have been checked to be parts
            weights,
            h0,
            c0,
            lengths,
            **options,
        )

    def _pack(self, weights: Sequence[Parameter]) -> Any:
        """The weights in the kernels' layout: packed again only where a version has changed."""
        versions = tuple(map(_version, weights))
        packed = self._packed  # read once: another thread may be packing too
        if packed is None or packed[0] != versions:
            arrays = [parameter.data for parameter in weights]
            self._packed = packed = versions, native.pack(self.stack, arrays)
        return packed[1]

    def _states(
        self, state: Any, rows: tuple[int, ...], axes: tuple[str, ...], dtype: Any
    ) -> States:
        """h0 (*rows, P) and c0 (*rows, H) out of a ``state`` argument, or the error that it earns.

        axes: what messages call the rows, as ("L*D", "B"). dtype: that of the layer.
        """
        if state is None:
            return None, None
        stack, kind = self.stack, type(self).__name__
        several = isinstance(state, (tuple, list))
        if not stack.has_cell_state:
            if several:
                raise TypeError(
                    f"state: expected one array {_in_letters(*axes, 'H')}, since {kind} has no c; "
                    f"got a {type(state).__name__} of {len(state)}"
                )
            return _state("state", state, dtype, (*rows, stack.hidden_size), axes, "H"), None
        if not several or len(state) != 2:
            got = f"a {type(state).__name__}" + (f" of {len(state)}" if several else "")
            raise TypeError(f"state: expected the pair (h, c) for {kind}; got {got}")
        h, c = state
        output = "P" if stack.proj_size else "H"
        return (
            _state("h in state", h, dtype, (*rows, stack.output_size), axes, output),
            _state("c in state", c, dtype, (*rows, stack.hidden_size), axes, "H"),
        )

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_packed": None}  # a cache: copies and pickles make their own


def _state(
    name: str, value: Any, dtype: Any, shape: tuple[int, ...], axes: tuple[str, ...], width: str
) -> Tensor | None:
    """A state of this dtype and shape. width: what messages call its last axis."""
    if value is None or (
        isinstance(value, Tensor) and value.shape == shape and value.dtype == dtype
    ):
        return value  # which is most frequent: what the step before gave
    tensor = checks.floats(name, value, dtype)
    if tensor.shape != shape:
        letters = _in_letters(*axes, width)
        raise ValueError(f"{name}: expected shape {letters} = {shape}; got {tensor.shape}")
    return tensor


def _in_letters(*axes: str) -> str:
    """(B, H), (H,)."""
    return f"({', '.join(axes)}{',' * (len(axes) == 1)})"
