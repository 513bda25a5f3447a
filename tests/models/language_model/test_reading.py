"""Reading on from a state, and rows of a state."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.models.language_model.reading import gather, read, step
from pyrnn.models.stack_settings import LAYERS


def parts(state):
    return [np.asarray(part) for part in (state if isinstance(state, tuple) else (state,))]


@pytest.mark.parametrize("cell", LAYERS)
def test_reading_on_is_reading_at_once(small, noise, cell):
    model = small(cell=cell, num_layers=2, dtype="float32")
    ids = model.tokenizer.encode(noise(40))
    logits, state = read(model.network, ids)
    for cut in (1, 17, 39):
        first = read(model.network, ids[:cut])[1]
        later, its_state = read(model.network, ids[cut:], first)
        np.testing.assert_array_equal(later, logits)
        for ours, whole in zip(parts(its_state), parts(state), strict=True):
            np.testing.assert_array_equal(ours, whole)


@pytest.mark.parametrize("cell", LAYERS)
def test_rows_of_a_state(small, cell):
    model = small(cell=cell, num_layers=2)
    _, one = read(model.network, model.tokenizer.encode("abc"))
    three = gather(one, np.zeros(3, dtype=np.int64))
    logits, state = step(model.network, np.array([0, 1, 2]), three)
    chosen = np.array([2, 0, 2, 1])
    for before, after in zip(parts(state), parts(gather(state, chosen)), strict=True):
        np.testing.assert_array_equal(after, before[:, chosen])
        assert after.shape == (2, 4, 10)
    again = parts(gather(gather(state, chosen), np.array([1])))
    for before, after in zip(parts(state), again, strict=True):
        np.testing.assert_array_equal(after, before[:, :1])
    # a row is stepped as it is by itself, up to the rounding of the output layer's product
    alone, _ = step(model.network, np.array([2]), gather(state, np.array([1])))
    among, _ = step(model.network, np.array([2, 2, 2, 2]), gather(state, chosen))
    np.testing.assert_allclose(among[3], alone[0], rtol=1e-12)
    assert logits.shape == (3, model.tokenizer.size)
