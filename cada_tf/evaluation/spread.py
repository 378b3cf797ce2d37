"""A mean with its standard deviation, as text."""

import math


def plus_minus(mean: float, std: float, digits: int = 1, sign: str = "±") -> str:
    """``60.0±5.0``; the mean alone where there is no standard deviation, nothing without a mean.

    Args:
        mean: of the values; NaN where there are none.
        std: their sample standard deviation (n − 1); NaN of a single value.
        digits: after the point.
        sign: what stands between the two, such as ``" ± "``.
    """
    if math.isnan(mean):
        return ""
    text = f"{mean:.{digits}f}"
    return text if math.isnan(std) else f"{text}{sign}{std:.{digits}f}"
