from __future__ import annotations

import pytest

from pyrnn.demo.corpus import is_prose, paragraphs, python_reference


def test_parts_share_no_paragraph() -> None:
    corpus = python_reference()
    train, validation = corpus.train.splitlines(), corpus.validation.splitlines()
    assert len(set(train + validation)) == len(train) + len(validation)


def test_size_and_alphabet() -> None:
    corpus = python_reference()
    # 250 000 to 290 000 characters on Python 3.11 to 3.13; a new release may move that
    assert 150_000 < len(corpus.train) < 600_000
    assert corpus.train.isascii()
    assert set(corpus.validation) <= set(corpus.train)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
def test_validation_share_is_met(share: float) -> None:
    corpus = python_reference(share)
    part = len(corpus.validation) / (len(corpus.train) + len(corpus.validation))
    # whole paragraphs of unequal length, rounded in each of 79 topics
    assert part == pytest.approx(share, abs=0.04)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 2.0])
def test_impossible_share(share: float) -> None:
    with pytest.raises(ValueError, match="validation_share"):
        python_reference(share)


def test_same_text_every_time() -> None:
    assert python_reference() == python_reference()


def test_paragraphs_are_one_line_each_in_plain_type() -> None:
    assert paragraphs("one\n  two\n\n \nthe “third” – it’s…\n") == [
        "one two",
        'the "third" - it\'s...',
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The quick brown fox jumps over the lazy dog today.", True),
        ("Too short to be prose.", False),
        (
            'try_stmt ::= try1_stmt | try2_stmt | "try" ":" suite ["else" ":" suite] ("except")+',
            False,
        ),
        ("The quick brown fox jumps over the façade of the house.", False),
    ],
)
def test_is_prose(text: str, expected: bool) -> None:
    assert is_prose(text) is expected
