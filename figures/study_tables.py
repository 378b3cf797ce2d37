"""The tables of a study, in Markdown. UA is in %, leads are in points."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cada_tf.evaluation.effect import Effect
from cada_tf.lazy import lazy_imports
from cada_tf.study.ranking import NEAR, comparable
from figures.labels import count, display
from figures.words import lead, markdown, p_value, percent, points

with lazy_imports():
    import pandas as pd

    from cada_tf.study import leads as study_leads
    from cada_tf.study import marginals, method_rules, selection
    from cada_tf.study import results as study_results

PARTS = {"large": "large shift", "small": "small shift", "all": "all"}


def left_out(results: study_results.StudyResults) -> list[str]:
    """Which methods and pairs apart have no results yet, if any."""
    parts = []
    if results.left_out:
        names = ", ".join(results.left_out)
        parts.append(f"Left out, since their settings are not tried on all pairs yet: {names}.")
    if lacking := [pair for pair in results.study.apart.pairs if pair not in results.apart]:
        names = ", ".join(f"{source} → {target}" for source, target in lacking)
        parts.append(f"Not tested yet, of the pairs apart: {names}.")
    return parts


def by_rule(results: study_results.StudyResults) -> list[str]:
    """UA of each method by rule and number of examples, in the mean over pairs."""
    study, table = results.study, results.ua_by_rule()
    cells = table.groupby(["method", "examples", "rule"])["ua"]
    means = cells.mean()[cells.size() == len(study.pairs)]
    columns = [(size, str(rule)) for size in study.search.examples for rule in selection.Rule]
    rows = [
        [name, *(percent(means.get((name, *column))) for column in columns)]
        for name in results.methods
    ]
    return [
        f"UA under the scaling {study.searched}, mean over {count(len(study.pairs), 'pair')}, by "
        "the number of examples and the rule that the setting was chosen by, "
        f"{count(study.search.trials, 'trial')} of {count(study.folds, 'fold')}. The oracle is no "
        "method: it has seen other test folds of the pair. Empty: the rule was not tried on all.",
        markdown(
            ["method", *(f"{size}, {rule}" for size, rule in columns)],
            [row for row in rows if any(row[1:])],
        ),
    ]


def apart(
    results: study_results.StudyResults,
    comparisons: Sequence[tuple[study_results.Group, study_results.Group]],
) -> list[str]:
    """UA and leads on the pairs apart, if there are any results of them."""
    pairs = results.apart
    if not pairs:
        return []
    found = study_leads.pair_leads(results, comparisons, pairs)
    rows = [
        [
            *(row.scaling, f"{row.source} → {row.target}", row.rival, str(row.examples or "mean")),
            lead(Effect(row.difference, row.low, row.high, math.nan)),
        ]
        for row in found.itertuples()
    ]
    return [
        "Pairs apart, on which no setting was searched, and which count in no other table:",
        *by_pair(results.ua_of(pairs)),
        f"Lead of {display(comparisons[0][0].method)} on them, with the 95 % interval for other "
        "utterances and draws of the same corpora:",
        markdown(["scaling", "pair", "rival", "examples", "lead"], rows),
    ]


def by_pair(ua: pd.DataFrame) -> list[str]:
    """UA of each method on each pair, a table per scaling, number of examples and target."""
    parts = []
    for (scaling, size, target), own in ua.groupby(["scaling", "examples", "target"]):
        cells = own.pivot(index="method", columns="source", values="mean")
        order = list(dict.fromkeys(own["method"]))
        rows = [[name, *map(percent, cells.loc[name])] for name in order]
        parts += [f"{target}, {size} examples, {scaling}:", markdown(["method", *cells], rows)]
    return parts


def of_leads(found: pd.DataFrame, ua: pd.DataFrame, method: str) -> list[str]:
    """The mean lead of a method over each rival, by shift."""
    parts = []
    for scaling, own in found.groupby("scaling", sort=False):
        rows = []
        tables = study_leads.by_shift(own, ua, scaling) | {"all": own}
        for part, some in tables.items():
            for row in study_leads.mean_leads(some).itertuples() if len(some) else ():
                size = str(row.examples or "mean")
                mean = Effect(row.mean, row.low, row.high, row.p)
                plain = Effect(row.plain, row.plain_low, row.plain_high, math.nan)
                shown = lead(mean), p_value(row.p_holm), points(row.tau, ""), lead(plain)
                ahead = f"{row.ahead}/{row.pairs}"
                rows.append(
                    [PARTS[part], row.rival, size, ahead, *shown, points(row.detectable, "")]
                )
        parts += [
            f"Lead of {display(method)} under the scaling {scaling}, with the 95 % interval of the "
            "mean over pairs (random effects, Hartung and Knapp), p after Holm over the rows of a "
            "shift, the standard deviation τ of true leads, the plain mean with the interval of "
            "crossed sources and targets, and the lead that would have been seen in 80 of 100 such "
            "studies. A shift is large where all-source has at most "
            f"{100 * study_leads.LARGE_SHIFT:.0f} %. On a single pair the interval of a lead is "
            f"±{half_width(own, own['examples'] > 0)} points in the median at one number of "
            f"examples, ±{half_width(own, own['examples'] == 0)} in their mean.",
            markdown(
                ["shift", "rival", "examples", "ahead", "lead", "p", "τ", "plain mean", "seen"],
                rows,
            ),
        ]
    return parts


def half_width(found: pd.DataFrame, rows: pd.Series) -> str:
    """The median of half the width of the intervals of some leads, in points."""
    return points(((found["high"] - found["low"]) / 2)[rows].median(), "")


def of_correlations(
    results: study_results.StudyResults, found: pd.DataFrame, ua: pd.DataFrame
) -> list[str]:
    """What the leads go with, over pairs."""
    parts = []
    for scaling, own in found.groupby("scaling", sort=False):
        alone = study_leads.source_ua(ua, scaling).to_frame()
        measures = alone.join(results.shifts.set_index(["source", "target"]))
        rows = [
            [row.rival, row.measure, str(row.pairs), f"{row.rho:+.2f}", p_value(row.p_holm)]
            for row in study_leads.correlations(own, measures).itertuples()
        ]
        parts += [
            f"What the lead goes with under the scaling {scaling}, in the mean over numbers of "
            "examples: Spearman's ρ over pairs, p after Holm over all rows. Pairs that share a "
            "corpus count as independent, which they are not. conditional_mmd and class_agreement "
            "know all labels of the target.",
            markdown(["rival", "measure", "pairs", "ρ", "p"], rows),
        ]
    return parts


def of_choices(results: study_results.StudyResults, ua: pd.DataFrame) -> list[str]:
    """What choosing the method is worth, by a measure of the shift that needs no label."""
    shifts = results.shifts.set_index(["source", "target"])
    known = shifts.drop(columns=["conditional_mmd", "class_agreement"], errors="ignore")
    rows = []
    for (scaling, size), own in ua.groupby(["scaling", "examples"], sort=False):
        may = comparable(results.study.scalings[scaling])
        table = own.pivot(index=["source", "target"], columns="method", values="mean")
        table = table[[name for name in table if may(name)]].dropna(axis=1)
        chosen = method_rules.leave_corpus_out(table, known.loc[table.index])
        single, lost = table.mean().idxmax(), chosen["best"] - chosen["ua"]
        means = (chosen["ua"], chosen["constant_ua"], table[single], chosen["best"])
        rule, constant, one, best = (percent(values.mean()) for values in means)
        near = f"{(lost <= NEAR).sum()}/{len(lost)}"
        row = [scaling, str(size), rule, constant, f"{single} {one}", best]
        rows.append([*row, points(lost.max(), ""), near])
    heads = ["scaling", "examples", "rule", "constant", "best single", "best of each pair"]
    return [
        "Which method? UA in the mean over pairs: of a rule that looks at one measure of the "
        "shift, and of always the same method, both chosen without the corpora of the pair; of the "
        "method that is best over all pairs, and of the best of each pair, both in hindsight. "
        "Lost: the most that the rule is behind the best on a pair; near: on how many it is within "
        "a point. Under the first scaling inductive methods alone.",
        markdown([*heads, "lost", "near"], rows),
    ]


def of_marginals(results: study_results.StudyResults, method: str) -> list[str]:
    """What the values of the method's options are worth."""
    own = marginals.marginals(results, method)
    if own.empty:
        return []
    shared = marginals.shared_marginals(results)
    return [
        f"Options of {display(method)}: mean lead of the random settings that have a value over "
        "all of them, in points, ± its standard error over pairs. Other options differ as well.",
        markdown(["option", "value", "settings", "lead"], rows_of(own, "settings")),
        "Options of several methods: the same in the mean over all but all-target that have them, "
        "± its standard error over methods.",
        markdown(["option", "value", "methods", "lead"], rows_of(shared, "methods")),
    ]


def rows_of(table: pd.DataFrame, counted: str) -> list[list[str]]:
    """The rows of ``marginals``; ``counted`` is the column of how many there are."""
    return [
        [row["option"], row["value"], str(row[counted]), plus_minus(row["lead"], row["error"])]
        for row in table.to_dict("records")
    ]


def plus_minus(lead: float, error: float) -> str:
    """A lead in points, ± its error if that is known."""
    return points(lead) + (f" ± {points(error, '')}" if not math.isnan(error) else "")
