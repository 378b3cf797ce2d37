"""A difference in UA, with what is known of its chance."""

from typing import NamedTuple

LEVEL = 0.95
"""Of all confidence intervals."""


class Effect(NamedTuple):
    """A mean difference, its confidence interval at ``LEVEL``, and the two-sided p of no effect."""

    difference: float
    low: float
    high: float
    p: float
