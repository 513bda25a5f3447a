"""Sessions of what reads its last rows anew at each step, as a forecaster does its context.

A session is the last c rows, W numbers each, the newest last; NaN where it has read fewer. Its
output follows from them alone:

    rows' = rows[1:], x        y = says(rows')        NaN until there are c rows

The functions are those of `pyrnn.kernels.sessions`, with the same meaning and the same errors.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from pyrnn.kernels.scalars import integer

Place = Callable[[int], str]  # what an error calls the row or the step of a number
AT_ONCE = 256  # windows of a block that are read together


class Windowed:
    """What a model's `streamed` gives that reads windows; it stands alone.

    front: makes rows, float64 (W,) or (n, W), of what is given: see `frames.Frames`.
    says: windows (n, c, W), whole ones, to float64 (n, *shape).
    follow: (name, before (W,), x (W,)), raises ValueError where a row cannot stand behind another.
    context: c. width: W. shape: of an output. input_size: the numbers that are given for a step.
    """

    def __init__(
        self,
        front: Any,
        says: Callable[[np.ndarray], np.ndarray],
        follow: Callable[[str, np.ndarray, np.ndarray], None],
        *,
        context: int,
        width: int,
        shape: tuple[int, ...],
        input_size: int,
    ) -> None:
        self.front, self.says, self.follow = front, says, follow
        self.context, self.width, self.shape, self.input_size = context, width, shape, input_size

    def forecast(self, windows: np.ndarray, place: Place) -> np.ndarray:
        """What it says of windows (n, c, W): (n, *shape), NaN for those that are not whole.

        Raises ValueError as `says`, naming the place of the first that it is for.
        """
        whole = ~np.isnan(windows[:, 0]).any(axis=-1)
        found = np.full((len(windows), *self.shape), np.nan)
        if whole.any():
            try:
                found[whole] = self.says(windows[whole])
            except ValueError:
                self._name_the_first(windows, np.flatnonzero(whole), place)
                raise
        return found

    def _name_the_first(self, windows: np.ndarray, some: np.ndarray, place: Place) -> None:
        """Raises the ValueError of the first window that has one alone."""
        for k in some.tolist():
            try:
                self.says(windows[k : k + 1])
            except ValueError as error:
                words = str(error).removeprefix("series: ")  # an argument that no stream has
                raise ValueError(f"{place(k)}: {words}") from error


class WindowSessions:
    """Rows by the ids of open sessions; one call at a time."""

    def __init__(self, of: Windowed) -> None:
        self.of = of
        self.rows: dict[int, np.ndarray] = {}  # (c, W) each; none is ever changed
        self.opened = 0
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """While it lasts, other calls are refused."""
        if not self._lock.acquire(blocking=False):
            raise RuntimeError("stream: another thread's call is at work on it")
        try:
            yield
        finally:
            self._lock.release()

    def known(self, value: Any) -> int:
        """The id of an open session. TypeError, ValueError for what is none."""
        session = integer("id", value)
        if session in self.rows:
            return session
        closed = ", which is closed" if 0 <= session < self.opened else ""
        raise ValueError(f"id: expected that of an open session; got {session}{closed}")

    def empty(self) -> np.ndarray:
        """The rows of a session that has read nothing."""
        return np.full((self.of.context, self.of.width), np.nan)

    def forward(self, ids: Sequence[int], x: np.ndarray, place: Place) -> np.ndarray:
        """A step of some sessions, x (n, W): (n, *shape). Nothing changes where it fails."""
        before = [self.rows[session] for session in ids]
        for k, (last, row) in enumerate(zip(before, x, strict=True)):
            self.of.follow(place(k), last[-1], row)
        windows = np.empty((len(x), self.of.context, self.of.width))
        for k, last in enumerate(before):
            windows[k, :-1], windows[k, -1] = last[1:], x[k]
        found = self.of.forecast(windows, place)
        self.rows.update(zip(ids, windows, strict=True))
        return found


def sessions(of: Windowed) -> WindowSessions:
    """None is open."""
    return WindowSessions(of)


def open_session(of: WindowSessions) -> int:
    """A new session; its id."""
    with of.turn():
        session = of.opened
        of.rows[session] = of.empty()
        of.opened += 1
        return session


def close_session(of: WindowSessions, session: Any) -> None:
    """Forget a session."""
    with of.turn():
        del of.rows[of.known(session)]


def reset_session(of: WindowSessions, session: Any) -> None:
    """As if it had read nothing."""
    with of.turn():
        of.rows[of.known(session)] = of.empty()


def read_session(of: WindowSessions, session: Any) -> list[np.ndarray]:
    """Its rows (c, W)."""
    with of.turn():
        return [of.rows[of.known(session)].copy()]


def write_session(of: WindowSessions, session: Any, state: list[np.ndarray]) -> None:
    """Rows (c, W) in their stead. ValueError for NaN behind a row, and infinities."""
    with of.turn():
        session, rows = of.known(session), state[0].copy()
        there = np.isfinite(rows).all(axis=-1)
        if not (there | np.isnan(rows).all(axis=-1)).all() or (there[:-1] > there[1:]).any():
            raise ValueError(
                "state['rows']: expected finite numbers, behind rows of NaN where there are fewer; "
                "got others"
            )
        of.rows[session] = rows


def run_session(of: WindowSessions, session: Any, xs: np.ndarray) -> np.ndarray:
    """A block of steps, xs (T, W): (T, *shape)."""
    with of.turn():
        session, context = of.known(session), of.of.context
        rows = np.concatenate([of.rows[session], xs])
        for t in range(len(xs)):
            of.of.follow(_step(0, t), rows[context + t - 1], rows[context + t])
        every = np.lib.stride_tricks.sliding_window_view(rows, context, 0)[1:]  # (T, W, c)
        found = np.empty((len(xs), *of.of.shape))
        for first in range(0, len(xs), AT_ONCE):
            some = slice(first, first + AT_ONCE)
            place = partial(_step, first)
            found[some] = of.of.forecast(every[some].swapaxes(1, 2), place)
        of.rows[session] = rows[len(xs) :]
        return found


def open_sessions(of: WindowSessions) -> np.ndarray:
    """The ids of the open ones."""
    with of.turn():
        return np.array([*of.rows], np.int64)


def step(of: WindowSessions, x: np.ndarray, out: Any) -> np.ndarray:
    """A step of the session that was opened first, x (W,): shape."""
    with of.turn():
        to = _room(out, of.of.shape)
        (found,) = of.forward([0], x[None], lambda _: "x")
        return _into(to, found)


def steps(of: WindowSessions, ids: np.ndarray, x: np.ndarray, out: Any) -> np.ndarray:
    """A step of several, ids (n,), x (n, W): (n, *shape)."""
    with of.turn():
        if ids.ndim != 1:
            raise ValueError(f"ids: expected 1 axes; got shape {ids.shape}")
        chosen: dict[int, None] = {}
        for session in ids.tolist():
            if session in chosen:
                raise ValueError(f"ids: expected each session once; got {session} again")
            if session not in of.rows:
                closed = ", which is closed" if 0 <= session < of.opened else ""
                raise ValueError(f"ids: expected ids of open sessions; got {session}{closed}")
            chosen[session] = None
        if len(x) != len(ids):
            raise ValueError(f"x: expected {len(ids)} rows, one for each session; got {len(x)}")
        to = _room(out, (len(ids), *of.of.shape))
        return _into(to, of.forward([*chosen], x, "x: row {}".format))


def _step(first: int, k: int) -> str:
    return f"xs: step {first + k}"


def _room(out: Any, shape: tuple[int, ...]) -> np.ndarray | None:
    """The caller's array, or None for a new one. TypeError, ValueError for one of another kind."""
    if out is None:
        return None
    if type(out) is not np.ndarray or out.dtype != np.float64:
        got = out.dtype if isinstance(out, np.ndarray) else type(out).__name__
        raise TypeError(f"out: expected an array of float64; got {got}")
    if out.shape != shape:
        raise ValueError(f"out: expected shape {shape}; got {out.shape}")
    if not out.flags.c_contiguous or not out.flags.writeable:
        raise ValueError("out: expected a C-contiguous array that may be written to")
    return out


def _into(to: np.ndarray | None, found: np.ndarray) -> np.ndarray:
    if to is None:
        return found
    to[...] = found
    return to
