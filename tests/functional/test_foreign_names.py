"""Names of torch.nn.functional: each is missing here, and earns the word for it."""

import re

import pytest

from pyrnn import functional
from pyrnn.functional.foreign_names import PACKAGE


@pytest.mark.parametrize("name", PACKAGE)
def test_a_foreign_name_earns_the_word_for_it(name):
    message = f"module 'pyrnn.functional' has no attribute '{name}': {PACKAGE[name]}"
    with pytest.raises(AttributeError, match=re.escape(message)):
        getattr(functional, name)


def test_any_other_name_does_not():
    with pytest.raises(AttributeError, match=r"no attribute 'foo'$"):
        functional.foo


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
def test_the_axis_of_a_softmax(name):
    with pytest.raises(TypeError, match=f"{name}: expected axis=; got dim="):
        getattr(functional, name)([[1.0, 2.0]], dim=0)
    with pytest.raises(TypeError, match=r"masked_softmax: expected axis=; got dim="):
        functional.masked_softmax([[1.0, 2.0]], [1, 1], dim=0)
