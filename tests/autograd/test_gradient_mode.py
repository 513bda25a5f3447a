"""no_grad and enable_grad, as blocks and as decorators."""

from __future__ import annotations

import threading

import pytest

from pyrnn.autograd import Tensor, enable_grad, is_grad_enabled, no_grad

X = Tensor([1.0], requires_grad=True)


def test_blocks_nest_and_restore():
    assert is_grad_enabled()
    with no_grad():
        assert not (X * 2).requires_grad
        with enable_grad():
            assert (X * 2).requires_grad
        assert not is_grad_enabled()
    assert (X * 2).requires_grad


def test_an_exception_restores_the_mode():
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert is_grad_enabled()


def test_one_object_entered_twice():
    mode = no_grad()
    with mode:
        with mode:
            assert not is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()


@pytest.mark.parametrize("decorator", [no_grad, no_grad()], ids=["bare", "with brackets"])
def test_decorator(decorator):
    @decorator
    def double(x, depth=0):
        """Twice x."""
        assert not is_grad_enabled()
        return x * 2 if depth == 0 else double(x, depth - 1)

    assert not double(X, depth=3).requires_grad
    assert is_grad_enabled()
    assert (double.__name__, double.__doc__) == ("double", "Twice x.")


def test_enable_grad_without_brackets():
    @enable_grad
    def double(x):
        return x * 2

    with no_grad():
        assert double(X).requires_grad
        assert not is_grad_enabled()


def generator():
    yield 1


async def coroutine():
    return 1


async def asynchronous_generator():
    yield 1


@pytest.mark.parametrize("decorator", [no_grad, no_grad()], ids=["bare", "with brackets"])
@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (generator, "generator function"),
        (coroutine, "coroutine function"),
        (asynchronous_generator, "asynchronous generator function"),
    ],
)
def test_functions_whose_body_runs_later_are_refused(decorator, function, kind):
    with pytest.raises(TypeError, match=rf"got the {kind} .*: use `with no_grad\(\):`"):
        decorator(function)


@pytest.mark.parametrize("thing", [1, False, X])
def test_only_functions_are_decorated(thing):
    with pytest.raises(TypeError, match=f"function: expected a .*got {type(thing).__name__}"):
        no_grad(thing)


def test_threads_have_their_own_mode():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]
