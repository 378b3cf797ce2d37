"""Leads of one method over another: on each pair of corpora, and over all of them."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from cada_tf.evaluation.clustered import lead
from cada_tf.evaluation.meta_analysis import crossed_mean, detectable, pool
from cada_tf.evaluation.significance import holm
from cada_tf.study.results import Group, StudyResults
from cada_tf.study.selection import Pair

LARGE_SHIFT = 0.55
"""UA of all-source up to which a shift is large: the regime of the paper's Tables 2 and 3."""


def pair_leads(
    results: StudyResults,
    comparisons: Iterable[tuple[Group, Group]],
    pairs: Iterable[Pair] | None = None,
    *,
    by_speaker: bool = False,
) -> pd.DataFrame:
    """The lead of each first method over the second, on each pair that has both.

    Args:
        results: of a study.
        comparisons: methods and their rivals.
        pairs: of corpora; all that settings were searched on if None.
        by_speaker: for intervals that hold for new speakers; see ``clustered.lead``.

    Returns:
        One row per comparison, pair and number of examples, then one for their mean (examples 0):
        scaling, method, rival_scaling, rival, source, target, examples, difference, low, high,
        variance (UA in [0, 1]; where no answer differs, that of a single one).
    """
    rows, sizes = [], results.study.report.examples
    for own, rival in comparisons:
        for pair in results.study.pairs if pairs is None else pairs:
            utterances = results.utterances[pair[1]]
            speakers = utterances["speaker"].to_numpy() if by_speaker else None
            parts = [[results.right(pair, group, n) for group in (own, rival)] for n in sizes]
            whole = {n: both for n, both in zip(sizes, parts, strict=True) if complete(both)}
            if len(whole) == len(sizes):
                whole[0] = [np.mean(one, axis=0) for one in zip(*whole.values(), strict=True)]
            for size, both in whole.items():
                found = lead(*both, utterances["class"].to_numpy(), speakers)
                if np.isnan(found.variance):  # of a single trial nothing is known of others
                    continue
                names = {"scaling": own.scaling, "method": own.method}
                names |= {"rival_scaling": rival.scaling, "rival": rival.method}
                names |= {"source": pair[0], "target": pair[1], "examples": size}
                effect = found.effect
                rows.append(
                    names
                    | {"difference": effect.difference, "low": effect.low, "high": effect.high}
                    | {"variance": max(found.variance, both[0].size ** -2)}
                )
    return pd.DataFrame(rows)


def complete(both: Sequence[np.ndarray | None]) -> bool:
    """Whether both methods have answers, of as many trials."""
    return all(one is not None for one in both) and len(both[0]) == len(both[1])


def mean_leads(leads: pd.DataFrame) -> pd.DataFrame:
    """Over the pairs of corpora.

    Args:
        leads: of ``pair_leads``, or some of its rows.

    Returns:
        One row per comparison and number of examples: pairs, ahead (on how many the lead is above
        0), mean of the random-effects model with low, high, p, p_holm (over all rows), tau,
        detectable (see ``meta_analysis.detectable``), and plain, plain_low, plain_high, the plain
        mean with the interval of crossed corpora.
    """
    keys = ["scaling", "method", "rival_scaling", "rival", "examples"]
    rows = []
    for names, own in leads.groupby(keys, sort=False):
        difference = own["difference"].to_numpy()
        pooled = pool(difference, own["variance"].to_numpy())
        crossed = crossed_mean(difference, own["source"].to_numpy(), own["target"].to_numpy())
        rows.append(
            dict(zip(keys, names, strict=True))
            | {"pairs": len(own), "ahead": int((difference > 0).sum())}
            | {"mean": pooled.effect.difference, "low": pooled.effect.low}
            | {"high": pooled.effect.high, "p": pooled.effect.p, "tau": pooled.tau}
            | {"detectable": detectable(pooled.effect, len(own))}
            | {"plain": crossed.difference, "plain_low": crossed.low, "plain_high": crossed.high}
        )
    table = pd.DataFrame(rows)
    table["p_holm"] = holm(table["p"].to_numpy(float))
    return table


def by_shift(leads: pd.DataFrame, ua: pd.DataFrame, scaling: str) -> dict[str, pd.DataFrame]:
    """Leads on pairs with a large shift, and on the others.

    Args:
        leads: of ``pair_leads``.
        ua: of ``StudyResults.ua``.
        scaling: that all-source is looked at under.
    """
    reached = leads.set_index(["source", "target"]).index.map(source_ua(ua, scaling))
    large = np.asarray(reached, float) <= LARGE_SHIFT
    return {"large": leads[large], "small": leads[~large]}


def source_ua(ua: pd.DataFrame, scaling: str) -> pd.Series:
    """UA of all-source on each (source, target), in [0, 1]; see ``StudyResults.ua``."""
    alone = ua[(ua["method"] == "all-source") & (ua["scaling"] == scaling)]
    return alone.groupby(["source", "target"])["mean"].mean().rename("UA of all-source")


def correlations(leads: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Which measures of a pair its leads go with.

    Args:
        leads: of ``pair_leads``, of one scaling; the mean over numbers of examples counts.
        measures: of each pair, by (source, target), a column each.

    Returns:
        One row per comparison and measure: method, rival, measure, pairs, rho (Spearman's), p, and
        p_holm over all rows.
    """
    rows, means = [], leads[leads["examples"] == 0]
    for (method, rival), own in means.groupby(["method", "rival"], sort=False):
        both = own.set_index(["source", "target"]).join(measures, how="inner")
        for measure in measures:
            known = both[["difference", measure]].dropna()
            found = stats.spearmanr(known["difference"], known[measure])
            names = {"method": method, "rival": rival, "measure": measure, "pairs": len(known)}
            rows.append(names | {"rho": found.statistic, "p": found.pvalue})
    table = pd.DataFrame(rows)
    table["p_holm"] = holm(table["p"].to_numpy(float))
    return table
