"""A learned speech embedding: the states of Resemblyzer's speaker encoder, in NumPy.

The encoder (C. Jemine; Apache-2.0) is three LSTM layers on mel spectrograms of 1.6 s, trained to
tell speakers apart by Wan et al., "Generalized end-to-end loss for speaker verification", ICASSP
2018. Its package brings the weights. It needs PyTorch and is therefore not imported: the weights
are read from their place in its file.
"""

import functools
import hashlib
import importlib.util
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from cada_tf.audio.feature_set import FeatureConfig
from cada_tf.audio.lstm import LSTM
from cada_tf.audio.mel import HOP, N_BANDS, RATE, WINDOW, mel_spectrogram
from cada_tf.audio.resampling import to_mono
from cada_tf.errors import InputError

NAME = "speaker"
PACKAGE = "resemblyzer"
VERSION = "0.1.4"
REMEDY = f"pip install --no-deps Resemblyzer=={VERSION}"

SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
"""Of the package's ``pretrained.pt``."""
OFFSET = 269_883
"""Bytes in it before the weights of the LSTM, which are in one piece."""
N_LAYERS = 3
N_USED = 2
N_UNITS = 256

FRAMES = 160
"""Of a window: 1.6 s."""
STEP = 77
"""Frames from window to window: the package's 1.3 windows a second."""
MIN_COVERAGE = 0.75
"""Part of the last window that the signal has to fill, unless it is the only window."""
BATCH = 16
"""Windows at once, so that the memory does not grow with the recording."""
MIN_LEVEL = 10 ** (-30 / 20)
"""Root mean square to which softer signals are raised: -30 dBFS, as the package does."""

CONFIG = FeatureConfig("resemblyzer-lstm2", f"{VERSION}-1", RATE)
"""The version is the package's, and a number of our own for what is made of its states."""
NAMES = tuple(f"{NAME}_{i}" for i in range(N_UNITS))


class SpeakerSet:
    """The states of the encoder's second layer, averaged over time; a ``FeatureSet``.

    They hold more of the emotion than the last layer's final state, which the package makes its
    embedding of: docs/features.md. The third layer is not needed. Unlike in the package, silence
    is not cut out: its detector, WebRTC's, is a compiled extension, and pauses belong to how
    something is said.

    Args:
        _sampling_rate: has no effect, since the encoder knows speech at 16 kHz alone.

    Raises:
        InputError: the package is not installed, or has other weights.
    """

    config = CONFIG
    names = NAMES
    min_duration = 0.1
    """Seconds: ten frames."""

    def __init__(self, _sampling_rate: int = RATE) -> None:
        self.layers = read_layers()[:N_USED]

    def __call__(self, signal: np.ndarray, rate: int) -> np.ndarray:
        """The embedding of a recording or a segment, ``[F]``, float32; see ``FeatureSet``."""
        samples = raise_level(to_mono(signal, rate, RATE)[0][0])
        n_frames = count_frames(len(samples))
        starts = window_starts(len(samples))
        samples = pad(samples, starts[-1])
        means = []
        # Recordings are spread over threads; products as small as these gain nothing from more.
        with threadpool_limits(1, user_api="blas"):
            for i in range(0, len(starts), BATCH):
                batch = starts[i : i + BATCH]
                means.append(mean_over_time(self.states(samples, batch), batch, n_frames))
        return np.concatenate(means).mean(0)

    def states(self, samples: np.ndarray, starts: range) -> np.ndarray:
        """The layer's state after each frame of each window, ``[FRAMES, windows, N_UNITS]``.

        Args:
            samples: as ``pad`` returns them.
            starts: the first frame of each window.
        """
        end = (starts[-1] + FRAMES - 1) * HOP + WINDOW
        frames = mel_spectrogram(samples[starts[0] * HOP : end])
        x = np.stack([frames[start - starts[0] :][:FRAMES] for start in starts], 1)
        for layer in self.layers:
            x = layer(x)
        return x


def raise_level(samples: np.ndarray) -> np.ndarray:
    """Samples ``[n]`` whose root mean square is at least ``MIN_LEVEL``, but for silence."""
    level = np.sqrt(np.mean(np.square(samples, dtype=np.float64)))
    return samples * np.float32(max(1, MIN_LEVEL / level)) if level else samples


def count_frames(n_samples: int) -> int:
    """How many frames have their centre in a signal or at its end."""
    return n_samples // HOP + 1


def window_starts(n_samples: int) -> range:
    """The first frame of each window over a signal, as the package divides it."""
    starts = range(0, max(1, count_frames(n_samples) - FRAMES + STEP + 1), STEP)
    covered = n_samples - starts[-1] * HOP
    return starts[:-1] if len(starts) > 1 and covered < MIN_COVERAGE * FRAMES * HOP else starts


def pad(samples: np.ndarray, last: int) -> np.ndarray:
    """Samples with zeros to the end of the last window, and half a frame of them on both sides."""
    missing = max(0, (last + FRAMES) * HOP - len(samples))
    return np.pad(samples, (WINDOW // 2, WINDOW // 2 + missing))


def mean_over_time(states: np.ndarray, starts: range, n_frames: int) -> np.ndarray:
    """The mean state of each window, ``[windows, units]``, without the frames after the signal.

    Args:
        states: ``[FRAMES, windows, units]``, float32.
        starts: the first frame of each window.
        n_frames: of the signal.
    """
    inside = np.add.outer(np.arange(FRAMES), starts) < n_frames
    return (states * inside[:, :, None]).sum(0) / inside.sum(0, dtype=np.float32)[:, None]


@functools.cache
def read_layers() -> tuple[LSTM, ...]:
    """The layers of the encoder, read from the installed package's file as plain numbers.

    All kernels stand before all biases, of which PyTorch has two a layer.

    Raises:
        InputError: the package is not installed, or has other weights.
    """
    inputs = (N_BANDS, N_UNITS, N_UNITS)
    shapes = [(4 * N_UNITS, size) for n in inputs for size in (n, N_UNITS)]
    shapes += [(4 * N_UNITS,)] * (2 * N_LAYERS)
    sizes = [int(np.prod(shape)) for shape in shapes]
    weights = np.frombuffer(read_file(), "<f4", sum(sizes), OFFSET).astype(np.float32)
    parts = np.split(weights, np.cumsum(sizes)[:-1])
    parts = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
    kernels, biases = parts[: 2 * N_LAYERS], parts[2 * N_LAYERS :]
    return tuple(
        LSTM(*(kernel.T.copy() for kernel in kernels[i : i + 2]), biases[i] + biases[i + 1])
        for i in range(0, 2 * N_LAYERS, 2)
    )


def read_file() -> bytes:
    """The package's ``pretrained.pt``: a pickle, which is not executed, and the weights after it.

    Raises:
        InputError: there is none, or another one.
    """
    package = importlib.util.find_spec(PACKAGE)
    if package is None or not package.origin:
        raise unusable("found it not installed")
    file = Path(package.origin).with_name("pretrained.pt")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise unusable(f"found {file}: {error.strerror or error}") from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise unusable(f"found other weights in {file}")
    return content


def unusable(found: str) -> InputError:
    """The error for a package that is not there or not the one whose weights are known."""
    return InputError(
        f"expected the package Resemblyzer {VERSION}, which has the weights of {NAME}, {found}. "
        f"{REMEDY}",
        option="features",
    )
