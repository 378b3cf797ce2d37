"""Which method for which pair: rules that look at a measure of the pair, and what they are worth.

A rule is the simplest that can tell pairs apart: one method where a measure is low, another where
it is high. It is fitted on the pairs that share no corpus with the one that it chooses for.
"""

import dataclasses
from collections.abc import Hashable

import numpy as np
import pandas as pd

from cada_tf.study.selection import without_corpora


@dataclasses.dataclass(frozen=True)
class Stump:
    """A rule: ``low`` where the measure is at most the threshold, else ``high``.

    Args:
        measure: its name; empty if the rule always chooses ``low``.
        threshold: in the measure's unit.
        low, high: names of methods.
    """

    measure: str
    threshold: float
    low: Hashable
    high: Hashable

    def choose(self, measures: pd.Series) -> Hashable:
        """The method for a pair with these measures."""
        if not self.measure or measures[self.measure] <= self.threshold:
            return self.low
        return self.high


def best_constant(ua: pd.DataFrame) -> Stump:
    """The method that is best in the mean over pairs, always; ``ua`` as of ``fit_stump``."""
    method = ua.mean().idxmax()
    return Stump("", 0.0, method, method)


def fit_stump(ua: pd.DataFrame, measures: pd.DataFrame) -> Stump:
    """The rule with the highest mean UA over some pairs; a constant one if none is better.

    Args:
        ua: of each pair (rows) by each method (columns).
        measures: of each pair (the same rows); a column each.
    """
    found = best_constant(ua)
    most, values = float(ua[found.low].mean()), ua.to_numpy()
    for measure in measures:
        known = measures[measure].to_numpy(float)
        edges = np.unique(known)
        for threshold in (edges[1:] + edges[:-1]) / 2:
            low = known <= threshold
            below, above = values[low].sum(0), values[~low].sum(0)
            mean = float(below.max() + above.max()) / len(values)
            if mean > most + 1e-12:
                methods = ua.columns[below.argmax()], ua.columns[above.argmax()]
                found, most = Stump(measure, float(threshold), *methods), mean
    return found


def leave_corpus_out(ua: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """What rules choose for each pair, fitted on pairs that share no corpus with it.

    Args:
        ua, measures: as of ``fit_stump``, with rows by (source, target).

    Returns:
        One row per pair: chosen (by a stump) and its ua, constant (by ``best_constant``) and
        constant_ua, best, the highest UA of any method, and the measure looked at.
    """
    rows = []
    for pair in ua.index:
        others = without_corpora(pair, ua.index)
        stump = fit_stump(ua.loc[others], measures.loc[others])
        constant = best_constant(ua.loc[others]).low
        chosen = stump.choose(measures.loc[pair])
        row = {"chosen": chosen, "ua": ua.loc[pair, chosen], "measure": stump.measure}
        row |= {"constant": constant, "constant_ua": ua.loc[pair, constant]}
        rows.append(row | {"best": ua.loc[pair].max()})
    return pd.DataFrame(rows, index=ua.index)
