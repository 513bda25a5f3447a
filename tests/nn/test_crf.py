"""CRF: initial values, what a scheme allows, training, refusals."""

import numpy as np
import pytest

from pyrnn import functional, nn
from pyrnn.autograd import gradcheck

T, B, C = 7, 4, 5
RNG = np.random.default_rng(0)
E = RNG.standard_normal((T, B, C))
LABELS = RNG.integers(0, C, (T, B))
LENGTHS = [7, 0, 1, 4]


@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_it_is_the_functions_on_its_parameters(lengths):
    crf = nn.CRF(C, dtype="float64", rng=0)
    scores = crf.transitions, crf.start, crf.end
    want = functional.crf_log_likelihood(E, LABELS, *scores, lengths)
    np.testing.assert_array_equal(crf(E, LABELS, lengths).numpy(), want.numpy())
    np.testing.assert_array_equal(
        crf.marginals(E, lengths), functional.crf_marginals(E, *scores, lengths)
    )
    for best in (None, 3):
        got = crf.decode(E, lengths, best=best)
        wanted = functional.crf_decode(E, *scores, lengths, best)
        for one, other in zip(got, wanted, strict=True):
            np.testing.assert_array_equal(one, other)
    assert gradcheck(lambda e: crf(e, LABELS, lengths), [E], list(crf.parameters()))


def test_initial_values():
    crf = nn.CRF(30, rng=0)
    assert {name: p.shape for name, p in crf.named_parameters()} == {
        "transitions": (30, 30),
        "start": (30,),
        "end": (30,),
    }
    for parameter in crf.parameters():
        values = parameter.numpy()
        assert values.dtype == np.float32
        assert 0.08 < np.abs(values).max() <= np.float32(0.1)
    assert nn.CRF(30, rng=0).transitions.numpy().tobytes() == crf.transitions.numpy().tobytes()


def no_inside_after_outside():
    """O, B, I: I neither starts nor follows O."""
    transitions, start = np.ones((3, 3), bool), np.ones(3, bool)
    transitions[0, 2] = start[2] = False
    return transitions, start, np.ones(3, bool)


@pytest.mark.parametrize("kind", [np.asarray, np.ndarray.tolist])
def test_what_is_not_allowed_does_not_happen(kind):
    allowed = no_inside_after_outside()
    crf = nn.CRF(3, allowed=tuple(kind(a) for a in allowed), dtype="float64", rng=0)
    assert repr(crf).startswith("CRF(3, allowed=...)")
    rng = np.random.default_rng(1)
    emissions = 4 * rng.standard_normal((9, 20, 3))
    labels, _ = crf.decode(emissions, best=4)
    assert allowed[0][labels[:, :-1], labels[:, 1:]].all()
    assert allowed[1][labels[:, 0]].all()
    assert (crf.marginals(emissions)[0, :, 2] == 0).all()
    (-crf(emissions, labels[0]).sum()).backward()
    assert (crf.transitions.grad[~allowed[0]] == 0).all()
    assert (crf.start.grad[~allowed[1]] == 0).all()
    assert np.count_nonzero(crf.transitions.grad) == 8
    with pytest.raises(
        ValueError, match=r"labels: .*in sequence 1 \(forbidden: 0 to 2 at step 1\)"
    ):
        crf(emissions[:2, :2], [[0, 0], [1, 2]])
    # Parameters of what is not allowed do not count, whatever they are.
    before = crf(emissions, labels[0]).numpy()
    values = crf.transitions.numpy().copy()
    values[0, 2] = 1e6
    crf.transitions.assign(values)
    np.testing.assert_array_equal(crf(emissions, labels[0]).numpy(), before)


def test_it_learns_what_emissions_do_not_tell():
    """Labels go round 0, 1, 2; emissions tell only where a sequence starts."""
    labels = (np.arange(12)[:, None] + np.arange(6) % 3) % 3
    emissions = np.zeros((12, 6, 3), "float32")
    emissions[0, np.arange(6), labels[0]] = 3
    crf = nn.CRF(3, rng=0)
    losses = []
    for _ in range(100):
        loss = -crf(emissions, labels).sum() / 6
        losses.append(loss.item())
        loss.backward()
        for parameter in crf.parameters():
            parameter.assign(parameter.numpy() - 0.2 * parameter.grad)
            parameter.grad = None
    assert losses[0] > 10
    assert losses[-1] < 0.3
    np.testing.assert_array_equal(crf.decode(emissions)[0], labels)


def test_the_repr():
    assert repr(nn.CRF(5, rng=0)) == (
        "CRF(5)  # emissions (T, B, 5), labels (T, B) -> ln p (B,); 35 parameters"
    )


CRF = nn.CRF(C, dtype="float64", rng=0)
FULL = np.ones((3, 3), bool), np.ones(3, bool), np.ones(3, bool)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: nn.CRF(0), ValueError, "num_labels: expected an integer of at least 1"),
        (lambda: nn.CRF(2.0), TypeError, "num_labels: expected an integer; got float"),
        (lambda: nn.CRF(2**30), MemoryError, "num_labels: expected sizes that memory can hold"),
        (lambda: nn.CRF(3, dtype="float16"), TypeError, "dtype: expected float32 or float64"),
        (lambda: nn.CRF(3, allowed=FULL[0]), TypeError, "allowed: expected three arrays of bools"),
        (lambda: nn.CRF(3, allowed=FULL[:2]), TypeError, "allowed: expected three arrays of bools"),
        (
            lambda: nn.CRF(3, allowed=(FULL[0][:2], *FULL[1:])),
            ValueError,
            r"allowed transitions: expected shape \(C, C\) = \(3, 3\); got \(2, 3\)",
        ),
        (
            lambda: nn.CRF(3, allowed=(*FULL[:2], [1, 0, 1])),
            TypeError,
            "allowed end: expected bools; got int64",
        ),
        (lambda: CRF(E.astype("float32"), LABELS), TypeError, "emissions: expected dtype float64"),
        (
            lambda: CRF(E[..., :4], LABELS),
            ValueError,
            r"emissions: expected shape \(T, B, C\) with C = 5; got \(7, 4, 4\)",
        ),
        (lambda: CRF(E, LABELS, [8, 1, 1, 1]), ValueError, "lengths: .* T = 7; got 8 at row 0"),
        (lambda: CRF(E, LABELS[:6]), ValueError, r"labels: expected shape \(T, B\) = \(7, 4\)"),
        (lambda: CRF((E, None), LABELS), TypeError, "emissions: .* got a tuple of 2"),
        (lambda: CRF.decode(E, best=0), ValueError, "best: expected an integer of at least 1"),
        (lambda: CRF.marginals(E[0]), ValueError, r"emissions: expected shape \(T, B, C\)"),
    ],
)
def test_refusals(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()
