"""What stands here for names that PyTorch's modules and its torch.nn have."""

from __future__ import annotations

_DTYPE = "a layer has the dtype that it is made with, dtype='float32' or 'float64'"
_DEVICE = "there is no device to choose, pyrnn computes on the CPU; leave the call out"
_TREE = "dict(module.named_modules())[path] is the module there"

# Attributes of modules
MODULE = {
    "to": f"{_DTYPE}; {_DEVICE}",
    "cpu": _DEVICE,
    "cuda": _DEVICE,
    "device": _DEVICE,
    "float": _DTYPE,
    "double": _DTYPE,
    "half": _DTYPE,
    "bfloat16": _DTYPE,
    "type": _DTYPE,
    "register_buffer": "assign the array to an attribute, self.name = array (no state_dict has it)",
    "buffers": "modules have parameters() alone",
    "named_buffers": "modules have named_parameters() alone",
    "register_parameter": "assign it to an attribute, self.name = nn.Parameter(array)",
    "add_module": "assign it to an attribute, setattr(self, name, module)",
    "register_module": "assign it to an attribute, setattr(self, name, module)",
    "apply": "write a loop, for layer in module.modules(): ...",
    "get_submodule": _TREE,
    "get_parameter": "dict(module.named_parameters())[name] is the parameter of that name",
    "register_forward_hook": "there are no hooks; write it into forward",
    "register_forward_pre_hook": "there are no hooks; write it into forward",
    "register_full_backward_hook": "there are no hooks; see pyrnn.diagnostics.gradient_norms",
    "flatten_parameters": "weights are packed by themselves; leave the call out",
    "compile": "there is nothing to compile; leave the call out",
    "share_memory": "see docs/threads.md for threads and processes",
    "reset_parameters": "make the layer anew, with init= and rng=",
    "count_params": "num_parameters() counts them",
    "trainable_variables": "parameters() lists them",
    "get_weights": "state_dict() gives them by name",
    "set_weights": "load_state_dict() takes them by name",
}

# Names in pyrnn.nn
PACKAGE = {
    "utils": "pyrnn.optim.clip_grad_norm and clip_grad_value clip; layers take lengths= in place of"
    " packed sequences, and pyrnn.data.pad fills up",
    "functional": "it is pyrnn.functional",
    "init": "layers take init= and rng=; parameter.assign(array) sets other values",
    "ModuleDict": "assign each module to an attribute, or use nn.ModuleList",
    "ParameterList": "assign each parameter to an attribute, setattr(self, f'weight_{i}', p)",
    "ParameterDict": "assign each parameter to an attribute, setattr(self, name, p)",
    "NLLLoss": "nn.CrossEntropyLoss takes the logits themselves",
    "BCELoss": "nn.BCEWithLogitsLoss takes the logits themselves",
    "Softmax": "it is pyrnn.functional.softmax(x, axis)",
    "LogSoftmax": "it is pyrnn.functional.log_softmax(x, axis)",
    "AdaptiveLogSoftmaxWithLoss": "it is nn.AdaptiveSoftmax",
    "RNNBase": "it is nn.Recurrent",
    "RNNCellBase": "it is nn.RecurrentCell",
    "Conv1d": "nn.Conv1dMax(I, F, W) is one with its maximum over time; no other is here",
    "Flatten": "x.reshape(len(x), -1) does it",
    "Identity": "leave the layer out, or write a Module whose forward returns x",
}

# Arguments of calls of recurrent layers and cells
ARGUMENTS = {
    "hx": "state",
    "h0": "state",
    "h_0": "state",
    "hidden": "state",
    "initial_state": "state",
    "input": "x",
    "inputs": "x",
    "sequence_length": "lengths",
    "sequence_lengths": "lengths",
    "seq_lengths": "lengths",
    "dones": "reset",
    "resets": "reset",
    "episode_starts": "reset",
    "training": "call train() or eval() of the layer",
    "return_sequences": "it is an argument of the layer itself",
    "recompute": "it is an argument of the layer itself",
}

# Arguments that make recurrent layers and cells
CONSTRUCTORS = {
    "units": "hidden_size",
    "num_units": "hidden_size",
    "input_dim": "input_size",
    "n_layers": "num_layers",
    "use_bias": "bias",
    "activation": "nonlinearity= of RNN",
    "nonlinearity": "it is of RNN",
    "reset_after": "it is of GRU",
    "peephole": "it is of LSTM",
    "coupled": "it is of LSTM",
    "proj_size": "it is of LSTM",
    "layer_norm": "it is of LSTM and GRU",
    "kernel_initializer": "init",
    "recurrent_initializer": "init",
    "seed": "rng",
    "dropouth": "recurrent_dropout",
    "wdrop": "weight_drop",
    "weight_dropout": "weight_drop",
    "return_state": "the state is always returned",
    "stateful": "pass the state of a call to the next",
    "go_backwards": "pass x[::-1], or bidirectional=True",
    "device": "pyrnn computes on the CPU",
}
_LAYER = ["num_layers", "batch_first", "dropout", "bidirectional", "proj_size", "layer_norm"]
_LAYER += ["zoneout", "recurrent_dropout", "weight_drop", "return_sequences", "recompute"]
CELL_CONSTRUCTORS = {**CONSTRUCTORS, **dict.fromkeys(_LAYER, "it is of a layer, not of its cell")}


def refuse_arguments(kind: str, given: dict[str, object], instead: dict[str, str]) -> None:
    """TypeError, with the word for it here, if a call was given arguments that it does not have.

    instead: words for names that mean something to this call alone, beside ARGUMENTS: the name
    here, or what else to do.
    """
    for name in given:
        word = instead.get(name) or ARGUMENTS.get(name, "")
        hint = f" (it is {word}= here)" if word.isidentifier() else f" ({word})" if word else ""
        raise TypeError(f"{name}: expected no such argument of {kind}{hint}")
