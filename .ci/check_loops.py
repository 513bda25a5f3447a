"""Checks the micro-kernels' assembly: python .ci/check_loops.py BUILD_DIR

The limit of a product is the rate of fused multiply-adds, and an innermost loop loses it: an
addition for every broadcast costs 5 to 14 %, a weight loaded again for every row up to a quarter.
So every innermost loop with as many FMAs as a large tile has must hold, of vector instructions,
these and loads and broadcasts from memory alone; read each vector of memory once; and leave the
stack alone. Moves from register to register cost nothing: renaming does them.

Loops that divide or clamp are the activations' and the exponential's: they are left out. So are the
tiles that do more on purpose: those that transpose their right operand, where memory is the limit,
and those at a matrix's end, which read its last vector through a mask.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PREFIX = "pyrnn_cpu_"


class Rule(NamedTuple):
    fmas: int  # from how many on a loop is a micro-kernel
    loops: int  # how many of them there must be at least


# The tiles of 5 and 6 rows, or 3, by 3 or 4 vectors. Far fewer loops than there were when they were
# counted (74 and 30) mean that the search has gone blind.
RULES = {"avx512": Rule(15, 64), "avx2": Rule(9, 26)}

FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\t(\S+)\s*(.*?)(?:\s*[#<].*)?$")
JUMP = re.compile(r"^j[a-z]+$")
FMA = re.compile(r"^vfn?m(add|sub)\d+p[sd]$")
LOAD = re.compile(r"^v(mov[au]p[sd]|movdq[au]\w*|broadcast(s[sd]|[fi]\d+x\d+)|movddup)$")
POINTWISE = re.compile(r"^v(div|min|max)p[sd]$")
TRANSPOSING = "transposed_tile_of"
MASKED = re.compile(r"^vmaskmovp[sd]$")
MEMORY = re.compile(r"\[[^\]]*\]")


class Instruction(NamedTuple):
    address: int
    name: str
    operands: str

    @property
    def memory(self) -> str | None:
        found = MEMORY.search(self.operands)
        return found.group() if found else None

    @property
    def is_broadcast(self) -> bool:
        return "BCST" in self.operands or self.name.startswith(("vbroadcast", "vmovddup"))


def functions(path: Path) -> Iterator[tuple[str, list[Instruction]]]:
    """The name and the instructions of each function of an object file."""
    listing = subprocess.run(
        ["objdump", "-d", "-C", "-M", "intel", "--no-show-raw-insn", str(path)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    name = ""
    body: list[Instruction] = []
    for line in listing.splitlines():
        if found := FUNCTION.match(line):
            yield name, body
            name, body = found.group(1), []
        elif found := INSTRUCTION.match(line):
            body.append(Instruction(int(found.group(1), 16), found.group(2), found.group(3)))
    yield name, body


def innermost_loops(body: list[Instruction]) -> Iterator[list[Instruction]]:
    """What stands between a jump backwards and its target, if no other such pair stands there."""
    places = {instruction.address: i for i, instruction in enumerate(body)}
    loops = []
    for i, instruction in enumerate(body):
        target = instruction.operands.split(" ")[0]
        if JUMP.match(instruction.name) and re.fullmatch(r"[0-9a-f]+", target):
            start = places.get(int(target, 16))
            if start is not None and start <= i:
                loops.append((start, i))
    for start, end in loops:
        if not any((start, end) != (s, e) and start <= s and e <= end for s, e in loops):
            yield body[start : end + 1]


def is_no_plain_tile(loop: list[Instruction]) -> bool:
    return any(POINTWISE.match(one.name) or MASKED.match(one.name) for one in loop)


def faults(loop: list[Instruction], frame: bool) -> list[str]:
    """What a micro-kernel should not hold, in words; `frame`: rbp points into the stack."""
    stack = re.compile(r"\[(rsp|rbp)\b" if frame else r"\[rsp\b")
    found = []
    for one in loop:
        text = f"{one.name} {one.operands}"
        if one.memory and stack.search(one.memory):
            found.append(f"touches the stack: {text}")
        if not one.name.startswith("v") or FMA.match(one.name):
            continue
        if not LOAD.match(one.name):
            found.append(f"other arithmetic: {text}")
    vectors = (one.memory for one in loop if one.name.startswith("v") and not one.is_broadcast)
    for memory, times in Counter(filter(None, vectors)).items():
        if times > 1:
            found.append(f"loads {memory} {times} times")
    return found


def check(name: str, path: Path, rule: Rule) -> list[str]:
    """The faults of one object file."""
    found, count = [], 0
    for function, body in functions(path):
        frame = any(one.name == "mov" and one.operands == "rbp,rsp" for one in body)
        for loop in innermost_loops(body):
            fmas = sum(bool(FMA.match(one.name)) for one in loop)
            if fmas < rule.fmas or TRANSPOSING in function or is_no_plain_tile(loop):
                continue
            count += 1
            where = f"{name}: {function} at {loop[0].address:x}, {fmas} FMAs"
            found += [f"{where}: {fault}" for fault in faults(loop, frame)]
    if count < rule.loops:
        found.append(f"{name}: {count} loops of {rule.fmas} FMAs and more, expected {rule.loops}")
    print(f"{name}: {count} loops of {rule.fmas} FMAs and more, {len(found)} faults")
    return found


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: check_loops.py BUILD_DIR", file=sys.stderr)
        return 2
    found, checked = [], 0
    for name, rule in RULES.items():
        for path in sorted(
            Path(arguments[0]).rglob(f"CMakeFiles/{PREFIX}{name}.dir/**/kernels.cpp.o")
        ):
            checked += 1
            found += check(name, path, rule)
    for fault in found:
        print(fault, file=sys.stderr)
    if checked == 0:
        print(f"NOT CHECKED: no objects of {' or '.join(RULES)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
