"""Parameters count their changes: a gradient that would mix old values with new ones is refused."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from pyrnn import Tensor, nn, no_grad
from pyrnn import functional as F


def leaf(*values):
    return Tensor(np.array(values, np.float64), requires_grad=True)


class Counted(Tensor):
    """A leaf that counts its changes, as parameters do."""

    version = 0

    def __init__(self, array):
        super().__init__(array, requires_grad=True)

    def assign(self, array):
        self.data[...] = array
        self.version += 1


def test_a_parameter_changed_before_backward_is_noticed_where_it_matters():
    x = leaf(1.0, 2.0)
    for function, spoilt in [
        (lambda w: (x * w).sum(), True),
        (lambda w: F.linear(x, w).sum(), True),
        (lambda w: F.embedding([0], w).sum(), False),  # backward reads the ids alone
        (lambda w: (x * 2 + w).sum(), False),
    ]:
        w = Counted(np.array([[3.0, 4.0]]))
        y = function(w)
        w.assign([[5.0, 6.0]])
        if spoilt:
            with pytest.raises(
                RuntimeError, match=r"version 0, now 1.*before the optimizer's step"
            ):
                y.backward()
        else:
            y.backward()


VIEWS = {
    "getitem": lambda w: w[0],
    "slices": lambda w: w[:, ::2],
    "reshape": lambda w: w.reshape(-1),
    "transpose": lambda w: w.T,
    "swapaxes": lambda w: w.swapaxes(0, 1),
    "squeeze": lambda w: w[:1].squeeze(0),
    "expand_dims": lambda w: w.expand_dims(1),
    "broadcast_to": lambda w: w.broadcast_to((4, 2, 3)),
    "unstack": lambda w: F.unstack(w, 1)[2],
    "views of views": lambda w: w.T.reshape(3, 1, 2)[1:].T,
    "detach": lambda w: w.detach(),
    "a tensor of it": lambda w: Tensor(w),
}


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_a_parameter_changed_under_its_view_is_noticed(view, recorded):
    w = Counted(np.arange(6.0).reshape(2, 3))
    with contextlib.nullcontext() if recorded else no_grad():
        v = view(w)
    assert np.shares_memory(v.data, w.data)
    x = Tensor(np.ones(v.shape), requires_grad=True)
    y = (v * x).sum() + (v * v).sum()
    w.assign(np.ones((2, 3)))
    with pytest.raises(RuntimeError, match=r"saved a parameter of shape \(2, 3\) that has changed"):
        y.backward()
    (view(w) * x).sum().backward()  # read after the change
    np.testing.assert_array_equal(x.grad, np.ones(v.shape))


def test_a_copy_of_a_parameters_elements_is_nobodys_view():
    w = Counted(np.arange(6.0).reshape(2, 3))
    for copied in (w[[0, 1]], w[w > 1], w * 1, w.sum(0), w.T.reshape(6)):
        assert not np.shares_memory(copied.data, w.data)
        y = (copied * copied).sum()
        w.version += 1
        y.backward()


@pytest.mark.parametrize("kind", [nn.LSTM, nn.LSTMCell])
def test_an_initial_state_changed_before_backward_is_noticed(kind):
    layer = kind(3, 4, rng=0)
    time, layers = ((5,), (1,)) if kind is nn.LSTM else ((), ())
    state = np.zeros((*layers, 2, 4), np.float32)
    h = nn.Parameter(state + 1)
    y = layer(np.ones((*time, 2, 3), np.float32), (h, state))[0].sum()
    h.assign(state)
    with pytest.raises(RuntimeError, match=r"Recurrent(Step)? saved a parameter"):
        y.backward()
