"""The error for a name that another library has."""

from pyrnn.kernels.missing_names import missing


class Layer:
    weight = 1


def test_a_known_name_is_followed_by_the_word_for_it():
    error = missing(Layer(), "to", {"to": "leave it out"})
    assert str(error) == "'Layer' object has no attribute 'to': leave it out"
    assert str(missing("pyrnn.nn", "utils", {"utils": "x"})) == (
        "module 'pyrnn.nn' has no attribute 'utils': x"
    )


def test_another_name_is_left_to_python():
    layer = Layer()
    error = missing(layer, "wieght", {})
    assert str(error) == "'Layer' object has no attribute 'wieght'"
    assert (error.name, error.obj) == ("wieght", layer)  # from which "Did you mean" is made
