"""Initial values: the distributions, the gate structure, and the generator behind rng=."""

from functools import partial

import numpy as np
import pytest

from pyrnn import nn
from pyrnn.kernels import native
from pyrnn.nn import initializers


@pytest.mark.parametrize("shape", [(6, 6), (9, 4), (4, 9), (1, 5), (1, 1)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_orthogonal_matrices_are_orthogonal(shape, dtype):
    q = initializers.orthogonal(shape, np.random.default_rng(0), dtype)
    assert q.shape == shape
    assert q.dtype == dtype
    assert q.flags.c_contiguous
    gram = q @ q.T if shape[0] <= shape[1] else q.T @ q
    # rounding of sums of at most nine products
    np.testing.assert_allclose(gram, np.eye(min(shape)), atol=1e-6 if dtype == "float32" else 1e-14)


@pytest.mark.parametrize("shape", [(150, 150), (200, 33), (40, 97)])
def test_orthogonal_matrices_are_what_a_qr_factorization_gives(shape):
    q = initializers.orthogonal(shape, np.random.default_rng(7), "float64")
    tall = np.random.default_rng(7).standard_normal((max(shape), min(shape)))
    expected, r = np.linalg.qr(tall)
    expected = expected * np.sign(np.diag(r))
    # the rounding of either, times the condition of a normal matrix, a few hundred here
    np.testing.assert_allclose(q if shape[0] >= shape[1] else q.T, expected, atol=1e-11)
    gram = q.T @ q if shape[0] >= shape[1] else q @ q.T
    np.testing.assert_allclose(gram, np.eye(min(shape)), atol=1e-14)


def test_orthogonal_matrices_have_the_same_bits_on_every_instruction_set(with_fma):
    drawn = []
    for name in with_fma:
        native.set_isa(name)
        drawn.append(initializers.orthogonal((70, 70), np.random.default_rng(1), "float64"))
    for other in drawn[1:]:
        np.testing.assert_array_equal(other, drawn[0])


def test_orthogonal_matrices_are_uniform():
    # Uniform on the group means mean 0 of every element, on the diagonal too, where a plain QR
    # with positive diagonal of R left to chance is biased (-0.5 for 3 x 3 with LAPACK's signs).
    rng = np.random.default_rng(0)
    mean = np.mean([initializers.orthogonal((3, 3), rng, float) for _ in range(2000)], axis=0)
    # deviation of an element is 1/sqrt(3), of the mean of 2000 0.013; five of those
    np.testing.assert_allclose(mean, 0, atol=0.065)


def test_glorot_has_its_bound():
    w = initializers.glorot_uniform((300, 200), np.random.default_rng(0), "float64")
    bound = np.sqrt(6 / 500)
    assert np.abs(w).max() <= bound
    # 60 000 draws: the largest is within 0.1 % of the bound, the deviation within 1 %
    assert np.abs(w).max() > 0.999 * bound
    np.testing.assert_allclose(w.std(), bound / np.sqrt(3), rtol=0.01)


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM])
def test_the_default_is_orthogonal_gate_by_gate(layer):
    rnn = layer(5, 8, num_layers=2, bidirectional=True, dtype="float64", rng=0)
    G, H = rnn.stack.gates, 8
    for name, p in rnn.named_parameters():
        value = p.numpy()
        if "weight_hh" in name:
            for R in value.reshape(G, H, H):
                np.testing.assert_allclose(R @ R.T, np.eye(H), atol=1e-14)
        elif "weight_ih" in name:
            bound = np.sqrt(6 / (H + value.shape[1]))
            assert 0.8 * bound < np.abs(value).max() <= bound
        elif layer is nn.LSTM and "bias_ih" in name:
            np.testing.assert_array_equal(value.reshape(G, H), [[0] * H, [1] * H, [0] * H, [0] * H])
        else:
            np.testing.assert_array_equal(value, 0)


@pytest.mark.parametrize("coupled", [False, True])
def test_the_default_of_projections_peepholes_and_coupled_gates(coupled):
    more = {"peephole": True, "coupled": coupled, "dtype": "float64"}
    lstm = nn.LSTM(5, 400, num_layers=2, proj_size=30, **more, rng=0)
    for layer in (0, 1):
        W_hr = getattr(lstm, f"weight_hr_l{layer}").numpy()
        np.testing.assert_allclose(W_hr @ W_hr.T, np.eye(30), atol=1e-14)
        for R in getattr(lstm, f"weight_hh_l{layer}").numpy().reshape(-1, 400, 30):
            np.testing.assert_allclose(R.T @ R, np.eye(30), atol=1e-14)
        p = getattr(lstm, f"weight_peephole_l{layer}").numpy()
        # 800 or 1200 draws: the deviation within three and a half of its own, 0.1 / sqrt(2 n)
        assert p.shape == ((2 if coupled else 3) * 400,)
        np.testing.assert_allclose(p.std(), 0.1, atol=0.01)
        bias = getattr(lstm, f"bias_ih_l{layer}").numpy().reshape(lstm.stack.gates, 400)
        forget = [0, 0, 0] if coupled else [0, 1, 0, 0]
        np.testing.assert_array_equal(bias, np.repeat(np.array(forget)[:, None], 400, axis=1))


@pytest.mark.parametrize(
    "layer",
    [nn.RNN, nn.GRU, nn.LSTM, nn.LSTMCell, partial(nn.LSTM, peephole=True, proj_size=9)],
)
def test_torch_is_uniform_on_one_over_root_H(layer):
    rnn = layer(5, 16, rng=0, init="torch")
    for p in rnn.parameters():
        assert 0.2 < np.abs(p.numpy()).max() <= 0.25
    assert abs(np.concatenate([p.numpy().ravel() for p in rnn.parameters()]).mean()) < 0.02


def test_identity_is_for_networks_without_gates():
    rnn = nn.RNN(5, 8, nonlinearity="relu", init="identity", rng=0)
    np.testing.assert_array_equal(rnn.weight_hh_l0.numpy(), np.eye(8))
    np.testing.assert_array_equal(rnn.bias_ih_l0.numpy(), 0)
    assert 0 < np.abs(rnn.weight_ih_l0.numpy()).max() < 0.005  # five deviations of 0.001
    with pytest.raises(ValueError, match=r"init: 'identity' is for RNN.*got an LSTM"):
        nn.LSTM(5, 8, init="identity")


def test_seeds_and_generators():
    same = [nn.LSTM(3, 4, rng=rng) for rng in (7, np.int64(7), np.random.default_rng(7))]
    for other in same[1:]:
        for p, q in zip(same[0].parameters(), other.parameters(), strict=True):
            np.testing.assert_array_equal(p.numpy(), q.numpy())
    shared = np.random.default_rng(7)
    first, second = nn.Linear(3, 4, rng=shared), nn.Linear(3, 4, rng=shared)
    assert not np.array_equal(first.weight.numpy(), second.weight.numpy())
    assert not np.array_equal(nn.Linear(3, 4).weight.numpy(), nn.Linear(3, 4).weight.numpy())


@pytest.mark.parametrize(
    ("rng", "error", "message"),
    [
        ("0", TypeError, "rng: expected a numpy.random.Generator.*got str '0'"),
        (1.5, TypeError, "got float 1.5"),
        (-1, ValueError, "rng: expected a seed of at least 0; got -1"),
        (True, TypeError, "got bool True"),
        (np.random.RandomState(0), TypeError, "got RandomState"),
    ],
)
def test_other_rngs_are_refused(rng, error, message):
    with pytest.raises(error, match=message):
        nn.Linear(3, 4, rng=rng)


@pytest.mark.torch
def test_linear_and_embedding_start_as_in_torch():
    torch = pytest.importorskip("torch")
    # the same distributions: compare deviation and extent over many draws
    ours, theirs = nn.Linear(64, 500, rng=0), torch.nn.Linear(64, 500)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.numpy().std(), q.detach().numpy().std(), rtol=0.1)
        assert np.abs(p.numpy()).max() <= 1 / 8
    np.testing.assert_allclose(nn.Embedding(500, 64, rng=0).weight.numpy().std(), 1.0, rtol=0.02)
