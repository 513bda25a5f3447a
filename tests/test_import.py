"""`import pyrnn` stays light: what it may not load, and that the rest loads when it is used."""

import json
import os
import shutil
from pathlib import Path

import pytest

import pyrnn

from .interpreter import fresh_python

# Each costs milliseconds to seconds, and none is needed before a file, a plot or a command line.
FORBIDDEN = [
    "click",
    "concurrent.futures",
    "h5py",
    "importlib.metadata",
    "matplotlib",
    "onnxruntime",
    "prompt_toolkit",
    "pyrnn.autograd.finite_differences",
    "pyrnn.kernels.cells",
    "pyrnn.kernels.dropout",
    "pyrnn.kernels.reference",
    "pytest",
    "rich",
    "safetensors",
    "scipy",
    "tokenizers",
    "torch",
]
LAZY = [f"pyrnn.{name}" for name in ("nn", "optim", "functional", "data", "models", "training")]
LAZY += [f"pyrnn.{name}" for name in ("decoding", "diagnostics", "plots", "exchange", "cli")]


def modules_after(statement):
    """The names in sys.modules of a fresh interpreter after a statement."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = fresh_python("-c", program)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_importing_loads_no_heavy_module():
    added = modules_after("import pyrnn") - modules_after("import numpy")
    assert "pyrnn" in added
    assert not added & set(FORBIDDEN)


def test_importing_adds_few_modules():
    # The time of an import goes with the number of modules: about 0.3 ms each where they are small.
    added = modules_after("import pyrnn") - modules_after("import numpy, numpy.random")
    assert len(added) < 60, sorted(added)


def test_a_source_tree_without_its_extension_says_so(tmp_path):
    shutil.copytree(
        Path(pyrnn.__file__).parent,
        tmp_path / "pyrnn",
        ignore=shutil.ignore_patterns("_core*", "_cuda*", "__pycache__"),
    )
    done = fresh_python("-c", "import pyrnn", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode != 0
    message = done.stderr.splitlines()[-1]
    assert message.startswith("ImportError: pyrnn's compiled extension is missing from")
    assert str(tmp_path / "pyrnn") in message
    assert "this is a source tree" in message
    assert "Run `pip install .`" in message


def test_subpackages_load_when_they_are_used():
    assert not modules_after("import pyrnn") & set(LAZY)
    assert "pyrnn.nn" in modules_after("import pyrnn; pyrnn.nn.Linear")
    assert "pyrnn.optim" in modules_after("import pyrnn; pyrnn.optim.Adam")


@pytest.mark.parametrize("name", pyrnn.__all__)
def test_every_public_name_is_there(name):
    assert getattr(pyrnn, name) is not None


def test_unknown_names_are_attribute_errors():
    assert not hasattr(pyrnn, "LSTM")
    assert hasattr(pyrnn, "no_grad")
    assert set(dir(pyrnn)) >= {"nn", "optim", "Tensor", "__version__"}


def test_the_threads_can_be_set():
    before = pyrnn.get_num_threads()
    try:
        pyrnn.set_num_threads(1)
        assert pyrnn.get_num_threads() == 1
    finally:
        pyrnn.set_num_threads(before)


def imported_with(name, value, program="import pyrnn; print(pyrnn.get_num_threads())"):
    """A fresh interpreter that imports pyrnn with a variable in its environment."""
    return fresh_python("-c", program, env={name: os.fsdecode(value)})


@pytest.mark.parametrize("value", [b"1", b"3", b"1024"])
def test_the_environment_sets_the_threads_at_first(value):
    assert imported_with("PYRNN_NUM_THREADS", value).stdout.split() == [value.decode()]


def test_an_empty_variable_sets_no_threads():
    assert int(imported_with("PYRNN_NUM_THREADS", b"").stdout) >= 1


def test_a_call_overrides_the_threads_of_the_environment():
    program = "import pyrnn; pyrnn.set_num_threads(2); print(pyrnn.get_num_threads())"
    assert imported_with("PYRNN_NUM_THREADS", b"7", program).stdout.split() == ["2"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (text.encode(), text)
        for text in ["0", "-1", "1025", "two", "2.0", "2threads", "0x2", "99999999999999999999"]
    ]
    + [(b" ", " "), (b"2 ", "2 "), (b"\xff\n", r"\xff\x0a"), ("²".encode(), r"\xc2\xb2")],
)
def test_impossible_threads_in_the_environment_are_told(value, shown):
    done = imported_with("PYRNN_NUM_THREADS", value)
    assert done.returncode != 0
    expected = "ImportError: PYRNN_NUM_THREADS: expected an integer from 1 to 1024; "
    assert done.stderr.splitlines()[-1] == f"{expected}got '{shown}'"


@pytest.mark.parametrize(("value", "shown"), [(b"mmx", "mmx"), (b"\xff", r"\xff")])
def test_an_impossible_instruction_set_in_the_environment_is_told(value, shown):
    done = imported_with("PYRNN_ISA", value)
    assert done.returncode != 0
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: PYRNN_ISA: expected one of ")
    assert last.endswith(f"on this machine; got '{shown}'")


def test_the_build_tells_what_runs():
    assert pyrnn.build_config()["isa"]
