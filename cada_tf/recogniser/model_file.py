"""The file of a recogniser: a ``.keras`` archive, which is read without executing any of it.

``keras.models.load_model`` opens it as well, as a ``models.RecogniserNetwork``. Only data is read
here: names, numbers and text of known types and sizes. Anything else is refused, so that a file
from an untrusted source can only be refused, or classify badly; and nothing is unpacked beyond what
the largest model needs, so that it cannot take the machine's memory either.
"""

import importlib.metadata
import math
import os
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cada_tf.audio.feature_set import DEFAULT_FEATURE_SET, FeatureConfig
from cada_tf.errors import InputError
from cada_tf.recogniser import model_config
from cada_tf.recogniser.checks import require
from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.hdf5 import read_arrays
from cada_tf.recogniser.keras_network import to_keras
from cada_tf.storage import replace_atomically
from cada_tf.text import one_line

SUFFIX = ".keras"
MAX_CONFIG_SIZE = 1 << 22
"""Bytes of the config; those of GeMAPS take three thousand."""
MAX_OVERHEAD = 1 << 20
"""Bytes of the file of weights beside these."""
MAX_DIRECTORY_SIZE = 1 << 16
"""Bytes of an archive's list of members; of three they are 200."""
END_OF_ARCHIVE = struct.Struct("<4s8xL4xH")
"""Signature, size of the list of members, and size of a comment."""


def with_suffix(path: str | os.PathLike) -> Path:
    """The path of a model's file, with ``.keras`` added if it is not there."""
    path = Path(os.path.expanduser(path))
    return path if path.suffix == SUFFIX else path.parent / f"{path.name}{SUFFIX}"


def save(classifier: Classifier, path: str | os.PathLike) -> Path:
    """Writes a model file, atomically.

    Args:
        classifier: what to write.
        path: ``.keras`` is added if it is not there.

    Returns:
        The file's path.

    Raises:
        InputError: ``read`` would refuse it, as it is larger than a model file may be, or its
            feature set has a strange name or version.
    """
    path = with_suffix(path)
    with replace_atomically(path) as new:
        to_keras(classifier).save(new)
        try:
            read_archive(new)
        except ValueError as error:
            raise InputError(
                f"{path}: expected what a model file may hold, found that {error}. Choose fewer "
                "units of the network, or shorter names."
            ) from error
    return path


def read(path: str | os.PathLike) -> Classifier:
    """Reads a model file. Nothing in it is executed, whatever it contains.

    Args:
        path: of the file, with or without ``.keras``.

    Raises:
        InputError: there is no such file; it is damaged, or is no model file; or its features are
            of another version of openSMILE than the installed one.
    """
    file = with_suffix(path)
    try:
        check_is_file(file)
        classifier = read_archive(file)
    except InputError as error:
        raise InputError(f"{file}: {error}") from error
    except PermissionError as error:
        raise InputError(
            f"{file}: expected a model file that can be read, found: {error.strerror}. "
            "Check its permissions."
        ) from error
    except Exception as error:  # zipfile, zlib, json, struct and NumPy have many for damaged files
        reason = one_line(str(error), 200) or type(error).__name__
        raise InputError(
            f"{file}: expected a model that cada-adapt wrote, found something else or a damaged "
            f"file ({reason}). Restore it, or run cada-adapt anew."
        ) from error
    check_version(file, classifier.feature_config)
    return classifier


def check_is_file(file: Path) -> None:
    """Refuses what is no file; to open a pipe might take forever."""
    if not file.is_file():
        other = "a folder" if file.is_dir() else "a pipe or a device"
        found = other if file.exists() else "nothing"
        raise InputError(
            f"expected a model file, found {found}. Name the file that cada-adapt wrote."
        )


def read_archive(file: str | os.PathLike) -> Classifier:
    """The classifier in a model file; see ``read``, which catches what this raises."""
    with open(file, "rb") as stream, open_archive(stream) as archive:
        config = model_config.parse(unpack(archive, "config.json", MAX_CONFIG_SIZE))
        size = 4 * sum(map(math.prod, config.shapes))
        data = unpack(archive, "model.weights.h5", size + MAX_OVERHEAD)
    factor, offset, temperature, *layers = read_weights(data, config.shapes)
    return Classifier(
        **config.fields,
        factor=factor,
        offset=offset,
        temperature=float(temperature),
        weights=layers,
    )


def open_archive(stream: BinaryIO) -> zipfile.ZipFile:
    """The archive, if its list of members is short: zipfile makes an object of each of them."""
    stream.seek(-END_OF_ARCHIVE.size - 20, os.SEEK_END)
    locator = stream.read(20)  # of a list of more than 4 GB, if it begins as one
    signature, size, comment = END_OF_ARCHIVE.unpack(stream.read())
    short = size <= MAX_DIRECTORY_SIZE and not comment and not locator.startswith(b"PK\6\7")
    require(signature == b"PK\5\6" and short, "no archive's end, or a long one")
    return zipfile.ZipFile(stream)


def unpack(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """A member of the archive, checked against its CRC; at most ``limit`` bytes are unpacked.

    The size that the archive states is not relied on.
    """
    member = archive.getinfo(name)
    kinds = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of others, zipfile unpacks all at once
    require(member.compress_type in kinds, f"{name} in an unusual compression")
    with archive.open(member) as stream:
        data = stream.read(limit + 1)
    require(len(data) <= limit, f"more than {limit} bytes of {name}")
    return data


def read_weights(data: bytes, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """The weights in the order of ``RecogniserNetwork``, float32, of these shapes, finite."""
    weights = list(read_arrays(data, "vars", {str(i): s for i, s in enumerate(shapes)}).values())
    require(all(np.isfinite(array).all() for array in weights), "weights that are not finite")
    require(weights[2] > 0, "a temperature that is not positive")
    return weights


def check_version(file: Path, config: FeatureConfig | None) -> None:
    """Refuses a model whose features the installed openSMILE would measure differently.

    Other sets are checked when recordings are to be measured, as only these need them.

    Raises:
        InputError: another version of openSMILE is installed, or none.
    """
    if config is None or config.feature_set != DEFAULT_FEATURE_SET:
        return
    try:
        found = importlib.metadata.version("opensmile")
    except importlib.metadata.PackageNotFoundError:
        found = "none"
    if found != config.version:
        raise InputError(
            f"{file}: expected openSMILE {config.version}, by which the features that it was "
            f"trained on were measured, found {found}. pip install opensmile=={config.version}."
        )
