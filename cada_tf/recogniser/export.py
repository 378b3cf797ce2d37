"""A recogniser for programs that have no cada_tf: TensorFlow Serving's SavedModel, and ONNX.

Both take ``features``, float32 ``[n, F]``, functionals as they are measured, in the order of
``Recogniser.features``; and give ``classes``, the name ``[n]`` of the most probable class, and
``probabilities``, float32 ``[n, C]``. Neither measures recordings or checks what it is given:
functionals that are not finite have meaningless answers.
"""

import dataclasses
import errno
import json
import os
import tempfile
from pathlib import Path

import numpy as np

from cada_tf.errors import InputError
from cada_tf.recogniser.recogniser import Recogniser
from cada_tf.storage import current_umask, fsync_file, write_atomically

DESCRIPTION = "assets.extra/cada_tf.json"
"""Of a SavedModel: TensorFlow leaves to others what lies in ``assets.extra``."""
OPSET, IR_VERSION = 13, 7
"""Of ONNX 1.8, since which Softmax is over the last axis: so that older runtimes read it."""


def to_saved_model(recogniser: Recogniser, folder: str | os.PathLike) -> Path:
    """Writes a SavedModel of one signature, ``serving_default``, whole or not at all.

    TensorFlow Serving finds it if ``folder`` is a version of a model, such as ``my_model/1``.
    Names of classes and features, how these were measured, and the model card are beside it, in
    ``assets.extra/cada_tf.json``.

    Args:
        recogniser: what to write.
        folder: new, in a folder that is there.

    Returns:
        Where it is.

    Raises:
        InputError: there is something at ``folder`` already, or no folder to put it in.
        OSError: it cannot be written, such as to a full disk.
    """
    folder = placed(folder)
    if os.path.lexists(folder):
        raise InputError(
            f"{folder}: expected a new folder for a SavedModel, found one that is there already, "
            "or a file. Remove it, or name another."
        )
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
        whole = Path(temporary) / folder.name
        try:
            write_saved_model(recogniser, whole)
            seal(whole)
        except OSError as error:
            error.filename = str(folder)  # the user's, rather than the temporary's or none
            raise
        os.replace(whole, folder)
    return folder


def write_saved_model(recogniser: Recogniser, folder: Path) -> None:
    """Writes a SavedModel and its description.

    Raises:
        OSError: they cannot be written.
    """
    import tensorflow as tf  # it takes seconds to start

    module = tf.Module()
    module.model = recogniser.to_keras()  # a SavedModel keeps the variables of what it holds

    def serve(features: tf.Tensor) -> dict[str, tf.Tensor]:
        probabilities = module.model(features)
        names = tf.gather(tf.constant(recogniser.classes), tf.argmax(probabilities, -1))
        return {"classes": names, "probabilities": probabilities}

    functionals = tf.TensorSpec((None, len(recogniser.features)), tf.float32, "features")
    module.serve = tf.function(serve, input_signature=[functionals], autograph=False)
    try:
        tf.saved_model.save(module, folder, signatures={"serving_default": module.serve})
    except tf.errors.OpError as error:  # TensorFlow's own, of a full disk too
        raise OSError(errno.EIO, " ".join(error.message.split())) from error
    described = folder / DESCRIPTION
    described.parent.mkdir()
    described.write_text(json.dumps(description(recogniser), ensure_ascii=False), "utf-8")


def seal(folder: Path) -> None:
    """Brings a new folder to the disk, with the permissions of any other of the user's."""
    for part in (folder, *folder.rglob("*")):
        if part.is_file():
            fsync_file(part)
        else:
            part.chmod(0o777 & ~current_umask())  # TensorFlow's are never the group's to write


def to_onnx(recogniser: Recogniser, file: str | os.PathLike) -> Path:
    """Writes an ONNX file, whole or not at all, in place of any earlier one.

    Names of classes and features (JSON), how these were measured, and the model card are in its
    ``metadata_props``.

    Args:
        recogniser: what to write.
        file: in a folder that is there.

    Returns:
        Where it is.

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
    file = placed(file)
    if file.is_dir():
        raise InputError(f"{file}: expected a file for ONNX, found a folder. Name another.")
    model = helper.make_model(
        onnx_graph(recogniser),
        producer_name="cada_tf",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    facts = description(recogniser).items()
    helper.set_model_props(
        model,
        {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in facts},
    )
    write_atomically(file, model.SerializeToString())
    return file


def onnx_graph(recogniser: Recogniser) -> "onnx.GraphProto":  # noqa: F821
    """The network, as ``models.RecogniserNetwork.call`` has it, in ONNX's operators."""
    from onnx import TensorProto, helper, numpy_helper

    layers = len(recogniser.weights) // 2
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
    constants = [numpy_helper.from_array(v, k) for k, v in onnx_constants(recogniser).items()]
    width = len(recogniser.features)
    inputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", width])]
    outputs = [
        helper.make_tensor_value_info("classes", TensorProto.STRING, ["n"]),
        helper.make_tensor_value_info(
            "probabilities", TensorProto.FLOAT, ["n", len(recogniser.classes)]
        ),
    ]
    return helper.make_graph(nodes, "recogniser", inputs, outputs, constants)


def onnx_constants(recogniser: Recogniser) -> dict[str, np.ndarray]:
    """The arrays that ``onnx_graph`` names."""
    classes = len(recogniser.classes)
    kernels, biases = recogniser.weights[::2], recogniser.weights[1::2]
    numbers = {
        "factor": recogniser.factor,
        "offset": recogniser.offset,
        "temperature": recogniser.temperature,
        **{f"kernel_{i}": kernel for i, kernel in enumerate(kernels)},
        **{f"bias_{i}": bias for i, bias in enumerate(biases)},
    }
    return {
        **{name: np.asarray(value, np.float32) for name, value in numbers.items()},
        "shape": np.array([-1, biases[-1].shape[-1] // classes, classes]),  # n, domains, classes
        "names": np.array(recogniser.classes, object),
    }


def description(recogniser: Recogniser) -> dict[str, object]:
    """What a user of an exported network has to know of it; see ``Recogniser``."""
    return {
        "classes": list(recogniser.classes),
        "features": list(recogniser.features),
        **(dataclasses.asdict(recogniser.measured) if recogniser.measured else {}),
        "card": recogniser.card,
    }


def placed(path: str | os.PathLike) -> Path:
    """The path, if there is a folder to put it in.

    Raises:
        InputError: there is none.
    """
    path = Path(path).expanduser()
    if not path.parent.is_dir():
        raise InputError(
            f"{path}: expected a folder at {path.parent} to write it to, found none. Make it."
        )
    return path
