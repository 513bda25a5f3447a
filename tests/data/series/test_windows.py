"""Windows: all there are, and none that crosses a gap or two series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data.series import Series, Windows, joined, stretches


def test_ten_rows_have_six_windows_of_three_and_two():
    rows = np.arange(10)
    windows = Windows.over([rows], 3, 2)
    assert len(windows) == 6
    assert windows.past(rows).T.tolist() == [[k, k + 1, k + 2] for k in range(6)]
    assert windows.future(rows).T.tolist() == [[k + 3, k + 4] for k in range(6)]


def test_windows_do_not_join_series():
    series = [np.arange(5), np.arange(10, 14)]
    windows = Windows.over(series, 3, 1)
    assert len(windows) == 3  # one series of nine rows would have six
    assert windows.series.tolist() == [0, 0, 1]
    rows = joined(series)
    assert windows.past(rows).T.tolist() == [[0, 1, 2], [1, 2, 3], [10, 11, 12]]
    assert windows.future(rows).T.tolist() == [[3], [4], [13]]


def test_rows_that_are_missing_and_rows_ahead_are_in_no_window():
    y = np.arange(12.0)
    y[4] = np.nan
    series = Series(y, known=np.arange(12), ahead=2)
    windows = Windows.over([series], 2, 2)
    assert windows.origin.tolist() == [2, 7, 8]
    contexts = Windows.over([series], 3, 0)  # what a forecast is made from
    assert contexts.origin.tolist()[-1] == len(series) == 10


def test_a_stride_counts_back_from_the_last_origin():
    windows = Windows.over([np.arange(10)], 3, 2, stride=4)
    assert windows.origin.tolist() == [4, 8]
    assert Windows.over([np.arange(3)], 3, 1).origin.tolist() == []
    assert len(Windows.over([], 3, 1)) == 0


@given(
    st.lists(st.lists(st.booleans(), max_size=30), min_size=1, max_size=4),
    st.integers(1, 5), st.integers(0, 4), st.integers(1, 3),
)  # fmt: skip
def test_windows_are_those_that_a_loop_finds(whole, context, horizon, stride):
    series = [Series(np.where(each, 1.0, np.nan), name=k) for k, each in enumerate(whole)]
    windows = Windows.over(series, context, horizon, stride=stride)
    found = set(zip(windows.series.tolist(), windows.origin.tolist(), strict=True))
    every = {
        (k, origin)
        for k, each in enumerate(whole)
        for origin in range(context, len(each) - horizon + 1)
        if all(each[origin - context : origin + horizon])
    }
    assert found == every if stride == 1 else found <= every
    assert len(found) == len(windows)
    rows = joined([each.y for each in series])
    assert not np.isnan(windows.past(rows)).any()
    assert not np.isnan(windows.future(rows)).any()


@given(st.lists(st.booleans(), max_size=40), st.data())
def test_stretches_are_those_that_a_loop_finds(whole, data):
    size = max(len(whole) - 1, 0)
    breaks = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    found, begin = [], None
    for k, each in enumerate(whole):
        if each and begin is None:
            begin = k
        if each and (k + 1 == len(whole) or not whole[k + 1] or breaks[k]):
            found.append([begin, k + 1])
            begin = None
    assert stretches(np.array(whole, bool), np.array(breaks, bool)).tolist() == found


def test_windows_whose_truth_was_filled_in_are_told():
    filled = np.arange(10) == 5
    windows = Windows.over([Series(np.arange(10), filled=filled)], 3, 2)
    assert windows.origin[windows.measured(filled)].tolist() == [3, 6, 7, 8]


def test_some_of_the_windows():
    windows = Windows.over([np.arange(10)], 3, 2)
    assert windows.select(windows.origin > 6).origin.tolist() == [7, 8]
    assert windows.select([0, 5]).origin.tolist() == [3, 8]
    assert windows.past(np.arange(10), [5]).T.tolist() == [[5, 6, 7]]


@pytest.mark.parametrize(
    ("context", "horizon", "stride", "name"),
    [(0, 1, 1, "context"), (1, -1, 1, "horizon"), (1, 1, 0, "stride")],
)
def test_sizes_that_cannot_be(context, horizon, stride, name):
    with pytest.raises(ValueError, match=f"{name}: expected an integer of at least"):
        Windows.over([np.arange(9)], context, horizon, stride=stride)
    with pytest.raises(TypeError, match="context: expected an integer"):
        Windows.over([np.arange(9)], 1.5, 1)


def test_what_lies_before_a_row():
    series = Series(
        np.arange(8), past=np.arange(8), known=np.arange(8), times=np.arange(8), ahead=2
    )
    before = series.until(4)
    assert (len(before), before.ahead, before.runs.tolist()) == (4, 0, [[0, 4]])
    assert before.y.T.tolist() == before.known.T.tolist() == [[0, 1, 2, 3]]
    assert (len(series.until(7)), series.until(7).ahead) == (6, 1)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"y": ["a"]}, TypeError, "series: y: expected numbers"),
        ({"y": [np.inf]}, ValueError, "series: y: .*finite"),
        ({"y": np.zeros((2, 2, 2))}, ValueError, r"series: y: .* \(N, K\)"),
        ({"y": [1, 2], "known": [1]}, ValueError, r"known: .*\(2,\)"),
        ({"y": [1, 2], "ahead": 3}, ValueError, "ahead: .* at most 2"),
        ({"y": [1, 2], "times": [1.0, 2.0]}, ValueError, "times: expected int64"),
        ({"y": [1, 2], "runs": [[1, 3]]}, ValueError, "runs: "),
        ({"y": [1, 2], "runs": [[1, 0]]}, ValueError, "runs: "),
        ({"y": [1, 2], "filled": [True]}, ValueError, "filled: "),
        ({"y": ["a"], "name": "oil"}, TypeError, "series 'oil': y"),
    ],
)
def test_what_is_no_series(arguments, error, words):
    with pytest.raises(error, match=words):
        Series(**arguments)
