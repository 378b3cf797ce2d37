"""How far methods were ahead of each other on pairs of corpora on which ``auto`` was developed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

DEVELOPMENT_RUNS = {
    False: ("source/emodb-urdu", "source/urdu-emodb", "source/ravdess-emodb"),
    True: (
        "corpus-enrolled/emodb-urdu",
        "corpus-enrolled/urdu-emodb",
        "speaker-enrolled/ravdess-emodb",
    ),
}
"""Runs in results/methods that ``PRIORS`` are from, of the scaling that is chosen for each pair."""
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


PRIORS: Mapping[bool, Prior] = {
    False: Prior(
        {
            "all-source": (0.0035, -0.0079, -0.0231, -0.0325, -0.0480),
            "fine-tune": (0.0087, 0.0074, -0.0002, -0.0085, -0.0165),
            "pooled": (-0.0163, -0.0127, 0.0027, 0.0153, 0.0271),
            "cada": (-0.0039, 0.0017, 0.0097, 0.0149, 0.0252),
            "fine-tune+cada": (0.0079, 0.0116, 0.0110, 0.0108, 0.0123),
        },
        spread=0.0145,
    ),
    True: Prior(
        {
            "all-source": (-0.0050, -0.0146, -0.0270, -0.0415, -0.0553),
            "fine-tune": (0.0011, -0.0066, -0.0153, -0.0229, -0.0347),
            "pooled": (-0.0084, 0.0044, 0.0133, 0.0258, 0.0411),
            "cada": (0.0016, 0.0080, 0.0141, 0.0249, 0.0357),
            "fine-tune+cada": (0.0106, 0.0089, 0.0149, 0.0136, 0.0131),
        },
        spread=0.0201,
    ),
}
"""By whether there are unlabelled recordings, ``measure_prior`` of ``DEVELOPMENT_RUNS``."""


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
