"""What may be wrong with a file: bytes damaged by chance, and structures made to be wrong."""

from __future__ import annotations

import copy
import json
import random
import struct
from collections.abc import Callable, Iterator
from typing import Any

DEEP = 2_000  # lists inside each other: more than Python's recursion allows

# Texts of JSON, since some of them are nothing that Python's writer would write
SHORT = (
    "null true false 0 1 -1 0.5 -0.0 1e308 1e309 -1e999 NaN Infinity -Infinity "
    '7 64 65535 1000000000 1000000000000000000 9223372036854775808 18446744073709551616 "" [] {} '
    '"../../x" "/etc/passwd" "..\\\\x" "a\\u0000b" "\\ud800" "[/bold]" "[1]" "nan" "1" "words" '
    '"bytes" "gru" "float64" "<unk>" [0] [[]] [null] {"a":1,"a":2} {"$array":"x"} {"$array":[]} '
    '{"$tuple":5} {"$tuple":[1]} {"$tuple":null,"a":1} {"__class__":"os.system"} '
    '"!!python/object:os.system" "lstm"'
)
HOSTILE = [
    *SHORT.split(" "),
    "9" * 400,
    "9" * 5_000,
    "1." + "0" * 5_000,
    "[" * DEEP + "]" * DEEP,
    '{"a":' * DEEP + "1" + "}" * DEEP,
    "[" * DEEP,
    json.dumps("x" * 100_000),
    json.dumps(list(range(1_000))),
    json.dumps([chr(n) for n in range(300)]),
]
MARK = "\u2603 a value stands here \u2603"


def damaged(chance: random.Random, content: bytes) -> bytes:
    """Some bytes changed, lost or added."""
    return chance.choice(DAMAGES)(chance, bytearray(content))


def _flip(chance: random.Random, content: bytearray) -> bytes:
    for _ in range(chance.choice((1, 1, 1, 2, 8)) if content else 0):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return bytes(content)


def _replace(chance: random.Random, content: bytearray) -> bytes:
    for _ in range(chance.randint(1, 4) if content else 0):
        content[chance.randrange(len(content))] = chance.choice((0, 0x22, 0x5B, 0x7B, 0x7F, 0xFF))
    return bytes(content)


def _cut(chance: random.Random, content: bytearray) -> bytes:
    return bytes(content[: chance.randint(0, len(content))])


def _lose(chance: random.Random, content: bytearray) -> bytes:
    start = chance.randint(0, len(content))
    return bytes(content[:start] + content[start + chance.randint(1, 64) :])


def _add(chance: random.Random, content: bytearray) -> bytes:
    start = chance.randint(0, len(content))
    return bytes(content[:start]) + chance.randbytes(chance.randint(1, 64)) + bytes(content[start:])


def _blank(chance: random.Random, content: bytearray) -> bytes:
    start, size = chance.randint(0, len(content)), chance.randint(1, 512)
    content[start : start + size] = bytes(len(content[start : start + size]))
    return bytes(content)


def _repeat(chance: random.Random, content: bytearray) -> bytes:
    start = chance.randint(0, len(content))
    piece = content[start : start + chance.randint(1, 256)]
    return bytes(content[:start] + piece + content[start:])


DAMAGES: tuple[Callable[[random.Random, bytearray], bytes], ...] = (
    _flip,
    _flip,
    _replace,
    _cut,
    _lose,
    _add,
    _blank,
    _repeat,
)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to everything in a tree of JSON, but for the tree itself."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for name, entry in entries:
        yield (*place, name)
        if isinstance(entry, (dict, list)):
            yield from places(entry, (*place, name))


def wrong_json(chance: random.Random, tree: Any, changes: int = 1) -> str:
    """A tree of JSON as text, with so many of its values replaced, lost, renamed, said twice."""
    if chance.random() < 0.02:
        return chance.choice(HOSTILE)
    tree, texts = copy.deepcopy(tree), []
    for _ in range(changes):
        _change(chance, tree, texts)
    text = json.dumps(tree)
    for number, hostile in enumerate(texts):
        text = text.replace(json.dumps(f"{MARK}{number}"), hostile)
    if chance.random() < 0.05:
        name = chance.choice(list(tree)) if isinstance(tree, dict) and tree else "a"
        text = text.replace("{", "{" + json.dumps(name) + ":1,", 1)
    return text


def _change(chance: random.Random, tree: Any, texts: list[str]) -> None:
    """Change one place of a tree. For what only a text can hold, a mark; itself goes to `texts`."""
    known = list(places(tree))
    if not known:
        return
    *way, name = chance.choice(known)
    parent = tree
    for step in way:
        parent = parent[step]
    match chance.randrange(8):
        case 0:
            del parent[name]
        case 1 if isinstance(parent, dict):
            parent[chance.choice(("", "a", "../../x", "$array", name + "x"))] = parent.pop(name)
        case 2:
            parent[name] = copy.deepcopy(_another(chance, tree, known))
        case 3 if isinstance(parent[name], (int, float)):
            parent[name] = parent[name] * chance.choice((-1, 0, 2, 1000, 0.5, 10**9)) + 1
        case 4 if isinstance(parent, list):
            parent.insert(name, copy.deepcopy(parent[name]))
        case _:
            parent[name] = f"{MARK}{len(texts)}"
            texts.append(chance.choice(HOSTILE))


def _another(chance: random.Random, tree: Any, known: list[tuple[Any, ...]]) -> Any:
    """A value from another place of the same tree."""
    for step in chance.choice(known):
        tree = tree[step]
    return tree


def split_safetensors(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The header and the tensors' bytes of a safetensors file."""
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def join_safetensors(header: str, body: bytes) -> bytes:
    """A safetensors file of a header that may say anything."""
    encoded = header.encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(encoded)) + encoded + body


def wrong_safetensors(chance: random.Random, content: bytes) -> bytes:
    """A safetensors file whose header lies: of its length, of dtypes, shapes, offsets or names."""
    header, body = split_safetensors(content)
    tensors = [name for name in header if name != "__metadata__"]
    entry = header[chance.choice(tensors)]
    match chance.randrange(8):
        case 0:
            size = chance.choice((0, 1, 7, 100, 10**8, 10**8 + 1, 2**31, 2**63, 2**64 - 1))
            return struct.pack("<Q", size) + content[8:]
        case 1:
            entry["dtype"] = chance.choice(DTYPES)
        case 2:
            entry["shape"] = chance.choice(SHAPES)
        case 3:
            entry["data_offsets"] = header[chance.choice(tensors)]["data_offsets"]
        case 4:
            low, high = entry["data_offsets"]
            entry["data_offsets"] = chance.choice(
                ([high, low], [low, high + 4], [low + 4, high], [low, 2**63], [-1, high], [low])
            )
        case 5:
            old = chance.choice(tensors)
            names = ("../../x", "/etc/passwd", "", "a\0b", "x" * 10_000, tensors[0], old + "x")
            header[chance.choice(names)] = header.pop(old)
        case 6:
            header[chance.choice(("z", "../z"))] = {
                "dtype": chance.choice(DTYPES),
                "shape": chance.choice(SHAPES),
                "data_offsets": chance.choice(([0, 0], [len(body), len(body)], [0, len(body)])),
            }
        case _:
            return join_safetensors(wrong_json(chance, header), body)
    return join_safetensors(json.dumps(header), body)


DTYPES = ("F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "I64", "I8", "U64",
    "U8", "BOOL", "C64", "X32")  # fmt: skip
SHAPES: tuple[Any, ...] = (
    *([], [0], [1], [-1], [2**31], [2**62, 4], [0, 2**62], [2**32, 2**32], [1] * 40, [1] * 100),
    *([1.5], ["3"], [[3]], None, [3, 4], [10**30]),
)


def wrong_arrays(chance: random.Random, arrays: dict[str, Any]) -> dict[str, Any]:
    """Arrays of a file with some of them of another dtype or shape, lost, renamed or swapped."""
    arrays = dict(arrays)
    name = chance.choice(list(arrays))
    array = arrays[name]
    match chance.randrange(7):
        case 0:
            del arrays[name]
        case 1:
            kinds = ("float16", "float32", "float64", "int64", "uint8", "bool")
            arrays[name] = array.astype(chance.choice(kinds))
        case 2:
            arrays[name] = array.reshape(-1)
        case 3:
            arrays[name] = array[:0] if array.ndim else array.reshape(1, 1)
        case 4:
            arrays[chance.choice(("../../x", "", name + "x"))] = arrays.pop(name)
        case 5:
            arrays[name] = arrays[chance.choice(list(arrays))]
        case _:
            values = array.astype(array.dtype).copy()
            values.reshape(-1)[: chance.randint(1, 4)] = chance.choice((0, -1, 127))
            if values.dtype.kind == "f":
                values.reshape(-1)[:1] = chance.choice((float("nan"), float("inf"), 1e30))
            arrays[name] = values
    return arrays
