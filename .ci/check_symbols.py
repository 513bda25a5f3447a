"""Checks what the per-instruction-set objects export: python .ci/check_symbols.py BUILD_DIR

The same source is compiled once for each instruction set. A function that two of the objects both
export, or define as a weak symbol (an inline function, a template of std::), is merged by the
linker, which keeps either copy: an old processor may then run AVX-512 code. So each set exports
one symbol, its kernel table, and defines no weak one: but template parameters of class type, which
are constants that their names tell in full, so that one copy is as good as another.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PREFIX = "pyrnn_cpu_"
WEAK = set("WVu")  # weak function, weak object, unique global
CONSTANT = "_ZTAX"  # a template parameter object
EXPORTED = set("TDRBSC")  # code, data, read-only data, zeroed data, small data, common


def symbols(path: Path) -> list[tuple[str, str]]:
    """(kind, name) of each symbol that an object file defines with external linkage."""
    listing = subprocess.run(
        ["nm", "-P", "-g", str(path)], check=True, capture_output=True, text=True
    ).stdout
    pairs = (line.split()[:2] for line in listing.splitlines())
    return [(kind, name) for name, kind in pairs if kind in WEAK | EXPORTED]


def object_sets(build: Path) -> dict[str, list[Path]]:
    """Object files by instruction set: CMakeFiles/pyrnn_cpu_<set>.dir/**/*.o"""
    found: dict[str, list[Path]] = {}
    for folder in sorted(build.rglob(f"CMakeFiles/{PREFIX}*.dir")):
        name = folder.name[len(PREFIX) : -len(".dir")]
        found[name] = sorted(path for path in folder.rglob("*") if path.suffix in {".o", ".obj"})
    return found


def faults(name: str, paths: list[Path]) -> list[str]:
    """What is wrong with one instruction set's objects, in words; empty if nothing is."""
    defined = [symbol for path in paths for symbol in symbols(path)]
    weak = [symbol for kind, symbol in defined if kind in WEAK and not symbol.startswith(CONSTANT)]
    exported = [symbol for kind, symbol in defined if kind in EXPORTED]
    found = [f"{name}: weak symbol {symbol}" for symbol in weak]
    if not paths:
        found.append(f"{name}: no object file")
    elif len(exported) != 1:
        listed = ", ".join(exported) or "none"
        found.append(f"{name}: exports {len(exported)} symbols, expected 1 (its table): {listed}")
    else:
        print(f"{name}: {len(paths)} object(s), exports {exported[0]} alone")
    return found


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: check_symbols.py BUILD_DIR", file=sys.stderr)
        return 2
    sets = object_sets(Path(arguments[0]))
    if not sets:
        print(f"no CMakeFiles/{PREFIX}*.dir under {arguments[0]}", file=sys.stderr)
        return 1
    found = [fault for name, paths in sets.items() for fault in faults(name, paths)]
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
