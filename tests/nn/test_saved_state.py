"""load_state_dict: what it says of a state dict that does not fit, or is something else."""

import numpy as np
import pytest

import pyrnn
from pyrnn import nn

WEIGHTS = nn.GRU(3, 4, rng=0).state_dict()
CHECKPOINTS = {
    "model_state_dict": {"epoch": 3, "model_state_dict": WEIGHTS, "optimizer_state_dict": {}},
    "state_dict": {"state_dict": WEIGHTS, "optimizer": {"state": {}, "param_groups": [{}]}},
    "ema": {"other": {"x": np.zeros(2)}, "ema": WEIGHTS},  # of several the one that fits
}


@pytest.mark.parametrize("entry", CHECKPOINTS)
def test_a_whole_checkpoint_is_told_from_a_state_dict(entry):
    message = f"whole training checkpoint: pass its entry '{entry}'"
    gru = nn.GRU(3, 4, rng=1)
    with pytest.raises(ValueError, match=message):
        gru.load_state_dict(CHECKPOINTS[entry])
    with pytest.warns(UserWarning, match=message):
        gru.load_state_dict(CHECKPOINTS[entry], strict=False)
    gru.load_state_dict(CHECKPOINTS[entry][entry])
    np.testing.assert_array_equal(gru.weight_hh_l0.numpy(), WEIGHTS["weight_hh_l0"])


@pytest.mark.parametrize("entry", ["model_state_dict", "state_dict"])
def test_from_torch_tells_it_too(entry):
    with pytest.raises(ValueError, match=f"state: .*pass its entry '{entry}'"):
        pyrnn.from_torch(CHECKPOINTS[entry])


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "model.encoder."])
def test_names_under_one_path_earn_the_word_that_takes_it_off(prefix):
    state = {prefix + name: array for name, array in WEIGHTS.items()}
    gru = nn.GRU(3, 4, rng=1)
    before = gru.state_dict()
    message = f"all names begin with '{prefix}': pass .*removeprefix"
    with pytest.raises(ValueError, match=message):
        gru.load_state_dict(state)
    with pytest.warns(UserWarning, match=message):
        loaded = gru.load_state_dict(state, strict=False)
    assert loaded.missing == list(WEIGHTS)
    assert loaded.unexpected == list(state)
    for name, array in gru.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    gru.load_state_dict({name.removeprefix(prefix): a for name, a in state.items()})


def test_a_loose_load_says_what_it_took_and_is_silent_where_it_took_something():
    gru = nn.GRU(3, 4, rng=1)
    loaded = gru.load_state_dict({"bias_hh_l0": WEIGHTS["bias_hh_l0"], "x": 1}, strict=False)
    assert loaded == (["weight_ih_l0", "weight_hh_l0", "bias_ih_l0"], ["x"])
    assert gru.load_state_dict(WEIGHTS) == ([], [])
    assert nn.Tanh().load_state_dict({}, strict=False) == ([], [])


def test_nothing_in_common_and_nothing_to_hint_at():
    with pytest.warns(UserWarning, match="got none of them but x, so nothing has been loaded$"):
        nn.Linear(1, 1, rng=0).load_state_dict({"x": np.zeros(1)}, strict=False)
    with pytest.warns(UserWarning, match="got none of them but none"):
        nn.Linear(1, 1, rng=0).load_state_dict({}, strict=False)


def test_names_without_end_are_not_all_listed():
    deep = nn.RNN(1, 1, num_layers=50, rng=0)
    with pytest.raises(ValueError, match="and 180 more; unknown: none") as caught:
        deep.load_state_dict({})
    assert len(str(caught.value)) < 1000
