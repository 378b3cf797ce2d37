"""A recogniser for programs that have no cada_tf: TensorFlow Serving's SavedModel, and ONNX.

All take ``features``, float32 ``[n, F]``, as they are measured, in the order of
``Classifier.features``; and return ``classes``, the name ``[n]`` of the most probable class, and
``probabilities``, float32 ``[n, C]``. None checks its input: for features that are not finite the
output is meaningless. A folder for audonnx has openSMILE before the network, so that it takes a
signal and its sampling rate.
"""

import os
from collections.abc import Callable
from pathlib import Path

from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.export_audonnx import to_audonnx
from cada_tf.recogniser.export_format import ExportFormat
from cada_tf.recogniser.export_onnx import to_onnx
from cada_tf.recogniser.export_saved_model import to_saved_model

WRITERS: dict[ExportFormat, Callable[[Classifier, str | os.PathLike], Path]] = {
    ExportFormat.ONNX: to_onnx,
    ExportFormat.SAVED_MODEL: to_saved_model,
    ExportFormat.AUDONNX: to_audonnx,
}
