"""Forecasts of gains held against what was realised, beside simpler forecasts."""

import numpy as np
import pandas as pd

from cada_tf.evaluation.gain_forecast import LINE, PRIOR, Forecast, Prior, forecast_gain

NO_GAIN = Prior(mean=0.0, sd=0.0, realised_sd=0.0)
FORECASTS = {
    "forecast": PRIOR,
    "line alone": LINE,
    "fixed slope": PRIOR._replace(sd=0.0),
    "no gain": NO_GAIN,
}
"""Name → prior: what ``cada-adapt`` says, and what it is compared with."""


def forecast_rows(rows: pd.DataFrame, prior: Prior = PRIOR) -> pd.DataFrame:
    """Forecasts of gains.

    Args:
        rows: with the columns slope, slope_error, labels and then, the number of labels ahead.
        prior: see ``forecast_gain``.

    Returns:
        gain, low and high of each row, on the index of ``rows``.
    """
    columns = (rows[name] for name in ("slope", "slope_error", "labels", "then"))
    found = [forecast_gain(*row, prior) for row in zip(*columns, strict=True)]
    return pd.DataFrame(found, columns=Forecast._fields, index=rows.index)


def check_forecasts(rows: pd.DataFrame) -> pd.DataFrame:
    """How far forecasts are from realised gains.

    Args:
        rows: as for ``forecast_rows``, with ua and ua_then, which were realised, in [0, 1].

    Returns:
        One row per labels, then and forecast: count (of rows), true and true_sd (mean and standard
        deviation of realised gains), bias, error (mean absolute), width (mean, of the interval)
        and holds (how many intervals contain the realised gain).
    """
    realised = rows["ua_then"] - rows["ua"]
    found = []
    for (labels, then), true in realised.groupby([rows["labels"], rows["then"]]):
        for name, prior in FORECASTS.items():
            forecast = forecast_rows(rows.loc[true.index], prior)
            off = forecast["gain"] - true
            found.append(
                {
                    "labels": labels,
                    "then": then,
                    "forecast": name,
                    "count": len(true),
                    "true": true.mean(),
                    "true_sd": true.std(ddof=1),
                    "bias": off.mean(),
                    "error": off.abs().mean(),
                    "width": (forecast["high"] - forecast["low"]).mean(),
                    "holds": int(np.sum(true.between(forecast["low"], forecast["high"]))),
                }
            )
    return pd.DataFrame(found)
