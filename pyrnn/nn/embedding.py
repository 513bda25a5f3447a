"""Rows of a table, one for each token."""

from __future__ import annotations

from typing import Any

from pyrnn import functional
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import integer
from pyrnn.nn import checks, initializers
from pyrnn.nn.module import Module
from pyrnn.nn.parameter import Parameter


class Embedding(Module):
    """y = weight[ids].

    Args:
        num_embeddings, embedding_dim: rows and columns of the table, V and E.
        padding_idx: a row, counted from the end if negative, that starts at zero and gets no
            gradient; None for no such row.
        dtype: float32 or float64.
        rng: generator or integer seed for the initial values; None takes fresh entropy.

    Parameters:
        weight: (V, E), standard normal as in PyTorch.

    Call: ``y = embedding(ids)``, integers ids (...) -> y (..., E). The rows are looked up only when
    something reads them; a recurrent layer takes the ids and the table themselves, which is faster.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        dtype: Any = xp.float32,
        rng: initializers.Rng = None,
    ) -> None:
        self.num_embeddings = checks.size("num_embeddings", num_embeddings)
        self.embedding_dim = checks.size("embedding_dim", embedding_dim)
        self.padding_idx = self._row(padding_idx)
        shape = (self.num_embeddings, self.embedding_dim)
        checks.room("num_embeddings, embedding_dim", *shape)
        dtype = checks.float_dtype(dtype)
        values = initializers.normal(shape, 1.0, initializers.generator(rng), dtype)
        if self.padding_idx is not None:
            values[self.padding_idx] = 0
        self.weight = Parameter(values)

    def _row(self, padding_idx: int | None) -> int | None:
        if padding_idx is None:
            return None
        row = integer("padding_idx", padding_idx)
        rows = self.num_embeddings
        if not -rows <= row < rows:
            raise ValueError(f"padding_idx: expected a row from {-rows} to {rows - 1}; got {row}")
        return row % rows

    def forward(self, ids: Any) -> functional.LookupTensor:
        """ids (...) -> (..., E). TypeError, and IndexError when looked up: see `functional`."""
        return functional.embedding(ids, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"

    def shape_repr(self) -> str:
        return f"ids (...) -> (..., {self.embedding_dim})"
