"""A vector, a class or both to a text: what is learnt, tables and arrays, and hard input."""

from __future__ import annotations

import json

import numpy as np
import pytest

import pyrnn
from pyrnn.models import Captioner, CaptionerConfig, Examples
from pyrnn.models.captioner.model import unit_for

DRAW = np.random.default_rng(0)
POINTS = DRAW.normal(size=(240, 3)).round(3)
WORDS = [("low", "high"), ("red", "blue"), ("cat", "dog")]


def told(point):
    return " ".join(pair[int(x > 0)] for pair, x in zip(WORDS, point, strict=True))


TEXTS = [told(point) for point in POINTS]
DAYS = {"en": ["Monday", "Tuesday"], "fr": ["Lundi", "Mardi"], "de": ["Montag", "Dienstag"]}
LANGUAGES = [language for language in DAYS for _ in range(2)] * 10
NAMES = [name for names in DAYS.values() for name in names] * 10


@pytest.fixture(scope="module")
def teller():
    model = Captioner(hidden_size=32)
    model.fit(POINTS, TEXTS, epochs=30, learning_rate=0.01)
    return model


@pytest.fixture(scope="module")
def namer():
    model = Captioner(hidden_size=32)
    model.fit(LANGUAGES, NAMES, epochs=40, learning_rate=0.01)
    return model


def small(**settings):
    return Captioner(**{"hidden_size": 5, **settings})


# what is learnt


@pytest.mark.parametrize(
    "settings",
    [
        {"condition": "start"},
        {"condition": "steps"},
        {"condition": "both", "vector_layers": (16, 8)},
        {"cell": "lstm", "num_layers": 2, "condition": "steps"},
        {"unit": "characters"},
        {"tied": True, "embedding_size": 16},
    ],
)
def test_what_a_vector_says(settings):
    model = Captioner(hidden_size=32, **settings)
    model.fit(POINTS, TEXTS, epochs=40, learning_rate=0.01)
    assert model.evaluate(POINTS, TEXTS)["exact_match"] > 0.9


def test_names_by_language(namer):
    assert namer.config.unit == "characters"
    for language, names in DAYS.items():
        (one,) = namer.predict([language], beam=4, nbest=2)
        assert sorted([one.text, one.alternatives[0].text]) == sorted(names)
        assert np.exp(one.score * ((5 + len(one.tokens) + 1) / 6) ** 0.6) == pytest.approx(
            0.5, abs=0.1
        )
    (one,) = namer.predict(["fr"], sample=True, samples=20)
    drawn = [one.text, *(each.text for each in one.alternatives)]
    assert set(DAYS["fr"]) <= set(drawn)
    assert str(one) == " ||| ".join(drawn)


def test_a_label_beside_a_vector():
    """The same points, told in two ways."""
    ways = ["plain", "shout"] * 120
    texts = [t.upper() if way == "shout" else t for t, way in zip(TEXTS, ways, strict=True)]
    model = Captioner(hidden_size=32)
    model.fit(POINTS, texts, labels=ways, epochs=30, learning_rate=0.01)
    assert model.evaluate(POINTS, texts, labels=ways)["exact_match"] > 0.9
    both = model.predict(POINTS[[0, 0]], ["plain", "shout"])
    assert [one.text for one in both] == [TEXTS[0], TEXTS[0].upper()]
    again = model.predict(Examples(POINTS[[0, 0]], static=["plain", "shout"]))
    assert again == both


def test_several_labels():
    pairs = [(a, b) for a in ("x", "y") for b in (True, False)] * 8
    texts = [f"{a} {'yes' if b else 'no'}" for a, b in pairs]
    model = Captioner(hidden_size=16)
    model.fit(pairs, texts, epochs=40, learning_rate=0.01)
    assert [one.text for one in model.predict(pairs[:4])] == texts[:4]
    with pytest.raises(ValueError, match=r"^inputs\[0\]: expected 2 labels, .* got 1"):
        model.predict(["x"])


def test_the_scale_of_a_vector_does_not_matter():
    """What is constant is, and what is large is made small, by the training data alone."""
    stretched = np.column_stack([POINTS * [1e6, 1e-6, 1] + [1e8, 0, 0], np.full(len(POINTS), 7.0)])
    model = Captioner(hidden_size=32)
    model.fit(stretched, TEXTS, epochs=30, learning_rate=0.01)
    assert model.evaluate(stretched, TEXTS)["exact_match"] > 0.9
    scaler = model.conditions.scaler
    np.testing.assert_allclose(scaler.mean, stretched.mean(axis=0))
    np.testing.assert_allclose(scaler.deviation[:3], stretched[:, :3].std(axis=0))
    held = small()
    held.fit(POINTS[:30], TEXTS[:30], valid=(POINTS[30:] + 100, TEXTS[30:]), epochs=1)
    np.testing.assert_allclose(held.conditions.scaler.mean, POINTS[:30].mean(axis=0))


def test_gaps():
    holed = POINTS.copy()
    holed[::7, 1] = np.nan
    with pytest.raises(ValueError, match=r"^inputs\[0\], number 1: expected a number; got nan"):
        small().for_data(holed, TEXTS)
    model = small(gaps="mean").for_data(holed, TEXTS)
    mean = np.nanmean(holed, axis=0)
    filled = np.where(np.isnan(holed), mean, holed)
    assert model.predict(holed[:9]) == model.predict(filled[:9])


# inputs of all kinds


@pytest.mark.parametrize(
    "kind", [list, tuple, np.asarray, lambda rows: [list(row) for row in rows]]
)
def test_vectors_in_any_form(teller, kind):
    assert teller.predict(kind(POINTS[:5])) == teller.predict(POINTS[:5])


def test_arrays_of_pixels():
    images = DRAW.integers(0, 255, (12, 4, 5)).astype(np.uint8)
    model = small().for_data(images, ["a", "b c"] * 6)
    assert model.conditions.numbers == 20
    assert model.predict(images) == model.predict([image.ravel().tolist() for image in images])


def test_labels_that_are_no_texts():
    model = small().for_data([3, 1, 2] * 4, ["c c", "a", "b"] * 4)
    assert model.conditions.labels[0].classes == (1, 2, 3)
    assert model.predict(np.array([1, 2])) == model.predict([1, 2])
    with pytest.raises(ValueError, match=r"inputs\[1\]: label 4 is not among the training labels"):
        model.predict([1, 4])
    with pytest.raises(TypeError, match=r"inputs\[0\]: expected integers, .* got str '1'"):
        model.predict(["1"])


def test_files(tmp_path, namer):
    """The same of arrays, of columns of numbers, of lists in JSON and of a table in memory."""
    names, rows = ["x0", "x1", "x2"], POINTS[:40].tolist()
    np.savez(tmp_path / "a.npz", v=POINTS[:40], caption=np.array(TEXTS[:40]))
    (tmp_path / "b.csv").write_text(
        "\n".join([",".join([*names, "caption"]),
                   *(",".join([*map(str, r), t]) for r, t in zip(rows, TEXTS, strict=False))]),
        encoding="utf-8",
    )  # fmt: skip
    pairs = [{"v": row, "caption": text} for row, text in zip(rows, TEXTS, strict=False)]
    (tmp_path / "c.jsonl").write_text("\n".join(map(json.dumps, pairs)), encoding="utf-8")
    sources = {
        tmp_path / "a.npz": {"vector": "v"},
        tmp_path / "b.csv": {"vector": "x0:x2"},
        tmp_path / "c.jsonl": {"vector": "v"},
    }
    found = [small().examples(each, text="caption", **how) for each, how in sources.items()]
    found.append(small().examples({"v": rows, "caption": TEXTS[:40]}, vector="v", text="caption"))
    for one in found:
        np.testing.assert_array_equal(one.inputs, POINTS[:40])
        assert one.targets == TEXTS[:40]
    model = small()
    model.fit(found[0], epochs=1)
    inputs = small(seed=1).examples(tmp_path / "b.csv", labelled=False, vector="x0:x2")
    assert model.predict(inputs) == model.predict(POINTS[:40])
    (tmp_path / "d.txt").write_text("fr\nde\n", encoding="utf-8")
    lines = namer.examples(tmp_path / "d.txt", labelled=False)
    assert namer.predict(lines) == namer.predict(["fr", "de"])
    assert lines.names == ["fr", "de"]


def test_other_tables_are_read_by_the_names_of_the_columns(tmp_path):
    """Not by what stands between the ends of a range there."""

    def write(name, header):
        rows = [",".join(map(str, range(header.count(",") + 1)))] * 4
        (tmp_path / name).write_text("\n".join([header, *rows]), encoding="utf-8")
        return tmp_path / name

    model = small()
    columns = {"vector": "size:shape", "text": "caption"}
    model.fit(model.examples(write("a.csv", "size,colour,shape,caption"), **columns), epochs=1)
    assert model.columns.vector == ("size", "colour", "shape")
    more = write("more.csv", "shape,weight,colour,size")
    np.testing.assert_array_equal(model.examples(more, labelled=False).inputs, [[3, 2, 0]] * 4)
    for header in ("size,weight,shape", "size,shape"):
        with pytest.raises(ValueError, match=r"b\.csv: .*expected a column 'colour'"):
            model.examples(write("b.csv", header), labelled=False)


def test_numbers_that_a_table_has_as_text(tmp_path):
    model = small().for_data([1, 2] * 6, ["a", "b"] * 6)
    (tmp_path / "a.csv").write_text("label\n2\n1\n", encoding="utf-8")
    assert list(model.examples(tmp_path / "a.csv", labelled=False)) == [(2,), (1,)]
    (tmp_path / "a.csv").write_text("label\n2\n7\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.csv: line 3: expected integers"):
        model.examples(tmp_path / "a.csv", labelled=False)


def test_groups_are_held_out_whole():
    seen = []
    model = small()
    groups = [k // 4 for k in range(40)]
    examples = Examples(POINTS[:40], TEXTS[:40], groups=groups)
    train, held = model.hold_out(model.read(examples), 0.2, 0)
    assert not set(train.groups) & set(held.groups)
    assert len(held) == 8
    model.fit(examples, valid=0.2, epochs=1, callbacks=[lambda loop, record: seen.append(record)])
    assert seen


def test_a_rare_class_stays_in_training():
    languages, names = [*LANGUAGES, "la"], [*NAMES, "Lunae"]
    model = small()
    with pytest.warns(UserWarning, match="'la': a class of one example stays in training"):
        model.fit(languages, names, valid=0.3, epochs=1)
    assert model.conditions.labels[0].classes == ("de", "en", "fr", "la")
    pairs = [(a, b) for a in "xyz" for b in "pq"] * 4
    train, held = small().hold_out(small().read(pairs, ["a"] * 24), 0.25, 0)
    assert set(train.inputs) == set(pairs)
    assert len(held) == 6


# hard input


@pytest.mark.parametrize(
    ("inputs", "error", "words"),
    [
        ([[1.0, 2.0]], ValueError, r"inputs\[0\]: expected a vector of 3 numbers; got 2"),
        (np.zeros((2, 4)), ValueError, r"inputs\[0\]: expected a vector of 3 numbers; got 4"),
        ([POINTS[0], POINTS[0, :2]], ValueError, r"inputs\[1\]: expected a vector of 3 numbers"),
        ([[1.0, np.nan, 2.0]], ValueError, r"inputs\[0\], number 1: expected a number; got nan"),
        ([POINTS[0], [1.0, np.inf, 0]], ValueError, r"inputs\[1\]: .*expected a finite number"),
        (np.array([[1, 2, 3], [1, -np.inf, 2]]), ValueError, r"inputs\[1\]: .*finite number"),
        (["fr"], TypeError, r"inputs\[0\]: expected a vector of numbers; got str 'fr'"),
        ([3.5], TypeError, r"inputs\[0\]: expected a vector of numbers; got float 3.5"),
        ([[]], ValueError, r"inputs\[0\]: expected a vector of at least one number"),
        ([["a", 1, 2]], ValueError, r"inputs\[0\]: expected a vector of numbers; got list"),
        (
            [POINTS[0], [0, 1e300, 0]],
            ValueError,
            r"^inputs\[1\]: number 1: expected numbers that float32 holds",
        ),
        (np.zeros(3), TypeError, r"inputs\[0\]: .* float64 .*; a single vector stands in a list"),
    ],
)
def test_what_a_model_of_vectors_refuses(teller, inputs, error, words):
    with pytest.raises(error, match=words):
        teller.predict(inputs)


@pytest.mark.parametrize(
    ("inputs", "error", "words"),
    [
        (
            ["fr", "xx"],
            ValueError,
            r"inputs\[1\]: label 'xx' is not among",
        ),
        ([""], ValueError, r"inputs\[0\]: expected a label; got an empty one"),
        ([3], TypeError, r"inputs\[0\]: expected strings, as the others are; got int 3"),
        ([[0.5, 1.0]], ValueError, r"inputs\[0\]: expected a label, .*; got 2"),
        ([("fr", "de")], ValueError, r"inputs\[0\]: expected a label, .*; got 2"),
        ([None], TypeError, r"inputs\[0\]: expected strings, .* got NoneType"),
    ],
)
def test_what_a_model_of_labels_refuses(namer, inputs, error, words):
    with pytest.raises(error, match=words):
        namer.predict(inputs)


@pytest.mark.parametrize(
    ("settings", "data", "words"),
    [
        (
            {"vector_layers": (4,)},
            (["a", "b"], ["x", "y"]),
            "vector_layers: expected None with",
        ),
        ({"scale": "none"}, (["a", "b"], ["x", "y"]), "scale: expected 'standard' with labels al"),
        ({"gaps": "mean"}, (["a", "b"], ["x", "y"]), "gaps: expected 'error' with labels alone"),
        ({"label_size": 3}, ([[1.0], [2.0]], ["x", "y"]), "label_size: expected 32 with vectors"),
        ({}, ([[1.0], [2.0, 3.0]], ["x", "y"]), r"inputs\[1\]: expected a vector of 1 numbers"),
        ({}, (["a", ("b", "c")], ["x", "y"]), r"inputs\[1\]: expected 1 labels, as before; got 2"),
        ({}, (["a", "b"], ["x"]), "texts: expected 2, one for each of inputs; got 1"),
        ({}, (["a", "b"], ["", ""]), "texts: expected at least one token"),
        ({}, ([[1.0], [2.0]], ["x", "y"], ["a"]), "labels: expected 2, one for each of inputs"),
        ({}, ([], []), "inputs: expected at least one; got none"),
        ({}, ([[1e200], [-1e200]], ["x", "y"]), "inputs: expected numbers whose squared distances"),
        ({"scale": "none"}, ([[1e200]], ["x"]), r"inputs\[0\]: number 0: expected numbers that fl"),
    ],
)
def test_data_that_cannot_be(settings, data, words):
    with pytest.raises(ValueError, match=words):
        small(**settings).fit(*data, epochs=1)


@pytest.mark.parametrize("labels", [["en", 3], [3, True], [("a", 1), ("b", "c")]])
def test_labels_of_several_kinds(labels):
    with pytest.raises(TypeError, match=r"^inputs\[1\]: expected .*, as the others are; got "):
        small().for_data(labels, ["x", "y"])
    table = [{"kind": kind, "text": "x"} for kind in labels[:2]]
    if not isinstance(labels[0], tuple):
        with pytest.raises(ValueError, match=r"row 1.*: expected .*, as the others are"):
            small().examples(table, label="kind")


def test_an_evaluation_looks_at_one_text(teller):
    for settings in ({"beam": 3, "nbest": 2}, {"sample": True, "samples": 7}):
        with pytest.raises(ValueError, match=r"(nbest|samples): expected 1 in an evaluation"):
            teller.evaluate(POINTS[:2], TEXTS[:2], **settings)


def test_lines_are_no_vectors(tmp_path, teller):
    (tmp_path / "v.txt").write_text("1 2 3\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"v\.txt: expected vectors .*; got lines of text"):
        teller.examples(tmp_path / "v.txt", labelled=False, vector="v")


def test_texts_that_are_none():
    with pytest.raises(TypeError, match=r"texts\[1\]: expected a text; got int 5"):
        small().for_data(["a", "b"], ["x", 5])


def test_labels_where_there_are_none(teller, namer):
    with pytest.raises(ValueError, match=r"labels: expected none, .* trained on vectors alone"):
        teller.predict(POINTS[:1], ["a"])
    with pytest.raises(ValueError, match=r"labels: expected none, .* trained on labels alone"):
        namer.predict(["fr"], ["a"])
    both = small().for_data(POINTS[:4], TEXTS[:4], ["a", "b"] * 2)
    with pytest.raises(ValueError, match="labels: expected them beside the vectors"):
        both.predict(POINTS[:1])
    with pytest.raises(ValueError, match=r"labels\[0\]: label 'c' is not among"):
        both.predict(POINTS[:1], ["c"])


@pytest.mark.parametrize(
    ("valid", "words"),
    [
        ((["a"], ["x"]), "valid: expected vectors, as in the data; got others"),
        ((POINTS[:1], ["x"]), "valid: expected labels, as in the data; got others"),
        ((POINTS[:1, :2], ["x"], ["a"]), r"valid: inputs\[0\]: expected a vector of 3 numbers"),
        (
            (POINTS[:1], ["x"], ["c"]),
            r"valid: labels\[0\]: label 'c' is not among",
        ),
    ],
)
def test_validation_data_of_another_kind(valid, words):
    model = small()
    with pytest.raises(ValueError, match=words):
        model.fit(POINTS[:4], TEXTS[:4], ["a", "b"] * 2, valid=valid, epochs=1)
    assert "not built" in repr(model)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"dropout_vector": 0.1}, "dropout_vector: expected 0 without vector_layers"),
        ({"vector_layers": (0,)}, "vector_layers: expected whole numbers of at least 1"),
        ({"condition": "end"}, "condition: expected one of both, start, steps; got 'end'"),
        ({"unit": "regex"}, "unit: expected one of words, characters"),
        ({"gaps": "zero"}, "gaps: expected one of error, mean"),
        (
            {"tied": True, "condition": "start", "embedding_size": 3},
            "tied: expected embedding_size",
        ),
    ],
)
def test_settings_that_do_not_go_together(settings, words):
    with pytest.raises(ValueError, match=words):
        CaptionerConfig(**settings)
    assert CaptionerConfig(vector_layers=(8, 16, 8)).vector_layers == (8, 16, 8)


def test_the_unit_of_texts():
    assert unit_for(["a b", "c"]) == "words"
    assert unit_for(["a b", "c", "d"]) == "characters"
    assert small(unit="words").for_data(["x", "y"], ["a", "b"]).config.unit == "words"


# reports and files


def test_a_report(teller):
    pytest.importorskip("sacrebleu")
    texts = ["wrong", *TEXTS[1:]]
    report = teller.report(POINTS, texts)
    assert list(report.metrics) == ["loss", "perplexity", "bleu", "chrf", "exact_match"]
    wrong = next(one for one in report.mistakes if one.number == 0)
    assert (wrong.truth, wrong.prediction) == ("wrong", TEXTS[0])
    assert wrong.input == " ".join(f"{x:.4g}" for x in POINTS[0])
    many = small().for_data(np.zeros((2, 20)), ["a", "b"], ["p", "q"])
    data = many.read(np.zeros((2, 20)), ["a", "b"], ["p", "q"])
    assert many.shown_of(data, 1) == "q " + "0 " * 8 + "..."


def test_validation_may_choose_by_what_is_written():
    pytest.importorskip("sacrebleu")
    model = Captioner(hidden_size=16)
    result = model.fit(POINTS, TEXTS, valid=0.2, epochs=4, monitor="exact_match")
    found = [record.metrics["exact_match"] for record in result.validations]
    assert result.best.metrics["exact_match"] == max(found)


def test_saved_and_loaded(tmp_path):
    model = small(vector_layers=(4,)).for_data(POINTS[:6], TEXTS[:6], [("a", 1), ("b", 2)] * 3)
    model.save(tmp_path)
    loaded = pyrnn.load(tmp_path)
    assert loaded.conditions.classes == (2, 2)
    how = {"beam": 3, "nbest": 2}
    labels = [("b", 1)] * 6
    assert loaded.predict(POINTS[:6], labels, **how) == model.predict(POINTS[:6], labels, **how)
    assert repr(loaded).startswith("Captioner(3 numbers, 2 labels, 2 labels -> ")
