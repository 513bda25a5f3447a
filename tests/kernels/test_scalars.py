"""Single numbers as arguments."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.kernels.scalars import integer, real


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_whole_numbers_that_no_float_holds(value):
    for bounds in ({}, {"least": 0}):
        with pytest.raises(ValueError, match=r"^x: expected a number of float64; got a larger one"):
            real("x", value, **bounds)
    assert integer("x", value) == value


@pytest.mark.parametrize("value", ["1", b"1", True, np.True_, None, [1], 1j, object()])
def test_what_is_no_number(value):
    for read in (real, integer):
        with pytest.raises(TypeError, match=r"^x: expected a"):
            read("x", value)


@pytest.mark.parametrize("value", [3, np.int8(3), np.float32(3), 3.0, np.array(3.0)])
def test_numbers_are_pythons(value):
    found = real("x", value, least=3, most=3)
    assert (found, type(found)) == (3.0, float)
    with pytest.raises(ValueError, match=r"^x: expected a number of more than 3; got 3"):
        real("x", value, above=3)
