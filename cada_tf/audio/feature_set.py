"""The feature seam: what a set of features is, and the sets that are known by name."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from cada_tf.deprecated import renamed_field
from cada_tf.lazy import lazy_imports

with lazy_imports():
    import pandas as pd

LABEL_COLUMNS = ("speaker", "emotion", "class", "corpus")
"""The columns of a corpus that are no features."""


@renamed_field("opensmile", "version")
class FeatureConfig(NamedTuple):
    """What identifies the features of a corpus, a cache, a run or a recogniser.

    It is a tuple, and so pandas can write a table that has it in its ``attrs``.

    Args:
        feature_set: name of the set, such as ``GeMAPSv01b``; ASCII letters, digits and ``_.:+-``,
            up to 100, or a model file cannot hold it.
        version: of the set, or of the library that measures it; openSMILE's for its sets. Likewise.
        sampling_rate: in Hz, to which audio is resampled; 0 for each file's own.
    """

    feature_set: str
    version: str
    sampling_rate: int

    @property
    def kind(self) -> str:
        """The name of a folder for vectors of these features, and of these alone."""
        name = self.feature_set.replace(":", "-")
        return f"{name}-{self.version}-{self.sampling_rate or 'own'}"


def plain_name(name: str) -> str:
    """The name of a user's file or folder, as far as a feature set may be called by it."""
    return re.sub(r"[^\w.+-]", "-", name, flags=re.ASCII)[:60] or "model"


class FeatureSet(Protocol):
    """A named, versioned set of features.

    Attributes:
        config: what identifies it.
        names: of its F features, in the order of the vector.
        min_duration: in seconds; shorter audio is refused. 0 for none.
    """

    config: FeatureConfig
    names: tuple[str, ...]
    min_duration: float

    def __call__(self, signal: np.ndarray, rate: int) -> np.ndarray:
        """Measures one recording, or one segment of one. Threads may share a set.

        Args:
            signal: samples ``[channels, samples]``, float32 in [-1, 1].
            rate: sampling rate in Hz.

        Returns:
            ``[F]``, float32; NaN where there is no value.
        """
        ...


DEFAULT_FEATURE_SET = "GeMAPSv01b"
"""The paper's (Section 4.2, [15]); also of records of runs that name none."""
BOUND = 10.0
"""How far a feature may be from 0 where the scaling spans [-1, 1]; see ``scaled_bound``."""


def scaled_bound(feature_set: str | None) -> float:
    """The bound of scaled features of a set: what is beyond is set to it, and constants to 0.

    Wide sets have features of heavy tails, and some that hardly vary in one corpus and much in
    another: scaled as on the source, a few values of ComParE_2016 lie hundreds of spans away, and
    outweigh the other six thousand. The paper's functionals are scaled as it says, without
    a bound; so are numbers of unknown origin.

    Args:
        feature_set: the set's name; None if it is not known.
    """
    return math.inf if feature_set in (None, DEFAULT_FEATURE_SET) else BOUND


FEATURE_SETS: dict[str, Callable[[int], FeatureSet]] = {}
"""Name → what makes the set for a sampling rate in Hz (0: each file's own).

It may have the attribute ``names``, as a class has: then no set is made to look them up.

``cada_tf.audio.opensmile`` registers openSMILE's; ``cada_tf.audio.feature_registry`` imports it.
"""


def feature_names(corpus: pd.DataFrame) -> tuple[str, ...]:
    """The names of a corpus's features, in the order of its columns; empty if it has none yet.

    They are its columns of numbers, but for ``LABEL_COLUMNS``.
    """
    is_numeric = pd.api.types.is_numeric_dtype
    types = zip(corpus.columns, corpus.dtypes, strict=True)
    return tuple(n for n, kind in types if n not in LABEL_COLUMNS and is_numeric(kind))


def feature_array(corpus: pd.DataFrame) -> np.ndarray:
    """The features of a corpus, ``[n, F]``, float32."""
    return corpus[list(feature_names(corpus))].to_numpy(np.float32)
