"""What pytest-benchmark writes down beside the times: our signature, and no host's name."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.signature import sign


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(config: Any, machine_info: dict[str, Any]) -> None:
    for name in ("node", "release"):
        machine_info.pop(name, None)
    machine_info["signature"] = sign([1, 2])
