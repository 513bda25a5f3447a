"""Wrong calls of optimizers, schedules, data, training options, models and decoding."""

from __future__ import annotations

import numpy as np

from pyrnn import nn, optim
from pyrnn.data import (
    ByteTokenizer,
    CharacterTokenizer,
    EvaluationStreams,
    TrainingStreams,
    Vocabulary,
    split_text,
    tokenizer_for,
)
from pyrnn.decoding import Greedy, Sampling, probabilities, until
from pyrnn.models import LanguageModel, LanguageModelConfig, LanguageModelOptions
from pyrnn.training import TrainingOptions

from .refusal import Row, expect, table

nan, inf = float("nan"), float("inf")
LIN = nn.Linear(3, 2, rng=0)
OTHER = nn.Linear(4, 2, rng=0)
RNG = np.random.default_rng(0)
IDS = np.arange(100)
LOGITS = np.zeros((2, 5))
VOCABULARY = Vocabulary(["a", "b"])
MODEL = LanguageModel.for_text("to be or not", LanguageModelConfig(hidden_size=4))


def sgd(**options: object) -> optim.SGD:
    return optim.SGD(LIN.parameters(), **options)


def read_twice() -> None:
    parameters = LIN.parameters()
    optim.SGD(parameters)
    optim.SGD(parameters)


def step(gradient: object) -> None:
    parameter = nn.Parameter([1.0, 2.0])
    parameter.grad = np.asarray(gradient, "f4")
    optim.Adam([("p", parameter)]).step()


def clip(norm: object) -> None:
    parameter = nn.Parameter([1.0])
    parameter.grad = np.asarray([nan], "f4")
    optim.clip_grad_norm([parameter], norm)


def foreign_state() -> dict[str, object]:
    OTHER.weight.grad = np.ones((2, 4), "f4")
    other = optim.Adam(OTHER.parameters())
    other.step()
    return other.state_dict()


# fmt: off
OPTIMIZERS: list[Row] = [
    ("optim.SGD(LIN)", TypeError, "parameters: expected an iterable of parameters ... got Linear"),
    ("optim.SGD([])", ValueError, "parameters: expected at least one; got none"),
    ("read_twice()", ValueError, "parameters: expected at least one; got none (a generator can be"),
    ("optim.SGD([np.ones(3)])", TypeError, "parameters: expected Parameter ... got ndarray at position"),
    ("optim.SGD(LIN.state_dict())", TypeError, "parameters: expected Parameter ... got str at position"),
    ("sgd(lr=nan)", ValueError, "lr: expected a number of at least 0; got nan"),
    ("sgd(lr=-0.1)", ValueError, "lr: expected a number of at least 0; got -0.1"),
    ("sgd(lr='fast')", TypeError, "lr: expected a number; got str 'fast'"),
    ("sgd(momentum=inf)", ValueError, "momentum: expected a number of at least 0; got inf"),
    ("sgd(nesterov=True)", ValueError, "momentum: expected more than 0 with nesterov=True; got 0"),
    ("sgd(weight_decay=-1)", ValueError, "weight_decay: expected a number of at least 0; got -1"),
    ("optim.Adam(LIN.parameters(), betas=0.9)", ValueError, "betas: expected a pair ... got 0.9"),
    ("optim.Adam(LIN.parameters(), betas=(0.9, 1))", ValueError, "betas[1]: ... less than 1; got 1"),
    ("optim.Adam(LIN.parameters(), eps=nan)", ValueError, "eps: expected a number of at least 0; got nan"),
    ("optim.RMSprop(LIN.parameters(), alpha=2)", ValueError, "alpha: ... less than 1; got 2"),
    ("step([1, nan])", FloatingPointError, "gradient of parameter 0 (p): expected finite numbers; got"),
    ("clip(1)", FloatingPointError, "gradient of parameter 0: expected finite numbers; got nan or"),
    ("clip(0)", ValueError, "max_norm: expected a number of more than 0; got 0"),
    ("clip('1')", TypeError, "max_norm: expected a number; got str '1'"),
    ("optim.clip_grad_norm(LIN, 1)", TypeError, "parameters: expected an iterable ... got Linear"),
    ("optim.clip_grad_norm(LIN.named_parameters(), 1)", TypeError, "parameters: ... got tuple at position"),
    ("optim.clip_grad_value(LIN.parameters(), nan)", ValueError, "clip_value: expected ... got nan"),
    ("sgd().load_state_dict(None)", TypeError, "state: expected a mapping ... got NoneType"),
    ("sgd().load_state_dict({})", ValueError, "state: expected that of SGD; ['lr', ... 'steps', ... missing"),
    ("optim.Adam(LIN.parameters()).load_state_dict(foreign_state())", ValueError, "state: ... got float32"),
    ("optim.StepLR(sgd(), 0)", ValueError, "step_size: expected an integer of at least 1; got 0"),
    ("optim.StepLR(sgd(), 1.5)", TypeError, "step_size: expected an integer; got float 1.5"),
    ("optim.StepLR(LIN, 2)", TypeError, "optimizer: expected an Optimizer; got Linear"),
    ("optim.ExponentialLR(sgd(), nan)", ValueError, "gamma: expected a number of at least 0; got nan"),
    ("optim.CosineLR(sgd(), T_max=-1)", ValueError, "T_max: expected an integer ... got -1"),
    ("optim.WarmUp(LIN, 5)", TypeError, "schedule: expected a Schedule or an Optimizer; got Linear"),
    ("optim.WarmUp(sgd(), 5, 2)", ValueError, "start_factor: ... at least 0 and at most 1; got 2"),
    ("optim.ReduceOnPlateau(sgd(), mode='low')", ValueError, "mode: expected 'min' or ... got 'low'"),
    ("optim.ReduceOnPlateau(sgd()).step()", ValueError, "metric: expected a finite number; got None"),
    ("optim.ReduceOnPlateau(sgd()).step(nan)", ValueError, "metric: expected a finite number ... got"),
    ("optim.ReduceOnPlateau(sgd()).step('low')", TypeError, "metric: expected a number; got str 'low"),
    ("optim.StepLR(sgd(), 2).load_state_dict(3)", TypeError, "state: expected a mapping ... got int"),
    ("optim.StepLR(sgd(), 2).load_state_dict({})", ValueError, "state: expected the entries ... got"),
]

DATA: list[Row] = [
    ("TrainingStreams([1, 2, 3], 1, 1)", TypeError, "ids: expected an int64 array (N,); got list"),
    ("TrainingStreams(IDS.astype('i4'), 1, 1)", ValueError, "ids: expected int64 ... got int32 of shape"),
    ("TrainingStreams(IDS[None], 1, 1)", ValueError, "ids: expected int64 ... got int64 of shape (1,"),
    ("TrainingStreams(IDS, 0, 1)", ValueError, "batch_size: expected an integer of at least 1; got 0"),
    ("TrainingStreams(IDS, 2.5, 1)", TypeError, "batch_size: expected an integer; got float 2.5"),
    ("TrainingStreams(IDS, 2, '8')", TypeError, "steps: expected an integer; got str '8'"),
    ("TrainingStreams(IDS, 2, 8, shift=-1)", ValueError, "shift: expected an integer of at least 0; got -1"),
    ("TrainingStreams(IDS, 2, 8).epoch(-1)", ValueError, "number: expected an integer of at least 0; got -1"),
    ("TrainingStreams(IDS, 2, 8).epoch(0, 0.5)", TypeError, "start: expected an integer; got float"),
    ("EvaluationStreams(IDS, 2, 8, context=-1)", ValueError, "context: expected an integer of at least 0; got -1"),
    ("Vocabulary([])", ValueError, "tokens: expected at least one token; got none"),
    ("Vocabulary(['a', 'a'])", ValueError, "tokens: expected distinct tokens; got 'a' more than once"),
    ("Vocabulary(['a', 7])", TypeError, "tokens: expected strings; got int 7 at position 1"),
    ("Vocabulary(['a'], unknown='b')", ValueError, "unknown: expected one of the tokens; got 'b'"),
    ("VOCABULARY.token(2)", ValueError, "id: expected an integer of at least 0 and at most 1; got 2"),
    ("VOCABULARY.token('a')", TypeError, "id: expected an integer; got str 'a'"),
    ("ByteTokenizer().decode([300])", ValueError, "id: expected 0 to 255; got 300"),
    ("ByteTokenizer().encode(b'abc')", TypeError, "text: expected a string; got bytes"),
    ("CharacterTokenizer(VOCABULARY).encode(None)", TypeError, "text: expected a string; got NoneType"),
    ("tokenizer_for('text', 'letters')", ValueError, "unit: expected one of ... got 'letters'"),
    ("tokenizer_for('')", ValueError, "text: expected at least one character; got an empty text"),
    ("tokenizer_for(3)", TypeError, "text: expected a string; got int"),
    ("split_text('abc', (0.5, 0.5))", ValueError, "shares: expected three numbers ... got (0.5, 0.5"),
    ("split_text('abc', (nan, 0.5, 0.5))", ValueError, "shares: expected three ... got (nan, 0.5,"),
]

DECODING: list[Row] = [
    ("Greedy()(LOGITS[0])", ValueError, "logits: expected shape (B, V) with V > 0; got (5,)"),
    ("Greedy()(LOGITS * nan)", ValueError, "logits: expected a finite ... got nan or infinity"),
    ("Greedy()(LOGITS.astype('O'))", TypeError, "logits: expected an array of real numbers; got dtype"),
    ("Sampling(0)", TypeError, "rng: expected a numpy.random.Generator; got int 0"),
    ("Sampling(RNG, temperature=-1)", ValueError, "temperature: expected ... at least 0; got -1"),
    ("Sampling(RNG, temperature=nan)", ValueError, "temperature: expected ... at least 0; got nan"),
    ("Sampling(RNG, top_k=0)", ValueError, "top_k: expected an integer of at least 1; got 0"),
    ("probabilities(LOGITS, top_p=1.5)", ValueError, "top_p: expected ... at most 1; got 1.5"),
    ("until([], ['a', ''])", ValueError, "stop: expected strings of at least one character; got an"),
    ("until([], 7)", TypeError, "stop: expected a string or several; got 7"),
]

MODELS: list[Row] = [
    ("TrainingOptions(learning_rate=nan)", ValueError, "learning_rate: ... more than 0; got nan"),
    ("TrainingOptions(learning_rate='1e-3')", ValueError, "learning_rate: ... got '1e-3'"),
    ("TrainingOptions(batch_size=0)", ValueError, "batch_size: ... of at least 1; got 0"),
    ("LanguageModelOptions(bptt=2.0)", ValueError, "bptt: expected a whole number ... got 2.0"),
    ("LanguageModelOptions(bptt=0)", ValueError, "bptt: expected a whole number ... got 0"),
    ("TrainingOptions(epochs=True)", ValueError, "epochs: expected a whole number ... got True"),
    ("TrainingOptions(clip_norm=-1)", ValueError, "clip_norm: expected ... at least 0, 0 for none; got -1"),
    ("LanguageModelOptions(shift='no')", ValueError, "shift: expected true or false; got 'no'"),
    ("TrainingOptions(optimizer='lion')", ValueError, "optimizer: expected one of ... got 'lion'"),
    ("TrainingOptions(optimizer_options=[1])", ValueError, "optimizer_options: ... got [1]"),
    ("TrainingOptions(schedule=None)", ValueError, "schedule: expected one of ... got None"),
    ("LanguageModelConfig(hidden_size=0)", ValueError, "hidden_size: ... at least 1; got 0"),
    ("LanguageModelConfig(tied='yes')", ValueError, "tied: expected true or false; got 'yes'"),
    ("LanguageModelConfig(dropout_input=nan)", ValueError, "dropout_input: ... got nan"),
    ("LanguageModelConfig(dropout_between=0.5)", ValueError, "dropout_between: expected 0 ... got 0"),
    ("LanguageModelConfig(cell='elman')", ValueError, "cell: expected one of rnn_tanh, ... got 'elman'"),
    ("LanguageModelConfig(unit='bytes', lowercase=True)", ValueError, "lowercase: ... got True"),
    ("LanguageModel('abc')", TypeError, "config: expected LanguageModelConfig(...) or None; got 'abc'"),
    ("LanguageModel(tokenizer='abc')", TypeError, "tokenizer: expected a Tokenizer; got 'abc'"),
    ("LanguageModel(tokenizer=ByteTokenizer())", ValueError, "tokenizer: ... of characters; got bytes"),
    ("LanguageModel.for_text('abc', {'hidden_size': 3})", TypeError, "config: ... got {'hidden_size"),
    ("LanguageModel.for_text('')", ValueError, "text: expected at least one character to train on; got none"),
    ("MODEL.fit('to be', options={'epochs': 3})", TypeError, "options: expected LanguageModelOptions(...) or None; got"),
    ("MODEL.fit('to be', options=TrainingOptions())", TypeError, "options: expected LanguageModelOptions"),
    ("MODEL.fit(b'to be or not')", TypeError, "text: expected one string; got bytes"),
    ("MODEL.fit('to be or not', valid=1.5)", ValueError, "valid: expected ... less than 1; got 1.5"),
    ("MODEL.fit('to be or not', valid=[0.5])", TypeError, "valid: expected a share of the data, a tuple of data ... got list"),
    ("MODEL.fit('to be or not', batch_size=2, patience=1)", ValueError, "patience: expected validation data ... none"),
    ("MODEL.predict('to be')", TypeError, "inputs: expected a list of inputs; got str"),
    ("MODEL.score('t')", ValueError, "text: expected at least 2 tokens to score; got 1"),
    ("MODEL.score(12)", TypeError, "text: expected a string; got int"),
    ("MODEL.generate('to', -1)", ValueError, "length: expected an integer ... got -1"),
    ("MODEL.generate('to', 2.5)", TypeError, "length: expected an integer; got float 2.5"),
    ("MODEL.generate('to', top_k=-1)", ValueError, "top_k: expected an integer ... got -1"),
    ("MODEL.generate('to', seed='x')", TypeError, "seed: expected an integer; got str 'x'"),
    ("MODEL.generate('to', stop=5)", TypeError, "stop: expected a string or several; got 5"),
]
# fmt: on


@table(OPTIMIZERS + DATA + DECODING + MODELS)
def test_refused(call: str, error: type[Exception], message: str) -> None:
    expect(call, error, message, globals())
