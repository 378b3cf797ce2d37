"""The feature seam: what a set of features is, and the sets that are known by name."""

import dataclasses
from collections.abc import Callable
from typing import Protocol

import numpy as np


@dataclasses.dataclass(frozen=True)
class FeatureConfig:
    """What identifies the features of a corpus, a cache, a run or a recogniser.

    Args:
        feature_set: name of the set, such as ``GeMAPSv01b``.
        version: of the set, or of the library that measures it; openSMILE's for its sets.
        sampling_rate: in Hz, to which audio is resampled; 0 for each file's own.
    """

    feature_set: str
    version: str
    sampling_rate: int


class FeatureSet(Protocol):
    """A named, versioned set of features.

    Attributes:
        config: what identifies it.
        names: of its F features, in the order of the vector.
    """

    config: FeatureConfig
    names: tuple[str, ...]

    def __call__(self, signal: np.ndarray, rate: int) -> np.ndarray:
        """Measures one recording, or one segment of one. Threads may share a set.

        Args:
            signal: samples ``[channels, samples]``, float32 in [-1, 1].
            rate: sampling rate in Hz.

        Returns:
            ``[F]``, float32; NaN where there is no value.
        """
        ...


FEATURE_SETS: dict[str, Callable[[int], FeatureSet]] = {}
"""Name → what makes the set for a sampling rate in Hz (0: each file's own)."""
