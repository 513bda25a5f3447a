"""Examples held out: how many, of which classes, and always the same ones."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data import hold_out


@given(
    labels=st.lists(st.integers(0, 5), min_size=2, max_size=60),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 9),
    stratified=st.booleans(),
)
def test_parts_cover_the_examples(labels, share, seed, stratified):
    counts = np.bincount(labels)
    if stratified and counts.max() == 1:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arguments = (len(labels), share, seed, labels if stratified else None)
        train, valid = hold_out(*arguments)
        again = hold_out(*arguments)
    assert train.dtype == valid.dtype == np.int64
    assert len(train) > 0
    assert len(valid) > 0
    assert (np.diff(train) > 0).all()
    assert (np.diff(valid) > 0).all()
    assert sorted([*train, *valid]) == list(range(len(labels)))
    np.testing.assert_array_equal(again[1], valid)
    if stratified:
        kept = np.bincount(np.array(labels)[train], minlength=len(counts))
        assert (kept[counts > 0] > 0).all()
        held = counts - kept
        wanted = min(max(1, int(len(labels) * share + 0.5 + 1e-9)), len(labels) - 1)
        assert held.sum() == min(wanted, np.maximum(counts - 1, 0).sum())
        if (counts[counts > 0] * (1 - share) > 2).all():  # no class is short of room
            assert (np.abs(held - counts * wanted / len(labels)) < 1).all()
    else:
        assert abs(len(valid) - share * len(labels)) <= 1


def test_a_class_of_one_stays_in_training():
    labels = [0] * 11 + [1]
    with pytest.warns(UserWarning, match="1: a class of one example stays in training"):
        train, valid = hold_out(12, 0.25, labels=labels)
    assert 11 in train
    assert len(valid) == 3


@pytest.mark.parametrize(
    ("sizes", "share", "held"),
    [
        ((50, 50), 0.1, (5, 5)),
        ((7, 2, 2), 0.25, (2, 1, 0)),  # quotas 1.9, 0.55, 0.55
        ((2, 2), 0.9, (1, 1)),
        ((10, 30), 0.5, (5, 15)),
        ((15, 5), 0.1, (2, 0)),  # 1.5, 0.5: equal remainders, the first class
    ],
)
def test_shares_of_classes(sizes, share, held):
    labels = [name for name, n in zip("abc", sizes, strict=False) for _ in range(n)]
    _, valid = hold_out(len(labels), share, 3, labels)
    assert [sum(labels[k] == name for k in valid) for name in "abc"[: len(sizes)]] == list(held)


def test_seeds_differ_and_all_examples_are_drawn():
    drawn = [hold_out(10, 0.3, seed)[1].tolist() for seed in range(40)]
    assert len(set(map(tuple, drawn))) > 10
    assert {k for valid in drawn for k in valid} == set(range(10))
    assert {len(valid) for valid in drawn} == {3}


def test_a_half_is_rounded_up():
    assert len(hold_out(10, 0.15)[1]) == 2
    assert 100 * 0.145 < 14.5
    assert len(hold_out(100, 0.145)[1]) == 15


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ((1, 0.5), ValueError, "count: expected an integer of at least 2; got 1"),
        ((9, 0), ValueError, "share: .* more than 0 and less than 1; got 0"),
        ((9, 1.0), ValueError, "share: .* got 1"),
        ((9, "0.1"), TypeError, "share: expected a number; got str"),
        ((9, 0.5, -1), ValueError, "seed: .* got -1"),
        ((2, 0.5, 0, ["a"]), ValueError, "labels: expected 2, one an example; got 1"),
        ((2, 0.5, 0, ["a", "b"]), ValueError, "of which one can be held out; got 2 classes of one"),
        ((2, 0.5, 0, ["a", ""]), ValueError, "an empty one in row 1"),
    ],
)
def test_errors(arguments, kind, words):
    with pytest.raises(kind, match=words):
        hold_out(*arguments)
