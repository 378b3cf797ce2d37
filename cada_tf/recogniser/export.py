"""A recogniser for programs that have no cada_tf: TensorFlow Serving's SavedModel, and ONNX.

All take ``features``, float32 ``[n, F]``, as they are measured, in the order of
``Classifier.features``; and return ``classes``, the name ``[n]`` of the most probable class, and
``probabilities``, float32 ``[n, C]``. None checks its input: for features that are not finite the
output is meaningless. A folder for audonnx has openSMILE before the network, so that it takes a
signal and its sampling rate.
"""

import contextlib
import errno
import importlib
import json
import logging
import math
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from cada_tf.errors import InputError
from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.export_format import ONNX_SUFFIX, ExportFormat
from cada_tf.recogniser.keras_network import describe_features, to_keras
from cada_tf.storage import replace_atomically, write_atomically

DESCRIPTION = "assets.extra/cada_tf.json"
"""Of a SavedModel: TensorFlow does not touch what is in ``assets.extra``."""
OPSET, IR_VERSION = 13, 7
"""Of ONNX 1.8, since which Softmax is over the last axis; older runtimes read it, too."""


def to_saved_model(classifier: Classifier, folder: str | os.PathLike) -> Path:
    """Writes a SavedModel of one signature, ``serving_default``, atomically.

    TensorFlow Serving finds it if ``folder`` is a version of a model, such as ``my_model/1``.
    Names of classes and features, how these were measured, and the model card are beside it, in
    ``assets.extra/cada_tf.json``.

    Args:
        classifier: what to write.
        folder: new, in a folder that exists.

    Returns:
        The folder's path.

    Raises:
        InputError: there is something at ``folder`` already, or no folder to put it in.
        OSError: it cannot be written, such as to a full disk.
    """
    return write_folder(folder, "a SavedModel", lambda new: write_saved_model(classifier, new))


def write_folder(folder: str | os.PathLike, kind: str, write: Callable[[Path], None]) -> Path:
    """Has a new folder written, atomically.

    Args:
        folder: in a folder that exists.
        kind: what it is for, for messages.
        write: what writes it, at the path that it is given.

    Raises:
        InputError: there is something at ``folder`` already, or no folder to put it in.
        OSError: it cannot be written, such as to a full disk.
    """
    folder = resolve(folder)
    if os.path.lexists(folder):
        raise InputError(
            f"{folder}: expected a new folder for {kind}, found one that is there already, "
            "or a file. Remove it, or name another."
        )
    try:
        with replace_atomically(folder) as new:
            write(new)
    except OSError as error:
        error.filename = str(folder)  # the user's, rather than the temporary's or none
        raise
    return folder


def write_saved_model(classifier: Classifier, folder: Path) -> None:
    """Writes a SavedModel and its description.

    Raises:
        OSError: they cannot be written.
    """
    import keras  # TensorFlow takes seconds to start
    import tensorflow as tf

    model = to_keras(classifier)

    def serve(features: tf.Tensor) -> dict[str, tf.Tensor]:
        probabilities = model(features)
        names = tf.gather(tf.constant(classifier.classes), tf.argmax(probabilities, -1))
        return {"classes": names, "probabilities": probabilities}

    archive = keras.export.ExportArchive()
    archive.track(model)
    features = tf.TensorSpec((None, len(classifier.features)), tf.float32, "features")
    archive.add_endpoint("serving_default", serve, input_signature=[features])
    try:
        with quiet():
            archive.write_out(folder, verbose=False)
    except tf.errors.OpError as error:  # TensorFlow's own, also of a full disk
        raise OSError(errno.EIO, " ".join(error.message.split())) from error
    path = folder / DESCRIPTION
    path.parent.mkdir()
    path.write_text(json.dumps(describe(classifier), ensure_ascii=False), "utf-8")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps TensorFlow's notes on the SavedModel that it writes from the standard error."""
    # Keras sets the level of absl's logger back, so that to set it here is of no use.
    earlier = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(earlier)


def to_onnx(classifier: Classifier, file: str | os.PathLike) -> Path:
    """Writes an ONNX file, atomically, in place of any earlier one.

    Names of classes and features (JSON), how these were measured, and the model card are in its
    ``metadata_props``.

    Args:
        classifier: what to write.
        file: in a folder that exists.

    Returns:
        The file's path.

    Raises:
        InputError: the package onnx is not installed; there is a folder at ``file``, or none to
            put it in.
        OSError: it cannot be written.
    """
    require_package(file, "onnx")
    file = resolve(file)
    if file.is_dir():
        raise InputError(f"{file}: expected a file for ONNX, found a folder. Name another.")
    if file.suffix != ONNX_SUFFIX:
        raise InputError(
            f"{file}: expected a name that ends in {ONNX_SUFFIX} for a file of ONNX, found another."
            f" Write {file.name}{ONNX_SUFFIX}."
        )
    write_atomically(file, onnx_model(classifier).SerializeToString())
    return file


def onnx_model(classifier: Classifier) -> "onnx.ModelProto":  # noqa: F821
    """The network with its description."""
    from onnx import helper

    model = helper.make_model(
        onnx_graph(classifier),
        producer_name="cada_tf",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        doc_string=describe_input(classifier),
    )
    facts = describe(classifier).items()
    helper.set_model_props(
        model,
        {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in facts},
    )
    return model


def require_package(place: str | os.PathLike, package: str) -> None:
    """Refuses an export whose package is not installed.

    Raises:
        InputError: it is not.
    """
    try:
        importlib.import_module(package)
    except ImportError as error:
        raise InputError(
            f"{place}: expected the package {package}, which writes it, found it not installed. "
            "pip install 'cada-tf[onnx]'."
        ) from error


def to_audonnx(classifier: Classifier, folder: str | os.PathLike) -> Path:
    """Writes a folder that ``audonnx.load`` reads, atomically: the network, and openSMILE before.

    The model takes a signal ``[channels, samples]`` and its sampling rate.

    Args:
        classifier: what to write.
        folder: new, in a folder that exists.

    Returns:
        The folder's path.

    Raises:
        InputError: the package audonnx is not installed; the features are not openSMILE's, or of
            another version of it; there is something at ``folder`` already, or no folder to put it
            in.
        OSError: it cannot be written.
    """
    require_package(folder, "audonnx")
    transform = smile_of(classifier, folder)
    return write_folder(folder, "audonnx", lambda new: write_audonnx(classifier, transform, new))


def smile_of(classifier: Classifier, place: str | os.PathLike) -> "opensmile.Smile":  # noqa: F821
    """openSMILE as it measures the features of a classifier.

    Raises:
        InputError: they are not openSMILE's, or of another version of it.
    """
    from cada_tf.audio.opensmile import is_opensmiles
    from cada_tf.recogniser.feature_set import find_features

    config = classifier.feature_config
    # A configuration of the user's is a file of this machine's, which the folder does not have.
    if not is_opensmiles(config) or ":" in config.feature_set:
        found = "features given as numbers" if config is None else config.feature_set
        raise InputError(
            f"{place}: expected a recogniser of a feature set of openSMILE's, which the folder has "
            f"before the network, found {found}. Choose `export_format=onnx`, whose input are the "
            "features."
        )
    smile = find_features(classifier).smile
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the set of the paper is superseded
        # It is given the mean of the channels; here it is to take that itself.
        return type(smile)(**smile.arguments | {"channels": None, "mixdown": True})


def write_audonnx(
    classifier: Classifier,
    transform: "opensmile.Smile",  # noqa: F821
    folder: Path,
) -> None:
    """Writes ``model.onnx`` and ``model.yaml``, which names the classes and the transform."""
    import audonnx

    folder.mkdir()
    (folder / "model.onnx").write_bytes(onnx_model(classifier).SerializeToString())
    labels = {"probabilities": list(classifier.classes)}
    model = audonnx.Model(str(folder / "model.onnx"), labels=labels, transform=transform)
    model.to_yaml(str(folder / "model.yaml"))


def onnx_graph(classifier: Classifier) -> "onnx.GraphProto":  # noqa: F821
    """The network, as ``models.RecogniserNetwork.call`` has it, in ONNX's operators."""
    from onnx import TensorProto, helper, numpy_helper

    layers = len(classifier.weights) // 2
    steps = [("Mul", "factor"), ("Add", "offset")]
    if math.isfinite(classifier.bound):
        steps.append(("Clip", "lowest", "highest"))
    for i in range(layers):
        steps += [("MatMul", f"kernel_{i}"), ("Add", f"bias_{i}"), ("Relu",)]
    steps[-1:] = [("Reshape", "shape"), ("ReduceMax",), ("Div", "temperature"), ("Softmax",)]
    values = ["features", *(f"step_{i}" for i in range(1, len(steps))), "probabilities"]
    nodes = [
        helper.make_node(operator, [value, *constant], [result])
        for (operator, *constant), value, result in zip(steps, values, values[1:], strict=False)
    ]
    over_domains = helper.make_attribute("axes", [1]), helper.make_attribute("keepdims", 0)
    nodes[-3].attribute.extend(over_domains)
    nodes += [
        helper.make_node("ArgMax", ["probabilities"], ["most_probable"], axis=-1, keepdims=0),
        helper.make_node("Gather", ["names", "most_probable"], ["classes"]),
    ]
    constants = [numpy_helper.from_array(v, k) for k, v in onnx_constants(classifier).items()]
    width = len(classifier.features)
    inputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", width])]
    outputs = [
        helper.make_tensor_value_info("classes", TensorProto.STRING, ["n"]),
        helper.make_tensor_value_info(
            "probabilities", TensorProto.FLOAT, ["n", len(classifier.classes)]
        ),
    ]
    return helper.make_graph(nodes, "recogniser", inputs, outputs, constants)


def onnx_constants(classifier: Classifier) -> dict[str, np.ndarray]:
    """The arrays that ``onnx_graph`` names."""
    classes = len(classifier.classes)
    kernels, biases = classifier.weights[::2], classifier.weights[1::2]
    numbers = {
        "factor": classifier.factor,
        "offset": classifier.offset,
        "lowest": -classifier.bound,
        "highest": classifier.bound,
        "temperature": classifier.temperature,
        **{f"kernel_{i}": kernel for i, kernel in enumerate(kernels)},
        **{f"bias_{i}": bias for i, bias in enumerate(biases)},
    }
    return {
        **{name: np.asarray(value, np.float32) for name, value in numbers.items()},
        "shape": np.array([-1, biases[-1].shape[-1] // classes, classes]),  # n, domains, classes
        "names": np.array(classifier.classes, object),
    }


def describe(classifier: Classifier) -> dict[str, object]:
    """What a user of an exported network needs to know; see ``Classifier``."""
    return {
        "classes": list(classifier.classes),
        "features": list(classifier.features),
        **describe_features(classifier.feature_config),
        "card": classifier.card,
    }


def describe_input(classifier: Classifier) -> str:
    """Which features an exported network takes, in a sentence."""
    config, width = classifier.feature_config, len(classifier.features)
    if config is None:
        return f"{width} features, which were given as numbers for training, in their order there."
    rate = f"resampled to {config.sampling_rate} Hz" if config.sampling_rate else "as recorded"
    return (
        f"{width} features of a recording, rather than its audio: {config.feature_set}, version "
        f"{config.version}, of the mean of the channels, {rate}. Their names, in order, and how "
        "they are measured are in the metadata."
    )


def resolve(path: str | os.PathLike) -> Path:
    """The path, with ``~`` expanded, if there is a folder to put it in.

    Raises:
        InputError: there is none.
    """
    path = Path(path).expanduser()
    if not path.parent.is_dir():
        raise InputError(
            f"{path}: expected a folder at {path.parent} to write it to, found none. Make it."
        )
    return path


WRITERS: dict[ExportFormat, Callable[[Classifier, str | os.PathLike], Path]] = {
    ExportFormat.ONNX: to_onnx,
    ExportFormat.SAVED_MODEL: to_saved_model,
    ExportFormat.AUDONNX: to_audonnx,
}
