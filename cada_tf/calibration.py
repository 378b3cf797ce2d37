"""Confidence that is what it says: temperature scaling, and how far off a confidence is.

Guo et al., "On calibration of modern neural networks" (ICML 2017): dividing all logits by one
number, chosen on examples that were held out, changes no answer and makes the probability of
the answers that of their being right.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy import optimize

from cada_tf.network import probabilities

RANGE = 0.1, 100.0
"""Of the temperatures that are tried."""

Examples = tuple[np.ndarray, np.ndarray]
"""Logits ``[n, outputs]`` and classes ``[n]``, integers, of examples of one domain."""


def fit_temperature(domains: Sequence[Examples], classes: int) -> float:
    """The temperature under which held-out examples surprise least.

    Domains count alike, and classes within a domain, however many examples they have.

    Args:
        domains: what was held out of each; those without examples are passed over.
        classes: C.

    Returns:
        The temperature, in ``RANGE``, of float32's precision; 1 if nothing was held out.
    """
    domains = [(logits, labels) for logits, labels in domains if len(labels)]
    if not domains:
        return 1.0

    def surprise(log_temperature: float) -> float:
        temperature = math.exp(log_temperature)
        return sum(
            balanced_surprise(probabilities(logits, classes, temperature), labels)
            for logits, labels in domains
        )

    bounds = [math.log(bound) for bound in RANGE]
    best = optimize.minimize_scalar(surprise, bounds=bounds, method="bounded").x
    return float(np.float32(math.exp(best)))


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
