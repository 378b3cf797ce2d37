"""Numbers as words in tables: UA in %, leads in points with their intervals, p."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cada_tf.lazy import lazy_imports

with lazy_imports():
    import pandas as pd

if TYPE_CHECKING:
    from cada_tf.evaluation.effect import Effect


def percent(ua: float | None) -> str:
    """UA in %; empty where there is none."""
    return "" if ua is None or math.isnan(ua) else f"{100 * ua:.1f}"


def points(value: float, sign: str = "+") -> str:
    """A difference in UA as points, with its sign; empty where there is none."""
    return "" if math.isnan(value) else rounded(100 * value, sign)


def rounded(points: float, sign: str = "-") -> str:
    """One decimal, with a minus sign that is one, and no negative zero."""
    return f"{round(points, 1) + 0.0:{sign}.1f}".replace("-", "−")


def with_interval(difference: float, low: float, high: float) -> str:
    """A difference in points with its interval, if that is known; empty without a difference."""
    if math.isnan(difference):
        return ""
    interval = "" if math.isnan(low) else f" [{rounded(low)}, {rounded(high)}]"
    return f"{rounded(difference, '+')}{interval}"


def lead(effect: Effect) -> str:
    """A lead in UA as points, with its interval if that is known."""
    return with_interval(*(100 * value for value in (effect.difference, effect.low, effect.high)))


def p_value(p: float) -> str:
    """A p to three digits; empty where there is none."""
    return "" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def markdown(heads: Sequence[object], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    frame = pd.DataFrame(rows, columns=list(map(str, heads)))
    return frame.to_markdown(index=False, disable_numparse=True)
