"""What models of sequences share: examples out of files and tables, what they keep, and memory."""

from __future__ import annotations

import pickle
import tracemalloc

import numpy as np
import pytest

from pyrnn.data import Packed, PackedTexts
from pyrnn.files.content import Content
from pyrnn.models import Examples, SequenceClassifier, SequenceRegressor
from pyrnn.models.examples import ExampleBatches, packed

TABLE = {"text": ["good", "bad", "so good", ""], "label": ["p", "n", "p", "n"]}


def small(**settings):
    return SequenceClassifier(**{"hidden_size": 4, **settings})


# examples


def test_a_file_and_tables_give_the_same(tmp_path):
    path = tmp_path / "t.csv"
    rows = zip(*TABLE.values(), strict=True)
    path.write_text("text,label\n" + "".join(f"{t},{y}\n" for t, y in rows), "utf-8")
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    found = [
        small().examples(source)
        for source in (
            path, str(path), Content.of(path), TABLE, pandas.DataFrame(TABLE),
            polars.DataFrame(TABLE), pyarrow.table(TABLE),
        )
    ]  # fmt: skip
    for one in found:
        assert list(one) == TABLE["text"]
        assert one.targets == TABLE["label"]
        assert (one.static, one.groups) == (None, None)
    models = [small() for _ in found]
    for model, one in zip(models, found, strict=True):
        model.fit(one, epochs=1)
        assert model.predict(found[0]) == models[0].predict(TABLE["text"])
        assert model.evaluate(one) == models[0].evaluate(*TABLE.values())


def test_the_columns_stay_with_a_model_that_is_not_built(tmp_path):
    model = small()
    table = {"words": TABLE["text"], "kind": TABLE["label"]}
    with pytest.raises(ValueError, match="data frame: expected a column 'text'"):
        model.examples(table)
    train = model.examples(table, text="words", label="kind")
    model.fit(train, epochs=1)
    other = {"said": ["good"], "kind": ["p"]}
    assert list(model.examples(other, text="said")) == ["good"]
    assert model.columns.text == "words"  # of a model that is built they are the training's
    assert model.evaluate(train) == model.evaluate(model.examples(table))


@pytest.mark.parametrize("source", [None, 5, [1, 2], iter([]), "stream"], ids=str)
def test_what_is_no_source(source, tmp_path):
    if source == "stream":
        (tmp_path / "t.csv").write_text("text,label\na,x\n")
        with (
            (tmp_path / "t.csv").open("rb") as stream,
            pytest.raises(TypeError, match=r"^source: "),
        ):
            small().examples(stream)
        return
    with pytest.raises(TypeError, match=r"^source: expected a path, or a table with named columns"):
        small().examples(source)


def test_wrong_settings_of_columns():
    with pytest.raises(TypeError, match="charm"):
        small().examples(TABLE, charm="x")
    with pytest.raises(ValueError, match="expected one of text, series, features, frames"):
        small().examples(TABLE, text="text", series="a:b")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        small().examples("nowhere.csv")


def test_texts_and_frames_do_not_mix():
    frames = SequenceRegressor(hidden_size=4)
    numbers = frames.examples({"f": [[1.0], [2.0, 3.0]], "target": [1, 2]}, frames="f")
    texts = small()
    words = texts.examples(TABLE)
    texts.fit(words, epochs=1)
    frames.fit(numbers, epochs=1)
    with pytest.raises(TypeError, match=r"^inputs: expected texts; got frames of numbers"):
        texts.predict(numbers)
    with pytest.raises(TypeError, match=r"^inputs: expected frames of numbers; got texts"):
        frames.predict(words)
    wide = SequenceRegressor().examples({"f": [np.zeros((2, 3))], "target": [1]}, frames="f")
    with pytest.raises(ValueError, match=r"^inputs: expected 1 numbers a step, as .*; got 3"):
        frames.predict(wide)
    with pytest.raises(ValueError, match=r"^valid: expected texts, as the data; got frames of num"):
        small().fit(*TABLE.values(), valid=([[1.0]], ["p"]), epochs=1)
    with pytest.raises(ValueError, match=r"^valid: inputs\[0\]: expected 1 numbers a step"):
        SequenceRegressor().fit([[1.0], [2.0]], [1, 2], valid=([np.zeros((2, 3))], [1]), epochs=1)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('{"f": [[1, 2]]}\n{"f": [[1, 2, 3]]}', "line 2: expected 2 numbers a step, as in .*got 3"),
        (
            '{"f": []}\n{"f": [[1, 2]]}\n{"f": [3]}',
            "line 3: expected 2 numbers a step, as in .*e 2",
        ),
    ],
)
def test_steps_of_another_width_name_both_lines(rows, words):
    with pytest.raises(ValueError, match=words):
        SequenceRegressor().read_inputs(
            Content("x.jsonl", rows.encode()), SequenceRegressor.Columns(frames="f")
        )


def test_sequences_without_steps_have_the_width_of_the_others():
    rows = b'{"f": [], "target": 1}\n{"f": [[1, 2]], "target": 2}\n{"f": [], "target": 3}\n'
    model = SequenceRegressor(hidden_size=4)
    (found,) = model.read_file(Content("x.jsonl", rows), SequenceRegressor.Columns(frames="f"))
    assert [x.shape for x in found] == [(0, 2), (1, 2), (0, 2)]
    model.fit(found, epochs=1)
    assert len(model.predict([[], np.zeros((0, 5)), [[1, 2]]])) == 3


# a model that could not be trained


def test_a_failed_training_leaves_nothing_behind():
    model = small(vectors=None)
    before = dict(vars(model))
    for data, options in (
        ((TABLE["text"], TABLE["label"]), {"valid": (["a"], ["new"])}),
        ((TABLE["text"], TABLE["label"]), {"monitor": "charm"}),
        ((TABLE["text"], [["x"], [], ["y"], []]), {"monitor": "accuracy"}),
        (([[1.0], [np.nan]], ["a", "b"]), {}),
        ((["", ""], ["a", "b"]), {}),
    ):
        with pytest.raises(ValueError):  # each has a test of its words elsewhere
            model.fit(*data, **options, epochs=1)
        assert vars(model) == before
    model.fit([[1.0], [2.0]], ["q", "r"], epochs=1)
    assert model.labels == ("q", "r")
    network = model.network
    with pytest.raises(ValueError, match="label 'new'"):
        model.fit([[1.0]], ["new"], epochs=1)
    assert model.network is network


# examples as a sequence


def test_some_of_them():
    data = Examples(
        PackedTexts.gather(["a", "bb", "ccc"]), [1, 2, 3], [[1.0], [2.0], [3.0]], "xyz", [7, 8, 9]
    )
    part = data.some(np.array([2, 0]))
    assert list(part) == ["ccc", "a"]
    assert (part.targets, part.static) == ([3, 1], [[3.0], [1.0]])
    assert (part.groups, part.names) == (["z", "x"], [9, 7])
    again = pickle.loads(pickle.dumps(part))
    assert list(again) == list(part)
    assert again.targets == part.targets


@pytest.mark.parametrize("targets", [None, "numbers", "steps"])
def test_a_digest_is_of_what_is_meant(targets, rng):
    sequences = [rng.normal(size=(n, 2)) for n in (3, 0, 2, 3)]

    def digest(numbers, kept):
        """Of some sequences: as a part of a store, or as a store of their own."""
        store = packed(sequences)
        steps = packed(x[:, :1] for x in sequences)
        beside = None
        if targets == "numbers":
            beside = np.arange(4.0)[numbers]
        elif targets == "steps":
            beside = steps.some(numbers) if kept else packed(steps[k] for k in numbers)
        chosen = store.some(numbers) if kept else packed(sequences[k] for k in numbers)
        return ExampleBatches(chosen, beside, 2, static=np.arange(4.0)[numbers, None]).fingerprint()

    orders = ([0, 1, 2, 3], [3, 1, 2, 0], [2, 0], [0, 2], [1])
    found = {tuple(order): digest(np.array(order), kept=True) for order in orders}
    assert len(set(found.values())) == len(orders)
    for order in orders:
        assert digest(np.array(order), kept=False) == found[tuple(order)]


def test_a_digest_does_not_depend_on_the_width_of_whole_numbers():
    ids = [[1, 2], [3]]
    digests = {
        ExampleBatches(Packed.gather(ids, dtype), np.array([0, 1], kind), 2).fingerprint()
        for dtype in (np.uint8, np.int32, np.int64)
        for kind in (np.int32, np.int64)
    }
    assert len(digests) == 1


# memory


@pytest.fixture(scope="module", params=[60, 5_000, 50_000])
def texts_in_a_file(request, tmp_path_factory):
    """(path, characters): texts of about so many characters each."""
    draw, length = np.random.default_rng(0), request.param
    letters = "abcdefghij"
    words = [letters[:n] + letters[m:] for n in range(10) for m in range(n, 10)]
    path, characters = tmp_path_factory.mktemp("texts") / "texts.csv", 0
    with path.open("w", encoding="utf-8") as file:
        file.write("text,label\n")
        for number in range(600_000 // length):
            chosen = draw.integers(len(words), size=length // 6).tolist()
            text = " ".join([words[k] for k in chosen])
            characters += len(text)
            file.write(f"{text},{'one kind' if number % 2 else 'another kind'}\n")
    return path, characters


@pytest.mark.parametrize("unit", ["characters", "words", "bytes"])
def test_texts_take_few_bytes_a_character(unit, texts_in_a_file):
    """Eight at most, from the file to the batches, all included: of texts that are a small part of
    the data each, since one takes as much while it is encoded."""
    path, characters = texts_in_a_file
    model = small(unit=unit, hidden_size=2)
    tracemalloc.start()
    try:
        examples = model.examples(path)
        model.for_data(examples)
        batches = model.batches(examples, model.Options(), train=True)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(batches.examples) == len(examples)
    assert peak < 8 * characters


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (None, "groups: expected them in the validation data, too, or a share"),
        (["c", "b"], "groups: expected others in the validation data; got 'b' in both"),
    ],
)
def test_groups_of_validation_data_are_others(groups, words):
    texts, labels, known = ["x", "y"] * 4, ["p", "q"] * 4, ["a", "b"] * 4
    model = SequenceClassifier(encoder="bag")
    with pytest.raises(ValueError, match=words):
        model.fit(
            Examples(texts, labels, groups=known),
            valid=Examples(["x", "y"], ["p", "q"], groups=groups),
        )
    model.fit(
        Examples(texts, labels, groups=known), valid=Examples(["x"], ["p"], groups=["c"]), epochs=1
    )
