"""Modules out of what Keras has: a file, a model, a layer, or the arrays of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pyrnn import nn
from pyrnn.exchange.floats import as_floats, widest
from pyrnn.exchange.keras_file import read_keras
from pyrnn.exchange.keras_layers import GATES, LAYERS, Options, module_of
from pyrnn.exchange.keras_settings import KerasLayer, convert, is_known


def from_keras(
    source: Any,
    cell: str | None = None,
    *,
    bidirectional: bool = False,
    reset_after: bool | None = None,
    activation: str | None = None,
    batch_first: bool = True,
    ignore_dropout: bool = False,
    dtype: Any = None,
    rng: Any = None,
    strict: bool = True,
) -> Any:
    """The LSTM, GRU, SimpleRNN, Embedding and Dense layers of Keras as modules, with their weights.

    Kernels are transposed and gates put into PyTorch's order. A GRU takes its form from Keras':
    reset_after=True (two rows of biases) or False. Keras itself is not needed.

    Args:
        source: one of

            - the path of a .keras file, of a .weights.h5, or of an .h5 that Keras 2 wrote; h5py
              must be installed;
            - a model or a layer of Keras';
            - what a layer's ``get_weights()`` gives, with ``cell``; or, for a stack, a list of such
              lists, one for each layer.

        cell: of arrays: "lstm", "gru", "simple_rnn", "embedding" or "dense".
        bidirectional: of arrays: whether they are those of a Bidirectional, all forward before all
            backward ones.
        reset_after: of a GRU without biases, whose arrays do not tell; default True, as in Keras.
        activation: of a "simple_rnn" (default tanh; relu and sigmoid are the others) or of a
            "dense" (default none).
        batch_first: whether recurrent layers take and give (B, T, ·), as Keras' do; default yes.
        ignore_dropout: take layers with dropout or recurrent_dropout, which act in training alone,
            without it; default: an error.
        dtype: float32 or float64; None (default): float64 if any array is, else float32.
        rng: generator or seed; nothing here draws from it but the modules' own first values.
        strict: every layer with weights must be one of those. False passes over the others.

    Files and models say themselves what cell, bidirectional, reset_after and activation would say;
    a .weights.h5 says nothing of reset_after and activation: Keras' defaults are taken, a Dense of
    such a file is linear. Bidirectional (merge_mode="concat") and TimeDistributed(Dense) are known.
    A Dense with an activation becomes a `pyrnn.exchange.Dense`. Layers without weights, as Dropout
    and Masking, are left out: what calls what is yours to write. Every module gives all steps and
    the state, whatever return_sequences and return_state say.

    Returns the module if there is one; else {name of the layer: module}.

    Raises:
        ValueError: a setting that the layers here have not (recurrent_activation="hard_sigmoid",
            go_backwards ...), arrays of another number or shape, a file that is damaged or no file
            of Keras'. TypeError: an array that holds no floats. ImportError: h5py is missing.
    Warns:
        UserWarning: an Embedding has mask_zero=True; the lengths are to be given in its place.

    >>> import numpy, pyrnn
    >>> kernel, recurrent, bias = numpy.zeros((3, 15)), numpy.zeros((5, 15)), numpy.zeros((2, 15))
    >>> pyrnn.from_keras([kernel, recurrent, bias], cell="gru", dtype="float32")
    GRU(3, 5, batch_first=True)  # x (B, T, 3) -> y (B, T, 5), h (1, B, 5); 150 parameters
    """
    options = Options(bidirectional, reset_after, activation, batch_first, dtype, rng)
    if isinstance(source, list | tuple):
        return _of_arrays(source, cell, options)
    if isinstance(source, str | Path):
        layers, described = read_keras(source)
    elif hasattr(source, "get_weights") and hasattr(source, "get_config"):
        layers, described = list(_of_model(source)), True
    else:
        raise TypeError(
            "source: expected a path, a model or layer of Keras', or a list of arrays; "
            f"got {type(source).__name__}"
        )
    _refuse_options(cell, options, described)
    modules = _convert(layers, options, ignore_dropout, strict)
    return next(iter(modules.values())) if len(modules) == 1 else modules


def _of_arrays(source: Sequence[Any], cell: str | None, options: Options) -> nn.Module:
    """A module out of get_weights' list, or of a stack's list of them."""
    if cell not in LAYERS:
        raise ValueError(
            f"cell: expected one of {', '.join(LAYERS)} beside a list of arrays; got {cell!r}"
        )
    if not source:
        raise ValueError("source: expected the arrays of a layer; got an empty list")
    if cell not in GATES and options.bidirectional:
        raise ValueError(f"bidirectional: expected a recurrent cell; got {cell!r}")
    if cell not in ("simple_rnn", "dense") and options.activation not in (None, "tanh"):
        raise ValueError(
            f"activation: expected tanh, the only one of a {cell} here; got {options.activation!r}"
        )
    stack = source if isinstance(source[0], list | tuple) else [source]
    return module_of("source", str(cell), stack, options)


def _of_model(source: Any, above: str = "") -> Iterator[KerasLayer]:
    """The layers of a model of Keras', and of the models in it."""
    if not hasattr(source, "layers"):
        kind = type(source).__name__
        yield KerasLayer(above + source.name, kind, source.get_config(), source.get_weights())
        return
    for layer in source.layers:
        yield from _of_model(
            layer, above if not hasattr(layer, "layers") else f"{above}{layer.name}."
        )


def _refuse_options(cell: str | None, options: Options, described: bool) -> None:
    given: dict[str, Any] = {"cell": cell, "bidirectional": options.bidirectional or None}
    if described:
        given |= {"reset_after": options.reset_after, "activation": options.activation}
    for name, value in given.items():
        if value is not None:
            raise ValueError(
                f"{name}: expected none beside a file or model, which says that itself; "
                f"got {value!r}"
            )


def _convert(
    layers: Sequence[KerasLayer], options: Options, ignore_dropout: bool, strict: bool
) -> dict[str, nn.Module]:
    """All layers that are known, in one dtype: what one gives, another takes."""
    known = _known(layers, strict)
    for i, layer in enumerate(known):
        if not len(layer.weights):
            raise ValueError(
                f"{layer.name} ({layer.kind}): expected weights; got none (a model of Keras' has "
                "them once it has been built, by its first call at the latest)"
            )
        arrays = [as_floats(f"{layer.name}[{j}]", array) for j, array in enumerate(layer.weights)]
        known[i] = layer._replace(weights=arrays)
    if options.dtype is None:
        options = options._replace(dtype=widest(a for layer in known for a in layer.weights))
    return {layer.name: convert(layer, options, ignore_dropout) for layer in known}


def _known(layers: Sequence[KerasLayer], strict: bool) -> list[KerasLayer]:
    """The layers that have their like here; no others with weights, if strict."""
    known = [layer for layer in layers if is_known(layer)]
    others = [layer for layer in layers if not is_known(layer)]
    unknown = [f"{layer.name} ({layer.kind})" for layer in others if len(layer.weights)]
    if unknown and strict:
        raise ValueError(
            "source: expected LSTM, GRU, SimpleRNN, Embedding and Dense layers alone; got "
            f"{', '.join(unknown[:8])}{' ...' if len(unknown) > 8 else ''} (strict=False passes "
            "over them)"
        )
    if not known:
        raise ValueError(
            "source: expected LSTM, GRU, SimpleRNN, Embedding or Dense layers; got "
            f"{', '.join(f'{layer.name} ({layer.kind})' for layer in layers[:8]) or 'none'}"
        )
    return known
