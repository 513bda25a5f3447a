"""Wrong calls of layers and modules: each has its exception, and a message that helps."""

from __future__ import annotations

import numpy as np

from pyrnn import nn

from .refusal import Row, expect, table

T, B, I, H, V = 5, 3, 4, 2, 7
nan = float("nan")


def f4(*shape: int) -> np.ndarray:
    return np.zeros(shape, "f4")


X, S = f4(T, B, I), f4(1, B, H)
LSTM, GRU, RNN = nn.LSTM(I, H, rng=0), nn.GRU(I, H, rng=0), nn.RNN(I, H, rng=0)
FIRST = nn.GRU(I, H, batch_first=True, rng=0)
CONV = nn.Conv1dMax(I, H, 3, rng=0)
CELL, EMB, LIN = nn.LSTMCell(I, H, rng=0), nn.Embedding(V, I, rng=0), nn.Linear(I, H, rng=0)
MEM, ATT = f4(6, B, 5), nn.Attention(H, 5, rng=0)
DEC, DECL = nn.AttentionDecoder(I, H, 5, rng=0), nn.AttentionDecoder(I, H, 5, cell="lstm", rng=0)
STATE = LIN.state_dict()
TIED = nn.Sequential(nn.Linear(2, 2, rng=0), nn.Linear(2, 2, rng=0))
TIED[1].weight = TIED[0].weight
UNEQUAL = {**TIED.state_dict(), "1.weight": f4(2, 2)}

# fmt: off
INPUTS: list[Row] = [
    ("LSTM(f4(5, 3, 5))", ValueError, "x: expected shape (T, B, I) with I = 4; got (5, 3, 5)"),
    ("FIRST(f4(3, 5, 9))", ValueError, "x: expected shape (B, T, I) with I = 4; got (3, 5, 9)"),
    ("LSTM(f4(5, 9))", ValueError, "x: expected shape (T, I) with I = 4; got (5, 9)"),
    ("LSTM(3.0)", ValueError, "x: expected (T, B, I), or (T, I) ... got shape ()"),
    ("LSTM(f4(2, 5, 3, 4))", ValueError, "x: expected (T, B, I), or (T, I) ... got shape (2, 5,"),
    ("LSTM(X.astype('f2'))", TypeError, "x: expected dtype float32 ... got float16 (convert with"),
    ("LSTM(X.astype('f8'))", TypeError, "x: ... got float64 ... or give the layer dtype='float64'"),
    ("LSTM(X.astype('>f4'))", TypeError, "x: ... got >f4 (convert with x.astype('float32'))"),
    ("LSTM(X.astype('i4'))", TypeError, "x: ... got int32 (convert with x.astype('float32'))"),
    ("LSTM(X > 0)", TypeError, "x: expected dtype float32, that of the layer; got bool"),
    ("LSTM(X.astype('c8'))", TypeError, "x: expected real numbers; got ndarray (complex64)"),
    ("LSTM(X.astype('O'))", TypeError, "x: expected real numbers; got ndarray (object)"),
    ("LSTM(X.astype('U'))", TypeError, "x: expected real numbers; got ndarray (<U32"),
    ("LSTM('text')", TypeError, "x: expected real numbers; got str"),
    ("LSTM({'x': X})", TypeError, "x: expected real numbers; got dict"),
    ("LSTM([[[1, 2, 3, None]]])", TypeError, "x: expected real numbers; got list (object)"),
    ("LSTM([[[1.0]], [[1.0, 2.0]]])", ValueError, "x: ... lists of equal lengths; got a list"),
    ("LSTM(np.ma.masked_equal(X, 0))", TypeError, "x: expected an array without a mask; got MaskedArray"),
    ("LSTM([X[..., :1], X])", ValueError, "x: expected parts whose widths add up to I = 4; got 1 + 4 = 5"),
    ("LSTM([X[..., :1], X[:2, ..., 1:]])", ValueError, "x[1]: expected T, B = 5, 3, as in x[0]; got shape (2, 3"),
    ("LSTM([X[..., :1], X[..., 1:].astype('f8')])", TypeError, "x[1]: expected dtype float32 ... got float64"),
    ("LSTM([X, 'text'])", TypeError, "x[1]: expected real numbers; got str"),
    ("LSTM([X, [X]])", ValueError, "x[1]: expected (T, B, I_k), or (T, I_k) ... got shape (1, 5, 3, 4)"),
    ("LSTM([])", ValueError, "x: expected an array, or at least one part of it; got an empty list"),
    ("LSTM(LSTM(X))", TypeError, "x[1]: expected an array or Tensor; got a tuple of 2 ... pass y on"),
    ("LIN(f4(2, 3))", ValueError, "x: expected shape (..., in_features) = (..., 4); got (2, 3)"),
    ("LIN([1.0, 2.0])", ValueError, "x: expected shape (..., in_features) = (..., 4); got (2,)"),
    ("LIN(LSTM(X))", TypeError, "x: expected an array or Tensor; got a tuple of 2 ... pass y on"),
    ("ATT(f4(2, 3, 3), MEM)", ValueError, "query: expected shape (T, B, H) with H = 2; got (2, 3, 3)"),
    ("ATT(X[..., :2], MEM[..., :4])", ValueError, "memory: expected shape (S, B, E) with E = 5; got (6, 3, 4)"),
    ("ATT(X[:, :2, :2], MEM)", ValueError, "memory: expected shape (S, B, E) with B = 2, as in query; got (6, 3, 5)"),
    ("ATT(X[..., :2], MEM, [7, 1, 1])", ValueError, "lengths: expected values from 0 to S = 6; got 7"),
    ("ATT(X[..., :2], MEM, keys=MEM)", ValueError, "keys: expected shape (S, B, A) with A = 2; got"),
    ("ATT(X[..., :2], MEM, keys=f4(5, 3, 2))", ValueError, "keys: expected S, B = 6, 3, as in memory; got"),
    ("ATT(X[..., :2].astype('f8'), MEM)", TypeError, "query: expected dtype float32, that of the layer"),
    ("DEC(f4(5, 3, 3), MEM)", ValueError, "x: expected shape (T, B, I) with I = 4; got (5, 3, 3)"),
    ("DEC(f4(5, 4), MEM)", ValueError, "x: expected shape (T, B, I); got (5, 4)"),
    ("DEC(X, MEM[:, :2])", ValueError, "memory: expected shape (S, B, E) with B = 3, as in x; got (6, 2"),
    ("DEC(X, X)", ValueError, "memory: expected shape (S, B, E) with E = 5; got (5, 3, 4)"),
    ("DEC(X, LSTM(X))", TypeError, "memory: expected an array or Tensor; got a tuple of 2 ... pass y on"),
    ("DEC(X, None)", TypeError, "memory: expected real numbers; got NoneType"),
    ("DEC(X, MEM, f4(3, 2))", ValueError, "state: expected shape (1, B, H) = (1, 3, 2); got (3, 2)"),
    ("DEC(X, MEM, (S, S))", TypeError, "state: expected one array (1, B, H), since AttentionDecoder has no c"),
    ("DECL(X, MEM, S)", TypeError, "state: expected the pair (h, c) for AttentionDecoder; got a ndarray"),
    ("DEC(X, MEM, lengths=[6, 1, 1])", ValueError, "lengths: expected values from 0 to T = 5; got 6 at row 0"),
    ("DEC(X, MEM, lengths=[1, 1])", ValueError, "lengths: expected shape (B,) = (3,); got (2,)"),
    ("DEC(X, MEM, lengths=[1.0, 1, 1])", TypeError, "lengths: expected integers; got"),
    ("DEC(X, MEM, memory_lengths=[1, 7, 1])", ValueError, "memory_lengths: expected values from 0 to S = 6; got 7 at row 1"),
    ("DEC(X, MEM, memory_lengths=-1)", ValueError, "memory_lengths: expected shape (B,) = (3,); got ()"),
    ("DEC(X, MEM, keys=f4(6, 3, 5))", ValueError, "keys: expected shape (S, B, A) with A = 2; got (6, 3, 5)"),
    ("DEC(X, MEM, keys=f4(6, 2, 2))", ValueError, "keys: expected S, B = 6, 3, as in memory; got shape (6, 2, 2)"),
    ("DEC(EMB(np.full((5, 3), 7)), MEM)", IndexError, "ids: ... 0 to V - 1 = 6; got 7 at step 0 of row"),
    ("CELL(f4(3, 5))", ValueError, "x: expected shape (B, I) or (I,) with I = 4; got (3, 5)"),
    ("CELL(X[0], S[0])", TypeError, "state: expected the pair (h, c) for LSTMCell; got a ndarray"),
    ("CELL(X[0], (S, S))", ValueError, "h in state: expected shape (B, H) = (3, 2); got (1, 3, 2)"),
    ("CONV(f4(5, 3, 9))", ValueError, "x: expected shape (T, B, I) with I = 4; got (5, 3, 9)"),
    ("CONV(f4(5, 4))", ValueError, "x: expected shape (T, B, I) with I = 4; got (5, 4)"),
    ("CONV(X.astype('f8'))", TypeError, "x: ... got float64 ... or give the layer dtype='float64'"),
    ("CONV(LSTM(X))", TypeError, "x: expected an array or Tensor; got a tuple of 2 ... pass y on"),
    # enormous: MemoryError before anything is tried
    ("LSTM(f4(0, 2**45, 4))", MemoryError, "h_n: expected a shape that memory can hold; got (1, 35184372088832"),
    ("LSTM(f4(2**58, 0, 4))", MemoryError, "x: ... got 288230376151711744 steps of 0 sequences"),
]

STATES_AND_LENGTHS: list[Row] = [
    ("LSTM(X, S)", TypeError, "state: expected the pair (h, c) for LSTM; got a ndarray"),
    ("LSTM(X, (S, S, S))", TypeError, "state: expected the pair (h, c) for LSTM; got a tuple of 3"),
    ("LSTM(X, {'h': S})", TypeError, "state: expected the pair (h, c) for LSTM; got a dict"),
    ("LSTM(X, (S, f4(1, 3, 9)))", ValueError, "c in state: ... = (1, 3, 2); got (1, 3, 9)"),
    ("LSTM(X, (S, S.astype('f8')))", TypeError, "c in state: expected dtype float32 ... got float64"),
    ("LSTM(X, ('h', S))", TypeError, "h in state: expected real numbers; got str"),
    ("LSTM(X, GRU(X)[1])", TypeError, "state: expected the pair (h, c) for LSTM; got a Tensor"),
    ("GRU(X, LSTM(X)[1])", TypeError, "state: ... one array ... GRU has no c; got a tuple of 2"),
    ("GRU(X, f4(2, 3, 2))", ValueError, "state: expected shape (L*D, B, H) = (1, 3, 2); got (2, 3"),
    ("GRU(X[:, 0], S)", ValueError, "state: expected shape (L*D, H) = (1, 2); got (1, 3, 2)"),
    ("GRU(X, return_cells=True)", ValueError, "return_cells: ... since GRU has no c; got True"),
    ("LSTM(X, lengths=[5, 6, 5])", ValueError, "lengths: ... 0 to T = 5; got 6 at row 1"),
    ("LSTM(X, lengths=[5, 5, -1])", ValueError, "lengths: ... 0 to T = 5; got -1 at row 2"),
    ("LSTM(X, lengths=[5, 5])", ValueError, "lengths: expected shape (B,) = (3,); got (2,)"),
    ("LSTM(X, lengths=5)", ValueError, "lengths: expected 1 axes (B,); got shape ()"),
    ("LSTM(X, lengths=[[5, 5, 5]])", ValueError, "lengths: expected 1 axes (B,); got shape (1, 3)"),
    ("LSTM(X, lengths=[1.0, 2.0, nan])", TypeError, "lengths: expected integers; got dtype float32"),
    ("LSTM(X, lengths=['1', '2', '3'])", TypeError, "lengths: expected integers; got list"),
    ("LSTM(X, lengths=X[:, 0, 0] > 0)", TypeError, "lengths: expected integers; got dtype bool"),
    ("LSTM(X, lengths=[2**63, 1, 1])", ValueError, "lengths: expected integers of int64; got 9223372036854775808"),
    ("LSTM(X, lengths=[2**70, 1, 1])", ValueError, "lengths: expected integers of int64; got 1180591620717411303424"),
    ("CONV(X, [5, 6, 5])", ValueError, "lengths: ... 0 to T = 5; got 6 at row 1"),
    ("CONV(X, [5, 5])", ValueError, "lengths: expected shape (B,) = (3,); got (2,)"),
    ("CONV(X, X[:, 0, 0] > 0)", TypeError, "lengths: expected integers; got dtype bool"),
    ("LSTM(X[:, 0], lengths=[5])", ValueError, "lengths: expected None for ... got [5]"),
]

IDS: list[Row] = [
    ("LSTM(EMB(np.full((5, 3), 7)))", IndexError, "ids: ... 0 to V - 1 = 6; got 7 at step 0 of row"),
    ("LSTM(EMB(np.full((5, 3), -1)))", IndexError, "ids: ... 0 to V - 1 = 6; got -1 at step 0 of"),
    ("EMB([0, 7]).data", IndexError, "ids: expected values from 0 to V - 1 = 6; got 7 at (1,)"),
    ("EMB([2**63]).data", IndexError, "ids: expected integers below 2**63; got 9223372036854775808"),
    ("EMB([0.5])", TypeError, "ids: expected integers; got dtype float32"),
    ("EMB([True])", TypeError, "ids: expected integers; got dtype bool"),
    ("EMB(['a'])", TypeError, "ids: expected integers; got list (<U1)"),
    ("EMB([[0], [0, 1]])", ValueError, "ids: expected numbers, in nested lists of equal lengths; got"),
    ("EMB(np.ma.masked_equal([0, 1], 1))", TypeError, "ids: expected an array without a mask; got"),
    ("LSTM(EMB(np.zeros((5, 3, 2), int)))", ValueError, "x: expected (T, B, I) ... got shape (5, 3"),
]

CONSTRUCTORS: list[Row] = [
    ("nn.LSTM(0, 2)", ValueError, "input_size: expected at least 1; got 0"),
    ("nn.LSTM(4, -2)", ValueError, "hidden_size: expected at least 1; got -2"),
    ("nn.LSTM(4, 2.0)", TypeError, "hidden_size: expected an integer; got float 2.0"),
    ("nn.LSTM(4, '2')", TypeError, "hidden_size: expected an integer; got str '2'"),
    ("nn.LSTM(4, 2, None)", TypeError, "num_layers: expected an integer; got NoneType None"),
    ("nn.LSTM(2**40, 2**40)", MemoryError, "input_size, hidden_size, num_layers: ... got 1099511627776"),
    ("nn.LSTM(4, 2, proj_size=2)", ValueError, "proj_size: expected 0 for none, ... 2; got 2"),
    ("nn.LSTM(4, 2, proj_size='1')", TypeError, "proj_size: expected an integer; got str '1'"),
    ("nn.GRU(4, 2, bias='no')", TypeError, "bias: expected True or False; got str 'no'"),
    ("nn.GRU(4, 2, batch_first=None)", TypeError, "batch_first: expected True or False; got NoneType"),
    ("nn.GRU(4, 2, bidirectional=2)", TypeError, "bidirectional: expected True or False; got int 2"),
    ("nn.GRU(4, 2, reset_after='')", TypeError, "reset_after: expected True or False; got str ''"),
    ("nn.GRU(4, 2, 2, dropout=nan)", ValueError, "dropout: ... at least 0 and less than 1; got"),
    ("nn.GRU(4, 2, 2, dropout=1)", ValueError, "dropout: ... at least 0 and less than 1; got 1"),
    ("nn.GRU(4, 2, 2, dropout=[0.1])", TypeError, "dropout: expected a number; got list [0.1]"),
    ("nn.RNN(4, 2, nonlinearity='gelu')", ValueError, "nonlinearity: ... sigmoid; got 'gelu'"),
    ("nn.RNN(4, 2, dtype='f2')", TypeError, "dtype: expected float32 or float64; got 'f2'"),
    ("nn.RNN(4, 2, dtype='>f4')", TypeError, "dtype: expected float32 or float64; got '>f4'"),
    ("nn.RNN(4, 2, dtype='double precision')", TypeError, "dtype: ... or float64; got 'double"),
    ("nn.RNN(4, 2, init='ones')", ValueError, "init: expected one of orthogonal, ... got 'ones'"),
    ("nn.RNN(4, 2, rng=-1)", ValueError, "rng: expected a seed of at least 0; got -1"),
    ("nn.RNN(4, 2, rng=np.random)", TypeError, "rng: expected a numpy.random.Generator, ... got module"),
    ("nn.Linear(4, 2**70)", MemoryError, "in_features, out_features: expected sizes ... got 4, 1180591620717411303424"),
    ("nn.Linear(4, 2, bias='none')", TypeError, "bias: expected True or False; got str 'none'"),
    ("nn.Attention(4, 0)", ValueError, "memory_size: expected an integer of at least 1; got 0"),
    ("nn.Attention(4, 2, 'cosine')", ValueError, "kind: expected one of additive, dot, general; got 'cosine'"),
    ("nn.Attention(4, 2, ['dot'])", ValueError, "kind: expected one of additive, dot, general; got ['dot']"),
    ("nn.Attention(4, 2, 'dot')", ValueError, "memory_size: expected query_size = 4 for kind='dot'; got 2"),
    ("nn.Attention(4, 2, 'general', 3)", ValueError, "size: expected None for kind='general', ... got 3"),
    ("nn.Attention(2**40, 2, size=2**40)", MemoryError, "in_features, out_features: expected sizes"),
    ("nn.AttentionDecoder(0, 2, 3)", ValueError, "input_size: expected an integer of at least 1; got 0"),
    ("nn.AttentionDecoder(4, 2, 3.0)", TypeError, "memory_size: expected an integer; got float 3.0"),
    ("nn.AttentionDecoder(4, 2, 3, cell='gru_norm')", ValueError, "cell: expected one of rnn_tanh ... got 'gru_norm'"),
    ("nn.AttentionDecoder(4, 2, 3, cell='tree')", ValueError, "cell: expected one of rnn_tanh ... got 'tree'"),
    ("nn.AttentionDecoder(4, 2, 3, cell=None)", ValueError, "cell: expected one of rnn_tanh ... got None"),
    ("nn.AttentionDecoder(4, 2, 3, attention='self')", ValueError, "attention: expected one of additive, dot, general; got 'self'"),
    ("nn.AttentionDecoder(4, 2, 3, attention='dot')", ValueError, "memory_size: expected hidden_size = 2 for attention='dot'; got 3"),
    ("nn.AttentionDecoder(4, 2, 3, attention_size=0)", ValueError, "attention_size: expected an integer of at least 1; got 0"),
    ("nn.AttentionDecoder(4, 2, 3, bias='no')", TypeError, "bias: expected True or False; got str 'no'"),
    ("nn.AttentionDecoder(4, 2, 3, init='ones')", ValueError, "init: expected one of orthogonal, ... got 'ones'"),
    ("nn.Conv1dMax(4, 2, 0)", ValueError, "width: expected an integer of at least 1; got 0"),
    ("nn.Conv1dMax(4, 2**40, 2**40)", MemoryError, "filters, input_size, width: ... got 1099511627776, 4, 10"),
    ("nn.Embedding(2**50, 2**10)", MemoryError, "num_embeddings, embedding_dim: ... got 1125899906842624"),
    ("nn.Embedding(5, 2, padding_idx=5)", ValueError, "padding_idx: ... from -5 to 4; got 5"),
    ("nn.Dropout(nan)", ValueError, "p: expected a number of at least 0 and at most 1; got nan"),
    ("nn.Dropout('0.5')", TypeError, "p: expected a number; got str '0.5'"),
    ("nn.Sequential(LIN, max)", TypeError, "module 1: expected a Module; got builtin_function_or_method"),
]

MODULES: list[Row] = [
    ("LIN.train('no')", TypeError, "mode: expected True or False; got 'no'"),
    ("setattr(LIN, 'weight', f4(2, 4))", TypeError, "weight: expected a Parameter ... got ndarray"),
    ("LIN.weight.assign(f4(4, 2))", ValueError, "array: expected shape (2, 4); got (4, 2)"),
    ("LIN.weight.assign(np.zeros((2, 4)))", TypeError, "array: expected dtype float32; got float64"),
    ("LIN.weight.assign([[1, 2], [3]])", ValueError, "array: expected numbers, in nested lists of"),
    ("LIN.load_state_dict('model.safetensors')", TypeError, "state: expected a mapping ... got str"),
    ("LIN.load_state_dict(None)", TypeError, "state: expected a mapping ... got NoneType"),
    ("LIN.load_state_dict({})", ValueError, "state: expected the 2 ... missing: weight, bias; unknown"),
    ("LIN.load_state_dict(STATE | {'w': S})", ValueError, "state: ... missing: none; unknown: w ("),
    ("LIN.load_state_dict(STATE | {'bias': S})", ValueError, "bias: expected shape (2,); got (1, 3"),
    ("LIN.load_state_dict(STATE | {'bias': 'b'})", ValueError, "bias: expected shape (2,); got ()"),
    ("TIED.load_state_dict(UNEQUAL)", ValueError, "1.weight: expected the values of 0.weight ... got"),
    ("nn.Dropout(rng=0).load_rng_state({})", ValueError, "state: expected generators at [''];"),
    ("nn.Parameter([1, 2])", TypeError, "array: expected float32 or float64 ... got int64"),
    ("nn.MSELoss(reduction='avg')", ValueError, "reduction: expected one of mean, ... got 'avg'"),
]
# fmt: on


@table(INPUTS + STATES_AND_LENGTHS + IDS + CONSTRUCTORS + MODULES)
def test_refused(call: str, error: type[Exception], message: str) -> None:
    before = {name: array.copy() for name, array in LIN.state_dict().items()}
    expect(call, error, message, globals())
    for name, array in LIN.state_dict().items():
        assert np.array_equal(array, before[name])
