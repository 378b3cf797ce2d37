"""Learning curves: UA against the number of labels, and the gain expected of further ones.

UA is modelled as a straight line over log2 of the number of labels, fitted by least squares: the
same number of points for each doubling, over the sizes that were tried and the next few.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cada_tf.evaluation import EXTRA_LABELS
from cada_tf.evaluation.metrics import balanced_mean
from cada_tf.evaluation.significance import LEVEL
from cada_tf.evaluation.ua_estimate import estimate_ua

DRAWS = 2_000
"""Bootstrap samples."""


@dataclasses.dataclass(frozen=True)
class LearningCurve:
    """UA against the number of labelled utterances.

    Args:
        table: one row per size: examples, ua, low and high (its interval), each UA in [0, 1].
        labelled: how many labelled utterances there are in all.
        now: UA that the line gives for ``labelled``.
        gain: expected increase of UA with ``EXTRA_LABELS`` more; low and high, its interval.
    """

    table: pd.DataFrame
    labelled: int
    now: float
    gain: float
    low: float
    high: float


def sizes(rarest: int, folds: int, most: int = 8) -> list[int]:
    """Numbers of labels per class to try: at most ``most``, each about twice the one before.

    Args:
        rarest: labelled utterances of the rarest class.
        folds: of the cross-validation.
        most: how many numbers.
    """
    largest = rarest - -(-rarest // folds)
    return sorted({int(size) for size in np.geomspace(1, max(largest, 1), most).round()})


def fit_curve(
    examples: Sequence[int], correct: np.ndarray, labels: np.ndarray, classes: int
) -> LearningCurve:
    """The curve through the UA of networks that were trained on some of the labels.

    The intervals reflect which utterances are labelled: those of each size as in
    ``estimate_ua``, that of the gain from a bootstrap over the utterances.

    Args:
        examples: numbers of labels ``[s]``, of all classes together, ascending, s > 1.
        correct: how often each labelled utterance was recognised after training on so many
            others, ``[s, n]``, in [0, 1].
        labels: their classes ``[n]``.
        classes: C.
    """
    rows = [estimate_ua(row, labels, classes)._asdict() for row in correct]
    table = pd.DataFrame(rows).assign(examples=list(examples))
    doublings = np.log2(examples)
    slope, start = np.polyfit(doublings, table["ua"], 1)

    def resampled_slope(weights: np.ndarray) -> float:
        ua = [balanced_mean(np.repeat(row, weights), np.repeat(labels, weights)) for row in correct]
        return np.polyfit(doublings, ua, 1)[0]

    rng = np.random.default_rng(0)
    slopes = [resampled_slope(bootstrap_weights(labels, rng)) for _ in range(DRAWS)]
    limits = np.quantile(slopes, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    ahead = np.log2((len(labels) + EXTRA_LABELS) / len(labels))
    gain, low, high = (float(ahead * value) for value in (slope, *limits))
    now = float(start + slope * np.log2(len(labels)))
    return LearningCurve(
        table[["examples", "ua", "low", "high"]], len(labels), now, gain, low, high
    )


def bootstrap_weights(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How often each utterance is in a bootstrap sample that keeps the sizes of the classes.

    Args:
        labels: classes of the utterances ``[n]``.
        rng: draws the sample.

    Returns:
        ``[n]``, int, whose sum in each class is the size of the class.
    """
    # scikit-learn's resample draws from another generator: all intervals would change.
    weights = np.zeros(len(labels), int)
    for label in np.unique(labels):
        members = labels == label
        count = members.sum()
        weights[members] = rng.multinomial(count, np.full(count, 1 / count))
    return weights
