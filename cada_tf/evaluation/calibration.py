"""Confidence that is what it says: temperature scaling, and how far off a confidence is.

Guo et al., "On calibration of modern neural networks" (ICML 2017): dividing all logits by one
number, chosen on examples that were held out, changes no answer and makes the probability of
the answers that of their being right.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize

from cada_tf.models.forward import probabilities

RANGE = 0.1, 100.0
"""Of the temperatures that are tried."""
SPREAD = 0.3
"""Standard deviation of a temperature's logarithm about 0 before any target example is seen.
Without it a dozen examples choose temperatures of up to 100. Of 0.3, 0.5, 0.7, 1 and 1.5 it is the
one under which utterances surprised least on the development pairs EMODB → URDU, nEMO → URDU."""

Examples = tuple[np.ndarray, np.ndarray]
"""Logits ``[n, outputs]`` and classes ``[n]``, integers, of examples of one domain."""


def fit_temperature(source: Examples, target: Examples, classes: int) -> float:
    """The temperature by which a network is as sure on the target as it is right.

    That under which the target's examples surprise least, classes counting alike, with a normal
    prior on its logarithm; but not less than that of the source, since a network is not to be
    surer where it is less at home. Without examples of the target it is that of the source, but
    at least 1: nothing is known of the target then.

    Args:
        source: what early stopping held out of the source; may be empty.
        target: labelled examples, each answered by a network that had not seen it; may be empty.
        classes: C.

    Returns:
        The temperature, in ``RANGE``, of float32's precision.
    """
    at_home = least(lambda log: surprise(source, classes, log)) if len(source[1]) else RANGE[0]
    away = 1.0
    if count := len(target[1]):
        away = least(lambda log: count * surprise(target, classes, log) + (log / SPREAD) ** 2 / 2)
    return float(np.float32(max(at_home, away)))


def least(function: Callable[[float], float]) -> float:
    """The temperature in ``RANGE`` at whose logarithm a function is least."""
    bounds = [math.log(bound) for bound in RANGE]
    return math.exp(optimize.minimize_scalar(function, bounds=bounds, method="bounded").x)


def surprise(examples: Examples, classes: int, log_temperature: float) -> float:
    """``balanced_surprise`` of examples at a temperature."""
    logits, labels = examples
    probability = probabilities(logits, classes, math.exp(log_temperature))
    return balanced_surprise(probability, labels)


def balanced_surprise(probability: np.ndarray, labels: np.ndarray) -> float:
    """Mean −log probability of the classes ``[n]``, the mean over classes of each one's mean."""
    surprise = -np.log(probability[np.arange(len(labels)), labels] + 1e-12)
    return float(np.mean([surprise[labels == label].mean() for label in np.unique(labels)]))


def calibration_error(confidence: np.ndarray, correct: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error (Guo et al., Eq. 3): how far confidence is from accuracy.

    Args:
        confidence: of each answer, ``[n]``, in [0, 1].
        correct: whether it is right, ``[n]``, bool.
        bins: of equal width.

    Returns:
        Mean over the answers of |accuracy − confidence| of their bin, in [0, 1].
    """
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    gap = np.bincount(place, correct.astype(float) - confidence, minlength=bins)
    return float(np.abs(gap).sum() / count.sum())
