"""How many labels are needed: UA against their number, and what the next ones should bring.

UA is taken to grow by the same number of points with each doubling of the labels, over the sizes
that were tried and the next few: a straight line over log2, fitted by least squares.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cada_tf.evaluation.significance import LEVEL
from cada_tf.evaluation.ua_estimate import balanced_mean, estimate_ua

EXTRA_LABELS = 10
"""Labels whose worth is told."""
DRAWS = 2_000


@dataclasses.dataclass(frozen=True)
class LearningCurve:
    """UA against the number of labelled utterances.

    Args:
        table: a row a number: examples, ua, low and high (its interval), each UA in [0, 1].
        labelled: how many there are in all.
        now: UA that the line gives for ``labelled``.
        gain: what ``EXTRA_LABELS`` more of them are expected to add to it; low and high, its interval.
    """

    table: pd.DataFrame
    labelled: int
    now: float
    gain: float
    low: float
    high: float


def sizes(rarest: int, folds: int, most: int = 8) -> list[int]:
    """Labels of each class to try: at most ``most`` numbers, doubling roughly.

    Args:
        rarest: labelled utterances of the rarest class.
        folds: of the cross-validation.
        most: how many.
    """
    largest = rarest - -(-rarest // folds)
    return sorted({int(size) for size in np.geomspace(1, max(largest, 1), most).round()})


def fit_curve(
    examples: Sequence[int], correct: np.ndarray, labels: np.ndarray, classes: int
) -> LearningCurve:
    """The curve through the UA of networks that were trained on few of the labels.

    Its intervals are of the labelled utterances that the networks are judged by: those of the
    numbers of examples as in ``estimate_ua``, that of the gain from a bootstrap over them.

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

    def redrawn(weights: np.ndarray) -> float:
        ua = [balanced_mean(np.repeat(row, weights), np.repeat(labels, weights)) for row in correct]
        return np.polyfit(doublings, ua, 1)[0]

    rng = np.random.default_rng(0)
    slopes = [redrawn(redraw(labels, rng)) for _ in range(DRAWS)]
    limits = np.quantile(slopes, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    ahead = np.log2((len(labels) + EXTRA_LABELS) / len(labels))
    gain, low, high = (float(ahead * value) for value in (slope, *limits))
    now = float(start + slope * np.log2(len(labels)))
    return LearningCurve(
        table[["examples", "ua", "low", "high"]], len(labels), now, gain, low, high
    )


def redraw(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How often each utterance is in a bootstrap sample that keeps the sizes of the classes."""
    weights = np.zeros(len(labels), int)
    for label in np.unique(labels):
        members = labels == label
        count = members.sum()
        weights[members] = rng.multinomial(count, np.full(count, 1 / count))
    return weights
