"""Module: a tree of parameters and of other modules, with PyTorch's names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

from pyrnn.kernels import arrays as xp
from pyrnn.nn.parameter import Parameter


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
        object.__setattr__(self, name, value)

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
            raise TypeError(f"mode: expected True or False; got {mode!r}")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """The same as ``train(False)``: dropout no longer acts."""
        return self.train(False)

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

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Assign the arrays of a state dict, PyTorch's included.

        Args:
            state: {dotted name: array}; anything that converts to an array will do. float16 and
                float32 may widen; nothing narrows: convert float64 with ``astype`` yourself.
            strict: every parameter must have its entry (a tied one under any of its names) and
                every entry its parameter. Otherwise what is common is taken.

        Raises:
            ValueError, TypeError: names missing or unknown (all are listed), a wrong shape or
                dtype, or a tied parameter given two values. Nothing has been changed then.
        """
        if not isinstance(state, Mapping):
            raise TypeError(
                f"state: expected a mapping from names to arrays; got {type(state).__name__}"
            )
        uses = dict(self._named_uses())
        if strict:
            self._check_names(uses, state)
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
        for name, parameter, array in chosen.values():
            parameter.assign(array, name)

    def _check_names(self, uses: Mapping[str, Parameter], state: Mapping[str, Any]) -> None:
        given = {id(parameter) for name, parameter in uses.items() if name in state}
        missing = [name for name, parameter in uses.items() if id(parameter) not in given]
        unknown = [name for name in state if name not in uses]
        if missing or unknown:
            raise ValueError(
                f"state: expected the {len(uses)} parameters of {type(self).__name__}; "
                f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'} "
                f"(strict=False takes what is common)"
            )

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

    def extra_repr(self) -> str:
        """The settings between the brackets of the repr."""
        return ""

    def shape_repr(self) -> str:
        """What goes in and what comes out, for the repr; empty where it depends on the use."""
        return ""

    def __repr__(self) -> str:
        size = sum(parameter.size for parameter in self.parameters())
        notes = [self.shape_repr(), f"{size:,} parameters" if size else ""]
        comment = "  # " + "; ".join(note for note in notes if note) if any(notes) else ""
        head = f"{type(self).__name__}({self.extra_repr()}"
        lines = [
            f"  ({name}): " + repr(child).replace("\n", "\n  ")
            for name, child in self.named_children()
        ]
        return "\n".join([head + comment, *lines, ")"]) if lines else head + ")" + comment


def _plain(state: Any) -> Any:
    """A generator's state with lists and numbers for the arrays that some have in it."""
    if isinstance(state, dict):
        return {name: _plain(value) for name, value in state.items()}
    return state.tolist() if hasattr(state, "tolist") else state
