"""Features by an ONNX model in audonnx's layout, such as a published speech model."""

import functools
import hashlib
from pathlib import Path

import numpy as np

from cada_tf.audio.feature_set import FeatureConfig, plain_name
from cada_tf.audio.resampling import to_mono
from cada_tf.errors import InputError
from cada_tf.text import one_line

NAME = "onnx"
EMBEDDING = "hidden_states"
"""The output of audEERING's models that is their embedding."""
FILES = ("*.onnx", "*.onnx.data", "*.onnx_data", "*.yaml")
"""In the folder, all that an answer may depend on."""


class OnnxSet:
    """Features by an output of an ONNX model; a ``FeatureSet``.

    All axes of the output but the last one of fixed length are averaged over: frames are pooled
    over time.

    Args:
        model: the ``audonnx.Model``.
        output: its output.
        config: what identifies it.
    """

    min_duration = 0.0

    def __init__(self, model: "audonnx.Model", output: str, config: FeatureConfig) -> None:  # noqa: F821
        self.model, self.output, self.config = model, output, config
        self.names = tuple(map(str, model.labels(output)))
        shape = model.outputs[output].shape
        fixed = [axis for axis, length in enumerate(shape) if length != -1]
        self.axis = fixed[-1] if fixed else len(shape) - 1

    def __call__(self, signal: np.ndarray, rate: int) -> np.ndarray:
        """The features of a recording or a segment, ``[F]``, float32; see ``FeatureSet``."""
        mono, rate = to_mono(signal, rate, self.config.sampling_rate)
        values = np.atleast_1d(self.model(mono, rate, outputs=self.output))
        others = tuple(axis for axis in range(values.ndim) if axis != self.axis)
        return values.mean(others, np.float64).astype(np.float32)


def make(argument: str, sampling_rate: int) -> OnnxSet:
    """The set of ``onnx:FOLDER`` or ``onnx:FOLDER@OUTPUT``.

    Args:
        argument: a folder with ``model.onnx`` and ``model.yaml``, as ``audonnx`` writes them, and
            the output to take; by default the only one, or ``hidden_states``.
        sampling_rate: in Hz, to which audio is resampled; 0 for each file's own.

    Raises:
        InputError: audonnx is not installed, or there is no such model or output.
    """
    path, output = split(argument)
    folder = Path(path).expanduser().resolve()
    if not (folder / "model.onnx").is_file():
        raise InputError(
            f"{NAME}:{argument}: expected a folder with model.onnx and model.yaml, found "
            f"{'no model.onnx in it' if folder.is_dir() else 'no folder'}. Check the path.",
            option="features",
        )
    digest = digest_of(folder)
    try:
        model = load(folder, digest)
    except InputError:
        raise
    except Exception as error:  # of onnxruntime, audobject and what they import
        raise InputError(
            f"{NAME}:{argument}: expected a model that audonnx can load, found "
            f"{type(error).__name__}: {one_line(str(error), 300)}. Check the folder.",
            option="features",
        ) from error
    chosen = choose_output(model, output, argument)
    name = f"{NAME}:{plain_name(folder.name)}"
    name = name if len(model.outputs) == 1 else f"{name}:{chosen}"
    return OnnxSet(model, chosen, FeatureConfig(name, digest[:16], sampling_rate))


def split(argument: str) -> tuple[str, str]:
    """Folder and output of ``FOLDER@OUTPUT``; a folder's own name may have an ``@``."""
    if "@" not in argument or Path(argument).expanduser().is_dir():
        return argument, ""
    folder, _, output = argument.rpartition("@")
    return folder, output


@functools.lru_cache(maxsize=4)
def load(folder: Path, _digest: str) -> "audonnx.Model":  # noqa: F821
    """The model in a folder, once for each state of its files.

    Raises:
        InputError: audonnx is not installed, or the model has other inputs than a signal.
    """
    try:
        import audonnx  # an extra
    except ImportError as error:
        raise InputError(
            "expected the package audonnx, which runs ONNX models, found it not "
            "installed. pip install 'cada-tf[onnx]'.",
            option="features",
        ) from error
    model = audonnx.load(str(folder))
    if len(model.inputs) != 1:
        raise InputError(
            f"{folder}: expected a model of one input, the signal, found "
            f"{', '.join(model.inputs) or 'none'}. Choose another model.",
            option="features",
        )
    for node in model.inputs.values():
        # audonnx reshapes to the node's shape, which may have one axis of any length: the last.
        if node.shape.count(-1) > 1:
            node.shape = [1 if length == -1 else length for length in node.shape[:-1]] + [-1]
    return model


def choose_output(model: "audonnx.Model", wanted: str, argument: str) -> str:  # noqa: F821
    """The output that is asked for, else the only one, else the embedding."""
    names = list(model.outputs)
    if wanted in names:
        return wanted
    if not wanted and len(names) == 1:
        return names[0]
    if not wanted and EMBEDDING in names:
        return EMBEDDING
    raise InputError(
        f"{NAME}:{argument}: expected one of the outputs {', '.join(names)}, found "
        f"{wanted or 'none named'}. Write {NAME}:FOLDER@{names[0]}.",
        option="features",
    )


def digest_of(folder: Path) -> str:
    """A number, hexadecimal, that changes with any file of a model."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in FILES for path in folder.glob(pattern)}):
        digest.update(path.name.encode() + b"/")
        with open(path, "rb") as stream:  # models may have gigabytes
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
