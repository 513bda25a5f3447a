"""Settings: each kind's values, bounds, JSON, names of once; what is refused says why."""

from __future__ import annotations

import json
import math
import pickle
import warnings
from dataclasses import FrozenInstanceError, dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.models.families import FAMILIES, family
from pyrnn.settings import (
    Settings,
    assignments,
    choice,
    number,
    one_or_two,
    string,
    switch,
    switch_or_whole,
    table,
    whole,
    wholes,
)
from pyrnn.training import TrainingOptions


@dataclass(frozen=True)
class Cake(Settings):
    """What a cake is made of."""

    eggs: int = whole(3, "Eggs.", least=1, most=12, renamed="ova", short="e")
    tiers: int | None = whole(None, "Tiers; one if absent.", least=1, changeable=True)
    sugar: float = number(0.5, "Share of sugar.", least=0, below=1, section="Taste")
    heat: float | None = number(180.0, "Degrees.", least=0, zero_is_none=True, note="Celsius.")
    offset: float = number(0.0, "Any number.")
    salt: float | None = number(None, "Grams.", above=0, most=5)
    vegan: bool = switch(False, "Without eggs.")
    form: str = choice("round", ("round", "square"), "Of the tin.", aliases={"o": "round"})
    icing: str | None = choice(None, ("sugar", "cocoa"), "On top.")
    title: str | None = string(None, "Written on it.", renamed=("label", "text"))
    cuts: tuple[int, ...] | None = wholes(None, "Where it is cut.", least=0)
    parts: dict[str, str] | None = assignments(  # noqa: RUF009  # it is a field
        None, ("base", "cream"), "What each part is made of."
    )
    milk: float | tuple[float, float] = one_or_two(0.0, "Of cow, of oats.", least=0, below=1)
    eggs_again: bool | int = switch_or_whole(False, "Never, always, or every Nth.", least=1)
    extras: dict[str, Any] = table("Whatever else.")  # noqa: RUF009  # it is a field

    def check(self) -> None:
        """A large cake needs a square tin."""
        if self.tiers == 3 and self.form == "round":
            raise ValueError(f"form: expected square beside tiers=3; got {self.form!r}")


nan, inf = math.nan, math.inf

TAKEN = [
    ("eggs", 1, 1),
    ("eggs", 12, 12),
    ("eggs", np.int64(5), 5),
    ("eggs", np.uint8(5), 5),
    ("eggs", np.array(5), 5),
    ("tiers", None, None),
    ("tiers", np.int32(2), 2),
    ("sugar", 0, 0.0),
    ("sugar", np.float32(0.25), 0.25),
    ("sugar", np.float64(0.1), 0.1),
    ("heat", None, None),
    ("heat", 0, None),
    ("heat", 0.0, None),
    ("heat", np.int64(200), 200.0),
    ("offset", -1e300, -1e300),
    ("salt", 5, 5.0),
    ("vegan", True, True),
    ("vegan", np.bool_(True), True),
    ("form", "square", "square"),
    ("form", "o", "round"),
    ("icing", None, None),
    ("icing", "cocoa", "cocoa"),
    ("title", "Anna", "Anna"),
    ("cuts", [0, 2, 5], (0, 2, 5)),
    ("cuts", np.array([1, 4]), (1, 4)),
    ("cuts", range(3), (0, 1, 2)),
    ("parts", {"cream": "a=b"}, {"cream": "a=b"}),
    ("parts", {"cream": 3, "base": np.int64(0)}, {"base": "0", "cream": "3"}),
    ("parts", "cream=3, base = x", {"base": "x", "cream": "3"}),
    ("milk", 0, 0.0),
    ("milk", np.float32(0.25), 0.25),
    ("extras", {"a": 1, "b": [0.5, np.float32(0.25)]}, {"a": 1, "b": (0.5, 0.25)}),
    ("extras", {"a": np.bool_(True)}, {"a": True}),
    ("eggs_again", True, True),
    ("eggs_again", np.bool_(False), False),
    ("eggs_again", np.int64(1), 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "kept"), TAKEN)
def test_what_is_taken_and_how_it_is_kept(name, value, kept):
    found = getattr(Cake(**{name: value}), name)
    assert found == kept
    assert type(found) is type(kept)  # plain Python, ready for JSON
    if isinstance(kept, tuple):
        assert {type(entry) for entry in found} == {int}


def test_a_setting_that_was_given_is_told_from_its_default():
    def given(cake):
        return {name for name in Cake.declared() if cake.has(name)} - {"extras"}

    assert given(Cake()) == set()
    assert given(Cake(3, vegan=False, heat=180.0, sugar=0.1)) == {"eggs", "vegan", "heat", "sugar"}
    with pytest.warns(FutureWarning):
        assert given(Cake(ova=3)) == {"eggs"}
    assert given(Cake.of(Cake(eggs=3), tiers=None)) == {"eggs", "tiers"}
    assert given(Cake.of(None, tiers=None)) == {"tiers"}
    assert given(replace(Cake(eggs=3), tiers=2)) == {"tiers"}  # which gives all
    assert given(Cake.from_json(Cake(vegan=True).to_json())) == {"vegan"}
    assert given(pickle.loads(pickle.dumps(Cake(eggs=3)))) == {"eggs"}
    assert Cake(eggs=3) == Cake()


def test_two_numbers_are_a_tuple_of_floats():
    for pair in ((0.1, 0), [0.1, 0], (np.float64(0.1), np.int64(0))):
        found = Cake(milk=pair).milk
        assert found == (0.1, 0.0)
        assert [type(part) for part in found] == [float, float]
    assert Cake.from_json(json.loads(json.dumps(Cake(milk=(0.1, 0.2)).to_json()))).milk == (
        0.1,
        0.2,
    )


REFUSED = [
    *(("eggs", value) for value in (0, 13, -1, 1.0, 1.5, "3", True, np.bool_(True), None, [3])),
    *(("eggs", value) for value in (np.float64(3), np.array([3]), nan, 10**400)),
    *(("tiers", value) for value in (0, 2.5, "", False)),
    *(("sugar", value) for value in (-0.1, 1, 1.0, nan, inf, "0.5", True, None, 1j, [0.5])),
    *(("heat", value) for value in (-1, nan, inf, "0", False)),
    *(("offset", value) for value in (nan, inf, -inf, None, "1", 10**400)),
    *(("salt", value) for value in (0, -1, 5.1, nan)),
    *(("vegan", value) for value in (0, 1, "yes", None, "")),
    *(("form", value) for value in ("oval", "", "Round", None, 1, ["round"], b"round")),
    *(("icing", value) for value in ("o", "", 0)),
    *(("title", value) for value in ("", 3, b"x", ["x"])),
    *(("cuts", value) for value in ([], [2, 2], [3, 1], [-1], [1.5], 3, "12", [True], [None])),
    *(("parts", value) for value in ("", "base", "base=", "base=1,base=2", "top=1", 3, [], {})),
    *(("parts", value) for value in ({"top": "1"}, {"base": ""}, {"base": True}, {"base": 1.0})),
    *(("milk", value) for value in (1, -0.5, nan, None, "0.5", [], [0.5], [0.5, 1], [0.1] * 3)),
    *(("eggs_again", value) for value in (0, -1, 1.5, None, "true", "2", [True])),
    *(("extras", value) for value in (None, 5, [("a", 1)], {1: 2}, {"a": "b"}, {"a": None})),
    *(("extras", value) for value in ({"a": nan}, {"a": [inf]}, {"a": {"b": 1}})),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_what_is_refused(name, value):
    setting = Cake.declared()[name]
    with pytest.raises(ValueError) as caught:
        Cake(**{name: value})
    said = str(caught.value)
    assert said.startswith(f"{name}: expected {setting.kind.words}")
    assert "; got " in said
    assert len(said) < 250


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("eggs", "a whole number of at least 1 and at most 12"),
        ("tiers", "a whole number of at least 1 or None"),
        ("sugar", "a number of at least 0 and less than 1"),
        ("heat", "a number of at least 0, 0 for none"),
        ("salt", "a number of more than 0 and at most 5 or None"),
        ("vegan", "true or false"),
        ("form", "one of round, square"),
        ("icing", "one of sugar, cocoa or None"),
        ("cuts", "rising whole numbers of at least 0 or None"),
    ],
)
def test_what_is_expected_in_words(name, words):
    with pytest.raises(ValueError, match=f"^{name}: expected {words}; got <object"):
        Cake(**{name: object()})


def test_an_error_quotes_little():
    with pytest.raises(ValueError) as caught:
        Cake(form="to be, or not to be. " * 10_000)
    assert len(str(caught.value)) < 200


def test_what_does_not_go_together():
    with pytest.raises(ValueError, match=r"^form: expected square beside tiers=3; got 'round'"):
        Cake(tiers=3)
    cake = Cake(tiers=3, form="square")
    with pytest.raises(ValueError, match=r"^form: expected square"):
        replace(cake, form="o")


def test_settings_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Cake().eggs = 4  # type: ignore[misc]
    given = {"a": 1}
    cake = Cake(extras=given)
    given["a"] = 2
    assert cake.extras == {"a": 1}
    assert Cake().extras is not Cake().extras


# names


@pytest.mark.parametrize(
    ("old", "new", "value"), [("ova", "eggs", 5), ("label", "title", "A"), ("text", "title", "B")]
)
def test_a_name_of_once_warns(old, new, value):
    with pytest.warns(FutureWarning, match=f"^{old}: is called {new} now$") as caught:
        cake = Cake(**{old: value})
    assert caught[0].filename == __file__
    assert getattr(cake, new) == value
    with pytest.warns(FutureWarning, match=f"^{old}: is called {new} now$") as caught:
        assert Cake.of(None, **{old: value}) == Cake.of(Cake(), **{new: value})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Cake.from_json({old: value}) == cake  # a file of once says nothing


def test_one_setting_by_two_names():
    with (
        pytest.warns(FutureWarning, match="^ova"),
        pytest.raises(TypeError, match=r"^eggs: expected it once; got it by two names"),
    ):
        Cake(eggs=3, ova=3)
    with pytest.raises(ValueError, match="eggs: expected it once"):
        Cake.from_json({"eggs": 3, "ova": 3})


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("egg", "did you mean eggs?"),
        ("sugr", "did you mean sugar?"),
        ("xyz", "there are eggs, tiers"),
    ],
)
def test_a_name_that_there_is_not(name, hint):
    for make in (Cake, Cake.of, lambda **named: Cake.of(Cake(), **named)):
        with pytest.raises(TypeError) as caught:
            make(**{name: 1})
        assert str(caught.value).startswith(f"{name}: expected a setting of Cake; {hint}")
    with pytest.raises(ValueError, match=f"^Cake: {name}: expected a setting of Cake"):
        Cake.from_json({name: 1})


def test_of_others():
    cake = Cake(eggs=5, sugar=0.25)
    assert Cake.of(cake) == cake
    assert Cake.of() == Cake()
    assert Cake.of(cake, sugar=0.75) == Cake(eggs=5, sugar=0.75)
    for wrong in ({"eggs": 5}, TrainingOptions(), 5, "cake"):
        with pytest.raises(TypeError, match=r"^expected Cake\(\.\.\.\) or None; got "):
            Cake.of(wrong)


@pytest.mark.parametrize("content", [None, 5, "x", [], [("eggs", 3)]])
def test_json_of_something_else(content):
    with pytest.raises(ValueError, match=r"^Cake: expected settings by name; got"):
        Cake.from_json(content)


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_json_is_checked_as_well(name, value):
    with pytest.raises(ValueError, match=f"^{name}: expected "):
        Cake.from_json({name: value})


# JSON

FINITE = st.floats(allow_nan=False, allow_infinity=False)
CAKES = st.builds(
    Cake,
    eggs=st.integers(1, 12),
    tiers=st.none() | st.integers(1, 2) | st.integers(4),
    sugar=st.floats(0, 1, exclude_max=True),
    heat=st.none() | st.floats(0, 1e300),
    offset=FINITE,
    salt=st.none() | st.floats(0, 5, exclude_min=True),
    vegan=st.booleans(),
    form=st.sampled_from(["round", "square", "o"]),
    icing=st.sampled_from([None, "sugar", "cocoa"]),
    title=st.none() | st.text(min_size=1),
    cuts=st.none() | st.sets(st.integers(0), min_size=1).map(sorted),
    parts=st.none()
    | st.dictionaries(st.sampled_from(["base", "cream"]), st.text(min_size=1), min_size=1),
    extras=st.dictionaries(
        st.text(), st.booleans() | st.integers() | FINITE | st.lists(FINITE | st.integers())
    ),
)


SIMPLE = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
ANYTHING = SIMPLE | st.lists(SIMPLE, max_size=3) | st.dictionaries(st.text(), SIMPLE, max_size=3)


@given(CAKES)
def test_any_settings_come_back_from_json(cake):
    again = Cake.from_json(json.loads(json.dumps(cake.to_json())))
    assert again == cake
    assert again.to_json() == cake.to_json()
    assert again.differences(cake) == []


@given(CAKES, CAKES)
def test_differences_are_those_that_a_resumed_run_must_not_have(one, other):
    mine, others = one.to_json(), other.to_json()
    expected = [name for name in mine if name != "tiers" and mine[name] != others[name]]
    assert one.differences(other) == other.differences(one) == expected


@given(st.sampled_from(sorted(Cake.declared())), ANYTHING)
def test_any_value_is_taken_or_refused_by_name(name, value):
    try:
        cake = Cake(**{name: value})
    except ValueError as error:
        assert str(error).startswith(f"{name}: expected ")  # noqa: PT017  # many are taken
    else:
        assert Cake.from_json(cake.to_json()) == cake


# what is said of them

EVERY = [Cake, TrainingOptions]
EVERY += [getattr(family(name), part) for name in FAMILIES for part in ("Config", "Options")]


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_the_docstring_tells_of_every_setting(kind):
    said = "".join(part.__doc__ or "" for part in kind.__mro__ if issubclass(part, Settings))
    said = " ".join(said.split())
    for name, setting in kind.declared().items():
        assert f"{name}: {setting.help}" in said
        assert setting.note in said
        assert setting.kind.words.lower() in said.lower()
        assert setting.help[0].isupper() or setting.help.partition(":")[0] in said
        assert setting.help.endswith(".")


def test_the_docstring_in_full():
    said = Cake.__doc__ or ""
    assert said.startswith("What a cake is made of.\n")
    assert "eggs: Eggs. A whole number of at least 1 and at most 12; default 3." in said
    assert "heat: Degrees. A number of at least 0, 0 for none; default 180.0. Celsius." in said
    assert "    Taste:" in said.split("\n")


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_default_is_what_its_setting_takes(kind):
    assert kind.from_json(json.loads(json.dumps(kind().to_json()))) == kind()


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_no_name_stands_for_two_settings(kind):
    names = [
        name.replace("-", "_")
        for own, setting in kind.declared().items()
        for name in (own, *setting.short, *setting.renamed)
    ]
    assert len(set(names)) == len(names)


# texts of a command line


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("eggs", "12", 12),
        ("sugar", "0.25", 0.25),
        ("sugar", "1e-3", 1e-3),
        ("form", "o", "round"),
        ("title", "Anna", "Anna"),
        ("cuts", "1,2,30", (1, 2, 30)),
        ("parts", "base=x,cream=a=b", {"base": "x", "cream": "a=b"}),
        ("milk", "0.25", 0.25),
        ("milk", "0.1,0.2", (0.1, 0.2)),
        ("extras", "momentum=0.9", {"momentum": 0.9}),
        ("extras", "betas=[0.9, 0.99]", {"betas": (0.9, 0.99)}),
        ("extras", "nesterov = true", {"nesterov": True}),
    ],
)
def test_what_a_command_line_says(name, text, kept):
    kind = Cake.declared()[name].kind
    assert kind.read(kind.parse(text)) == kept


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("eggs", "1.5"),
        ("sugar", "much"),
        ("cuts", "1;2"),
        ("milk", "0.1,0.2,0.3"),
        ("milk", "0.1,"),
        ("extras", "momentum"),
        ("extras", "a=b"),
    ],
)
def test_what_a_command_line_cannot_say(name, text):
    kind = Cake.declared()[name].kind
    with pytest.raises(ValueError):  # without words: the command line has its own
        kind.read(kind.parse(text))
