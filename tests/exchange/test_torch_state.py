"""State dicts become modules, or errors that say what is wrong with which entry."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import pyrnn
from pyrnn import nn

I, H, T, B = 3, 5, 6, 2
DATA = Path(__file__).parents[1] / "nn" / "data"  # what PyTorch wrote: see the README there

LAYERS = {
    "LSTM": (nn.LSTM, {}),
    "projected LSTM": (nn.LSTM, {"proj_size": 2}),
    "GRU": (nn.GRU, {}),
    "RNN": (nn.RNN, {}),
    "RNN with ReLU": (nn.RNN, {"nonlinearity": "relu"}),
}
SHAPES = [
    {"num_layers": layers, "bidirectional": both, "bias": bias}
    for layers, both, bias in itertools.product((1, 3), (False, True), (False, True))
]
CELLS = {"LSTM": nn.LSTMCell, "GRU": nn.GRUCell, "RNN": nn.RNNCell}


def under(prefix, state):
    return {f"{prefix}.{name}": array for name, array in state.items()}


def some(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype("float32")


def assert_same(found, expected, *inputs):
    assert type(found) is type(expected)
    np.testing.assert_equal(found.state_dict(), expected.state_dict())
    first, second = (module(*inputs) for module in (found, expected))
    first, second = (each[0] if isinstance(each, tuple) else each for each in (first, second))
    np.testing.assert_array_equal(first.numpy(), second.numpy())


@pytest.mark.parametrize("options", SHAPES, ids=lambda o: "-".join(map(str, o.values())))
@pytest.mark.parametrize("name", LAYERS)
def test_every_stack(rng, name, options):
    kind, more = LAYERS[name]
    layer = kind(I, H, **options, **more, rng=rng, init="torch")
    told = {} if "proj_size" in more else more  # which the shapes tell
    found = pyrnn.from_torch(layer.state_dict(), **told)
    assert found.stack == layer.stack
    assert_same(found, layer, some(T, B, I))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", CELLS)
def test_every_cell(rng, name, bias):
    cell = CELLS[name](I, H, bias, rng=rng, init="torch")
    assert_same(pyrnn.from_torch(cell.state_dict()), cell, some(B, I))


def test_linear_and_embedding(rng):
    linear, table = nn.Linear(I, H, rng=rng), nn.Embedding(I, H, rng=rng)
    bare = nn.Linear(I, H, bias=False, rng=rng)
    assert_same(pyrnn.from_torch(linear.state_dict()), linear, some(B, I))
    found = pyrnn.from_torch(under("model.word_embedding", table.state_dict()))
    assert_same(found, table, np.arange(I))
    found = pyrnn.from_torch(bare.state_dict(), kinds={"": "Linear"})
    assert_same(found, bare, some(B, I))
    found = pyrnn.from_torch(under("emb", bare.state_dict()), kinds={"emb": "Linear"})
    assert_same(found, bare, some(B, I))


def whole(rng):
    """A state dict of several layers, in an order of its own."""
    return {
        **under("module.decoder", nn.GRU(H, H, 2, rng=rng).state_dict()),
        **under("module.emb", nn.Embedding(9, I, rng=rng).state_dict()),
        **under("module.encoder.lstm", nn.LSTM(I, H, bidirectional=True, rng=rng).state_dict()),
        **under("module.encoder.head", nn.Linear(H, 2, rng=rng).state_dict()),
    }


def test_several_layers_come_by_their_paths_in_the_dicts_order(rng):
    found = pyrnn.from_torch(whole(rng))
    assert {path: type(module).__name__ for path, module in found.items()} == {
        "module.decoder": "GRU",
        "module.emb": "Embedding",
        "module.encoder.lstm": "LSTM",
        "module.encoder.head": "Linear",
    }
    assert list(found) == [
        "module.decoder",
        "module.emb",
        "module.encoder.lstm",
        "module.encoder.head",
    ]


def test_a_prefix_takes_a_part(rng):
    state = whole(rng)
    assert list(pyrnn.from_torch(state, prefix="module.encoder.")) == ["lstm", "head"]
    assert isinstance(pyrnn.from_torch(state, prefix="module.decoder"), nn.GRU)
    with pytest.raises(
        ValueError, match=r"layers under prefix 'module.enc'; got 'module.decoder', "
    ):
        pyrnn.from_torch(state, prefix="module.enc")


def test_the_order_of_names_within_a_layer_does_not_matter(rng):
    layer = nn.LSTM(I, H, 2, bidirectional=True, rng=rng)
    state = dict(reversed(layer.state_dict().items()))
    assert_same(pyrnn.from_torch(state), layer, some(T, B, I))


def test_settings_that_weights_do_not_tell(rng):
    state = {
        **under("a", nn.RNN(I, H, 2, rng=rng).state_dict()),
        **under("b", nn.RNN(H, H, rng=rng).state_dict()),
    }
    found = pyrnn.from_torch(state, nonlinearity="relu", batch_first=True, dropout=0.5, rng=0)
    assert found["a"].nonlinearity == found["b"].nonlinearity == "relu"
    assert found["a"].batch_first
    assert (found["a"].dropout, found["b"].stack.dropout) == (0.5, 0)
    with pytest.raises(ValueError, match="nonlinearity: expected one of"):
        pyrnn.from_torch(state, nonlinearity="elu")


@pytest.mark.parametrize(
    ("dtypes", "given", "expected"),
    [
        (("float16", "float16"), None, "float32"),
        (("float32", "float16"), None, "float32"),
        (("float32", "float64"), None, "float64"),
        (("float64", "float64"), "float32", "float32"),
        (("float32", "float32"), "float64", "float64"),
    ],
)
def test_all_layers_share_the_widest_dtype(rng, dtypes, given, expected):
    state = whole(rng)
    state = {name: array.astype(dtypes[i % 2]) for i, (name, array) in enumerate(state.items())}
    found = pyrnn.from_torch(state, dtype=given)
    for path, module in found.items():
        for name, array in module.state_dict().items():
            assert array.dtype == expected
            np.testing.assert_array_equal(array, state[f"{path}.{name}"].astype(expected))


def test_parameters_are_independent_of_what_they_came_from(rng):
    state = nn.GRU(I, H, rng=rng).state_dict()
    found = pyrnn.from_torch(state)
    before = found.state_dict()
    for array in state.values():
        array[:] = 0
    np.testing.assert_equal(found.state_dict(), before)


def test_a_file_that_torch_wrote():
    call = load_file(DATA / "torch_lstm_call.safetensors")
    for path in (DATA / "torch_lstm.safetensors", str(DATA / "torch_lstm.safetensors")):
        lstm = pyrnn.from_torch(path)
        y, (h_n, c_n) = lstm(call["x"], (call["h0"], call["c0"]))
        for name, found in {"y": y, "h_n": h_n, "c_n": c_n}.items():
            # float32: sums of some 12 terms of order 1, through 5 steps and 2 layers
            np.testing.assert_allclose(found.numpy(), call[name], rtol=2e-5, atol=2e-6)


def test_layers_of_other_kinds_can_be_passed_over(rng):
    state = {
        **under("norm", {"weight": some(4), "bias": some(4), "running_mean": some(4)}),
        "norm.num_batches_tracked": np.array(3),
        "conv.weight": some(2, 3, 4),
        **under("lstm", nn.LSTM(I, H, rng=rng).state_dict()),
        "lstm.weight_hh_l0_raw": some(2),
        "scale": some(1),
    }
    with pytest.raises(ValueError, match=r"alone; got norm.weight \(4,\), .*lstm.weight_hh_l0_raw"):
        pyrnn.from_torch(state)
    assert isinstance(pyrnn.from_torch(state, strict=False), nn.LSTM)
    with pytest.raises(ValueError, match=r"expected entries of LSTM, .* layers; got others"):
        pyrnn.from_torch({"scale": some(1)}, strict=False)


def test_an_embedding_has_no_bias():
    state = {"head.weight": some(2, 5), "head.bias": some(2)}
    with pytest.raises(
        ValueError, match=r"head.bias: expected no bias beside the weight of an Emb"
    ):
        pyrnn.from_torch(state, kinds={"head": "Embedding"})


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ({"tail": "Linear"}, "kinds: expected paths .*, 'head'; got 'tail'"),
        ({"head": "Conv"}, "kinds: expected 'Linear' or 'Embedding' at 'head'; got 'Conv'"),
    ],
)
def test_kinds(kinds, message):
    with pytest.raises(ValueError, match=message):
        pyrnn.from_torch({"head.weight": some(2, 5)}, kinds=kinds)


def test_what_is_no_state_dict(rng, tmp_path):
    with pytest.raises(
        TypeError, match=r"state: expected a state dict .*; got GRU .pass its state_"
    ):
        pyrnn.from_torch(nn.GRU(I, H, rng=rng))
    with pytest.raises(TypeError, match=r"state: expected a state dict .*; got int"):
        pyrnn.from_torch(3)
    with pytest.raises(TypeError, match=r"state: expected names as keys; got 3, a int"):
        pyrnn.from_torch({3: some(2)})
    with pytest.raises(ValueError, match=r"m\.keras: expected .*; from_keras reads this one"):
        pyrnn.from_torch(tmp_path / "m.keras")
    with pytest.raises(ValueError, match=r"alone; got epoch int, state_dict dict"):
        pyrnn.from_torch({"epoch": 3, "state_dict": {}})


def test_notes_of_another_program_are_passed_over(tmp_path):
    for notes in (
        "no json",
        "[1]",
        '{"rnn": 3}',
        '{"": {"kind": ["Linear"], "nonlinearity": null}}',
    ):
        save_file(nn.RNN(I, H, rng=0).state_dict(), tmp_path / "x.safetensors", {"layers": notes})
        assert isinstance(pyrnn.from_torch(tmp_path / "x.safetensors"), nn.RNN)


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize(
    ("kind", "more"),
    [("LSTM", {"proj_size": 2})]
    + [(kind, {}) for kind in ("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell")],
)
def test_modules_of_torch(dtype, kind, more):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    stack = {} if kind.endswith("Cell") else {"num_layers": 2, "bidirectional": True, **more}
    theirs = getattr(torch.nn, kind)(I, H, **stack).to(getattr(torch, dtype))
    ours = pyrnn.from_torch(theirs.state_dict())
    wide = theirs.double() if dtype == "float64" else theirs.float()
    x = torch.randn(*((T, B, I) if stack else (B, I)), dtype=next(wide.parameters()).dtype)
    with torch.no_grad():
        expected = wide(x)
    found = ours(x.numpy())
    found, expected = (
        each if kind in ("GRUCell", "RNNCell") else each[0] for each in (found, expected)
    )
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.torch
def test_a_model_of_torch(tmp_path):
    """Of several layers, wrapped, saved in bfloat16."""
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file as save_tensors

    torch.manual_seed(0)
    model = torch.nn.ModuleDict(
        {
            "embed": torch.nn.Embedding(11, 4, padding_idx=0),
            "gru": torch.nn.GRU(4, 6, 2, batch_first=True),
            "out": torch.nn.Linear(6, 11),
        }
    ).bfloat16()
    save_tensors(torch.nn.DataParallel(model).state_dict(), tmp_path / "m.safetensors")
    ours = pyrnn.from_torch(tmp_path / "m.safetensors", prefix="module", batch_first=True)
    ids = torch.randint(11, (3, 7))
    model.float()
    with torch.no_grad():
        expected = model["out"](model["gru"](model["embed"](ids))[0])
    found = ours["out"](ours["gru"](ours["embed"](ids.numpy()))[0])
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-5, atol=1e-6)
