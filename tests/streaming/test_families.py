"""What every model's stream has in common: the bits of the model, and of a session alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pyrnn
from pyrnn.models import SequenceTagger

from .families import MAKE, ONE_WAY, SENTENCES, TAGS, Case, case
from .test_stream import same

CASES = pytest.mark.parametrize("name", MAKE)


def alone(of: Case, steps: Any) -> np.ndarray:
    stream = pyrnn.Stream(of.model)
    return np.stack([stream.step(step) for step in steps])


@CASES
def test_each_step_is_what_the_model_says(name: str) -> None:
    of = case(name)
    assert same(alone(of, of.steps), of.said(of.steps))


@CASES
def test_sessions_by_turns(name: str) -> None:
    """silero-vad#357, WhisperLiveKit PR 303: none sees what another one has read."""
    of = case(name)
    first, second = list(of.steps), list(of.steps)[::-1]
    wanted = alone(of, first), alone(of, second)
    streams = [pyrnn.Stream(of.model), pyrnn.Stream(of.model)]
    pool = pyrnn.StreamPool(streams[0])
    sessions = [pool.open(), pool.open()]
    for t, steps in enumerate(zip(first, second, strict=True)):
        order = [0, 1] if t % 2 else [1, 0]
        rows = pool.step([sessions[k] for k in order], [steps[k] for k in order])
        for row, k in zip(rows, order, strict=True):
            assert same(row, wanted[k][t])
            assert same(streams[k].step(steps[k]), wanted[k][t])


@CASES
def test_a_slot_that_another_session_had(name: str) -> None:
    """lucebox PR 210."""
    of = case(name)
    wanted = alone(of, of.steps)
    pool = pyrnn.StreamPool(of.model)
    others = [pool.open(), pool.open()]
    pool.run(others[0], list(of.steps)[::-1])
    pool.close(others[0])
    session = pool.open()
    assert session not in others
    assert same(pool.run(session, of.steps), wanted)
    pool.reset(session)
    assert same(pool.step([session], of.steps[:1]), wanted[:1])


@CASES
def test_seven_steps_as_three_and_four(name: str) -> None:
    """whisper.cpp PR 3677."""
    of = case(name)
    steps = of.steps[:7]
    wanted = alone(of, steps)
    stream = pyrnn.Stream(of.model)
    assert same(np.concatenate([stream.run(steps[:3]), stream.run(steps[3:])]), wanted)
    whole = pyrnn.Stream(of.model)
    assert same(whole.run(steps), wanted)
    for part, array in stream.state.items():
        assert same(whole.state[part], array)
    assert stream.run(steps[:0]).shape == (0, *wanted.shape[1:])


@CASES
def test_the_same_call_twice(name: str) -> None:
    """keras#10231: nothing but the session's own state decides."""
    of = case(name)
    stream = pyrnn.Stream(of.model)
    before = stream.state
    first = stream.run(of.steps)
    stream.state = before
    assert same(stream.run(of.steps), first)
    stream.reset()
    assert same(np.stack([stream.step(step) for step in of.steps]), first)
    assert same(of.said(of.steps), first)


@CASES
def test_what_goes_in_and_out_keeps_the_dtype(name: str) -> None:
    of = case(name)
    dtype = of.dtype
    stream, pool = pyrnn.Stream(of.model), pyrnn.StreamPool(of.model)
    session = pool.open()
    for given in ("float64", "float32"):
        steps = of.steps
        if isinstance(steps[0], np.ndarray):
            steps = [step.astype(given) for step in steps]
        for y in (stream.step(steps[0]), stream.run(steps), pool.step([session], steps[:1])):
            assert y.dtype == dtype
        for state in (stream.state, pool.state(session)):
            assert {array.dtype.name for array in state.values()} == {dtype}


@CASES
def test_a_model_that_is_trained_on_changes_no_stream(name: str) -> None:
    of = MAKE[name]()  # a model of its own
    stream = pyrnn.Stream(of.model)
    first = stream.step(of.steps[0])
    for parameter in of.model.network.parameters():
        parameter.assign(np.zeros(parameter.shape, parameter.dtype))
    assert same(alone(case(name), of.steps[:1])[0], first)
    stream.reset()
    assert same(stream.run(of.steps), alone(case(name), of.steps))


# words


@pytest.fixture(scope="module")
def words() -> Any:
    return case("tagger of words, filters")


def test_labels_of_words(words: Case) -> None:
    """The likeliest outputs are the labels of a prediction."""
    stream = pyrnn.Stream(words.model)
    ids = [int(stream.step(word).argmax()) for word in words.steps]
    (prediction,) = words.model.predict([list(words.steps)])
    assert words.model.tags.given(ids) == prediction.labels


@pytest.mark.parametrize("count", [3, 10_001])
def test_words_that_were_read_before(words: Case, count: int) -> None:
    """They are kept, and forgotten where there are too many: nothing comes of it."""
    stream = pyrnn.Stream(words.model)
    text = [f"word{k}" for k in range(count)] + list(words.steps)
    first = stream.run(text)
    stream.reset()
    assert same(stream.run(text), first)
    stream.reset()
    assert same(stream.step(text[0]), first[0])


def test_what_words_may_be(words: Case) -> None:
    stream = pyrnn.Stream(words.model)
    wanted = stream.run(list(words.steps))
    for given in (tuple(words.steps), np.array(words.steps), [np.str_(w) for w in words.steps]):
        stream.reset()
        assert same(stream.run(given), wanted)
    stream.reset()
    assert same(stream.step(np.str_(words.steps[0])), wanted[0])
    assert repr(stream) == "Stream(word -> (5,), float32)"


WRONG: list[tuple[Any, type[Exception], str]] = [
    (3, TypeError, "x: expected a word; got int 3"),
    (None, TypeError, "x: expected a word; got NoneType"),
    (b"Ann", TypeError, "x: expected a word; got bytes"),
    (["Ann"], TypeError, "x: expected a word; got list"),
    ("", ValueError, "x: expected a word; got an empty one"),
]


@pytest.mark.parametrize(("given", "error", "message"), WRONG, ids=str)
def test_what_is_no_word(words: Case, given: Any, error: type[Exception], message: str) -> None:
    stream, pool = pyrnn.Stream(words.model), pyrnn.StreamPool(words.model)
    session = pool.open()
    with pytest.raises(error, match=message):
        stream.step(given)
    place = message.replace("x:", "xs: step 1:")
    with pytest.raises(error, match=place):
        stream.run(["Ann", given])
    with pytest.raises(error, match=place):
        pool.run(session, ["Ann", given])
    with pytest.raises(error, match=message.replace("x:", "x: row 0:")):
        pool.step([session], [given])
    assert not any(array.any() for array in (*stream.state.values(), *pool.state(session).values()))


def test_words_and_sessions_are_as_many(words: Case) -> None:
    pool = pyrnn.StreamPool(words.model)
    ids = [pool.open(), pool.open()]
    for name in ("tagger of words, filters", "tagger of words alone"):
        pool = pyrnn.StreamPool(case(name).model)
        ids = [pool.open(), pool.open()]
        with pytest.raises(ValueError, match="x: expected 2 words; got 1"):
            pool.step(ids, ["Ann"])
        with pytest.raises(TypeError, match="x: expected a list of words; got str 'Ann saw'"):
            pool.step(ids, "Ann saw")
        with pytest.raises(TypeError, match="xs: expected a list of words; got str"):
            pool.run(ids[0], "Ann saw")


@pytest.mark.parametrize("name", ["tagger of words alone", "tagger of frames"])
def test_a_state_without_end(name: str) -> None:
    """It would stay in the session for good."""
    stream = pyrnn.Stream(case(name).model)
    before = stream.state
    for wrong in (np.nan, np.inf):
        with pytest.raises(ValueError, match=r"^state\['0\.h'\]: expected finite numbers; got"):
            stream.state = {key: np.full_like(array, wrong) for key, array in before.items()}
    np.testing.assert_equal(stream.state, before)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bidirectional": True}, "^bidirectional: expected False for a stream"),
        ({"output_layer": "crf"}, "^output_layer: expected 'softmax' for a stream.*behind it"),
        ({"output_layer": None}, "^output_layer: expected 'softmax' for a stream"),
    ],
)
def test_taggers_of_which_there_is_no_stream(settings: dict[str, Any], message: str) -> None:
    model = SequenceTagger(**{**ONE_WAY, **settings}).for_data(SENTENCES, TAGS)
    for kind in (pyrnn.Stream, pyrnn.StreamPool):
        with pytest.raises(ValueError, match=message):
            kind(model)


def test_words_stand_first() -> None:
    model = case("tagger of words alone").model
    with pytest.raises(ValueError, match=r"layers\[1\]\[0\]: expected words to stand first"):
        pyrnn.Stream([model.network.embedding, model])
