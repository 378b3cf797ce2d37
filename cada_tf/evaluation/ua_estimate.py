"""A recogniser's UA, estimated from few labelled utterances, with an interval."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from cada_tf.evaluation.effect import LEVEL
from cada_tf.evaluation.metrics import balanced_mean

MIN_PER_CLASS = 5
"""Labelled utterances of a class below which nothing is estimated: even if all of 4 are
recognised, the interval of their recall begins at 55 %."""
MIN_SPEAKERS = 3
"""Speakers below which nothing is estimated for others: of 2 the interval is most of [0, 1]."""
DRAWS = 100_000
"""From the distribution of UA."""


class Estimate(NamedTuple):
    """UA in [0, 1], and its interval at ``significance.LEVEL``."""

    ua: float
    low: float
    high: float


def estimate_ua(
    correct: np.ndarray, labels: np.ndarray, classes: int, speakers: np.ndarray | None = None
) -> Estimate:
    """UA from predictions for labelled utterances that the networks were not trained on.

    The recall of a class of n utterances, k of which were recognised, has the distribution
    Beta(k + ½, n − k + ½), under Jeffreys's prior; UA is the mean of independent recalls.
    Repetitions make k a mean, not n larger, since the utterances stay the same. An interval for
    other speakers than these takes k and n as of fewer utterances; see ``sample_size_factor``.

    Args:
        correct: whether, or how often, each was recognised, ``[n]``, in [0, 1].
        labels: their classes ``[n]``, each with an example.
        classes: C.
        speakers: who spoke, ``[n]``, for an estimate of the mean over other speakers; None for one
            of other utterances of the same speakers.
    """
    rng = np.random.default_rng(0)
    draws = np.zeros(DRAWS)
    factor = 1.0 if speakers is None else sample_size_factor(correct, labels, classes, speakers)
    for label in range(classes):
        hits = factor * correct[labels == label].sum()
        count = factor * np.sum(labels == label)
        draws += stats.beta.rvs(hits + 0.5, count - hits + 0.5, size=DRAWS, random_state=rng)
    low, high = np.quantile(draws / classes, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(balanced_mean(correct, labels), float(low), float(high))


def sample_size_factor(
    correct: np.ndarray, labels: np.ndarray, classes: int, speakers: np.ndarray
) -> float:
    """The effective number of utterances over their number, since speakers differ, at most 1.

    After E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small expected
    number of positive counts estimated from survey data" (Survey Methodology 24, 1998): the
    variance of UA of independent utterances over that between the S speakers (linearised, S − 1
    degrees of freedom), but not above 1, times (t of n − 1 degrees / t of S − 1)².

    Args:
        correct, labels, classes: see ``estimate_ua``.
        speakers: ``[n]``, of at least two.
    """
    _, speaker = np.unique(speakers, return_inverse=True)
    counts = np.bincount(labels, minlength=classes)
    recalls = np.bincount(labels, correct, classes) / counts
    deviations = (correct - recalls[labels]) / (classes * counts[labels])
    n, many = len(labels), speaker.max() + 1
    between = many / (many - 1) * np.sum(np.bincount(speaker, deviations) ** 2)
    independent = np.sum(recalls * (1 - recalls) / counts) / classes**2
    design = min(1.0, independent / between) if between else 1.0
    quantiles = stats.t.ppf((1 + LEVEL) / 2, [n - 1, many - 1])
    return float(design * (quantiles[0] / quantiles[1]) ** 2)


def enough(labels: np.ndarray, classes: int) -> bool:
    """Whether there are ``MIN_PER_CLASS`` examples of each class."""
    return bool(np.bincount(labels, minlength=classes).min() >= MIN_PER_CLASS)
