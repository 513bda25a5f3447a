"""Differentiable functions, and the graph of nodes that their calls leave behind.

A node knows where the gradients of its inputs go: to the node that made an input, or to the tensor
itself where that is a leaf. Nodes hold no outputs and no inputs but what their function saved, so
memory is freed as soon as nobody reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from weakref import ref

from pyrnn.autograd.gradient_mode import is_grad_enabled
from pyrnn.autograd.variable import Variable, constant
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array
from pyrnn.kernels.counter import counter

if TYPE_CHECKING:
    from pyrnn.autograd.tensor import Tensor


class Context:
    """What passes from a function's forward to its backward."""

    __slots__ = ("lent", "needs_input_grad", "retain_graph", "saved")

    needs_input_grad: tuple[bool, ...]  # for each input, whether backward should compute it
    retain_graph: bool  # set before backward: whether another backward may follow
    saved: tuple[Any, ...]  # what forward saved
    lent: Sequence[Array]  # arrays of the caller's, who may refill them before backward

    def __init__(self, needs_input_grad: tuple[bool, ...], lent: Sequence[Array] = ()) -> None:
        self.needs_input_grad = needs_input_grad
        self.retain_graph = False
        self.saved = ()
        self.lent = lent

    def save(self, *things: Any) -> None:
        """Keep arrays, shapes, options ... for backward, where ``saved`` gives them back.

        Of an array that the caller lent, or a view of one, a copy is saved. Others must not change
        before backward.
        """
        self.saved = tuple([self.keep(thing) for thing in things]) if self.lent else things

    def keep(self, thing: Any) -> Any:
        """A thing as it will be at backward: a copy where it is an array that the caller lent.

        For what a kernel holds on to; ``save`` does it by itself.
        """
        if isinstance(thing, xp.ndarray):
            for array in self.lent:
                if _is_view(thing, array):
                    return thing.copy()
        return thing


class _Unrecorded(Context):
    """That of a call of which nothing is recorded: it keeps nothing, so all calls share it."""

    __slots__ = ()

    def save(self, *things: Any) -> None:
        pass


@cache
def _unrecorded(inputs: int) -> Context:
    """The context of a call of so many inputs of which nothing is recorded."""
    return _Unrecorded((False,) * inputs)


class Edge(NamedTuple):
    """An output of a node: where the gradient of a computed tensor goes."""

    node: Node
    output: int
    shape: tuple[int, ...]
    dtype: xp.dtype[Any]


class Node:
    """One call of a function, as the backward pass sees it."""

    __slots__ = ("context", "edges", "function", "order", "outputs", "retained", "versions")

    # Calls are numbered. A call reads only what earlier calls made, so going through nodes by
    # falling number is a topological order, and no search through the graph is needed.
    _numbers: ClassVar[Callable[[], int]] = staticmethod(counter(0))

    def __init__(
        self,
        function: type[Function],
        context: Context,
        inputs: tuple[Any, ...],
        owners: Sequence[Variable | Array] = (),
    ) -> None:
        self.function = function
        self.context: Context | None = context  # None once a backward pass has used it up
        # Where the gradient of each input goes; None for one that needs none.
        self.edges: list[Edge | Variable | None] = [
            (x._edge or x) if needed else None
            for x, needed in zip(inputs, context.needs_input_grad, strict=True)
        ]
        self.order: int = Node._numbers()
        self.outputs = 1
        self.retained: dict[int, ref[Tensor]] = {}  # outputs that keep their gradient
        # Parameters whose own memory was saved: changing them in place would spoil the gradient.
        self.versions: list[tuple[Variable, int]] = [
            (owner, owner.version)
            for owner in owners
            if isinstance(owner, Variable) and _owner_among((owner,), context.saved) is not None
        ]

    def release(self) -> None:
        """Let go of everything saved."""
        self.context = None
        self.edges = []
        self.versions = []


class Function:
    """A differentiable function of arrays.

    Subclasses define two static methods; ``apply`` calls the function on tensors.

        class Square(Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save(x)
                return x * x

            @staticmethod
            def backward(ctx, dy):
                (x,) = ctx.saved
                return 2 * x * dy

    forward(ctx, *arrays, **options) gives an array or a tuple of arrays (None for an absent one).
    backward(ctx, *gradients) takes one gradient for each of them, in a tuple's case None where
    nothing arrived, and gives one for each array, or None. A gradient has its array's shape (or is
    a RowGradient of that shape). Neither method may change the arrays it is given.
    """

    # Whether a result may be an input's array or a view of one. Where not, nobody needs to look.
    gives_views: ClassVar[bool] = True

    @staticmethod
    def forward(ctx: Context, *arrays: Any, **options: Any) -> Any:
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Context, *gradients: Any) -> Any:
        raise NotImplementedError

    @classmethod
    def apply(cls, *inputs: Any, **options: Any) -> Any:
        """Call forward on the inputs' arrays and record the call where a gradient is needed.

        inputs: tensors, arrays or None, each an argument of forward; options go through as they
        are. Gives a tensor, or a tuple of tensors and None as forward gives a tuple.
        """
        arrays = []
        recorded = False
        for x in inputs:
            if isinstance(x, Variable):
                recorded = recorded or x._requires_grad
                x = x._data
            arrays.append(x)
        if recorded and is_grad_enabled():
            return cls._record(inputs, arrays, options)
        result = cls.forward(_unrecorded(len(arrays)), *arrays, **options)
        if isinstance(result, tuple):
            return tuple(
                [
                    None if array is None else constant(array, cls._owner_of(array, inputs, arrays))
                    for array in result
                ]
            )
        return constant(result, cls._owner_of(result, inputs, arrays) if cls.gives_views else None)

    @classmethod
    def _record(
        cls, inputs: tuple[Any, ...], arrays: Sequence[Any], options: dict[str, Any]
    ) -> Any:
        """``apply`` where a gradient is needed. arrays: those of the inputs."""
        needs = tuple([isinstance(x, Variable) and x._requires_grad for x in inputs])
        owners = [owner for x in inputs if (owner := owner_of(x)) is not None]
        ctx = Context(needs, [x for x in (*owners, *options.values()) if _may_change(x)])
        result = cls.forward(ctx, *arrays, **options)
        node = Node(cls, ctx, inputs, owners)
        if isinstance(result, tuple):
            node.outputs = len(result)
            return tuple(
                [
                    None
                    if array is None
                    else _computed(array, node, index, cls._owner_of(array, inputs, arrays))
                    for index, array in enumerate(result)
                ]
            )
        return _computed(result, node, 0, cls._owner_of(result, inputs, arrays))

    @classmethod
    def _owner_of(
        cls, result: Array, inputs: Sequence[Any], arrays: Sequence[Any]
    ) -> Variable | Array | None:
        """Whose memory a result is, where it is an input's array or a view of one."""
        if not cls.gives_views:
            return None
        for x, array in zip(inputs, arrays, strict=True):
            owner = owner_of(x)
            if owner is not None and _is_view(result, array):
                return owner
        return None


def _computed(array: Array, node: Node, index: int, owner: Variable | Array | None) -> Tensor:
    """The tensor of output ``index`` of a node."""
    tensor = constant(array, owner)
    array = tensor._data
    if array.dtype.kind == "f":
        tensor._requires_grad = True
        tensor._edge = Edge(node, index, array.shape, array.dtype)
    return tensor


def owner_of(x: Any) -> Variable | Array | None:
    """Whose memory an input is: the parameter that counts its changes, x or what x is a view of, or
    an array of the caller's. None for what operations made."""
    if not isinstance(x, Variable):
        return x if _may_change(x) else None
    kind = type(x)
    counts = kind is not Variable.result_class and kind.version is not Variable.version
    return x if counts else x._owner


def _may_change(x: Any) -> bool:
    """Whether this is an array, and not read-only or a view of one that is not."""
    if not isinstance(x, xp.ndarray):
        return False
    if x.flags.writeable:
        return True
    base = x.base
    return base is not None and not (isinstance(base, xp.ndarray) and not base.flags.writeable)


def _owner_among(
    owners: Sequence[Variable | Array], things: Sequence[Any]
) -> Variable | Array | None:
    """The first owner of whose memory some array among these things is a view."""
    for owner in owners:
        array = owner._data if isinstance(owner, Variable) else owner
        for thing in things:
            if isinstance(thing, xp.ndarray) and _is_view(thing, array):
                return owner
    return None


def _is_view(x: Array, array: Array) -> bool:
    """Whether x is this array, or may share its memory."""
    whole = x.base
    if x is array or whole is array:
        return True
    if _owns_memory(x):
        return False
    known = isinstance(whole, xp.ndarray) and _owns_memory(whole)
    if known and array.base is not whole:
        return False
    return bool(xp.may_share_memory(x, array))


def _owns_memory(x: Array) -> bool:
    """Whether the memory of an array is its own, from NumPy or the kernels, and nobody else's."""
    base = x.base
    return base is None or type(base) is xp.Capsule
