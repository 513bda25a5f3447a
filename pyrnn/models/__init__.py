"""Ready-made models: a family is one file or folder, and one line in families.py.

families.py        THE list; load: a model of any family
model.py           what all families share, a part a file:
                   family.py, evaluation.py, fitting.py, storage.py
report.py          how well a model does, and where it errs
stack_settings.py  what the settings of models with a recurrent stack share
supervised.py      what families share whose data are inputs and targets
tabular.py         what families share whose examples stand in files and tables
by_position.py     lists of other libraries, as lists
examples.py        inputs with their targets and what stands beside them, and their batches
places.py          where examples stand in their files
sequence/          what the families share that read a sequence and say something of it
encoders/          what reads a sequence
language_model/    LanguageModel: text -> the next token
classifier/        SequenceClassifier: sequence -> a label, or several
regressor/         SequenceRegressor: sequence -> numbers
tagger/            SequenceTagger: words or frames -> a label for each
writing/           what the families share that write a text
seq2seq/           Seq2Seq: sequence -> a text
transcriber/       Transcriber: frames -> a text, unaligned
captioner/         Captioner: a vector, a class or both -> a text
forecaster/        Forecaster: series -> their future
"""

from __future__ import annotations

from pyrnn.files.model_folder import ModelFolderError
from pyrnn.models.captioner import Caption, Captioner, CaptionerConfig, CaptionerOptions
from pyrnn.models.classifier import (
    ClassifierConfig,
    ClassifierOptions,
    SequenceClassifier,
)
from pyrnn.models.examples import Examples
from pyrnn.models.families import FAMILIES, family, load
from pyrnn.models.forecaster import Forecast, Forecaster, ForecasterConfig, ForecasterOptions
from pyrnn.models.language_model import LanguageModel, LanguageModelConfig, LanguageModelOptions
from pyrnn.models.language_model.completion import Completer, Completion
from pyrnn.models.language_model.network import LanguageNetwork
from pyrnn.models.language_model.score import Score
from pyrnn.models.model import Model
from pyrnn.models.regressor import RegressorConfig, SequenceRegressor
from pyrnn.models.report import Report
from pyrnn.models.seq2seq import Decoding, Seq2Seq, Seq2SeqConfig, Seq2SeqOptions, Translation
from pyrnn.models.sequence.options import SequenceOptions
from pyrnn.models.tagger import SequenceTagger, TaggerConfig, TaggerOptions
from pyrnn.models.transcriber import (
    PartialText,
    Transcriber,
    TranscriberConfig,
    TranscriberDecoding,
    Transcription,
    TranscriptionPool,
    TranscriptionStream,
)
from pyrnn.training import RunResult

__all__ = [
    "FAMILIES",
    "family",
    "load",
    "Model",
    "Report",
    "Examples",
    "SequenceOptions",
    "SequenceClassifier",
    "ClassifierConfig",
    "ClassifierOptions",
    "SequenceRegressor",
    "Seq2Seq",
    "Seq2SeqConfig",
    "Seq2SeqOptions",
    "Decoding",
    "Translation",
    "Captioner",
    "CaptionerConfig",
    "CaptionerOptions",
    "Caption",
    "RegressorConfig",
    "Forecaster",
    "ForecasterConfig",
    "ForecasterOptions",
    "Forecast",
    "SequenceTagger",
    "TaggerConfig",
    "TaggerOptions",
    "Transcriber",
    "TranscriberConfig",
    "TranscriberDecoding",
    "Transcription",
    "TranscriptionStream",
    "TranscriptionPool",
    "PartialText",
    "LanguageModel",
    "LanguageModelConfig",
    "LanguageModelOptions",
    "LanguageNetwork",
    "Score",
    "Completion",
    "Completer",
    "RunResult",
    "ModelFolderError",
]
