"""A recogniser's UA, estimated from few labelled utterances, with an interval."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from cada_tf.evaluation.metrics import balanced_mean
from cada_tf.evaluation.significance import LEVEL

MIN_PER_CLASS = 5
"""Labelled utterances of a class below which nothing is estimated: even if all of 4 are
recognised, the interval of their recall begins at 55 %."""
DRAWS = 100_000
"""From the distribution of UA."""


class Estimate(NamedTuple):
    """UA in [0, 1], and its interval at ``significance.LEVEL``."""

    ua: float
    low: float
    high: float


def estimate_ua(correct: np.ndarray, labels: np.ndarray, classes: int) -> Estimate:
    """UA from predictions for labelled utterances that the networks were not trained on.

    The recall of a class of n utterances, k of which were recognised, has the distribution
    Beta(k + ½, n − k + ½), under Jeffreys's prior; UA is the mean of independent recalls.
    Repetitions make k a mean, not n larger, since the utterances stay the same.

    Args:
        correct: whether, or how often, each was recognised, ``[n]``, in [0, 1].
        labels: their classes ``[n]``, each with an example.
        classes: C.
    """
    rng = np.random.default_rng(0)
    draws = np.zeros(DRAWS)
    for label in range(classes):
        hits, count = correct[labels == label].sum(), np.sum(labels == label)
        draws += stats.beta.rvs(hits + 0.5, count - hits + 0.5, size=DRAWS, random_state=rng)
    low, high = np.quantile(draws / classes, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(balanced_mean(correct, labels), float(low), float(high))


def enough(labels: np.ndarray, classes: int) -> bool:
    """Whether there are ``MIN_PER_CLASS`` examples of each class."""
    return bool(np.bincount(labels, minlength=classes).min() >= MIN_PER_CLASS)
