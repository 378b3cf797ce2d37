"""openSMILE's feature sets, the paper's among them, and safe beside TensorFlow."""

import ctypes
import functools
import importlib.util
import os
import warnings
from pathlib import Path

import numpy as np

from cada_tf.audio.feature_set import FEATURE_SETS, FeatureConfig


def bind_to_itself() -> None:
    """Loads openSMILE's library so that it uses its own symbols before anyone else's.

    openSMILE and TensorFlow export symbols of the same names. A process that has
    imported TensorFlow first dies in openSMILE's first call ("malloc(): invalid size"),
    unless openSMILE is bound to its own. Systems without RTLD_DEEPBIND (macOS, Windows)
    bind so anyway.
    """
    package = importlib.util.find_spec("opensmile")
    if package is None or not hasattr(os, "RTLD_DEEPBIND"):
        return
    for library in Path(package.origin).parent.glob("core/bin/*/libSMILEapi.so"):
        ctypes.CDLL(str(library), mode=os.RTLD_NOW | os.RTLD_DEEPBIND)


bind_to_itself()

import opensmile  # noqa: E402

FEATURE_SET = opensmile.FeatureSet.GeMAPSv01b
VERSION = opensmile.__version__


class OpenSmileSet:
    """A set of functionals that openSMILE measures; a ``FeatureSet``.

    Args:
        feature_set: openSMILE's set.
        sampling_rate: in Hz, to which audio is resampled; 0 keeps each file's own, with which
            several functionals move (jitter and shimmer most).
    """

    min_duration = 0.06
    """Seconds. openSMILE has no value for any functional of less."""

    def __init__(self, feature_set: opensmile.FeatureSet, sampling_rate: int = 0) -> None:
        with warnings.catch_warnings():
            # openSMILE calls v01b superseded; it is the version of the paper's [15].
            warnings.simplefilter("ignore")
            self.smile = opensmile.Smile(
                feature_set,
                opensmile.FeatureLevel.Functionals,
                sampling_rate=sampling_rate or None,
                resample=sampling_rate != 0,
            )
        self.config = FeatureConfig(feature_set.name, VERSION, sampling_rate)
        self.names = tuple(self.smile.feature_names)

    def __call__(self, signal: np.ndarray, rate: int) -> np.ndarray:
        """The functionals of a recording or a segment, NaN if it is too short for any.

        Args:
            signal: samples ``[channels, samples]``, float32 in [-1, 1]; their mean is measured.
            rate: sampling rate in Hz.

        Returns:
            ``[F]``, float32.
        """
        # openSMILE's own mixdown takes the first channel alone unless it is told their number.
        return self.smile(signal.mean(0, keepdims=True), rate).reshape(-1).astype(np.float32)


def is_opensmiles(config: FeatureConfig | None) -> bool:
    """Whether features are those of one of openSMILE's sets."""
    return config is not None and config.feature_set in opensmile.FeatureSet.__members__


FEATURE_SETS[FEATURE_SET.name] = functools.partial(OpenSmileSet, FEATURE_SET)

FEATURE_NAMES: tuple[str, ...] = OpenSmileSet(FEATURE_SET).names
"""Of the paper's 62 functionals, those of the default set."""
