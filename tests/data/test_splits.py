"""Examples held out: how many, of which classes, and always the same ones."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data import folds, hold_out

from ..interpreter import fresh_python


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


# -- Whole groups


def quietly(split, *arguments, **named):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return split(*arguments, **named)


def sizes_of(groups):
    return np.bincount(np.unique(groups, return_inverse=True)[1])


@given(
    groups=st.lists(st.integers(0, 9), min_size=2, max_size=60),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 9),
)
def test_groups_stand_whole_and_near_the_share(groups, share, seed):
    if len(set(groups)) < 2:
        return
    train, valid = hold_out(len(groups), share, seed, groups=groups)
    assert sorted([*train, *valid]) == list(range(len(groups)))
    held, kept = ({groups[k] for k in part} for part in (valid, train))
    assert held
    assert kept
    assert not held & kept
    wanted = min(max(1, int(len(groups) * share + 0.5 + 1e-9)), len(groups) - 1)
    sizes = sizes_of(groups)
    assert abs(len(valid) - wanted) <= max(sizes) / 2 or len(valid) in (
        min(sizes),
        len(groups) - min(sizes),
    )
    of = dict(zip(sorted(set(groups)), sizes, strict=True))
    if wanted <= len(groups) / 2:  # no other group brings it nearer
        near = abs(len(valid) - wanted)
        assert all(abs(len(valid) + of[group] - wanted) >= near for group in kept)


labelled = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 3)), min_size=2, max_size=60)


@given(pairs=labelled, share=st.floats(0.05, 0.6), seed=st.integers(0, 9))
def test_groups_and_classes(pairs, share, seed):
    groups, labels = zip(*pairs, strict=True)
    try:
        train, valid = quietly(hold_out, len(pairs), share, seed, labels, groups)
    except ValueError:  # only where no group can go without a class's last example
        for group in set(groups):
            left = {label for other, label in pairs if other != group}
            assert left < set(labels) or not left
        return
    assert sorted([*train, *valid]) == list(range(len(pairs)))
    assert not {groups[k] for k in train} & {groups[k] for k in valid}
    assert {labels[k] for k in train} == set(labels)
    assert len(valid)


def test_classes_are_even_over_whole_groups(rng):
    groups = np.repeat(np.arange(300), rng.integers(1, 9, 300))
    labels = np.where(rng.random(len(groups)) < 0.2, "rare", "common")
    for seed in range(5):
        _, valid = hold_out(len(groups), 0.2, seed, labels, groups)
        assert len(valid) == pytest.approx(0.2 * len(groups), abs=4)
        held = (labels[valid] == "rare").sum()
        assert held == pytest.approx(0.2 * (labels == "rare").sum(), abs=4)


def test_many_classes_of_few_groups_still_bring_the_share():
    labels = np.repeat(np.arange(100), 30)  # 3 in each of 10 groups: a class wants 1 of its 30
    groups = np.arange(3000) // 3
    _, valid = hold_out(3000, 1 / 30, 2, labels, groups)
    assert len(valid) == pytest.approx(100, abs=2)
    assert np.bincount(labels[valid]).max() == 3  # 33 classes, one group each


def test_a_class_within_one_group_stays_in_training():
    groups = [0, 0, 0, 1, 1, 2, 2, 3, 3]
    labels = ["a", "z", "z", "a", "b", "a", "b", "a", "b"]
    with pytest.warns(UserWarning, match="labels: 'z': a class within one group stays in training"):
        train, valid = hold_out(9, 0.25, 0, labels, groups)
    assert {0, 1, 2} <= set(train)
    assert len(valid) == 2


@pytest.mark.parametrize(
    ("groups", "share", "held"),
    [
        ([0] * 98 + [1, 2], 0.99, 99),  # one of the small ones stays
        ([0] * 98 + [1, 2], 0.01, 1),
        ([0] * 98 + [1, 2], 0.5, 98),  # as far as 2, and nearer than 1 or 0
        ([0] * 50 + [1] * 50, 0.1, 50),
        ([0] * 50 + [1] * 40 + [2] * 60, 0.05, 40),  # the smallest, where all are too large
    ],
)
def test_shares_that_groups_cannot_meet(groups, share, held):
    for seed in range(6):
        valid = hold_out(len(groups), share, seed, groups=groups)[1]
        assert len(valid) == held or (share == 0.5 and len(valid) == 2)


def test_any_group_may_be_held_out():
    groups = np.repeat(np.arange(10), [1, 2, 3, 4, 5, 5, 4, 3, 2, 1])
    drawn = [set(groups[hold_out(30, 0.2, seed, groups=groups)[1]]) for seed in range(60)]
    assert set.union(*drawn) == set(range(10))
    assert len(set(map(frozenset, drawn))) > 20


# -- Folds


@given(
    labels=st.lists(st.integers(0, 3), min_size=4, max_size=60),
    k=st.integers(2, 4),
    seed=st.integers(0, 9),
    stratified=st.booleans(),
)
def test_each_example_is_held_out_once(labels, k, seed, stratified):
    n = len(labels)
    found = quietly(folds, n, k, seed, labels if stratified else None)
    assert len(found) == k
    assert sorted(np.concatenate([valid for _, valid in found])) == list(range(n))
    for train, valid in found:
        assert train.dtype == valid.dtype == np.int64
        assert sorted([*train, *valid]) == list(range(n))
        assert len(valid) in (n // k, -(-n // k))
    if stratified:
        counts = np.array([np.bincount(np.array(labels)[v], minlength=4) for _, v in found])
        assert (np.ptp(counts, axis=0) <= 1).all()


@given(pairs=labelled, k=st.integers(2, 4), seed=st.integers(0, 9), stratified=st.booleans())
def test_each_group_is_held_out_once(pairs, k, seed, stratified):
    groups, labels = zip(*pairs, strict=True)
    if len(set(groups)) < k:
        return
    found = quietly(folds, len(pairs), k, seed, labels if stratified else None, groups)
    assert sorted(np.concatenate([valid for _, valid in found])) == list(range(len(pairs)))
    for train, valid in found:
        assert len(valid)
        assert not {groups[i] for i in train} & {groups[i] for i in valid}
    if not stratified:
        sizes = [len(valid) for _, valid in found]
        assert max(sizes) - min(sizes) <= max(sizes_of(groups))


def test_folds_of_groups_are_even(rng):
    groups = np.repeat(np.arange(200), rng.integers(1, 9, 200))
    labels = (rng.random(len(groups)) < 0.2).astype(int)
    counts = [np.bincount(labels[valid]) for _, valid in folds(len(groups), 5, 1, labels, groups)]
    np.testing.assert_allclose(counts, np.array([np.bincount(labels) / 5] * 5), atol=4)


def test_a_class_of_one_is_held_out_once_too():
    labels = [0] * 9 + [1]
    with pytest.warns(UserWarning, match="1: a class of one example is missing in the training of"):
        found = folds(10, 5, labels=labels)
    assert sum(9 in valid for _, valid in found) == 1
    with pytest.warns(UserWarning, match="1: a class within one group is missing in the training"):
        folds(10, 5, labels=labels, groups=range(10))


# -- Both


def test_groups_may_be_anything_that_can_be_a_key():
    names = ["x", ("a", 1), 3, b"y", np.str_("z"), np.int64(5), 2.5, frozenset({1})]
    numbers = [k for k in range(8) for _ in range(3)]
    groups = [names[k] for k in numbers]
    for split in (lambda g: hold_out(24, 0.3, 4, groups=g), lambda g: folds(24, 3, 4, groups=g)[1]):
        for found, expected in zip(split(groups), split(numbers), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_hashes_decide_nothing():
    program = (
        "from pyrnn.data import folds, hold_out\n"
        "groups = [f'g{k % 13}' for k in range(60)]; labels = [f'c{k % 3}' for k in range(60)]\n"
        "print([p.tolist() for p in hold_out(60, .2, 1, labels, groups)],"
        " [v.tolist() for _, v in folds(60, 4, 1, labels, groups)])"
    )
    printed = {
        fresh_python("-c", program, env={"PYTHONHASHSEED": seed}, check=True).stdout
        for seed in ("0", "1", "2")
    }
    assert len(printed) == 1
    assert all(printed)


@pytest.mark.parametrize(
    ("groups", "kind", "words"),
    [
        ([1, 1, 1], ValueError, "groups: expected at least 2, each .* whole in one part; got 1"),
        ([1, 2], ValueError, "groups: expected 3, one an example; got 2"),
        ("abc", TypeError, "groups: expected a list, one an example; got 'abc'"),
        ([1, None, 2], ValueError, "groups: expected one for each example; got None in row 1"),
        ([1, 2, ""], ValueError, "got '' in row 2"),
        ([1, 2, " "], ValueError, "got ' ' in row 2"),
        ([float("nan"), 2, 3], ValueError, "got nan in row 0"),
        ([1, np.datetime64("NaT"), 3], ValueError, "in row 1"),
        (
            [1, [2], 3],
            TypeError,
            r"groups: expected values that can be keys; got list \[2\] in row",
        ),
        ([1, np.zeros(2), 3], TypeError, "groups: expected values that can be keys; got ndarray"),
    ],
)
@pytest.mark.parametrize("split", [hold_out, folds])
def test_groups_that_are_none(split, groups, kind, words):
    with pytest.raises(kind, match=words):
        split(3, 0.5 if split is hold_out else 2, groups=groups)


def test_a_group_of_pandas_na_is_missing():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match=r"groups: .* got <NA> in row 1"):
        hold_out(3, 0.5, groups=pandas.Series(["a", None, "b"], dtype="string"))


@pytest.mark.parametrize(
    ("arguments", "named", "kind", "words"),
    [
        ((3, 1), {}, ValueError, "k: expected an integer of at least 2 and at most 3; got 1"),
        ((3, 4), {}, ValueError, "k: .* got 4"),
        ((3, 2.0), {}, TypeError, "k: expected an integer"),
        ((3, 2, -1), {}, ValueError, "seed: .* got -1"),
        ((3, 2), {"labels": [1]}, ValueError, "labels: expected 3, one an example; got 1"),
        ((3, 3), {"groups": [1, 1, 2]}, ValueError, "groups: expected at least 3, .* got 2"),
    ],
)
def test_errors_of_folds(arguments, named, kind, words):
    with pytest.raises(kind, match=words):
        folds(*arguments, **named)


def test_classes_that_no_group_leaves_behind():
    with pytest.raises(ValueError, match="one can be held out; got 2 classes of one"):
        hold_out(4, 0.5, 0, ["a", "a", "b", "b"], [0, 0, 1, 1])
    with pytest.raises(ValueError, match="got only such as hold all examples of a class"):
        hold_out(4, 0.5, 0, ["a", "c", "b", "c"], [0, 0, 1, 1])
