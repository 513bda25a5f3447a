"""Losses in other units."""

from __future__ import annotations

import math

import pytest

from pyrnn.training import Evaluation, ValidationRecord


def test_units_of_an_evaluation():
    # 8 tokens of probability 1/4 each: 2 bits a token; they spell 16 characters
    evaluation = Evaluation(nats=8 * math.log(4), tokens=8, characters=16)
    assert evaluation.loss == pytest.approx(math.log(4), rel=1e-12)
    assert evaluation.perplexity == pytest.approx(4, rel=1e-12)
    assert evaluation.bits_per_character == pytest.approx(1, rel=1e-12)


def test_bits_need_characters():
    assert Evaluation(1.0, 1).bits_per_character is None


def test_a_loss_too_large_for_its_perplexity():
    assert ValidationRecord(1, 0.1, 1000.0, None, True, 0.0).perplexity == math.inf
