"""Whatever the file, ``cada_tf.load`` ends in 5 s and 500 MB, and never takes its process with it.

Each file is read by a process of its own, of at most 10 MB, and most of them of a few kB.
"""

import io
import itertools
import json
import os
import struct
import subprocess
import sys
import zipfile
import zlib

import h5py
import numpy as np
import pytest
from helpers import make_random_recogniser

from cada_tf import FeatureConfig, InputError, load

SECONDS, MEGABYTES = 5, 500
PROBE = """
import re, resource, sys, time
from pathlib import Path
import cada_tf
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))  # a failure is not to harm the machine
start = time.monotonic()
try:
    found = repr(cada_tf.load(sys.argv[1]))
except cada_tf.InputError as error:
    found = str(error)
seconds = time.monotonic() - start
# Not getrusage's maximum, which counts the process that this one is a fork of.
(kilobytes,) = re.findall("VmHWM:(.*) kB", Path("/proc/self/status").read_text())
print(seconds, int(kilobytes) / 1000, found)
"""


@pytest.fixture
def load_apart(tmp_path):
    """Loads bytes in a process of its own, within the limits; returns the model or the message."""

    def run(data):
        assert len(data) <= 10_000_000
        file = tmp_path / "model.keras"
        file.write_bytes(data)
        command = [sys.executable, "-c", PROBE, str(file)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"{done.returncode}: {done.stderr[-1000:]}"
        seconds, megabytes, found = done.stdout.split(maxsplit=2)
        print(
            f"{len(data)} bytes, {float(seconds):.2f} s, {float(megabytes):.0f} MB: {found[:300]}"
        )
        assert float(seconds) < SECONDS
        assert float(megabytes) < MEGABYTES
        assert found.count("\n") == 1
        return found.removeprefix(f"{file}: ")

    return run


def config_of(features=2, hidden=(3,), **fields):
    """The ``config.json`` of a model of two classes."""
    fields = {
        "classes": ["a", "b"],
        "features": [f"f{i}" for i in range(features)],
        "hidden": hidden,
        "domains": 2,
        "measured": None,
        "valence": {"anger": "a"},
        "card": "# Card",
        "format": 1,
    } | fields
    return json.dumps({"registered_name": "cada_tf>RecogniserNetwork", "config": fields}).encode()


def shapes_of(features=2, hidden=(3,)):
    """The shapes of its weights."""
    widths = [features, *hidden, 4]
    pairs = itertools.pairwise(widths)
    return [(features,), (features,), (), *(s for i, o in pairs for s in ((i, o), (1, o)))]


def weights_of(shapes, make=None):
    """Its ``model.weights.h5``; ``make(group, name, shape)`` makes a dataset."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        group = file.create_group("vars")
        for i, shape in enumerate(shapes):
            if make is None:
                group[str(i)] = np.ones(shape, np.float32)
            else:
                make(group, str(i), shape)
    return stream.getvalue()


def packed(config, weights, kind=zipfile.ZIP_DEFLATED, **others):
    """The archive of these."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", kind) as archive:
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", weights)
        for name, data in others.items():
            archive.writestr(name, data)
    return stream.getvalue()


SMALL = weights_of(shapes_of())


def test_what_the_bombs_are_made_of_is_read(load_apart):
    assert load_apart(packed(config_of(), SMALL)) == "<Recogniser of a, b from 2 features>\n"


def test_the_largest_model_is_read(load_apart):
    shape = {"features": 2048, "hidden": (8000,)}
    found = load_apart(packed(config_of(**shape), weights_of(shapes_of(**shape))))
    assert found == "<Recogniser of a, b from 2048 features>\n"


# HDF5 that unfolds


def unfolding(group, name, shape):
    """A dataset of zeros in gzip's chunks, all of them the same few bytes."""
    if len(shape) < 2:
        group[name] = np.ones(shape, np.float32)
        return
    chunk = (min(shape[0], 1024), min(shape[1], 4096))
    dataset = group.create_dataset(name, shape, np.float32, chunks=chunk, compression="gzip")
    data = zlib.compress(bytes(4 * chunk[0] * chunk[1]))
    for row in range(0, shape[0], chunk[0]):
        for column in range(0, shape[1], chunk[1]):
            dataset.id.write_direct_chunk((row, column), data)


def unwritten(group, name, shape):
    """A dataset that is not stored, of its fill value alone."""
    group.create_dataset(name, shape, np.float32, fillvalue=1)


@pytest.mark.parametrize("make", [unfolding, unwritten])
def test_few_bytes_for_many_weights(load_apart, make):
    shape = {"features": 1024, "hidden": (65_536, 2048)}
    data = packed(config_of(**shape), weights_of(shapes_of(**shape), make))
    assert load_apart(data).startswith("expected a model that cada-adapt wrote")


def linked(count):
    """Weights of so many layers of one unit, in which all kernels and biases are the same."""
    shapes = shapes_of(features=1, hidden=(1,))
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        group = file.create_group("vars")
        arrays = [file.create_dataset(f"w{i}", data=np.ones(s, "f4")) for i, s in enumerate(shapes)]
        for i in range(2 * count + 5):
            group[str(i)] = arrays[min(i, 3) if i < 2 * count + 3 else -1]
    return stream.getvalue()


def test_twenty_thousand_layers(load_apart):
    config = config_of(features=1, hidden=[1] * 20_000)
    found = load_apart(packed(config, linked(20_000)))
    assert "it has 20000 hidden layers" in found


def test_many_weights_of_a_small_model(load_apart):
    found = load_apart(packed(config_of(), linked(50_000)))
    assert "expected a model that cada-adapt wrote" in found


def test_a_tree_that_is_its_own_branch(load_apart):
    weights = bytearray(SMALL)
    node = weights.rindex(b"TREE")
    weights[node + 5] = 1  # its level, so that its children are nodes as well
    struct.pack_into("<Q", weights, node + 32, node)
    assert "expected a model that cada-adapt wrote" in load_apart(packed(config_of(), weights))


# JSON that unfolds, and archives that lie


def lying(data, name="config.json"):
    """The archive, with a member's size said to be 100 bytes in the list of its members."""
    changed = bytearray(data)
    entry = changed.rindex(b"PK\x01\x02", 0, changed.rindex(name.encode()))
    struct.pack_into("<I", changed, entry + 24, 100)
    return bytes(changed)


@pytest.mark.parametrize(
    ("kind", "lie"),
    [
        (zipfile.ZIP_DEFLATED, bytes),
        (zipfile.ZIP_DEFLATED, lying),
        (zipfile.ZIP_BZIP2, bytes),
        (zipfile.ZIP_LZMA, bytes),
    ],
    ids=["zip", "zip that lies", "bz2", "lzma"],
)
def test_a_config_that_unfolds(load_apart, kind, lie):
    found = load_apart(lie(packed(250_000_000 * b" " + b"{}", SMALL, kind)))
    assert "expected a model that cada-adapt wrote" in found


@pytest.mark.parametrize("size", [0, 1 << 30], ids=["found", "claimed"])
def test_an_archive_of_many_members(load_apart, size):
    data = packed(config_of(), SMALL)
    entry, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    many = 9_900_000 // (end - entry)
    data = data[:entry] + many * data[entry:end] + data[end:]
    tail = bytearray(data[-22:])
    struct.pack_into("<L", tail, 12, size or many * (end - entry))
    assert "expected a model that cada-adapt wrote" in load_apart(data[:-22] + bytes(tail))


@pytest.mark.parametrize(
    "config",
    [
        b"[" * 1_000_000,
        config_of(format=7).replace(b"7", b"7" * 1_000_000),
        config_of(features=1_000_000),
        config_of(valence=dict.fromkeys(map(str, range(1_000_000)))),
        config_of(card="#" * 9_000_000),
        config_of(classes=["a" * 2_000_000, "b"]),
        config_of(classes=[i * (2**61 - 1) for i in range(60_000)]),
        b"[" + b"[]," * 50_000_000 + b"0]",
        config_of(by_speaker="true" * 2_000_000),
        config_of(by_speaker=[True] * 1_000_000),
    ],
    ids=[
        *("deep", "number", "features", "emotions", "card", "name", "equal hashes", "lists"),
        *("text for a flag", "list for a flag"),
    ],
)
def test_a_config_of_too_much(load_apart, config):
    assert "expected a model that cada-adapt wrote" in load_apart(packed(config, SMALL))


# What the bounds rest on


def virtual(group, name, shape):
    source = h5py.VirtualSource("other.h5", "x", shape)
    layout = h5py.VirtualLayout(shape, np.float32)
    layout[...] = source
    group.create_virtual_dataset(name, layout)


def external(group, name, shape):
    size = 4 * int(np.prod(shape))
    group.create_dataset(name, shape, np.float32, external=[("/dev/zero", 0, size)])


def linked_softly(group, name, shape):
    group[f"/{name}"] = np.ones(shape, np.float32)
    group[name] = h5py.SoftLink(f"/{name}")


def linked_elsewhere(group, name, _):
    group[name] = h5py.ExternalLink("other.h5", name)


def stored(**options):
    """Makes datasets with options of h5py."""

    def make(group, name, shape):
        data = np.ones(shape, options.get("dtype", "<f4"))
        group.create_dataset(name, data=data, **options if shape else {})

    return make


OTHER_STORAGE = {
    "virtual": virtual,
    "external": external,
    "soft link": linked_softly,
    "external link": linked_elsewhere,
    "fill value": unwritten,
    "chunks": stored(chunks=True),
    "compressed": stored(compression="lzf"),
    "checksum": stored(fletcher32=True),
    "big-endian": stored(dtype=">f4"),
    "double": stored(dtype="<f8"),
    "integers": stored(dtype="<i4"),
}


@pytest.mark.parametrize("make", OTHER_STORAGE.values(), ids=OTHER_STORAGE)
def test_weights_that_are_not_stored_in_one_piece(tmp_path, make):
    file = tmp_path / "model.keras"
    file.write_bytes(packed(config_of(), weights_of(shapes_of(), make)))
    with pytest.raises(InputError, match="damaged file"):
        load(file)


@pytest.mark.parametrize(
    "measured",
    [
        {"opensmile": "2.6.0 ; rm -rf ~"},
        {"opensmile": "2.6.0\nrm"},
        {"opensmile": "$(reboot)"},
        {"opensmile": "latest"},
        {"opensmile": "1" * 200},
        {"feature_set": "../../x"},
        {"feature_set": "GeMAPSv01b && reboot"},
        {"sampling_rate": -1},
        {"sampling_rate": 10**9},
    ],
    ids=str,
)
def test_a_version_is_a_version(tmp_path, measured):
    file = tmp_path / "model.keras"
    usual = {"feature_set": "GeMAPSv01b", "opensmile": "2.6.0", "sampling_rate": 16_000}
    file.write_bytes(packed(config_of(measured=usual | measured), SMALL))
    with pytest.raises(InputError, match="damaged file") as caught:
        load(file)
    assert "pip" not in str(caught.value)


def test_an_archive_of_a_list_beyond_4_gb(tmp_path):
    data = packed(config_of(), SMALL)
    file = tmp_path / "model.keras"
    file.write_bytes(data[:-22] + b"PK\6\7" + bytes(16) + data[-22:])
    with pytest.raises(InputError, match="no archive's end"):
        load(file)


@pytest.mark.parametrize("place", [60, 80, 96])
def test_a_damaged_compressed_member(tmp_path, place):
    data = bytearray(packed(config_of(), SMALL))
    data[place : place + 4] = b"\xff\xff\xff\xff"
    file = tmp_path / "model.keras"
    file.write_bytes(data)
    with pytest.raises(InputError, match="damaged file"):
        load(file)


def test_no_file_at_all(tmp_path):
    os.mkfifo(tmp_path / "pipe.keras")
    with pytest.raises(InputError, match="found a pipe or a device"):
        load(tmp_path / "pipe")
    with pytest.raises(InputError, match="File name too long"):
        load("a" * 300)
    for path in ("", "~no such user/x", "a\0b"):
        with pytest.raises(InputError, match="found nothing"):
            load(path)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"features": 70, "hidden": (70_000,)}, "a strange width"),
        ({"features": 300, "hidden": (60_000,)}, "weights. Choose fewer units"),
        ({"hidden": (2,) * 33}, "33 hidden layers"),
        ({"feature_config": FeatureConfig("my set", "1", 0)}, "a strange name"),
    ],
)
def test_what_would_not_be_read_is_not_written(tmp_path, fields, message):
    with pytest.raises(InputError, match=message):
        make_random_recogniser(**fields).save(tmp_path / "mine")
    assert not list(tmp_path.iterdir())


def test_as_many_layers_as_may_be(tmp_path):
    made = make_random_recogniser(hidden=(2,) * 32)
    read = load(made.save(tmp_path / "mine"))
    for array, expected in zip(read.weights, made.weights, strict=True):
        np.testing.assert_array_equal(array, expected)
