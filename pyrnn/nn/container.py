"""Modules that hold modules in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyrnn.nn.module import Module


class ModuleList(Module):
    """A list of modules, named "0", "1", ...; it cannot be called itself.

    A plain list would hide its modules from `parameters`, so no module takes one as an attribute.
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.extend(modules)

    def append(self, module: Module) -> None:
        """Add a module at the end. TypeError if it is none."""
        if not isinstance(module, Module):
            raise TypeError(
                f"module {len(self)}: expected a Module; got {type(module).__name__} {module!r:.80}"
            )
        setattr(self, str(len(self)), module)

    def extend(self, modules: Iterable[Module]) -> None:
        """Add modules at the end, one after the other."""
        for module in modules:
            self.append(module)

    def __len__(self) -> int:
        return sum(1 for _ in self.children())

    def __iter__(self) -> Iterator[Module]:
        return self.children()

    def __getitem__(self, index: int) -> Module:
        """The module at an index; negative ones count from the end."""
        return list(self.children())[index]


class Sequential(ModuleList):
    """Modules one after the other: each is called with what the one before returned.

    A recurrent layer returns (y, state), which no layer takes: write a Module of your own there.
    """

    def __init__(self, *modules: Module) -> None:
        super().__init__(modules)

    def forward(self, x: Any) -> Any:
        """The last module's result; x itself where there are no modules."""
        for module in self:
            x = module(x)
        return x
