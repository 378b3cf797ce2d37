"""Arrays as h5py writes them are read without it, bit by bit; nothing else is."""

import io
import struct

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cada_tf.recogniser.hdf5 import read_arrays

shapes = st.lists(st.lists(st.integers(1, 5), max_size=3).map(tuple), min_size=1, max_size=75)


def write(arrays, **options):
    """An HDF5 file of the arrays, in a group beside others."""
    stream = io.BytesIO()
    with h5py.File(stream, "w", **options) as file:
        for name in ("a", "vars", *map(str, range(20))):
            file.create_group(name)
        file["vars"].attrs["name"] = "a network"
        for name, array in arrays.items():
            file["vars"][name] = array
    return stream.getvalue()


@settings(max_examples=50)
@given(shapes, st.integers(0, 99))
def test_what_h5py_writes_is_read(shapes, seed):
    rng = np.random.default_rng(seed)
    arrays = {str(i): rng.normal(size=s).astype(np.float32) for i, s in enumerate(shapes)}
    found = read_arrays(write(arrays), "vars", {name: a.shape for name, a in arrays.items()})
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == np.float32
        assert found[name].flags.writeable


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ({"0": (2, 3)}, "it has 2 weights"),
        ({"0": (2, 3), "2": ()}, "it has 2 weights"),
        ({"0": (2, 3), "1": (1,)}, "it has weights of 0 dimensions"),
        ({"0": (3, 2), "1": ()}, r"it has weights \(2, 3\)"),
    ],
)
def test_other_names_and_shapes_are_refused(shapes, message):
    data = write({"0": np.ones((2, 3), np.float32), "1": np.float32(1)})
    with pytest.raises(ValueError, match=message):
        read_arrays(data, "vars", shapes)


@pytest.mark.parametrize("options", [{"libver": "latest"}, {"userblock_size": 512}])
def test_other_versions_are_refused(options):
    data = write({"0": np.float32(1)}, **options)
    with pytest.raises(ValueError, match="HDF5 of another version"):
        read_arrays(data, "vars", {"0": ()})


def test_what_is_cut_off_is_refused():
    array = np.ones(100, np.float32)
    data = write({"0": array})
    end = data.index(array.tobytes()) + array.nbytes
    for size in [*range(0, end, 50), end - 1]:
        with pytest.raises((ValueError, IndexError, struct.error)):
            read_arrays(data[:size], "vars", {"0": array.shape})
