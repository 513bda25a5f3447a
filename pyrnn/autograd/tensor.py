"""The tensor: an array that knows how it was computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

from pyrnn.autograd import sweep
from pyrnn.autograd.function import owner_of
from pyrnn.autograd.operands import as_array, real_dtype
from pyrnn.autograd.operators import Operators
from pyrnn.autograd.row_gradient import RowGradient
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array, ArrayLike, DTypeLike

if TYPE_CHECKING:
    from pyrnn.autograd.function import Edge


class Tensor(Operators):
    """An array, and how to compute the gradient of what is computed from it.

    array: an array (shared, not copied), number, nested list or tensor; Python's own floats become
    float32. requires_grad: whether ``backward`` should leave a gradient in ``grad``; float32 and
    float64 only. dtype: convert to this.

    Operators and methods give new tensors and record themselves where a gradient is needed, see
    ``no_grad``. A plain number or array beside a floating tensor takes that tensor's dtype, so
    float32 stays float32; of two floating tensors the wider dtype wins.

    Tensors are not changed in place: ``x += y`` binds x to a new tensor. ``data`` is the array
    itself; changing its elements between a forward and a backward pass spoils the gradients of
    functions that saved it, unnoticed except where they are a parameter's, which counts its
    ``version``, or those of a view that operations made of one. ``numpy()`` and
    ``numpy.asarray(x)`` give read-only views.

    >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    array([2., 4., 6.], dtype=float32)
    """

    __slots__ = ("__weakref__", "_data", "_edge", "_grad", "_owner", "_requires_grad")
    __array_ufunc__ = None  # array * tensor: NumPy leaves it to Tensor.__rmul__
    __array_priority__ = 1000

    _data: Array
    _requires_grad: bool
    _grad: Array | RowGradient | None
    _edge: Edge | None  # the node and output that made it; None for a leaf
    _owner: Tensor | None  # the parameter of whose array the data is a view

    def __init__(
        self, array: Any, requires_grad: bool = False, dtype: DTypeLike | None = None
    ) -> None:
        self._data = as_array(array, None if dtype is None else real_dtype(dtype))
        self._owner = None
        if isinstance(array, Tensor) and self._data is array.data:
            self._owner = owner_of(array)
        self._grad = None
        self._edge = None
        self._requires_grad = False
        self.requires_grad = requires_grad

    # --- the array --------------------------------------------------------------------------

    @property
    def data(self) -> Array:
        """The array itself, not a copy."""
        return self._data

    @property
    def version(self) -> int:
        """Changes with the data of a parameter, and of what is a view of one; 0 elsewhere."""
        return 0 if self._owner is None else self._owner.version

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._data.shape

    @property
    def dtype(self) -> xp.dtype[Any]:
        """The type of the elements."""
        return self._data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        size = 1
        for length in self.shape:
            size *= length
        return size

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

    @property
    def requires_grad(self) -> bool:
        """Whether a backward pass computes a gradient here. Only leaves may be set."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if self._edge is not None:
            raise RuntimeError("requires_grad: expected a leaf to set it on; got a computed tensor")
        if value and self.dtype not in xp.FLOATS:
            raise TypeError(f"requires_grad: expected dtype float32 or float64; got {self.dtype}")
        self._requires_grad = bool(value)

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded function made this tensor; backward passes fill leaves' ``grad``."""
        return self._edge is None

    @property
    def grad(self) -> Array | None:
        """The gradient that backward passes have added up, an array of this shape, or None.

        Set it to None (or to an array) before the next pass. A gradient that arrived as rows of a
        table becomes an array here; `row_grad` leaves it as rows.
        """
        if self._grad is not None and not isinstance(self._grad, xp.ndarray):
            self._grad = self._grad.dense()
        return self._grad

    @grad.setter
    def grad(self, value: Array | RowGradient | None) -> None:
        if value is not None:
            if not isinstance(value, xp.ndarray | RowGradient):
                raise TypeError(f"grad: expected an array or None; got {type(value).__name__}")
            if value.shape != self.shape or value.dtype != self.dtype:
                raise ValueError(
                    f"grad: expected shape {self.shape} and dtype {self.dtype}; "
                    f"got {value.shape} and {value.dtype}"
                )
        self._grad = value

    @property
    def row_grad(self) -> Array | RowGradient | None:
        """The same gradient, but as rows of a table where lookups alone gave it: each row once, in
        rising order. Changing its values in place changes the gradient."""
        if self._grad is not None and not isinstance(self._grad, xp.ndarray):
            self._grad = self._grad.coalesce()
        return self._grad

    def _add_gradient(self, gradient: Any) -> None:
        self._grad = gradient if self._grad is None else self._grad + gradient

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
        return Tensor(self)

    def retain_grad(self) -> None:
        """Let backward passes fill ``grad`` here too, although this is not a leaf."""
        if not self._requires_grad:
            raise RuntimeError("retain_grad: expected a tensor that requires a gradient")
        if self._edge is not None:
            self._edge.target.retained[self._edge.output] = ref(self)

    # --- Python -----------------------------------------------------------------------------

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
        reduced[2][1]["_owner"] = None  # the parameter that this is a view of stays behind
        return reduced

    def __repr__(self) -> str:
        text = repr(self.data).removeprefix("array(").removesuffix(")")
        if self._edge is not None:
            text += f", from {self._edge.target.function.__name__}"
        elif self._requires_grad:
            text += ", requires_grad=True"
        return f"{type(self).__name__}({text})"
