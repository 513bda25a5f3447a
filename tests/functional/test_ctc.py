"""ctc_loss, ctc_required, nn.CTCLoss: gradients, reductions, forms of targets, refusals."""

import numpy as np
import pytest

from pyrnn import Tensor, nn
from pyrnn import functional as F
from pyrnn.autograd import gradcheck

T, B, C = 9, 4, 5
RNG = np.random.default_rng(0)
X = RNG.standard_normal((T, B, C))
TARGETS = [[1, 2, 2], [4], [], [3, 1, 3, 4]]
LENGTHS = [9, 4, 3, 8]
UNIFORM = np.zeros((3, 2, 3))


@pytest.mark.parametrize("scale", [0.1, 1.0, 8.0])
@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_gradients(lengths, blank, scale):
    symbols = [[(symbol + blank) % C for symbol in target] for target in TARGETS]
    assert gradcheck(lambda x: F.ctc_loss(x, symbols, lengths, blank=blank), [scale * X])


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_gradients_of_log_probabilities(reduction):
    """By ln p as it is, each of its numbers on its own; and through a log softmax."""
    log_p = F.log_softmax(X).numpy()
    given = {"reduction": reduction, "normalized": True}
    assert gradcheck(lambda x: F.ctc_loss(x, TARGETS, LENGTHS, **given), [log_p])
    assert gradcheck(lambda x: F.ctc_loss(F.log_softmax(x), TARGETS, LENGTHS, **given), [X])


@pytest.mark.parametrize("impossible", ["infinite", "zero"])
def test_gradients_beside_what_is_impossible(impossible):
    targets = [[1, 1, 1, 1, 1, 1], [4], [], [3]]

    def loss(x):
        losses = F.ctc_loss(x, targets, LENGTHS, impossible=impossible)
        return losses[1:]

    assert gradcheck(loss, [X])
    x = Tensor(X, requires_grad=True)
    losses = F.ctc_loss(x, targets, LENGTHS, impossible=impossible)
    losses.sum().backward()
    assert losses.numpy()[0] == (np.inf if impossible == "infinite" else 0)
    assert (x.grad[:, 0] == 0).all()
    assert np.isfinite(x.grad).all()


def test_reductions():
    """A mean is over sequences; torch's divides each loss by its target's length first."""
    losses = F.ctc_loss(UNIFORM, [[1], [1, 2]])
    np.testing.assert_allclose(losses.numpy(), [1.504077, 1.686399], atol=1e-6)
    total = F.ctc_loss(UNIFORM, [[1], [1, 2]], reduction="sum").numpy()
    mean = F.ctc_loss(UNIFORM, [[1], [1, 2]], reduction="mean").numpy()
    assert total == pytest.approx(3.190476, abs=1e-6)
    assert mean == pytest.approx(1.595238, abs=1e-6)
    assert np.isnan(F.ctc_loss(np.zeros((3, 0, 3)), [], reduction="mean").numpy())


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_upstream_gradients_scale(reduction):
    found = []
    for factor in (1.0, 2.0, -0.5):
        x = Tensor(X, requires_grad=True)
        (factor * F.ctc_loss(x, TARGETS, LENGTHS, reduction=reduction)).backward()
        found.append(x.grad / factor)
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


def test_each_sequence_has_its_own_upstream_gradient():
    x, factors = Tensor(X, requires_grad=True), np.array([2.0, 0.0, -1.0, 3.0])
    losses = F.ctc_loss(x, TARGETS, LENGTHS)
    (losses * factors).sum().backward(retain_graph=True)
    first, x.grad = x.grad, None
    (losses * factors).sum().backward()
    np.testing.assert_array_equal(x.grad, first)
    plain = Tensor(X, requires_grad=True)
    F.ctc_loss(plain, TARGETS, LENGTHS, reduction="sum").backward()
    np.testing.assert_array_equal(first, plain.grad * factors[:, None])


def test_targets_in_any_form():
    """int32, int64, lists, with lengths or without, junk past them: the same bits."""
    padded, junk = np.zeros((B, 4), np.int64), np.full((B, 4), -9)
    known = np.array([len(target) for target in TARGETS])
    for b, target in enumerate(TARGETS):
        padded[b, : len(target)] = junk[b, : len(target)] = target
    want = F.ctc_loss(X, TARGETS, LENGTHS).numpy()
    for targets in (padded, padded.astype("i4"), padded.astype("u1"), junk, padded.tolist()):
        got = F.ctc_loss(X, targets, LENGTHS, known).numpy()
        assert got.tobytes() == want.tobytes()
    arrays = [np.array(target, "i4") for target in TARGETS]
    assert F.ctc_loss(X, arrays, np.array(LENGTHS, "i4")).numpy().tobytes() == want.tobytes()
    assert F.ctc_loss(X.tolist(), TARGETS, LENGTHS).dtype == np.float32
    assert F.ctc_loss(np.asfortranarray(X), TARGETS, LENGTHS).numpy().tobytes() == want.tobytes()


def test_a_constant_of_a_frame_changes_nothing():
    shift = 7 * RNG.standard_normal((T, B, 1))
    want = F.ctc_loss(X, TARGETS, LENGTHS).numpy()
    np.testing.assert_allclose(F.ctc_loss(X + shift, TARGETS, LENGTHS).numpy(), want, rtol=1e-12)


def test_without_frames_and_symbols():
    losses = F.ctc_loss(X, [[], [], [], []], [0, 0, 0, 0]).numpy()
    assert losses.tolist() == [0, 0, 0, 0]


def test_required_frames():
    assert F.ctc_required([[1, 2], [1, 1], [], [3, 3, 3]]).tolist() == [2, 3, 0, 5]
    assert F.ctc_required(np.array([[1, 1], [1, 1]]), [2, 1]).tolist() == [3, 1]


def test_it_teaches():
    """Frames that hold the symbols, and blanks between them, are soon transcribed."""
    rng = np.random.default_rng(1)
    targets = [rng.integers(1, C, 3) for _ in range(8)]
    frames = np.zeros((12, 8, C))
    for b, target in enumerate(targets):
        frames[2:12:4, b] = np.eye(C)[target]
    frames[..., 0] = 1 - frames.sum(axis=2)
    weight = Tensor(np.zeros((C, C)), requires_grad=True)
    loss = nn.CTCLoss()
    for _ in range(60):
        weight.grad = None
        value = loss(Tensor(frames) @ weight, targets)
        value.backward()
        weight = Tensor(weight.numpy() - weight.grad, requires_grad=True)
    assert value.numpy() < 0.2  # from 11


REFUSED = [
    ({"logits": np.zeros((3, 3))}, ValueError, r"logits: expected shape \(T, B, C\); got \(3, 3\)"),
    ({"targets": [[1]]}, ValueError, "targets: expected those of B = 2 sequences; got 1"),
    ({"targets": [[1], [0]]}, ValueError, "targets: .* got the blank, 0, at place 0 of sequence 1"),
    ({"targets": [[1], [1, 3]]}, ValueError, "targets: .* got 3 at place 1 of sequence 1"),
    ({"targets": [[1], [1.5]]}, TypeError, r"targets\[1\]: expected integers; got dtype float"),
    ({"targets": [[1], "ab"]}, TypeError, r"targets\[1\]: expected integers; got str"),
    ({"targets": [1, 2]}, ValueError, r"targets\[0\]: expected a sequence of symbols; got shape"),
    ({"targets": np.array([1, 2])}, ValueError, r"targets: expected shape \(B, L\), or a list"),
    ({"targets": 5}, ValueError, r"targets: expected shape \(B, L\), or a list of sequences"),
    ({"targets": [[1, 1], [1, 1, 1]]}, ValueError, "3 symbols with 2 repeats in sequence 1, which"),
    ({"lengths": [3, 1], "targets": [[1], [1, 2]]}, ValueError, "which need 2 frames of 1"),
    ({"lengths": [3]}, ValueError, r"lengths: expected shape \(B,\) = \(2,\)"),
    ({"lengths": [3, 4]}, ValueError, "lengths: .* T = 3; got 4 at row 1"),
    ({"target_lengths": [1]}, ValueError, r"target_lengths: expected shape \(B,\)"),
    ({"target_lengths": [1, 2]}, ValueError, "target_lengths: .* L = 1; got 2 at row 1"),
    ({"target_lengths": [1, 0.5]}, TypeError, "target_lengths: expected integers"),
    ({"blank": 3}, ValueError, "blank: expected 0 to C - 1 = 2; got 3"),
    ({"blank": None}, TypeError, "blank: expected an integer; got NoneType"),
    ({"reduction": "average"}, ValueError, "reduction: expected one of mean, sum, none; got"),
    ({"impossible": "skip"}, ValueError, "impossible: expected one of error, infinite, zero; got"),
    (
        {"logits": np.where(np.arange(3) == 1, -np.inf, UNIFORM)},
        ValueError,
        "targets: .* got one of probability 0 in sequence 0",
    ),
]


@pytest.mark.parametrize(("wrong", "error", "message"), REFUSED)
def test_refusals(wrong, error, message):
    right = {"logits": UNIFORM, "targets": [[1], [2]]}
    F.ctc_loss(**right)
    with pytest.raises(error, match=message):
        F.ctc_loss(**(right | wrong))


def test_the_module():
    loss = nn.CTCLoss(blank=2, reduction="sum", impossible="zero")
    assert repr(loss) == "CTCLoss(blank=2, reduction='sum', impossible='zero')"
    got = loss(UNIFORM, [[1], [0, 0, 0]], [3, 3]).numpy()
    assert got == pytest.approx(1.504077, abs=1e-6)
    assert nn.CTCLoss()(UNIFORM, [[1], [1]]).numpy() == pytest.approx(1.504077, abs=1e-6)
    for wrong in ({"blank": -1}, {"reduction": "all"}, {"impossible": None}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))}: expected"):
            nn.CTCLoss(**wrong)
