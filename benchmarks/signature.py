"""What a number is worth nothing without: machine, compiler, threads, versions, commit, command.

No paths and no host names: results are published.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGES = ("numpy", "torch", "onnxruntime", "jax")


def sign(threads: Sequence[int]) -> dict[str, Any]:
    """The signature of a run, made when it begins. threads: the numbers that it measures with."""
    import pyrnn

    build = pyrnn.build_config()
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command_line(sys.argv),
        **commit(),
        "cpu": cpu_model(),
        "cores": usable_cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "instruction_set": build["isa"],
        "compiler": build["compiler"],
        "threads": list(threads),
        "load": load(),
        "versions": {"python": platform.python_version(), "pyrnn": pyrnn.__version__} | versions(),
    }


def command_line(arguments: Sequence[str]) -> str:
    """The command as typed in the repository; of absolute paths only the name."""
    program = Path(arguments[0])
    if program.parent.name == "benchmarks":
        start = ["python", f"benchmarks/{program.name}"]
    else:
        start = [program.name]
    return " ".join(start + [without_folders(argument) for argument in arguments[1:]])


def without_folders(argument: str) -> str:
    """/a/b.json -> b.json, --output=/a/b.json -> --output=b.json; anything else as it is."""
    option, sign, value = argument.rpartition("=")
    return option + sign + (Path(value).name if Path(value).is_absolute() else value)


def commit() -> dict[str, Any]:
    """The commit of the source tree, and whether it has changes; both None outside git.

    Earlier results are no changes: one session writes several.
    """
    try:
        head = git("rev-parse", "HEAD")
        changes = git("status", "--porcelain", "--", ".", ":!benchmarks/results")
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "dirty": None}
    return {"commit": head, "dirty": bool(changes)}


def git(*arguments: str) -> str:
    """The output of a git command in the source tree."""
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def cpu_model() -> str:
    """The CPU's name, as the system gives it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith(("model name", "Model")):
                return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return platform.processor() or "unknown"


def usable_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load() -> float | None:
    """The processes that have been running in the last minute, on average."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def versions() -> dict[str, str]:
    """The versions of the rivals that are installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
