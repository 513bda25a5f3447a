"""The list of families, and what each of them says of itself."""

from __future__ import annotations

import json

import pytest

import pyrnn
from pyrnn.models import FAMILIES, Model, ModelFolderError, families
from pyrnn.models.families import family

from .cases import CASES


def test_every_family_has_a_case():
    assert set(CASES) == set(FAMILIES)


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
    with pytest.raises(ValueError, match="family: expected one of lm, classify, sums; got 'x'"):
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
    assert model.read_file(case.file, model.columns) == case.data
    assert model.read_inputs(case.lines, model.columns) == case.inputs


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
