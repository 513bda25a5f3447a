"""The extension's list of cells is that of `stack.py`: names, weights, and what else it says."""

from __future__ import annotations

from pyrnn import _core
from pyrnn.kernels.stack import PROJECTION, look_up

from .problems import FORMS


def test_both_sides_have_the_same_cells() -> None:
    # A projection is a stage of the cell there: its twin has a name and a list of its own.
    assert sorted(name for name, *_ in _core.cells()) == sorted(FORMS)


def test_both_sides_declare_the_same_weights() -> None:
    for name, has_cell_state, projects, weights in _core.cells():
        cell = look_up(name.removesuffix("_projected"))
        projected = name.endswith("_projected")
        expected = (*cell.weights, PROJECTION) if projected else cell.weights
        assert [tuple(weight) for weight in weights] == [tuple(line) for line in expected], name
        assert (has_cell_state, projects) == (cell.has_cell_state, projected), name
