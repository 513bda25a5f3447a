"""Transcriptions of frames as they come: what `predict` finds, however the frames are cut."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from pyrnn.models import (
    LanguageModel,
    PartialText,
    Transcriber,
    TranscriptionPool,
    TranscriptionStream,
)

SHAPES = {"a": [0, 1, 1, 0], "b": [0, -1, -1, 0], "c": [0, 1, -1, 0], "é": [0, -1, 1, 0]}


def drawn(count, seed=0, noise=0.4):
    """Noisy frames (4 L, 1) of texts of 0 to 6 letters, and the texts."""
    draw = np.random.default_rng(seed)
    texts = ["".join(draw.choice(list(SHAPES), size=n % 7)) for n in range(count)]
    frames = [
        (np.concatenate([[], *(SHAPES[one] for one in text)])[:, None]).astype(np.float32)
        for text in texts
    ]
    return [x + noise * draw.normal(size=x.shape).astype(np.float32) for x in frames], texts


FRAMES, TEXTS = drawn(210)
DECODINGS = [{}, {"beam": 6}, {"beam": 6, "symbol_bonus": 0.5}]


def fitted(texts, **settings):
    model = Transcriber(hidden_size=12, bidirectional=False, impossible="skip", **settings)
    model.fit(FRAMES, texts, epochs=15, learning_rate=0.03)
    return model


@pytest.fixture(scope="module", params=[1, 3], ids="{} frames a step".format)
def model(request):
    with warnings.catch_warnings():  # with 3, some texts have no room
        warnings.simplefilter("ignore")
        return fitted(TEXTS, frames_per_step=request.param)


def joined(before, one):
    """Text, symbols and frames so far, with those of a part."""
    return before[0] + one.stable, before[1] + one.symbols, before[2] + one.frames


def fed(stream, frames, cuts):
    """All that a stream gives for frames that are cut into pieces of such lengths."""
    found, t = ("", (), ()), 0
    for n in (*cuts, len(frames)):
        found = joined(found, stream.feed(frames[t : t + n]))
        t += n
    last = stream.finish()
    assert last.tentative == ""
    return joined(found, last)


@pytest.mark.parametrize("decoding", DECODINGS)
def test_as_predict_however_the_frames_are_cut(model, decoding):
    draw = np.random.default_rng(1)
    stream = model.stream(delay=None, **decoding)
    predictions = model.predict(FRAMES[:30], **decoding)
    assert len({one.text for one in predictions}) > 10
    for frames, expected in zip(FRAMES, predictions, strict=False):
        found = fed(stream, frames, draw.integers(0, 5, 9))
        assert found == (expected.text, expected.symbols, expected.frames)


@pytest.mark.parametrize("delay", [2, 20])
@pytest.mark.parametrize("decoding", DECODINGS)
def test_many_at_once_as_one_at_a_time(model, decoding, delay):
    draw = np.random.default_rng(2)
    pool = TranscriptionPool(model, delay=delay, **decoding)
    said = {}

    def ask(session):
        said[session] = joined(said[session], pool.text(session))

    waiting = [k for k in range(12) if len(FRAMES[k])]
    running = {}  # session -> (number, frames read)
    results = {}
    while waiting or running:
        while waiting and len(running) < 4:
            session = pool.open()
            running[session], said[session] = (waiting.pop(0), 0), ("", (), ())
        now = [s for s in running if draw.random() < 0.7]
        if now and draw.random() < 0.8:
            pool.step(now, np.stack([FRAMES[k][t] for k, t in (running[s] for s in now)]))
            steps = dict.fromkeys(now, 1)
        elif now:
            steps = {now[0]: 2}
            k, t = running[now[0]]
            pool.run(now[0], FRAMES[k][t : t + 2])
        else:
            steps = {}
        for session, n in steps.items():
            k, t = running[session]
            running[session] = k, t + n
            if draw.random() < 0.5:
                ask(session)
            if t + n >= len(FRAMES[k]):
                results[k] = joined(said[session], pool.finish(session))
                del running[session]
    assert len(pool) == 0
    stream = model.stream(delay=delay, **decoding)
    for k, found in results.items():
        assert found == fed(stream, FRAMES[k], [])


def test_what_is_said_is_never_taken_back(model):
    frames = np.concatenate(FRAMES)
    stream, text = model.stream(beam=4, delay=12), ""
    seen = 0
    for t in range(0, len(frames), 7):
        one = stream.feed(frames[t : t + 7])
        assert isinstance(one, PartialText)
        text += one.stable
        seen += bool(one.tentative)
        # what is open came in the last 12 steps, or 3 more, and is asked for once in 7 frames
        assert len(one.tentative) <= 12 + 3 + 7
    assert seen
    assert text + stream.finish().stable == fed(model.stream(beam=4, delay=12), frames, [])[0]


def test_a_stream_keeps_no_more_the_longer_it_runs(model):
    frames = np.tile(np.concatenate(FRAMES[:20]), (40, 1))
    stream = TranscriptionStream(model, beam=4, delay=12)
    search = stream._pool._search
    most = []
    for t in range(0, len(frames), 50):
        stream.feed(frames[t : t + 50])
        most.append(search.nodes)
    half = len(most) // 2
    assert max(most[half:]) <= 1.1 * max(most[:half])
    assert search.sequences == 1


def test_a_new_sequence_begins_as_the_first(model):
    stream = model.stream(beam=4)
    first = fed(stream, FRAMES[5], [])
    stream.feed(FRAMES[6][:7])
    stream.reset()
    assert fed(stream, FRAMES[5], [3]) == first
    assert stream.finish() == PartialText("", "")


@pytest.mark.parametrize(
    ("texts", "settings"),
    [
        (TEXTS, {"unit": "bytes"}),  # é has two
        ([" ".join(text) for text in TEXTS], {"unit": "subwords", "max_vocabulary": 262}),
        ([" ".join(text) for text in TEXTS], {"unit": "regex", "pattern": r"\S"}),
        ([" ".join(text) for text in TEXTS], {"unit": "words"}),
        ([" ".join(text) for text in TEXTS], {"unit": "characters"}),
        ([list(text) for text in TEXTS], {}),
        ([[10 * "abcé".index(c) for c in text] for text in TEXTS], {}),
    ],
    ids=["bytes", "subwords", "regex", "words", "blanks", "labels", "numbers"],
)
def test_the_parts_of_any_kind_of_text_join(texts, settings):
    model = fitted(texts, **settings)
    stream, predictions = model.stream(delay=None, beam=3), model.predict(FRAMES[:40], beam=3)
    assert len({one.text for one in predictions}) > 2
    for frames, expected in zip(FRAMES[:40], predictions, strict=True):
        text, symbols, places = fed(stream, frames, [1] * len(frames))
        assert (text, symbols, places) == (expected.text, expected.symbols, expected.frames)


def test_a_frame_may_be_in_any_form(model):
    stream = model.stream()
    expected = fed(stream, FRAMES[5], [])
    assert fed(stream, FRAMES[5][:, 0], []) == expected
    assert fed(stream, FRAMES[5].tolist(), []) == expected
    assert fed(stream, FRAMES[5].astype(np.float64), []) == expected


@pytest.fixture(scope="module")
def language(tmp_path_factory):
    folder = tmp_path_factory.mktemp("language")
    model = LanguageModel(hidden_size=8)
    model.fit("abcé\n" * 40, batch_size=4, bptt=10, epochs=6, learning_rate=0.03)
    model.save(folder / "model")
    return folder / "model"


def test_a_language_model_has_its_say(model, language):
    plain = [one.text for one in model.predict(FRAMES[:40], beam=6)]
    how = {"beam": 6, "language": language, "language_weight": 1.5}
    found = model.predict(FRAMES[:40], **how)
    assert [one.text for one in found] != plain
    stream = model.stream(delay=None, **how)
    for frames, one in zip(FRAMES[:40], found, strict=True):
        assert fed(stream, frames, [2, 3])[0] == one.text

    def pairs(texts):  # of letters that follow one another in the language
        return sum(text.count(pair) for text in texts for pair in ("ab", "bc", "cé"))

    assert pairs(one.text for one in found) > pairs(plain)


def test_a_language_model_of_other_symbols(model, language, tmp_path):
    other = LanguageModel(hidden_size=8)
    other.fit("abcd\n" * 40, batch_size=4, bptt=10, epochs=1)
    other.save(tmp_path / "model")
    words = "language: expected a model that knows the transcriber's 4 symbols; one of characters"
    for use in (model.stream, lambda **how: model.predict(FRAMES, **how)):
        with pytest.raises(ValueError, match=words + " does not know 'é'"):
            use(beam=4, language=tmp_path / "model")


@pytest.mark.parametrize(
    ("frames", "error", "words"),
    [
        ([[1.0, 2.0]], ValueError, r"frames: expected shape \(n, 1\); got \(1, 2\)"),
        ([0.0, np.nan], ValueError, "frames: frame 1, feature 0: expected a finite number of"),
        (
            [1e60],
            ValueError,
            r"frame 0, feature 0: expected a finite number of float32; got 1e\+60",
        ),
        ("ab", TypeError, "frames: expected real numbers"),
        (None, TypeError, "frames: expected real numbers"),
    ],
)
def test_frames_that_are_none_change_nothing(model, frames, error, words):
    stream = model.stream()
    first = stream.feed(FRAMES[6][:8])
    with pytest.raises(error, match=words):
        stream.feed(frames)
    rest = fed(stream, FRAMES[6][8:], [])
    assert first.stable + rest[0] == fed(model.stream(), FRAMES[6], [8])[0]


@pytest.mark.parametrize(
    ("ids", "frames", "error", "words"),
    [
        ([0, 0], [[1], [1]], ValueError, "ids: expected each sequence once"),
        ([0, 7], [[1], [1]], ValueError, "session: expected the id of an open sequence; got 7"),
        ([0, 1], [[1]], ValueError, r"frames: expected shape \(2, 1\); got \(1, 1\)"),
        ([0.5], [[1]], TypeError, "ids: expected"),
        ([[0]], [[1]], ValueError, "ids: expected a list of integers"),
    ],
)
def test_sequences_that_are_none_change_nothing(model, ids, frames, error, words):
    pool = TranscriptionPool(model)
    names = {0: pool.open(), 1: pool.open()}
    ids = [names.get(k, k) for k in ids] if ids and np.ndim(ids) == 1 else ids
    with pytest.raises(error, match=words):
        pool.step(ids, np.array(frames, np.float32))
    for session in names.values():
        assert pool.finish(session) == PartialText("", "")
    with pytest.raises(ValueError, match="session: expected the id of an open sequence"):
        pool.text(names[0])


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"delay": 0}, ValueError, "delay: expected an integer of at least 1; got 0"),
        ({"beam": 0}, ValueError, "beam: expected"),
        ({"beam": 10**7}, ValueError, "beam: expected .* at most 10000"),
        ({"beam": 4, "nbest": 2}, ValueError, "nbest: expected 1 for a stream"),
        ({"beem": 3}, TypeError, "beem: expected a setting of TranscriberDecoding"),
        ({"decoding": 3}, TypeError, "decoding"),
    ],
)
def test_settings_that_are_none(model, settings, error, words):
    with pytest.raises(error, match=words):
        model.stream(**settings)


def test_what_a_stream_is_called(model):
    shown = f"(frames (n, 1), {len(model.symbols)} symbols"
    assert repr(model.stream()) == f"TranscriptionStream{shown})"
    assert repr(TranscriptionPool(model)) == f"TranscriptionPool{shown}, 0 open)"


def test_models_that_cannot_be_streamed(model):
    with pytest.raises(TypeError, match="model: expected a Transcriber; got int"):
        TranscriptionPool(3)
    with pytest.raises(ValueError, match="bidirectional: expected False for a stream"):
        Transcriber(hidden_size=4).for_data(FRAMES, TEXTS).stream()
    with pytest.raises(ValueError, match="not"):
        Transcriber(hidden_size=4, bidirectional=False).stream()
