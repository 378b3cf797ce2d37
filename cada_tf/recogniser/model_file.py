"""The file of a recogniser: a ``.keras`` archive, which is read without executing any of it.

``keras.models.load_model`` opens it as well, as a ``models.RecogniserNetwork``. Only data is read
here: names, numbers and text of known types and sizes. Anything else is refused, so that a file
from an untrusted source can only be refused, or classify badly.
"""

import importlib.metadata
import io
import itertools
import json
import os
import zipfile
from pathlib import Path

import h5py
import numpy as np

from cada_tf.audio.feature_set import DEFAULT_FEATURE_SET, FeatureConfig
from cada_tf.errors import InputError
from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.keras_network import to_keras
from cada_tf.storage import replace_atomically

SUFFIX = ".keras"
FORMAT = 1
"""Of what ``models.RecogniserNetwork`` keeps in its config."""
MAX_PART_SIZE = 1 << 28
"""Bytes of a member of the archive, unpacked; a network of 62 → 256 → 4 has 70 thousand."""
NAMES = ("classes", "features", "hidden", "domains", "measured", "valence", "card", "format")


def with_suffix(path: str | os.PathLike) -> Path:
    """The path of a model's file, with ``.keras`` added if it is not there."""
    path = Path(path).expanduser()
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def save(classifier: Classifier, path: str | os.PathLike) -> Path:
    """Writes a model file, atomically.

    Args:
        classifier: what to write.
        path: ``.keras`` is added if it is not there.

    Returns:
        The file's path.
    """
    path = with_suffix(path)
    with replace_atomically(path) as new:
        to_keras(classifier).save(new)
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
    if not file.is_file():
        found = "a folder" if file.is_dir() else "nothing"
        raise InputError(
            f"{file}: expected a model file, found {found}. Name the file that cada-adapt wrote."
        )
    try:
        with zipfile.ZipFile(file) as archive:
            config = json.loads(unpack(archive, "config.json"))
            parsed = parse(config["registered_name"], config["config"])
            weights = read_weights(unpack(archive, "model.weights.h5"), parsed["shapes"])
    except InputError as error:
        raise InputError(f"{file}: {error}") from error
    except PermissionError as error:
        raise InputError(
            f"{file}: expected a model file that can be read, found: {error.strerror}. "
            "Check its permissions."
        ) from error
    # What zipfile, json, h5py and the checks raise for a damaged or forged file.
    except (
        *(zipfile.BadZipFile, OSError, EOFError, ValueError, TypeError, KeyError, IndexError),
        *(AttributeError, RuntimeError, NotImplementedError, RecursionError, OverflowError),
        MemoryError,
    ) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(
            f"{file}: expected a model that cada-adapt wrote, found something else or a damaged "
            f"file ({reason}). Restore it, or run cada-adapt anew."
        ) from error
    check_version(file, parsed["fields"]["feature_config"])
    factor, offset, temperature, *layers = weights
    return Classifier(
        **parsed["fields"],
        factor=factor,
        offset=offset,
        temperature=float(temperature),
        weights=layers,
    )


def unpack(archive: zipfile.ZipFile, name: str) -> bytes:
    """A member of the archive, checked against its CRC."""
    size = archive.getinfo(name).file_size
    if size > MAX_PART_SIZE:
        raise ValueError(f"{name} has {size} bytes")
    return archive.read(name)


def parse(registered_name: str, config: dict) -> dict:
    """The checked contents of a config: ``fields`` of a ``Classifier``, ``shapes`` of its weights.

    Raises:
        InputError: it was made by a later version of this package.
        ValueError, TypeError, KeyError: it is not the config of a ``models.RecogniserNetwork``.
    """
    require(registered_name == "cada_tf>RecogniserNetwork", f"a model {registered_name!r}")
    version = config["format"]
    if isinstance(version, int) and version > FORMAT:
        raise InputError(
            f"expected a file of format {FORMAT} or earlier, found {version}, of a later cada_tf. "
            "pip install --upgrade cada-tf."
        )
    require(version == FORMAT, "no format number")
    classes, features, hidden, domains, measured, valence, card = (config[n] for n in NAMES[:-1])
    for names, fewest in ((classes, 2), (features, 1)):
        require(isinstance(names, list) and len(set(names)) == len(names) >= fewest, "few names")
        require(all(isinstance(name, str) for name in names), "names that are no text")
        "".join(names).encode()  # raises for half a character, which could not be written out
    for width in (*hidden, domains):
        require(type(width) is int and 0 < width <= 1 << 16, "a strange width")
    require(isinstance(hidden, list) and len(hidden) > 0, "no hidden layer")
    require(isinstance(card, str), "a card that is no text")
    require(
        all(isinstance(k, str) and (v is None or v in classes) for k, v in valence.items()),
        "emotions of unknown classes",
    )
    if measured is not None:
        kinds = {"feature_set": str, "opensmile": str, "sampling_rate": int}
        require({k: type(v) for k, v in measured.items()} == kinds, "a strange measurement")
        measured = FeatureConfig(*(measured[key] for key in kinds))
    widths = [len(features), *hidden, domains * len(classes)]
    layers = [shape for i, o in itertools.pairwise(widths) for shape in ((i, o), (1, o))]
    fields = {
        "classes": tuple(classes),
        "features": tuple(features),
        "feature_config": measured,
        "valence": dict(valence),
        "card": card,
    }
    return {"fields": fields, "shapes": [(widths[0],), (widths[0],), (), *layers]}


def require(condition: bool, found: str) -> None:
    """Refuses a file with unexpected contents."""
    if not condition:
        raise ValueError(f"it has {found}")


def read_weights(data: bytes, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """The weights in the order of ``RecogniserNetwork``, float32, of these shapes, finite."""
    with h5py.File(io.BytesIO(data), "r") as file:
        group = hard_link(file, "vars")
        require(len(group) == len(shapes), f"{len(group)} weights")
        weights = [read_array(hard_link(group, str(i)), shape) for i, shape in enumerate(shapes)]
    require(weights[2] > 0, "a temperature that is not positive")
    return weights


def hard_link(group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset:
    """A member stored in this file, not a link to another place."""
    require(isinstance(group.get(name, getlink=True), h5py.HardLink), f"no {name}")
    return group[name]


def read_array(dataset: h5py.Dataset, shape: tuple[int, ...]) -> np.ndarray:
    """The values of a dataset, float32, of this shape, finite, and stored in this file."""
    stored = isinstance(dataset, h5py.Dataset) and not (dataset.external or dataset.is_virtual)
    require(stored, "weights elsewhere")
    require(dataset.shape == shape and dataset.dtype == np.float32, f"weights {dataset.shape}")
    values = dataset[()]
    require(np.isfinite(values).all(), "weights that are not finite")
    return values


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
