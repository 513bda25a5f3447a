"""Writing: greedy, sampled, streamed, stopped."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import no_grad
from pyrnn.data import UnknownTokenError
from pyrnn.decoding import probabilities
from pyrnn.models import LanguageModel, LanguageModelConfig
from pyrnn.models.language_model import reading
from pyrnn.models.stack_settings import LAYERS

LETTERS = "abcdefgh\n"  # those of `small`
TEXT = "the cat sat on the mat\nthe dog sat on the log\n"


@pytest.mark.parametrize("cell", LAYERS)
def test_greedy_takes_what_the_whole_text_makes_most_probable(small, cell):
    model = small(cell=cell)
    written = model.generate("abc", 12, greedy=True)
    ids = model.tokenizer.encode("abc" + written)
    with no_grad():
        best = model.network(ids[:-1, None])[0].numpy()[:, 0].argmax(axis=1)
    assert best[2:].tolist() == ids[3:].tolist()
    assert len(written) == 12


@pytest.mark.parametrize("chunk", [1, 4, 1000])
def test_a_long_prompt_is_read_in_pieces(noise, small, monkeypatch, chunk):
    model, prompt = small(), noise(21)
    expected = model.generate(prompt, 10, greedy=True)
    monkeypatch.setattr(reading, "CHUNK", chunk)
    assert model.generate(prompt, 10, greedy=True) == expected


def test_the_seed_decides(small):
    model = small()
    one, same, other = (model.generate("ab", 40, seed=seed) for seed in (1, 1, 2))
    assert one == same != other
    # 9 about equally likely letters: two texts without a seed agree with chance 9**-40
    assert model.generate("ab", 40) != model.generate("ab", 40)


def test_the_first_token_follows_the_models_distribution(small):
    model = small(seed=1)
    settings = {"temperature": 0.5, "top_k": 5, "top_p": 0.9}
    logits, _ = reading.read(model.network, model.tokenizer.encode("ab"))
    expected = probabilities(logits, **settings)[0]
    n = 1500
    drawn = [model.generate("ab", 1, seed=seed, **settings) for seed in range(n)]
    counts = np.bincount(model.tokenizer.encode("".join(drawn)), minlength=9)
    possible = expected > 0
    assert counts[~possible].sum() == 0
    chi_square = np.sum((counts - n * expected)[possible] ** 2 / (n * expected[possible]))
    assert (
        chi_square < 18.5
    )  # 4 degrees of freedom: exceeded with chance 0.001; the seeds are fixed


def test_a_low_temperature_is_greedy(small):
    model = small()
    for temperature in (1e-4, 1e-308, 0):
        text = model.generate("a", 20, temperature=temperature)
        assert text == model.generate("a", 20, greedy=True)


@pytest.mark.parametrize("unit", ["characters", "bytes", "words"])
def test_a_stream_is_the_text_in_pieces(unit):
    model = LanguageModel.for_text(TEXT, LanguageModelConfig(unit=unit, hidden_size=6))
    pieces = list(model.stream("the", 15, seed=3))
    assert "".join(pieces) == model.generate("the", 15, seed=3)
    assert len(pieces) > 10


def test_a_stream_writes_only_what_is_asked_for(small, monkeypatch):
    calls = []
    original = reading.step
    monkeypatch.setattr(
        "pyrnn.models.language_model.writing.step", lambda *a: (calls.append(1), original(*a))[1]
    )
    stream = small().stream("ab", 1000)
    for _ in range(3):
        next(stream)
    assert len(calls) == 2


def test_stop(small):
    model = small()
    text = model.generate("ab", 60, seed=5)
    for stop in (text[20], text[20:23], [text[30:33], text[20:23]]):
        endings = [stop] if isinstance(stop, str) else stop
        expected = text[: min(text.find(ending) for ending in endings)]
        assert model.generate("ab", 60, seed=5, stop=stop) == expected


def test_words_go_on_after_the_prompt():
    model = LanguageModel.for_text(TEXT, LanguageModelConfig(unit="words", hidden_size=6))
    for prompt in ("the cat", "the cat ", "the cat\n"):
        written = prompt + model.generate(prompt, 20, seed=1)
        assert "  " not in written
        assert set(written.split()) <= {*TEXT.split(), "<unk>"}
        assert written.startswith("the cat")


def test_an_empty_prompt_is_a_newline(small):
    model = small()
    assert model.generate("", 9, seed=1) == model.generate("\n", 9, seed=1)
    without = LanguageModel.for_text("abc", LanguageModelConfig(hidden_size=4))
    with pytest.raises(ValueError, match=r"prompt: expected a beginning, .* no newline"):
        without.generate()


def test_nothing_to_write(small):
    assert small().generate("ab", 0) == ""


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"length": -1}, ValueError, "length: .* got -1"),
        ({"length": 2.5}, TypeError, r"length: expected an integer; got float 2\.5"),
        ({"length": True}, TypeError, "length: expected an integer; got bool True"),
        ({"seed": -1}, ValueError, "seed: .* got -1"),
        ({"seed": "x"}, TypeError, "seed: .* got str 'x'"),
        ({"temperature": -0.5}, ValueError, "temperature: .* got -0.5"),
        ({"temperature": "1"}, TypeError, "temperature: .* got str '1'"),
        ({"top_k": 0}, ValueError, "top_k: .* got 0"),
        ({"top_p": 2.0}, ValueError, "top_p: .* got 2"),
        ({"stop": ""}, ValueError, "stop: .* an empty one"),
        ({"stop": ["a", ""]}, ValueError, "stop: .* an empty one"),
        ({"repetition_penalty": 0}, ValueError, "repetition_penalty: .* more than 0 .* got 0"),
        ({"repetition_penalty": float("nan")}, ValueError, "repetition_penalty: .* got nan"),
        ({"repetition_penalty": "2"}, TypeError, "repetition_penalty: .* got str '2'"),
        ({"repetition_window": 0}, ValueError, "repetition_window: .* got 0"),
        ({"forbid": "z"}, ValueError, "forbid: .* vocabulary of 9 characters, as 'h'; got 'z'"),
        ({"forbid": [""]}, ValueError, "forbid: .* got ''"),
        ({"forbid": list(LETTERS)}, ValueError, "forbid: expected a token to be left; got all 9"),
        ({"forbid": [1]}, TypeError, r"forbid: .* got \[1\]"),
        ({"forbid": {"a": 1}}, TypeError, "forbid: "),
        ({"prompt": "xyz"}, UnknownTokenError, "prompt: the character 'x' .* at position 0"),
    ],
)
def test_errors_come_at_the_call(small, settings, error, words):
    with pytest.raises(error, match=words):
        small().stream(**{"prompt": "ab", **settings})


def test_numpys_numbers_count_as_pythons(small):
    model = small()
    plain = {"length": 9, "temperature": 0.5, "top_k": 2, "top_p": 0.75, "seed": 3}
    kinds = {"length": np.int32, "temperature": np.float32, "top_p": np.float64}
    numpys = {name: kinds.get(name, np.int64)(value) for name, value in plain.items()}
    assert model.generate("ab", **numpys) == model.generate("ab", **plain)


def test_an_unknown_prompt_is_its_own_kind_of_error(small):
    with pytest.raises(UnknownTokenError):
        small().generate("xyz")


# several at once


@pytest.mark.parametrize("settings", [
    {}, {"top_p": 0.9, "repetition_penalty": 1.3, "repetition_window": 5}, {"stop": ["a", "cd"]},
    {"forbid": "a", "temperature": 0.5},
])  # fmt: skip
@pytest.mark.parametrize("cell", LAYERS)
def test_a_sample_is_the_text_that_its_seed_gives_alone(small, cell, settings):
    model = small(cell=cell, num_layers=2)
    texts = model.generate("abc", 30, seed=7, samples=5, **settings)
    assert texts == [model.generate("abc", 30, seed=7 + k, **settings) for k in range(5)]
    assert len(set(texts)) > 1


@pytest.mark.parametrize("network", [
    {"unit": "bytes", "dtype": "float32"}, {"unit": "words"}, {"unit": "words", "dtype": "float32"},
    {"unit": "words", "softmax": "adaptive", "cutoffs": (3, 6)},
])  # fmt: skip
def test_samples_of_every_unit(network):
    model = LanguageModel.for_text(TEXT, LanguageModelConfig(hidden_size=33, **network))
    texts = model.generate("the", 20, seed=0, samples=9)
    assert texts == [model.generate("the", 20, seed=k) for k in range(9)]


def test_samples_that_are_over_leave_the_batch(small, monkeypatch):
    rows = []
    original = reading.step
    monkeypatch.setattr(
        "pyrnn.models.language_model.writing.step",
        lambda network, ids, state: (rows.append(len(ids)), original(network, ids, state))[1],
    )
    texts = small().generate("ab", 400, seed=1, samples=6, stop="a")
    ends = [len(text) for text in texts]  # the token after so many is the end
    assert max(ends) < 399
    assert rows == [sum(end > t for end in ends) for t in range(max(ends))]


def test_samples_without_a_seed_differ(small):
    assert len(set(small().generate("ab", 40, samples=3))) == 3


def test_one_sample_is_a_list(small):
    assert small().generate("ab", 9, seed=1, samples=1) == [small().generate("ab", 9, seed=1)]


@pytest.mark.parametrize("settings", [{"greedy": True}, {"temperature": 0}])
def test_samples_that_would_all_be_the_same(small, settings):
    with pytest.raises(ValueError, match=r"samples: expected 1 .* got 2"):
        small().generate("ab", 5, samples=2, **settings)
    assert len(small().generate("ab", 5, samples=1, **settings)) == 1


@pytest.mark.parametrize(
    ("samples", "error"), [(0, ValueError), (1.5, TypeError), ("2", TypeError)]
)
def test_wrong_numbers_of_samples(small, samples, error):
    with pytest.raises(error, match="samples: "):
        small().generate("ab", 5, samples=samples)


# what is not written


@pytest.mark.parametrize("unit", ["characters", "bytes"])
def test_forbidden_tokens_are_not_written(unit):
    model = LanguageModel.for_text(TEXT, LanguageModelConfig(unit=unit, hidden_size=6))
    free = model.generate("the", 300, seed=2)
    kept = model.generate("the", 300, seed=2, forbid=["a", "\n"])
    assert "a" in free
    assert "\n" in free
    assert not set("a\n") & set(kept)


def test_the_unknown_word_is_forbidden_by_its_name():
    config = LanguageModelConfig(unit="words", hidden_size=6, max_vocabulary=5)
    model = LanguageModel.for_text(TEXT, config)
    assert "<unk>" in model.generate("the", 60, seed=2)
    written = model.generate("the", 60, seed=2, forbid="<unk>")
    assert "<unk>" not in written
    assert "\n" not in model.generate("the", 60, seed=2, forbid={"<unk>", "\n"})


@pytest.mark.parametrize("unknown", ["replace", "error"])
def test_the_sign_for_unknown_characters_has_the_same_name(unknown):
    config = LanguageModelConfig(hidden_size=6, unknown=unknown)
    model = LanguageModel.for_text("ab\n", config)
    assert "\ufffd" not in model.generate("ab", 60, seed=2, forbid="<unk>")
    assert ("\ufffd" in model.generate("ab", 60, seed=2)) == (unknown == "replace")


def test_no_completion_has_a_forbidden_token(small):
    """Of all 81 continuations of two letters those that have none, as likely as before."""
    model = small()
    settings = {"n": 81, "beam": 81, "until": "length", "length": 2}
    free = {one.text: one.log_likelihood for one in model.complete("ab", **settings)}
    kept = {one.text: one.log_likelihood for one in model.complete("ab", **settings, forbid="a")}
    assert len(free) == 81
    assert kept == {text: value for text, value in free.items() if "a" not in text}


def test_no_completion_has_a_forbidden_word():
    model = LanguageModel.for_text(TEXT, LanguageModelConfig(unit="words", hidden_size=6))
    for prefix in ("the ", "the ca", "the c"):
        texts = [one.text for one in model.complete(prefix, n=20, forbid="cat")]
        assert not any(text in ("at", "t") or "cat" in text for text in texts)
    assert "cat" in [one.text for one in model.complete("the ", n=20)]


# repetition


@pytest.mark.parametrize("window", [None, 3])
@pytest.mark.parametrize("prompt", ["abab", ""])
def test_the_penalty_is_for_prompt_and_what_is_written(small, prompt, window):
    """Greedy, against the whole text read anew at each step."""
    model, penalty = small(seed=4), 5.0
    settings = {"repetition_penalty": penalty, "repetition_window": window, "greedy": True}
    written = model.generate(prompt, 15, **settings)
    ids = model.tokenizer.encode(prompt or "\n").tolist()
    for token in model.tokenizer.encode(written).tolist():
        (logits,), _ = reading.read(model.network, np.array(ids))
        came = set(ids if window is None else ids[-window:])
        less = {v: logits[v] / penalty if logits[v] > 0 else logits[v] * penalty for v in came}
        assert token == np.argmax([less.get(v, logits[v]) for v in range(len(logits))])
        ids.append(token)
    assert written != model.generate(prompt, 15, greedy=True)
