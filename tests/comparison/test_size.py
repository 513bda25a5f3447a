from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from pyrnn.comparison import of_equal_size, parameter_count
from pyrnn.models import LanguageModel, SequenceClassifier, SequenceRegressor
from pyrnn.models.stack_settings import LAYERS

from .conftest import LABELS, TEXTS


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("cell", LAYERS)
def test_counts_what_a_model_has(cell: str, tied: bool) -> None:
    model = LanguageModel(
        cell=cell, hidden_size=7, num_layers=2, embedding_size=5, tied=tied
    ).for_data("abcdefgh")
    assert parameter_count(model) == model.num_parameters()
    found = sum(weight.size for weight in model.network.state_dict().values())
    # a state_dict has a shared weight under both its names
    shared = model.network.embedding.weight.size if tied else 0
    assert parameter_count(model) == found - shared


def test_a_count_by_hand() -> None:
    V, E, H = 10, 3, 5
    model = LanguageModel(cell="gru", hidden_size=9).for_data("abcdefghij")
    lstm = replace(model.config, cell="lstm", hidden_size=H, embedding_size=E)
    assert parameter_count(model, lstm) == V * E + 4 * H * (E + H + 2) + V * (H + 1)
    assert model.config.cell == "gru"  # it is as it was


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(list(LAYERS)), st.sampled_from(list(LAYERS)), st.integers(1, 40),
    st.integers(1, 2), st.sampled_from([None, 1, 17]), st.booleans(), st.integers(2, 90),
)  # fmt: skip
def test_no_other_size_is_nearer(
    cell: str, other: str, hidden: int, layers: int, width: int | None, tied: bool, vocabulary: int
) -> None:
    model = LanguageModel(
        cell=cell, hidden_size=hidden, num_layers=layers, embedding_size=width, tied=tied
    ).for_data("".join(map(chr, range(100, 100 + vocabulary))))
    wanted = parameter_count(model)
    found = of_equal_size(model, other)
    assert found.cell == other
    assert found.embedding == model.config.embedding

    def distance(size: int) -> int:
        return abs(parameter_count(model, replace(found, hidden_size=size)) - wanted)

    sizes = range(1, 4 * hidden + 4)
    assert distance(found.hidden_size) == min(map(distance, sizes))


def test_the_model_itself_keeps_its_size() -> None:
    model = LanguageModel(cell="gru", hidden_size=33).for_data("abc")
    assert of_equal_size(model, "gru") == replace(model.config, embedding_size=33)


def test_a_family_of_another_kind() -> None:
    model = SequenceClassifier(cell="lstm", hidden_size=20).for_data(TEXTS, LABELS)
    for cell in LAYERS:
        config = of_equal_size(model, cell)
        built = SequenceClassifier(config).for_data(TEXTS, LABELS)
        assert built.num_parameters() == parameter_count(model, config)
        assert abs(built.num_parameters() / model.num_parameters() - 1) < 0.1


@pytest.mark.parametrize("cell", LAYERS)
def test_frames_have_no_embedding(cell: str) -> None:
    series, sums = [[0.5, 0.25], [1.0, -2.0, 3.0]], [0.75, 2.0]
    model = SequenceRegressor(cell="gru", hidden_size=20).for_data(series, sums)
    config = of_equal_size(model, cell)
    assert config.embedding_size is None
    built = SequenceRegressor(config).for_data(series, sums)
    assert built.num_parameters() == parameter_count(model, config)
    assert abs(built.num_parameters() - model.num_parameters()) < 0.1 * model.num_parameters()
