"""What a sequence is made of: which kind some data are, and what becomes of them."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.models import ClassifierConfig, TaggerConfig
from pyrnn.models.sequence.inputs import (
    INPUTS,
    FrameInput,
    TextInput,
    WordInput,
    fitted,
    input_from,
    input_kind,
)
from pyrnn.models.sequence.inputs.truncation import truncated

TEXTS = ["a b", "b c d", ""]
WORDS = [("a", "b"), (), ("b", "c", "d")]
FRAMES = [np.array([[1.0, 2.0], [3.0, 6.0]]), np.zeros((0, 2)), np.array([[5.0, 4.0]])]


KINDS = {ClassifierConfig: (TextInput, FrameInput), TaggerConfig: (WordInput, FrameInput)}


@pytest.mark.parametrize(
    ("inputs", "kind", "settings"),
    [
        (TEXTS, TextInput, ClassifierConfig),
        (FRAMES, FrameInput, ClassifierConfig),
        (WORDS, WordInput, TaggerConfig),
        (WORDS[1:], WordInput, TaggerConfig),
        (FRAMES, FrameInput, TaggerConfig),
    ],
)
def test_the_kind_of_some_data(inputs, kind, settings):
    config, kinds = settings(), KINDS[settings]
    assert input_kind(inputs, kinds) is kind
    found = fitted(inputs, config, kinds)
    assert type(found) is kind is INPUTS[kind.part]
    assert (found.tokens > 0) is (kind is not FrameInput)
    assert (found.features > 0) is (kind is FrameInput)
    again = input_from({kind.part: found.to_json(), "labels": {}}, config, kinds)
    for value in inputs:
        np.testing.assert_array_equal(again.sequence(value), found.sequence(value))
        assert found.steps_of(value) == len(found.sequence(value))


def test_frames_are_standardised_after_their_gaps_are_filled():
    config = ClassifierConfig(gaps="previous", dtype="float64")
    found = FrameInput.fit([*FRAMES, np.array([[np.nan, 4.0], [3.0, np.nan]])], config)
    np.testing.assert_allclose(found.scaler.mean, [3, 4])
    expected = np.array([[0, 0], [0, 0]]) / found.scaler.deviation
    np.testing.assert_allclose(found.sequence([[np.nan, 4.0], [3.0, np.nan]]), expected)
    plain = FrameInput.fit(FRAMES, ClassifierConfig(scale="none"))
    np.testing.assert_array_equal(plain.sequence(FRAMES[0]), FRAMES[0])


@pytest.mark.parametrize(
    ("keep", "most", "expected"),
    [
        ("last", 2, [3, 4]),
        ("first", 2, [1, 2]),
        ("last", 9, [1, 2, 3, 4]),
        ("last", None, [1, 2, 3, 4]),
    ],
)
def test_truncation(keep, most, expected):
    config = ClassifierConfig(keep=keep, max_length=most)
    assert truncated(np.arange(1, 5), config).tolist() == expected


@pytest.mark.parametrize("number", [255, 256])
def test_ids_are_as_small_as_they_can_be(number):
    text = " ".join(f"w{n}" for n in range(number - 2 + 1))
    found = TextInput.fit([text], ClassifierConfig())
    assert found.sequence("w0").dtype == (np.uint8 if number == 255 else np.uint16)
    assert found.sequence(f"w{number - 2} unheard").tolist()[1] == 1


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (ClassifierConfig(unit="bytes"), "unit: expected 'words' with frames of numbers"),
        (ClassifierConfig(embedding_size=3), "embedding_size: expected None with frames"),
        (ClassifierConfig(min_count=3), "min_count: expected 1 with frames"),
        (TaggerConfig(embedding_size=3), "embedding_size: expected 100 with frames"),
        (TaggerConfig(characters="none"), "characters: expected 'conv' with frames"),
    ],
)
def test_settings_of_the_other_kind(config, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        fitted(FRAMES, config, KINDS[type(config)])


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({}, "inputs: expected one of vectorizer, frames; got none"),
        ({"vectorizer": {}, "frames": {}}, "inputs: expected one of vectorizer, frames; got"),
        ({"frames": []}, "frames: expected an object"),
        ({"vectorizer": 5}, "vectorizer: expected an object"),
        ({"words": {}}, "inputs: expected one of vectorizer, frames; got none"),
    ],
)
def test_files_that_say_nothing_of_inputs(parts, words):
    with pytest.raises(ValueError, match=words):
        input_from(parts, ClassifierConfig(), KINDS[ClassifierConfig])


@pytest.mark.parametrize(
    ("value", "shape"), [([], (0, 2)), (np.zeros((0, 7)), (0, 2)), ([[1, 2]], (1, 2))]
)
def test_no_steps_have_any_width(value, shape):
    like = FrameInput.fit(FRAMES, ClassifierConfig())
    assert FrameInput.checked(value, "x", like).shape == shape
