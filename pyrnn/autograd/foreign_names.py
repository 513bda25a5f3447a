"""What to write here for names that PyTorch's tensors and torch itself have."""

from __future__ import annotations

from collections.abc import Mapping

# Attributes of tensors
TENSOR = {
    "bmm": "x @ y, which multiplies stacks of matrices too",
    "bool": 'x.astype("bool")',
    "byte": 'x.astype("uint8")',
    "chunk": "x[a:b], or functional.unstack(x, axis)",
    "clamp": "x.clip(low, high)",
    "clone": "x itself, tensors are not changed in place; pyrnn.Tensor(x.numpy().copy()) is a copy",
    "contiguous": "x itself, operations take any strides",
    "cpu": "x itself, arrays are in the machine's memory",
    "cuda": "x itself, pyrnn computes on the CPU",
    "device": "nothing, pyrnn computes on the CPU",
    "dim": "x.ndim",
    "div": "x / y",
    "dot": "x @ y",
    "double": 'x.astype("float64")',
    "eq": "x == y",
    "expand": "x.broadcast_to(shape)",
    "expand_as": "x.broadcast_to(y.shape)",
    "float": 'x.astype("float32")',
    "gather": "x[rows, columns], with arrays of integers",
    "ge": "x >= y",
    "gt": "x > y",
    "half": 'x.astype("float32"), pyrnn computes in float32 and float64',
    "index_select": "x[ids]",
    "int": 'x.astype("int32")',
    "is_contiguous": "x.numpy().flags.c_contiguous",
    "is_cuda": "nothing, pyrnn computes on the CPU",
    "is_floating_point": 'x.dtype.kind == "f"',
    "le": "x <= y",
    "log_softmax": "functional.log_softmax(x, axis)",
    "logsumexp": "functional.logsumexp(x, axis)",
    "long": 'x.astype("int64")',
    "lt": "x < y",
    "matmul": "x @ y",
    "mm": "x @ y",
    "mul": "x * y",
    "mv": "x @ y",
    "narrow": "x[start : start + length]",
    "ne": "x != y",
    "neg": "-x",
    "new_ones": "pyrnn.Tensor(numpy.ones(shape, x.dtype))",
    "new_tensor": "pyrnn.Tensor(array)",
    "new_zeros": "pyrnn.Tensor(numpy.zeros(shape, x.dtype))",
    "norm": "(x * x).sum().sqrt()",
    "nelement": "x.size",
    "numel": "x.size",
    "permute": "x.transpose(*axes)",
    "pow": "x**y",
    "ravel": "x.reshape(-1)",
    "register_hook": "x.retain_grad(), and after backward x.grad",
    "repeat": "x.broadcast_to(shape), or functional.concatenate([x, x], axis)",
    "repeat_interleave": "x[ids], with each id as often as it is wanted",
    "retains_grad": "x.retain_grad() before backward, and after it x.grad",
    "select": "x[index]",
    "softmax": "functional.softmax(x, axis)",
    "split": "x[a:b], or functional.unstack(x, axis)",
    "square": "x * x",
    "sub": "x - y",
    "t": "x.T",
    "to": "x.astype(dtype); pyrnn computes on the CPU",
    "topk": "numpy.argsort(-x.numpy()), whose result is an index",
    "type": "x.dtype, or x.astype(dtype)",
    "type_as": "x.astype(y.dtype)",
    "unbind": "functional.unstack(x, axis)",
    "unsqueeze": "x.expand_dims(axis)",
    "view": "x.reshape(*shape)",
    "view_as": "x.reshape(y.shape)",
}
# Names of tensors' methods that end in an underscore, add_ and zero_ ...: done in place there
IN_PLACE = (
    "a new tensor (x = x + y ...), tensors are not changed in place; for a parameter "
    "`with pyrnn.no_grad(): p += y`, or p.assign(array)"
)
# Names in pyrnn
_FUNCTIONS = (
    "argmax argmin exp log log_softmax logsumexp matmul max maximum mean min minimum "
    "relu sigmoid softmax sqrt squeeze stack std sum tanh var where"
)
PACKAGE = {
    **{name: f"pyrnn.functional.{name}" for name in _FUNCTIONS.split()},
    "Generator": "rng=numpy.random.default_rng(seed)",
    "abs": "pyrnn.functional.absolute(x)",
    "arange": "numpy.arange(n); operations and layers take arrays",
    "as_tensor": "pyrnn.Tensor(array)",
    "autocast": "nothing, pyrnn computes in float32 and float64",
    "bmm": "x @ y, which multiplies stacks of matrices too",
    "cat": "pyrnn.functional.concatenate(tensors, axis)",
    "cuda": "nothing, pyrnn computes on the CPU",
    "device": "nothing, pyrnn computes on the CPU",
    "enable_grad": "pyrnn.autograd.enable_grad()",
    "float32": '"float32", or numpy.float32',
    "float64": '"float64", or numpy.float64',
    "from_numpy": "pyrnn.Tensor(array), or the array as it is",
    "inference_mode": "pyrnn.no_grad()",
    "int64": '"int64", or numpy.int64',
    "is_tensor": "isinstance(x, pyrnn.Tensor)",
    "long": '"int64", or numpy.int64',
    "manual_seed": "rng=seed where random numbers are drawn: layers, dropout, sampling",
    "mm": "x @ y",
    "ones": "pyrnn.Tensor(numpy.ones(shape))",
    "permute": "x.transpose(*axes)",
    "rand": 'numpy.random.default_rng(seed).random(shape, dtype="float32")',
    "randint": "numpy.random.default_rng(seed).integers(low, high, shape)",
    "randn": 'numpy.random.default_rng(seed).standard_normal(shape, dtype="float32")',
    "tensor": "pyrnn.Tensor(array)",
    "transpose": "x.swapaxes(first, second)",
    "unsqueeze": "x.expand_dims(axis)",
    "zeros": "pyrnn.Tensor(numpy.zeros(shape))",
}


def words_for(name: str, table: Mapping[str, str]) -> dict[str, str]:
    """The entry of a table for a name, as the end of an error; none where it has none."""
    if name in table:
        return {name: f"write {table[name]}"}
    in_place = table is TENSOR and name.endswith("_") and not name.startswith("_")
    return {name: f"write {IN_PLACE}"} if in_place else {}
