"""Up to how many labelled examples adaptation is worth while (Section 4.3 on Figs. 2 and 3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

RIVAL = "label-target"
"""The paper's system that learns from the labelled target examples alone."""


def lead(own: pd.Series, rival: pd.Series) -> pd.Series:
    """How far the rival is ahead at each number of examples that both have, ascending."""
    return (rival - own).dropna().sort_index().astype(float)


def overtaken_at(own: pd.Series, rival: pd.Series) -> float:
    """The number of examples at which the rival's mean first rises above a method's.

    Args:
        own, rival: means of UA, indexed by number of examples.

    Returns:
        A number between two that both have, linearly interpolated; the first that both have if
        the rival is ahead there already; infinity if it is ahead at none; NaN if they share none.
    """
    ahead = lead(own, rival)
    if ahead.empty:
        return math.nan
    if not (ahead > 0).any():
        return math.inf
    place = int((ahead > 0).to_numpy().argmax())
    if place == 0:
        return float(ahead.index[0])
    (low, high), (before, after) = (
        values[place - 1 : place + 1] for values in (ahead.index, ahead.to_numpy())
    )
    return float(low + (high - low) * before / (before - after))


def describe(own: pd.Series, rival: pd.Series, name: str = RIVAL) -> str:
    """Whether, and from where, a rival overtakes a method that shares a size with it."""
    ahead, at = lead(own, rival), overtaken_at(own, rival)
    if at == math.inf:
        return f"not overtaken by {name} up to {ahead.index[-1]} examples"
    again = ", ".join(str(size) for size in ahead.index[(ahead < 0) & (ahead.index > at)])
    where = (
        f"from the first size, {at:.0f}, on" if at == ahead.index[0] else f"at {at:.1f} examples"
    )
    return f"overtaken by {name} {where}" + (f", but ahead again at {again}" if again else "")
