"""pyrnn: recurrent networks at the speed of the machine, in one small install.

    pyrnn.Tensor, pyrnn.no_grad          arrays that remember how they were computed
    pyrnn.nn                             layers: LSTM, GRU, RNN, Embedding, Linear, losses ...
    pyrnn.optim                          SGD, RMSprop, Adam, AdamW, schedules, clipping
    pyrnn.functional                     the same arithmetic without modules
    pyrnn.data, pyrnn.training           text, batches; the training loop
    pyrnn.decoding, pyrnn.models         sampling, beam search; ready-made models
    pyrnn.diagnostics, pyrnn.plots       how gradients flow back through time; pictures
    pyrnn.load                           a model that was saved, of any kind
    pyrnn.Stream, pyrnn.StreamPool       a trained stack, one step at a time
    pyrnn.from_torch, from_keras, export weights of other libraries, and weights for them
    pyrnn.set_num_threads(n)             how many threads the kernels may use
    pyrnn.set_cache_limit(size)          how much freed memory is kept; empty_cache() gives it back
    pyrnn.build_config()                 what was built, and what runs on this machine

Subpackages load when they are first used, so that importing pyrnn adds next to nothing to importing
NumPy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

try:
    from pyrnn.autograd import Tensor, no_grad
    from pyrnn.autograd.foreign_names import PACKAGE, words_for
    from pyrnn.kernels.missing_names import missing
    from pyrnn.kernels.native import (
        build_config,
        empty_cache,
        get_cache_limit,
        get_num_threads,
        set_cache_limit,
        set_num_threads,
    )
except ImportError as error:
    from pyrnn.environment import end_the_command

    end_the_command(error)
    raise

if TYPE_CHECKING:
    from pyrnn import (
        autograd,
        data,
        decoding,
        diagnostics,
        exchange,
        functional,
        kernels,
        models,
        nn,
        optim,
        plots,
        streaming,
        training,
    )
    from pyrnn.exchange import export, from_keras, from_torch, to_keras
    from pyrnn.models import load
    from pyrnn.streaming import Stream, StreamPool

__version__ = "0.1.0"

__all__ = [
    "Tensor",
    "no_grad",
    "set_num_threads",
    "get_num_threads",
    "set_cache_limit",
    "get_cache_limit",
    "empty_cache",
    "build_config",
    "load",
    "Stream",
    "StreamPool",
    "from_torch",
    "from_keras",
    "to_keras",
    "export",
    "__version__",
    # subpackages: the names that the module does not hold until they are asked for
    "autograd",
    "data",
    "decoding",
    "diagnostics",
    "exchange",
    "functional",
    "kernels",
    "models",
    "nn",
    "optim",
    "plots",
    "streaming",
    "training",
]


# functions that load when they are used, and where they are
_FUNCTIONS = {
    "load": "pyrnn.models",
    "Stream": "pyrnn.streaming",
    "StreamPool": "pyrnn.streaming",
    "from_torch": "pyrnn.exchange",
    "from_keras": "pyrnn.exchange",
    "to_keras": "pyrnn.exchange",
    "export": "pyrnn.exchange",
}


def __getattr__(name: str) -> Any:
    if name in _FUNCTIONS:
        return getattr(importlib.import_module(_FUNCTIONS[name]), name)
    if name in __all__:
        return importlib.import_module(f"pyrnn.{name}")
    raise missing("pyrnn", name, words_for(name, PACKAGE))


def __dir__() -> list[str]:
    return __all__
