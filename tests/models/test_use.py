"""Any family: what it predicts and measures, in memory and out of files; short errors."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pytest

import pyrnn
from pyrnn.files.checkpoint import CheckpointError
from pyrnn.files.content import Content
from pyrnn.models import Examples
from pyrnn.training import read_checkpoint

BOOK = "a good long book\n" * 12_000  # a book of 200 kB
SAID = 2_000  # characters of an error, at most


# prediction


def numbered(inputs):
    return list(range(len(inputs)))


def some(inputs, numbers):
    """Those of these numbers, with what stands beside them."""
    if isinstance(inputs, Examples):
        return inputs.some(np.array(numbers))
    return [inputs[k] for k in numbers]


def test_predictions_keep_the_order_of_the_inputs(network_case):
    model = network_case.built()
    every = numbered(network_case.inputs)
    alone = [model.predict(some(network_case.inputs, [k]))[0] for k in every]
    assert model.predict(network_case.inputs) == alone
    assert model.predict(some(network_case.inputs, every[::-1])) == alone[::-1]


def test_padding_does_not_matter(network_case):
    """Bit for bit: beside 31 others a prediction is what it is alone."""
    model = network_case.trained()
    every = numbered(network_case.inputs)
    together = model.predict(some(network_case.inputs, (every * 32)[:32]))
    for k, found in zip(every, together, strict=False):
        assert model.predict(some(network_case.inputs, [k]))[0].to_json() == found.to_json()


def test_nothing_to_predict(case):
    assert case.built().predict([]) == []


@pytest.mark.parametrize("inputs", ["a text", b"bytes", 5, None, object(), iter([])])
def test_a_single_input_is_refused(case, inputs):
    with pytest.raises(TypeError, match="inputs: expected a list of inputs; got "):
        case.built().predict(inputs)


def test_an_input_that_is_none(case):
    with pytest.raises(TypeError):
        case.built().predict([case.inputs[0], object()])


def test_a_prediction_is_json_and_a_line(case):
    for prediction in case.trained().predict(case.inputs):
        stored = prediction.to_json()
        assert json.loads(json.dumps(stored)) == stored
        assert "\n" not in str(prediction)


def test_a_model_that_is_not_built(case, tmp_path):
    model = case.model()
    for use in (
        lambda: model.predict(case.inputs),
        lambda: model.evaluate(*case.data),
        lambda: model.save(tmp_path / "model"),
        lambda: model.description(),
        lambda: model.summary(),
    ):
        with pytest.raises(ValueError, match="is not built yet"):
            use()
    assert not (tmp_path / "model").exists()
    assert "not built" in repr(model)


# evaluation


def test_an_evaluation_is_the_validation_of_the_same_data(network_case):
    if not network_case.alike:
        pytest.skip("its evaluation takes the last step, its validation all of them")
    model = network_case.model()
    options = {"restore_best": True, "validate_every": 4}
    result = network_case.fit(model, **options)
    found = model.evaluate(*network_case.valid)
    validated = dict(result.best.metrics)
    assert set(validated) <= set(model.monitors)
    if "loss" not in found:  # it stands there under the name that its kind has elsewhere
        validated["log_loss"] = validated.pop("loss")
    for name, value in validated.items():  # other batches, other sums
        assert found[name] == pytest.approx(value, rel=1e-6), name
    assert json.loads(json.dumps(found)) == found
    assert model.report(*network_case.valid).metrics == found


def test_every_monitor_can_be_asked_for(case):
    monitors = case.built().monitored()
    for name, better in monitors.items():
        model = case.model()
        result = case.fit(model, monitor=name, validate_every=2)
        values = [record.metrics[name] for record in result.validations]
        assert len(values) == 6
        best = min(values) if better == "min" else max(values)
        assert result.best.metrics[name] == best
    with pytest.raises(
        ValueError, match=rf"^monitor: expected one of {', '.join(monitors)}; got 'charm'"
    ):
        case.fit(case.model(), monitor="charm")


def test_a_share_is_held_out(case):
    model = case.model()
    result = case.fit(model, valid=0.25, max_steps=2)
    assert result.best is not None
    for share in (1, -0.5, 1.5, float("nan")):
        with pytest.raises(ValueError, match=r"^valid: "):
            case.fit(case.model(), valid=share)


# files


def same(loaded, model, case):
    assert [one.to_json() for one in loaded.predict(case.inputs)] == [
        one.to_json() for one in model.predict(case.inputs)
    ]
    assert loaded.evaluate(*case.valid) == model.evaluate(*case.valid)
    assert loaded.description() == model.description()
    assert (loaded.config, loaded.columns) == (model.config, model.columns)
    np.testing.assert_equal(loaded.network.state_dict(), model.network.state_dict())


def test_saved_and_loaded(network_case, tmp_path):
    model = network_case.trained()
    model.save(tmp_path)
    for loaded in (
        pyrnn.load(tmp_path),
        network_case.kind.load(tmp_path),
        pyrnn.load(str(tmp_path)),
    ):
        same(loaded, model, network_case)
        assert loaded.trained == model.trained
    loaded.save(tmp_path / "again")
    for file in ("config.json", "weights.safetensors"):
        assert (tmp_path / "again" / file).read_bytes() == (tmp_path / file).read_bytes()


def test_checkpoints_are_models(network_case, tmp_path):
    model = network_case.trained(folder=tmp_path, validate_every=4)
    for path in (tmp_path / "best.safetensors", tmp_path / "last.safetensors", tmp_path):
        loaded = pyrnn.load(path)
        content = read_checkpoint(
            tmp_path / path.name if path != tmp_path else path / "last.safetensors"
        )
        np.testing.assert_equal(loaded.network.state_dict(), content["stateful"]["model"])
        assert loaded.trained["steps"] == content["position"]["step"]
        assert loaded.trained["options"] == model.trained["options"]
        assert loaded.trained["reason"] is None
        if path.name == "best.safetensors":
            same(loaded, model, network_case)
    model.save(tmp_path)  # beside its run: the folder is the model's now
    assert pyrnn.load(tmp_path).trained["reason"] == "max_steps"


def test_a_checkpoint_of_another_family(case, tmp_path):
    case.trained(folder=tmp_path, max_steps=1)
    content = read_checkpoint(tmp_path / "last.safetensors")
    assert content["identity"]["family"] == case.family
    for name in pyrnn.models.FAMILIES:
        if name != case.family:
            with pytest.raises(
                CheckpointError, match=f"family: expected {name}; got '{case.family}'"
            ):
                pyrnn.models.family(name).load(tmp_path / "last.safetensors")


# words


def test_reprs_are_short(network_case):
    model = network_case.model()
    result = network_case.fit(model)
    report = model.report(*network_case.data)
    every = [network_case.model(), model, result, report, *model.predict(network_case.inputs)]
    for one in every:
        assert len(repr(one)) < 200
        assert "\n" not in repr(one)
    assert repr(model).startswith(f"{type(model).__name__}(")
    assert f"{model.num_parameters():,} parameters" in repr(model)
    assert len(model.summary()) < 2_000


def wrong_calls(case):
    """Calls with a book where it has no place; some are none of a family's mistakes."""
    model, built, kind = case.model(), case.built(), case.kind
    for data in ((BOOK, BOOK), ([BOOK], BOOK), ([BOOK], [BOOK]), ([BOOK] * 3, [BOOK, 1, None]),
                 ((BOOK,),), ({BOOK: BOOK},), (BOOK.encode(),), (BOOK, [BOOK], BOOK),
                 ([BOOK.encode()] * 2, ["a", "b"]), ([[BOOK]], [[BOOK]])):  # fmt: skip
        yield lambda data=data: model.for_data(*data)
        yield lambda data=data: built.evaluate(*data)
        yield lambda data=data: built.training(*case.data, valid=data, **case.options)
    for valid in (BOOK, [BOOK], {BOOK: 1}):
        if not (case.family == "lm" and valid is BOOK):  # which takes it
            yield lambda valid=valid: built.training(*case.data, valid=valid)
    for inputs in (
        BOOK,
        [BOOK.encode()],
        [[BOOK]],
        [{BOOK: BOOK}],
        {BOOK: 1},
        [None, BOOK],
        [5, BOOK],
    ):
        yield lambda inputs=inputs: built.predict(inputs)
    for value in (BOOK, [BOOK], {BOOK: BOOK}, BOOK.encode()):
        yield lambda value=value: kind(value)
        yield lambda value=value: built.training(*case.data, options=value)
        for one in fields(kind.Config):
            yield lambda one=one, value=value: kind(**{one.name: value})
        for one in fields(kind.Options):
            yield lambda one=one, value=value: kind.Options(**{one.name: value})
            yield lambda one=one, value=value: built.training(*case.data, **{one.name: value})
    for cls in (kind.Config, kind.Options, kind.Columns):
        yield lambda cls=cls: cls(**{BOOK: 1})
        yield lambda cls=cls: cls.from_json(BOOK)
        yield lambda cls=cls: cls.from_json({BOOK: BOOK})
        yield lambda cls=cls: cls.from_json([BOOK])
    for name in ("book.csv", "book.tsv", "book.jsonl", "book.csv.gz", "book", "-"):
        for content in (
            BOOK,
            f'"{BOOK}',
            f'{{"{BOOK}": "{BOOK}"}}',
            f"{BOOK * 1},{BOOK}",
            "\ud800" + BOOK,
        ):
            file = Content(name, content.encode("utf-8", "surrogatepass"))
            yield lambda file=file: model.read_file(file, kind.Columns())
            yield lambda file=file: model.read_inputs(file, kind.Columns())
    for one in fields(kind.Columns):
        for read in (model.read_file, model.read_inputs):
            yield lambda one=one, read=read: read(case.file, kind.Columns(**{one.name: BOOK}))
    yield lambda: built.training(*case.data, optimizer_options={BOOK: 1})


def test_an_error_never_quotes_a_whole_book(case):
    said = []
    for call in wrong_calls(case):
        try:
            call()
        except (TypeError, ValueError) as error:
            said.append(str(error))
    assert len(said) > 100
    assert [words[:200] for words in said if len(words) > SAID] == []


def test_a_path_that_is_empty():
    """Not the present folder."""
    with pytest.raises(ValueError, match="path: expected the folder of a model"):
        pyrnn.load("")
