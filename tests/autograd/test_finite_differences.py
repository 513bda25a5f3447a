"""gradcheck finds what is wrong, whichever way it is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.autograd import Function, GradcheckError, Tensor, gradcheck

X = np.array([[0.3, -1.2], [2.0, 0.7]])


def product_with(backward):
    class Product(Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.save(a, b)
            return a * b, a + b

    Product.backward = staticmethod(backward)
    return Product.apply


def right(ctx, dp, ds):
    a, b = ctx.saved
    dp = 0 if dp is None else dp
    ds = 0 if ds is None else ds
    return dp * b + ds, dp * a + ds


def one_element_off(ctx, dp, ds):
    da, db = right(ctx, dp, ds)
    db = db.copy()
    db[1, 0] *= 1.001
    return da, db


def forgets_an_absent_gradient(ctx, dp, ds):
    a, b = ctx.saved
    return (None, None) if dp is None else (dp * b + ds, dp * a + ds) if ds is not None else (a, b)


def wrong_when_alone(ctx, dp, ds):
    da, db = right(ctx, dp, ds)
    return (da, db) if all(ctx.needs_input_grad) else (da, 2 * db)


def destroys_what_it_saved(ctx, dp, ds):
    result = right(ctx, dp, ds)
    ctx.save(ctx.saved[0] * 0, ctx.saved[1])
    return result


def gives_nan(ctx, dp, ds):
    da, db = right(ctx, dp, ds)
    return da * np.nan, db


def test_right():
    assert gradcheck(product_with(right), [X, X.T + 1]) is True


@pytest.mark.parametrize(
    ("backward", "message"),
    [
        (
            one_element_off,
            r"input 1 at \(1, 0\): analytic .*, numeric .* \(atol 1e-06, rtol 0.0001\)",
        ),
        (forgets_an_absent_gradient, r"input 0 at .* from outputs \(0,\) alone"),
        (wrong_when_alone, "input 1 at"),
        (destroys_what_it_saved, "input 1: a second backward pass gave another gradient"),
        (gives_nan, "input 0 at .*: analytic nan"),
    ],
)
def test_wrong(backward, message):
    with pytest.raises(GradcheckError, match=message):
        gradcheck(product_with(backward), [X, X.T + 1])


def test_an_output_cut_off_from_its_input():
    with pytest.raises(GradcheckError, match=r"input 0 at .*: analytic .*, numeric"):
        gradcheck(lambda x: (x * 2, Tensor(x.data * 3)), [X])
    with pytest.raises(GradcheckError, match="outputs: expected one that requires a gradient"):
        gradcheck(lambda x: Tensor(x.data * 3), [X])


def test_a_function_that_is_not_repeatable():
    rng = np.random.default_rng(0)
    with pytest.raises(GradcheckError, match="output 0: expected the same bits in every call"):
        gradcheck(lambda x: x * rng.random(), [X])


def test_a_function_that_changes_its_input():
    def overwrite(x):
        y = x * 2
        x.data[...] = np.round(x.data)
        return y * 0

    with pytest.raises(GradcheckError, match="input 0: changed by the function"):
        gradcheck(overwrite, [X])


def test_inputs():
    ids = np.array([0, 0, 1])
    assert gradcheck(
        lambda x, i, n: (x[i], None, (x * 1, x[0] * 2)), [X.astype(np.float32), ids, None]
    )
    with pytest.raises(ValueError, match="inputs: expected at least one array of a floating dtype"):
        gradcheck(lambda i: i, [ids])


def test_parameters_are_checked_and_restored():
    w = Tensor(X.copy(), requires_grad=True)
    frozen = Tensor(X.copy())
    assert gradcheck(lambda x: (x * w).sum() + frozen.sum(), [X], [w, frozen])
    np.testing.assert_array_equal(w.data, X)
    assert w.requires_grad
    assert not frozen.requires_grad
    with pytest.raises(ValueError, match="parameter 0: expected a leaf of dtype float64; got"):
        gradcheck(lambda x: x, [X], [Tensor([1.0], requires_grad=True)])
