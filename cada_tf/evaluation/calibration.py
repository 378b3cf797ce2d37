"""Temperature scaling and calibration error.

Guo et al., "On calibration of modern neural networks" (ICML 2017): dividing all logits by one
temperature, fitted on held-out examples, changes no predicted class, and makes the probability of
a prediction that of its being right.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize

from cada_tf.evaluation.metrics import balanced_mean
from cada_tf.models.forward import probabilities

RANGE = 0.1, 100.0
"""Lowest and highest temperature."""
SPREAD = 0.3
"""Standard deviation of the prior of a temperature's logarithm, whose mean is 0. Without a prior,
a dozen examples choose temperatures of up to 100. Of 0.3, 0.5, 0.7, 1 and 1.5 it has the lowest
negative log-likelihood on the development pairs EMODB → URDU and nEMO → URDU."""

Examples = tuple[np.ndarray, np.ndarray]
"""Logits ``[n, outputs]`` and classes ``[n]``, integers, of examples of one domain."""


def fit_temperature(source: Examples, target: Examples, classes: int) -> float:
    """The temperature at which a network's confidence on the target matches its accuracy.

    It minimises the class-balanced negative log-likelihood of the target's examples under a
    normal prior of its logarithm. It is at least the source's temperature, since a network should
    not be more confident on the target than on what it was trained on. Without examples of the
    target it is the source's temperature, but at least 1.

    Args:
        source: what early stopping held out of the source; may be empty.
        target: labelled examples, each with the logits of a network that was not trained on it;
            may be empty.
        classes: C.

    Returns:
        The temperature, in ``RANGE``, of float32's precision.
    """
    of_source, of_target = RANGE[0], 1.0
    if len(source[1]):
        of_source = best_temperature(source, classes)
    if count := len(target[1]):
        of_target = minimise(
            lambda log: count * scaled_loss(target, classes, log) + (log / SPREAD) ** 2 / 2
        )
    return float(np.float32(max(of_source, of_target)))


def best_temperature(examples: Examples, classes: int) -> float:
    """The temperature with the lowest loss on examples, at least one."""
    return minimise(lambda log: scaled_loss(examples, classes, log))


def minimise(function: Callable[[float], float]) -> float:
    """The temperature in ``RANGE`` whose logarithm minimises a function."""
    bounds = [math.log(bound) for bound in RANGE]
    return math.exp(optimize.minimize_scalar(function, bounds=bounds, method="bounded").x)


def scaled_loss(examples: Examples, classes: int, log_temperature: float) -> float:
    """``negative_log_likelihood`` of examples at a temperature."""
    logits, labels = examples
    probability = probabilities(logits, classes, math.exp(log_temperature))
    return negative_log_likelihood(probability, labels)


def negative_log_likelihood(probability: np.ndarray, labels: np.ndarray) -> float:
    """Class-balanced mean of −log p, in nats.

    Args:
        probability: of each class, ``[n, C]``, rows that sum to 1.
        labels: the true classes ``[n]``, integers.
    """
    loss = -np.log(probability[np.arange(len(labels)), labels] + 1e-12)
    return balanced_mean(loss, labels)


def calibration_error(confidence: np.ndarray, correct: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error (Guo et al., Eq. 3).

    Args:
        confidence: of each prediction, ``[n]``, in [0, 1].
        correct: whether it is right, ``[n]``, bool.
        bins: of equal width.

    Returns:
        Mean over the predictions of ``|accuracy − confidence|`` of their bin, in [0, 1].
    """
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    gap = np.bincount(place, correct.astype(float) - confidence, minlength=bins)
    return float(np.abs(gap).sum() / count.sum())
