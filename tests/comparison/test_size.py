from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from pyrnn.comparison import of_equal_size, parameter_count
from pyrnn.kernels.stack import CELLS
from pyrnn.models import LanguageModel, LanguageModelConfig


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_counts_what_a_model_has(cell: str, tied: bool) -> None:
    config = LanguageModelConfig(
        cell=cell, hidden_size=7, num_layers=2, embedding_size=5, tied=tied
    )
    model = LanguageModel.for_text("abcdefgh", config)
    found = sum(weight.size for weight in model.network.state_dict().values())
    # a state_dict has a shared weight under both its names
    shared = model.network.embedding.weight.size if tied else 0
    assert parameter_count(model.tokenizer, config) == found - shared


def test_a_count_by_hand() -> None:
    V, E, H = 10, 3, 5
    tokenizer = LanguageModelConfig().tokenizer("abcdefghij")
    lstm = LanguageModelConfig(cell="lstm", hidden_size=H, embedding_size=E)
    assert parameter_count(tokenizer, lstm) == V * E + 4 * H * (E + H + 2) + V * (H + 1)


@settings(max_examples=15)
@given(
    st.sampled_from(CELLS), st.sampled_from(CELLS), st.integers(1, 40), st.integers(1, 2),
    st.sampled_from([None, 1, 17]), st.booleans(), st.integers(2, 90),
)  # fmt: skip
def test_no_other_size_is_nearer(
    cell: str, other: str, hidden: int, layers: int, width: int | None, tied: bool, vocabulary: int
) -> None:
    reference = LanguageModelConfig(
        cell=cell, hidden_size=hidden, num_layers=layers, embedding_size=width, tied=tied
    )
    tokenizer = reference.tokenizer("".join(map(chr, range(100, 100 + vocabulary))))
    wanted = parameter_count(tokenizer, reference)
    found = of_equal_size(replace(reference, cell=other), reference, tokenizer)
    assert found.cell == other
    assert found.embedding == reference.embedding

    def distance(size: int) -> int:
        return abs(parameter_count(tokenizer, replace(found, hidden_size=size)) - wanted)

    sizes = range(1, 4 * hidden + 4)
    assert distance(found.hidden_size) == min(map(distance, sizes))


def test_the_reference_itself_keeps_its_size() -> None:
    reference = LanguageModelConfig(cell="gru", hidden_size=33)
    tokenizer = reference.tokenizer("abc")
    assert of_equal_size(reference, reference, tokenizer) == replace(reference, embedding_size=33)
