"""Prefix beam search: the likeliest texts behind the outputs of CTC, frame by frame.

A text is as likely as all the paths that spell it together (see `pyrnn.decoding.ctc.step` for the
sums). Of the prefixes so far the `width` best are followed, by

    score(y) = ln p(y | frames) + sum over i of (weight ln p(y_i | y_1 ... y_{i-1}) + bonus)

where the sum is that of a language model, if there is one (Hannun et al. 2014, arXiv 1408.2873).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn.decoding.choice import checked_rows
from pyrnn.decoding.ctc.alignments import Alignments
from pyrnn.decoding.ctc.frames import checked_frames, log_probabilities
from pyrnn.decoding.ctc.language import Language, Priors
from pyrnn.decoding.ctc.search import OneSequence, checked_rows_of, checked_sequence
from pyrnn.decoding.ctc.step import EMPTY, Moves, Slots, advance
from pyrnn.decoding.ctc.transcript import Transcript
from pyrnn.decoding.ctc.tree import NOTHING
from pyrnn.decoding.ctc.trie import Trie
from pyrnn.decoding.likeliest import WIDEST
from pyrnn.kernels import scalars

MOST_BONUS = 1e6  # either way: more, and the rest of a score is lost in rounding
SCORES = 1 << 22  # that are held at a time, of all prefixes of some sequences: 32 MB


class PrefixBeams:
    """The search in B sequences, any of which take in a frame together.

    A `Search`. Prefixes share their beginnings, and what all prefixes of a sequence begin with is
    settled.

    sequences: B. blank: the class that is no symbol; default 0. width: how many prefixes of a
        sequence are followed at a time; default 16, at most 10,000.
    language: see `Language`; None: none. weight: of its ln p, at least 0; default 0. bonus: what
        each symbol adds to the score; default 0.
    delay: how many frames what was heard may be open: what the best prefix had so many frames ago,
        and up to a fourth more, is settled, and prefixes that begin otherwise are given up. A frame
        costs the same then, and the memory is the same, however many there were before. None (the
        default): no prefix is given up for that.
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
        delay: int | None = None,
        normalized: bool = False,
    ) -> None:
        self.blank = scalars.integer("blank", blank, least=0)
        self.width = scalars.integer("width", width, least=1, most=WIDEST)
        weight = scalars.real("weight", weight, least=0)
        bonus = scalars.real("bonus", bonus, least=-MOST_BONUS, most=MOST_BONUS)
        self.delay = None if delay is None else scalars.integer("delay", delay, least=1)
        self.normalized = bool(normalized)
        self.sequences = 0
        self._trie, self._alignments = Trie(), Alignments()
        self._bonus = np.full((1, 1, 1), bonus) if bonus else None
        self._priors = Priors(language, weight, bonus) if language is not None and weight else None
        self._frames = np.zeros(0, np.int64)  # (B,) how many each has read
        self._latest = np.zeros(0, np.int64)  # (B,) the frame of the last settled symbol
        self._settled: list[list[tuple[int, int]]] = []  # symbols, frames
        self._roots = np.zeros(0, np.int64)  # (B,) of what is settled
        self._nodes, self._slots = self._begun(self._roots)  # (B, W)
        self.resize(sequences)

    def _begun(self, roots: np.ndarray) -> tuple[np.ndarray, Slots]:
        """The slots of sequences (B,) before the first frame, with the prefix of their roots."""
        shape = len(roots), self.width
        nodes, slots = np.full(shape, NOTHING), Slots(*(np.full(shape, one) for one in EMPTY))
        nodes[:, 0], slots.last[:, 0] = roots, self.blank
        slots.blank[:, 0] = slots.best_blank[:, 0] = slots.score[:, 0] = 0.0  # of the empty path
        return nodes, slots

    def resize(self, sequences: int) -> None:
        """See `Search`."""
        more = scalars.integer("sequences", sequences, least=self.sequences) - self.sequences
        roots, none = self._trie.roots(more), np.zeros(more, np.int64)
        nodes, slots = self._begun(roots)
        if self._priors is not None:
            first = self.sequences * self.width
            self._priors.begin(first + np.arange(more * self.width))
        self._roots = np.append(self._roots, roots)
        self._nodes = np.concatenate([self._nodes, nodes])
        self._slots = Slots(*map(np.concatenate, zip(self._slots, slots, strict=True)))
        self._frames, self._latest = np.append(self._frames, none), np.append(self._latest, none)
        self._settled += [[] for _ in range(more)]
        self.sequences += more

    def restart(self, sequence: int) -> None:
        """See `Search`."""
        b = checked_sequence(sequence, self.sequences)
        if self._priors is not None:
            self._priors.begin(b * self.width + np.arange(self.width))
        self._roots[b] = root = self._trie.roots(1)[0]
        nodes, slots = self._begun(np.array([root]))
        self._nodes[b] = nodes[0]
        for part, new in zip(self._slots, slots, strict=True):
            part[b] = new[0]
        self._frames[b], self._latest[b], self._settled[b] = 0, 0, []

    @property
    def nodes(self) -> int:
        """How many nodes the search has now: what its memory grows with."""
        return self._trie.size + self._alignments.size

    def step(self, logits: Any, rows: Any = None) -> None:
        """See `Search`."""
        some = checked_rows_of(rows, self.sequences)
        logits = checked_rows(logits, len(some))
        log_p = log_probabilities(logits, self.blank, self.normalized)
        if not len(some):
            return
        self._make_room(some.size * self.width)
        where = slice(None) if rows is None else some
        nodes = self._nodes[where]  # (N, W)
        before = Slots(*(part[where] for part in self._slots))
        gains = self._gains(where, log_p.shape[1])
        after, moves = advance(log_p, before, self._trie.slots_of_parents(nodes), gains, self.blank)
        if self._priors is not None:
            slots = some[:, None] * self.width + np.arange(self.width)  # (N, W)
            sources = slots[:, :1] + moves.sources
            self._priors.move(
                slots.ravel(), sources.ravel(), moves.grown.ravel(), after.last.ravel()
            )
        self._nodes[where] = self._follow(some, nodes, after, moves)
        for part, new in zip(self._slots, after, strict=True):
            part[where] = new
        self._frames[where] += 1
        self._tidy(some)

    def _gains(self, where: Any, classes: int) -> np.ndarray | None:
        """What symbols add to a score, (N, W, C) or such that broadcasts to it."""
        if self._priors is None:
            return self._bonus
        known = self._priors.gains.shape[1]
        if known != classes:
            raise ValueError(f"logits: expected {known} classes, as the language; got {classes}")
        return self._priors.gains.reshape(-1, self.width, classes)[where]

    def _follow(
        self, rows: np.ndarray, nodes: np.ndarray, after: Slots, moves: Moves
    ) -> np.ndarray:
        """The nodes of the prefixes after a frame, (N, W), from those before it; the alignments of
        symbols that begin in it are put into `after`."""
        place = moves.sources + (np.arange(len(nodes)) * self.width)[:, None]
        found = np.where(after.score > -np.inf, nodes.take(place), NOTHING)
        grown, begins = moves.grown, moves.begins
        found[grown] = self._trie.children(found[grown], after.last[grown])
        frames = self._frames[rows[begins.nonzero()[0]]]
        after.at_label[begins] = self._alignments.append(moves.behind[begins], frames)
        after.at_blank[grown] = after.at_label[grown]
        return found

    def _make_room(self, more: int) -> None:
        """Settle what can be, and forget what no prefix leads through, where there is no room for
        so many nodes more."""
        trie, alignments, slots = self._trie, self._alignments, self._slots
        if trie.has_room(more) and alignments.has_room(more):
            return
        for b in range(self.sequences):
            self._settle(b)
        numbers = trie.sweep(np.append(self._nodes, self._roots), -1, more)
        self._roots, self._nodes = numbers[self._roots], numbers[self._nodes]
        at = np.stack([slots.at_blank, slots.at_label])  # (2, B, W)
        floors = np.broadcast_to(trie.depths[self._roots][:, None], at.shape)
        numbers = alignments.sweep(at.ravel(), floors.ravel(), more)
        slots.at_blank[:], slots.at_label[:] = numbers[at]

    def _tidy(self, rows: np.ndarray) -> None:
        """Now and then: settle what has been open for long."""
        if self.delay is not None:
            period = max(1, self.delay // 4)
            for b in rows[self._frames[rows] % period == 0].tolist():
                self._settle(b, self._give_up(b))

    def _give_up(self, b: int) -> int:
        """Empty the slots of prefixes that do not begin as the best one did `delay` frames ago;
        returns how many symbols that had."""
        assert self.delay is not None
        trie, nodes = self._trie, self._nodes[b]
        _, frames = self._open(b, 0)
        late = self._frames[b] - self.delay
        depth = int(trie.depths[self._roots[b]]) + sum(frame < late for frame in frames)
        begun = trie.within(nodes, depth)
        slots = (begun != begun[0]).nonzero()[0]
        nodes[slots] = NOTHING
        for part, value in zip(self._slots, EMPTY, strict=True):
            part[b, slots] = value
        return depth

    def _settle(self, b: int, depth: int = 0) -> None:
        """Cut off what all prefixes of a sequence begin with, where they are aligned alike.

        depth: how many symbols are cut off even if they are not, as the best prefix has them.
        """
        trie, root, filled = self._trie, int(self._roots[b]), self._nodes[b] != NOTHING
        floor = int(trie.depths[root])
        node = trie.common(self._nodes[b, filled].tolist(), floor)
        aligned = [*self._slots.at_blank[b, filled], *self._slots.at_label[b, filled]]
        alike = self._alignments.common(list(map(int, aligned)), floor)
        depth = min(int(trie.depths[node]), max(depth, int(self._alignments.depths[alike])))
        if depth > floor:
            symbols, frames = (part[: depth - floor] for part in self._open(b, 0))
            self._settled[b] += zip(symbols, frames, strict=True)
            self._latest[b] = frames[-1]
            self._roots[b] = root = trie.path(node, depth - 1)[0]
            trie.cut(root)

    def best(self, n: int = 1) -> list[list[Transcript]]:
        """The n best transcripts of each sequence: see `best_of`."""
        return [self.best_of(b, n) for b in range(self.sequences)]

    def best_of(self, sequence: int, n: int = 1) -> list[Transcript]:
        """See `Search`."""
        b = checked_sequence(sequence, self.sequences)
        n = scalars.integer("n", n, least=1)
        slots = Slots(*(part[b] for part in self._slots))
        total = np.logaddexp(slots.blank, slots.label)
        falling = np.sort(slots.score)[::-1]
        least = max(falling[min(n, self.width) - 1], -1e300)  # an empty slot has minus infinity
        found = []
        for slot in (slots.score >= least).nonzero()[0].tolist():
            ids, frames = zip(*self._settled[b], strict=True) if self._settled[b] else ((), ())
            more_ids, more_frames = self._open(b, slot)
            ids, frames = (*ids, *more_ids), (*frames, *more_frames)
            score = float(slots.score[slot])
            found.append(Transcript(ids, min(0.0, float(total[slot])), score, frames))
        found.sort(key=lambda one: (-one.score, one.ids))
        return found[:n]

    def take(self, sequence: int = 0) -> list[tuple[int, int]]:
        """See `Search`."""
        b = checked_sequence(sequence, self.sequences)
        self._settle(b)
        taken, self._settled[b] = self._settled[b], []
        return taken

    def _open(self, b: int, slot: int) -> tuple[list[int], list[int]]:
        """The symbols of a prefix that are not settled, and the frames where they begin."""
        trie, alignments = self._trie, self._alignments
        floor = int(trie.depths[self._roots[b]])
        slots = Slots(*(part[b, slot : slot + 1] for part in self._slots))
        places = alignments.frames[alignments.path(int(slots.at[0]), floor)]
        # what was settled of the best one may have been later than this one has it
        frames = np.maximum.accumulate([self._latest[b], *places])[1:]
        path = trie.path(int(self._nodes[b, slot]), floor)
        return trie.symbols[path].tolist(), frames.tolist()


class PrefixBeam(OneSequence):
    """The search in one sequence, as its frames come. Settings: see `PrefixBeams`.

    >>> import numpy
    >>> from pyrnn.decoding import PrefixBeam
    >>> beam = PrefixBeam(normalized=True)
    >>> for p in numpy.array([[0.4, 0.35, 0.25], [0.4, 0.35, 0.25]]):
    ...     beam.step(numpy.log(p))
    >>> [one.ids for one in beam.best(3)]
    [(1,), (2,), ()]
    """

    def __init__(self, blank: int = 0, width: int = 16, **settings: Any) -> None:
        self._beams = PrefixBeams(1, blank=blank, width=width, **settings)
        super().__init__(self._beams)

    @property
    def nodes(self) -> int:
        """How many nodes the search has now."""
        return self._beams.nodes


def prefix_beam(
    logits: Any, lengths: Any = None, *, best: int = 1, **settings: Any
) -> list[list[Transcript]]:
    """The best transcripts of each of B sequences, best first.

    logits: (T, B, C); lengths: integers (B,), the frames of each; default T. best: how many
        transcripts. settings: those of `PrefixBeams`.
    Raises TypeError, ValueError for other arrays, and for frames that are no numbers.
    """
    logits, lengths = checked_frames(logits, lengths)
    width = PrefixBeams(0, **settings).width
    together = max(1, SCORES // (width * (1 + logits.shape[2])))  # the same results, in less room
    return [
        found
        for first in range(0, len(lengths), together)
        for found in _searched(
            logits[:, first : first + together], lengths[first : first + together], best, settings
        )
    ]


def _searched(
    logits: np.ndarray, lengths: np.ndarray, best: int, settings: dict[str, Any]
) -> list[list[Transcript]]:
    """The best transcripts of sequences that are searched together."""
    beams = PrefixBeams(len(lengths), **settings)
    for t in range(int(lengths.max(initial=0))):
        rows = (lengths > t).nonzero()[0]
        beams.step(logits[t, rows], rows if len(rows) < len(lengths) else None)
    return beams.best(best)
