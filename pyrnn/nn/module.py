"""Module: a tree of parameters and of other modules, with PyTorch's names."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.missing_names import missing
from pyrnn.nn.foreign_names import MODULE
from pyrnn.nn.parameter import Parameter
from pyrnn.nn.saved_state import Loaded, hint
from pyrnn.nn.skeleton import Outline
from pyrnn.nn.summary import summary


class Module:
    """Base of all layers and models.

    A subclass assigns its parameters and modules to attributes, in the order in which they shall
    be listed, and writes ``forward``; calling the module calls ``forward``. Modules hold
    parameters, calls hold state: nothing of one call stays on a module for the next.

    >>> from pyrnn import nn
    >>> class Tagger(nn.Module):
    ...     def __init__(self, tokens, tags):
    ...         self.embedding = nn.Embedding(tokens, 8, rng=0)
    ...         self.linear = nn.Linear(8, tags, rng=1)
    ...
    ...     def forward(self, ids):
    ...         return self.linear(self.embedding(ids))
    >>> [name for name, _ in Tagger(tokens=50, tags=3).named_parameters()]
    ['embedding.weight', 'linear.weight', 'linear.bias']
    """

    training: bool = True
    """Whether dropout acts: see `train` and `eval`."""

    def __setattr__(self, name: str, value: Any) -> None:
        known = self.__dict__.get(name)
        if isinstance(known, Parameter) and not isinstance(value, Parameter | None):
            raise TypeError(
                f"{name}: expected a Parameter (or None) in place of a Parameter; got "
                f"{type(value).__name__} (new values go through {name}.assign(array))"
            )
        if isinstance(value, list | tuple | set | dict):
            _refuse_hidden(name, value, whole=True)
        object.__setattr__(self, name, value)

    if not TYPE_CHECKING:  # to a type checker, a missing attribute stays one

        def __getattr__(self, name: str) -> Any:
            raise missing(self, name, MODULE)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; a subclass writes it, with the arguments it needs."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    # the tree

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """(attribute name, module) of the modules directly below this one."""
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value
            elif isinstance(value, list | tuple | set | dict):
                _refuse_hidden(name, value)  # filled since it was assigned

    def children(self) -> Iterator[Module]:
        """The modules directly below this one."""
        for _, module in self.named_children():
            yield module

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """(dotted path, module) of this module (path "") and of all below it, each once."""
        seen: set[int] = set()
        for path, module in self._paths(""):
            if id(module) not in seen:
                seen.add(id(module))
                yield path, module

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each once."""
        for _, module in self.named_modules():
            yield module

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """(dotted name, parameter) of all parameters, each once: a tied one has its first name."""
        seen: set[int] = set()
        for name, parameter in self._named_uses():
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield name, parameter

    def parameters(self) -> Iterator[Parameter]:
        """All parameters, each once."""
        for _, parameter in self.named_parameters():
            yield parameter

    def _paths(self, prefix: str) -> Iterator[tuple[str, Module]]:
        """(dotted path, module) for every place at which a module stands."""
        yield prefix, self
        for name, child in self.named_children():
            yield from child._paths(f"{prefix}.{name}" if prefix else name)

    def _named_uses(self) -> Iterator[tuple[str, Parameter]]:
        """(dotted name, parameter) for every place at which a parameter stands."""
        for path, module in self._paths(""):
            for name, value in vars(module).items():
                if isinstance(value, Parameter):
                    yield (f"{path}.{name}" if path else name), value

    # training

    def train(self, mode: bool = True) -> Self:
        """Set ``training`` here and below; returns the module."""
        if not isinstance(mode, bool):
            raise TypeError(f"mode: expected True or False; got {mode!r:.80}")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """The same as ``train(False)``: dropout no longer acts."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze (False) or thaw (True) all parameters here and below; returns the module.

        A frozen parameter gets no gradient, so optimizers pass it over.
        """
        if not isinstance(requires_grad, bool):
            raise TypeError(f"requires_grad: expected True or False; got {requires_grad!r:.80}")
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
            if not requires_grad:
                parameter.grad = None
        return self

    def zero_grad(self) -> None:
        """Drop every gradient (``grad`` becomes None)."""
        for parameter in self.parameters():
            parameter.grad = None

    # values

    def state_dict(self) -> dict[str, Any]:
        """All parameters as {dotted name: new array}, with PyTorch's names and layouts.

        A tied parameter stands under each of its names. The arrays are copies: later training does
        not change them.
        """
        return {name: parameter.numpy().copy() for name, parameter in self._named_uses()}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> Loaded:
        """Assign the arrays of a state dict, PyTorch's included.

        Args:
            state: {dotted name: array}; anything that converts to an array will do. float16 and
                float32 may widen; nothing narrows: convert float64 with ``astype`` yourself.
            strict: every parameter must have its entry (a tied one under any of its names) and
                every entry its parameter. Otherwise what is common is taken, with a UserWarning
                where that is nothing.

        Returns (missing, unexpected): the names of parameters without an entry, and of entries
        without a parameter; both empty if ``strict``.

        Raises:
            ValueError, TypeError: names missing or unknown (all are listed), a wrong shape or
                dtype, or a tied parameter given two values. Nothing has been changed then.
        """
        if not isinstance(state, Mapping):
            raise TypeError(
                f"state: expected a mapping from names to arrays; got {type(state).__name__}"
            )
        uses = dict(self._named_uses())
        loaded = self._compare_names(uses, state, strict)
        chosen: dict[int, tuple[str, Parameter, Any]] = {}
        for name, parameter in uses.items():
            if name not in state:
                continue
            array = parameter.check(state[name], name)
            first, _, known = chosen.setdefault(id(parameter), (name, parameter, array))
            if known is not array and not bool((known == array).all()):
                raise ValueError(
                    f"{name}: expected the values of {first}, since the two are one parameter here "
                    f"(tied weights); got others"
                )
        _take(chosen.values())
        return loaded

    def _compare_names(
        self, uses: Mapping[str, Parameter], state: Mapping[str, Any], strict: bool
    ) -> Loaded:
        given = {id(parameter) for name, parameter in uses.items() if name in state}
        lost = [name for name, parameter in uses.items() if id(parameter) not in given]
        unknown = [name for name in state if name not in uses]
        if strict and (lost or unknown):
            other = hint(state, uses) or " (strict=False takes what is common)"
            raise ValueError(
                f"state: expected the {len(uses)} parameters of {type(self).__name__}; "
                f"missing: {_listed(lost)}; unknown: {_listed(unknown)}{other}"
            )
        if uses and not given:
            warnings.warn(
                f"state: expected some of the {len(uses)} parameters of {type(self).__name__}, "
                f"{_listed(lost)}; got none of them but {_listed(unknown)}, so nothing has been "
                f"loaded{hint(state, uses)}",
                UserWarning,
                stacklevel=3,
            )
        return Loaded(lost, unknown)

    # random numbers

    def rng_state(self) -> dict[str, Any]:
        """{dotted path: state of that module's generator}: an exact resume needs it.

        Empty where no module draws random numbers in training. Ready for JSON, whichever of
        NumPy's bit generators it is.
        """
        return {path: _plain(rng.bit_generator.state) for path, rng in self._generators().items()}

    def load_rng_state(self, state: Mapping[str, Any]) -> None:
        """Put the generators back to where `rng_state` found them.

        Raises:
            ValueError: the paths, or the kinds of generators, are not those of this module.
        """
        generators = self._generators()
        if generators.keys() != state.keys():
            raise ValueError(
                f"state: expected generators at {sorted(generators)}; got {sorted(state)}"
            )
        for path, generator in generators.items():
            generator.bit_generator.state = state[path]

    def _generators(self) -> dict[str, Any]:
        rngs = {path: getattr(module, "rng", None) for path, module in self.named_modules()}
        return {path: rng for path, rng in rngs.items() if isinstance(rng, xp.random.Generator)}

    # display

    def num_parameters(self, trainable: bool = False) -> int:
        """How many numbers all parameters have, a tied one counted once; trainable: only those
        that get a gradient."""
        return sum(p.size for p in self.parameters() if p.requires_grad or not trainable)

    def summary(self) -> str:
        """The tree of modules as a text, with the shapes and sizes of their parameters.

        >>> from pyrnn import nn
        >>> print(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).summary())
        Sequential
          0: Linear  16  weight (4, 3), bias (4,)
          1: Tanh
          2: Linear  10  weight (2, 4), bias (2,)
        26 parameters
        """
        return summary(self)

    def extra_repr(self) -> str:
        """The settings between the brackets of the repr."""
        return ""

    def shape_repr(self) -> str:
        """What goes in and what comes out, for the repr; empty where it depends on the use."""
        return ""

    def __repr__(self) -> str:
        size = self.num_parameters()
        notes = [self.shape_repr(), f"{size:,} parameters" if size else ""]
        comment = "  # " + "; ".join(note for note in notes if note) if any(notes) else ""
        head = f"{type(self).__name__}({self.extra_repr()}"
        lines = [
            f"  ({name}): " + repr(child).replace("\n", "\n  ")
            for name, child in self.named_children()
        ]
        return "\n".join([head + comment, *lines, ")"]) if lines else head + ")" + comment


def _refuse_hidden(name: str, values: Any, *, whole: bool = False) -> None:
    """TypeError if modules or parameters stand in a plain list, tuple, set or dict.

    whole: look at all of it; else at one element, which is enough for a list that was filled, and
    takes no time where it is long.
    """
    held = values.values() if isinstance(values, dict) else values
    for value in held:
        if isinstance(value, list | tuple | set | dict):
            _refuse_hidden(name, value, whole=whole)
        elif isinstance(value, Module | Parameter):
            kind = type(values).__name__
            several, instead = (
                ("modules", "an nn.ModuleList of them, or an attribute for each")
                if isinstance(value, Module)
                else ("Parameters", "an attribute for each, or modules with them in nn.ModuleList")
            )
            raise TypeError(
                f"{name}: expected {instead}; got a {kind} of {several}, in which parameters(), "
                f"state_dict() and train() would not find them"
            )
        if not whole:
            return


def _take(chosen: Collection[tuple[str, Parameter, Any]]) -> None:
    """Assign arrays that have been checked; memory for all outlines comes before the first."""
    made = [
        (parameter, xp.array(array, order="C"))
        for _, parameter, array in chosen
        if isinstance(parameter, Outline)
    ]
    for outline, values in made:
        outline.become(values)
    loose = {id(outline) for outline, _ in made}
    for name, parameter, array in chosen:
        if id(parameter) not in loose:
            parameter.assign(array, name)


LISTED = 20  # names in a message; a deep stack has hundreds


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return (", ".join(map(str, names[:LISTED])) or "none") + more


def _plain(state: Any) -> Any:
    """A generator's state with lists and numbers for the arrays that some have in it."""
    if isinstance(state, dict):
        return {name: _plain(value) for name, value in state.items()}
    return state.tolist() if hasattr(state, "tolist") else state
