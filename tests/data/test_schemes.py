"""Tagging schemes: spans as conlleval has them, conversions, detection, what may follow what."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data.readers import read_conll, read_rows
from pyrnn.data.schemes import (
    LETTERS,
    SCHEMES,
    Span,
    allowed,
    check_scheme,
    convert,
    detect,
    labels_of,
    spans,
)

# conlleval: between which letters a chunk begins or ends whatever the types. The second line is not
# the original's, whose data have neither S nor B behind E, but that of versions which know BIOES
BEGINS = {"BB", "IB", "OB", "OI", "EE", "EI", "OE"}
BEGINS |= {"EB", "SB", "BS", "IS", "OS", "ES", "SS", "SI", "SE"}
ENDS = {"BB", "BO", "IB", "IO", "EE", "EI", "EO"}
ENDS |= {"EB", "BS", "IS", "ES", "SB", "SI", "SE", "SO", "SS"}


def chunks(labels):
    """The chunks of labels of BIOES, step by step, by these tables."""
    found, first = [], None
    parts = [("O", ""), *((label[0], label[2:]) for label in labels), ("O", "")]
    for t, ((before, kind_before), (letter, kind)) in enumerate(itertools.pairwise(parts)):
        changed = kind_before != kind
        if before != "O" and (before + letter in ENDS or changed):
            found.append((kind_before, first, t))
            first = None
        if letter != "O" and (before + letter in BEGINS or changed):
            first = t
    return found


def vocabulary(scheme, kinds=("x", "y")):
    return ["O", *(f"{letter}-{kind}" for letter in LETTERS[scheme] for kind in kinds)]


def in_bioes(labels):
    return [{"L": "E", "U": "S"}.get(label[0], label[0]) + label[1:] for label in labels]


ENTITIES = [scheme for scheme in SCHEMES if scheme != "none"]


@pytest.mark.parametrize("scheme", ENTITIES)
def test_spans_of_any_labels_are_those_of_conlleval(scheme):
    for n in range(5):
        for labels in itertools.product(vocabulary(scheme), repeat=n):
            assert spans(labels, scheme) == chunks(in_bioes(labels)), labels


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("I-PER I-PER B-PER O I-LOC", [("PER", 0, 2), ("PER", 2, 3), ("LOC", 4, 5)]),
        ("B-P I-P", [("P", 0, 2)]),
        ("I-P I-P", [("P", 0, 2)]),
        ("B I O B", [("", 0, 2), ("", 3, 4)]),
        ("B-a-b I-a-b I-a", [("a-b", 0, 2), ("a", 2, 3)]),
        ("O O", []),
        ("", []),
    ],
)
def test_spans(labels, found):
    assert spans(labels.split(), "iob1") == spans(labels.split(), "iob2") == found


def test_plain_labels_are_a_span_each():
    assert spans([3, "O", 3], "none") == [(3, 0, 1), ("O", 1, 2), (3, 2, 3)]


@st.composite
def spans_over(draw):
    """(spans, steps): of either of two types, some of which touch."""
    found, step = [], 0
    for gap, length, kind in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(["x", "y-z", ""])))
    ):
        found.append(Span(kind, step + gap, step + gap + length))
        step += gap + length
    return found, step + draw(st.integers(0, 2))


@given(spans_over())
def test_labels_of_spans_give_the_spans_back(case):
    found, steps = case
    each = {scheme: labels_of(found, steps, scheme) for scheme in ENTITIES}
    for scheme, labels in each.items():
        assert len(labels) == steps
        assert spans(labels, scheme) == found
        check_scheme([labels], scheme)
        for target in ENTITIES:
            assert convert(labels, scheme, target) == each[target]


@given(st.lists(st.sampled_from(vocabulary("bioes"))))
def test_what_is_converted_has_the_spans_of_what_was_given(labels):
    for target in ENTITIES:
        found = convert(labels, "bioes", target)
        assert spans(found, target) == spans(labels, "bioes")
        check_scheme([found], target)


@pytest.mark.parametrize("name", ["train", "testa", "testb"])
def test_conll_2003(data_file, name):
    path = data_file(f"conll2003/eng.{name}")
    sentences = [row.values["3"] for row in read_rows(path, ["3"], otherwise=read_conll)]
    assert detect(sentences) == "iob1"
    check_scheme(sentences, "iob1")
    entities = {"train": 23_499, "testa": 5_942, "testb": 5_648}[name]
    assert sum(len(spans(labels, "iob1")) for labels in sentences) == entities
    for target in ("iob2", "bioes", "bilou"):
        changed = [convert(labels, "iob1", target) for labels in sentences]
        assert detect(changed) == target
        back = [convert(labels, target, "iob1") for labels in changed]
        # In two sentences of the training data a B stands where iob1 has an I
        pairs = zip(back, sentences, strict=True)
        assert sum(one != other for one, other in pairs) == (2 if name == "train" else 0)


def fits(labels, scheme):
    try:
        check_scheme([labels], scheme)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_allowed_is_what_a_conversion_gives(scheme):
    """Every sequence of up to four labels."""
    names = vocabulary("iob2" if scheme == "none" else scheme)
    transitions, start, end = allowed(names, scheme)
    assert transitions.dtype == start.dtype == end.dtype == bool
    for n in range(1, 5):
        for ids in itertools.product(range(len(names)), repeat=n):
            labels = [names[k] for k in ids]
            inside = all(transitions[pair] for pair in itertools.pairwise(ids))
            through = bool(start[ids[0]] and end[ids[-1]] and inside)
            assert through == (convert(labels, scheme, scheme) == labels)
            assert fits(labels, scheme) == (through or scheme == "iob1")


def test_what_is_allowed_in_bioes():
    names = ["O", "B-x", "I-x", "E-x", "S-x", "B-y"]
    transitions, start, end = allowed(names, "bioes")

    def those(mask):
        return {names[k] for k in np.flatnonzero(mask)}

    after = dict(zip(names, map(those, transitions), strict=True))
    outside = {"O", "B-x", "S-x", "B-y"}
    assert after["O"] == after["E-x"] == after["S-x"] == outside
    assert after["B-x"] == after["I-x"] == {"I-x", "E-x"}
    assert after["B-y"] == set()
    assert those(start) == outside
    assert those(end) == {"O", "E-x", "S-x"}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_labels(scheme):
    assert [mask.shape for mask in allowed([], scheme)] == [(0, 0), (0,), (0,)]
    assert spans([], scheme) == convert([], scheme, scheme) == []
    check_scheme([], scheme)
    check_scheme([[]], scheme)


@pytest.mark.parametrize(
    ("sentences", "scheme"),
    [
        (["I-x I-x O", "O"], "iob1"),
        (["I-x B-x"], "iob1"),
        (["B-x I-x O"], "iob2"),
        (["B-x I-x B-x"], "iob2"),
        (["B-x O"], "iob2"),
        (["B I O"], "iob2"),
        (["B-NP I-NP B-VP"], "iob2"),
        (["B-x I-x", "B-x", "O I-x"], "iob2"),  # one of three is wrong in iob2, two in iob1
        (["S-x O"], "bioes"),
        (["B-x E-x"], "bioes"),
        (["U-x O"], "bilou"),
        (["B-x L-x"], "bilou"),
        (["E-x U-x"], "none"),
        (["O O", "O"], "none"),
        (["O NAME"], "none"),
        (["O O"] * 5 + ["O NAME"], "none"),
        (["NN VBZ O"], "none"),
        (["B I"], "none"),
        (["H E B"], "none"),
        (["B_x I_x O"], "none"),
        (["B-x I-x B-"], "none"),
        ([], "none"),
        ([""], "none"),
    ],
)
def test_detection(sentences, scheme):
    assert detect(iter([sentence.split() for sentence in sentences])) == scheme


def test_labels_that_are_no_texts_have_no_scheme():
    assert detect([[1, 2], [0]]) == detect([[True]]) == "none"


@pytest.mark.parametrize(
    ("labels", "scheme", "words"),
    [
        ("O I-x", "iob2", r"s1: expected labels in the scheme iob2; got 'I-x' behind 'O' \(step 1"),
        ("I-x", "iob2", r"got 'I-x', the first \(step 0\)"),
        ("B-x I-y", "iob2", "got 'I-y' behind 'B-x'"),
        ("O E-x", "iob1", "got 'E-x' behind 'O'"),
        ("S-x B-x", "bioes", "got its end behind 'B-x'$"),
        ("B-x O", "bioes", "got 'O' behind 'B-x'"),
        ("E-x", "bioes", "got 'E-x', the first"),
        ("O S-x", "iob2", "got 'S-x' behind 'O'"),
        ("O NAME", "iob2", "got 'NAME' behind 'O'"),
        ("O " + "x" * 999, "iob2", "got 'xxxx"),
        ("B-x B-", "iob2", "got 'B-' behind 'B-x'"),
    ],
)
def test_labels_that_do_not_fit(labels, scheme, words):
    with pytest.raises(ValueError, match=words) as error:
        check_scheme([["O"], labels.split()], scheme, ["s0", "s1"])
    assert len(str(error.value)) < 250
    with pytest.raises(ValueError, match="labels: sentence 1: expected labels in the scheme"):
        check_scheme([["O"], labels.split()], scheme)


@pytest.mark.parametrize("label", ["E-x", "x", "", "Bx", "o", "-x", 3, None, "B_x", "B-", "I-"])
def test_a_label_that_a_scheme_has_not(label):
    for call in (
        lambda: spans(["O", label], "iob2"),
        lambda: convert(["O", label], "iob2", "bioes"),
        lambda: allowed(["O", label], "iob2"),
    ):
        with pytest.raises(ValueError, match=r"O, or one of B, I with a type .*got .* \(step 1\)"):
            call()


@pytest.mark.parametrize("scheme", ["iob", "", None, 3])
def test_a_scheme_that_there_is_not(scheme):
    for call in (
        lambda: spans(["O"], scheme),
        lambda: convert(["O"], scheme, "iob2"),
        lambda: convert(["O"], "iob2", scheme),
        lambda: allowed(["O"], scheme),
        lambda: check_scheme([["O"]], scheme),
    ):
        with pytest.raises(
            ValueError, match="scheme: expected one of iob1, iob2, bioes, bilou, no"
        ):
            call()


@pytest.mark.parametrize(("origin", "target"), [("none", "iob2"), ("bioes", "none")])
def test_plain_labels_are_not_converted(origin, target):
    with pytest.raises(ValueError, match="scheme: expected two schemes of entities, or none twice"):
        convert(["O"], origin, target)
