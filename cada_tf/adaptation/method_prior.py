"""How far methods are ahead of each other on pairs of corpora, which ``auto`` starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

SIZES = (1, 6, 25)
"""Labelled examples of each class."""
EXAMPLES = tuple(2 * size for size in SIZES)
"""The same of two classes together."""


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
            "fine-tune": (-0.0066, -0.0065, 0.0036),
            "cada": (0.0086, 0.0076, -0.0097),
            "fine-tune+cada": (-0.0019, -0.0011, 0.0061),
        },
        spread=0.0100,
    ),
    True: Prior(
        {
            "fine-tune": (-0.0063, -0.0016, 0.0034),
            "cada": (0.0089, -0.0007, -0.0102),
            "fine-tune+cada": (-0.0026, 0.0022, 0.0068),
        },
        spread=0.0098,
    ),
}
"""By whether there are unlabelled recordings: ``measure_prior`` of the 30 pairs of
``experiments/study_defaults.yaml``, scaled by speaker if there are, else on the source.
``figures.method_choice`` prints them, and says what the choice is worth."""


def measure_prior(ua: pd.DataFrame, methods: Sequence[str]) -> Prior:
    """The prior of several pairs of corpora of two classes.

    Args:
        ua: one row per pair, method and number of examples, which are ``EXAMPLES`` at least:
            source, target, method, examples and its mean UA in [0, 1].
        methods: the candidates.
    """
    cells = ua.pivot(index=["source", "target"], columns=["method", "examples"], values="mean")
    values = [[cells[name, size] for size in EXAMPLES] for name in methods]
    leads = np.array(values) - np.mean(values, axis=0)  # [methods, sizes, pairs]
    mean = leads.mean(-1)
    degrees = (len(cells) - 1) * (len(methods) - 1) * len(SIZES)
    spread = float(np.sqrt(((leads - mean[..., None]) ** 2).sum() / degrees))
    return Prior(dict(zip(methods, mean.tolist(), strict=True)), spread)


def lead_at(leads: Sequence[float], per_class: float) -> float:
    """A lead at a number of labels of each class; beyond ``SIZES`` that of the nearest one."""
    return float(np.interp(np.log2(per_class), np.log2(SIZES), leads))
