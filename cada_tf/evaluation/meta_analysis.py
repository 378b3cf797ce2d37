"""What leads on several pairs of corpora say of a pair that is not among them.

A random-effects meta-analysis: the true leads of pairs differ with a variance τ², estimated after
Paule and Mandel ("Consensus values and weighting factors", Journal of Research of the NBS 87,
1982), and the interval of their mean is that of Hartung and Knapp ("A refined method for the
meta-analysis of controlled clinical trials with binary outcome", Statistics in Medicine 20, 2001).
It takes pairs as independent. Pairs that have a corpus in common are not, so that the interval of
``crossed_mean``, clustered by source and by target, stands beside it.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import optimize, stats

from cada_tf.evaluation.clustered import interval, two_way_variance
from cada_tf.evaluation.effect import LEVEL, Effect

POWER = 0.8
"""How often an effect is to be found that counts as detectable."""


class Pooled(NamedTuple):
    """The mean effect of several studies and its interval at ``LEVEL``.

    Attributes:
        effect: the mean over all studies that there may be.
        tau: standard deviation of the true effects, in the unit of the effects.
        low, high: between which the true effect of another study lies, at ``LEVEL``.
    """

    effect: Effect
    tau: float
    low: float
    high: float


def pool(effects: np.ndarray, variances: np.ndarray) -> Pooled:
    """The random-effects mean, with Hartung and Knapp's interval.

    Args:
        effects: of each study, ``[k]``, k ≥ 1.
        variances: of each, from within the study, ``[k]``, above 0.

    Returns:
        The mean; without an interval of a single study.
    """
    count = len(effects)
    if count < 2:
        return Pooled(Effect(float(effects[0]), *[math.nan] * 3), math.nan, math.nan, math.nan)
    tau_squared = between_variance(effects, variances)
    weights = 1 / (variances + tau_squared)
    mean = float(np.average(effects, weights=weights))
    scatter = float((weights * (effects - mean) ** 2).sum()) / (count - 1)
    variance = scatter / float(weights.sum())
    effect, tau = interval(mean, variance, count - 1), math.sqrt(tau_squared)
    reach = stats.t.ppf((1 + LEVEL) / 2, count - 1) * math.sqrt(tau_squared + variance)
    return Pooled(effect, tau, mean - reach, mean + reach)


def detectable(effect: Effect, count: int) -> float:
    """The true mean effect that would have been found, by a two-sided test at 1 − ``LEVEL``.

    Args:
        effect: of ``pool``, whose interval tells how uncertain it is.
        count: k.

    Returns:
        That which is found with a probability of ``POWER``, in the approximation of a shifted t;
        NaN without an interval.
    """
    if math.isnan(effect.low):
        return math.nan
    critical = stats.t.ppf((1 + LEVEL) / 2, count - 1)
    error = (effect.high - effect.low) / 2 / critical
    return float((critical + stats.t.ppf(POWER, count - 1)) * error)


def between_variance(effects: np.ndarray, variances: np.ndarray) -> float:
    """τ² of Paule and Mandel: with it the weighted sum of squares is what it is to be, k − 1."""

    def excess(tau_squared: float) -> float:
        weights = 1 / (variances + tau_squared)
        mean = np.average(effects, weights=weights)
        return float((weights * (effects - mean) ** 2).sum()) - (len(effects) - 1)

    if excess(0) <= 0:
        return 0.0
    # Beyond this the sum is at most Σ (y − ȳ)² / τ² ≤ k − 1.
    most = float(len(effects) * np.ptp(effects) ** 2 / (len(effects) - 1))
    return float(optimize.brentq(excess, 0, most, xtol=1e-12 * max(most, 1e-300)))


def crossed_mean(effects: np.ndarray, sources: np.ndarray, targets: np.ndarray) -> Effect:
    """The plain mean over pairs, with an interval clustered by source and by target.

    Args:
        effects: of each pair, ``[k]``.
        sources, targets: its corpora, ``[k]``.

    Returns:
        The mean; its interval has as many degrees of freedom as there are sources or targets,
        whichever are fewer, less one. Without an interval where there is one of either.
    """
    _, rows = np.unique(sources, return_inverse=True)
    _, columns = np.unique(targets, return_inverse=True)
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    mean = float(np.mean(effects))
    np.add.at(table, (rows, columns), (effects - mean) / len(effects))
    return interval(mean, two_way_variance(table), min(table.shape) - 1)
