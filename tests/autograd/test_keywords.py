"""PyTorch's keywords earn pyrnn's words; NumPy's functions find theirs."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn import functional as F

X = Tensor(np.arange(6.0).reshape(2, 3))

OVER_AXES = ["sum", "mean", "var", "std", "max", "min", "argmax", "argmin", "squeeze", "flip"]


@pytest.mark.parametrize("name", OVER_AXES)
@pytest.mark.parametrize("form", ["method", "function"])
def test_dim_is_axis(name, form):
    call = getattr(X, name) if form == "method" else lambda **words: getattr(F, name)(X, **words)
    with pytest.raises(TypeError, match=f"^{name}: expected axis=; got dim=, PyTorch's word$"):
        call(dim=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: X.sum(0, keepdim=True), "sum: expected keepdims=; got keepdim="),
        (lambda: X.expand_dims(dim=0), "expand_dims: expected axis=; got dim="),
        (lambda: X.flatten(start_dim=1), "flatten: expected start_axis=; got start_dim="),
        (lambda: X.std(0, unbiased=True), r"std: expected ddof \(1 for True\)=; got unbiased="),
        (lambda: X.var(0, correction=1), "var: expected ddof=; got correction="),
        (lambda: X.clip(min=0), "clip: expected low=; got min="),
        (lambda: F.concatenate([X], dim=1), "concatenate: expected axis=; got dim="),
        (lambda: F.stack([X], dim=1), "stack: expected axis=; got dim="),
        (lambda: F.unstack(X, dim=1), "unstack: expected axis=; got dim="),
        (lambda: X.sum(axes=0), "sum: got an unexpected keyword argument 'axes'"),
        (lambda: X.sum(0, False, 1), "positional arguments"),
        (lambda: np.sum(X, dtype="float64"), "dtype: expected None; got 'float64'; write x.astype"),
        (lambda: np.mean(X, out=np.empty(())), "out: expected None; got array"),
        (lambda: np.sum(X, where=X > 0), "sum: got an unexpected keyword argument 'where'"),
    ],
)
def test_words(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_help_shows_the_functions_own_signature():
    import inspect

    assert list(inspect.signature(Tensor.std).parameters) == ["self", "axis", "ddof", "keepdims"]
    assert (F.sum.__name__, F.sum.__doc__[:8]) == ("sum", "The sum ")
