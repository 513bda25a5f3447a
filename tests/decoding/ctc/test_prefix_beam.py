"""The prefix beam: exact where it is wide, the same alone, in a batch and frame by frame."""

from __future__ import annotations

import importlib
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.decoding import BestPaths, PrefixBeam, PrefixBeams, Transcript, greedy, prefix_beam
from pyrnn.decoding.ctc import tree
from pyrnn.decoding.ctc.tree import LEAST

from .paths import frames_of, log_softmax, texts_of


class Bigrams:
    """A language of chance: ln p of a class by the one before. A state: the last, (N,)."""

    def __init__(self, seed, classes):
        self.log_p = log_softmax(np.random.default_rng(seed).normal(size=(classes + 1, classes)))
        self.read = 0

    def begin(self, count):
        state = np.full(count, len(self.log_p) - 1)
        return self.log_p[state], state

    def step(self, symbols, state):
        assert symbols.dtype == np.int64
        self.read += len(symbols)
        return self.log_p[symbols], symbols.copy()

    @staticmethod
    def gather(state, rows):
        return state[rows]

    @staticmethod
    def join(one, other):
        return np.concatenate([one, other])

    def of(self, text):
        return sum(self.log_p[a, b] for a, b in zip([-1, *text], text, strict=False))


@given(st.integers(0, 999), st.integers(1, 4), st.integers(0, 5), st.booleans())
def test_a_wide_beam_adds_up_all_paths_and_knows_the_likeliest(
    seed, classes, length, with_language
):
    blank = seed % classes
    logits, _ = frames_of(seed, [length], classes)
    every = texts_of(log_softmax(logits[:, 0]), blank)
    language = Bigrams(seed, classes)
    said = {"language": language, "weight": 0.7, "bonus": 0.4} if with_language else {}
    (found,) = prefix_beam(logits, blank=blank, width=999, best=999, **said)
    assert {one.ids for one in found} == set(every)
    for one in found:
        log_p, frames = every[one.ids]
        assert one.log_likelihood == pytest.approx(log_p, abs=1e-9)
        assert one.frames == frames
        prior = 0.7 * language.of(one.ids) + 0.4 * len(one.ids) if with_language else 0.0
        assert one.score == pytest.approx(log_p + prior, abs=1e-9)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def frame_by_frame(logits, best, takes, **settings):
    """What a beam finds that hands out what is settled now and then: takes bool (T,)."""
    beam, taken = PrefixBeam(**settings), []
    for frame, now in zip(logits, takes, strict=True):
        beam.step(frame)
        if now:
            taken += beam.take()
    ids, frames = tuple(i for i, _ in taken), tuple(t for _, t in taken)
    return [
        Transcript(ids + one.ids, one.log_likelihood, one.score, frames + one.frames)
        for one in beam.best(best)
    ]


@given(
    st.integers(0, 999),
    st.integers(2, 5),
    st.lists(st.integers(0, 30), max_size=4),
    st.integers(1, 6),
    st.sampled_from([None, 1, 4, 9]),
    st.sampled_from([1.0, 6.0]),
    st.booleans(),
)
def test_alone_in_a_batch_and_frame_by_frame(
    seed, classes, lengths, width, delay, spread, with_language
):
    logits, lengths = frames_of(seed, lengths, classes, np.float32, spread=spread)
    settings = {"blank": seed % classes, "width": width, "delay": delay, "bonus": 0.5}
    if with_language:
        settings |= {"language": Bigrams(seed, classes), "weight": 0.7}
    together = prefix_beam(logits, lengths, best=width, **settings)
    assert len(together) == len(lengths)
    takes = np.random.default_rng(seed).random(len(logits)) < 0.3
    for b, (length, found) in enumerate(zip(lengths, together, strict=True)):
        alone = logits[:length, b]
        assert prefix_beam(alone[:, None], best=width, **settings) == [found]
        assert frame_by_frame(alone, width, takes[:length], **settings) == found
        assert len({one.ids for one in found}) == len(found) <= width


def test_sequences_step_in_any_company():
    logits, _ = frames_of(3, [20] * 3, 4)
    beams = PrefixBeams(3, width=4, delay=5)
    waiting = {0: 0, 1: 0, 2: 0}
    draw = np.random.default_rng(0)
    while waiting:
        rows = draw.permutation(list(waiting))[: draw.integers(1, 4)]
        beams.step(np.array([logits[waiting[b], b] for b in rows.tolist()]), rows)
        for b in rows.tolist():
            waiting[b] += 1
        waiting = {b: t for b, t in waiting.items() if t < 20}
    assert beams.best(4) == prefix_beam(logits, width=4, delay=5, best=4)


def test_sequences_may_be_searched_in_several_parts(monkeypatch):
    logits, lengths = frames_of(3, [6, 0, 9, 4, 9], 5)
    whole = prefix_beam(logits, lengths, width=4, best=4)
    module = importlib.import_module("pyrnn.decoding.ctc.prefix_beam")  # the function has its name
    for sequences in (1, 2):
        monkeypatch.setattr(module, "SCORES", sequences * 4 * 6)
        assert prefix_beam(logits, lengths, width=4, best=4) == whole


@pytest.mark.parametrize("kind", [partial(PrefixBeams, width=4, delay=6), BestPaths])
@pytest.mark.parametrize("with_language", [False, True])
def test_sequences_begin_and_begin_anew(kind, with_language):
    logits, _ = frames_of(4, [30] * 5, 4)
    if with_language and kind is not BestPaths:
        kind = partial(kind, language=Bigrams(2, 4), weight=0.5)
    search = kind(1)
    for frame in logits[:20, 0]:
        search.step(frame[None])
    search.resize(3)
    for frame in logits[:, 1:3]:
        search.step(frame, [2, 1])
    search.restart(0)
    search.restart(2)
    for frame in logits[:, 3:5]:
        search.step(frame, [0, 2])
    for row, b in ((0, 3), (1, 2), (2, 4)):
        alone = kind(1)
        for frame in logits[:, b]:
            alone.step(frame[None])
        assert search.take(row) == alone.take()
        assert search.best_of(row, 4) == alone.best_of(0, 4)
    with pytest.raises(ValueError, match="sequences: expected an integer of at least 3; got 2"):
        search.resize(2)
    with pytest.raises(ValueError, match="sequence: expected an integer"):
        search.restart(3)


P = np.array([[0.4, 0.35, 0.25]] * 2)


@pytest.mark.parametrize("added", [0.0, 5.0, -1000.0])
@pytest.mark.parametrize("settings", [{}, {"normalized": True}])
def test_two_frames_by_hand(added, settings):
    # ctcdecode 93, fast-ctc-decode 23: a constant added to a frame's logits changes nothing
    logits = np.log(P) + (0.0 if settings else added)
    (found,) = prefix_beam(logits[:, None], best=3, **settings)
    assert [one.ids for one in found] == [(1,), (2,), ()]
    assert [np.exp(one.score) for one in found] == pytest.approx([0.4025, 0.2625, 0.16])
    assert [one.frames for one in found] == [(0,), (0,), ()]


def test_a_frame_is_where_a_symbol_begins():
    p = np.full((9, 3), 0.01)
    p[:, 0] = 0.98
    p[3] = p[6] = p[7] = [0.01, 0.98, 0.01]
    p[4] = [0.98, 0.01, 0.01]
    (found,) = prefix_beam(np.log(p)[:, None], normalized=True)
    assert found[0].ids == greedy(np.log(p)[:, None])[0].ids == (1, 1)
    assert found[0].frames == greedy(np.log(p)[:, None])[0].frames == (3, 6)


def test_equal_scores_by_the_lower_ids():
    (found,) = prefix_beam(np.zeros((1, 1, 4)), blank=2, best=9)
    assert [one.ids for one in found] == [(), (0,), (1,), (3,)]
    (found,) = prefix_beam(np.zeros((1, 1, 4)), blank=2, best=9, width=2)
    assert [one.ids for one in found] == [(), (0,)]
    (found,) = prefix_beam(np.zeros((2, 1, 3)), best=9)
    scores = [(round(-one.score, 9), one.ids) for one in found]
    assert scores == sorted(scores)


def test_no_frames_and_no_sequences():
    empty = Transcript((), 0.0, 0.0, ())
    assert prefix_beam(np.zeros((0, 2, 3))) == [[empty], [empty]]
    assert prefix_beam(np.zeros((4, 1, 3)), [0]) == [[empty]]
    assert prefix_beam(np.zeros((4, 0, 3))) == []
    assert PrefixBeam().best(5) == [empty]


def test_nothing_but_the_blank():
    (found,) = prefix_beam(np.zeros((5, 1, 1)), best=3)
    assert [(one.ids, one.score) for one in found] == [((), 0.0)]


def test_impossible_symbols_are_in_no_transcript():
    logits = np.zeros((3, 1, 4))
    logits[:, :, 2] = -np.inf
    (found,) = prefix_beam(logits, best=99, width=99)
    assert found
    assert not any(2 in one.ids for one in found)


def test_numbers_that_are_very_unlikely_keep_their_order():
    logits = np.array([[[0.0, -1e4, -2e4]]])
    (found,) = prefix_beam(logits, best=3)
    assert [one.ids for one in found] == [(), (1,), (2,)]
    assert [one.score for one in found] == [0.0, -1e4, -2e4]


def test_a_language_decides_where_frames_do_not():
    language = Bigrams(0, 3)
    language.log_p = np.log([[1.0, 0.1, 0.9], [1.0, 0.1, 0.9], [1.0, 0.9, 0.1], [1.0, 0.2, 0.8]])
    logits = np.tile([[[0.0, 9.2, 9.0]], [[9.0, 0.0, 0.0]]], (4, 1, 1))
    (found,) = prefix_beam(logits, language=language, weight=1.0, bonus=0.5)
    assert found[0].ids == (2, 1, 2, 1)
    (found,) = prefix_beam(logits, language=language, weight=0.0)
    assert found[0].ids == (1, 1, 1, 1)


def test_a_language_reads_each_prefix_once():
    logits, _ = frames_of(5, [40], 4)
    language = Bigrams(1, 4)
    prefix_beam(logits, language=language, weight=1.0, width=4)
    assert language.read <= 40 * 4


def speaking(frames, classes, seed=0):
    """Frames (T, C) of which some are certain, and some nearly open between two symbols."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(frames, classes))
    said = np.where(rng.random(frames) < 0.6, 0, rng.integers(1, classes, frames))
    logits[np.arange(frames), said] += 7
    logits[np.arange(frames), rng.integers(0, classes, frames)] += 6
    return logits


@given(st.integers(0, 999), st.sampled_from([None, 3, 11]), st.sampled_from([1.0, 4.0]))
def test_what_is_swept_out_is_not_missed(seed, delay, spread):
    logits, _ = frames_of(seed, [60, 60], 4, spread=spread)
    settings = {"width": 5, "delay": delay, "best": 5}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tree, "LEAST", 100_000)
        kept = prefix_beam(logits, **settings)
        patch.setattr(tree, "LEAST", 1)  # a sweep every few frames
        swept = prefix_beam(logits, **settings)
    assert swept == kept


@pytest.mark.parametrize("delay", [8, 40])
def test_a_stream_does_not_grow(delay):
    beam = PrefixBeam(width=8, delay=delay)
    most, said = [], 0
    for t, frame in enumerate(speaking(6000, 6)):
        beam.step(frame)
        said += len(beam.take()) if t % 50 == 49 else 0
        most.append(beam.nodes)
        assert len(beam.best()[0].ids) <= 2 * delay + 50
    assert said > 1000
    # at most `delay` and a fourth more frames are open, with 8 prefixes each; four times that, as
    # the sweeps leave room; and the same for alignments
    assert max(most[3000:]) <= 2 * max(LEAST, 4 * (1.25 * delay + 2) * 8)
    assert max(most[3000:]) <= 1.2 * max(most[:3000])


def test_what_was_open_too_long_is_settled():
    # 1 or 2 at first, which nothing later decides; then silence and one symbol now and then
    logits = np.full((200, 4), -9.0)
    logits[:, 0] = 9.0
    logits[0] = [-9.0, 1.0, 0.9, -9.0]
    logits[10::10] = [-9.0, -9.0, -9.0, 9.0]
    open_one, settling = PrefixBeam(), PrefixBeam(delay=20)
    for t, frame in enumerate(logits[:100]):
        open_one.step(frame)
        settling.step(frame)
        if t == 10:
            assert open_one.take() == settling.take() == []
    assert open_one.take() == []
    assert {one.ids[:1] for one in open_one.best(9)} >= {(1,), (2,)}
    assert settling.take()[0] == (1, 0)
    assert settling.best()[0].ids[:1] == (3,)


def test_silence_is_settled():
    beam = PrefixBeam(delay=10)
    frame = np.log(np.array([0.96, 0.02, 0.02]))
    beam.step(np.log([0.02, 0.96, 0.02]))
    for _ in range(13):
        beam.step(frame)
    assert beam.take() == [(1, 0)]
    assert beam.best()[0].ids == ()


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"blank": -1}, ValueError, "blank: expected an integer of at least 0; got -1"),
        ({"width": 0}, ValueError, "width: expected an integer of at least 1 .*; got 0"),
        ({"width": 10_001}, ValueError, "width: expected an integer .* at most 10000; got 10001"),
        ({"width": 10**21}, ValueError, "width: expected an integer .* at most 10000; got 1000"),
        ({"width": 2.5}, TypeError, "width: expected an integer; got float 2.5"),
        ({"weight": -1}, ValueError, "weight: expected a number of at least 0; got -1"),
        ({"bonus": float("nan")}, ValueError, "bonus: expected a number"),
        ({"delay": 0}, ValueError, "delay: expected an integer of at least 1; got 0"),
    ],
)
def test_settings_that_are_none(settings, error, words):
    with pytest.raises(error, match=words):
        PrefixBeam(**settings)


@pytest.mark.parametrize(
    ("frames", "rows", "error", "words"),
    [
        (np.full((2, 3), np.nan), None, ValueError, "logits: expected a finite largest number"),
        (np.zeros((2, 3, 1)), None, ValueError, r"logits: expected shape \(B, V\)"),
        (np.zeros((1, 3)), None, ValueError, "logits: expected 2 rows; got 1"),
        (np.zeros((2, 1)), None, ValueError, "logits: expected more than 1 classes"),
        (np.zeros((2, 3)), [0, 0], ValueError, "rows: expected each sequence once"),
        (np.zeros((2, 3)), [0, 2], ValueError, "rows: expected integers from 0 to 1; got 2"),
        (np.zeros((2, 3)), [0, -1], ValueError, "rows: expected integers from 0 to 1; got -1"),
        (np.zeros((2, 3)), [0.0, 1.0], TypeError, "rows: expected integers; got float64"),
        (np.zeros((2, 3)), [[0, 1]], ValueError, r"rows: expected shape \(N,\); got \(1, 2\)"),
    ],
)
def test_frames_that_are_refused_change_nothing(frames, rows, error, words):
    beams = PrefixBeams(2, blank=1, width=3)
    beams.step(np.array([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    before, nodes = beams.best(9), beams.nodes
    with pytest.raises(error, match=words):
        beams.step(frames, rows)
    assert (beams.best(9), beams.nodes) == (before, nodes)


@pytest.mark.parametrize(
    ("log_p", "words"),
    [
        (np.zeros((4, 7)), r"language: expected ln p of shape \(2, 3\); got \(2, 7\)"),
        (np.full((4, 3), 0.5), "language: expected"),
        (np.full((4, 3), np.nan), "language: expected"),
    ],
)
def test_a_language_that_is_none(log_p, words):
    language = Bigrams(0, 3)
    beam = PrefixBeam(width=4, language=language, weight=1.0)
    language.step = lambda symbols, state: (log_p[: len(symbols) or 4], state)
    before = beam.best()
    with pytest.raises(ValueError, match=words):
        beam.step(np.zeros(3))
    assert beam.best() == before
    with pytest.raises(ValueError, match="logits: expected 3 classes, as the language; got 5"):
        beam.step(np.zeros(5))


def test_frames_that_are_no_frames():
    beam = PrefixBeam()
    with pytest.raises(ValueError, match=r"logits: expected shape \(C,\); got \(1, 3\)"):
        beam.step(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="sequence: expected an integer"):
        PrefixBeams(2).take(2)
