"""What layers refuse: each message names the argument, what was expected and what was got."""

import numpy as np
import pytest

from pyrnn import nn

T, B, I, H = 5, 3, 4, 2

LSTM = nn.LSTM(I, H, rng=0)
GRU = nn.GRU(I, H, num_layers=2, bidirectional=True, rng=0)
FIRST = nn.RNN(I, H, batch_first=True, rng=0)
WIDE = nn.LSTM(I, H, dtype="float64", rng=0)
LSTM_CELL = nn.LSTMCell(I, H, rng=0)
GRU_CELL = nn.GRUCell(I, H, rng=0)
LINEAR = nn.Linear(I, H, rng=0)
EMBEDDING = nn.Embedding(7, I, rng=0)

X = np.zeros((T, B, I), "float32")
S = np.zeros((1, B, H), "float32")


def f4(*shape):
    return np.zeros(shape, "float32")


CONSTRUCTORS = [
    (lambda: nn.LSTM(0, 3), ValueError, "input_size: expected at least 1; got 0"),
    (lambda: nn.LSTM(3, -1), ValueError, "hidden_size: expected at least 1; got -1"),
    (lambda: nn.GRU(3, 2.5), TypeError, "hidden_size: expected an integer; got float 2.5"),
    (lambda: nn.GRU(3, 2, num_layers=0), ValueError, "num_layers: expected at least 1; got 0"),
    (
        lambda: nn.GRU(3, 2, 2, dropout=1.0),
        ValueError,
        "dropout: .*of at least 0 and less than 1; got 1",
    ),
    (lambda: nn.GRU(3, 2, 2, dropout=-0.1), ValueError, r"dropout: .*got -0.1"),
    (lambda: nn.GRU(3, 2, 2, dropout="x"), TypeError, "dropout: expected a number; got str 'x'"),
    (lambda: nn.LSTM(3, 2, proj_size=2), ValueError, "proj_size: .* hidden_size = 2; got 2"),
    (lambda: nn.LSTM(3, 2, proj_size=-1), ValueError, "proj_size: .* got -1"),
    (lambda: nn.LSTM(3, 2, proj_size=1.0), TypeError, "proj_size: expected an integer.* 1.0"),
    (lambda: nn.LSTM(3, 2, peephole="no"), TypeError, "peephole: expected True or False.*'no'"),
    (lambda: nn.LSTMCell(3, 2, coupled=None), TypeError, "coupled: expected True or False.*None"),
    (
        lambda: nn.RNN(3, 2, nonlinearity="elu"),
        ValueError,
        "nonlinearity: expected one of tanh, relu, sigmoid; got 'elu'",
    ),
    (lambda: nn.RNNCell(3, 2, nonlinearity="elu"), ValueError, "nonlinearity: .*got 'elu'"),
    (lambda: nn.LSTM(3, 2, dtype="float16"), TypeError, "dtype: expected float32 or float64; got"),
    (lambda: nn.LSTM(3, 2, dtype=int), TypeError, "dtype: expected float32 or float64; got"),
    (lambda: nn.LSTM(3, 2, dtype=None), TypeError, "dtype: .*got None"),
    (lambda: nn.LSTM(3, 2, dtype="wide"), TypeError, "dtype: .*got 'wide'"),
    (
        lambda: nn.LSTM(3, 2, init="zeros"),
        ValueError,
        "init: expected one of orthogonal, torch, identity; got 'zeros'",
    ),
    (lambda: nn.LSTM(3, 2, rng="seed"), TypeError, "rng: .*got str 'seed'"),
    (lambda: nn.LSTM(3, 2, rng=True), TypeError, "rng: .*an integer seed or None; got bool True"),
    # variants
    (lambda: nn.GRU(3, 2, zoneout=1.0), ValueError, "zoneout: expected a number .* got 1"),
    (lambda: nn.LSTM(3, 2, zoneout=(0.1, -1)), ValueError, "zoneout: expected .* got -1"),
    (lambda: nn.LSTM(3, 2, zoneout=(0.1,)), ValueError, "zoneout: .*or a pair.*; got 1 of them"),
    (lambda: nn.LSTM(3, 2, zoneout="h"), TypeError, "zoneout: expected a number; got str 'h'"),
    (
        lambda: nn.GRU(3, 2, zoneout=(0.1, 0.2)),
        ValueError,
        "zoneout: expected 0 for c, since a GRU has no cell state; got 0.2",
    ),
    (lambda: nn.RNN(3, 2, recurrent_dropout=1), ValueError, "recurrent_dropout: .*; got 1"),
    (lambda: nn.RNN(3, 2, weight_drop=-0.5), ValueError, "weight_drop: .*; got -0.5"),
    (lambda: nn.RNN(3, 2, weight_drop=None), TypeError, "weight_drop: expected a number"),
    (lambda: nn.GRU(3, 2, return_sequences=2), TypeError, "return_sequences: expected True or F"),
    (lambda: nn.GRU(3, 2, recompute=0), ValueError, "recompute: expected True, False.*; got 0"),
    (lambda: nn.GRU(3, 2, recompute=2.5), TypeError, "recompute: .* from 1 to .*; got float 2.5"),
    (lambda: nn.LSTM(3, 4, recompute=2**63), ValueError, r"recompute: .* to 2\*\*63 - 1; got 9223"),
    (
        lambda: nn.LSTM(3, 2, layer_norm=True, peephole=True),
        ValueError,
        "peephole: expected False beside layer_norm=True; got True",
    ),
    (lambda: nn.LSTM(3, 2, layer_norm=True, coupled=True), ValueError, "coupled: expected False"),
    (lambda: nn.LSTM(3, 2, layer_norm=True, proj_size=1), ValueError, "proj_size: .* 0 beside"),
    (
        lambda: nn.GRU(3, 2, layer_norm=True, reset_after=False),
        ValueError,
        "reset_after: expected True beside layer_norm=True; got False",
    ),
    # names that a constructor does not have
    (lambda: nn.RNN(3, 2, layer_norm=True), TypeError, r"layer_norm: .*RNN \(it is of LSTM and G"),
    (lambda: nn.GRU(3, 2, units=2), TypeError, r"units: .* GRU \(it is hidden_size= here\)"),
    (lambda: nn.RNN(3, 2, peephole=True), TypeError, r"peephole: .*of RNN \(it is of LSTM\)"),
    (lambda: nn.GRU(3, 2, proj_size=1), ValueError, "proj_size: .*a GRU has no projection"),
    (lambda: nn.LSTM(3, 2, size=1), TypeError, "size: expected no such argument of LSTM$"),
    (lambda: nn.GRUCell(3, 2, use_bias=0), TypeError, r"use_bias: .*GRUCell \(it is bias= here"),
    (lambda: nn.LSTMCell(3, 2, zoneout=0.1), TypeError, "zoneout: .*of a layer, not of its cell"),
    (lambda: nn.RNNCell(3, 2, num_layers=2), TypeError, "num_layers: .*of a layer, not of its c"),
    (lambda: nn.LSTMCell(0, 2), ValueError, "input_size: expected at least 1; got 0"),
    (lambda: nn.Linear(0, 2), ValueError, "in_features: expected an integer of at least 1; got 0"),
    (lambda: nn.Linear(2, "3"), TypeError, "out_features: expected an integer; got str '3'"),
    (lambda: nn.Linear(2, True), TypeError, "out_features: expected an integer; got bool True"),
    (lambda: nn.Embedding(0, 2), ValueError, "num_embeddings: .* of at least 1; got 0"),
    (lambda: nn.Embedding(2, 0), ValueError, "embedding_dim: .* of at least 1; got 0"),
    (lambda: nn.Embedding(3, 2, 3), ValueError, "padding_idx: expected a row from -3 to 2; got 3"),
    (lambda: nn.Embedding(3, 2, 0.5), TypeError, "padding_idx: expected an integer; got float 0.5"),
    (
        lambda: nn.Dropout(1.5),
        ValueError,
        "p: expected a number of at least 0 and at most 1; got 1.5",
    ),
    (lambda: nn.Dropout(float("nan")), ValueError, "p: .*got nan"),
    (lambda: nn.Dropout(None), TypeError, "p: expected a number; got NoneType None"),
    (lambda: nn.Sequential(nn.Dropout(), len), TypeError, "module 1: expected a Module; got"),
    (lambda: nn.MSELoss(reduction="avg"), ValueError, "reduction: .*mean, sum, none; got 'avg'"),
]

CALLS = [
    # x
    (lambda: LSTM(f4(T, B, I + 1)), ValueError, r"x: .*\(T, B, I\) with I = 4; got \(5, 3, 5\)"),
    (lambda: FIRST(f4(B, T, 1)), ValueError, r"x: .*\(B, T, I\) with I = 4; got \(3, 5, 1\)"),
    (lambda: LSTM(f4(T, 1)), ValueError, r"x: .*\(T, I\) with I = 4; got \(5, 1\)"),
    (lambda: LSTM(f4(I)), ValueError, r"x: expected \(T, B, I\), or \(T, I\).*got shape \(4,\)"),
    (lambda: LSTM(f4(1, T, B, I)), ValueError, r"x: .*got shape \(1, 5, 3, 4\)"),
    (lambda: LSTM(X.astype("float64")), TypeError, "x: expected dtype float32.*got float64"),
    (lambda: WIDE(X), TypeError, "x: expected dtype float64, that of the layer; got float32"),
    (lambda: LSTM(X.astype(int)), TypeError, "x: expected dtype float32.*got int64"),
    (lambda: LSTM((X, X)), ValueError, r"x: .* I = 4; got 4 \+ 4 = 8 .*\(y, state\)"),
    (lambda: LSTM(LSTM(X)), TypeError, r"x\[1\]: .*got a tuple of 2 .*\(y, state\)"),
    (lambda: GRU(GRU(X)), ValueError, r"x\[1\]: expected T, B = 5, 3, as in x\[0\]; .*pass y on"),
    (lambda: LSTM([X, X]), ValueError, r"x: .* got 4 \+ 4 = 8 \(numpy.stack makes one array"),
    (lambda: LSTM([f4(T, B, 1), f4(T, B, 2)]), ValueError, r"x: .* I = 4; got 1 \+ 2 = 3$"),
    (lambda: LSTM([f4(T, B, 1)]), ValueError, "x: expected parts .* I = 4; got 1$"),
    (lambda: LSTM([]), ValueError, "x: expected an array, or at least one part.*an empty list"),
    (lambda: LSTM(()), ValueError, "x: expected an array, or at least one part.*an empty tuple"),
    (
        lambda: LSTM([f4(T, B, 1), f4(T, B + 1, 3)]),
        ValueError,
        r"x\[1\]: expected T, B = 5, 3, as in x\[0\]; got shape \(5, 4, 3\)$",
    ),
    (
        lambda: FIRST([EMBEDDING(np.zeros((B, T), int))[..., :1], f4(T, B, 3)]),
        ValueError,
        r"x\[1\]: expected B, T = 3, 5, as in x\[0\]; got shape \(5, 3, 3\)$",
    ),
    (lambda: LSTM([f4(T, 1), f4(9, 3)]), ValueError, r"x\[1\]: expected T = 5, as in x\[0\]; got"),
    (
        lambda: LSTM([f4(T, B, 1), f4(T, 3)]),
        ValueError,
        r"x\[1\]: expected T, B = 5, 3, .*\(5, 3\)",
    ),
    (lambda: LSTM((f4(I), X)), ValueError, r"x\[0\]: expected \(T, B, I_k\), or .* shape \(4,\)"),
    (
        lambda: FIRST([f4(1, T, B, 1), X]),
        ValueError,
        r"x\[0\]: expected \(B, T, I_k\), or .*\(1, 5",
    ),
    (
        lambda: LSTM([f4(T, B, 1), np.zeros((T, B, 3))]),
        TypeError,
        r"x\[1\]: expected dtype float32, that of the layer; got float64 \(convert with x\[1\]",
    ),
    (lambda: LSTM([X, None]), TypeError, r"x\[1\]: expected real numbers; got NoneType"),
    (
        lambda: LSTM([f4(T, B, 1), EMBEDDING(np.full((T, B), 7))[..., :3]]),
        IndexError,
        "ids: expected values from 0 to V - 1 = 6; got 7",
    ),
    (lambda: LSTM(None), TypeError, "x: expected real numbers; got NoneType"),
    (
        lambda: WIDE(EMBEDDING(np.zeros((T, B), int))),
        TypeError,
        "x: expected dtype float64.*got float32",
    ),
    (
        lambda: LSTM(EMBEDDING(np.full((T, B), 7))),
        IndexError,
        "ids: expected values from 0 to V - 1 = 6; got 7",
    ),
    (
        lambda: GRU([f4(3, I), f4(5, I)]),
        ValueError,
        r"x: expected one array; got a list of 2 sequences of unequal lengths .*pad.*lengths=",
    ),
    (
        lambda: GRU([[[0.0] * I], [[0.0] * I] * 2]),
        ValueError,
        "x: expected one array; got a list of 2 sequences of unequal lengths",
    ),
    # state
    (lambda: GRU(X, [5, 3, 1]), TypeError, "state: .*got integers .*lengths=..."),
    (lambda: LSTM(X, [5, 3]), TypeError, "state: .*got integers .*lengths=..."),
    (lambda: LSTM(X, np.array([5, 3, 1])), TypeError, "state: .*got integers .*lengths=..."),
    (lambda: GRU(X, hx=S), TypeError, r"hx: expected no such argument of GRU \(it is state= here"),
    (lambda: GRU(X, mask=S), TypeError, r"mask: .* of GRU \(it is lengths= here"),
    (lambda: GRU(X, foo=S), TypeError, "foo: expected no such argument of GRU$"),
    (lambda: LSTM_CELL(X[0], hx=S), TypeError, r"hx: .* of LSTMCell \(it is state= here"),
    (lambda: LSTM_CELL(X[0], lengths=1), TypeError, r"lengths: .* \(it is mask= here"),
    (lambda: LSTM(X, S), TypeError, r"state: expected the pair \(h, c\) for LSTM; got a ndarray"),
    (lambda: LSTM(X, (S,)), TypeError, r"state: expected the pair \(h, c\).*got a tuple of 1"),
    (lambda: LSTM(X, (S, f4(2, B, H))), ValueError, r"c in state: .*\(1, 3, 2\); got \(2, 3, 2\)"),
    (lambda: LSTM(X, (S[0], S)), ValueError, r"h in state: .*\(L\*D, B, H\) = .*got \(3, 2\)"),
    (lambda: LSTM(X, (S, S.astype(float))), TypeError, "c in state: expected dtype float32"),
    (lambda: GRU(X, (S, S)), TypeError, "state: expected one array.*GRU has no c; got a tuple"),
    (lambda: GRU(X, S), ValueError, r"state: expected shape .* = \(4, 3, 2\); got \(1, 3, 2\)"),
    (
        lambda: LSTM(X[:, 0], (S, S)),
        ValueError,
        r"h in state: expected shape \(L\*D, H\) = \(1, 2\); got \(1, 3, 2\)",
    ),
    (
        lambda: LSTM(X, (S, S.astype(float))),
        TypeError,
        r"\(convert with c.astype\('float32'\), or give the layer dtype='float64'\)",
    ),
    (lambda: GRU(X, training=True), TypeError, r"training: .*\(call train\(\) or eval\(\)"),
    (lambda: GRU(X, recompute=True), TypeError, r"recompute: .*\(it is an argument of the layer"),
    # reset
    (lambda: LSTM(X, reset=f4(T, B)), TypeError, "reset: expected truth values; got dtype float32"),
    (lambda: LSTM(X, reset=[0, 1]), TypeError, "reset: expected truth values; got dtype int64"),
    (lambda: LSTM(X, reset=f4(T, B)), TypeError, r"\(convert with reset.astype\('bool'\)\)"),
    (lambda: LSTM(X, reset=np.empty((T, B), object)), TypeError, "reset: expected truth values; g"),
    (lambda: LSTM(X, reset=np.empty((T, B), "U5")), TypeError, "reset: expected truth values; got"),
    (lambda: LSTM(X, reset=["yes"] * T), TypeError, "reset: expected truth values; got list"),
    (
        lambda: LSTM(X, reset=np.zeros((B, T), bool)),
        ValueError,
        r"reset: expected shape \(T, B\) = \(5, 3\); got \(3, 5\)",
    ),
    (
        lambda: FIRST(f4(B, T, I), reset=np.zeros((T, B), bool)),
        ValueError,
        r"reset: expected shape \(B, T\) = \(3, 5\); got \(5, 3\)",
    ),
    (
        lambda: LSTM(X[:, 0], reset=np.zeros((T, 1), bool)),
        ValueError,
        r"reset: expected shape \(T,\) = \(5,\); got \(5, 1\)",
    ),
    (lambda: LSTM_CELL(X[0], reset=[True] * B), TypeError, r"reset: .*\(pass zeros as the state"),
    (
        lambda: nn.LSTM(I, H, return_sequences=False, rng=0)(X, return_cells=True),
        ValueError,
        "return_cells: expected False, since the layer was made with return_sequences=False",
    ),
    # lengths
    (lambda: LSTM(X, lengths=[1, 2**63, 2]), ValueError, r"lengths: .*int64; got 9223372036854775"),
    (lambda: LSTM(X, lengths=[1, 2, 2**70]), ValueError, r"lengths: .*int64; got 11805916207174"),
    (lambda: LSTM(X, lengths=[1, 2]), ValueError, r"lengths: .*\(B,\) = \(3,\); got \(2,\)"),
    (lambda: LSTM(X, lengths=3), ValueError, r"lengths: expected 1 axes \(B,\); got shape \(\)"),
    (
        lambda: LSTM(X, lengths=[1, 6, 2]),
        ValueError,
        "lengths: expected values from 0 to T = 5; got 6 at row 1",
    ),
    (lambda: LSTM(X, lengths=[1, -1, 2]), ValueError, "lengths: .*got -1 at row 1"),
    (
        lambda: LSTM(X, lengths=np.uint64([1, 2**63, 2])),
        ValueError,
        r"lengths: expected integers below 2\*\*63; got 9223372036854775808",
    ),
    (lambda: LSTM(X, lengths=[1.0, 2.0, 3.0]), TypeError, "lengths: expected integers; got"),
    (lambda: LSTM(X, lengths=[True] * 3), TypeError, "lengths: expected integers; got dtype bool"),
    (lambda: LSTM(X[:, 0], lengths=[3]), ValueError, "lengths: expected None for a single"),
    (lambda: GRU(X, return_cells=True), ValueError, "return_cells: .*GRU has no c"),
    # cells
    (lambda: LSTM_CELL(f4(B, 1)), ValueError, r"x: expected shape \(B, I\) or \(I,\).*\(3, 1\)"),
    (lambda: LSTM_CELL(X), ValueError, r"x: .*with I = 4; got \(5, 3, 4\)"),
    (
        lambda: LSTM_CELL([f4(B, 1), f4(B, 3)]),
        TypeError,
        r"x: expected one array \(B, I\), since a cell takes no parts; got a list of 2 \(.*concat",
    ),
    (lambda: LSTM_CELL(X[0], S[0]), TypeError, r"state: expected the pair \(h, c\) for LSTMCell"),
    (lambda: GRU_CELL(X[0], (S, S)), TypeError, "state: expected one array.*GRUCell has no c"),
    (lambda: GRU_CELL(X[0], S), ValueError, r"state: .*\(B, H\) = \(3, 2\); got \(1, 3, 2\)"),
    (lambda: GRU_CELL(X[0, 0], S[0]), ValueError, r"state: .*\(H,\) = \(2,\); got \(3, 2\)"),
    (lambda: GRU_CELL(X[0].astype(float)), TypeError, "x: expected dtype float32"),
    # the others
    (lambda: LINEAR(f4(2, 3)), ValueError, r"x: .*\(..., 4\); got \(2, 3\)"),
    (lambda: LINEAR(f4()), ValueError, r"x: .*got \(\)"),
    (lambda: LINEAR(np.zeros(I)), TypeError, "x: expected dtype float32.*got float64"),
    (lambda: LINEAR(LSTM(f4(T, B, I))), TypeError, r"x: .*tuple of 2 .*pass y on"),
    (lambda: nn.Dropout()((X, S)), TypeError, "x: .*tuple of 2"),
    (lambda: nn.Sequential(GRU, LINEAR)(X), TypeError, "x: .*tuple of 2"),
    (lambda: EMBEDDING([0.5]), TypeError, "ids: expected integers; got dtype float"),
    (lambda: EMBEDDING([[7]]).data, IndexError, r"ids: .*0 to V - 1 = 6; got 7 at \(0, 0\)"),
    (lambda: EMBEDDING([-1]).data, IndexError, "ids: .*got -1"),
    (
        lambda: nn.CrossEntropyLoss(reduction="sum")(f4(3, 4), [0, 1]),
        ValueError,
        r"targets: expected shape \(3,\).*got \(2,\)",
    ),
    (
        lambda: nn.CrossEntropyLoss(reduction="sum")(f4(2, 4), [0, 4]),
        IndexError,
        "targets: expected values from 0 to V - 1 = 3.*got 4",
    ),
    (
        lambda: nn.CrossEntropyLoss([1.0, 2.0], reduction="sum")(f4(2, 4), [0, 1]),
        ValueError,
        r"weight: expected shape \(V,\) = \(4,\); got \(2,\)",
    ),
    (
        lambda: nn.BCEWithLogitsLoss(reduction="sum")(f4(2), [0, 2]),
        ValueError,
        "targets: expected values from 0 to 1; got 2",
    ),
    (
        lambda: nn.MSELoss(reduction="sum")(f4(2), f4(2, 1)),
        ValueError,
        r"targets: expected shape \(2,\); got \(2, 1\)",
    ),
]


@pytest.mark.parametrize(("make", "error", "message"), CONSTRUCTORS, ids=lambda v: str(v)[:40])
def test_constructors_refuse(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(("call", "error", "message"), CALLS, ids=lambda v: str(v)[:40])
def test_calls_refuse(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss, nn.BCEWithLogitsLoss, nn.MSELoss, nn.L1Loss])
def test_losses_have_no_default_reduction(loss):
    with pytest.raises(TypeError, match="reduction"):
        loss()


BOOK = "to be or not to be " * 10_000


@pytest.mark.parametrize(
    "call",
    [
        lambda: nn.LSTM(3, 2, init=BOOK),
        lambda: nn.LSTM(3, 2, dtype=BOOK),
        lambda: nn.LSTM(3, 2, rng=BOOK),
        lambda: nn.LSTM(3, BOOK),
        lambda: nn.LSTM(3, 2, bias=BOOK),
        lambda: nn.RNN(3, 2, nonlinearity=BOOK),
        lambda: nn.Sequential(BOOK),
        lambda: nn.MSELoss(reduction=BOOK),
        lambda: LSTM(BOOK),
        lambda: LSTM(X[:, 0], lengths=BOOK),
        lambda: LINEAR.train(BOOK),
        lambda: LINEAR.load_state_dict({str(k): 1 for k in range(10_000)}),
    ],
)
def test_an_error_never_quotes_a_whole_book(call):
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert len(str(caught.value)) < 500
