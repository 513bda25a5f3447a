"""Skeletons: no memory, no random numbers, limits, and the same module once weights are in."""

import copy
import threading

import numpy as np
import pytest

from pyrnn import nn

HUGE = 1 << 20  # a square matrix of this side takes 4 TB

LAYERS = {
    "Linear": lambda **rng: nn.Linear(3, 4, **rng),
    "Embedding": lambda **rng: nn.Embedding(5, 3, padding_idx=1, **rng),
    "LSTM": lambda **rng: nn.LSTM(3, 4, num_layers=2, bidirectional=True, dropout=0.5, **rng),
    "GRU float64": lambda **rng: nn.GRU(3, 4, dtype="float64", **rng),
    "RNN identity": lambda **rng: nn.RNN(3, 4, nonlinearity="relu", init="identity", **rng),
    "GRUCell": lambda **rng: nn.GRUCell(3, 4, **rng),
    "LayerNorm": lambda **rng: nn.LayerNorm(3),
    "AttentionPool": lambda **rng: nn.AttentionPool(3, 4, **rng),
    "Attention": lambda **rng: nn.Attention(3, 4, size=5, **rng),
    "AttentionDecoder": lambda **rng: nn.AttentionDecoder(3, 4, 5, cell="lstm", **rng),
    "Conv1dMax": lambda **rng: nn.Conv1dMax(3, 4, 5, **rng),
    "CRF": lambda **rng: nn.CRF(3, **rng),
    "AdaptiveSoftmax": lambda **rng: nn.AdaptiveSoftmax(3, 20, [4, 9], **rng),
}


class Tied(nn.Module):
    def __init__(self, rng=None):
        self.embedding = nn.Embedding(7, 4, rng=rng)
        self.rnn = nn.LSTM(4, 4, num_layers=2, rng=rng)
        self.output = nn.Linear(4, 7, rng=rng)
        self.output.weight = self.embedding.weight

    def forward(self, ids):
        return self.output(self.rnn(self.embedding(ids))[0])


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_a_skeleton_has_shapes_and_dtypes_and_draws_nothing(make):
    plain, rng = make(rng=0), np.random.default_rng(3)
    before = copy.deepcopy(rng.bit_generator.state)
    with nn.skeleton():
        assert nn.in_skeleton()
        outline = make(rng=rng)
    assert not nn.in_skeleton()
    assert rng.bit_generator.state == before
    shapes = {name: (p.shape, p.dtype) for name, p in plain.named_parameters()}
    assert {name: (p.shape, p.dtype) for name, p in outline.named_parameters()} == shapes
    assert outline.num_parameters() == plain.num_parameters()
    assert repr(outline) == repr(plain)
    assert outline.summary() == plain.summary()


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_loaded_it_is_the_module_that_was_saved(make):
    plain = make(rng=0)
    with nn.skeleton():
        outline = make(rng=1)
    held = dict(outline.named_parameters())
    assert outline.load_state_dict(plain.state_dict()) == ([], [])
    for name, parameter in outline.named_parameters():
        assert parameter is held[name]
        assert type(parameter) is nn.Parameter
        np.testing.assert_array_equal(parameter.numpy(), getattr_path(plain, name).numpy())
        assert parameter.data.flags.c_contiguous
        parameter.assign(parameter.numpy() + 1)  # memory of its own


def getattr_path(module, name):
    return dict(module.named_parameters())[name]


def test_it_takes_no_memory():
    with nn.skeleton():
        layers = [
            nn.Linear(HUGE, HUGE),
            nn.Embedding(HUGE, HUGE),
            nn.LSTM(HUGE, HUGE, num_layers=3),
            nn.RNN(HUGE, HUGE, init="identity"),
        ]
    assert all(layer.num_parameters() >= 1 << 40 for layer in layers)


def test_the_loaded_module_computes_and_trains_as_any_other():
    plain, ids = Tied(rng=0), np.array([[1, 2], [6, 0]])
    with nn.skeleton():
        outline = Tied()
    outline.load_state_dict(plain.state_dict())
    assert outline.output.weight is outline.embedding.weight
    for module in (plain, outline):
        (module(ids) * module(ids)).sum().backward()
    np.testing.assert_array_equal(outline(ids).numpy(), plain(ids).numpy())
    for mine, theirs in zip(outline.parameters(), plain.parameters(), strict=True):
        np.testing.assert_array_equal(mine.grad, theirs.grad)
    state = plain.state_dict()
    state["rnn.weight_hh_l1"][:] = 0.0  # what was loaded is a copy
    assert np.any(outline.rnn.weight_hh_l1.numpy() != 0)
    copy.deepcopy(outline)


@pytest.mark.parametrize("absent", ["embedding.weight", "output.weight"])
def test_a_tied_weight_may_be_given_under_one_name(absent):
    state = Tied(rng=0).state_dict()
    with nn.skeleton():
        outline = Tied()
    outline.load_state_dict({name: a for name, a in state.items() if name != absent})
    np.testing.assert_array_equal(outline.embedding.weight.numpy(), state["output.weight"])


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.pop("rnn.bias_ih_l1"),
        lambda state: state.update({"output.bias": np.zeros(8, "float32")}),
        lambda state: state.update({"output.bias": np.zeros(7)}),
        lambda state: state.update({"output.weight": state["output.weight"] + 1}),
    ],
)
def test_weights_that_do_not_fit_leave_it_a_skeleton(change):
    with nn.skeleton():
        outline = Tied()
    state = Tied(rng=0).state_dict()
    change(state)
    with pytest.raises((ValueError, TypeError)):
        outline.load_state_dict(state)
    assert not any(type(p) is nn.Parameter for p in outline.parameters())


READS = {
    "Linear": lambda: nn.Linear(3, 4)(np.zeros((2, 3), "float32")),
    "LSTM": lambda: nn.LSTM(3, 4)(np.zeros((2, 1, 3), "float32")),
    "GRUCell": lambda: nn.GRUCell(3, 4)(np.zeros((1, 3), "float32")),
    "Embedding": lambda: nn.Embedding(3, 4)([1, 2]).numpy(),
    "LayerNorm": lambda: nn.LayerNorm(3)(np.zeros((1, 3), "float32")),
    "state_dict": lambda: nn.Linear(3, 4).state_dict(),
    "numpy": lambda: nn.Linear(3, 4).weight.numpy(),
    "writing": lambda: nn.Linear(3, 4).weight.writing(),
    "copy": lambda: copy.deepcopy(nn.Linear(3, 4)),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_what_reads_values_that_are_not_there_says_so(read):
    with nn.skeleton(), pytest.raises(RuntimeError, match=r"parameter of shape .*load_state_dict"):
        read()


def test_a_loose_load_leaves_the_rest_an_outline():
    with nn.skeleton():
        linear = nn.Linear(2, 1)
    loaded = linear.load_state_dict({"weight": np.ones((1, 2), "float32")}, strict=False)
    assert loaded == (["bias"], [])
    assert linear.weight.numpy().tolist() == [[1, 1]]
    with pytest.raises(RuntimeError, match=r"parameter of shape \(1,\)"):
        linear(np.ones((1, 2), "float32"))
    linear.bias.assign([5.0])
    assert linear(np.ones((1, 2), "float32")).item() == 7


TOO_LARGE = {
    "matrix": lambda: nn.Linear(HUGE, HUGE),
    "beyond any memory": lambda: nn.Embedding(1 << 40, 1 << 40),
    "layers": lambda: nn.LSTM(1, 1, num_layers=10**9),
    "both ways": lambda: nn.RNN(1, 1, num_layers=10**9, bidirectional=True, bias=False),
    "one by one": lambda: nn.ModuleList(nn.Linear(2, 2) for _ in range(10**9)),
}


@pytest.mark.parametrize("make", TOO_LARGE.values(), ids=TOO_LARGE)
def test_more_than_the_limit_is_refused_at_once(make):
    with nn.skeleton(limit=10_000), pytest.raises(ValueError, match=r"limit: .*at most 10,000 "):
        make()


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_the_limit_is_exact(make):
    size = make(rng=0).num_parameters()
    with nn.skeleton(limit=size):
        make()
        with pytest.raises(ValueError, match="where 0 are left"):
            nn.Linear(1, 1)
    with nn.skeleton(limit=size - 1), pytest.raises(ValueError, match="limit: "):
        make()


def test_frozen_before_it_is_loaded_it_stays_frozen():
    with nn.skeleton():
        outline = nn.Linear(2, 3).requires_grad_(False)
    outline.load_state_dict(nn.Linear(2, 3, rng=0).state_dict())
    assert not any(p.requires_grad for p in outline.parameters())


def test_blocks_in_each_other_and_on_other_threads():
    with nn.skeleton(limit=1):
        with nn.skeleton():
            nn.Linear(9, 9)
        with pytest.raises(ValueError, match="limit: "):
            nn.Linear(9, 9)
        elsewhere = []
        thread = threading.Thread(target=lambda: elsewhere.append(nn.Linear(9, 9, rng=0)))
        thread.start()
        thread.join()
    assert type(elsewhere[0].weight) is nn.Parameter
    assert type(nn.Linear(1, 1, rng=0).weight) is nn.Parameter


@pytest.mark.parametrize(("limit", "error"), [(-1, ValueError), (1.5, TypeError), ("9", TypeError)])
def test_a_limit_is_a_whole_number(limit, error):
    with pytest.raises(error, match="limit: expected an integer"), nn.skeleton(limit):
        pass


def test_without_a_limit_what_no_memory_can_hold_is_refused_all_the_same():
    with nn.skeleton(), pytest.raises(MemoryError, match="expected one that memory can hold"):
        nn.Embedding(1 << 40, 1 << 40)


def test_a_parameter_of_an_array_is_one_everywhere():
    with nn.skeleton(limit=0):
        assert nn.Parameter([1.0]).numpy().tolist() == [1.0]
