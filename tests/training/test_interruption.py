"""Ctrl-C as a wish; the loop's use of it is tested with the loop."""

from __future__ import annotations

import signal

import pytest

from pyrnn.training.interruption import Interruption


def test_the_wish_is_noticed_and_the_handler_put_back():
    before = signal.getsignal(signal.SIGINT)
    with Interruption() as interruption:
        assert not interruption.wished
        signal.raise_signal(signal.SIGINT)
        assert interruption.wished
    assert signal.getsignal(signal.SIGINT) is before
    assert interruption.wished


def test_entered_twice_it_ends_with_the_outer_one():
    before = signal.getsignal(signal.SIGINT)
    interruption = Interruption()
    with interruption:
        with interruption:
            pass
        signal.raise_signal(signal.SIGINT)
        with interruption:
            assert interruption.wished
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_interrupts_and_settles_the_wish():
    interruption = Interruption()

    def interrupted_twice():
        with interruption:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        interrupted_twice()
    assert not interruption.wished


def test_the_handler_is_put_back_after_an_error():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), Interruption():
        _ = 1 / 0
    assert signal.getsignal(signal.SIGINT) is before
