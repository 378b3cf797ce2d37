"""What choosing labels is worth: UA by strategy and number of labels, paired over draws.

Each strategy has its UA at the same numbers of labels in the same draws, one of them being random.
Its lead is paired by draw. The labels that it saves are those that random needs, beyond its own
number, for the same mean UA, by a curve through random's means that never falls (isotonic
regression), straight between the sizes over log2 of the number of labels.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize

from cada_tf.evaluation.effect import LEVEL, Effect
from cada_tf.evaluation.significance import corrected_t_test

RESAMPLES = 2_000
"""Bootstrap samples of the draws."""


class Savings(NamedTuple):
    """How many labels random needs for the UA of a strategy, and the interval of that number.

    The first and the last size stand for any number below or beyond.
    """

    labels: float
    low: float
    high: float


def ua_table(rows: pd.DataFrame, strategy: str) -> pd.DataFrame:
    """UA of a strategy: one row per draw, one column per number of labels, ascending.

    Args:
        rows: with the columns strategy, draw, labels and ua.
        strategy: one that has results.
    """
    own = rows[rows["strategy"] == strategy]
    return own.pivot(index="draw", columns="labels", values="ua").sort_index(axis=1)


def leads(rows: pd.DataFrame, strategy: str, rival: str) -> pd.DataFrame:
    """The lead of a strategy over another one, paired by draw, with its interval.

    Args:
        rows: see ``ua_table``.
        strategy, rival: names.

    Returns:
        One row per number of labels: labels, difference, low, high and p (see
        ``significance.Effect``), UA being in [0, 1].
    """
    differences = (ua_table(rows, strategy) - ua_table(rows, rival)).dropna()
    found = [
        {"labels": size} | corrected_t_test(values.to_numpy().round(12), 0)._asdict()
        for size, values in differences.items()
    ]
    return pd.DataFrame(found)


def mean_lead(rows: pd.DataFrame, strategy: str, rival: str) -> Effect:
    """The lead in the mean over all numbers of labels but the first, from which all start."""
    differences = (ua_table(rows, strategy) - ua_table(rows, rival)).dropna()
    return corrected_t_test(differences.iloc[:, 1:].mean(axis=1).to_numpy().round(12), 0)


def equal_labels(rows: pd.DataFrame, strategy: str, rival: str, size: int) -> Savings:
    """How many labels another strategy needs for the mean UA that one has with ``size``.

    The interval is from a bootstrap over the draws, in which both stay paired.
    """
    own, others = (ua_table(rows, name) for name in (strategy, rival))
    draws = own.index.intersection(others.index)
    own, others = own.loc[draws, size].to_numpy(), others.loc[draws]
    sizes, others = others.columns.to_numpy(float), others.to_numpy()

    def needed(sample: np.ndarray) -> float:
        return reached_at(sizes, others[sample].mean(0), own[sample].mean())

    rng, everyone = np.random.default_rng(0), np.arange(len(draws))
    found = [needed(rng.choice(everyone, len(everyone))) for _ in range(RESAMPLES)]
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Savings(needed(everyone), float(low), float(high))


def reached_at(sizes: np.ndarray, ua: np.ndarray, wanted: float) -> float:
    """The number of labels at which a curve first reaches a UA.

    Args:
        sizes: numbers of labels ``[s]``, ascending.
        ua: of the curve at these, ``[s]``.
        wanted: the UA.

    Returns:
        Within the sizes: the first one where all of the curve is above, the last one where all of
        it is below.
    """
    rising = optimize.isotonic_regression(ua).x
    reached = rising >= wanted - 1e-12  # what differs less is the rounding of equals
    if not reached.any():
        return float(sizes[-1])
    place = int(np.argmax(reached))
    if place == 0:
        return float(sizes[0])
    below, above = rising[place - 1 : place + 1]
    first, last = np.log2(sizes[place - 1 : place + 1])
    return float(2 ** (first + (last - first) * (wanted - below) / (above - below)))
