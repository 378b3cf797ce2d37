"""Learning curves: UA against the number of labels, and the gain expected of further ones.

UA is modelled as a straight line over log2 of the number of labels, fitted by least squares: the
same number of points for each doubling, over the sizes that were tried and the next few.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cada_tf.evaluation import EXTRA_LABELS
from cada_tf.evaluation.gain_forecast import Forecast, forecast_gain
from cada_tf.evaluation.ua_estimate import estimate_ua


@dataclasses.dataclass(frozen=True)
class LearningCurve:
    """UA against the number of labelled utterances.

    Args:
        table: one row per size: examples, ua, low and high (its interval), each UA in [0, 1].
        labelled: how many labelled utterances there are in all.
        now: UA that the line gives for ``labelled``.
        slope: of the line, UA per doubling of the labels.
        slope_error: its standard error.
    """

    table: pd.DataFrame
    labelled: int
    now: float
    slope: float
    slope_error: float

    @property
    def forecast(self) -> Forecast:
        """What ``EXTRA_LABELS`` more should bring."""
        more = self.labelled + EXTRA_LABELS
        return forecast_gain(self.slope, self.slope_error, self.labelled, more)


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
    ``estimate_ua``.

    Args:
        examples: numbers of labels ``[s]``, of all classes together, ascending, s > 1.
        correct: how often each labelled utterance was recognised after training on so many
            others, ``[s, n]``, in [0, 1].
        labels: their classes ``[n]``, at least two of each.
        classes: C.
    """
    rows = [estimate_ua(row, labels, classes)._asdict() for row in correct]
    table = pd.DataFrame(rows).assign(examples=list(examples))
    doublings = np.log2(examples)
    slope, start = np.polyfit(doublings, table["ua"], 1)
    now = start + slope * np.log2(len(labels))
    error = slope_error(doublings, correct, labels)
    return LearningCurve(
        table[["examples", "ua", "low", "high"]], len(labels), float(now), float(slope), error
    )


def slope_error(doublings: np.ndarray, correct: np.ndarray, labels: np.ndarray) -> float:
    """The standard error of the line's slope, by the differences between utterances.

    The slope is UA of each utterance's own slope: the mean over the classes of their means.

    Args:
        doublings: log2 of the numbers of labels, ``[s]``.
        correct, labels: see ``fit_curve``.
    """
    own = np.polyfit(doublings, correct, 1)[0]
    groups = [own[labels == label] for label in np.unique(labels)]
    variances = [group.var(ddof=1) / len(group) for group in groups]
    return float(np.sqrt(np.sum(variances)) / len(groups))
