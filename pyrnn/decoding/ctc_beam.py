"""Prefix beam search: the likeliest texts behind the outputs of CTC, frame by frame.

A text is as likely as all the paths that spell it together (see `pyrnn.decoding.ctc_step` for the
sums). Of the prefixes so far the `width` best are followed, by

    score(y) = ln p(y | frames) + sum over i of (weight ln p(y_i | y_1 ... y_{i-1}) + bonus)

where the sum is that of a language model, if there is one (Hannun et al. 2014, arXiv 1408.2873).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn.decoding.choice import checked_rows
from pyrnn.decoding.ctc import Transcript, checked_frames
from pyrnn.decoding.ctc_language import Language
from pyrnn.decoding.ctc_step import Moves, Slots, advance
from pyrnn.decoding.ctc_trie import Trie
from pyrnn.decoding.likeliest import likeliest
from pyrnn.kernels import scalars

MOST = 100  # symbols that prefixes may differ in
LEAST_LOG_P = -1000.0  # of a language: what is impossible to it can still be heard


class PrefixBeams:
    """The search in B sequences, any of which take in a frame together.

    A sequence's transcripts are the same to the bit, whatever others are beside it. What a frame
    costs, and the memory, do not grow with the frames before it: prefixes share their beginnings,
    and what all of them begin with is settled.

    sequences: B. blank: the class that is no symbol. width: how many prefixes of a sequence are
        followed at a time.
    language: see `Language`; weight: of its ln p, at least 0; bonus: what each symbol is worth.
    most: the symbols that two prefixes may differ in: now and then what the best one has before its
        last `most` symbols is settled, and prefixes that begin otherwise are given up. None: any.
    normalized: whether frames are ln p already; default no, they are logits.

    Raises TypeError, ValueError for settings outside their range.
    """

    def __init__(
        self,
        sequences: int,
        *,
        blank: int = 0,
        width: int = 16,
        language: Language | None = None,
        weight: float = 0.0,
        bonus: float = 0.0,
        most: int | None = MOST,
        normalized: bool = False,
    ) -> None:
        self.sequences = scalars.integer("sequences", sequences, least=0)
        self.blank = scalars.integer("blank", blank, least=0)
        self.width = scalars.integer("width", width, least=1)
        self.weight = scalars.real("weight", weight, least=0)
        self.bonus = scalars.real("bonus", bonus, least=-1e6, most=1e6)
        self.most = None if most is None else scalars.integer("most", most, least=1)
        self.normalized = bool(normalized)
        self._language = language if self.weight else None
        self._begin()

    def _begin(self) -> None:
        count, shape = self.sequences, (self.sequences, self.width)
        self.frames = np.zeros(count, np.int64)  # (B,) how many each has read
        self._trie = Trie(count, self.blank)
        self._roots = np.arange(count)  # (B,)
        self._nodes = np.full(shape, -1)  # (B, W), -1 where there is no prefix
        self._scores = np.full((4, *shape), -np.inf)  # blank, label, score, prior of each
        self._scores[3] = 0.0
        self._settled: list[list[tuple[int, int]]] = [[] for _ in range(count)]  # symbols, frames
        self._latest = np.zeros(count, np.int64)  # (B,) the frame of the last settled symbol
        self._gains: Any = np.full((1, 1, 1), self.bonus)
        if self._language is not None:
            log_p, self._state = self._language.begin(count * self.width)
            self._gains = self._gain(log_p).reshape(*shape, -1)  # (B, W, C)
        for b in range(count):
            self._open(b, b)

    def _open(self, b: int, root: int) -> None:
        """Begin sequence b with the prefix that a root stands for."""
        self._roots[b] = root
        self._nodes[b], self._nodes[b, 0] = -1, root
        self._scores[:3, b] = -np.inf
        self._scores[3, b] = 0.0
        self._scores[0, b, 0] = self._scores[2, b, 0] = 0.0  # the empty path

    @property
    def nodes(self) -> int:
        """How many nodes the search has now: what its memory grows with."""
        return self._trie.size

    def step(self, logits: Any, rows: Any = None) -> None:
        """Take in a frame of each of N sequences.

        logits: (N, C). rows: int64 (N,), which sequences, each once; default all.
        Raises TypeError, ValueError for frames that are no numbers, and others than B rows; nothing
        has changed then.
        """
        rows = np.arange(self.sequences) if rows is None else np.asarray(rows)
        log_p = self._log_p(checked_rows(logits, len(rows)))
        if self._trie.is_full(rows.size * self.width):
            self._sweep(rows.size * self.width)
        nodes = self._nodes[rows]  # (N, W)
        last = np.where(nodes < 0, self.blank, self._trie.symbols[nodes])
        above = np.where(nodes < 0, -2, self._trie.parents[nodes])
        same = above[:, :, None] == nodes[:, None, :]  # (N, W, W)
        same &= above[:, :, None] >= 0
        parents = np.where(same.any(axis=2), same.argmax(axis=2), -1)
        gains = self._gains[rows] if self._language is not None else self._gains
        blank, label, score, prior = self._scores[:, rows]
        slots = Slots(blank, label, score, prior, last, parents)
        self._follow(rows, nodes, advance(log_p, slots, gains, self.blank))
        self.frames[rows] += 1
        if self.most is not None:
            due = rows[self.frames[rows] % self.most == 0]
            if len(due):
                self._limit(due)

    def _log_p(self, logits: np.ndarray) -> np.ndarray:
        """ln p of a frame's classes, float64 (N, C)."""
        _, _, norms = likeliest(logits, 1)
        if self.blank >= logits.shape[1]:
            raise ValueError(
                f"logits: expected more than {self.blank} classes, the blank's number; got "
                f"{logits.shape[1]}"
            )
        log_p = logits.astype(np.float64)
        return log_p if self.normalized else log_p - norms[:, None]

    def _follow(self, rows: np.ndarray, nodes: np.ndarray, moves: Moves) -> None:
        """Go on with what the frame has left of the prefixes of rows, which had nodes (N, W)."""
        trie = self._trie
        some = moves.score > -np.inf  # (N, W)
        new = some & (moves.symbols != self.blank)
        after = np.where(some, np.take_along_axis(nodes, moves.sources, axis=1), -1)
        after[new] = made = trie.children(after[new], moves.symbols[new])
        frame = np.broadcast_to(self.frames[rows, None], after.shape)
        trie.weights[made] = -np.inf
        there, arrived, when = after[some], moves.arrived[some], frame[some]
        better = arrived > trie.weights[there]
        trie.weights[there[better]], trie.frames[there[better]] = arrived[better], when[better]
        self._nodes[rows] = after
        self._scores[0, rows] = np.where(some, moves.blank, -np.inf)
        self._scores[1, rows] = np.where(some, moves.label, -np.inf)
        self._scores[2, rows] = moves.score
        self._scores[3, rows] = np.where(some, moves.prior, 0.0)
        if self._language is not None:
            self._read(rows, moves, new)

    def _read(self, rows: np.ndarray, moves: Moves, new: np.ndarray) -> None:
        """Have the language read what prefixes have gained."""
        assert self._language is not None
        width = self.width
        places = np.arange(self.sequences * width).reshape(-1, width)  # (B, W) rows of the state
        sources = np.take_along_axis(places[rows], moves.sources, axis=1)  # (N, W)
        count, begun = int(new.sum()), self._language.gather(self._state, sources[new])
        log_p, begun = self._language.step(moves.symbols[new], begun)
        gains = np.take_along_axis(self._gains[rows], moves.sources[:, :, None], axis=1)
        gains[new] = self._gain(log_p)
        self._gains[rows] = gains
        sources[new] = places.size + np.arange(count)
        places[rows] = sources
        joined = self._language.join(self._state, begun)
        self._state = self._language.gather(joined, places.reshape(-1))

    def _gain(self, log_p: np.ndarray) -> np.ndarray:
        """What a symbol adds to the score, of any shape."""
        return self.weight * np.maximum(log_p, LEAST_LOG_P) + self.bonus

    def _sweep(self, more: int) -> None:
        """Forget all that no prefix leads through."""
        self._settle(np.arange(self.sequences))
        leaves = np.concatenate([self._nodes[self._nodes >= 0], self._roots])
        numbers = self._trie.sweep(np.unique(leaves), more)
        self._roots = numbers[self._roots]
        self._nodes = np.where(self._nodes < 0, -1, numbers[self._nodes])

    def _settle(self, rows: np.ndarray) -> None:
        """Cut off what all prefixes of a sequence begin with."""
        if not len(rows):
            return
        nodes = self._nodes[rows]
        common = self._trie.common(np.where(nodes < 0, nodes[:, :1], nodes))  # (N,)
        deeper = common != self._roots[rows]
        rows, common = rows[deeper], common[deeper]
        for b, node in zip(rows.tolist(), common.tolist(), strict=True):
            self._settled[b] += self._read_path(b, node)
            self._latest[b] = self._settled[b][-1][1]
        self._roots[rows] = common
        self._trie.cut(common)

    def _limit(self, rows: np.ndarray) -> None:
        """Give up prefixes that differ from the best further back than `most` symbols."""
        assert self.most is not None
        trie, nodes = self._trie, self._nodes[rows]
        filled = np.where(nodes < 0, nodes[:, :1], nodes)
        depths = trie.depths[filled[:, :1]] - self.most  # (N, 1)
        far = np.flatnonzero(trie.depths[trie.common(filled)] < depths[:, 0])
        if not len(far):
            return
        above = trie.above(filled[far], depths[far])
        other = above != above[:, :1]
        there, slot = rows[far[np.nonzero(other)[0]]], np.nonzero(other)[1]
        self._nodes[there, slot] = -1
        self._scores[:3, there, slot] = -np.inf
        self._settle(rows[far])

    def best(self, n: int = 1) -> list[list[Transcript]]:
        """The n best transcripts of each sequence so far, best first; fewer where no more are.

        Of equal scores the lower ids come first. What was taken by `take` is not in them.
        """
        n = scalars.integer("n", n, least=1)
        return [self._best(b, n) for b in range(self.sequences)]

    def _best(self, b: int, n: int) -> list[Transcript]:
        scores, total = self._scores[2, b], np.logaddexp(*self._scores[:2, b])
        found = []
        for slot in np.flatnonzero(scores > -np.inf).tolist():
            path = self._settled[b] + self._read_path(b, int(self._nodes[b, slot]))
            found.append(
                Transcript(
                    tuple(symbol for symbol, _ in path),
                    min(0.0, float(total[slot])),
                    float(scores[slot]),
                    tuple(frame for _, frame in path),
                )
            )
        found.sort(key=lambda one: (-one.score, one.ids))
        return found[:n]

    def take(self, b: int = 0) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The symbols of sequence b that no frame to come can change, and the frame of each; what
        was taken before is not among them. `best` forgets them."""
        self._settle(np.array([b]))
        taken, self._settled[b] = self._settled[b], []
        return tuple(symbol for symbol, _ in taken), tuple(frame for _, frame in taken)

    def _read_path(self, b: int, node: int) -> list[tuple[int, int]]:
        """Symbols and frames since the root; frames never fall."""
        path = self._trie.path(node)
        frames = np.maximum.accumulate([self._latest[b], *self._trie.frames[path]])[1:]
        return list(zip(self._trie.symbols[path].tolist(), frames.tolist(), strict=True))


class PrefixBeam:
    """The search in one sequence, as its frames come. Settings: see `PrefixBeams`.

    >>> import numpy
    >>> beam = PrefixBeam(normalized=True)
    >>> for p in numpy.array([[0.4, 0.35, 0.25], [0.4, 0.35, 0.25]]):
    ...     beam.step(numpy.log(p))
    >>> [one.ids for one in beam.best(3)]
    [(1,), (2,), ()]
    """

    def __init__(self, blank: int = 0, width: int = 16, **settings: Any) -> None:
        self._beams = PrefixBeams(1, blank=blank, width=width, **settings)

    @property
    def nodes(self) -> int:
        """How many nodes the search has now."""
        return self._beams.nodes

    def step(self, logits: Any) -> None:
        """Take in a frame, (C,). Errors: as those of `PrefixBeams.step`."""
        logits = np.asarray(logits)
        if logits.ndim != 1:
            raise ValueError(f"logits: expected shape (C,); got {logits.shape}")
        self._beams.step(logits[None])

    def best(self, n: int = 1) -> list[Transcript]:
        """The n best transcripts so far, best first, without what was taken."""
        return self._beams.best(n)[0]

    def take(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Symbols and frames that nothing to come can change: see `PrefixBeams.take`."""
        return self._beams.take(0)


def prefix_beam(
    logits: Any, lengths: Any = None, *, best: int = 1, **settings: Any
) -> list[list[Transcript]]:
    """The best transcripts of each of B sequences, best first.

    logits: (T, B, C); lengths: integers (B,), the frames of each; default T. best: how many
        transcripts. settings: those of `PrefixBeams`.
    Raises TypeError, ValueError for other arrays, and for frames that are no numbers.
    """
    logits, lengths = checked_frames(logits, lengths)
    beams = PrefixBeams(logits.shape[1], **settings)
    for t in range(int(lengths.max(initial=0))):
        rows = np.flatnonzero(lengths > t)
        beams.step(logits[t, rows], rows)
    return beams.best(best)
