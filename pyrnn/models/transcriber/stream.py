"""Transcriptions of frames as they come: of one sequence, or of many."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from pyrnn.autograd.operands import as_array, as_integers
from pyrnn.decoding import BestPaths, PrefixBeams, Search
from pyrnn.kernels import scalars
from pyrnn.models.family import settings_of
from pyrnn.models.transcriber.language import language_of
from pyrnn.models.transcriber.network import BLANK, stacked
from pyrnn.models.transcriber.partial_text import PartialText, SettledText
from pyrnn.models.transcriber.settings import TranscriberDecoding
from pyrnn.streaming import StreamPool

if TYPE_CHECKING:
    from pyrnn.models.transcriber.model import Transcriber

DELAY = 100  # steps: a second of sound, whose frames are 10 ms apart


@dataclass
class _Session:
    """One of a pool.

    row: of the search. text: what was handed out. waiting: frames (k, I) that make no step yet.
    """

    row: int
    text: SettledText
    waiting: list[np.ndarray] = field(default_factory=list)


class TranscriptionPool:
    """Sequences of frames that are transcribed as they come, any number of them at once.

    model: a trained Transcriber in one direction. decoding, settings: how texts are found, see
        `TranscriberDecoding`.
    delay: beam: how many steps a text may be open. What the best text had so many steps ago, and up
        to a fourth more, is settled, whatever others say: so a stream may run for ever. None: a
        text is open as long as there is another one in the beam, and the memory may grow. Without
        a beam every symbol is settled at once.

    A text does not depend on how its frames were cut into calls, or on the other sequences; with
    delay=None it is that of `predict` for frames of the model's dtype.
    Raises TypeError for what is no Transcriber, ValueError as `pyrnn.Stream` for one that cannot be
    streamed, and for settings outside their range.
    """

    def __init__(
        self,
        model: Transcriber,
        decoding: Any = None,
        *,
        delay: int | None = DELAY,
        **settings: Any,
    ) -> None:
        if getattr(model, "Decoding", None) is not TranscriberDecoding:
            raise TypeError(f"model: expected a Transcriber; got {type(model).__name__}")
        delay = None if delay is None else scalars.integer("delay", delay, least=1)
        decoding = settings_of("decoding", TranscriberDecoding, decoding, settings)
        if decoding.nbest > 1:
            raise ValueError(
                f"nbest: expected 1 for a stream, which has one text; got {decoding.nbest}"
            )
        self._symbols, self._together = model.known, model.config.frames_per_step
        self._pool = StreamPool(model)
        self._features = self._pool.input_size // self._together  # I
        self._search = _search(model, decoding, delay)
        self._free: list[int] = []  # rows of the search
        self._sessions: dict[int, _Session] = {}

    def open(self) -> int:
        """A new sequence; returns its id, which no other one ever has."""
        if not self._free:
            first = self._search.sequences
            self._search.resize(max(1, 2 * first))
            self._free = list(range(first, self._search.sequences))[::-1]
        session = self._pool.open()
        self._sessions[session] = _Session(self._free.pop(), SettledText(self._symbols))
        return session

    def step(self, ids: Any, frames: Any) -> None:
        """Read one more frame of each of n sequences.

        ids: n integers, each at most once. frames: (n, I); row k is of ids[k].
        Raises TypeError, ValueError for frames that are no numbers, and for ids that are none;
        nothing has changed then.
        """
        ids = as_integers(ids, "ids")
        if ids.ndim != 1:
            raise ValueError(f"ids: expected a list of integers; got shape {ids.shape}")
        frames = self._frames(frames, len(ids))
        sessions = [self._session(session) for session in ids.tolist()]
        if len(set(ids.tolist())) != len(ids):
            raise ValueError("ids: expected each sequence once; got one twice")
        ready = [k for k, one in enumerate(sessions) if len(one.waiting) + 1 == self._together]
        if ready:
            steps = [each for k in ready for each in (*sessions[k].waiting, frames[k])]
            z = self._pool.step(ids[ready], np.concatenate(steps).reshape(len(ready), -1))
            self._search.step(z, np.array([sessions[k].row for k in ready]))
        for k, one in enumerate(sessions):
            one.waiting.append(frames[k].copy())
        for k in ready:
            sessions[k].waiting.clear()

    def run(self, session: Any, frames: Any) -> None:
        """Read several frames of one sequence, (n, I): as `step` for each of them, and faster."""
        one, frames = self._session(session), self._frames(frames)
        every = [*one.waiting, *frames]
        steps = len(every) // self._together
        if steps:
            xs = np.stack(every[: steps * self._together]).reshape(steps, -1)
            self._decode(one, self._pool.run(session, xs))
        one.waiting = [frame.copy() for frame in every[steps * self._together :]]

    def text(self, session: Any) -> PartialText:
        """What is new of a sequence since this was asked last, and what seems to follow."""
        one = self._session(session)
        taken = self._search.take(one.row)
        (best,) = self._search.best_of(one.row)
        return self._said(one.text.append([k for k, _ in taken]), one.text, taken, best.ids)

    def finish(self, session: Any) -> PartialText:
        """The rest of a sequence's text, all of it stable; the sequence is closed."""
        one = self._session(session)
        if one.waiting:
            last = stacked(np.stack(one.waiting), self._together)
            self._decode(one, self._pool.run(session, last))
        taken = self._search.take(one.row)
        (best,) = self._search.best_of(one.row)
        taken += zip(best.ids, best.frames, strict=True)
        said = self._said(one.text.append([k for k, _ in taken], end=True), one.text, taken, ())
        self.close(session)
        return said

    def close(self, session: Any) -> None:
        """Forget a sequence. ValueError for what is the id of none."""
        one = self._session(session)
        self._pool.close(session)
        self._search.restart(one.row)
        self._free.append(one.row)
        del self._sessions[session]

    def __len__(self) -> int:
        return len(self._sessions)

    def __repr__(self) -> str:
        symbols = f"{len(self._symbols.names):,} symbols"
        return f"TranscriptionPool(frames (n, {self._features}), {symbols}, {len(self)} open)"

    def _session(self, session: Any) -> _Session:
        number = scalars.integer("session", session)
        if number not in self._sessions:
            raise ValueError(f"session: expected the id of an open sequence; got {number}")
        return self._sessions[number]

    def _frames(self, frames: Any, count: int | None = None) -> np.ndarray:
        """Frames (n, I) in the model's dtype. Raises TypeError, ValueError for none."""
        with np.errstate(over="ignore"):  # what is infinite then is refused
            x = as_array(frames, self._pool.dtype, "frames")
        if x.ndim == 1 and (self._features == 1 or not x.size):
            x = x.reshape(-1, self._features)
        rows = "n" if count is None else count
        if x.ndim != 2 or x.shape[1] != self._features or count not in (None, len(x)):
            raise ValueError(
                f"frames: expected shape ({rows}, {self._features}); got {np.shape(frames)}"
            )
        wrong = np.argwhere(~np.isfinite(x))
        if len(wrong):
            frame, feature = wrong[0].tolist()
            raise ValueError(
                f"frames: frame {frame}, feature {feature}: expected a finite number of "
                f"{x.dtype}; got {np.ravel(frames)[wrong[0] @ (self._features, 1)]}"
            )
        return x

    def _decode(self, one: _Session, z: np.ndarray) -> None:
        """Take in the outputs of steps of a sequence, (n, C)."""
        for t in range(len(z)):
            self._search.step(z[t : t + 1], [one.row])

    def _said(
        self, stable: str, text: SettledText, taken: list[tuple[int, int]], rest: tuple[int, ...]
    ) -> PartialText:
        return PartialText(
            stable,
            text.followed_by(rest),
            self._symbols.symbols([output for output, _ in taken]),
            tuple(step * self._together for _, step in taken),
        )


class TranscriptionStream:
    """A sequence of frames that is transcribed as they come.

    model, decoding, delay, settings: see `TranscriptionPool`.

    >>> import numpy as np
    >>> from pyrnn.models import Transcriber
    >>> draw = np.random.default_rng(0)
    >>> shapes = {"a": [0, 1, 1, 0], "b": [0, -1, -1, 0], "c": [0, 1, -1, 0]}
    >>> texts = ["".join(draw.choice(list("abc"), size=1 + n % 4)) for n in range(200)]
    >>> frames = [np.concatenate([shapes[letter] for letter in text]) for text in texts]
    >>> model = Transcriber(hidden_size=16, bidirectional=False)
    >>> model.fit(frames, texts, epochs=20, learning_rate=0.01).reason
    'epochs'
    >>> stream = model.stream()
    >>> stream.feed([0, 1, -1, 0, 0]).stable
    'c'
    >>> stream.feed([1, 1, 0]).stable + stream.finish().stable
    'a'
    """

    def __init__(
        self,
        model: Transcriber,
        decoding: Any = None,
        *,
        delay: int | None = DELAY,
        **settings: Any,
    ) -> None:
        self._pool = TranscriptionPool(model, decoding, delay=delay, **settings)
        self._session = self._pool.open()

    def __repr__(self) -> str:
        return repr(self._pool).replace("Pool", "Stream").replace(", 1 open", "")

    def feed(self, frames: Any) -> PartialText:
        """Read frames, (n, I), any number of them, or (n,) of one number each.

        Returns what is new of the text, and what seems to follow. Raises TypeError, ValueError for
        frames that are no numbers; nothing has changed then.
        """
        self._pool.run(self._session, frames)
        return self._pool.text(self._session)

    def finish(self) -> PartialText:
        """The rest of the text, all of it stable; what is fed now is a new sequence."""
        said = self._pool.finish(self._session)
        self._session = self._pool.open()
        return said

    def reset(self) -> None:
        """Forget what was read: what is fed now is a new sequence."""
        self._pool.close(self._session)
        self._session = self._pool.open()


def _search(model: Transcriber, decoding: TranscriberDecoding, delay: int | None) -> Search:
    """What finds the texts, of no sequence yet."""
    if decoding.beam == 1:
        return BestPaths(0, blank=BLANK)
    return PrefixBeams(
        0,
        blank=BLANK,
        width=decoding.beam,
        language=language_of(decoding, model.known),
        weight=decoding.language_weight,
        bonus=decoding.symbol_bonus,
        delay=delay,
    )
