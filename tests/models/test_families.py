"""The list of families, and what each of them says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

import pyrnn
from pyrnn.data.series import Series
from pyrnn.models import FAMILIES, Examples, Model, ModelFolderError, families
from pyrnn.models.families import family

from .cases import CASES


def test_every_family_has_a_case():
    assert {case.family for case in CASES.values()} == set(FAMILIES)


def test_a_family_says_what_it_is(case):
    kind = case.kind
    assert issubclass(kind, Model)
    assert kind.family == case.family
    assert kind.title
    assert ": " in kind.reads
    assert not kind.__abstractmethods__
    others = [family(name) for name in FAMILIES if name != case.family]
    assert kind.format() not in [other.format() for other in others]


def test_a_name_that_is_none():
    words = f"family: expected one of {', '.join(FAMILIES)}; got 'x'"
    with pytest.raises(ValueError, match=words):
        family("x")
    for name in (None, 5, ["lm"], "x" * 10**6):
        with pytest.raises(ValueError, match="family: expected one of") as caught:
            family(name)
        assert len(str(caught.value)) < 300


def test_settings_come_back_from_json(network_case):
    model = network_case.model()
    kind = network_case.kind
    for found in (model.config, kind.Options(**network_case.options), kind.Columns()):
        stored = json.loads(json.dumps(found.to_json()))
        assert type(found).from_json(stored) == found
    again = kind(model.config)
    assert again.config == model.config


def test_what_was_fitted_comes_back_from_json(network_case):
    model = network_case.built()
    stored = json.loads(json.dumps(model.description()))
    again = network_case.kind(model.config)
    again.take(stored)
    again.construct()
    assert again.description() == model.description()
    assert again.predict(network_case.inputs) == model.predict(network_case.inputs)


def test_files_of_the_user(case):
    model = case.model()
    columns = type(model.columns)(**case.columns)
    found = model.read(*model.read_file(case.file, columns))
    assert plain(found) == plain(model.read(*case.data))
    inputs = model.read_inputs(case.lines, columns)
    assert plain(list(inputs)) == plain(list(case.inputs))
    assert plain(getattr(inputs, "static", None)) == plain(getattr(case.inputs, "static", None))


def plain(value):
    """Arrays, and what holds them, as lists; targets by name as those that are there."""
    if isinstance(value, Examples):
        return [plain(part) for part in (value.inputs, value.targets, value.static, value.groups)]
    if isinstance(value, Series):
        parts = (value.y, value.past, value.known)  # NaN, for what is to come, is not equal to NaN
        rows = [np.nan_to_num(part, nan=-1e9).tolist() for part in parts]
        return [*rows, value.name, value.static, value.times.tolist(), value.ahead]
    if isinstance(value, np.ndarray):
        return value.squeeze(0).tolist() if len(value) == 1 else value.tolist()
    if isinstance(value, Mapping):
        return [name for name, there in value.items() if there]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(each) for each in value]
    return value


def test_a_model_of_another_family(case, tmp_path):
    case.built().save(tmp_path)
    for name in set(FAMILIES) - {case.family}:
        with pytest.raises(ModelFolderError, match=f"expected a {family(name).format()}"):
            family(name).load(tmp_path)


def test_a_family_that_is_not_in_the_list(case, tmp_path, monkeypatch):
    case.built().save(tmp_path)
    monkeypatch.delitem(families.FAMILIES, case.family)
    with pytest.raises(ModelFolderError, match="expected a model of one of"):
        pyrnn.load(tmp_path)
