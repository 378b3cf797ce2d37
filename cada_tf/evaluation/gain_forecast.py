"""What further labels bring: a forecast of the gain in UA, with an interval for the realised gain.

UA grows by the same number of points, the slope, for each doubling of the labels. A slope that few
labels measure is noisy, so it is combined with a normal prior, weighted by precision. What is then
realised depends as well on which utterances come to be labelled and on the chance of training; the
interval has room for this, too.
"""

import math
from statistics import NormalDist
from typing import NamedTuple

from cada_tf.evaluation.effect import LEVEL


class Prior(NamedTuple):
    """What is known of gains before a target is seen, in UA of [0, 1].

    Args:
        mean, sd: of the slope over targets, UA per doubling of the labels.
        realised_sd: of a realised gain about the slope's, between two trained recognisers.
    """

    mean: float
    sd: float
    realised_sd: float


PRIOR = Prior(mean=0.018, sd=0.011, realised_sd=0.053)
"""Of EMODB → URDU and URDU → EMODB, 20 draws each, CADA (``results/forecast/``): mean and standard
deviation of the six mean slopes from 12 to 24, 24 to 50 and 50 to 100 labels; and the root mean
square of the standard deviations of gains over draws, those of ten more labels included."""
LINE = Prior(mean=0.0, sd=math.inf, realised_sd=0.0)
"""The measured slope alone, with no room for what is realised."""


class Forecast(NamedTuple):
    """The expected gain in UA, and an interval that the realised one is in at ``LEVEL``."""

    gain: float
    low: float
    high: float


def posterior_slope(slope: float, error: float, prior: Prior = PRIOR) -> tuple[float, float]:
    """Mean and standard deviation of the slope, by its measurement and the prior.

    Args:
        slope: as it was measured.
        error: its standard error; 0 for none, infinite for no measurement.
        prior: of slopes.
    """
    if error == 0:
        return slope, 0.0
    if prior.sd == 0:
        return prior.mean, 0.0
    of_slope, of_prior = error**-2, prior.sd**-2
    precision = of_slope + of_prior
    mean = (of_slope * slope + of_prior * prior.mean) / precision
    return mean, precision**-0.5


def forecast_gain(
    slope: float, error: float, labelled: int, labels: int, prior: Prior = PRIOR
) -> Forecast:
    """The gain from ``labelled`` to ``labels`` labelled utterances.

    Args:
        slope, error, prior: see ``posterior_slope``.
        labelled: how many there are.
        labels: how many there will be.
    """
    mean, sd = posterior_slope(slope, error, prior)
    doublings = math.log2(labels / labelled)
    half = NormalDist().inv_cdf((1 + LEVEL) / 2) * math.hypot(doublings * sd, prior.realised_sd)
    gain = doublings * mean
    return Forecast(gain, gain - half, gain + half)
