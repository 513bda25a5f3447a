"""The array operations that kernels may take over: what they promise, whoever computes it."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import pyrnn
from pyrnn.kernels import arrays as xp

DTYPES = [np.float32, np.float64]
RNG = np.random.default_rng(0)


def draw(*shape, dtype=np.float64):
    return RNG.standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((3, 4), (4, 5)),
        ((1, 17), (17, 33)),
        ((0, 4), (4, 5)),
        ((3, 0), (0, 5)),
        ((2, 3, 4), (2, 4, 5)),
        ((2, 1, 3, 4), (6, 4, 5)),
    ],
    ids=str,
)
def test_matmul(a, b, dtype):
    a, b = draw(*a, dtype=dtype), draw(*b, dtype=dtype)
    expected = np.einsum("...mk,...kn->...mn", a.astype(np.float64), b.astype(np.float64))
    bound = 4 * max(1, a.shape[-1]) * np.finfo(dtype).eps  # K roundings of terms of size about 1
    for left in (a, np.asfortranarray(a)):
        product = xp.matmul(left, b)
        assert product.dtype == dtype
        np.testing.assert_allclose(product, expected, rtol=bound, atol=bound)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("contiguous", [True, False])
@pytest.mark.parametrize("sizes", [(3, 4, 5), (0, 4, 5), (3, 0, 5), (17, 33, 70)], ids=str)
def test_affine(sizes, contiguous, dtype):
    N, I, O = sizes
    x, weight, bias = (
        draw(N, I, dtype=dtype),
        draw(O, I, dtype=dtype),
        draw(2 * O, dtype=dtype)[::2],
    )
    if contiguous:
        bias = bias.copy()
    else:
        weight = np.asfortranarray(weight)
    expected = x.astype(np.float64) @ weight.T.astype(np.float64) + bias
    bound = 4 * (I + 1) * np.finfo(dtype).eps  # as above, and the bias
    np.testing.assert_allclose(xp.affine(x, weight, bias), expected, rtol=bound, atol=bound)
    np.testing.assert_allclose(
        xp.affine(x, weight, None), expected - bias, rtol=2 * bound, atol=2 * bound
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (7,), (0, 3), (3, 65)], ids=str)
def test_activations(shape, dtype):
    x = np.asarray(draw(*shape) * 10, dtype)
    exact = x.astype(np.longdouble)
    for function, expected in [
        (xp.tanh, np.tanh(exact)),
        (xp.sigmoid, 1 / (1 + np.exp(-exact))),
        (xp.relu, np.maximum(exact, 0)),
    ]:
        y = np.asarray(function(x))
        assert y.dtype == dtype
        np.testing.assert_allclose(y, expected.astype(dtype), rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
def test_activations_at_the_ends(dtype):
    x = np.array([-np.inf, -1e4, 0.0, 1e4, np.inf, np.nan], dtype)
    np.testing.assert_array_equal(xp.sigmoid(x), [0, 0, 0.5, 1, 1, np.nan])
    np.testing.assert_array_equal(xp.tanh(x), [-1, -1, 0, 1, 1, np.nan])
    np.testing.assert_array_equal(xp.relu(x), [0, 0, 0, 1e4, np.inf, np.nan])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (0, 3), (3, 300)], ids=str)
def test_softmax_cross_entropy(shape, weighted, dtype):
    n, classes = shape
    logits = draw(n, classes, dtype=dtype) * dtype(5)
    targets = RNG.integers(0, classes, n)
    targets[: n // 3] = -1
    class_weights = (RNG.random(classes) + 0.5).astype(dtype) if weighted else None
    kept = logits.copy()
    losses, weights, dlogits = xp.softmax_cross_entropy(logits, targets, class_weights, -1)
    np.testing.assert_array_equal(logits, kept)

    exact = logits.astype(np.float64)
    p = np.exp(exact - exact.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    w = np.where(targets == -1, 0, 1.0 if class_weights is None else class_weights[targets])
    onehot = np.eye(classes)[targets] * (targets != -1)[:, None]
    bound = 64 * np.finfo(dtype).eps
    np.testing.assert_allclose(weights, w, rtol=bound)
    np.testing.assert_allclose(
        losses, -w * np.log(p[np.arange(n), targets]), rtol=bound, atol=bound
    )
    np.testing.assert_allclose(dlogits, w[:, None] * (p - onehot), rtol=bound, atol=bound)
    assert losses.dtype == weights.dtype == dlogits.dtype == dtype

    alone = xp.softmax_cross_entropy(logits, targets, class_weights, -1, gradient=False)
    np.testing.assert_array_equal(alone[0], losses)
    assert alone[2] is None


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("ids", [[], [4], [0, 4, 4, 2, 4], [[1, 1], [1, 0]]], ids=str)
@pytest.mark.parametrize("width", [0, 1, 3, 70_000])
def test_rows(ids, width, dtype):
    ids = np.array(ids, np.int64)
    table = draw(5, width, dtype=dtype)
    rows = xp.gather_rows(table, ids)
    np.testing.assert_array_equal(rows, table[ids])
    values = draw(*ids.shape, width, dtype=dtype)
    expected = np.zeros((5, width), dtype)
    for row, value in zip(ids.reshape(-1), values.reshape(ids.size, width), strict=True):
        expected[row] += value
    result = xp.scatter_add_rows((5, width), ids, values)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, expected)  # the same order, so the same bits


def test_scatter_add_in_many_blocks():
    ids = RNG.integers(0, 3, 500)
    values = draw(500, 1000, dtype=np.float32)
    expected = np.zeros((3, 1000), np.float32)
    for row, value in zip(ids, values, strict=True):
        expected[row] += value
    np.testing.assert_array_equal(xp.scatter_add_rows((3, 1000), ids, values), expected)


@pytest.mark.parametrize("dtype", [*DTYPES, np.float16])
@pytest.mark.parametrize("omitted", [None, 4, 5, 3])
@pytest.mark.parametrize("ids", [[], [4], [0, 4, 4, 2, 4], [4] * 9, [5, 0, 1, 7]], ids=str)
@pytest.mark.parametrize(("count", "width"), [(8, 3), (8, 0), (8, 70), (1 << 40, 33)])
def test_sum_rows(isa, count, width, ids, omitted, dtype):
    ids = np.array(ids, np.int64)
    values = np.asfortranarray(draw(ids.size, width, dtype=dtype))
    sums = {int(k): np.zeros(width, dtype) for k in sorted(set(ids.tolist()) - {omitted})}
    for k, value in zip(ids.tolist(), values, strict=True):
        if k != omitted:
            sums[k] += value
    distinct, rows = xp.sum_rows(count, ids, values, omitted)
    assert distinct.dtype == np.int64
    assert distinct.tolist() == list(sums)
    assert (rows.dtype, rows.shape) == (dtype, (len(sums), width))
    assert rows.tobytes() == np.array(list(sums.values()), dtype).tobytes()  # one order, its bits


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_sums_of_rows_on_any_number_of_threads(threads, num_threads):
    ids, values = RNG.integers(0, 40, 3000), draw(3000, 50, dtype=np.float32)
    num_threads(threads)
    expected = np.zeros((40, 50), np.float32)
    np.add.at(expected, ids, values)
    assert xp.scatter_add_rows((40, 50), ids, values).tobytes() == expected.tobytes()
    assert xp.sum_rows(40, ids, values)[1].tobytes() == expected.tobytes()


@pytest.mark.parametrize("wrong", [-1, 5, -(2**63), 2**63 - 1])
def test_ids_that_are_no_rows(wrong):
    ids, values = np.array([0, wrong]), np.ones((2, 3), np.float32)
    for call in (
        lambda: xp.gather_rows(np.ones((5, 3), np.float32), ids),
        lambda: xp.scatter_add_rows((5, 3), ids, values),
        lambda: xp.sum_rows(5, ids, values),
    ):
        with pytest.raises(IndexError, match=f"ids: expected values from 0 to 4; got {wrong}"):
            call()


def test_add_at():
    out = np.zeros((3, 4))
    xp.add_at(out, (np.array([0, 0, 2]), slice(1, 3)), np.ones((3, 2)))
    np.testing.assert_array_equal(out, [[0, 2, 2, 0], [0, 0, 0, 0], [0, 1, 1, 0]])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "function", [xp.tanh, xp.sigmoid, xp.square_norm], ids=lambda f: f.__name__
)
def test_native_functions_are_the_numpy_forms(isa, function, dtype):
    """What is not contiguous is NumPy's to compute, the same numbers side by side the kernels'."""
    x = draw(37, 130, dtype=dtype)[:, ::2] * dtype(3)
    numpys, natives = function(x), function(x.copy())
    # a function of one number is a few ulp from the other; sums are in float64 in both
    np.testing.assert_allclose(natives, numpys, rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_native_cross_entropy_is_the_numpy_form(isa, weighted, dtype):
    logits = draw(23, 202, dtype=dtype)[:, ::2] * dtype(4)
    targets = RNG.integers(0, 101, 23)
    targets[::5] = -100
    class_weights = (RNG.random(101) + 0.5).astype(dtype) if weighted else None
    numpys = xp.softmax_cross_entropy(logits, targets, class_weights)
    natives = xp.softmax_cross_entropy(logits.copy(), targets, class_weights)
    bound = 64 * np.finfo(dtype).eps  # sums of 101 exponentials in another order
    for found, expected in zip(natives, numpys, strict=True):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=bound, atol=bound)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("contiguous", [True, False], ids=["native", "numpy"])
def test_cross_entropy_scaled_and_in_place(isa, contiguous, dtype):
    plain = draw(9, 130, dtype=dtype) * dtype(4)
    targets = RNG.integers(0, 65, 9)
    targets[3] = -100
    logits = [plain[:, ::2].copy() if contiguous else plain.copy()[:, ::2] for _ in range(2)]
    losses, weights, dlogits = xp.softmax_cross_entropy(logits[0], targets)
    # a power of two: every product with it is exact
    found = xp.softmax_cross_entropy(logits[1], targets, scale=0.125, overwrite=True)
    np.testing.assert_array_equal(found[0], losses)
    np.testing.assert_array_equal(found[1], weights)
    np.testing.assert_array_equal(found[2], dlogits * dtype(0.125))
    assert np.shares_memory(found[2], logits[1])
    np.testing.assert_array_equal(logits[0], plain[:, ::2])
    kept = logits[0].copy()
    alone = xp.softmax_cross_entropy(logits[0], targets, gradient=False, overwrite=True)
    np.testing.assert_array_equal(alone[0], losses)
    np.testing.assert_array_equal(logits[0], kept)  # there is no gradient to take its place


def test_logits_that_are_read_only_are_not_overwritten():
    logits = np.zeros((2, 3))
    logits.flags.writeable = False
    with pytest.raises(ValueError, match="not writeable"):
        xp.softmax_cross_entropy(logits, np.array([0, 1]), overwrite=True)


@pytest.mark.parametrize("dtype", DTYPES)
def test_native_products_are_numpys(isa, dtype):
    a, b = draw(19, 70, dtype=dtype), draw(70, 45, dtype=dtype)
    bound = 4 * 70 * np.finfo(dtype).eps  # K roundings of terms of size about 1
    for left in (a, np.asfortranarray(a), np.repeat(a, 2, axis=1)[:, ::2]):
        for right in (b, np.asfortranarray(b)):
            np.testing.assert_allclose(xp.matmul(left, right), a @ b, rtol=bound, atol=bound)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axis", [-1, 0, 1, 2])
@pytest.mark.parametrize("scale", [1, 300])
def test_softmax(isa, axis, scale, dtype):
    x = scale * draw(3, 4, 35, dtype=dtype)
    x[0, 1, ::3] = -np.inf
    e = np.exp(x.astype(np.longdouble) - x.max(axis=axis, keepdims=True))
    bound = 4 * scale * np.finfo(dtype).eps
    expected = e / e.sum(axis=axis, keepdims=True)
    given = x.copy()
    y = xp.softmax(x, axis)
    np.testing.assert_allclose(y, expected, rtol=bound, atol=bound / 8)
    assert not y[np.isinf(x)].any()
    np.testing.assert_array_equal(xp.softmax(np.asfortranarray(x), axis), y)
    np.testing.assert_array_equal(x, given)


def test_a_softmax_of_nothing_and_of_what_has_none():
    assert xp.softmax(np.zeros((0, 3), np.float32), -1).shape == (0, 3)
    assert xp.softmax(np.zeros((3, 0), np.float32), -1).shape == (3, 0)
    with np.errstate(invalid="ignore"):
        for row in ([np.nan, 1.0], [np.inf, 1.0], [-np.inf, -np.inf]):
            assert np.isnan(xp.softmax(np.array(row), -1)).all()


def test_every_name_that_is_passed_on_is_used():
    """The namespace is what the layers above need: a name that nobody uses goes."""
    root = Path(pyrnn.__file__).parent
    here = root / "kernels" / "arrays.py"
    passed_on = {
        alias.asname
        for node in ast.parse(here.read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname is not None
    }
    used = set()
    for path in root.rglob("*.py"):
        if path == here:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "xp":
                used.add(node.attr)
            elif isinstance(node, ast.ImportFrom) and node.module == "pyrnn.kernels.arrays":
                used |= {alias.name for alias in node.names}
    assert len(passed_on) > 30
    assert sorted(passed_on - used) == []
