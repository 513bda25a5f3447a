"""Keras' arrays of one layer as a module, and back.

Letters: I input, H hidden, G gates. What Keras holds, and what it is called here:

    kernel            (I, G H)            weight_ih = kernel^T            (G H, I)
    recurrent_kernel  (H, G H)            weight_hh = recurrent_kernel^T  (G H, H)
    bias              (G H,)              bias_ih = bias, bias_hh = 0
    bias of a GRU     (2, 3 H)            bias_ih and bias_hh, with reset_after=True
    embeddings        (V, E)              weight
    kernel of Dense   (I, O)              weight = kernel^T

The blocks of G H stand in Keras' order i f c o (LSTM) and z r h (GRU), here in i f g o and r z n:
c is another name of g, h another of n, and z and r change places. The equations are the same: both
call z what keeps the old state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pyrnn import nn
from pyrnn.exchange.dense import Dense
from pyrnn.exchange.floats import as_floats, widest
from pyrnn.kernels.stack import Array

# Keras' cells, by its own names: where in Keras' order our gates stand. No order here is changed by
# being applied twice, so that the way back is the same.
GATES: dict[str, tuple[int, ...]] = {
    "lstm": (0, 1, 2, 3),
    "gru": (1, 0, 2),
    "simple_rnn": (0,),
}
LAYERS = (*GATES, "embedding", "dense")


class Options(NamedTuple):
    """What a layer's arrays do not tell."""

    bidirectional: bool = False
    reset_after: bool | None = None  # of a GRU; None: as its bias says
    activation: str | None = None  # of a SimpleRNN or Dense; None: what Keras takes by default
    batch_first: bool = True
    dtype: Any = None  # None: float64 if any of the arrays is, else float32
    rng: Any = None


class Direction(NamedTuple):
    """The arrays of one layer in one direction, in the order of Keras' get_weights."""

    kernel: Array  # (I, G H)
    recurrent_kernel: Array  # (H, G H)
    bias: Array | None  # (G H,) or (2, G H)


def module_of(name: str, cell: str, layers: Sequence[Sequence[Any]], options: Options) -> nn.Module:
    """The module with these arrays.

    name: what messages call the layer. cell: one of LAYERS. layers: the arrays of each layer of a
    stack, in the order of Keras' get_weights; one layer but for recurrent cells.
    Raises ValueError for a wrong number or shape of arrays, TypeError for what is no float.
    """
    arrays = [
        [as_floats(f"{_of(name, layers, i)}[{j}]", array) for j, array in enumerate(each)]
        for i, each in enumerate(layers)
    ]
    dtype = options.dtype
    if dtype is None:
        dtype = widest(array for each in arrays for array in each)
    options = options._replace(dtype=dtype)
    if cell in GATES:
        each = [
            _directions(_of(name, layers, i), cell, given, options)
            for i, given in enumerate(arrays)
        ]
        return _recurrent(name, cell, each, options)
    if len(arrays) != 1:
        raise ValueError(f"{name}: expected the arrays of one {cell} layer; got {len(arrays)}")
    return (_embedding if cell == "embedding" else _dense)(name, arrays[0], options)


def _of(name: str, layers: Sequence[Any], i: int) -> str:
    return name if len(layers) == 1 else f"{name}: layer {i}"


def _directions(name: str, cell: str, arrays: Sequence[Array], options: Options) -> list[Direction]:
    """The arrays of one layer, one direction after the other, with their shapes checked."""
    count = 2 if options.bidirectional else 1
    each, over = divmod(len(arrays), count)
    if over or each not in (2, 3):
        both = " for each of both directions" if options.bidirectional else ""
        raise ValueError(
            f"{name}: expected kernel, recurrent_kernel and, with use_bias, bias{both}; got "
            f"{len(arrays)} arrays (a stack is a list with such a list for each layer)"
        )
    directions = []
    for d in range(count):
        W, R, *bias = arrays[d * each : (d + 1) * each]
        direction = Direction(W, R, bias[0] if bias else None)
        _check(name if count == 1 else f"{name}: direction {d}", cell, direction)
        directions.append(direction)
    return directions


def _check(name: str, cell: str, direction: Direction) -> None:
    G = len(GATES[cell])
    W, R, bias = direction
    hidden = R.shape[0] if R.ndim == 2 else 0
    if R.shape != (hidden, G * hidden) or hidden < 1:
        raise ValueError(
            f"{name}: recurrent_kernel: expected shape (H, {G} H) of a {cell}; got {R.shape}"
        )
    if W.ndim != 2 or W.shape[1] != G * hidden or W.shape[0] < 1:
        raise ValueError(
            f"{name}: kernel: expected shape (I, {G} H) with H = {hidden}; got {W.shape}"
        )
    shapes = [(G * hidden,)] + [(2, G * hidden)] * (cell == "gru")
    if bias is not None and bias.shape not in shapes:
        either = " or ".join(map(str, shapes))
        raise ValueError(f"{name}: bias: expected shape {either}; got {bias.shape}")


def _recurrent(
    name: str, cell: str, layers: Sequence[Sequence[Direction]], options: Options
) -> nn.Module:
    first = layers[0][0]
    arguments: dict[str, Any] = {
        "input_size": first.kernel.shape[0],
        "hidden_size": first.recurrent_kernel.shape[0],
        "num_layers": len(layers),
        "bias": first.bias is not None,
        "batch_first": options.batch_first,
        "bidirectional": options.bidirectional,
    }
    if cell == "gru":
        arguments["reset_after"] = _reset_after(name, first.bias, options.reset_after)
    if cell == "simple_rnn":
        arguments["nonlinearity"] = options.activation or "tanh"
    kind = {"lstm": nn.LSTM, "gru": nn.GRU, "simple_rnn": nn.RNN}[cell]
    module: Any = kind(**arguments, dtype=options.dtype, rng=options.rng, init="torch")
    state: dict[str, Array] = {}
    for k, directions in enumerate(layers):
        for suffix, direction in zip(("", "_reverse"), directions, strict=False):
            values = _rows_of(GATES[cell], direction)
            state |= {f"{kind}_l{k}{suffix}": value for kind, value in values.items()}
    _load(name, module, state)
    return module


def _reset_after(name: str, bias: Array | None, given: bool | None) -> bool:
    """Whether a GRU resets after the product: its bias has two rows then."""
    if bias is None:
        return True if given is None else given  # Keras' default
    found = bias.ndim == 2
    if given is not None and given != found:
        expected = "(2, 3 H)" if given else "(3 H,)"
        raise ValueError(
            f"{name}: bias: expected shape {expected} with reset_after={given}; got {bias.shape}"
        )
    return found


def _rows_of(gates: Sequence[int], direction: Direction) -> dict[str, Array]:
    """PyTorch's arrays of one direction, by their names without layer and direction."""
    W, R, bias = direction
    state = {"weight_ih": _reordered(W.T, gates), "weight_hh": _reordered(R.T, gates)}
    if bias is not None:
        b_ih, b_hh = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
        state |= {"bias_ih": _reordered(b_ih, gates), "bias_hh": _reordered(b_hh, gates)}
    return state


def _reordered(rows: Array, gates: Sequence[int]) -> Array:
    """Blocks of rows in another order: (G H, ...) -> (G H, ...)."""
    blocks = rows.reshape(len(gates), -1, *rows.shape[1:])  # (G, H, ...)
    return blocks[list(gates)].reshape(rows.shape)


def _load(name: str, module: nn.Module, state: dict[str, Array]) -> None:
    dtype = next(module.parameters()).dtype
    try:
        module.load_state_dict({key: array.astype(dtype) for key, array in state.items()})
    except ValueError as error:
        raise ValueError(f"{name}: layers and directions do not fit together: {error}") from error


def _embedding(name: str, arrays: Sequence[Array], options: Options) -> nn.Module:
    if len(arrays) != 1 or arrays[0].ndim != 2 or min(arrays[0].shape) < 1:
        raise ValueError(
            f"{name}: expected one array, embeddings (V, E); "
            f"got {', '.join(str(array.shape) for array in arrays) or 'none'}"
        )
    module = nn.Embedding(*arrays[0].shape, dtype=options.dtype, rng=options.rng)
    _load(name, module, {"weight": arrays[0]})
    return module


def _dense(name: str, arrays: Sequence[Array], options: Options) -> nn.Module:
    shapes = [array.shape for array in arrays]
    if len(arrays) not in (1, 2) or len(shapes[0]) != 2 or shapes[1:] not in ([], [shapes[0][1:]]):
        raise ValueError(
            f"{name}: expected kernel (I, O) and, with use_bias, bias (O,); "
            f"got {', '.join(map(str, shapes)) or 'none'}"
        )
    rows, columns = shapes[0]  # I, O
    kind: dict[str, Any] = {"dtype": options.dtype, "rng": options.rng}
    module: nn.Linear
    if options.activation in (None, "linear"):
        module = nn.Linear(rows, columns, len(arrays) == 2, **kind)
    else:
        module = Dense(rows, columns, len(arrays) == 2, activation=str(options.activation), **kind)
    _load(name, module, dict(zip(("weight", "bias"), [arrays[0].T, *arrays[1:]], strict=False)))
    return module


def to_keras(module: nn.Module) -> list[Any]:
    """A layer's weights for Keras' set_weights.

    Args:
        module: an LSTM, GRU, RNN, Linear or Embedding.

    Returns the arrays in the order and layout of Keras' get_weights, for a bidirectional layer
    those of a Bidirectional; for a stack of several layers a list of such lists. Where Keras has
    one bias and PyTorch two, it is their sum. The settings are for the Keras layer's own
    constructor: units, use_bias, reset_after, activation.

    Raises TypeError for another module, ValueError for one with peepholes, coupled gates, a
    projection, layer norm or zoneout, which Keras does not have.

    >>> import pyrnn
    >>> [array.shape for array in pyrnn.exchange.to_keras(pyrnn.nn.GRU(3, 5, rng=0))]
    [(3, 15), (5, 15), (2, 15)]
    """
    if isinstance(module, nn.Embedding):
        return [module.weight.numpy().copy()]
    if isinstance(module, nn.Linear):
        bias = [] if module.bias is None else [module.bias.numpy().copy()]
        return [np.ascontiguousarray(module.weight.numpy().T), *bias]
    cells = {nn.LSTM: "lstm", nn.GRU: "gru", nn.RNN: "simple_rnn"}
    cell = next((name for kind, name in cells.items() if isinstance(module, kind)), None)
    if cell is None or not isinstance(module, nn.Recurrent):
        raise TypeError(
            f"module: expected an LSTM, GRU, RNN, Linear or Embedding; got {type(module).__name__}"
        )
    forms = ("peephole", "coupled", "proj_size", "layer_norm")
    if any(getattr(module, name, False) for name in forms) or any(module.zoneout):
        raise ValueError(
            f"module: expected a layer that Keras has, without peepholes, coupled gates, "
            f"projection, layer norm and zoneout; got {type(module).__name__}"
            f"({module.extra_repr()})"
        )
    two_biases = isinstance(module, nn.GRU) and module.reset_after
    state, stack = module.state_dict(), module.stack
    layers = [
        [
            array
            for suffix in ("", "_reverse")[: stack.directions]
            for array in _columns_of(GATES[cell], state, f"_l{k}{suffix}", two_biases)
        ]
        for k in range(stack.num_layers)
    ]
    return layers[0] if len(layers) == 1 else layers


def _columns_of(
    gates: Sequence[int], state: dict[str, Array], suffix: str, two_biases: bool
) -> list[Array]:
    """Keras' arrays of one layer in one direction."""
    matrices = [_reordered(state[f"weight_{kind}{suffix}"], gates).T for kind in ("ih", "hh")]
    arrays = [np.ascontiguousarray(matrix) for matrix in matrices]
    if f"bias_ih{suffix}" in state:
        b_ih, b_hh = (_reordered(state[f"bias_{kind}{suffix}"], gates) for kind in ("ih", "hh"))
        arrays.append(np.stack([b_ih, b_hh]) if two_biases else b_ih + b_hh)
    return arrays
