r"""The leaderboard of a study: all methods in order, as a page in Markdown.

    python -m figures.leaderboard --results=results/study [--output=docs/leaderboard.md]

Each method stands there with the setting that was chosen for a pair of corpora without the pairs
that share one with it: its UA at each number of labelled examples in the mean over all pairs, its
lead over a reference, how often it is within a point of the best method, and what it costs.
"""

from __future__ import annotations

import math

from absl import flags

from cada_tf.apps import program
from cada_tf.evaluation.effect import Effect
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS, Target
from figures import command, study_command, study_tables
from figures.labels import count, knows_source
from figures.words import lead, markdown, percent, points

with lazy_imports():
    import numpy as np
    import pandas as pd

    from cada_tf.study import costs, ranking
    from cada_tf.study import leads as study_leads
    from cada_tf.study import results as study_results

FLAGS = flags.FLAGS
LABELS = {Target.NONE: "", Target.EXAMPLES: "few", Target.ALL: "all"}

PAGE = """# Leaderboard

Every method with the same budget to be set up with: its default and {settings} random settings, of
which each pair of corpora gets the one that is best on the pairs that share no corpus with it.
UA in %, leads in points. [The study](study.md) says how, and [how a method of yours gets
here](new-method.md#on-the-leaderboard).

{pairs} of {corpora}; positive and negative emotion; {features}; {trials} of {folds}.

This page is made by

    python -m figures.leaderboard --results=results/study --output=docs/leaderboard.md

* **knows**: the source's labels, few or all labels of the target's training folds, their
  unlabelled utterances.
* **lead**: over {reference} on the same test utterances, in the mean over numbers of labelled
  examples, with the 95 % interval of the mean over pairs (random effects, Hartung and Knapp). Bold:
  the interval does not hold 0; it is not corrected for the number of methods.
* **near**: on what share of pairs and numbers of examples it is within a point of the best method
  that knows no more of the target than few labels, or unlabelled utterances where the scaling knows
  them too.
* **behind**: the most that it is behind the best one of these on a pair.
* **s**: the typical time of a network on one core of the machine that ran the study, from the
  largest source ({largest})."""


def main() -> None:
    """Prints or writes the page."""
    output = command.given_output()
    results = study_command.given_results()
    study_command.check_method("reference", FLAGS.reference, results)
    command.write_or_print(render(results, FLAGS.reference), output, "page")


def render(results: study_results.StudyResults, reference: str) -> str:
    """The page."""
    study = results.study
    sizes = {name: len(results.utterances[name]) for name in study.corpora}
    largest = max(sizes, key=sizes.get)
    seconds = costs.Costs({pair: store.rows for pair, store in results.stores.items()}).by_source
    cost = {name: seconds.get((largest, name), math.nan) for name in results.methods}
    head = PAGE.format(
        settings=study.settings,
        pairs=f"{count(len(results.study.pairs), 'pair')}",
        corpora=", ".join(study.corpora),
        features=study.features,
        trials=count(study.report.trials, "trial"),
        folds=count(study.folds, "fold"),
        reference=reference,
        largest=largest,
    )
    parts = [head, *study_tables.left_out(results)]
    for scaling in study.scalings:
        parts += [f"## Scaling: {scaling}", board(results, scaling, reference, cost)]
    return "\n\n".join(parts)


def board(
    results: study_results.StudyResults, scaling: str, reference: str, cost: dict[str, float]
) -> str:
    """The table of a scaling."""
    ua = results.ua()
    may = ranking.comparable(results.study.scalings[scaling])
    table = ranking.rank(ua[ua["scaling"] == scaling], may)
    ceiling = [METHODS[name].target is Target.ALL for name in table["method"]]
    table.loc[ceiling, ["near", "behind"]] = math.nan  # it knows more than it is compared with
    places = np.cumsum(~np.array(ceiling))
    group = study_results.Group
    pairs = [(group(scaling, name), group(scaling, reference)) for name in table["method"]]
    pairs = [both for both in pairs if both[0] != both[1]]
    found = study_leads.pair_leads(results, pairs)
    means = study_leads.mean_leads(found[found["examples"] == 0]).set_index("method")
    sizes = results.study.report.examples
    rows = [
        [
            "" if top else str(place),
            f"`{row['method']}`",
            knows(row["method"]),
            *(percent(row[size]) for size in sizes),
            percent(row["mean"]),
            lead_of(means, row["method"]),
            "" if math.isnan(row["near"]) else f"{100 * row['near']:.0f} %",
            points(row["behind"], ""),
            f"{cost[row['method']]:.2f}",
        ]
        for place, top, row in zip(places, ceiling, table.to_dict("records"), strict=True)
    ]
    heads = ["", "method", "knows", *sizes, "mean", "lead", "near", "behind", "s"]
    return markdown(heads, rows)


def lead_of(means: pd.DataFrame, method: str) -> str:
    """The lead of a method, bold where its interval does not hold 0."""
    if method not in means.index:
        return ""
    row = means.loc[method]
    shown = lead(Effect(row["mean"], row["low"], row["high"], row["p"]))
    return f"**{shown}**" if row["low"] > 0 or row["high"] < 0 else shown


def knows(method: str) -> str:
    """What a method is trained on."""
    declared = METHODS[method]
    parts = ["source"] * knows_source(method) + [LABELS[declared.target]]
    return ", ".join(filter(None, parts + ["unlabelled"] * declared.unlabelled))


if __name__ == "__main__":
    study_command.define_flags()
    flags.DEFINE_string("reference", "fine-tune", "METHOD: whose lead the others are given over.")
    program.start(main)
