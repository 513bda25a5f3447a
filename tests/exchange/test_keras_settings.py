"""Settings of Keras' that change what a layer computes are taken over or refused."""

from __future__ import annotations

import numpy as np
import pytest

import pyrnn
from pyrnn.exchange import Dense


class Layer:
    """What `from_keras` reads of a layer of Keras': class, name, config, weights."""

    def __init__(self, name, config, weights):
        self.name, self.config, self.weights = name, config, weights

    def get_config(self):
        return self.config

    def get_weights(self):
        return self.weights


def layer(kind, name=None, weights=None, **config):
    made = type(kind, (Layer,), {})
    return made(name or kind.lower(), config, zeros(kind) if weights is None else weights)


def model(*layers, name="model"):
    made = type("Sequential", (Layer,), {"layers": layers})
    return made(name, {}, [])


def zeros(kind):
    shapes = {
        "LSTM": [(3, 20), (5, 20), 20],
        "GRU": [(3, 15), (5, 15), (2, 15)],
        "SimpleRNN": [(3, 5), (5, 5), 5],
        "Embedding": [(7, 3)],
        "Dense": [(5, 2), 2],
        "Conv1D": [(3, 5, 2), 2],
    }
    return [np.zeros(shape, "float32") for shape in shapes.get(kind, [])]


def inner(kind, **config):
    return {"class_name": kind, "config": config}


def test_defaults_are_taken():
    assert repr(pyrnn.from_keras(layer("LSTM", activation="tanh", recurrent_activation="sigmoid")))
    rnn = pyrnn.from_keras(layer("SimpleRNN", activation="relu"))
    assert rnn.nonlinearity == "relu"


@pytest.mark.parametrize(
    "activation",
    [
        "sigmoid",
        {"class_name": "function", "config": "sigmoid"},
        {"class_name": "function", "config": {"name": "sigmoid"}},
    ],
)
def test_an_activation_in_any_of_keras_spellings(activation):
    assert pyrnn.from_keras(layer("SimpleRNN", activation=activation)).nonlinearity == "sigmoid"
    dense = pyrnn.from_keras(layer("Dense", activation=activation))
    assert isinstance(dense, Dense)
    assert dense.activation == "sigmoid"


def test_a_gru_without_biases_follows_its_setting():
    for reset_after in (True, False):
        gru = pyrnn.from_keras(layer("GRU", weights=zeros("GRU")[:2], reset_after=reset_after))
        assert gru.reset_after is reset_after


def test_what_only_training_does_can_be_left_out():
    for name in ("dropout", "recurrent_dropout"):
        source = layer("LSTM", **{name: 0.2})
        with pytest.raises(ValueError, match=rf"{name}: expected 0; got 0.2 .it acts"):
            pyrnn.from_keras(source)
        assert pyrnn.from_keras(source, ignore_dropout=True).hidden_size == 5


def test_wrappers():
    both = [*zeros("LSTM"), *zeros("LSTM")]
    lstm = pyrnn.from_keras(layer("Bidirectional", weights=both, layer=inner("LSTM")))
    assert lstm.stack.bidirectional
    backward = inner("LSTM", go_backwards=True)
    pyrnn.from_keras(
        layer("Bidirectional", weights=both, layer=inner("LSTM"), backward_layer=backward)
    )
    dense = layer("TimeDistributed", weights=zeros("Dense"), layer=inner("Dense"))
    assert pyrnn.from_keras(dense).out_features == 2


def test_mask_zero_warns():
    with pytest.warns(UserWarning, match=r"embedding: mask_zero=True: .* lengths"):
        pyrnn.from_keras(layer("Embedding", mask_zero=True))


def test_a_model_with_a_model_in_it():
    nested = model(layer("LSTM", "reader"), name="encoder")
    found = pyrnn.from_keras(model(layer("Embedding", "table"), nested, layer("Dropout", "drop")))
    assert list(found) == ["table", "encoder.reader"]


def test_one_dtype_for_all_layers():
    wide = [array.astype("float64") for array in zeros("Dense")]
    found = pyrnn.from_keras(model(layer("LSTM"), layer("Dense", weights=wide)))
    assert {str(next(module.parameters()).dtype) for module in found.values()} == {"float64"}


def both(kind="LSTM", **config):
    weights = [*zeros("LSTM"), *zeros("LSTM")]
    return layer("Bidirectional", weights=weights, **{"layer": inner(kind), **config})


REFUSED = {
    "hard sigmoid": (
        layer("LSTM", recurrent_activation="hard_sigmoid"),
        r"lstm \(LSTM\): recurrent_activation: expected sigmoid; got 'hard_sigmoid'",
    ),
    "activation": (
        layer("GRU", activation="relu"),
        r"gru \(GRU\): activation: expected tanh; got 'relu'",
    ),
    "simple": (layer("SimpleRNN", activation="elu"), "expected tanh or relu or sigmoid; got 'elu'"),
    "dense": (
        layer("Dense", activation="gelu"),
        r"dense \(Dense\): activation: expected linear, .* 'gelu'",
    ),
    "backwards": (layer("LSTM", go_backwards=True), "go_backwards: expected False; .*reversed"),
    "time": (layer("LSTM", time_major=True), "time_major: expected False"),
    "merge mode": (both(merge_mode="sum"), "merge_mode: expected concat; got 's"),
    "no merge": (both(merge_mode=None), "merge_mode: expected concat; got None"),
    "another backward layer": (
        both(backward_layer=inner("GRU", go_backwards=True)),
        "backward_layer: expected LSTM; got 'GRU'",
    ),
    "backward layer's activation": (
        both(backward_layer=inner("LSTM", go_backwards=True, activation="relu")),
        "activation: expected tanh",
    ),
    "backward layer's biases": (
        both(
            layer=inner("LSTM", use_bias=True),
            backward_layer=inner("LSTM", go_backwards=True, use_bias=False),
        ),
        "backward_layer: use_bias: expected True, as forward",
    ),
    "no inner layer": (
        layer("Bidirectional", weights=zeros("LSTM")),
        "expected the config of a la",
    ),
    "unknown wrapped": (both("ConvLSTM1D"), "layers alone; got bidirectional .Bidirectional."),
    "unknown": (
        model(layer("LSTM"), layer("Conv1D", "conv")),
        r"layers alone; got conv \(Conv1D\) .strict=False",
    ),
    "none": (model(layer("Dropout")), r"Dense layers; got dropout \(Dropout\)"),
    "empty": (model(), "Dense layers; got none"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_like_is_refused(case):
    source, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        pyrnn.from_keras(source)


def test_unknown_layers_can_be_passed_over():
    found = pyrnn.from_keras(model(layer("LSTM"), layer("Conv1D")), strict=False)
    assert found.hidden_size == 5


@pytest.mark.parametrize(
    "options",
    [{"cell": "lstm"}, {"bidirectional": True}, {"reset_after": True}, {"activation": "tanh"}],
    ids=str,
)
def test_a_model_describes_itself(options):
    name = next(iter(options))
    with pytest.raises(ValueError, match=f"{name}: expected none beside a file or model"):
        pyrnn.from_keras(layer("LSTM"), **options)
