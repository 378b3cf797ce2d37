"""Scaling of the functionals to [-1, 1] (Section 4.2)."""

import numpy as np
from sklearn.preprocessing import MinMaxScaler

from cada_tf.config import Scaling
from cada_tf.protocol.problem import LabelledSet


def fit_scale(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factor and offset, ``[F]`` each, by which features ``[n, F]`` span [-1, 1]."""
    scaler = MinMaxScaler((-1, 1)).fit(features)
    return scaler.scale_, scaler.min_


def scale_to(fitted_on: np.ndarray, *features: np.ndarray) -> list[np.ndarray]:
    """Features ``[n, F]`` on the scale on which ``fitted_on`` spans [-1, 1], float32."""
    factor, offset = fit_scale(fitted_on)
    return [(x * factor + offset).astype(np.float32) for x in features]


def scale_groups(features: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Features ``[n, F]`` with each group (``groups``: ``[n]``) spanning [-1, 1] by itself."""
    scaled = np.empty(features.shape, np.float32)
    for group in np.unique(groups):
        members = groups == group
        (scaled[members],) = scale_to(features[members], features[members])
    return scaled


def scale(
    reading: Scaling, source: LabelledSet, target: LabelledSet, fitted_on: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Both corpora's features under a reading of the paper's normalisation.

    Args:
        reading: see ``readings.Readings``.
        source, target: the corpora.
        fitted_on: the features that an inductive reading is fitted on, arrays ``[·, F]``.

    Returns:
        The features of source and target, ``[n, F]`` each, float32. Under an inductive
        reading those that nothing was fitted on may lie outside of [-1, 1]. Several corpora
        of a source have a scale each, but for the reading ``BOTH``.
    """
    if reading is Scaling.BOTH:
        fitted_on = [source.features, target.features]
    if reading is Scaling.CORPUS:
        return tuple(scale_groups(corpus.features, corpus.parts) for corpus in (source, target))
    if reading is Scaling.SPEAKER:
        return tuple(scale_groups(corpus.features, corpus.speakers) for corpus in (source, target))
    if source.corpora > 1:
        (xt,) = scale_to(np.concatenate(fitted_on), target.features)
        return scale_groups(source.features, source.parts), xt
    return tuple(scale_to(np.concatenate(fitted_on), source.features, target.features))
