"""Paired significance tests between methods, on the same splits.

The corrected resampled t-test of Nadeau and Bengio, "Inference for the generalization error"
(Machine Learning 52, 2003), for repeated cross-validation as Bouckaert and Frank, "Evaluating the
replicability of significance tests for comparing learning algorithms" (PAKDD 2004), use it; for
many comparisons at once corrected after Holm, "A simple sequentially rejective multiple test
procedure" (Scandinavian Journal of Statistics 6, 1979).

The test assumes differences that are about normal. Its correction is for training folds that
overlap, within a cross-validation and from trial to trial. It takes n_test/n_train as 1/(K - 1) of
K folds, the ratio of their mean sizes; folds of speakers differ in size, and the ratio with them,
while that of the means stays. All trials share the corpora, so that
it does not generalise to other corpora or other speakers.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from cada_tf.evaluation.clustered import Answers, interval
from cada_tf.evaluation.effect import LEVEL, Effect

CLUSTERED, T_TEST = "clustered", "corrected t"
"""What an interval is made by."""


def compare(
    table: pd.DataFrame,
    method: str,
    rivals: Sequence[str],
    *,
    folds: int,
    answers: Answers | None = None,
) -> pd.DataFrame:
    """One method against each of its rivals, on the splits for which both have results.

    Args:
        table: of ``results.read_results``, complete or not.
        method: as in the table's column of that name.
        rivals: likewise. One that takes no number of examples is compared at each.
        folds: of the cross-validation.
        answers: of the run, if they are known: intervals are then clustered by utterance and trial
            (see ``clustered``); else they are those of the corrected t-test.

    Returns:
        For each rival one row per number of examples, ascending, then one for the mean over those
        that both methods have, from the splits that lack none of them: method, rival, examples
        (Int64, empty for the mean), pairs (of trial and fold), difference (the method's mean UA
        less its rival's, 1 being 100 %), low and high (its confidence interval), p, test
        (``CLUSTERED`` or ``T_TEST``), and p_holm, corrected for all rows with a number of examples,
        or all without. There is no row without a pair, and neither interval nor p (NaN) of one
        pair, of one fold or of equal differences; nor, clustered, of one trial.
    """
    test_to_train = 1 / (folds - 1) if folds > 1 else math.nan
    rows = []
    for rival in rivals:
        found = samples(table, method, rival)
        sizes = [examples for examples, _ in found if examples is not None]
        for examples, differences in found:
            row = {"method": method, "rival": rival, "examples": examples}
            asked = [examples] if examples is not None else sizes or [None]
            known = answers and answers.lead(method, rival, asked)
            if known:
                # That of the folds' UA, which tables show, not of all utterances at once.
                effect, test = interval(differences.mean(), *known[1:]), CLUSTERED
            else:
                effect, test = corrected_t_test(differences, test_to_train), T_TEST
            rows.append(row | {"pairs": len(differences)} | effect._asdict() | {"test": test})
    columns = ["method", "rival", "examples", "pairs", *Effect._fields, "test"]
    comparisons = pd.DataFrame(rows, columns=columns).astype({"examples": "Int64"})
    mean = comparisons["examples"].isna()
    for family in (mean, ~mean):
        comparisons.loc[family, "p_holm"] = holm(comparisons.loc[family, "p"].to_numpy(float))
    return comparisons


def samples(table: pd.DataFrame, method: str, rival: str) -> list[tuple[int | None, np.ndarray]]:
    """The differences in UA ``[pairs]`` at each number of examples, then of their mean (None)."""
    own, other = (results_of(table, name) for name in (method, rival))
    pairs = own.merge(other.rename(columns={"ua": "rival"}))  # on all other columns of both
    pairs["difference"] = pairs["ua"] - pairs["rival"]
    pairs = pairs.reindex(columns=["examples", "trial", "fold", "difference"])
    by_split = pairs.groupby(["trial", "fold"])["difference"]
    whole = by_split.size() == pairs["examples"].nunique(dropna=False)
    found = [*pairs.groupby("examples")["difference"], (None, by_split.mean()[whole])]
    # UA is a ratio of counts: what differs less than this is the rounding of equals.
    return [(examples, values.to_numpy().round(12)) for examples, values in found if len(values)]


def results_of(table: pd.DataFrame, method: str) -> pd.DataFrame:
    """A method's trial, fold, ua and, where it takes any, examples."""
    rows = table.loc[table["method"] == method, ["examples", "trial", "fold", "ua"]]
    return rows.drop(columns="examples") if rows["examples"].isna().all() else rows


def corrected_t_test(differences: np.ndarray, test_to_train: float) -> Effect:
    """The corrected resampled t-test of Nadeau and Bengio.

    The variance of the mean of n differences is taken to be s² (1/n + n_test/n_train), where the
    second term stands for what the training sets share, and its t to have n − 1 degrees of
    freedom.

    Args:
        differences: one per split, ``[n]``, n > 0.
        test_to_train: n_test/n_train, the size of a test set over that of a training set, which is
            1/(K - 1) for K folds; 0 for the paired t-test of independent samples.

    Returns:
        The effect in the unit of ``differences``; NaN but for the difference where there is a
        single one, or all are equal: then nothing is known of their spread.
    """
    n, mean = len(differences), float(np.mean(differences))
    if n < 2 or np.ptp(differences) == 0:
        return Effect(mean, math.nan, math.nan, math.nan)
    error = float(np.std(differences, ddof=1)) * math.sqrt(1 / n + test_to_train)
    half = stats.t.ppf((1 + LEVEL) / 2, n - 1) * error
    p = 2 * stats.t.sf(abs(mean) / error, n - 1)
    return Effect(mean, float(mean - half), float(mean + half), float(p))


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's correction, valid however the comparisons depend on each other.

    Args:
        p: of each comparison of a family, ``[n]``; NaN for one without p, which does not count.

    Returns:
        ``[n]``, in [p, 1]: the lowest level for the whole family at which each is rejected.
    """
    corrected = np.full(len(p), np.nan)
    order = np.argsort(p)[: np.count_nonzero(~np.isnan(p))]  # argsort puts NaN last
    times = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(times * p[order]), 1)
    return corrected
