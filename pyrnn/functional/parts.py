"""The parts of a recurrent layer's input, which stand side by side.

x = [x_0, x_1, ...]                    (T, B, I), x_k (T, B, I_k), I = I_0 + I_1 + ...
W x = W_0 x_0 + W_1 x_1 + ...          W_k: the columns of W that meet x_k
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

from pyrnn.autograd import Tensor
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array


def are_parts(x: Any) -> TypeGuard[Sequence[Any]]:
    """Whether x is a list or tuple of parts: not one of numbers in nested lists, or of rows."""
    if isinstance(x, list):
        return len(x) == 0 or any(getattr(part, "ndim", 0) > 1 for part in x)
    return isinstance(x, tuple)


def check_parts(parts: Sequence[Tensor], width: int, letters: str, hint: str = "") -> None:
    """ValueError unless parts agree in all axes but the last, and their widths add up to I.

    letters: what messages call those axes, as "T, B". hint: what messages end with.
    """
    shared = parts[0].shape[:-1]
    for k, part in enumerate(parts):
        if part.shape[:-1] != shared:
            raise ValueError(
                f"x[{k}]: expected {letters} = {', '.join(map(str, shared))}, as in x[0]; "
                f"got shape {part.shape}{hint}"
            )
    widths = [part.shape[-1] for part in parts]
    if sum(widths) != width:
        total = f" = {sum(widths)}" if len(widths) > 1 else ""
        raise ValueError(
            f"x: expected parts whose widths add up to I = {width}; "
            f"got {' + '.join(map(str, widths))}{total}{hint}"
        )


def joined(arrays: Sequence[Array]) -> Array | None:
    """The arrays (T, B, I_k) side by side: (T, B, their sum); None for none."""
    if len(arrays) < 2:
        return arrays[0] if arrays else None
    total = xp.empty(
        (*arrays[0].shape[:2], sum(array.shape[2] for array in arrays)), arrays[0].dtype
    )
    return xp.concatenate(arrays, axis=2, out=total)  # by itself it would keep the arrays' order


def separated(dx: Array | None, widths: Sequence[int]) -> list[Array | None]:
    """The gradients of arrays that were joined: views of dx, or all None."""
    if dx is None or len(widths) == 1:
        return [dx] * len(widths)
    ends = [sum(widths[: k + 1]) for k in range(len(widths))]
    return [dx[:, :, end - width : end] for end, width in zip(ends, widths, strict=True)]
