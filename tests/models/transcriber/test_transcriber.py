"""Transcriber: texts, labels, texts without room, decoding, and what cannot be learnt from."""

from __future__ import annotations

import itertools
import json
import warnings

import numpy as np
import pytest

import pyrnn
from pyrnn.models import Examples, Transcriber

SHAPES = {"a": [0, 1, 1, 0], "b": [0, -1, -1, 0], "c": [0, 1, -1, 0], " ": [0, 0, 0, 0]}
FAST = {"epochs": 25, "learning_rate": 0.02}
FRAMES = [np.random.default_rng(n).normal(size=(6, 3)) for n in range(12)]
TEXTS = ["ab", "ba", "aab", "", "b", "a b", "abba", "a", "b a", "ab", "b", "aa"]


def small(**settings):
    return Transcriber(**{"hidden_size": 16, **settings})


def written(texts, seed=0, noise=0.05):
    """Each letter as a shape of four numbers, of which some are repeated or left out."""
    draw = np.random.default_rng(seed)
    found = []
    for text in texts:
        shape = np.array([x for letter in text for x in SHAPES[letter]], float)
        shape = np.repeat(shape, draw.choice([1, 2], size=len(shape)))
        found.append(shape + draw.normal(scale=noise, size=shape.shape))
    return found


def drawn(count=150, seed=1, letters="abc"):
    draw = np.random.default_rng(seed)
    return ["".join(draw.choice(list(letters), size=1 + k % 5)) for k in range(count)]


@pytest.fixture(scope="module")
def trained():
    texts = drawn()
    model = small()
    model.fit(written(texts), texts, **FAST)
    return model


# learning


def test_texts_come_back(trained, tmp_path):
    texts = ["cab", "a", "bbbb", "abc"]
    frames = written(texts, seed=7)
    found = trained.predict(frames)
    assert [one.text for one in found] == texts
    assert [one.symbols for one in found] == [tuple(text) for text in texts]
    assert sorted(trained.symbols) == ["a", "b", "c"]
    assert trained.evaluate(frames, texts)["label_error"] == 0
    trained.save(tmp_path)
    assert pyrnn.load(tmp_path).predict(frames) == found


def test_symbols_stand_where_they_are_in_the_frames(trained):
    plain = np.array([x for letter in "abc" for x in SHAPES[letter]], float)
    (found,) = trained.predict([np.repeat(plain, [1, 2] * 6)])  # six frames a letter
    assert found.text == "abc"
    assert list(found.frames) == sorted(set(found.frames))
    for place, frame in enumerate(found.frames):  # a reader of both ways may say it a bit away
        assert 6 * (place - 1) <= frame < 6 * (place + 2)
    assert found.times is None


def test_several_frames_a_step():
    texts = drawn(letters="ab")
    model = small(frames_per_step=2)
    model.fit(written(texts), texts, **FAST)
    report = model.report(written(texts[:40], seed=5), texts[:40])
    assert report.metrics["label_error"] < 0.1
    found = model.predict(written(["ab", "ba"]))
    assert all(frame % 2 == 0 for one in found for frame in one.frames)


@pytest.mark.parametrize("labels", [[3, 14, 15], ["sil", "AH0", "b"], ["x", "y", "z"]])
def test_lists_of_labels(labels, tmp_path):
    texts = drawn()
    targets = [[labels["abc".index(letter)] for letter in text] for text in texts]
    model = small()
    model.fit(written(texts), targets, **FAST)
    (found,) = model.predict(written(["cab"]))
    assert found.symbols == (labels[2], labels[0], labels[1])
    between = "" if all(len(str(label)) == 1 for label in labels) else " "
    assert found.text == between.join(map(str, found.symbols))
    assert sorted(map(str, model.symbols)) == sorted(map(str, labels))
    stored = found.to_json()
    assert json.loads(json.dumps(stored)) == stored
    model.save(tmp_path)
    assert pyrnn.load(tmp_path).predict(written(["cab"])) == [found]
    arrays = [np.array(target) for target in targets]
    assert model.evaluate(written(texts), arrays) == model.evaluate(written(texts), targets)


def test_whole_numbers_are_texts_of_digits():
    model = small().for_data(FRAMES, [10, 207, 3] * 4)
    assert model.symbols == ("0", "1", "2", "3", "7")
    assert model.evaluate(FRAMES[:1], [np.int64(10)]) == model.evaluate(FRAMES[:1], ["10"])


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"unit": "words"}, ("hello", "small", "world")),
        ({"unit": "words", "lowercase": False}, ("Hello", "small", "world")),
        ({"unit": "regex", "pattern": r"\S+"}, ("hello,", "small", "world")),
        ({"unit": "characters", "lowercase": True, "max_vocabulary": 2}, (" ", "l")),
    ],
)
def test_units(settings, expected):
    model = small(**settings).for_data(FRAMES, ["Hello, small world"] * 11 + [""])
    assert sorted(model.symbols) == sorted(expected)


def test_rare_symbols_are_not_written():
    """They have no output: the others of their texts are learnt."""
    model = small(min_count=3).for_data(FRAMES, ["ab", "abz", "a", "b"] * 2 + ["a", "b"] * 2)
    assert model.symbols == ("a", "b")
    assert model.encoded(["abz", "zz"])[0].tolist() == [1, 2]
    assert len(model.encoded(["abz", "zz"])[1]) == 0
    with pytest.warns(
        UserWarning, match=r"^1 of 1 texts have symbols .* not learnt, .*texts\[0\]:"
    ):
        errors = model.evaluate(FRAMES[:1], ["zzzz"])["label_error"]
    assert errors >= 1  # there are four, and none is right


def test_words_are_counted_where_there_are_some():
    spaced = small().for_data(FRAMES, ["a b", *TEXTS[1:]])
    assert list(spaced.monitored()) == ["label_error", "exact_match", "word_error", "loss"]
    assert "word_error" not in small().for_data(FRAMES, ["ab"] * 12).monitored()
    assert "word_error" not in small(unit="words").for_data(FRAMES, ["a b"] * 12).monitored()


def test_the_loss_is_that_of_ctc(trained):
    """By all paths of five steps over two symbols and the blank."""
    model = small(dtype="float64").for_data(FRAMES, ["ab", "ba"] * 6)
    frames, text = FRAMES[0][:5], "aab"
    batch = next(iter(model.batches(model.unlabelled([frames]), model.Options(), train=False)))
    z = model.network.emissions(batch).numpy()[:, 0]  # (5, 3)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    total = 0.0
    for path in itertools.product(range(3), repeat=5):
        kept = [k for k, _ in itertools.groupby(path) if k]
        if "".join(model.symbols[k - 1] for k in kept) == text:
            total += np.prod(p[np.arange(5), path])
    assert model.evaluate([frames], [text])["loss"] == pytest.approx(-np.log(total) / 3)


# decoding


def test_the_score_is_ln_p_of_the_text(trained):
    frames = written(["abc", "ca"], seed=3, noise=0.5)
    greedy = trained.predict(frames)
    for one, x in zip(greedy, frames, strict=True):
        loss = trained.evaluate([x], [one.text])["loss"] * max(1, len(one.text))
        assert one.score == pytest.approx(-loss, rel=1e-4)
    for one, better in zip(greedy, trained.predict(frames, beam=32, nbest=3), strict=True):
        every = [better, *better.alternatives]
        assert better.score >= one.score - 1e-4
        assert [each.score for each in every] == sorted((e.score for e in every), reverse=True)
        assert len({each.text for each in every}) == 3


def test_decoding_of_an_evaluation(trained):
    texts = drawn(20, seed=9)
    frames = written(texts, seed=9, noise=0.3)
    report = trained.report(frames, texts, beam=8)
    assert report.metrics == trained.evaluate(frames, texts, decoding=trained.Decoding(beam=8))
    said = [one.text for one in trained.predict(frames, beam=8)]
    wrong = [k for k, text in enumerate(texts) if said[k] != text]
    assert sorted(mistake.number for mistake in report.mistakes) == wrong
    errors = [mistake.error for mistake in report.mistakes]
    assert errors == sorted(errors, reverse=True)
    assert sum(errors) / sum(map(len, texts)) == pytest.approx(report.metrics["label_error"])


def test_no_frames():
    model = small().for_data(FRAMES, TEXTS)
    for settings in ({}, {"beam": 3, "nbest": 2}):
        found = model.predict([np.zeros((0, 3)), FRAMES[0], []], **settings)
        assert (found[0].text, found[0].score, found[0].frames) == ("", 0, ())
        assert found[2] == found[0]
    assert model.evaluate([[]], [""]) == {
        "label_error": 0,
        "exact_match": 1,
        "word_error": 0,
        "loss": 0,
    }
    model.fit([*FRAMES[:3], np.zeros((0, 3)), *FRAMES[4:]], TEXTS, epochs=1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"beam": 2, "nbest": 3}, "nbest: expected at most beam, 2; got 3"),
        ({"symbol_bonus": 1.0}, "symbol_bonus: expected 0.0 with beam=1"),
        ({"language": "model"}, "language: expected None with beam=1"),
        ({"beam": 2, "language_weight": 1.0}, "language_weight: expected 0.5 without language"),
        ({"beam": 0}, "beam: expected a whole number of at least 1 and at most 10000; got 0"),
        ({"beam": 10**21}, "beam: expected a whole number of at least 1 and at most 10000; got 1"),
        (
            {"beam": 2, "symbol_bonus": 1e30},
            "symbol_bonus: expected .* at most 1e\\+06; got 1e\\+30",
        ),
    ],
)
def test_decoding_settings_that_do_not_go_together(trained, settings, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        trained.predict([[0.0, 1.0]], **settings)


def test_a_line_and_an_object_each(trained):
    (found,) = trained.predict(written(["ab"]), beam=4, nbest=2)
    assert str(found) == f"ab ||| {found.alternatives[0].text}"
    timed = found.timed(0.01)
    assert timed.times == tuple(frame / 100 for frame in found.frames)
    assert len(timed.to_json()["alternatives"][0]["times"]) == len(timed.alternatives[0].frames)
    lines = small(unit="characters").for_data([np.zeros((9, 1))] * 2, ["a\nb", "\n"])
    assert "\n" not in str(lines.predict([np.zeros((9, 1))])[0])


# texts without room


def test_texts_without_room_are_an_error():
    with pytest.raises(ValueError, match=r"^texts\[1\]: expected at least 7 steps, for the 4 symb"):
        small().fit(FRAMES, ["ab", "aaaa", *TEXTS[2:]], epochs=1)
    placed = Examples(FRAMES, ["ababababab", *TEXTS[1:]], places=[f"line {k}" for k in range(12)])
    with pytest.raises(ValueError, match=r"^line 0: expected at least 10 steps"):
        small().fit(placed, epochs=1)
    model = small(frames_per_step=4)
    with pytest.raises(ValueError, match=r"texts\[2\]: .* 4 steps, of 4 frames each.*; got 2 \(im"):
        model.fit(FRAMES, TEXTS, epochs=1)
    with pytest.raises(ValueError, match="is not built yet"):
        model.predict(FRAMES)


def test_texts_without_room_are_skipped():
    long = ["aaaa", *TEXTS[1:11], "abababa"]
    model = small(impossible="skip")
    with pytest.warns(UserWarning, match="^2 of 12 texts .*: they are left out of training"):
        model.fit(FRAMES, long, epochs=2)
    other = small(impossible="skip").for_data(FRAMES, long)  # with the same symbols
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        other.fit(FRAMES[1:11], long[1:11], epochs=2)
    weights = other.network.state_dict()
    # the scaler has seen the frames of all
    assert model.input.scaler == other.input.scaler
    for name, array in model.network.state_dict().items():
        np.testing.assert_array_equal(array, weights[name])
    with pytest.raises(ValueError, match="nor has any other text room in its steps"):
        small(impossible="skip").fit(FRAMES, ["aaaa"] * 12, epochs=1)


def test_texts_without_room_elsewhere_count_among_the_errors():
    model = small().for_data(FRAMES, TEXTS)
    with pytest.warns(UserWarning, match="^1 of 2 texts .*: they are left out of the loss, and"):
        found = model.evaluate(FRAMES[:2], ["aaaa", "b"])
    assert found["loss"] == model.evaluate(FRAMES[1:2], ["b"])["loss"]
    assert found["label_error"] > model.evaluate(FRAMES[1:2], ["b"])["label_error"] / 5
    with pytest.warns(UserWarning, match="^2 of 2 texts .*: they are left out of the loss, and"):
        found = model.evaluate([np.zeros((0, 3))] * 2, ["aaaa", "b"])
    assert np.isnan(found["loss"])
    assert (found["label_error"], found["exact_match"]) == (1, 0)
    with pytest.warns(UserWarning, match="left out of the loss"):
        result = small().fit(FRAMES, TEXTS, valid=(FRAMES[:2], ["aaaa", "b"]), epochs=1)
    assert np.isfinite(result.validations[0].metrics["loss"])


def test_symbols_that_were_not_learnt_count_among_the_errors():
    model = small().for_data(FRAMES, TEXTS)
    known = model.evaluate(FRAMES[:2], ["ab", "b"])
    with pytest.warns(UserWarning, match=r"1 of 2 texts .*, such as texts\[0\]: the loss is that"):
        found = model.evaluate(FRAMES[:2], ["azb", "b"])
    assert found["loss"] == known["loss"]
    assert found["exact_match"] <= known["exact_match"]


# what cannot be learnt from


@pytest.mark.parametrize(
    ("texts", "error", "words"),
    [
        ([1.5] * 12, TypeError, r"texts\[0\]: expected a text, or a list of labels; got float 1.5"),
        ([True] * 12, TypeError, r"texts\[0\]: .*; got bool True"),
        ([None, *TEXTS[1:]], TypeError, r"texts\[0\]: .*; got NoneType"),
        ([b"a"] * 12, TypeError, r"texts\[0\]: .*; got bytes"),
        ([[1, "b"]] * 12, TypeError, r"texts\[0\]: .* all strings or all whole numbers"),
        ([["a b"]] * 12, ValueError, r"texts\[0\]: .* without blanks; got 'a b' at position 0"),
        ([np.ones((2, 2), int)] * 12, TypeError, r"got an array of the shape \(2, 2\)"),
        ([np.ones(2)] * 12, TypeError, "strings or whole numbers; got float64"),
        (["a", ["b"]] * 6, ValueError, r"texts\[1\]: expected a text, as elsewhere; got a list of"),
        ([""] * 12, ValueError, "texts: expected at least one token"),
        (TEXTS[1:], ValueError, "texts: expected 12, one for each of frames; got 11"),
        ("abababababab", TypeError, "texts: expected a list, one for each of frames; got str"),
    ],
)
def test_texts_that_are_none(texts, error, words):
    with pytest.raises(error, match=words):
        small().for_data(FRAMES, texts)


def test_padding_is_no_label():
    rows = np.full((12, 4), -1)
    for k, row in enumerate(rows):
        row[: k % 4] = 7
    with pytest.warns(UserWarning, match="texts: -1 stands at the ends of rows of one length"):
        small().for_data(FRAMES, rows)
    rows[3] = [-1, 7, 7, 7]  # now and then elsewhere: it is a label
    small().for_data(FRAMES, rows)
    small().for_data(FRAMES, [row[: k % 4] for k, row in enumerate(rows)])


def test_labels_of_another_kind_than_were_learnt():
    model = small().for_data(FRAMES, [[1, 2]] * 12)
    with pytest.raises(ValueError, match="expected a list of whole numbers, as elsewhere; got a t"):
        model.evaluate(FRAMES[:1], ["12"])
    with pytest.warns(UserWarning, match="have symbols that were not learnt"):
        assert model.evaluate(FRAMES[:1], [[9]])["label_error"] >= 1
    with pytest.raises(ValueError, match="unit: expected 'characters' with a list of strings for"):
        small(unit="words").for_data(FRAMES, [["a"]] * 12)


def test_numbers_too_large_are_named():
    model = small().for_data(FRAMES, TEXTS)
    wrong = FRAMES[1].copy()
    wrong[4, 2] = 1e300
    place = r"^inputs\[1\]: step 4, feature 2: expected numbers that float32 holds"
    with pytest.raises(ValueError, match=place):
        model.predict([FRAMES[0], wrong])
    with pytest.raises(ValueError, match=r"^line 1: step 4, feature 2: expected numbers that"):
        model.evaluate(Examples([FRAMES[0], wrong], ["a", "b"], places=["line 0", "line 1"]))
    with pytest.raises(ValueError, match="got 1; a single sequence stands in a list"):
        model.predict(FRAMES[0])


def test_an_evaluation_looks_at_one_text(trained):
    with pytest.raises(ValueError, match="nbest: expected 1 in an evaluation, of one text each"):
        trained.evaluate(written(["a"]), ["a"], beam=3, nbest=2)


def test_frames_that_are_none():
    model = small().for_data(FRAMES, TEXTS)
    with pytest.raises(TypeError, match=r"frames\[0\]: expected frames \(N, I\) of numbers"):
        small().for_data(TEXTS, TEXTS)
    with pytest.raises(ValueError, match=r"inputs\[0\]: expected 3 numbers a step"):
        model.predict([np.ones((4, 2))])
    for value in (np.nan, np.inf):
        with pytest.raises(ValueError, match=r"inputs\[1\]: step 0, feature 0: expected a"):
            model.predict([FRAMES[0], np.full((4, 3), value)])


def test_constant_frames_and_one_step():
    small().fit([np.ones((6, 3))] * 12, TEXTS, epochs=1)
    model = small()
    model.fit([np.ones((1, 3))] * 3, ["a", "b", ""], epochs=1)
    assert np.isfinite(model.predict([np.ones((1, 3))])[0].score)


# streams


def test_a_stream_gives_the_outputs_frame_by_frame():
    model = small(bidirectional=False, frames_per_step=2, dtype="float64")
    model.fit(FRAMES, ["a", "b"] * 6, epochs=1)
    stream = pyrnn.Stream(model)
    batch = next(iter(model.batches(model.unlabelled(FRAMES[:1]), model.Options(), train=False)))
    expected = model.network.emissions(batch).numpy()[:, 0]
    for step, z in zip(FRAMES[0].reshape(3, 6), expected, strict=True):
        np.testing.assert_array_equal(stream.step(step), z)
    with pytest.raises(ValueError, match="bidirectional: expected False for a stream"):
        pyrnn.Stream(small().for_data(FRAMES, TEXTS))
