"""A recogniser as a folder for audonnx: openSMILE, and the network of ONNX after it."""

import os
import warnings
from pathlib import Path

from cada_tf.errors import InputError
from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.export_onnx import onnx_model, require_package
from cada_tf.recogniser.export_paths import write_folder


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
