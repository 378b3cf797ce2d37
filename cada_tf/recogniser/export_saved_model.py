"""A recogniser as a SavedModel, for TensorFlow Serving."""

import contextlib
import errno
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.export_description import describe
from cada_tf.recogniser.export_paths import write_folder
from cada_tf.recogniser.keras_network import to_keras

DESCRIPTION = "assets.extra/cada_tf.json"
"""Of a SavedModel: TensorFlow does not touch what is in ``assets.extra``."""


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
