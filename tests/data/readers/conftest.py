"""Files and folders on the disk."""

from __future__ import annotations

import pytest


@pytest.fixture
def put(tmp_path):
    """put("a.csv", bytes) or put("folder", {name: bytes}): the path of what it has made."""

    def make(name, content):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
            return path
        path.mkdir()
        for inner, data in content.items():
            (path / inner).parent.mkdir(parents=True, exist_ok=True)
            (path / inner).write_bytes(data)
        return path

    return make
