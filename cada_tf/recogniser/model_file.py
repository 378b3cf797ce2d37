"""One file that holds a recogniser: a ``.keras`` archive, read without running any of it.

``keras.models.load_model`` opens it as well, as a ``models.RecogniserNetwork``. What is read here
is data alone: names, numbers and text of known kinds and sizes. Anything else is refused, so that
a file from a stranger can do nothing but be refused or recognise badly.
"""

import importlib.metadata
import io
import itertools
import json
import os
import tempfile
import zipfile
from pathlib import Path

import h5py
import numpy as np

from cada_tf.errors import InputError
from cada_tf.recogniser.recogniser import Measurement, Recogniser
from cada_tf.storage import fsync_file

SUFFIX = ".keras"
FORMAT = 1
"""Of what ``models.RecogniserNetwork`` keeps in its config."""
LARGEST = 1 << 28
"""Bytes of a part of the archive, unpacked; a network of 62 → 256 → 4 has 70 thousand."""
NAMES = ("classes", "features", "hidden", "domains", "measured", "valence", "card", "format")


def located(path: str | os.PathLike) -> Path:
    """The file that a model's name means: itself, or with ``.keras`` behind it."""
    path = Path(path).expanduser()
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def save(recogniser: Recogniser, path: str | os.PathLike) -> Path:
    """Writes a recogniser, whole or not at all.

    Args:
        recogniser: what to write.
        path: ``.keras`` is put behind it if it is not there.

    Returns:
        Where it is.
    """
    path = located(path)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        whole = Path(folder) / path.name
        recogniser.to_keras().save(whole)
        fsync_file(whole)
        os.replace(whole, path)
    return path


def load(path: str | os.PathLike) -> Recogniser:
    """Reads a recogniser that ``cada-adapt`` or ``Recogniser.save`` wrote.

    Nothing in the file is executed, whatever it holds.

    Args:
        path: of the file, with or without ``.keras``.

    Raises:
        InputError: there is no such file; it is damaged, or is not a recogniser's; or it was made
            with functionals, or a version of openSMILE, that are not installed here.

    Example:
        >>> import cada_tf
        >>> recogniser = cada_tf.load("my_model")  # doctest: +SKIP
        >>> recogniser.predict_files(["a.wav", "b.wav"])  # doctest: +SKIP
    """
    file = located(path)
    if not file.is_file():
        found = "a folder" if file.is_dir() else "nothing"
        raise InputError(
            f"{file}: expected a model file, found {found}. Name the file that cada-adapt wrote."
        )
    try:
        with zipfile.ZipFile(file) as archive:
            config = json.loads(unpacked(archive, "config.json"))
            recogniser = parse(config["registered_name"], config["config"])
            weights = read_weights(unpacked(archive, "model.weights.h5"), recogniser["shapes"])
    except InputError as error:
        raise InputError(f"{file}: {error}") from error
    except PermissionError as error:
        raise InputError(
            f"{file}: expected a model file that can be read, found: {error.strerror}. "
            "Check its permissions."
        ) from error
    # What zipfile, json, h5py and the checks raise of a file that is damaged or made up.
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
    check_measured(file, recogniser["fields"]["measured"])
    factor, offset, temperature, *layers = weights
    return Recogniser(
        **recogniser["fields"],
        factor=factor,
        offset=offset,
        temperature=float(temperature),
        weights=layers,
    )


def unpacked(archive: zipfile.ZipFile, name: str) -> bytes:
    """A part of the archive, checked against its CRC."""
    size = archive.getinfo(name).file_size
    if size > LARGEST:
        raise ValueError(f"{name} has {size} bytes")
    return archive.read(name)


def parse(registered_name: str, config: dict) -> dict:
    """What a config says, checked: ``fields`` of a ``Recogniser``, and ``shapes`` of its weights.

    Raises:
        InputError: it was made by a later version of this package.
        ValueError, TypeError, KeyError: it is no config of a ``models.RecogniserNetwork``.
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
        measured = Measurement(**measured)
    widths = [len(features), *hidden, domains * len(classes)]
    layers = [shape for i, o in itertools.pairwise(widths) for shape in ((i, o), (1, o))]
    fields = {
        "classes": tuple(classes),
        "features": tuple(features),
        "measured": measured,
        "valence": dict(valence),
        "card": card,
    }
    return {"fields": fields, "shapes": [(widths[0],), (widths[0],), (), *layers]}


def require(condition: bool, found: str) -> None:
    """Refuses a file that has something else than what it should."""
    if not condition:
        raise ValueError(f"it has {found}")


def read_weights(data: bytes, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """The weights in the order of ``RecogniserNetwork``, float32, of these shapes, finite."""
    with h5py.File(io.BytesIO(data), "r") as file:
        group = hard(file, "vars")
        require(len(group) == len(shapes), f"{len(group)} weights")
        weights = [read_array(hard(group, str(i)), shape) for i, shape in enumerate(shapes)]
    require(weights[2] > 0, "a temperature that is not positive")
    return weights


def hard(group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset:
    """A member that lies in this file, not one linked from elsewhere."""
    require(isinstance(group.get(name, getlink=True), h5py.HardLink), f"no {name}")
    return group[name]


def read_array(dataset: h5py.Dataset, shape: tuple[int, ...]) -> np.ndarray:
    """The numbers of a dataset, if they are what they should be."""
    here = isinstance(dataset, h5py.Dataset) and not (dataset.external or dataset.is_virtual)
    require(here, "weights elsewhere")
    require(dataset.shape == shape and dataset.dtype == np.float32, f"weights {dataset.shape}")
    values = dataset[()]
    require(np.isfinite(values).all(), "weights that are not finite")
    return values


def check_measured(file: Path, measured: Measurement | None) -> None:
    """Refuses a model whose functionals the openSMILE that is installed would measure otherwise.

    Raises:
        InputError: another version, or none.
    """
    if measured is None:
        return
    try:
        found = importlib.metadata.version("opensmile")
    except importlib.metadata.PackageNotFoundError:
        found = "none"
    if found != measured.opensmile:
        raise InputError(
            f"{file}: expected openSMILE {measured.opensmile}, by which the functionals that it "
            f"was trained on were measured, found {found}. "
            f"pip install opensmile=={measured.opensmile}."
        )
