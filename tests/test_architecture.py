"""Who may import whom, and where NumPy and the extension stop. Read from the sources by ast.

No module is part of a circle of imports, inside a package either: imports within functions count,
those for the type checker alone do not.

    kernels <- autograd <- functional <- nn <- models <- cli         kernels <- optim
    nn <- {streaming, diagnostics}         nn <- exchange <- models
    settings, files <- all above kernels
    data, optim, metrics, training, decoding <- models
    models, plots, diagnostics <- {demo, comparison} <- cli

A <- B: B may import A, and what A may import. In C++ (the includes in csrc/):

    math <- cells <- {cpu, cuda} <- dispatch <- bindings, check      math <- simd <- cpu/kernels
    problem <- {cells, cpu, cuda}                                    cpu/kernels <- cpu/engine
"""

from __future__ import annotations

import ast
import graphlib
import importlib.util
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

LOWER = {"kernels", "autograd", "functional"}
NEURAL = LOWER | {"nn"}
BASE = {"kernels", "settings", "files"}
MODELS = NEURAL | BASE | {"optim", "data", "metrics", "training", "decoding", "streaming"}
# The packages inside pyrnn that each may import, besides itself.
MAY_IMPORT: dict[str, set[str]] = {
    "kernels": set(),
    "autograd": {"kernels"},
    "functional": {"kernels", "autograd"},
    "nn": LOWER,
    "optim": {"kernels"},
    "settings": {"kernels"},  # for its one reading of numbers
    "files": {"kernels", "settings"},
    "data": BASE,  # neither autograd nor nn: batches are arrays
    "metrics": BASE,
    "training": BASE | {"optim"},  # for its list of optimizers; a model is loss and parameters()
    "decoding": {"kernels"},  # a model is a step function
    "streaming": NEURAL,
    "exchange": NEURAL | BASE,
    "models": MODELS | {"exchange"},
    "plots": set(),  # they draw arrays
    "diagnostics": NEURAL,
    "demo": MODELS | {"models", "plots", "diagnostics"},
    "comparison": MODELS | {"models", "plots"},
    "cli": MODELS | {"exchange", "models", "plots", "diagnostics", "demo", "comparison"},
}
ARRAYS_COME_FROM_KERNELS = {"autograd", "functional", "nn", "optim"}  # so that CuPy can take over
LAZY = {"click", "rich", "prompt_toolkit", "safetensors", "matplotlib", "h5py", "tokenizers"}
LAZY |= {"onnx", "torch", "onnxruntime", "sacrebleu"}

CPU = {"cpu/kernels", "cpu/engine"}
BELOW_DISPATCH = {"math", "cells", "simd", "problem", "cuda"} | CPU
MAY_INCLUDE: dict[str, set[str]] = {
    "math": set(),
    "cells": {"math", "problem"},
    "simd": {"math"},
    "problem": set(),
    "cpu/kernels": {"math", "cells", "simd", "problem"},
    "cpu/engine": {"problem", "cpu/kernels"},
    "cuda": {"math", "cells", "problem"},
    "dispatch": BELOW_DISPATCH,
    "bindings": BELOW_DISPATCH | {"dispatch"},
    "check": BELOW_DISPATCH | {"dispatch"},
}


def package_root() -> Path:
    """The pyrnn that the tests run against, installed or not."""
    spec = importlib.util.find_spec("pyrnn")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations)))


ROOT = package_root()
EXTENSIONS = ("_core", "_cuda")
SOURCES = sorted(path for path in ROOT.rglob("*.py"))
CSRC = Path(__file__).parents[1] / "csrc"
CPP_SOURCES = sorted(
    path for path in CSRC.rglob("*") if path.suffix in {".h", ".hpp", ".cpp", ".cu", ".cuh", ".inc"}
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def layer_of(path: Path) -> str:
    """The package that a file belongs to: pyrnn/nn/lstm.py -> nn, pyrnn/plots.py -> plots."""
    return Path(path.relative_to(ROOT).parts[0]).stem


def cpp_layer_of(path: Path) -> str:
    """The folder of csrc/ that a file belongs to; of cpu/, which of its two halves."""
    folders = path.resolve().relative_to(CSRC.resolve()).parts[:-1]
    return "/".join(folders[:2] if folders[0] == "cpu" else folders[:1])


def imports(path: Path, tree: ast.AST | None = None) -> Iterator[tuple[str, int]]:
    """The full dotted name of everything a file imports, and its line."""
    package = ["pyrnn", *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(tree or ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            yield from ((".".join([*base, alias.name]), node.lineno) for alias in node.names)


def is_or_is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def test_there_is_something_to_check() -> None:
    assert {"kernels/extension.py", "kernels/reference.py"} <= {name_of(path) for path in SOURCES}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_follow_the_arrows(path: Path) -> None:
    layer = layer_of(path)
    if path.parent == ROOT:  # pyrnn/__init__.py and other files at the top see everything
        return
    assert layer in MAY_IMPORT, f"give {layer} its arrows in MAY_IMPORT"
    for name, line in imports(path):
        if not is_or_is_in(name, "pyrnn"):
            continue
        target = (name.split(".") + ["the top"])[1]
        if target in EXTENSIONS:  # a test of its own says who may import them
            continue
        allowed = sorted(MAY_IMPORT[layer] | {layer})
        if (ROOT / f"{target}.py").exists() or (ROOT / target).exists():
            assert target in allowed, f"line {line}: {layer} may import {allowed}, not {name}"
        else:  # from pyrnn import Tensor: the top imports every layer, so only cli imports the top
            assert layer == "cli", f"line {line}: {layer} imports {name} from the top"


def module_of(path: Path) -> str:
    """The dotted name of a file: nn/lstm.py -> pyrnn.nn.lstm, nn/__init__.py -> pyrnn.nn."""
    parts = ("pyrnn", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


class WithoutTypes(ast.NodeTransformer):
    """A tree without what stands under `if TYPE_CHECKING:`."""

    def visit_If(self, node: ast.If) -> Any:
        return node.orelse if is_for_type_checkers(node) else self.generic_visit(node)


def imports_of_modules(path: Path, modules: set[str]) -> set[str]:
    """The modules of pyrnn that run before a file, or that its functions import.

    `from pyrnn.nn import lstm` names the module pyrnn.nn.lstm; `from pyrnn.nn import LSTM` names
    pyrnn.nn, which holds it.
    """
    tree = WithoutTypes().visit(ast.parse(path.read_text(encoding="utf-8")))
    found = set()
    for name, _ in imports(path, tree):
        if is_or_is_in(name, "pyrnn") and name not in {f"pyrnn.{core}" for core in EXTENSIONS}:
            found.add(name if name in modules else name.rpartition(".")[0])
    return (found & modules) - {module_of(path)}


def circle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """Modules that import one another in turn, the first of them again at the end; [] for none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(reversed(error.args[1]))
    return []


def test_no_modules_import_one_another() -> None:
    modules = {module_of(path) for path in SOURCES}
    graph = {module_of(path): imports_of_modules(path, modules) for path in SOURCES}
    assert graph["pyrnn.autograd.sweep"]  # the sources were read
    circle = circle_in(graph)
    assert not circle, "a circle of imports: " + " -> ".join(circle)


@pytest.mark.parametrize(
    ("graph", "circle"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}}, ["b", "c"]),
    ],
)
def test_a_circle_would_be_found(graph: dict[str, set[str]], circle: list[str]) -> None:
    found = circle_in(graph)
    assert sorted(set(found)) == circle
    assert all(after in graph[name] for name, after in itertools.pairwise(found))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_one_file_imports_the_extension(path: Path) -> None:
    if name_of(path) == "kernels/extension.py":
        return
    for name, line in imports(path):
        assert not any(is_or_is_in(name, f"pyrnn.{core}") for core in EXTENSIONS), (
            f"line {line}: kernels/extension.py alone imports the extension"
        )


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if layer_of(p) in ARRAYS_COME_FROM_KERNELS], ids=name_of
)
def test_arrays_come_from_kernels(path: Path) -> None:
    for name, line in imports(path):
        assert not is_or_is_in(name, "numpy"), (
            f"line {line}: use `from pyrnn.kernels import arrays as xp`"
        )


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_heavy_packages_are_imported_where_they_are_used(path: Path) -> None:
    """At the top of a file only in the command line, which `import pyrnn` does not load."""
    if layer_of(path) in {"cli", "demo"}:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = [inner for node in tree.body if is_for_type_checkers(node) for inner in node.body]
    top = ast.Module([node for node in tree.body if not contains_a_scope(node)], [])
    exempt = {inner.lineno for inner in typing_only}
    for name, line in imports(path, top):
        heavy = next((package for package in LAZY if is_or_is_in(name, package)), None)
        assert heavy is None or line in exempt, f"line {line}: import {heavy} where it is used"


def contains_a_scope(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


@pytest.mark.parametrize("path", SOURCES + CPP_SOURCES, ids=lambda path: path.name)
def test_files_are_nouns(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc"}


@pytest.mark.parametrize("path", CPP_SOURCES, ids=lambda p: p.relative_to(CSRC).as_posix())
def test_includes_follow_the_arrows(path: Path) -> None:
    layer = cpp_layer_of(path)
    assert layer in MAY_INCLUDE, f"give {layer} its arrows in MAY_INCLUDE"
    for included in re.findall(r'^\s*#\s*include\s*"([^"]+)"', path.read_text("utf-8"), re.M):
        beside, inside = path.parent / included, CSRC / included
        target = beside if beside.exists() else inside
        assert target.exists(), f'"{included}" is neither beside {path.name} nor in csrc/'
        other = cpp_layer_of(target)
        allowed = sorted(MAY_INCLUDE[layer] | {layer})
        assert other in allowed, f'{layer} may include {allowed}, not "{included}"'
