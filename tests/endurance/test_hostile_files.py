"""Some hundred hostile files; the script makes as many as one likes."""

from __future__ import annotations

import json


def test_hostile_files_in_short(script, tmp_path):
    done = script("hostile_files.py", "--files", 450, "--output", tmp_path / "h.json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "h.json").read_text("utf-8"))
    assert found["failures"] == []
    assert sum(found["outcomes"].values()) == 450
    kinds = {name.split()[0] for name in found["outcomes"]}
    assert kinds == {
        *("model_folder", "checkpoint", "resumed", "history"),
        *("parts", "weights", "data", "words"),
    }


def test_a_file_depends_on_its_number_alone(script):
    first, second = (script("hostile_files.py", "--only", 4).stdout for _ in range(2))
    assert first.splitlines()[1:] == second.splitlines()[1:] != []
