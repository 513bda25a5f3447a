"""A PyTorch state dict loads as it is: equal outputs and equal gradients."""

import numpy as np
import pytest

from pyrnn import functional, nn
from pyrnn.autograd import Tensor

torch = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.torch,
    # torch says once that it runs these by code of its own
    pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN"),
]

T, B, I, H = 7, 4, 3, 5
LENGTHS = [7, 2, 5, 1]

KINDS = {
    "LSTM": (nn.LSTM, torch.nn.LSTM, {}),
    "LSTM-projected": (nn.LSTM, torch.nn.LSTM, {"proj_size": 3}),
    "GRU": (nn.GRU, torch.nn.GRU, {}),
    "RNN": (nn.RNN, torch.nn.RNN, {}),
    "RNN-relu": (nn.RNN, torch.nn.RNN, {"nonlinearity": "relu"}),
}
OPTIONS = [
    {},
    {"bias": False},
    {"num_layers": 2},
    {"bidirectional": True},
    {"num_layers": 2, "bidirectional": True},
    {"num_layers": 3, "batch_first": True},
]
TOLERANCE = {"float64": 1e-12, "float32": 2e-5}  # float32: sums of some 50 terms over 7 steps

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
every_option = pytest.mark.parametrize(
    "options", OPTIONS, ids=["-".join(map(str, o.values())) or "plain" for o in OPTIONS]
)
both_dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])


def pair(kind, options, dtype):
    """Our layer with the weights of theirs."""
    ours, theirs, more = kind
    torch.manual_seed(0)
    reference = theirs(I, H, **options, **more, dtype=getattr(torch, dtype))
    layer = ours(I, H, **options, **more, dtype=dtype, rng=0)
    layer.load_state_dict({name: t.numpy() for name, t in reference.state_dict().items()})
    return layer, reference


def tuple_of(state):
    return state if isinstance(state, tuple) else (state,)


def compare(found, expected, tolerance):
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=tolerance, atol=tolerance)


def leaves(layer, dtype, seed=1):
    """Random x, initial states, and upstream gradients for y and the final states."""
    rng = np.random.default_rng(seed)
    stack = layer.stack
    x = (B, T, I) if layer.batch_first else (T, B, I)
    y = (*x[:2], stack.directions * stack.output_size)
    count = 2 if stack.has_cell_state else 1
    states = [stack.state_shape(B), stack.cell_state_shape(B)][:count]
    return [
        [rng.standard_normal(shape).astype(dtype) for shape in shapes]
        for shapes in ([x, *states], [y, *states])
    ]


def weighted(outputs, weights):
    return sum((y * w).sum() for y, w in zip(outputs, weights, strict=True))


@every_kind
@every_option
@both_dtypes
@pytest.mark.parametrize("ragged", [False, True], ids=["full", "ragged"])
def test_layers_agree_with_torch(kind, options, dtype, ragged):
    layer, reference = pair(kind, options, dtype)
    assert list(layer.state_dict()) == list(reference.state_dict())
    inputs, upstream = leaves(layer, dtype)

    ours = [Tensor(a, requires_grad=True) for a in inputs]
    state = tuple(ours[1:]) if len(ours) == 3 else ours[1]
    y, final = layer(ours[0], state, LENGTHS if ragged else None)
    outputs = [y, *tuple_of(final)]
    weighted(outputs, [Tensor(w) for w in upstream]).backward()

    theirs = [torch.tensor(a, requires_grad=True) for a in inputs]
    state = tuple(theirs[1:]) if len(theirs) == 3 else theirs[1]
    x = theirs[0]
    if ragged:
        x = torch.nn.utils.rnn.pack_padded_sequence(
            x, LENGTHS, batch_first=layer.batch_first, enforce_sorted=False
        )
    y, final = reference(x, state)
    if ragged:
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=layer.batch_first)
    expected = [y, *tuple_of(final)]
    weighted(expected, [torch.tensor(w) for w in upstream]).backward()

    tolerance = TOLERANCE[dtype]
    for found, right in zip(outputs, expected, strict=True):
        compare(found.numpy(), right, tolerance)
    for found, right in zip(ours, theirs, strict=True):
        compare(found.grad, right.grad, 10 * tolerance)
    for name, p in reference.named_parameters():
        # weight gradients are sums over T·B = 28 steps
        compare(getattr(layer, name).grad, p.grad, 20 * tolerance)


@every_kind
@both_dtypes
def test_unbatched_input_agrees_with_torch(kind, dtype):
    layer, reference = pair(kind, {"num_layers": 2, "bidirectional": True}, dtype)
    (x, *states), _ = leaves(layer, dtype)
    first = [s[:, 0] for s in states]
    y, final = layer(x[:, 0], tuple(first) if len(first) == 2 else first[0])
    first = [torch.tensor(s) for s in first]
    expected = reference(torch.tensor(x[:, 0]), tuple(first) if len(first) == 2 else first[0])
    for found, right in zip(
        (y, *tuple_of(final)), (expected[0], *tuple_of(expected[1])), strict=True
    ):
        assert found.shape == tuple(right.shape)
        compare(found.numpy(), right, TOLERANCE[dtype])


CELLS = {
    "LSTMCell": (nn.LSTMCell, torch.nn.LSTMCell, {}),
    "GRUCell": (nn.GRUCell, torch.nn.GRUCell, {}),
    "RNNCell": (nn.RNNCell, torch.nn.RNNCell, {}),
    "RNNCell-relu": (nn.RNNCell, torch.nn.RNNCell, {"nonlinearity": "relu"}),
}


@pytest.mark.parametrize("kind", CELLS.values(), ids=CELLS.keys())
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("given", [True, False], ids=["state", "zeros"])
@pytest.mark.parametrize("batched", [True, False], ids=["batched", "single"])
@both_dtypes
def test_cells_agree_with_torch(kind, bias, given, batched, dtype):
    cell, reference = pair(kind, {"bias": bias}, dtype)
    assert list(cell.state_dict()) == list(reference.state_dict())
    rng = np.random.default_rng(0)
    count = 2 if cell.stack.has_cell_state else 1
    rows = (B,) if batched else ()
    arrays = [rng.standard_normal((*rows, width)).astype(dtype) for width in (I, *[H] * count)]
    weights = [rng.standard_normal((*rows, H)).astype(dtype) for _ in range(count)]

    def run(module, tensors, constants):
        x, *state = tensors
        state = (tuple(state) if count == 2 else state[0]) if given else None
        outputs = tuple_of(module(x, state))
        weighted(outputs, constants).backward()
        return outputs

    ours = [Tensor(a, requires_grad=True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    found = run(cell, ours, [Tensor(w) for w in weights])
    expected = run(reference, theirs, [torch.tensor(w) for w in weights])
    tolerance = TOLERANCE[dtype]
    for f, e in zip(found, expected, strict=True):
        assert f.shape == tuple(e.shape)
        compare(f.numpy(), e, tolerance)
    for f, e in zip(ours, theirs, strict=True):
        if e.grad is not None:
            compare(f.grad, e.grad, 10 * tolerance)
    for name, p in reference.named_parameters():
        compare(getattr(cell, name).grad, p.grad, 10 * tolerance)


@both_dtypes
def test_a_tagger_agrees_with_torch(dtype):
    """Embedding, LSTM, Linear and the loss, with padding to ignore: all gradients."""
    kind = getattr(torch, dtype)
    torch.manual_seed(0)
    reference = torch.nn.ModuleDict(
        {
            "embedding": torch.nn.Embedding(9, I, padding_idx=0, dtype=kind),
            "rnn": torch.nn.LSTM(I, H, bidirectional=True, batch_first=True, dtype=kind),
            "linear": torch.nn.Linear(2 * H, 4, dtype=kind),
        }
    )

    class Tagger(nn.Module):
        def __init__(self):
            self.embedding = nn.Embedding(9, I, padding_idx=0, dtype=dtype, rng=0)
            self.rnn = nn.LSTM(I, H, bidirectional=True, batch_first=True, dtype=dtype, rng=0)
            self.linear = nn.Linear(2 * H, 4, dtype=dtype, rng=0)

    model = Tagger()
    model.load_state_dict({name: t.numpy() for name, t in reference.state_dict().items()})
    rng = np.random.default_rng(0)
    ids, tags = rng.integers(9, size=(B, T)), rng.integers(4, size=(B, T))
    tags[1, 2:] = -100

    y, _ = model.rnn(model.embedding(ids))
    loss = nn.CrossEntropyLoss(reduction="mean")(model.linear(y), tags)
    loss.backward()
    y, _ = reference["rnn"](reference["embedding"](torch.tensor(ids)))
    logits = reference["linear"](y).reshape(-1, 4)
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor(tags.reshape(-1)))
    expected.backward()

    tolerance = TOLERANCE[dtype]
    compare(loss.numpy(), expected, tolerance)
    for name, p in model.named_parameters():
        compare(p.grad, reference.get_parameter(name).grad, tolerance)


def test_a_saved_torch_lstm_loads_from_its_file(tmp_path):
    pytest.importorskip("safetensors")
    from safetensors.numpy import load_file
    from safetensors.torch import save_file

    torch.manual_seed(0)
    reference = torch.nn.LSTM(I, H, num_layers=2, bidirectional=True)
    save_file(reference.state_dict(), tmp_path / "lstm.safetensors")
    layer = nn.LSTM(I, H, num_layers=2, bidirectional=True, rng=0)
    layer.load_state_dict(load_file(tmp_path / "lstm.safetensors"))
    x = np.random.default_rng(0).standard_normal((T, B, I)).astype("float32")
    compare(layer(x)[0].numpy(), reference(torch.tensor(x))[0], TOLERANCE["float32"])


def test_a_state_dict_of_torch_tensors_loads_as_it_is():
    reference = torch.nn.GRU(I, H)
    layer = nn.GRU(I, H, rng=0)
    layer.load_state_dict(reference.state_dict())
    for name, p in reference.named_parameters():
        np.testing.assert_array_equal(getattr(layer, name).numpy(), p.detach().numpy())


def test_functional_and_module_losses_agree():
    rng = np.random.default_rng(0)
    logits, targets = rng.standard_normal((6, 4)), rng.integers(4, size=6)
    loss = nn.CrossEntropyLoss(reduction="sum")(logits, targets)
    assert loss.item() == functional.cross_entropy(logits, targets, reduction="sum").item()
