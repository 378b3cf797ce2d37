"""Scaling of the features: to [-1, 1] (Section 4.2), or to a mean and a standard deviation."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from cada_tf.config import Normalisation, Scaling
from cada_tf.protocol.problem import LabelledSet

BLOCK = 1 << 20
"""Numbers that are scaled at a time."""
MIN_ENROLLED = 10
"""Utterances of a speaker without which a scale of the speaker's own is not fitted."""
Z_SPREAD = 0.4
"""Standard deviation of z-scores: about that of functionals of a speaker that span [-1, 1]."""


def fit_scale(
    features: np.ndarray,
    bound: float = math.inf,
    normalisation: Normalisation = Normalisation.MIN_MAX,
) -> tuple[np.ndarray, np.ndarray]:
    """Factor and offset, ``[F]`` each, float64, of the scaling of features ``[n, F]``.

    Scaled by them, each feature spans [-1, 1], or has mean 0 and standard deviation ``Z_SPREAD``.
    Where there is a bound, those of a constant feature are 0: it says nothing.
    """
    if normalisation is Normalisation.MIN_MAX:
        scaler = MinMaxScaler((-1, 1)).fit(features)
        factor, offset, varies = scaler.scale_, scaler.min_, scaler.data_range_ > 0
    else:
        scaler = StandardScaler().fit(features)
        factor, varies = Z_SPREAD / scaler.scale_, scaler.var_ > 0
        offset = -factor * scaler.mean_
    return (factor, offset) if math.isinf(bound) else (factor * varies, offset * varies)


def extent(features: np.ndarray, normalisation: Normalisation) -> np.ndarray:
    """Two rows ``[2, F]`` that the same scale is fitted on as on features ``[n, F]``."""
    if normalisation is Normalisation.MIN_MAX:
        return np.stack([features.min(0), features.max(0)])
    mean, deviation = (getattr(features, name)(0, dtype=np.float64) for name in ("mean", "std"))
    return np.stack([mean - deviation, mean + deviation])


def corpus_extent(corpus: LabelledSet, normalisation: Normalisation) -> np.ndarray:
    """``extent`` of a corpus, ``[2, F]``; of several joined ones, the mean of theirs."""
    parts = (corpus.features[corpus.corpus_ids == i] for i in range(corpus.n_corpora))
    return np.mean([extent(features, normalisation) for features in parts], axis=0)


def apply_scale(
    features: np.ndarray, factor: np.ndarray, offset: np.ndarray, bound: float = math.inf
) -> np.ndarray:
    """Features ``[n, F]`` on a scale of ``fit_scale``, float32, set to ±bound beyond it."""
    scaled = np.empty(features.shape, np.float32)
    # By blocks: of a wide set each copy of all rows takes hundreds of megabytes.
    step = max(1, BLOCK // features.shape[1])
    for start in range(0, len(features), step):
        block = slice(start, start + step)
        scaled[block] = features[block] * factor + offset
    return scaled if math.isinf(bound) else np.clip(scaled, -bound, bound, out=scaled)


def scale_to(
    fitted_on: np.ndarray,
    *features: np.ndarray,
    bound: float = math.inf,
    normalisation: Normalisation = Normalisation.MIN_MAX,
) -> list[np.ndarray]:
    """Features ``[n, F]`` on the scale of ``fitted_on``, float32.

    Args:
        fitted_on: features ``[·, F]``.
        *features: to scale, ``[n, F]`` each.
        bound: see ``feature_set.scaled_bound``.
        normalisation: see ``fit_scale``.
    """
    scale = fit_scale(fitted_on, bound, normalisation)
    return [apply_scale(x, *scale, bound) for x in features]


def scale_groups(
    features: np.ndarray,
    groups: np.ndarray,
    bound: float = math.inf,
    enrolled: np.ndarray | None = None,
    normalisation: Normalisation = Normalisation.MIN_MAX,
) -> np.ndarray:
    """Features ``[n, F]`` with a scale for each group.

    Args:
        features: ``[n, F]``.
        groups: the group of each, ``[n]``.
        bound, normalisation: as of ``scale_to``.
        enrolled: positions of those that scales are fitted on; None for all. A group of which
            fewer than ``MIN_ENROLLED`` are enrolled is on the scale of all that are.
    """
    scaled = np.empty(features.shape, np.float32)
    among = np.ones(len(features), bool)
    if enrolled is not None:
        among = np.isin(np.arange(len(features)), enrolled)
    for group in np.unique(groups):
        members = groups == group
        fitted_on = members & among
        if enrolled is not None and fitted_on.sum() < MIN_ENROLLED:
            fitted_on = among
        (scaled[members],) = scale_to(
            features[fitted_on], features[members], bound=bound, normalisation=normalisation
        )
    return scaled


class Scaled(NamedTuple):
    """Both corpora's features on the scale of one replica.

    Args:
        source, target: ``[n, F]`` each, float32. Those that nothing was fitted on may lie outside
            of [-1, 1].
        scale: the target's factor and offset, ``[F]`` each, float64; None where each group of
            utterances has a scale of its own.
    """

    source: np.ndarray
    target: np.ndarray
    scale: tuple[np.ndarray, np.ndarray] | None


class Scaler:
    """Scales a source and a target under a reading of the paper's normalisation.

    The source's features are computed once for each scale, and are the same array then; those of
    the target while the scale stays. Several corpora of a source have a scale each, but for
    ``Scaling.BOTH``.

    Args:
        scaling: see ``config.Config``.
        source, target: the corpora.
        bound: of scaled features; see ``feature_set.scaled_bound``.
        normalisation: see ``fit_scale``.
    """

    def __init__(
        self,
        scaling: Scaling,
        source: LabelledSet,
        target: LabelledSet,
        bound: float = math.inf,
        normalisation: Normalisation = Normalisation.MIN_MAX,
    ) -> None:
        self.scaling, self.source, self.target = scaling, source, target
        self.bound, self.normalisation = bound, normalisation
        self.sources: dict[bytes, np.ndarray] = {}
        self.last_target: tuple[bytes, np.ndarray] | None = None

    def scale(self, fitted_on: Sequence[np.ndarray], enrolled: np.ndarray) -> Scaled:
        """Both corpora on one scale, or on one for each group.

        Args:
            fitted_on: the features that an inductive scaling is fitted on, arrays ``[·, F]``.
            enrolled: positions of the target's training folds, which a semi-supervised one uses.
        """
        source, target = self.source, self.target
        if self.scaling.grouped:
            groups = self.groups(target)
            only = enrolled if self.scaling.semi_supervised else None
            key = b"" if only is None else only.tobytes()
            xt = self.kept_target(
                key,
                lambda: scale_groups(target.features, groups, self.bound, only, self.normalisation),
            )
            scale = None
            if self.scaling is Scaling.CORPUS_ENROLLED:
                scale = fit_scale(target.features[enrolled], self.bound, self.normalisation)
            return Scaled(self.grouped_source(), xt, scale)
        if self.scaling is Scaling.BOTH:
            fitted_on = [source.features, target.features]
        factor, offset = fit_scale(np.concatenate(fitted_on), self.bound, self.normalisation)
        key = factor.tobytes() + offset.tobytes()
        if source.n_corpora > 1 and self.scaling is not Scaling.BOTH:
            xs = self.grouped_source()
        else:
            if key not in self.sources:
                self.sources[key] = apply_scale(source.features, factor, offset, self.bound)
            xs = self.sources[key]
        xt = self.kept_target(key, lambda: apply_scale(target.features, factor, offset, self.bound))
        return Scaled(xs, xt, (factor, offset))

    def kept_target(self, key: bytes, make: Callable[[], np.ndarray]) -> np.ndarray:
        """The target's features of a scale: the last ones if it is the same, or new ones."""
        if self.last_target is None or self.last_target[0] != key:
            self.last_target = key, make()
        return self.last_target[1]

    def grouped_source(self) -> np.ndarray:
        """The source with a scale for each of its corpora or speakers."""
        if b"" not in self.sources:
            groups = self.groups(self.source)
            self.sources[b""] = scale_groups(
                self.source.features, groups, self.bound, normalisation=self.normalisation
            )
        return self.sources[b""]

    def groups(self, corpus: LabelledSet) -> np.ndarray:
        """The speaker or corpus of each utterance, ``[n]``; each has a scale of its own."""
        return corpus.speakers if self.scaling.by_speaker else corpus.corpus_ids
