"""Rows of a table, one for each token."""

from __future__ import annotations

from typing import Any

from pyrnn import functional
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import integer, real
from pyrnn.nn import checks, initializers
from pyrnn.nn.module import Module
from pyrnn.nn.parameter import Parameter
from pyrnn.nn.skeleton import new_parameter, skeleton


class Embedding(Module):
    """y = weight[ids].

    Args:
        num_embeddings, embedding_dim: rows and columns of the table, V and E.
        padding_idx: a row, counted from the end if negative, that starts at zero and gets no
            gradient; None for no such row.
        std: standard deviation of the initial values, N(0, std²); 0 or more. The default, 1, is
            PyTorch's; a tenth of it often learns faster (five points of a sentiment classifier's
            accuracy in the first epoch).
        dtype: float32 or float64.
        rng: generator or integer seed for the initial values; None takes fresh entropy.

    Parameters:
        weight: (V, E).

    Call: ``y = embedding(ids)``, integers ids (...) -> y (..., E). The rows are looked up only when
    something reads them; a recurrent layer takes the ids and the table themselves, which is faster
    where tokens repeat, also beside other features: ``lstm([embedding(ids), features])``.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        std: float = 1.0,
        dtype: Any = xp.float32,
        rng: initializers.Rng = None,
    ) -> None:
        self.num_embeddings = integer("num_embeddings", num_embeddings, least=1)
        self.embedding_dim = integer("embedding_dim", embedding_dim, least=1)
        self.padding_idx = self._row(padding_idx)
        shape = (self.num_embeddings, self.embedding_dim)
        checks.room("num_embeddings, embedding_dim", *shape)
        dtype, generator = checks.float_dtype(dtype), initializers.generator(rng)
        self.std = real("std", std, least=0)

        def draw() -> Any:
            values = initializers.normal(shape, self.std, generator, dtype)
            if self.padding_idx is not None:
                values[self.padding_idx] = 0
            return values

        self.weight = new_parameter(shape, dtype, draw)

    @classmethod
    def from_pretrained(
        cls, array: Any, freeze: bool = True, padding_idx: int | None = None
    ) -> Embedding:
        """An embedding of vectors that are there already: word vectors, say.

        Args:
            array: (V, E), float32 or float64, which it stays; copied. Nested lists are float32.
            freeze: whether the table keeps its values in training: no gradient is computed.
            padding_idx: see the class; the row keeps the values that it has here.

        Raises:
            ValueError: another shape. TypeError: no floats.

        >>> from pyrnn import nn
        >>> vectors = nn.Embedding.from_pretrained([[0.5, 1.0], [0.25, -1.0]])
        >>> vectors([1, 0]).numpy()
        array([[ 0.25, -1.  ],
               [ 0.5 ,  1.  ]], dtype=float32)
        """
        frozen = checks.switch("freeze", freeze)
        weight = Parameter(array, requires_grad=not frozen)
        if weight.ndim != 2 or 0 in weight.shape:
            raise ValueError(f"array: expected shape (V, E); got {weight.shape}")
        rows, columns = weight.shape
        with skeleton():
            embedding = cls(rows, columns, padding_idx, dtype=weight.dtype)
        embedding.weight = weight
        return embedding

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
