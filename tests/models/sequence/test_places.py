"""Where examples stand in their files: what went in comes out."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from pyrnn.models.sequence.places import Places

NUMBERED = st.builds("{}: line {}".format, st.text(max_size=5), st.integers(0, 10**20))


@given(st.lists(NUMBERED | st.text(max_size=9)), st.data())
def test_what_went_in_comes_out(places: list[str], data: st.DataObject) -> None:
    kept = Places(places)
    assert list(kept) == places
    assert len(kept) == len(places)
    if places:
        numbers = data.draw(st.lists(st.integers(0, len(places) - 1)))
        some = kept.some(np.array(numbers, np.int64))
        assert list(some) == [places[k] for k in numbers]
        some.append("another: line 1")  # which leaves the others as they are
        assert (some[-1], list(kept)) == ("another: line 1", places)


def test_numbers_as_texts_have_them() -> None:
    places = ["a 007", "a 7", "a -7", "a ٧", " 7", "7", "a ", "", "a 9999999999999999999"]
    assert list(Places(places)) == places
