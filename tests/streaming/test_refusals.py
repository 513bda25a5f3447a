"""What streams refuse: the message names the argument, and the sessions are as they were."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pyrnn
from pyrnn import _core, nn

from .cases import layer, networks, numbers

ZEROS = np.zeros(5, np.float32)


@pytest.mark.parametrize(
    ("layers", "error", "message"),
    [
        (
            nn.LSTM(3, 4, bidirectional=True, rng=0),
            ValueError,
            r"bidirectional=False.*has not seen",
        ),
        ([nn.LSTM(3, 4, rng=0), nn.Linear(5, 2, rng=0)], ValueError, r"layers\[1\].*4 numbers.*5"),
        (
            [nn.LSTM(3, 4, rng=0), nn.Linear(4, 2, dtype="float64", rng=0)],
            TypeError,
            r"layers\[1\]: expected dtype float32.*float64",
        ),
        ([nn.GRU(3, 4, rng=0), nn.Embedding(3, 4, rng=0)], ValueError, r"layers\[1\].*stand first"),
        ([nn.Tanh(), nn.GRU(3, 4, rng=0)], ValueError, r"layers\[0\].*weights first"),
        (
            [nn.GRU(3, 4, rng=0), nn.AttentionPool(4, rng=0)],
            TypeError,
            r"layers\[1\].*AttentionPool",
        ),
        ([], ValueError, "at least one layer"),
        ([nn.Dropout(0.5)], ValueError, "at least one layer"),
        (None, TypeError, "layers: expected Embedding.*NoneType"),
        ("lstm", TypeError, "layers: expected.*str"),
        (nn.LSTM, TypeError, "layers: expected"),
    ],
)
def test_layers(layers: Any, error: type[Exception], message: str) -> None:
    for kind in (pyrnn.Stream, pyrnn.StreamPool):
        with pytest.raises(error, match=message):
            kind(layers)


class Own(nn.Module):
    """A module whose `streamed` returns whatever it is told."""

    def __init__(self, given: Any) -> None:
        self.given = given

    def streamed(self) -> Any:
        return self if self.given is Own else self.given


class Property(nn.Module):
    streamed = (3,)


class Plain(nn.Module):
    def __init__(self) -> None:
        self.first, self.second = nn.GRU(3, 4, rng=0), nn.Linear(4, 2, rng=0)


def circle() -> list[Any]:
    layers: list[Any] = [nn.GRU(3, 4, rng=0)]
    layers.append(layers)
    return layers


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (Own(None), r"layers: expected Own.streamed\(\) to return a list of layers; .* NoneType"),
        (Own("gru"), r"Own.streamed\(\) to return a list of layers; it returned str"),
        (Own(3), r"Own.streamed\(\) to return a list of layers; it returned int"),
        (Own(nn.GRU), r"Own.streamed\(\) .* returned the class GRU"),
        (Own(Own), "layers: expected layers that do not contain themselves; got the same Own"),
        (circle(), r"layers\[1\]: expected layers that do not contain themselves; .* list again"),
        (
            [Property()],
            r"layers\[0\]: expected a method Property.streamed; got an attribute, tuple",
        ),
        (Plain(), "`streamed`; got Plain$"),
        (Own, "`streamed`; got the class Own$"),
    ],
)
def test_modules_of_ones_own(layers: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        pyrnn.Stream(layers)


def test_a_skeleton_has_no_weights() -> None:
    with nn.skeleton():
        lstm = nn.LSTM(3, 4)
    with pytest.raises(RuntimeError, match="has none yet"):
        pyrnn.Stream(lstm)


STREAM: list[tuple[Callable[[Any], Any], type[Exception], str]] = [
    (
        lambda s: s.step(np.zeros(4, np.float32)),
        ValueError,
        r"x: expected shape \(5,\); got \(4,\)",
    ),
    (
        lambda s: s.step(np.zeros((1, 5), np.float32)),
        ValueError,
        r"x: expected shape \(5,\); got \(1, 5\)",
    ),
    (
        lambda s: s.step(np.zeros(5)),
        TypeError,
        r"x: expected dtype float32.*got float64 \(convert with x.astype\('float32'\)\)",
    ),
    (lambda s: s.step(np.zeros(5, ">f4")), TypeError, "x: expected"),
    (lambda s: s.step(np.zeros(5, int)), TypeError, "x: expected.*int64"),
    (lambda s: s.step(None), TypeError, "x: expected"),
    (lambda s: s.step("x"), TypeError, "x: expected"),
    (lambda s: s.step(3), ValueError, "x: expected"),
    (lambda s: s.step([[1, 2], [3]]), ValueError, "x: expected"),
    (lambda s: s.step(np.ma.masked_less(ZEROS, 1)), TypeError, "x"),
    (lambda s: s.step(ZEROS, np.zeros(20, np.float32)), ValueError, "out: expected shape"),
    (lambda s: s.step(ZEROS, np.zeros(21)), TypeError, "out: expected"),
    (lambda s: s.step(ZEROS, np.zeros(42, np.float32)[::2]), ValueError, "out: expected a C-cont"),
    (lambda s: s.step(ZEROS, np.broadcast_to(np.float32(0), 21)), ValueError, "out: expected"),
    (lambda s: s.step(ZEROS, np.frombuffer(bytes(84), "f4")), ValueError, "out.*written to"),
    (lambda s: s.step(ZEROS, [0.0] * 21), TypeError, "out: expected"),
    (lambda s: s.run(ZEROS), ValueError, r"xs: expected shape \(T, 5\); got \(5,\)"),
    (lambda s: s.run(np.zeros((3, 4), np.float32)), ValueError, "xs: expected shape"),
    (lambda s: s.run(np.zeros((3, 5))), TypeError, "xs: expected dtype float32.*got float64"),
    (lambda s: setattr(s, "state", None), TypeError, "state: expected a dict"),
    (lambda s: setattr(s, "state", {}), ValueError, "state: expected the names 0.h, 0.c"),
    (lambda s: setattr(s, "state", {**s.state, "1.h": ZEROS}), ValueError, "state: expected"),
    (lambda s: setattr(s, "state", {**s.state, "0.c": ZEROS}), ValueError, r"\['0.c'\].*\(2, 21\)"),
    (
        lambda s: setattr(s, "state", {**s.state, "0.h": np.ones((2, 21))}),
        TypeError,
        r"\['0.h'\]: expected dtype float32",
    ),
    (lambda s: setattr(s, "state", {**s.state, "0.h": "x"}), TypeError, r"\['0.h'\]"),
    (copy.deepcopy, TypeError, "cannot be pickled or copied"),
    (pickle.dumps, TypeError, "cannot be pickled or copied"),
]


@pytest.mark.parametrize(("call", "error", "message"), STREAM)
def test_calls_of_a_stream(
    call: Callable[[Any], Any], error: type[Exception], message: str
) -> None:
    stream = pyrnn.Stream(layer("lstm"))
    x = numbers(0, 2, 5)
    stream.step(x[0])
    twin = pyrnn.Stream(stream)
    twin.state = stream.state
    with pytest.raises(error, match=message):
        call(stream)
    assert stream.step(x[1]).tobytes() == twin.step(x[1]).tobytes()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (-1, IndexError),
        (11, IndexError),
        (2**63, IndexError),
        (-(2**70), IndexError),
        (np.uint64(2**63), IndexError),
        (1.0, TypeError),
        (True, TypeError),
        (None, TypeError),
        ([1], TypeError),
        (np.array([1]), TypeError),
        (np.float32(1), TypeError),
    ],
)
def test_ids_of_a_stream(given: Any, error: type[Exception]) -> None:
    stream = pyrnn.Stream(networks()["tagger"])
    number = str(given) if error is IndexError else ""
    with pytest.raises(error, match=f"x: expected.*; got {number}"):
        stream.step(given)
    assert not stream.state["0.h"].any()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ([0, 11], IndexError),
        ([0, 2**63], IndexError),
        ([2**70], IndexError),
        ([0.5], TypeError),
        ([[1]], ValueError),
        (3, ValueError),
    ],
)
def test_ids_of_a_block(given: Any, error: type[Exception]) -> None:
    stream = pyrnn.Stream(networks()["tagger"])
    with pytest.raises(error, match="xs: expected"):
        stream.run(given)
    assert not stream.state["0.h"].any()


@pytest.mark.parametrize("text", ["good", b"good", ["a", "good"]], ids=str)
def test_a_text_is_no_id(text: Any) -> None:
    """The message says what makes ids of it."""
    pool = pyrnn.StreamPool(networks()["tagger"])
    session, stream = pool.open(), pyrnn.Stream(pool)
    first = text if isinstance(text, str | bytes) else text[0]
    got = f"expected integers from 0 to 10; got {type(first).__name__} {first!r} .*encode"
    for name, call in {
        "x": lambda: stream.step(text),
        "xs": lambda: stream.run(text),
        "xs ": lambda: pool.run(session, text),
        "x ": lambda: pool.step([session], text),
    }.items():
        with pytest.raises(TypeError, match=f"^{name.strip()}: {got}"):
            call()
    assert not stream.state["0.h"].any()


def rows(n: int) -> np.ndarray:
    return np.ones((n, 5), np.float32)


POOL: list[tuple[Callable[[Any], Any], type[Exception], str]] = [
    (lambda p: p.step([0, 1, 0], rows(3)), ValueError, "ids: expected each session once; got 0"),
    (lambda p: p.step([0, 3], rows(2)), ValueError, "ids: expected ids of open.*got 3$"),
    (lambda p: p.step([0, 2], rows(2)), ValueError, "got 2, which is closed"),
    (lambda p: p.step([0, -1], rows(2)), ValueError, "got -1"),
    (lambda p: p.step([0, 2**62], rows(2)), ValueError, "got 4611686018427387904"),
    (lambda p: p.step([2**63], rows(1)), ValueError, "ids: expected integers below"),
    (lambda p: p.step([0, 2**80], rows(2)), ValueError, "ids: expected integers"),
    (lambda p: p.step([0.0, 1.0], rows(2)), TypeError, "ids: expected integers"),
    (lambda p: p.step([[0, 1]], rows(2)), ValueError, "ids: expected 1 axes"),
    (lambda p: p.step(0, rows(1)), ValueError, "ids: expected 1 axes"),
    (lambda p: p.step([0, 1] * 500, rows(1000)), ValueError, "got 0 again"),
    (lambda p: p.step(None, rows(1)), TypeError, "ids: expected integers; got NoneType"),
    (lambda p: p.step("ab", rows(2)), TypeError, "ids: expected integers; got str"),
    (lambda p: p.step({0, 1}, rows(2)), TypeError, "ids: expected integers; got set"),
    (lambda p: p.step([0, "1"], rows(2)), TypeError, "ids: expected integers; got list"),
    (lambda p: p.step([0, 1], ZEROS), ValueError, r"x: expected shape \(2, 5\); got \(5,\)"),
    (lambda p: p.run(0, ZEROS), ValueError, r"xs: expected shape \(T, 5\); got \(5,\)"),
    (lambda p: p.step([0, 1], rows(1)), ValueError, r"x: expected shape \(2, 5\)"),
    (lambda p: p.step([0, 1], rows(2)[:, :4]), ValueError, r"x: expected shape \(2, 5\)"),
    (lambda p: p.step([0, 1], np.ones((2, 5))), TypeError, "x: expected"),
    (lambda p: p.step([0, 1], rows(2), rows(2)), ValueError, "out: expected shape"),
    (lambda p: p.close(2), ValueError, "id: expected that of an open session.*closed"),
    (lambda p: p.close(7), ValueError, "got 7"),
    (lambda p: p.close(2**90), ValueError, f"got {2**90}"),
    (lambda p: p.close("a"), TypeError, "id: expected an integer; got str"),
    (lambda p: p.close(True), TypeError, "id: expected an integer"),
    (lambda p: p.reset(2), ValueError, "closed"),
    (lambda p: p.state(2), ValueError, "closed"),
    (lambda p: p.state(None), TypeError, "id: expected an integer"),
    (lambda p: p.set_state(2, p.state(0)), ValueError, "closed"),
    (lambda p: p.set_state(0, {}), ValueError, "state: expected the names"),
    (lambda p: p.run(2, rows(3)), ValueError, "closed"),
    (lambda p: p.run(0, rows(3)[:, :2]), ValueError, "xs: expected shape"),
]


@pytest.mark.parametrize(("call", "error", "message"), POOL)
def test_calls_of_a_pool(call: Callable[[Any], Any], error: type[Exception], message: str) -> None:
    pool = pyrnn.StreamPool(layer("lstm"))
    for _ in range(3):
        pool.open()
    pool.close(2)
    pool.step([1, 0], rows(2))
    twin = pyrnn.StreamPool(pool)
    for session in (0, 1):
        twin.open()
        twin.set_state(session, pool.state(session))
    with pytest.raises(error, match=message):
        call(pool)
    assert pool.ids.tolist() == [0, 1]
    assert pool.step([0, 1], rows(2)).tobytes() == twin.step([0, 1], rows(2)).tobytes()


def test_tokens_of_a_pool() -> None:
    pool = pyrnn.StreamPool(networks()["tagger"])
    ids = [pool.open(), pool.open()]
    with pytest.raises(IndexError, match="x: expected values from 0 to 10; got 11"):
        pool.step(ids, [3, 11])
    assert not pool.state(0)["0.h"].any()


def test_objects_that_nothing_made() -> None:
    for kind in (_core.Chain, _core.Sessions):
        with pytest.raises(TypeError):
            kind()
    empty = _core.Sessions.__new__(_core.Sessions)
    for call in (
        lambda: _core.sessions(_core.Chain.__new__(_core.Chain)),
        lambda: _core.open_session(empty),
        lambda: _core.step(empty, ZEROS, None),
        lambda: _core.step(None, ZEROS, None),
    ):
        with pytest.raises(TypeError):
            call()
    none = pyrnn.StreamPool(layer("lstm"))
    with pytest.raises(ValueError, match="sessions"):
        _core.step(none._sessions, ZEROS, None)
    for made in (pyrnn.Stream, pyrnn.StreamPool):
        with pytest.raises(AttributeError):
            repr(made.__new__(made))


def test_a_call_within_a_call() -> None:
    """It meets what a second thread would: the message says of what, and nothing happens."""
    pool = pyrnn.StreamPool(networks()["tagger"])
    session, stream = pool.open(), pyrnn.Stream(pool)
    x = np.zeros(1, np.int64)
    calls: dict[str, list[Callable[[], Any]]] = {
        "pool": [
            pool.open,
            lambda: pool.step(x, x),
            lambda: pool.run(session, x),
            lambda: pool.state(session),
            lambda: pool.set_state(session, stream.state),
            lambda: pool.reset(session),
            lambda: pool.close(session),
            lambda: pool.ids,
        ],
        "stream": [
            lambda: stream.step(0),
            lambda: stream.run(x),
            lambda: stream.state,
            stream.reset,
        ],
    }
    met = []

    class Number:
        """A number that is read in the midst of a call."""

        def __init__(self, name: str) -> None:
            self.name = name

        def __index__(self) -> int:
            for call in calls[self.name]:
                with pytest.raises(RuntimeError, match=f"^{self.name}: another thread's call"):
                    call()
                met.append(call)
            return 0

    stream.step(Number("stream"))
    pool.reset(Number("pool"))
    assert len(met) == 12
    assert pool.ids.tolist() == [session]


def test_two_threads_in_one_stream() -> None:
    """Steps long enough to give up Python's lock: each is made whole, or refused."""
    stream = pyrnn.Stream(nn.LSTM(64, 700, rng=0))
    x = numbers(1, 64)
    made, refused = [0, 0], [0, 0]
    begin = threading.Barrier(2)

    def work(which: int) -> None:
        begin.wait()
        for _ in range(40):
            try:
                stream.step(x)
                made[which] += 1
            except RuntimeError as error:
                refused[which] += "another thread" in str(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(made) + sum(refused) == 80
    alone = pyrnn.Stream(stream)
    for _ in range(sum(made)):
        alone.step(x)
    assert alone.state["0.h"].tobytes() == stream.state["0.h"].tobytes()
