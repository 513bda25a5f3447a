"""Ctrl-C and SIGTERM as a wish; the loop's use of them is tested with the loop."""

from __future__ import annotations

import signal

import pytest

from pyrnn.training.interruption import SIGNALS, Interruption


@pytest.fixture(autouse=True)
def handlers_put_back():
    """After each test the handlers are those that were there before."""
    before = [signal.getsignal(number) for number in SIGNALS]
    yield
    assert [signal.getsignal(number) for number in SIGNALS] == before


@pytest.mark.parametrize("number", SIGNALS)
def test_the_wish_is_noticed(number):
    with Interruption() as interruption:
        assert not interruption.wished
        assert interruption.signal is None
        signal.raise_signal(number)
        assert interruption.wished
    assert interruption.wished
    assert interruption.signal == number


@pytest.mark.parametrize("number", SIGNALS)
def test_entered_twice_it_ends_with_the_outer_one(number):
    interruption = Interruption()
    with interruption:
        with interruption:
            pass
        signal.raise_signal(number)
        with interruption:
            assert interruption.wished


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize(
    ("second", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_a_second_one_interrupts_and_settles_the_wish(first, second, error):
    interruption = Interruption()

    def interrupted_twice():
        with interruption:
            signal.raise_signal(first)
            signal.raise_signal(second)

    with pytest.raises(error) as caught:
        interrupted_twice()
    assert not interruption.wished
    assert interruption.signal == first
    if error is SystemExit:  # as the shell has it for a process that a signal ended
        assert caught.value.code == 128 + signal.SIGTERM


def test_the_handlers_are_put_back_after_an_error():
    with pytest.raises(ZeroDivisionError), Interruption():
        _ = 1 / 0
