"""A recogniser for programs that have no cada_tf: TensorFlow Serving's SavedModel, and ONNX.

Both take ``features``, float32 ``[n, F]``, as they are measured, in the order of
``Classifier.features``; and return ``classes``, the name ``[n]`` of the most probable class, and
``probabilities``, float32 ``[n, C]``. Neither measures recordings or checks its input: for features
that are not finite the output is meaningless.
"""

import errno
import json
import os
from pathlib import Path

import numpy as np

from cada_tf.errors import InputError
from cada_tf.recogniser.classifier import Classifier
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
    folder = resolve(folder)
    if os.path.lexists(folder):
        raise InputError(
            f"{folder}: expected a new folder for a SavedModel, found one that is there already, "
            "or a file. Remove it, or name another."
        )
    try:
        with replace_atomically(folder) as new:
            write_saved_model(classifier, new)
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
        archive.write_out(folder, verbose=False)
    except tf.errors.OpError as error:  # TensorFlow's own, also of a full disk
        raise OSError(errno.EIO, " ".join(error.message.split())) from error
    path = folder / DESCRIPTION
    path.parent.mkdir()
    path.write_text(json.dumps(describe(classifier), ensure_ascii=False), "utf-8")


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
    try:
        from onnx import helper
    except ImportError as error:
        raise InputError(
            f"{file}: expected the package onnx, which writes it, found it not installed. "
            "pip install 'cada-tf[onnx]'."
        ) from error
    file = resolve(file)
    if file.is_dir():
        raise InputError(f"{file}: expected a file for ONNX, found a folder. Name another.")
    model = helper.make_model(
        onnx_graph(classifier),
        producer_name="cada_tf",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    facts = describe(classifier).items()
    helper.set_model_props(
        model,
        {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in facts},
    )
    write_atomically(file, model.SerializeToString())
    return file


def onnx_graph(classifier: Classifier) -> "onnx.GraphProto":  # noqa: F821
    """The network, as ``models.RecogniserNetwork.call`` has it, in ONNX's operators."""
    from onnx import TensorProto, helper, numpy_helper

    layers = len(classifier.weights) // 2
    steps = [("Mul", "factor"), ("Add", "offset")]
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
