"""Scaling of the functionals to [-1, 1] (Section 4.2)."""

import numpy as np
from sklearn.preprocessing import MinMaxScaler

from cada_tf.protocol import LabelledSet
from cada_tf.readings import Scaling


def scale_to(fitted_on: np.ndarray, *features: np.ndarray) -> list[np.ndarray]:
    """Features ``[n, F]`` on the scale on which ``fitted_on`` spans [-1, 1], float32."""
    scaler = MinMaxScaler((-1, 1)).fit(fitted_on)
    return [scaler.transform(x).astype(np.float32) for x in features]


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
        reading those that nothing was fitted on may lie outside of [-1, 1].
    """
    if reading is Scaling.BOTH:
        fitted_on = [source.features, target.features]
    if reading is Scaling.CORPUS:
        return tuple(scale_to(corpus.features, corpus.features)[0] for corpus in (source, target))
    if reading is Scaling.SPEAKER:
        return tuple(scale_groups(corpus.features, corpus.speakers) for corpus in (source, target))
    return tuple(scale_to(np.concatenate(fitted_on), source.features, target.features))
