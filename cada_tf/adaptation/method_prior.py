"""How far methods were ahead of each other on pairs of corpora on which ``auto`` was developed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

DEVELOPMENT_PAIRS = ("emodb-urdu", "urdu-emodb", "ravdess-emodb")
"""Names of the runs in results/methods that the numbers here are from."""
PATIENCE = 5
"""Of early stopping in these runs."""
SIZES = (1, 3, 6, 12, 25)
"""Labelled examples of each class."""


class Prior(NamedTuple):
    """Leads over the mean of the candidates, in UA.

    Args:
        leads: mean lead of each method over the pairs, at each of ``SIZES``, in [-1, 1].
        spread: standard deviation of a lead on one pair around that mean.
    """

    leads: Mapping[str, Sequence[float]]
    spread: float


PRIORS: Mapping[bool, Prior] = {}
"""By whether there are unlabelled recordings: with few labels alone, and with both."""


def measure_prior(tables: Sequence[pd.DataFrame], methods: Sequence[str]) -> Prior:
    """The prior of runs on several pairs.

    Args:
        tables: of ``read_results``, one per pair, with two classes.
        methods: the candidates.
    """
    leads = np.stack([pair_leads(table, methods) for table in tables])
    mean = leads.mean(0)
    degrees = (len(tables) - 1) * (len(methods) - 1) * len(SIZES)
    spread = float(np.sqrt(((leads - mean) ** 2).sum() / degrees))
    return Prior(dict(zip(methods, mean.tolist(), strict=True)), spread)


def pair_leads(table: pd.DataFrame, methods: Sequence[str]) -> np.ndarray:
    """Leads over the mean of the methods on one pair, ``[methods, sizes]``."""
    ua = table.groupby(["method", table["examples"].fillna(0).astype(int)])["ua"].mean()
    values = np.array(
        [[ua.get((name, 2 * size), ua.get((name, 0))) for size in SIZES] for name in methods]
    )
    return values - values.mean(0)


def lead_at(leads: Sequence[float], per_class: float) -> float:
    """A lead at a number of labels of each class; beyond ``SIZES`` that of the nearest one."""
    return float(np.interp(np.log2(per_class), np.log2(SIZES), leads))
