"""The tensor: an array that knows how it was computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self
from weakref import ref

from pyrnn.autograd import sweep
from pyrnn.autograd.foreign_names import TENSOR, words_for
from pyrnn.autograd.function import owner_of
from pyrnn.autograd.operands import as_array, real_dtype
from pyrnn.autograd.operators import Operators
from pyrnn.autograd.variable import Variable, constant
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array, ArrayLike, DTypeLike
from pyrnn.kernels.missing_names import missing


class Tensor(Operators):
    """An array, and how to compute the gradient of what is computed from it.

    array: an array (shared, not copied), number, nested list or tensor; Python's own floats become
    float32. requires_grad: whether ``backward`` should leave a gradient in ``grad``; float32 and
    float64 only. dtype: convert to this.

    Operators and methods give new tensors and record themselves where a gradient is needed, see
    ``no_grad``. A plain number or array beside a floating tensor takes that tensor's dtype, so
    float32 stays float32; of two floating tensors the wider dtype wins.

    Tensors are not changed in place: ``x += y`` binds x to a new tensor. ``data`` is the array
    itself. One that the caller gave may be refilled at any time, between a forward and a backward
    pass too: where a gradient is recorded, functions copy what their backward reads of it. That of
    a parameter changes through ``writing`` alone, which counts its ``version``. One that an
    operation made is for reading: its backward may need it. ``numpy()`` and ``numpy.asarray(x)``
    give read-only views.

    >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    array([2., 4., 6.], dtype=float32)
    """

    __slots__ = ()
    __array_ufunc__ = None  # array * tensor: NumPy leaves it to Tensor.__rmul__
    __array_priority__ = 1000

    def __init__(
        self, array: Any, requires_grad: bool = False, dtype: DTypeLike | None = None
    ) -> None:
        self._data = as_array(array, None if dtype is None else real_dtype(dtype))
        self._owner = _owner_of_memory(array, self._data)
        self._grad = None
        self._edge = None
        self._requires_grad = False
        if requires_grad:
            self.requires_grad = requires_grad

    # --- the array --------------------------------------------------------------------------

    def numpy(self) -> Array:
        """A read-only view of the array: a function may have saved it for its backward."""
        view = self.data.view()
        view.flags.writeable = False
        return view

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        if copy:
            return xp.array(self.data, dtype=dtype)
        if dtype is None or xp.dtype(dtype) == self.dtype:
            return self.numpy()
        if copy is False:
            raise ValueError(
                f"copy: expected None or True to get {dtype} from {self.dtype}; got False"
            )
        return self.data.astype(dtype)

    def item(self) -> Any:
        """The only element, as Python's number. ValueError unless there is just one."""
        if self.size != 1:
            raise ValueError(f"item: expected a tensor of one element; got shape {self.shape}")
        return self.data.item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python's numbers."""
        return self.data.tolist()

    # --- the gradient -----------------------------------------------------------------------

    def backward(
        self, gradient: ArrayLike | Tensor | None = None, retain_graph: bool = False
    ) -> None:
        """Add to ``grad`` of every leaf the gradient of <gradient, self>.

        gradient: an array of this shape; None stands for 1 and needs a tensor of one element.
        Frees what the recorded calls saved, so a second pass through them raises RuntimeError,
        unless retain_graph. Other errors: see ``pyrnn.autograd.backward``.
        """
        sweep.backward([self], [gradient], retain_graph)

    def detach(self) -> Tensor:
        """The same array as a leaf without a gradient: backward passes stop here."""
        return constant(self._data, owner_of(self))

    def requires_grad_(self, flag: bool = True) -> Self:
        """Set ``requires_grad`` and give the tensor itself."""
        self.requires_grad = flag
        return self

    def retain_grad(self) -> None:
        """Let backward passes fill ``grad`` here too, although this is not a leaf."""
        if not self._requires_grad:
            raise RuntimeError("retain_grad: expected a tensor that requires a gradient")
        if self._edge is not None:
            self._edge.node.retained[self._edge.output] = ref(self)

    # --- Python -----------------------------------------------------------------------------

    if not TYPE_CHECKING:  # to a type checker, a missing attribute stays one

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):  # NumPy asks for several whenever it reads a tensor
                raise AttributeError(name)
            raise missing(self, name, words_for(name, TENSOR))

    def __bool__(self) -> bool:
        return bool(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise TypeError(f"index: expected a tensor of integers; got dtype {self.dtype}")
        return int(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        """For copy and pickle. RuntimeError for a computed tensor: its graph does not go along."""
        if self._edge is not None:
            raise RuntimeError("copy: expected a leaf; got a computed tensor, detach() it first")
        reduced: Any = super().__reduce_ex__(protocol)
        state = reduced[2][1]
        if state["_owner"] is not None:  # a parameter that this is a view of stays behind
            state["_owner"] = state["_data"]
        return reduced

    def __repr__(self) -> str:
        text = repr(self.data).removeprefix("array(").removesuffix(")")
        if self._edge is not None:
            text += f", from {self._edge.node.function.__name__}"
        elif self._requires_grad:
            text += ", requires_grad=True"
        return f"{type(self).__name__}({text})"


Variable.result_class = Tensor


def _owner_of_memory(given: Any, data: Array) -> Variable | Array | None:
    """Whose memory the array of a new tensor is, see ``Variable``."""
    if isinstance(given, Tensor):
        return owner_of(given) if data is given.data else None
    if isinstance(given, (int, float, list, tuple)) or (data is not given and data.base is None):
        return None  # read into an array of its own
    return data
