"""Module: the tree, tied weights, state dicts, generators, repr."""

import copy
import json
import pickle

import numpy as np
import pytest

from pyrnn import nn
from pyrnn.nn.foreign_names import MODULE, PACKAGE


class Model(nn.Module):
    """A language model with a tied output: the smallest tree with every difficulty."""

    def __init__(self, tied=True, dropout=0.5):
        self.embedding = nn.Embedding(7, 4, rng=0)
        self.rnn = nn.LSTM(4, 4, num_layers=2, dropout=dropout, rng=1)
        self.blocks = nn.Sequential(nn.Dropout(0.3, rng=2), nn.Linear(4, 7, rng=3))
        self.scale = nn.Parameter(np.ones(1, "float32"))
        if tied:
            self.blocks[1].weight = self.embedding.weight

    def forward(self, ids):
        y, _ = self.rnn(self.embedding(ids))
        return self.blocks(y) * self.scale


LSTM_NAMES = [
    f"rnn.{kind}_l{layer}"
    for layer in range(2)
    for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
]
USES = ["scale", "embedding.weight", *LSTM_NAMES, "blocks.1.weight", "blocks.1.bias"]


def test_parameters_are_found_in_order_and_once():
    model = Model()
    names = [name for name, _ in model.named_parameters()]
    assert names == [name for name in USES if name != "blocks.1.weight"]
    assert [id(p) for _, p in model.named_parameters()] == [id(p) for p in model.parameters()]
    assert dict(Model(tied=False).named_parameters()).keys() == set(USES)


def test_the_tree():
    model = Model()
    assert [name for name, _ in model.named_children()] == ["embedding", "rnn", "blocks"]
    paths = ["", "embedding", "rnn", "blocks", "blocks.0", "blocks.1"]
    assert [path for path, _ in model.named_modules()] == paths
    assert next(model.modules()) is model
    assert list(model.children()) == [model.embedding, model.rnn, model.blocks]


def test_a_module_that_stands_twice_is_listed_once_and_saved_twice():
    layer = nn.Linear(2, 2, rng=0)
    model = nn.Sequential(layer, layer)
    assert len(list(model.modules())) == 2
    assert [name for name, _ in model.named_parameters()] == ["0.weight", "0.bias"]
    assert list(model.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


HIDDEN = {
    "list": lambda: [nn.Tanh(), nn.Tanh()],
    "tuple": lambda: (1, nn.Tanh()),
    "dict": lambda: {"a": nn.Tanh()},
    "set": lambda: {nn.Tanh()},
    "list in a list": lambda: [[nn.Tanh()]],
    "parameters": lambda: [nn.Parameter([1.0])],
    "dict of parameters": lambda: {"a": nn.Parameter([1.0])},
}


@pytest.mark.parametrize("make", HIDDEN.values(), ids=HIDDEN)
def test_plain_containers_of_modules_are_refused(make):
    model = nn.Module()
    with pytest.raises(
        TypeError, match=r"layers: expected .*nn\.ModuleList.*got a (list|tuple|set|dict)"
    ):
        model.layers = make()
    assert "layers" not in vars(model)
    model.layers = nn.ModuleList([nn.Linear(1, 1, rng=0)])
    assert model.num_parameters() == 2


@pytest.mark.parametrize("look", [lambda m: m.state_dict(), lambda m: list(m.parameters()), repr])
def test_a_list_that_is_filled_later_is_found_out(look):
    model = nn.Module()
    model.names, model.layers = ["a"], []
    look(model)
    model.layers.append(nn.Linear(1, 1, rng=0))
    with pytest.raises(TypeError, match=r"layers: .*nn\.ModuleList"):
        look(model)


def test_module_lists_take_several_modules():
    layers = nn.ModuleList()
    layers.extend(nn.Linear(1, 1, rng=0) for _ in range(2))
    assert list(layers.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_freezing():
    model = Model()
    model(np.array([[1, 2]])).sum().backward()
    assert model.blocks.requires_grad_(False) is model.blocks
    frozen = {name for name, p in model.named_parameters() if not p.requires_grad}
    assert frozen == {"embedding.weight", "blocks.1.bias"}  # the tied weight is one
    assert model.embedding.weight.grad is None
    assert model.scale.grad is not None
    assert model.num_parameters() == 28 + 320 + 7 + 1
    assert model.num_parameters(trainable=True) == 320 + 1
    model.zero_grad()
    model(np.array([[1, 2]])).sum().backward()
    assert model.embedding.weight.grad is None
    assert all(p.requires_grad for p in model.requires_grad_().parameters())
    with pytest.raises(TypeError, match="requires_grad: expected True or False; got 0"):
        model.requires_grad_(0)


RNN = "weight_ih_l0 (16, 4), weight_hh_l0 (16, 4), bias_ih_l0 (16,), bias_hh_l0 (16,)"


def test_the_summary():
    model = Model()
    model.rnn.requires_grad_(False)
    assert model.summary().splitlines() == [
        "Model                     1  scale (1,)",
        "  embedding: Embedding   28  weight (7, 4)",
        f"  rnn: LSTM             320  {RNN}, and 4 more",
        "  blocks: Sequential",
        "    0: Dropout",
        "    1: Linear             7  weight = embedding.weight, bias (7,)",
        "356 parameters, 36 of them trained",
    ]
    assert nn.Tanh().summary() == "Tanh\n0 parameters"


def test_foreign_names_earn_the_word_for_them_here():
    model = Model()
    for name in MODULE:
        assert not hasattr(model, name)
        with pytest.raises(AttributeError, match=f"'Model' object has no attribute '{name}': "):
            getattr(model, name)
    with pytest.raises(AttributeError, match=r"no attribute 'forwrd'$"):
        model.forwrd
    with pytest.raises(AttributeError, match=r"'double': .*dtype='float32' or 'float64'"):
        model.rnn.double()
    for name in PACKAGE:
        with pytest.raises(AttributeError, match=f"module 'pyrnn.nn' has no attribute '{name}': "):
            getattr(nn, name)
    with pytest.raises(AttributeError, match=r"no attribute 'Foo'$"):
        nn.Foo


def test_training_mode_reaches_everything():
    model = Model()
    assert model.training
    assert model.eval() is model
    assert not any(module.training for module in model.modules())
    assert model.train() is model
    assert all(module.training for module in model.modules())
    with pytest.raises(TypeError, match="mode: expected True or False; got 'yes'"):
        model.train("yes")


def test_zero_grad_drops_every_gradient():
    model = Model()
    model(np.array([[1, 2]])).sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())


def test_an_array_does_not_replace_a_parameter():
    linear = nn.Linear(2, 3, rng=0)
    with pytest.raises(TypeError, match=r"weight: .*got ndarray .*weight.assign\(array\)"):
        linear.weight = np.zeros((3, 2), "float32")
    linear.bias = None
    assert [name for name, _ in linear.named_parameters()] == ["weight"]
    assert linear(np.ones((1, 2), "float32")).shape == (1, 3)


def test_state_dicts_name_tied_weights_twice_and_are_copies():
    model = Model()
    state = model.state_dict()
    assert list(state) == USES
    np.testing.assert_array_equal(state["blocks.1.weight"], state["embedding.weight"])
    model.scale.assign([5.0])
    assert state["scale"][0] == 1.0
    state["scale"][0] = 9.0
    assert model.scale.numpy()[0] == 5.0


def test_a_state_dict_round_trip_gives_the_same_outputs():
    model, other = Model().eval(), Model().eval()
    for p in other.parameters():
        p.assign(p.numpy() + 1)
    ids = np.array([[0, 3], [6, 2]])
    assert not np.array_equal(model(ids).numpy(), other(ids).numpy())
    other.load_state_dict(model.state_dict())
    np.testing.assert_array_equal(model(ids).numpy(), other(ids).numpy())


@pytest.mark.parametrize("absent", ["blocks.1.weight", "embedding.weight"])
def test_a_tied_weight_may_be_given_under_one_name(absent):
    # as files do that refuse to store an array twice
    model = Model()
    state = {n: a + 1 for n, a in model.state_dict().items() if n != absent}
    model.load_state_dict(state)
    assert model.blocks[1].weight is model.embedding.weight
    np.testing.assert_array_equal(
        model.embedding.weight.numpy(),
        state["embedding.weight" if absent != "embedding.weight" else "blocks.1.weight"],
    )


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda s: s.pop("scale"), ValueError, "missing: scale; unknown: none"),
        (lambda s: s.update(x=np.zeros(1)), ValueError, "missing: none; unknown: x"),
        (
            lambda s: s.update({"rnn.bias_ih_l1": np.zeros(3, "f4")}),
            ValueError,
            r"rnn.bias_ih_l1: expected shape \(16,\); got \(3,\)",
        ),
        (
            lambda s: s.update({"scale": np.zeros(1)}),
            TypeError,
            "scale: expected dtype float32; got float64",
        ),
        (
            lambda s: s.update({"blocks.1.weight": np.zeros((7, 4), "f4")}),
            ValueError,
            "blocks.1.weight: expected the values of embedding.weight.*tied",
        ),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, error, message):
    model = Model()
    before = model.state_dict()
    state = {name: array + 1 for name, array in before.items()}
    change(state)
    with pytest.raises(error, match=message):
        model.load_state_dict(state)
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_a_loose_load_takes_what_is_common():
    model = Model()
    model.load_state_dict({"scale": np.array([3.0], "float32"), "other": 1}, strict=False)
    assert model.scale.numpy()[0] == 3.0


def test_a_loaded_weight_is_packed_anew():
    lstm = nn.LSTM(2, 3, rng=0)
    x = np.ones((4, 1, 2), "float32")
    before = lstm(x)[0].numpy().copy()
    other = nn.LSTM(2, 3, rng=1)
    lstm.load_state_dict(other.state_dict())
    assert not np.array_equal(lstm(x)[0].numpy(), before)
    np.testing.assert_array_equal(lstm(x)[0].numpy(), other(x)[0].numpy())


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copy", "pickle"]
)
def test_copies_are_independent_and_keep_ties(duplicate):
    model = Model()
    ids = np.array([[0, 3], [6, 2]])
    model.eval()(ids)  # packs
    twin = duplicate(model)
    np.testing.assert_array_equal(model(ids).numpy(), twin(ids).numpy())
    assert twin.blocks[1].weight is twin.embedding.weight
    before = model(ids).numpy().copy()
    for p in twin.parameters():
        p.assign(p.numpy() * 2)
    np.testing.assert_array_equal(model(ids).numpy(), before)
    assert not np.array_equal(twin(ids).numpy(), before)


def test_generators_can_be_saved_and_put_back():
    model = Model()
    ids = np.array([[0, 3], [6, 2]])
    model(ids)
    state = json.loads(json.dumps(model.rng_state()))
    assert set(state) == {"rnn", "blocks.0"}
    first, second = model(ids).numpy(), model(ids).numpy()
    assert not np.array_equal(first, second)
    other = Model()
    other.load_rng_state(state)
    np.testing.assert_array_equal(other(ids).numpy(), first)
    np.testing.assert_array_equal(other(ids).numpy(), second)
    with pytest.raises(ValueError, match=r"state: expected generators at .*got \['rnn'\]"):
        other.load_rng_state({"rnn": state["rnn"]})


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Module has no forward"):
        nn.Module()(1)


def test_the_repr_teaches_the_shapes():
    text = repr(Model())
    assert text.startswith("Model(  # ")
    assert "(embedding): Embedding(7, 4)  # ids (...) -> (..., 4); 28 parameters" in text
    assert (
        "(rnn): LSTM(4, 4, num_layers=2, dropout=0.5)  "
        "# x (T, B, 4) -> y (T, B, 4), (h, c) each (2, B, 4); 320 parameters" in text
    )
    assert "    (1): Linear(4, 7)  # x (..., 4) -> y (..., 7); 35 parameters" in text


@pytest.mark.parametrize("state", [None, 5, "weight", [("weight", 1)]])
def test_a_state_that_is_none(state):
    with pytest.raises(TypeError, match="state: expected a mapping from names to arrays; got"):
        nn.Linear(2, 3, rng=0).load_state_dict(state)
