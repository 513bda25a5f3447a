"""What stands beside a sequence: numbers, categories, groups that are held out whole."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import pyrnn
from pyrnn.models import Examples, SequenceClassifier, SequenceRegressor

DRAW = np.random.default_rng(2)
FRAMES = [DRAW.normal(size=(1 + n % 4, 2)) for n in range(40)]
AGES = DRAW.integers(20, 80, size=40).astype(float).tolist()
SITES = [["north", "south", "west"][n % 3] for n in range(40)]
STATIC = [[age, site] for age, site in zip(AGES, SITES, strict=True)]
LABELS = ["old" if age > 50 else "young" for age in AGES]  # told by what stands beside, alone
ENCODERS = {
    "recurrent": {"hidden_size": 6},
    "bag": {"encoder": "bag"},
    "conv": {"encoder": "conv", "filters": 4},
    "window": {"encoder": "window", "window": 3, "hidden_size": 6},
}


def small(**settings):
    return SequenceClassifier(**{"hidden_size": 6, **settings})


@pytest.fixture(scope="module")
def trained():
    model = small()
    model.fit(FRAMES, LABELS, STATIC, epochs=2)
    return model


@pytest.mark.parametrize("encoder", ENCODERS)
def test_what_stands_beside_is_learnt(encoder, tmp_path):
    model = SequenceClassifier(**ENCODERS[encoder])
    model.fit(FRAMES, LABELS, STATIC, epochs=40, learning_rate=0.05)
    assert model.evaluate(FRAMES, LABELS, STATIC)["accuracy"] > 0.9
    model.save(tmp_path)
    loaded = pyrnn.load(tmp_path)
    data = Examples(FRAMES, static=STATIC)
    assert loaded.predict(data) == model.predict(data)
    assert pickle.loads(pickle.dumps(model)).predict(data) == model.predict(data)


def test_numbers_in_every_form(trained):
    data = Examples(FRAMES, static=STATIC)
    rows = [tuple(row) for row in STATIC]
    assert trained.predict(Examples(FRAMES, static=rows)) == trained.predict(data)
    model = small()
    model.fit(FRAMES, LABELS, np.array(AGES)[:, None], epochs=1)
    expected = model.predict(Examples(FRAMES, static=np.array(AGES)[:, None]))
    for static in (AGES, np.array(AGES), [[age] for age in AGES]):
        assert model.predict(Examples(FRAMES, static=static)) == expected


def test_an_unknown_category_is_none_of_them(trained):
    one, other = (
        trained.predict(Examples(FRAMES[:1], static=[[50.0, site]]))[0] for site in ("east", "up")
    )
    assert one == other
    assert one != trained.predict(Examples(FRAMES[:1], static=[[50.0, "north"]]))[0]


@pytest.mark.parametrize(
    ("static", "words"),
    [
        (
            None,
            "static: expected the static features 0, 1 for each input, with which the model was",
        ),
        ([[1.0, "north"]], "static: expected 2, one for each of inputs; got 1"),
        ([[1.0], [2.0]], "static: expected 2 values in each; got 1 in row 0"),
        ([[1.0, "north"], [None, "north"]], "row 1, column '0'"),
        ([[1.0, "north"], [np.nan, "north"]], "row 1, column '0'"),
        ([[1.0, "north"], [np.inf, "north"]], "row 1, column '0'"),
        ([[1.0, "north"], [1.0, None]], "row 1, column '1'"),
        ([[1.0, "north"], [10**400, "north"]], "row 1, column '0'.*of float64"),
    ],
)
def test_what_does_not_fit(trained, static, words):
    with pytest.raises(ValueError, match=words):
        trained.predict(Examples(FRAMES[:2], static=static))


@pytest.mark.parametrize("static", [[[1.0, 5], [1.0, 5]], [["a", "b"], ["c", "d"]], "ab"])
def test_what_is_of_another_type(trained, static):
    with pytest.raises(TypeError):
        trained.predict(Examples(FRAMES[:2], static=static))


def test_a_model_that_was_trained_without():
    model = small().for_data(FRAMES, LABELS)
    with pytest.raises(ValueError, match="static: expected none, since the model was trained w"):
        model.predict(Examples(FRAMES, static=STATIC))
    with pytest.raises(ValueError, match="valid: expected static features as in the data"):
        small().fit(FRAMES, LABELS, STATIC, valid=(FRAMES, LABELS), epochs=1)
    with pytest.raises(ValueError, match="valid: expected static features as in the data"):
        small().fit(FRAMES, LABELS, valid=(FRAMES, LABELS, STATIC), epochs=1)


def test_missing_numbers_have_the_mean_where_gaps_may_be():
    model = small(gaps="mean")
    static = [[None if k == 3 else age] for k, age in enumerate(AGES)]
    model.fit(FRAMES, LABELS, static, epochs=1)
    mean = float(np.mean([age for k, age in enumerate(AGES) if k != 3]))
    one, two, three = (
        model.predict(Examples(FRAMES[:1], static=[[value]]))[0].probability
        for value in (None, np.nan, mean)
    )
    assert one == two
    assert one == pytest.approx(three, rel=1e-6)


# out of tables

TABLE = "x0,x1,age,site,label,patient\n" + "".join(
    f"{n},{n % 3},{AGES[n]},{SITES[n]},{LABELS[n]},p{n // 4}\n" for n in range(40)
)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(TABLE, "utf-8")
    return path


def test_columns_beside_a_sequence(table):
    model = small()
    examples = model.examples(table, series="x0:x1", static="age,site", split_by="patient")
    assert examples.static == STATIC
    assert examples.groups == [f"p{n // 4}" for n in range(40)]
    model.fit(examples, epochs=1)
    assert model._beside_sequences.names == ("age", "site")
    assert model.columns.static == ("age", "site")
    new = model.examples(table)  # the columns are the model's now
    assert new.static == examples.static
    unlabelled = table.with_name("new.csv")
    unlabelled.write_text("x0,x1,age,site\n1,2,30,north\n", "utf-8")
    from pyrnn.files.content import Content

    inputs = model.read_inputs(Content.of(unlabelled), model.columns)
    assert model.predict(inputs)[0].label in ("old", "young")


def test_groups_are_held_out_whole(table):
    model = small()
    examples = model.examples(table, series="x0:x1", split_by="patient")
    train, held = model.hold_out(model.read(examples), 0.3, 0)
    assert len(held) == 12
    assert not set(train.groups) & set(held.groups)
    assert sorted([*train.targets, *held.targets]) == sorted(LABELS)
    result = model.fit(examples, valid=0.3, epochs=1)
    assert len(result.validations) == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,2,old,north,old,p1", "line 3, column 'age': expected a finite number; got 'old'"),
        ("1,2,,north,old,p1", "line 3, column 'age': .*the cell is empty"),
        ("1,2,inf,north,old,p1", "line 3, column 'age': expected a finite number; got 'inf'"),
        ("1,2,30,north,old,", "line 3, column 'patient': expected a group; got none"),
        ("1,2,30,north,,p1", "an empty one in .*line 3"),
        ("1,2,30,north,ancient,p1", "label 'ancient' in .*line 3 is not among the training"),
    ],
)
def test_cells_that_do_not_fit(table, row, words):
    model = small()
    model.fit(
        model.examples(table, series="x0:x1", static="age,site", split_by="patient"), epochs=1
    )
    head, first, *_ = TABLE.splitlines()
    table.write_text("\n".join((head, first, row)), "utf-8")
    with pytest.raises(ValueError, match=rf"t\.csv: {words}|{words}"):
        model.examples(table)


@pytest.mark.parametrize("columns", ["age", "age,site,patient"])
def test_other_columns_than_the_model_learnt(table, columns):
    model = small()
    model.fit(model.examples(table, series="x0:x1", static="age,site"), epochs=1)
    with pytest.raises(ValueError, match=r"^static: expected age, site, with which the model was"):
        model.examples(table, static=columns)


def test_a_number_that_stands_beside_helps_a_regressor():
    model = SequenceRegressor(hidden_size=6)
    targets = [age / 10 for age in AGES]
    model.fit(FRAMES, targets, AGES, epochs=60, learning_rate=0.02)
    assert model.evaluate(FRAMES, targets, AGES)["r2"] > 0.8
