"""Attention and the decoder: the equations step by step, gradients, torch, misplaced junk."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from pyrnn import Tensor, autograd, functional, nn, no_grad
from pyrnn.autograd import gradcheck
from pyrnn.kernels.attention_preconditions import DECODER_CELLS

from ..pairs import every_pair

T, S, B, I, H, E, A = 5, 6, 4, 3, 7, 7, 5
KINDS = ("additive", "dot", "general")
LENGTHS, MEMORY_LENGTHS = [5, 0, 2, 4], [6, 3, 0, 1]
RNG = np.random.default_rng(0)
X, MEMORY, QUERY = (RNG.standard_normal((n, B, w)) for n, w in ((T, I), (S, E), (T, H)))
STATE = RNG.standard_normal((1, B, H))
PAST = np.arange(S)[:, None] >= MEMORY_LENGTHS


def attention_of(kind: str) -> nn.Attention:
    size = A if kind == "additive" else None
    return nn.Attention(H, E, kind, size, dtype="float64", rng=1)


def decoder_of(cell: str = "gru", kind: str = "additive", **settings: Any) -> nn.AttentionDecoder:
    size = A if kind == "additive" else None
    settings = {"dtype": "float64", "rng": 1} | settings
    return nn.AttentionDecoder(I, H, E, cell=cell, attention=kind, attention_size=size, **settings)


def state_of(decoder: nn.AttentionDecoder) -> Any:
    return (STATE, STATE[::-1] / 2) if decoder.stack.has_cell_state else STATE


def scores(attention: nn.Attention, h: np.ndarray, m: np.ndarray) -> np.ndarray:
    """u (S) of a query h and a memory m (S, E), by the equations."""
    if attention.kind == "dot":
        return m @ h
    q = attention.query_projection.weight.numpy() @ h
    if attention.kind == "general":
        return m @ q
    k = m @ attention.key_projection.weight.numpy().T + attention.key_projection.bias.numpy()
    return np.tanh(q + k) @ attention.weight.numpy()


@pytest.mark.parametrize("lengths", [None, MEMORY_LENGTHS])
@pytest.mark.parametrize("kind", KINDS)
def test_the_equations(kind: str, lengths: Any) -> None:
    attention = attention_of(kind)
    context, weights = attention(QUERY, MEMORY, lengths)
    assert (context.shape, weights.shape) == ((T, B, E), (T, B, S))
    for t, b in np.ndindex(T, B):
        n = S if lengths is None else lengths[b]
        e = np.exp(scores(attention, QUERY[t, b], MEMORY[:n, b]))
        a = e / e.sum() if n else e
        np.testing.assert_allclose(weights.numpy()[t, b], [*a, *[0] * (S - n)], rtol=1e-12)
        np.testing.assert_allclose(context.numpy()[t, b], a @ MEMORY[:n, b], rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_of_attention(kind: str) -> None:
    attention = attention_of(kind)
    parameters = list(attention.parameters())
    assert len(parameters) == {"additive": 4, "general": 1, "dot": 0}[kind]
    run = lambda q, m: attention(q, m, MEMORY_LENGTHS)  # noqa: E731
    assert gradcheck(run, [QUERY, MEMORY], parameters)


@pytest.mark.parametrize("kind", KINDS)
def test_junk_past_a_length_changes_nothing(kind: str) -> None:
    decoder = decoder_of(kind=kind)
    found = []
    for junk in (0.0, np.nan):
        memory = np.where(PAST[:, :, None], junk, MEMORY)
        x = np.where((np.arange(T)[:, None] >= LENGTHS)[:, :, None], junk, X)
        leaves = [Tensor(a, requires_grad=True) for a in (x, memory, QUERY)]
        decoder.zero_grad()
        y, context, weights, h = decoder(
            *leaves[:2], STATE, lengths=LENGTHS, memory_lengths=MEMORY_LENGTHS
        )
        alone, _ = decoder.attention(leaves[2], leaves[1], MEMORY_LENGTHS)
        results = [y, context, h, alone]
        autograd.backward(results, [np.ones(r.shape) for r in results])
        gradients = [leaf.grad for leaf in (*leaves, *decoder.parameters())]
        found.append([*(r.numpy() for r in (*results, weights)), *gradients])
    for with_zeros, with_junk in zip(*found, strict=True):
        np.testing.assert_array_equal(with_junk, with_zeros)


def step_by_step(decoder: nn.AttentionDecoder, x: Any, memory: Any, state: Any) -> list[Any]:
    """The decoder as a loop: an attention, then a layer on one step; targets past their lengths
    left out."""
    names = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn_tanh": nn.RNN}
    layer = names[decoder.stack.cell](I + E, H, dtype="float64", rng=0)
    for name, parameter in decoder.named_parameters():
        if "." not in name:
            setattr(layer, name, parameter)
    outputs: list[list[Any]] = [[], [], []]
    for t in range(T):
        h = state[0] if isinstance(state, tuple) else state
        context, weights = decoder.attention(h, memory, MEMORY_LENGTHS)
        runs = (t < np.array(LENGTHS))[:, None]
        context, weights = (functional.where(runs, part, 0.0) for part in (context, weights))
        y, state = layer([x[t : t + 1], context], state, lengths=runs[:, 0].astype(int))
        for to, part in zip(
            outputs, (y, context, functional.where(runs, weights, 0.0)), strict=True
        ):
            to.append(part)
    return [*(functional.concatenate(part) for part in outputs), state]


@pytest.mark.parametrize(("cell", "kind"), every_pair(("gru", "lstm", "rnn_tanh"), KINDS))
def test_the_decoder_is_the_loop(cell: str, kind: str) -> None:
    decoder, found = decoder_of(cell, kind), []
    given = state_of(decoder)
    for run in (
        lambda x, m, s: decoder(x, m, s, lengths=LENGTHS, memory_lengths=MEMORY_LENGTHS),
        lambda x, m, s: step_by_step(decoder, x, m, s),
    ):
        decoder.zero_grad()
        x, memory = (Tensor(a, requires_grad=True) for a in (X, MEMORY))
        states = [Tensor(a, requires_grad=True) for a in (given if cell == "lstm" else [given])]
        y, context, weights, last = run(x, memory, tuple(states) if cell == "lstm" else states[0])
        results = [y, context, *(last if cell == "lstm" else [last])]
        rng = np.random.default_rng(8)
        autograd.backward(results, [rng.standard_normal(r.shape) for r in results])
        leaves = [x, memory, *states, *decoder.parameters()]
        found.append([r.numpy() for r in (*results, weights)] + [leaf.grad for leaf in leaves])
    for ours, loop in zip(*found, strict=True):
        np.testing.assert_allclose(ours, loop, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("cell", "kind"), every_pair(DECODER_CELLS, KINDS))
def test_gradients_of_the_decoder(cell: str, kind: str) -> None:
    decoder = decoder_of(cell, kind, init="torch")
    given = state_of(decoder)
    states = list(given) if isinstance(given, tuple) else [given]

    def run(x: Tensor, memory: Tensor, *state: Tensor) -> list[Tensor]:
        first = state if len(state) > 1 else state[0]
        y, context, _, last = decoder(
            x, memory, first, lengths=LENGTHS, memory_lengths=MEMORY_LENGTHS
        )
        return (y, context, *(last if isinstance(last, tuple) else [last]))

    assert gradcheck(run, [X, MEMORY, *states], list(decoder.parameters()))


@pytest.mark.parametrize("wanted", ["x", "memory", "state", "keys", "weight_hh_l0", "attention"])
def test_what_is_frozen_changes_no_other_gradient(wanted: str) -> None:
    found = []
    for alone in (True, False):
        decoder = decoder_of()
        for name, parameter in decoder.named_parameters():
            parameter.requires_grad = not alone or name.startswith(wanted)
        given = {"x": X, "memory": MEMORY, "state": STATE}
        given["keys"] = decoder.attention.keys(MEMORY).numpy()
        leaves = {
            name: Tensor(a, requires_grad=not alone or name == wanted) for name, a in given.items()
        }
        y, context, *_ = decoder(
            leaves["x"], leaves["memory"], leaves["state"], keys=leaves["keys"]
        )
        ((y * y).sum() + (context * context).sum()).backward()
        everything = dict(decoder.named_parameters()) | leaves
        found.append({name: t.grad for name, t in everything.items() if name.startswith(wanted)})
    assert found[0].keys() == found[1].keys()
    for name, gradient in found[0].items():
        if not name.startswith("attention.key_projection"):  # keys come from outside
            np.testing.assert_array_equal(gradient, found[1][name], err_msg=name)


def test_no_gradient_flows_through_the_weights() -> None:
    _, _, weights, _ = decoder_of()(X, MEMORY)
    assert not weights.requires_grad


@pytest.mark.parametrize("form", ["embedding", "parts", "list of one", "dropped"])
def test_what_x_may_be(form: str) -> None:
    """The results and gradients of the same numbers as one array."""
    decoder = decoder_of()
    table = np.random.default_rng(2).standard_normal((9, I if form != "parts" else 1))
    ids = np.random.default_rng(3).integers(0, 9, (T, B))
    found = []
    for plain in (False, True):
        embedding = nn.Embedding(9, table.shape[1], dtype="float64", rng=0)
        embedding.weight.assign(table)
        beside = Tensor(X[..., 1:], requires_grad=True)
        looked_up: Any = embedding(ids)
        if plain or form == "dropped":
            looked_up = looked_up * 1.0
        x: Any = [looked_up, beside] if form == "parts" else looked_up
        x = [x] if form == "list of one" else x
        if plain and form == "parts":
            x = functional.concatenate(x, axis=-1)
        decoder.zero_grad()
        y, context, *_ = decoder(x, MEMORY, lengths=LENGTHS)
        ((y * y).sum() + context.sum()).backward()
        gradients = [embedding.weight.grad, *(p.grad for p in decoder.parameters())]
        gradients += [beside.grad] * (form == "parts")
        found.append([y.numpy(), *gradients])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-13)


def test_a_padding_row_gets_no_gradient() -> None:
    embedding = nn.Embedding(5, I, padding_idx=2, dtype="float64", rng=0)
    ids = np.array([[2, 1], [0, 2]])
    y, *_ = decoder_of()(embedding(ids), MEMORY[:, :2])
    y.sum().backward()
    assert (embedding.weight.grad[2] == 0).all()
    assert (embedding.weight.grad[[0, 1]] != 0).any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_single_steps_have_the_bits_of_the_whole(kind: str, dtype: str) -> None:
    decoder = decoder_of("lstm", kind, dtype=dtype)
    x, memory = X.astype(dtype), MEMORY.astype(dtype)
    with no_grad():
        y, context, weights, last = decoder(x, memory, memory_lengths=MEMORY_LENGTHS)
        keys = decoder.attention.keys(memory, MEMORY_LENGTHS)
        state = None
        for t in range(T):
            *step, state = decoder(
                x[t : t + 1], memory, state, memory_lengths=MEMORY_LENGTHS, keys=keys
            )
            for part, whole in zip(step, (y, context, weights), strict=True):
                np.testing.assert_array_equal(part.numpy()[0], whole.numpy()[t])
    for part, whole in zip(state, last, strict=True):
        np.testing.assert_array_equal(part.numpy(), whole.numpy())


def test_the_gradients_accumulate_over_single_steps() -> None:
    """Through calls of one step each, the states and keys handed on."""
    decoder, found = decoder_of(), []
    for whole in (True, False):
        decoder.zero_grad()
        memory = Tensor(MEMORY, requires_grad=True)
        keys, state, ys = decoder.attention.keys(memory), None, []
        for x in [X] if whole else np.split(X, T):
            y, _, _, state = decoder(x, memory, state, keys=keys)
            ys.append(y)
        (functional.concatenate(ys) * X[..., :1]).sum().backward()
        found.append([memory.grad, *(p.grad for p in decoder.parameters())])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_a_second_backward() -> None:
    decoder = decoder_of()
    y, *_ = decoder(X, MEMORY)
    loss = y.sum()
    loss.backward(retain_graph=True)
    first = decoder.weight_ih_l0.grad.copy()
    loss.backward()
    np.testing.assert_array_equal(decoder.weight_ih_l0.grad, 2 * first)
    with pytest.raises(RuntimeError):
        loss.backward()


def test_changed_weights_are_noticed() -> None:
    decoder = decoder_of()
    before, *_ = decoder(X, MEMORY)
    for parameter in (decoder.weight_ih_l0, decoder.attention.weight):
        parameter.assign(parameter.numpy() * 2)
        after, *_ = decoder(X, MEMORY)
        assert (before.numpy() != after.numpy()).any()
        before = after
    same, *_ = copy.deepcopy(decoder)(X, MEMORY)
    np.testing.assert_array_equal(same.numpy(), after.numpy())


@pytest.mark.parametrize("steps", [0, 3])
def test_empty_calls(steps: int) -> None:
    decoder = decoder_of()
    for x, memory in ((X[:0], MEMORY), (X[:steps, :0], MEMORY[:, :0]), (X[:steps], MEMORY[:0])):
        y, context, weights, h = decoder(x, memory)
        shape = x.shape[:2]
        assert (y.shape, context.shape) == ((*shape, H), (*shape, E))
        assert weights.shape == (*shape, len(memory))
        (y.sum() + context.sum() + h.sum()).backward()


def test_the_first_weights() -> None:
    """Names and shapes are those of a layer of as many inputs."""
    decoder = decoder_of("lstm")
    layer = nn.LSTM(I + E, H, rng=0)
    shapes = {name: p.shape for name, p in decoder.named_parameters() if "." not in name}
    assert shapes == {name: p.shape for name, p in layer.named_parameters()}
    assert (decoder.bias_ih_l0.numpy()[H : 2 * H] == 1).all()


def test_the_repr() -> None:
    text = repr(decoder_of("lstm", "general"))
    assert text.startswith("AttentionDecoder(3, 7, 7, cell='lstm', dtype=float64  # x (T, B, 3), ")
    assert "  (attention): Attention(7, 7, kind='general', dtype=float64  # query (T, B, 7)" in text


@pytest.mark.torch
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_torch(cell: str) -> None:
    """Additive attention and a cell of torch's, in a loop as people write it."""
    torch = pytest.importorskip("torch")
    decoder = decoder_of(cell)
    p = {name: torch.tensor(a, requires_grad=True) for name, a in decoder.state_dict().items()}
    x, memory = (torch.tensor(a, requires_grad=True) for a in (X, MEMORY))
    given = state_of(decoder)
    parts = given if isinstance(given, tuple) else (given,)
    states = tuple(torch.tensor(np.ascontiguousarray(part[0])) for part in parts)
    state = states if cell == "lstm" else states[0]
    one = {"gru": torch.nn.GRUCell, "lstm": torch.nn.LSTMCell}[cell](I + E, H, dtype=torch.float64)
    for name, parameter in one.named_parameters():
        parameter.data = p[f"{name}_l0"].detach()
    past = torch.tensor(PAST.T)
    ys, contexts = [], []
    for t in range(T):
        h = state[0] if cell == "lstm" else state
        q = h @ p["attention.query_projection.weight"].T
        k = memory @ p["attention.key_projection.weight"].T + p["attention.key_projection.bias"]
        u = torch.tanh(q + k) @ p["attention.weight"]  # (S, B)
        a = torch.softmax(u.T.masked_fill(past, -1e300), dim=1).masked_fill(past, 0)
        context = torch.einsum("bs,sbe->be", a, memory)
        state = one(torch.cat([x[t], context], dim=1), state)
        ys.append(state[0] if cell == "lstm" else state)
        contexts.append(context)
    y, context = torch.stack(ys), torch.stack(contexts)
    ((y * y).sum() + (context * y).sum()).backward()

    ours = [Tensor(a, requires_grad=True) for a in (X, MEMORY)]
    y_ours, context_ours, *_ = decoder(*ours, given, memory_lengths=MEMORY_LENGTHS)
    ((y_ours * y_ours).sum() + (context_ours * y_ours).sum()).backward()
    np.testing.assert_allclose(y_ours.numpy(), y.detach().numpy(), rtol=1e-9, atol=1e-12)
    for mine, theirs in zip(ours, (x, memory), strict=True):
        np.testing.assert_allclose(mine.grad, theirs.grad.numpy(), rtol=1e-8, atol=1e-10)
    theirs = {f"{name}_l0": q.grad for name, q in one.named_parameters()}
    theirs |= {name: q.grad for name, q in p.items() if name.startswith("attention")}
    for name, parameter in decoder.named_parameters():
        np.testing.assert_allclose(
            parameter.grad, theirs[name].numpy(), rtol=1e-8, atol=1e-10, err_msg=name
        )
