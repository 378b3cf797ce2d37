"""Arrays of an HDF5 file that may come from anyone, read in Python alone.

libhdf5 trusts its files: a few bytes unfold to gigabytes, or have it call itself until the process
dies. This reads what h5py writes by default, and nothing else: groups of version 1, and in them
float32 arrays that are stored in one piece. No count in the file is followed beyond
``MAX_ENTRIES``, and an array is made only if its shape is as expected and all of it is in the file.

Names and sections (in brackets) are those of the HDF5 File Format Specification, version 3.0.
"""

import math
import struct
from collections.abc import Mapping

import numpy as np

from cada_tf.recogniser.checks import require

SIGNATURE = b"\x89HDF\r\n\x1a\n"
FLOAT32 = bytes.fromhex("11201f00 04000000 0000 2000 17 08 00 17 7f000000")
"""The datatype message of IEEE floating point, 32 bits, little-endian (IV.A.2.d)."""
DATASPACE, DATATYPE, EXTERNAL, LAYOUT, FILTERS, CONTINUATION, GROUP = 1, 3, 7, 8, 11, 16, 17
"""Types of messages (IV.A.2)."""
MAX_ENTRIES = 64
"""Of a header, a node or a leaf; libhdf5 writes up to 32 into a node, and up to 8 into a leaf."""
MAX_NAME = 64
"""Bytes of a member's name."""


def read_arrays(
    data: bytes, group: str, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, np.ndarray]:
    """The arrays of a group of the root.

    Args:
        data: the file.
        group: its name.
        shapes: of the arrays that are expected, by name; there may be no others.

    Returns:
        Name → array, float32, in the order of ``shapes``.

    Raises:
        ValueError, KeyError, struct.error, OverflowError: it is no such file.
    """
    require(data[:8] == SIGNATURE and data[8] == 0, "HDF5 of another version")
    (root,) = struct.unpack_from("<Q", data, 64)  # after the superblock (II.A) of 64 bytes
    headers = members(data, members(data, root)[group])
    require(headers.keys() == shapes.keys(), f"{len(headers)} weights")
    return {name: read_array(data, headers[name], shape) for name, shape in shapes.items()}


def members(data: bytes, header: int) -> dict[str, int]:
    """Name → address of the object header, of the group whose own header is at ``header``."""
    tree, heap = struct.unpack_from("<QQ", messages(data, header)[GROUP])
    signature, segment = struct.unpack_from("<4s20xQ", data, heap)  # III.D
    require(signature == b"HEAP", "no names")
    found = {}
    for leaf in leaves(data, tree):
        signature, count = struct.unpack_from("<4s2xH", data, leaf)  # III.B
        require(signature == b"SNOD" and count <= MAX_ENTRIES, "no members")
        for entry in range(leaf + 8, leaf + 8 + 40 * count, 40):  # III.C
            place, address, kind = struct.unpack_from("<QQI", data, entry)
            require(kind in (0, 1), "a link to another place")
            name = data[segment + place : segment + place + MAX_NAME].partition(b"\0")[0]
            found[name.decode()] = address
    return found


def leaves(data: bytes, tree: int) -> tuple[int, ...]:
    """Addresses of the leaves of a group's B-tree, of which all are children of its root."""
    signature, kind, level, used = struct.unpack_from("<4sBBH", data, tree)  # III.A.1
    plain = signature == b"TREE" and kind == level == 0 and used <= MAX_ENTRIES
    require(plain, "a group of another kind")
    return struct.unpack_from(f"<{2 * used}Q", data, tree + 24)[1::2]  # each after its key


def messages(data: bytes, header: int) -> dict[int, bytes]:
    """Type → message, of an object header of version 1 (IV.A.1.a)."""
    version, count, _, size = struct.unpack_from("<BxHII", data, header)
    require(version == 1 and count <= MAX_ENTRIES, "an object of another version")
    place, end, blocks, found = header + 16, header + 16 + size, [], {}
    for _ in range(count):
        if place >= end:
            place, size = blocks.pop(0)
            end = place + size
        kind, size = struct.unpack_from("<HH", data, place)
        found[kind] = data[place + 8 : place + 8 + size]
        if kind == CONTINUATION:
            blocks.append(struct.unpack_from("<QQ", found[kind]))
        place += 8 + size
    return found


def read_array(data: bytes, header: int, shape: tuple[int, ...]) -> np.ndarray:
    """The array, float32, whose object header is there, if it is of this shape."""
    found = messages(data, header)
    require(found[DATATYPE][: len(FLOAT32)] == FLOAT32, "weights that are not float32")
    version, rank = struct.unpack_from("<BB", found[DATASPACE])  # IV.A.2.b
    require(version == 1 and rank == len(shape), f"weights of {rank} dimensions")
    size = struct.unpack_from(f"<{rank}Q", found[DATASPACE], 8)
    require(size == shape, f"weights {size}")
    contiguous = found[LAYOUT][:2] == b"\3\1"  # IV.A.2.i: version and class
    require(contiguous and not found.keys() & {EXTERNAL, FILTERS}, "weights not in one piece")
    address, stored = struct.unpack_from("<QQ", found[LAYOUT], 2)
    require(stored == 4 * math.prod(shape), "weights that are not stored")
    values = np.frombuffer(data, "<f4", math.prod(shape), address)
    return values.reshape(shape).astype(np.float32)
