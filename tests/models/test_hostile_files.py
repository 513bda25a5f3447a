"""Files of any family that were damaged or made to be wrong: an error that names them, or a model
that works; in little memory and no time."""

from __future__ import annotations

import hashlib
import json
import tracemalloc

import numpy as np
import pytest
from safetensors.numpy import load_file, save

import pyrnn
from pyrnn.files.checkpoint import digest
from pyrnn.files.tensors import pack_tensors, unpack_tensors
from pyrnn.models import ModelFolderError
from pyrnn.settings import Whole
from pyrnn.training import CheckpointError

from ..json_trees import changed, without
from .cases import CASES, NETWORKS

CONFIG, WEIGHTS, LAST = "config.json", "weights.safetensors", "last.safetensors"
ALLOWED = (ModelFolderError, CheckpointError, FileNotFoundError)
MEMORY = 20_000_000  # bytes; the files here have some thousand
WRONG = (None, "", -1, 1e308, [], {}, "x" * 5_000, True, 0, 10**30)
HOSTILE = [f"{name}: as it is" for name in CASES]  # and those whose parts are others
HOSTILE += ["lm: adaptive", "lm: words", "classify: attention", "classify: bag of n-grams"]


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """The folder of each network's model and of the run that trained it, made when asked for."""
    made = {}

    def original(case):
        name = next(name for name, known in NETWORKS.items() if known is case)
        if name not in made:
            folder = made[name] = tmp_path_factory.mktemp("original")
            case.trained(folder=folder, max_steps=2).save(folder)
        return made[name]

    return original


@pytest.fixture(params=HOSTILE)
def network_case(request):
    return NETWORKS[request.param]


@pytest.fixture
def folder(network_case, originals, tmp_path):
    """A copy of its files, to be spoilt."""
    for path in originals(network_case).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def config_of(folder):
    """Without its digest, so that it may be changed."""
    content = json.loads((folder / CONFIG).read_text("utf-8"))
    content.pop("config_sha256", None)
    return content


def write(folder, config):
    (folder / CONFIG).write_text(json.dumps(config), "utf-8")


def leaves(tree, place=()):
    """The paths to all that stands in a tree, itself left out; of a list the first three."""
    entries = list(tree.items() if isinstance(tree, dict) else enumerate(tree))
    for name, entry in entries if isinstance(tree, dict) else entries[:3]:
        yield (*place, name)
        if isinstance(entry, (dict, list)):
            yield from leaves(entry, (*place, name))


def assert_short(error, path=""):
    """It names the file, in some words."""
    assert str(path) in str(error)
    assert len(str(error)) < 2_000


def load_or_refuse(case, path):
    """Whether it loads; then it works."""
    try:
        model = pyrnn.load(path)
    except ALLOWED as error:
        assert_short(error, path)
        return False
    repr(model)
    try:
        assert len(model.predict(case.inputs)) == len(case.inputs)
        model.evaluate(*case.data)
    except (ValueError, FloatingPointError) as error:  # another label, a mean beyond all numbers
        assert_short(error)
    return True


def test_any_value_anywhere_in_a_configuration(network_case, folder):
    config = config_of(folder)
    loaded = []
    for number, place in enumerate(leaves(config)):
        for value in WRONG[number % 3 :: 3]:  # settings stand at other places in other families
            write(folder, changed(config, place, value))
            if load_or_refuse(network_case, folder):
                loaded.append((place, value))
    # What may be so: limits, the seed; how it was trained, of which nothing follows
    harmless = {"config", "columns", "trained", *network_case.built().parts()}
    assert {place[0] for place, _ in loaded} <= harmless


def test_any_entry_missing_from_a_configuration(network_case, folder):
    config = config_of(folder)
    for place in leaves(config):
        write(folder, without(config, place))
        load_or_refuse(network_case, folder)


@pytest.mark.parametrize("size", [10**8, 10**9, 2**28, 10**30])
def test_sizes_beyond_all_measure(network_case, folder, size):
    """Refused by what the file holds, before anything of that size is made."""
    config = config_of(folder)
    settings = network_case.kind.Config.declared()
    sizes = [name for name, setting in settings.items() if isinstance(setting.kind, Whole)]
    assert "hidden_size" in sizes
    for name in sizes:
        write(folder, changed(config, ("config", name), size))
        tracemalloc.start()
        try:
            loads = load_or_refuse(network_case, folder)
            assert tracemalloc.get_traced_memory()[1] < MEMORY, name
        finally:
            tracemalloc.stop()
        if name in ("hidden_size", "num_layers", "embedding_size", "buckets", "ngrams"):
            assert not loads, name


def checkpoint_of(path):
    arrays, header = unpack_tensors(path.read_bytes())
    return json.loads(header["content"]), header, arrays


def write_tree(path, tree, header, arrays):
    content = json.dumps(tree)
    signed = {**header, "content": content, "sha256": digest(content, arrays)}
    path.write_bytes(pack_tensors(arrays, signed))


def test_any_value_anywhere_in_a_checkpoint(network_case, folder):
    path = folder / LAST
    tree, header, arrays = checkpoint_of(path)
    for number, place in enumerate(leaves(tree)):
        for value in WRONG[number % 5 :: 5]:
            write_tree(path, changed(tree, place, value), header, arrays)
            load_or_refuse(network_case, path)


def test_a_run_is_not_resumed_from_any_value(case, originals, tmp_path):
    """Refused, or it goes on; where it is refused the model has its weights."""
    source = originals(NETWORKS[f"{case.family}: as it is"])
    for path in source.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    tree, header, arrays = checkpoint_of(tmp_path / LAST)
    model = case.built()
    before = model.network.state_dict()
    refused = 0
    parts = {name: tree[name] for name in ("position", "stateful", "options")}
    for number, place in enumerate(leaves(parts)):
        for value in WRONG[number % 4 :: 4]:
            write_tree(tmp_path / LAST, changed(tree, place, value), header, arrays)
            try:
                arguments = case.arguments(max_steps=2)
                model.training(*case.data, **arguments, folder=tmp_path, resume=True)
            except ValueError as error:
                refused += 1
                assert_short(error)
                np.testing.assert_equal(model.network.state_dict(), before)
            else:
                model = case.built()
    assert refused > 50


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS, LAST])
def test_cut_and_spoilt(network_case, folder, rng, name):
    content = (folder / name).read_bytes()
    path = folder / name if name == LAST else folder
    if name != LAST:
        (folder / LAST).unlink()  # else it is what the folder holds
    for _ in range(40):
        place = int(rng.integers(len(content)))
        spoilt = bytearray(content)
        spoilt[place] ^= 1 << int(rng.integers(8))
        for wrong in (content[:place], bytes(spoilt), content[place:], content[:place] + content):
            if wrong != content:
                (folder / name).write_bytes(wrong)
                load_or_refuse(network_case, path)
    (folder / name).write_bytes(b"")
    assert not load_or_refuse(network_case, path)
    (folder / name).unlink()
    assert not load_or_refuse(network_case, path)


def test_weights_of_another_shape_name_or_dtype(network_case, folder):
    arrays = load_file(folder / WEIGHTS)
    for name, array in arrays.items():
        others = [array.astype("int64"), array.astype("bool"), array[:0], array[None]]
        wrong = [{**arrays, name: one} for one in others]
        without = {key: one for key, one in arrays.items() if key != name}
        for spoilt in (*wrong, without, {**without, f"{name}x": array}, {**arrays, "more": array}):
            packed = save({key: np.ascontiguousarray(one) for key, one in spoilt.items()})
            (folder / WEIGHTS).write_bytes(packed)
            digest_of = {"weights_sha256": hashlib.sha256(packed).hexdigest()}
            write(folder, {**config_of(folder), **digest_of})
            assert not load_or_refuse(network_case, folder)
