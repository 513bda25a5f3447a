"""Any sessions of a pool step together, and none sees another."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import pyrnn
from pyrnn import nn
from pyrnn.kernels import native

from .cases import LAYERS, inputs_of, layer, networks, numbers
from .test_stream import DTYPES, same


def test_any_subset_has_the_bits_of_single_streams(isa: str) -> None:
    check_subsets(networks()["numbers"], sessions=40, steps=30)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LAYERS)
def test_subsets_of_every_cell(name: str, dtype: str) -> None:
    check_subsets([layer(name, dtype=dtype)], sessions=9, steps=12, dtype=dtype)


@pytest.mark.parametrize("name", networks())
def test_subsets_of_whole_networks(name: str) -> None:
    check_subsets(networks()[name], sessions=9, steps=12)


def test_subsets_on_two_threads() -> None:
    with native.schedule(team=2):
        check_subsets(networks()["numbers"], sessions=200, steps=4)
        check_subsets(networks()["tagger"], sessions=30, steps=4)


def check_subsets(layers: list[Any], sessions: int, steps: int, dtype: str = "float32") -> None:
    """Sessions of a pool, some at each step, a stream of its own beside each."""
    draw = random.Random(sessions)
    pool = pyrnn.StreamPool(layers)
    streams = {pool.open(): pyrnn.Stream(pool) for _ in range(sessions)}
    for step in range(steps):
        ids = draw.sample(sorted(streams), draw.randint(1, sessions))
        if step % 3 == 0:
            ids.sort()  # side by side
        x = inputs_of(layers, step, len(ids), dtype=dtype)
        y = pool.step(ids, x)
        assert same(y, np.stack([streams[k].step(row) for k, row in zip(ids, x, strict=True)]))
    for session, stream in streams.items():
        state, wanted = pool.state(session), stream.state
        assert all(same(state[name], wanted[name]) for name in wanted)


def test_opening_and_closing() -> None:
    pool = pyrnn.StreamPool(layer("gru"))
    x = numbers(0, 1, 5)
    first = [pool.open() for _ in range(5)]
    fresh = pool.step([first[2]], x)
    pool.step([first[2]], x)
    pool.close(first[2])
    assert pool.ids.tolist() == first[:2] + first[3:]
    assert len(pool) == 4
    assert first[2] not in pool
    later = [pool.open() for _ in range(3)]
    assert not set(later) & set(first)
    assert same(pool.step([later[0]], x), fresh)  # from zeros, where another has been
    assert len(pool) == 7
    assert first[0] in pool


def test_ids_are_never_given_again() -> None:
    pool = pyrnn.StreamPool(layer("rnn_tanh"))
    draw, seen, open_ = random.Random(0), set(), []
    for _ in range(2000):
        if open_ and draw.random() < 0.5:
            pool.close(open_.pop(draw.randrange(len(open_))))
        else:
            session = pool.open()
            assert session not in seen
            seen.add(session)
            open_.append(session)
    assert sorted(pool.ids.tolist()) == sorted(open_)


def test_reset_and_state_are_one_sessions() -> None:
    pool = pyrnn.StreamPool(layer("lstm"))
    ann, bob = pool.open(), pool.open()
    x = numbers(1, 4, 2, 5)
    y = pool.step([ann, bob], x[0])
    kept = pool.state(bob)
    pool.reset(ann)
    assert not any(array.any() for array in pool.state(ann).values())
    assert all(same(pool.state(bob)[name], kept[name]) for name in kept)
    assert same(pool.step([ann], x[0, :1]), y[:1])
    pool.set_state(ann, kept)
    rows = np.stack([x[1, 1], x[1, 1]])
    both = pool.step([ann, bob], rows)
    assert same(both[0], both[1])
    assert same(pool.run(ann, x[2]), pool.run(bob, x[2]))


def test_a_stream_and_a_pool_share_weights() -> None:
    stream = pyrnn.Stream(networks()["tokens"])
    pool = pyrnn.StreamPool(stream)
    session = pool.open()
    pool.set_state(session, stream.state)
    assert same(pool.step([session], [4])[0], stream.step(4))


def test_none_at_all() -> None:
    pool = pyrnn.StreamPool([nn.LSTM(3, 4, rng=0), nn.Linear(4, 2, rng=1)])
    assert pool.ids.tolist() == []
    assert pool.step([], np.zeros((0, 3), "float32")).shape == (0, 2)


def test_memory_grows_by_doubling_and_then_stays() -> None:
    pool = pyrnn.StreamPool(layer("lstm"))
    ids = [pool.open() for _ in range(1000)]
    blocks = native.fresh_blocks()
    pool.step(ids, numbers(2, 1000, 5))
    used = native.used_memory()
    for session in ids[:500]:
        pool.close(session)
    ids = ids[500:] + [pool.open() for _ in range(500)]
    pool.step(ids, numbers(3, 1000, 5))
    assert native.used_memory() == used
    assert native.fresh_blocks() - blocks < 20


def test_a_pool_that_finds_no_memory_is_as_it_was() -> None:
    pool = pyrnn.StreamPool(layer("lstm"))
    ids = [pool.open() for _ in range(4)]
    x = numbers(4, 4, 5)
    before = [pool.state(session) for session in ids]
    for n in (1, 2, 3):
        with native.failing_allocation(n, forever=True) as failed:
            with pytest.raises(MemoryError):
                pool.open()
            assert failed() > 0
        with native.failing_allocation(n, forever=True), pytest.raises(MemoryError):
            pool.step(ids, x)
        for session, state in zip(ids, before, strict=True):
            assert all(same(pool.state(session)[name], state[name]) for name in state)
    assert len(pool) == 4
    assert pool.open() == 4
    pool.step(ids, x)
