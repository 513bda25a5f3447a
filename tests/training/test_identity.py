"""What tells one run from another: the error names the setting or the entry that differs."""

from __future__ import annotations

import pytest

from pyrnn.settings import Settings
from pyrnn.training import TrainingOptions
from pyrnn.training.identity import check_same_run, difference

from ..json_trees import changed

IDENTITY = {
    "model": {
        "config": {"seed": 0, "hidden_size": 8},
        "tokenizer": {"unit": "characters", "tokens": ["a", "b", "c"]},
    },
    "data": {"sha256": "12ab", "tokens": 400},
    "validation": None,
}
THREE = "the 3 entries of the run that is resumed; "


def another(**parts):
    """IDENTITY with other values: another(model__config__seed=1)."""
    identity = IDENTITY
    for path, value in parts.items():
        identity = changed(identity, path.split("__"), value)
    return identity


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"model__config__seed": 1}, "seed: expected 0 as in the run that is resumed; got 1"),
        (
            {"model__tokenizer__tokens": ["a", "b", "c", "X"]},
            "model.tokenizer.tokens: expected " + THREE + "got 4: 'X' is new",
        ),
        (
            {"model__tokenizer__tokens": ["a", "c"]},
            "model.tokenizer.tokens: expected " + THREE + "got 2: 'b' is missing",
        ),
        (
            {"model__tokenizer__tokens": ["a", "X", "c"]},
            "model.tokenizer.tokens[1]: expected 'b' as in the run that is resumed; got 'X'",
        ),
        (
            {"model__tokenizer__tokens": ["a", "c", "b"]},
            "model.tokenizer.tokens[1]: expected 'b' as in the run that is resumed; got 'c'",
        ),
        (
            {"model__tokenizer__tokens": ["a", "b", "c", "a"]},
            "model.tokenizer.tokens[3]: expected nothing as in the run that is resumed; got 'a'",
        ),
        (
            {"data__sha256": "99ff"},
            "data.sha256: expected '12ab' as in the run that is resumed; got '99ff'",
        ),
        (
            {"validation": {"sha256": "00"}},
            "validation: expected None as in the run that is resumed; got {'sha256': '00'}",
        ),
    ],
)
def test_what_differs_is_named(parts, message):
    options = TrainingOptions()
    with pytest.raises(ValueError) as caught:
        check_same_run(options, IDENTITY, options, another(**parts))
    assert str(caught.value) == message
    check_same_run(options, IDENTITY, options, another())


def test_the_options_come_first():
    with pytest.raises(ValueError, match=r"^seed: expected 0 as in the run .*; got 7$"):
        check_same_run(TrainingOptions(), IDENTITY, TrainingOptions(seed=7), another(data=None))
    # limits and reports may change
    check_same_run(TrainingOptions(), IDENTITY, TrainingOptions(max_steps=3), IDENTITY)


def test_options_of_another_kind():
    with pytest.raises(ValueError, match=r"^options: expected TrainingOptions; got Settings"):
        check_same_run(TrainingOptions(), {}, Settings(), {})


def test_a_checkpoint_that_does_not_say():
    options = TrainingOptions()
    with pytest.raises(KeyError, match="data"):
        check_same_run(options, {"model": IDENTITY["model"]}, options, another())


def test_the_error_is_short_whatever_differs():
    book = "to be, or not to be. " * 10_000
    said = difference({"text": book}, {"text": book[::-1]}, ("data",))
    assert said.startswith("data.text: expected ")
    assert len(said) < 1000
    said = difference([book, "a"], ["a", "a"], ("data",))
    assert len(said) < 1000
