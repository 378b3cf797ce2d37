"""The lead of one method over another, by what each answered for every utterance.

A repeated cross-validation tests the same utterances in every trial: which of them are hard, and
which trials drew good examples, are two sources of chance, and a difference in UA has both. Its
variance is therefore estimated with two ways of clustering (Cameron, Gelbach and Miller, "Robust
inference with multiway clustering", Journal of Business & Economic Statistics 29, 2011): by
utterance, or by speaker for a claim about new speakers, and by trial.

The corrected resampled t-test (``significance.corrected_t_test``) needs no answers, but charges for
training sets that overlap by most of their examples. Those of an adaptation share a fixed source
and differ in a dozen labels, so that its intervals are twice as wide as need be: a test compares
the two.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from cada_tf.evaluation.effect import LEVEL, Effect


class Estimate(NamedTuple):
    """A difference, the variance of its estimate, and the degrees of freedom of that."""

    difference: float
    variance: float
    freedom: int

    @property
    def effect(self) -> Effect:
        """With its interval; NaN but for the difference where nothing is known of the variance."""
        return interval(*self)


def lead(
    correct: np.ndarray,
    rival: np.ndarray,
    labels: np.ndarray,
    speakers: np.ndarray | None = None,
) -> Estimate:
    """The difference in UA of two methods on the same utterances.

    Args:
        correct: what share of a method's answers is right, by trial and utterance, ``[T, n]``: 0 or
            1, or between them the mean over several numbers of examples.
        rival: the same of the other method.
        labels: classes of the utterances, ``[n]``.
        speakers: of the utterances, ``[n]``, for an interval that holds for new speakers; None for
            one that holds for new utterances of these speakers and new draws of examples.

    Returns:
        The difference, UA being in [0, 1]. Its variance is NaN of a single trial or speaker, and 0
        where no answer differs; then it has no interval.
    """
    influence = influences(np.asarray(correct, float) - np.asarray(rival, float), labels)
    difference = influence.sum()
    influence = influence - centres(influence, labels)
    if speakers is None:
        variance, clusters = two_way_variance(influence), len(influence)
    else:
        _, places = np.unique(speakers, return_inverse=True)
        by_speaker = np.stack([np.bincount(places, row) for row in influence])
        # The trials of a speaker are not taken off: they have that speaker's effect in common.
        variance = sum(way_variance(by_speaker.sum(axis)) for axis in (0, 1))
        clusters = min(by_speaker.shape)
    return Estimate(float(difference), variance, clusters - 1)


@dataclasses.dataclass(frozen=True)
class Answers:
    """Which utterances of a target the methods of a run classify rightly.

    Args:
        labels: classes of the utterances, ``[n]``.
        right: (method, number of examples, or None where it takes none) → 1 where it is right and
            0 where it is not, ``[T, n]``; NaN in the rows of trials that are not complete.
    """

    labels: np.ndarray
    right: Mapping[tuple[str, int | None], np.ndarray]

    def lead(self, method: str, rival: str, sizes: Sequence[int | None]) -> Estimate | None:
        """The lead of a method, in the mean over numbers of examples; see ``lead``.

        From the trials that are complete at all of them. None where answers are not known.
        """
        parts = [[self.of(name, size) for name in (method, rival)] for size in sizes]
        flat = [one for both in parts for one in both]
        if not flat or any(one is None for one in flat):
            return None
        trials = min(map(len, flat))
        ours, theirs = np.mean([[one[:trials] for one in both] for both in parts], axis=0)
        complete = np.isfinite(ours).all(-1) & np.isfinite(theirs).all(-1)
        return lead(ours[complete], theirs[complete], self.labels) if complete.any() else None

    def of(self, method: str, size: int | None) -> np.ndarray | None:
        """What a method has at a number of examples, or at all of them if it takes none."""
        return self.right.get((method, size), self.right.get((method, None)))


def influences(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What each value contributes to the mean over classes, ``[T, n]``: their sum is that mean."""
    _, places, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return values / (len(counts) * counts[places] * len(values))


def centres(influence: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean influence of each utterance's class, ``[n]``, over all trials."""
    _, places, counts = np.unique(labels, return_inverse=True, return_counts=True)
    sums = np.bincount(places, influence.sum(0))
    return (sums / (counts * len(influence)))[places]


def two_way_variance(influence: np.ndarray) -> float:
    """The variance of the sum of a table, whose rows and whose columns are clusters.

    Args:
        influence: contributions, ``[A, B]``, that sum to about 0; 0 where a cell is empty.
    """
    rows, columns = (way_variance(influence.sum(axis)) for axis in (1, 0))
    variance = rows + columns - float((influence**2).sum())
    # Of few clusters chance can make it negative; it is then at least that of either way alone.
    return variance if variance > 0 else max(rows, columns)


def way_variance(sums: np.ndarray) -> float:
    """The part of one way of clustering: from the sums of its clusters; NaN of one alone."""
    count = len(sums)
    return count / (count - 1) * float((sums**2).sum()) if count > 1 else math.nan


def interval(difference: float, variance: float, freedom: int) -> Effect:
    """The effect of an estimate with its variance and degrees of freedom; NaN without any."""
    if freedom < 1 or not variance > 0:
        return Effect(float(difference), math.nan, math.nan, math.nan)
    error = math.sqrt(variance)
    half = stats.t.ppf((1 + LEVEL) / 2, freedom) * error
    p = 2 * stats.t.sf(abs(difference) / error, freedom)
    return Effect(float(difference), float(difference - half), float(difference + half), float(p))
