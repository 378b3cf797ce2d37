"""The mean over pairs of corpora: parity with a reference, and coverage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cada_tf.evaluation.meta_analysis import (
    POWER,
    between_variance,
    crossed_mean,
    detectable,
    pool,
)

# The trials of the BCG vaccine (Colditz et al. 1994): cases and others, vaccinated and not.
BCG = np.array(
    [
        *([4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619]),
        *([33, 5036, 47, 5761], [180, 1361, 372, 1079], [8, 2537, 10, 619]),
        *([505, 87886, 499, 87892], [29, 7470, 45, 7232], [17, 1699, 65, 1600]),
        *([186, 50448, 141, 27197], [5, 2493, 3, 2338], [27, 16886, 29, 17825]),
    ]
)


def test_parity_with_statsmodels():
    """``combine_effects(…, method_re="iterated", use_t=True)`` of statsmodels 0.14."""
    a, b, c, d = BCG.T
    effects = np.log(a / (a + b)) - np.log(c / (c + d))
    variances = 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    found = pool(effects, variances)
    assert found.tau**2 == pytest.approx(0.318068, abs=1e-6)
    assert found.effect[:3] == pytest.approx((-0.714968, -1.109098, -0.320838), abs=1e-6)
    assert found.low < found.effect.low < found.effect.high < found.high


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=9), st.floats(1e-4, 1))
def test_with_equal_variances_it_is_the_t_test(effects, variance):
    effects = np.array(effects)
    found = pool(effects, np.full(len(effects), variance))
    assert found.effect.difference == pytest.approx(effects.mean())
    between = max(0, effects.var(ddof=1) - variance)
    assert found.tau**2 == pytest.approx(between, abs=1e-6)
    if between > 0:
        error = effects.std(ddof=1) / math.sqrt(len(effects))
        half = (found.effect.high - found.effect.low) / 2
        assert half == pytest.approx(half_width(len(effects)) * error, rel=1e-4)


def half_width(count):
    from scipy import stats

    return stats.t.ppf(0.975, count - 1)


def test_a_single_pair_tells_nothing_of_others():
    for lead, variance in ((0.1, 0.01), (0.0123, 3e-5), (-0.07, 1e-4)):
        found = pool(np.array([lead]), np.array([variance]))
        assert found.effect.difference == lead
    assert math.isnan(found.effect.low)
    assert math.isnan(crossed_mean(np.array([0.1, 0.2]), ["a", "a"], ["b", "c"]).low)


def test_what_is_detectable_is_found_as_often_as_it_is_to_be():
    """In simulated studies of eight pairs, whose true mean is what the first one could have seen.

    The width of a study's own interval varies, and with it what it says it could have seen; hence
    the mean over many.
    """
    rng, count, within, between = np.random.default_rng(0), 8, 0.01, 0.02

    def study(mean):
        true = mean + between * rng.normal(size=count)
        return pool(true + within * rng.normal(size=count), np.full(count, within**2)).effect

    said = np.mean([detectable(study(0.0), count) for _ in range(300)])
    found = np.mean([study(said).p < 0.05 for _ in range(600)])
    assert found == pytest.approx(POWER, abs=0.06)
    assert math.isnan(detectable(pool(np.array([0.1]), np.array([0.01])).effect, 1))


def test_the_variance_between_pairs_is_none_where_that_within_explains_all():
    assert between_variance(np.array([0.1, 0.11]), np.array([0.1, 0.1])) == 0


def test_pairs_that_share_corpora():
    """Over 30 pairs of six corpora, each of which has an effect as a source and as a target."""
    rng = np.random.default_rng(0)
    sources, targets = np.divmod(np.arange(36), 6)
    kept = sources != targets
    sources, targets = sources[kept], targets[kept]
    within, crossed, apart = 0.015, [], []
    for _ in range(400):
        ours = 0.02 * rng.normal(size=(2, 6))
        true = 0.01 + ours[0][sources] + ours[1][targets] + 0.01 * rng.normal(size=30)
        effects = true + within * rng.normal(size=30)
        one = crossed_mean(effects, sources, targets)
        crossed.append(one.low <= 0.01 <= one.high)
        two = pool(effects, np.full(30, within**2)).effect
        apart.append(two.low <= 0.01 <= two.high)
    assert np.mean(crossed) > 0.9
    assert np.mean(apart) < np.mean(crossed) - 0.1
