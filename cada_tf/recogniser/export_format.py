"""The forms in which a recogniser can be exported."""

import os
from pathlib import Path

from cada_tf.config import Choice

ONNX_SUFFIX = ".onnx"


class ExportFormat(Choice):
    """What a recogniser is exported as."""

    ONNX = "onnx"
    """A file of ONNX."""
    SAVED_MODEL = "saved-model"
    """A folder of TensorFlow."""
    AUDONNX = "audonnx"
    """A folder of ONNX, with openSMILE before it."""

    @classmethod
    def of(cls, path: str | os.PathLike) -> "ExportFormat":
        """The one that a path's suffix says: ``.onnx`` a file of ONNX, else a SavedModel."""
        return cls.ONNX if Path(path).suffix == ONNX_SUFFIX else cls.SAVED_MODEL
