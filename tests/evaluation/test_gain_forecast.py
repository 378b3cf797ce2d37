"""The forecast of what further labels bring, and how it is held against the truth."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cada_tf.evaluation.forecast_check import check_forecasts, forecast_rows
from cada_tf.evaluation.gain_forecast import (
    LINE,
    PRIOR,
    Prior,
    forecast_gain,
    posterior_slope,
)

SLOPES = st.floats(-0.2, 0.2)
ERRORS = st.floats(1e-4, 1)
MADE = Prior(mean=0.03, sd=0.02, realised_sd=0.025)


@given(slope=SLOPES)
def test_no_noise_gives_the_line_and_infinite_noise_the_prior(slope):
    assert posterior_slope(slope, 0.0, MADE) == (slope, 0.0)
    assert posterior_slope(slope, 1e-9, MADE)[0] == pytest.approx(slope, abs=1e-9)
    assert posterior_slope(slope, math.inf, MADE) == pytest.approx((MADE.mean, MADE.sd))
    assert posterior_slope(slope, 1e9, MADE) == pytest.approx((MADE.mean, MADE.sd))


@given(slope=SLOPES, error=ERRORS)
def test_no_prior_leaves_the_line_and_a_fixed_slope_ignores_it(slope, error):
    assert posterior_slope(slope, error, LINE) == pytest.approx((slope, error))
    assert posterior_slope(slope, error, MADE._replace(sd=0.0)) == (MADE.mean, 0.0)


@given(slope=SLOPES, error=ERRORS)
def test_the_slope_is_between_line_and_prior_and_surer_than_either(slope, error):
    mean, sd = posterior_slope(slope, error, MADE)
    low, high = sorted([slope, MADE.mean])
    assert low - 1e-12 <= mean <= high + 1e-12
    assert sd <= min(error, MADE.sd) + 1e-12


@given(slope=SLOPES, error=ERRORS, labelled=st.integers(10, 200), more=st.integers(1, 300))
def test_the_interval_contains_the_forecast_and_grows_with_the_distance(
    slope, error, labelled, more
):
    near, far = (forecast_gain(slope, error, labelled, labelled + n) for n in (more, 2 * more))
    for forecast in (near, far):
        assert forecast.low < forecast.gain < forecast.high
        assert forecast.gain - forecast.low == pytest.approx(forecast.high - forecast.gain)
    assert far.high - far.low > near.high - near.low > 2 * 1.9 * PRIOR.realised_sd


def test_a_doubling_by_hand():
    # Of two equal precisions half each; their sd is 0.02/√2, beside 0.025 of what is realised.
    forecast = forecast_gain(0.07, 0.02, 12, 24, MADE)
    assert forecast.gain == pytest.approx(0.05)
    assert forecast.high - forecast.gain == pytest.approx(
        1.959964 * math.hypot(0.02**2 / 0.02 / math.sqrt(2), 0.025)
    )


def simulate(draws, prior=MADE, error=0.04, seed=0):
    """Targets of the prior's slopes, measured with noise; what is realised has its own."""
    rng = np.random.default_rng(seed)
    slopes = rng.normal(prior.mean, prior.sd, draws)
    rows = pd.DataFrame({"labels": 12, "then": 22, "slope": rng.normal(slopes, error)})
    rows["slope_error"] = error
    rows["ua"] = 0.6
    gain = np.log2(22 / 12) * slopes + rng.normal(0, prior.realised_sd, draws)
    rows["ua_then"] = rows["ua"] + gain
    return rows, gain


def test_intervals_hold_where_the_model_does_and_beat_the_line():
    rows, gain = simulate(5_000)
    found = forecast_rows(rows, MADE)
    holds = (found["low"] <= gain) & (gain <= found["high"])
    assert holds.mean() == pytest.approx(0.95, abs=0.01)
    line = forecast_rows(rows, LINE)
    assert np.abs(found["gain"] - gain).mean() < 0.75 * np.abs(line["gain"] - gain).mean()
    of_line = (line["low"] <= gain) & (gain <= line["high"])
    assert of_line.mean() < 0.93  # it leaves out what is realised


def test_forecasts_beside_the_truth_by_hand():
    rows = pd.DataFrame({"labels": 10, "then": 20, "slope": [0.02, 0.06], "slope_error": 0.01})
    rows = rows.assign(ua=0.5, ua_then=[0.53, 0.53])
    found = check_forecasts(rows).set_index("forecast")
    assert list(found.index) == ["forecast", "line alone", "fixed slope", "no gain"]
    line = found.loc["line alone"]
    assert (line["count"], line["holds"]) == (2, 1)  # ± 0.0196 about 0.02 and 0.06
    expected = {"true": 0.03, "bias": 0.01, "error": 0.02, "width": 2 * 0.01959964}
    for name, value in expected.items():
        assert line[name] == pytest.approx(value), name
    none = found.loc["no gain"]
    assert none["bias"] == pytest.approx(-0.03)
    assert none["error"] == pytest.approx(0.03)
    fixed = found.loc["fixed slope"]
    assert fixed["bias"] == pytest.approx(PRIOR.mean - 0.03)
