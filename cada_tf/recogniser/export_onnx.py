"""A recogniser as a file of ONNX: its network, without audio."""

import importlib
import json
import math
import os
from pathlib import Path

import numpy as np

from cada_tf.errors import InputError
from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.export_description import describe, describe_input
from cada_tf.recogniser.export_format import ONNX_SUFFIX
from cada_tf.recogniser.export_paths import resolve
from cada_tf.storage import write_atomically

OPSET, IR_VERSION = 13, 7
"""Of ONNX 1.8, since which Softmax is over the last axis; older runtimes read it, too."""


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
