"""openSMILE, set to the paper's feature set, and safe beside TensorFlow."""

import ctypes
import importlib.util
import os
import warnings
from pathlib import Path

import numpy as np


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
Smile = opensmile.Smile


def make_smile(sampling_rate: int | None) -> Smile:
    """openSMILE for the 62 GeMAPSv01b functionals (Section 4.2, [15]).

    Args:
        sampling_rate: in Hz, to which audio is resampled; None keeps each file's own,
            with which several functionals move (jitter and shimmer most).
    """
    with warnings.catch_warnings():
        # openSMILE calls v01b superseded; it is the version of the paper's [15].
        warnings.simplefilter("ignore")
        return opensmile.Smile(
            FEATURE_SET,
            opensmile.FeatureLevel.Functionals,
            sampling_rate=sampling_rate,
            resample=sampling_rate is not None,
        )


def functionals(smile: Smile, signal: np.ndarray, rate: int) -> np.ndarray:
    """The functionals ``[62]``, float32, NaN if the signal is too short for any.

    Args:
        smile: see ``make_smile``. Threads may share it.
        signal: samples ``[channels, samples]``, float32 in [-1, 1]; their mean is measured.
        rate: sampling rate in Hz.
    """
    # openSMILE's own mixdown takes the first channel alone unless it is told their number.
    return smile(signal.mean(0, keepdims=True), rate).reshape(-1).astype(np.float32)


FEATURE_NAMES: tuple[str, ...] = tuple(make_smile(None).feature_names)
