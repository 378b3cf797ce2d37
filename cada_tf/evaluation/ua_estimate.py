"""What few labelled utterances tell of a recogniser's UA: an estimate and how far it may be off."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from cada_tf.evaluation.significance import LEVEL

MIN_PER_CLASS = 5
"""Labelled utterances of a class; with fewer its recall can be anything: of 4 that are all
recognised, the interval still begins at 55 %."""
DRAWS = 100_000


class Estimate(NamedTuple):
    """UA in [0, 1], and its interval at ``significance.LEVEL``."""

    ua: float
    low: float
    high: float


def estimate_ua(correct: np.ndarray, labels: np.ndarray, classes: int) -> Estimate:
    """UA from answers to labelled utterances that the networks had not seen.

    The recall of a class of n utterances, k of which were recognised, has the distribution
    Beta(k + ½, n − k + ½), that of Jeffreys's prior; UA is the mean of independent recalls.
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


def balanced_mean(values: np.ndarray, labels: np.ndarray) -> float:
    """The mean over the classes of each one's mean value."""
    return float(np.mean([values[labels == label].mean() for label in np.unique(labels)]))


def enough(labels: np.ndarray, classes: int) -> bool:
    """Whether there are ``MIN_PER_CLASS`` examples of each class."""
    return bool(np.bincount(labels, minlength=classes).min() >= MIN_PER_CLASS)
