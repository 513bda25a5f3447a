"""What the kernels keep of freed memory: how well it serves, how much it is, how to change that.

`pyrnn_check memory` tries the pool itself; here it is seen from Python, under layers that train.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import numpy as np
import pytest

import pyrnn
from pyrnn import functional as F
from pyrnn import nn
from pyrnn.kernels import native

from ..interpreter import fresh_python

MIB = 1 << 20


@pytest.fixture(autouse=True)
def limit() -> Iterator[int]:
    """The limit as it is at first, and nothing kept before the test."""
    before = native.get_cache_limit()
    native.empty_cache()
    yield before
    native.set_cache_limit(before)


def use(size: int) -> None:
    """A call whose result takes `size` bytes, and is freed at once."""
    native.tanh(np.zeros(size // 4, np.float32))


def fresh(sizes: list[int]) -> int:
    before = native.fresh_blocks()
    for size in sizes:
        use(size)
    return native.fresh_blocks() - before


def test_the_limit_at_first(limit: int) -> None:
    assert limit == 1 << 30
    assert native.build_config()["cache_limit"] == limit


def test_what_is_freed_serves_smaller_needs_but_not_tiny_ones() -> None:
    assert fresh([MIB]) == 1
    assert fresh([MIB, MIB - 5000, 600_000, 300_000]) == 0
    assert fresh([1000]) == 1


def test_steps_of_changing_length_settle_soon() -> None:
    """Random lengths: what ten steps took from the system serves nearly all later ones."""
    rng = np.random.default_rng(0)
    embedding, lstm = nn.Embedding(50, 16, rng=0), nn.LSTM(16, 32, rng=1)
    drop = nn.Dropout(0.5, rng=2)
    counts = []
    for _ in range(60):
        lengths = rng.integers(1, 80, 16)
        ids = rng.integers(0, 50, (lengths.max(), 16))
        before = native.fresh_blocks()
        y, _ = lstm(drop(embedding(ids)), lengths=lengths)
        y.sum().backward()
        counts.append(native.fresh_blocks() - before)
    assert counts[0] > 10
    assert sum(counts[10:]) <= 10
    assert native.idle_memory() < 16 * MIB


def test_in_use_and_idle() -> None:
    used = native.used_memory()
    y = native.tanh(np.zeros(MIB // 4, np.float32))
    assert native.idle_memory() == 0
    assert MIB <= native.used_memory() - used < 1.13 * MIB
    taken = native.used_memory() - used
    del y
    assert native.used_memory() == used
    assert native.idle_memory() == taken
    pyrnn.empty_cache()
    assert native.idle_memory() == 0


def test_a_limit_of_ones_own() -> None:
    pyrnn.set_cache_limit(3 * MIB)
    assert pyrnn.get_cache_limit() == native.build_config()["cache_limit"] == 3 * MIB
    for size in (MIB, 300_000, 2 * MIB, 40_000, 5 * MIB):
        use(size)
        assert native.idle_memory() <= 3 * MIB
    assert fresh([2 * MIB]) == 0  # the youngest have stayed
    pyrnn.set_cache_limit(0)
    assert native.idle_memory() == 0
    assert fresh([MIB, MIB]) == 2


@pytest.mark.parametrize(
    ("size", "error"),
    [
        (-1, ValueError),
        (1 << 63, ValueError),
        (0.5, TypeError),
        ("1", TypeError),
        (True, TypeError),
    ],
)
def test_limits_that_are_none(size: object, error: type[Exception]) -> None:
    before = native.get_cache_limit()
    with pytest.raises(error, match="size: expected"):
        pyrnn.set_cache_limit(size)  # type: ignore[arg-type]
    assert native.get_cache_limit() == before


def test_results_do_not_depend_on_it() -> None:
    lstm = nn.LSTM(5, 8, rng=0)
    x = np.random.default_rng(0).standard_normal((7, 3, 5)).astype(np.float32)

    def gradients() -> list[np.ndarray]:
        lstm.zero_grad()
        y, _ = lstm(x)
        F.mse_loss(y, np.ones(y.shape, np.float32), reduction="sum").backward()
        return [y.numpy().copy(), *(p.grad.copy() for p in lstm.parameters())]

    want = gradients()
    for size in (0, 100, 5000):
        pyrnn.set_cache_limit(size)
        for one, other in zip(gradients(), want, strict=True):
            np.testing.assert_array_equal(one, other)


SHORT = """
import resource
import numpy as np
from pyrnn.kernels import native

x = np.zeros((48 << 20) // 4, np.float32)
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + (80 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
native.tanh(x[: x.size // 5])  # too small to serve what follows
y = native.tanh(x[: x.size // 5]), native.tanh(x[: x.size // 5]), native.tanh(x[: x.size // 5])
del y
idle = native.idle_memory()
assert idle > 20 << 20, idle
y = native.tanh(x)  # beside what is idle there is no room
assert native.idle_memory() == 0
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc and RLIMIT_AS")
@pytest.mark.skipif(
    "libasan" in os.environ.get("LD_PRELOAD", ""), reason="the sanitizer keeps what is freed"
)
def test_where_memory_ends_what_is_kept_goes_first() -> None:
    done = fresh_python("-c", SHORT)
    assert done.returncode == 0, done.stdout + done.stderr
