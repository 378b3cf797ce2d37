r"""What ``cada-adapt --method=auto`` starts from, and what its choice is worth on other corpora.

    python -m figures.method_choice --results=results/study-defaults [--output=FILE.md]

prints, or writes as Markdown: how far the methods that ``auto`` chooses from are ahead of each
other over the pairs of a study, which is its prior; what the choice by such a prior is worth on
each pair, where the prior is of the pairs that share no corpus with it; and what the evidence of
the few labels adds to it. UA is in %, leads are in points.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from absl import flags

from cada_tf.apps import program
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from cada_tf.study.ranking import NEAR, comparable
from figures import command, study_command
from figures.labels import count
from figures.words import markdown, percent, points

with lazy_imports():
    import numpy as np
    import pandas as pd

    from cada_tf.adaptation import method_choice, method_prior
    from cada_tf.study import declaration, selection
    from cada_tf.study import results as study_results

FLAGS = flags.FLAGS
DECLARATION = Path(__file__).parents[1] / "experiments" / "study_defaults.yaml"
PAIR = ["source", "target"]


def main() -> None:
    """Prints or writes the tables."""
    output = command.given_output()
    results = study_command.given_results(DECLARATION)
    check(results.study)
    candidates = FLAGS.candidates or [*method_prior.PRIORS[False].leads]
    for name in candidates:
        study_command.check_method("candidates", name, results)
    command.write_or_print(render(results, candidates), output, "tables")


def check(study: declaration.Study) -> None:
    """Refuses a study whose numbers of examples are not those of the prior."""
    expected, found = method_prior.EXAMPLES, study.report.examples
    if not set(expected) <= set(found):
        raise InputError(
            f"expected a study that reports {', '.join(map(str, expected))} examples, found "
            f"{', '.join(map(str, found))}. Name another declaration.",
            option="declaration",
        )


def render(results: study_results.StudyResults, candidates: Sequence[str]) -> str:
    """All tables, in Markdown."""
    found = choices(results, candidates)
    parts = [
        "Expected lead over the mean of the candidates by the labels of each class, and its "
        "standard deviation from pair to pair, in points, over "
        f"{count(len(results.study.pairs), 'pair')}.",
        priors(results, candidates),
        "What is chosen by such a prior of the pairs that share no corpus with the one it is for: "
        "UA in the mean over pairs. Beside it, in hindsight, the method that is best over all "
        "pairs and the best one of each, among all of the study that know no more of the target "
        "than the scaling does. Behind: how far the choice is behind the latter, in the mean over "
        "pairs and at the most. Near: on how many pairs it is so by a point at the most.",
        worth(found),
        *evidence(results, candidates),
        "On each pair: the choice, and how many points it is behind the best method.",
        by_pair(found),
    ]
    return "\n\n".join(parts)


def priors(results: study_results.StudyResults, candidates: Sequence[str]) -> str:
    """The prior of each scaling."""
    rows = []
    for scaling, ua in results.ua().groupby("scaling", sort=False):
        prior = method_prior.measure_prior(ua, candidates)
        spread = two_decimals(prior.spread, "")
        rows += [
            [scaling, name, *map(two_decimals, leads), spread]
            for name, leads in prior.leads.items()
        ]
    return markdown(["scaling", "method", *method_prior.SIZES, "spread"], rows)


def two_decimals(value: float, sign: str = "+") -> str:
    """A lead in points, as exactly as ``PRIORS`` has it."""
    return f"{100 * value:{sign}.2f}".replace("-", "−")


def choices(results: study_results.StudyResults, candidates: Sequence[str]) -> pd.DataFrame:
    """What is chosen for each pair by the prior of the others.

    Returns:
        One row per scaling, number of examples (and "mean", over all of them) and pair: scaling,
        examples, source, target; the method (empty for the mean) and its ua; single, the method
        that is best over all pairs, and its single_ua; best, the highest UA of a method on the
        pair.
    """
    rows = []
    for scaling, ua in results.ua().groupby("scaling", sort=False):
        may = comparable(results.study.scalings[scaling])
        known = ua[[may(name) for name in ua["method"]]]
        tables = {
            size: own.pivot(index=PAIR, columns="method", values="mean").dropna(axis=1)
            for size, own in known.groupby("examples")
        }
        chosen = choose_without(ua, list(tables), candidates)
        for size, table in {**tables, "mean": sum(tables.values()) / len(tables)}.items():
            single = table.dropna(axis=1).mean().idxmax()
            for pair in table.index:
                methods = chosen[pair]
                parts = [size] if size in tables else list(tables)
                row = {"scaling": scaling, "examples": str(size), "source": pair[0]}
                row |= {"target": pair[1], "method": methods.get(size, ""), "single": single}
                row |= {"ua": np.mean([tables[n].loc[pair, methods[n]] for n in parts])}
                row |= {"single_ua": table.loc[pair, single], "best": table.loc[pair].max()}
                rows.append(row)
    return pd.DataFrame(rows)


def choose_without(
    ua: pd.DataFrame, sizes: Sequence[int], candidates: Sequence[str]
) -> dict[tuple[str, str], dict[int, str]]:
    """For each pair the method at each number of examples, by the prior of the other pairs.

    Args:
        ua: of one scaling, as of ``measure_prior``.
        sizes: numbers of examples.
        candidates: methods to choose from.
    """
    pairs = ua[PAIR].drop_duplicates().itertuples(index=False, name=None)
    priors = {pair: prior_without(pair, ua, candidates) for pair in pairs}
    return {
        pair: {size: by_prior(prior, size).method for size in sizes}
        for pair, prior in priors.items()
    }


def prior_without(
    pair: tuple[str, str], ua: pd.DataFrame, candidates: Sequence[str]
) -> method_prior.Prior:
    """The prior of the pairs that share no corpus with one; ``ua`` as of ``measure_prior``."""
    pairs = pd.MultiIndex.from_frame(ua[PAIR])
    others = pairs.isin(selection.without_corpora(pair, pairs))
    return method_prior.measure_prior(ua[others], candidates)


def by_prior(
    prior: method_prior.Prior, examples: int, seen: method_choice.Evidence | None = None
) -> method_choice.MethodChoice:
    """What ``auto`` chooses for two classes."""
    known = {name: method_prior.lead_at(leads, examples / 2) for name, leads in prior.leads.items()}
    return method_choice.combine(known, prior.spread, seen)


def worth(found: pd.DataFrame) -> str:
    """What the choices are worth, by scaling and number of examples."""
    rows = []
    for (scaling, size), own in found.groupby(["scaling", "examples"], sort=False):
        behind = own["best"] - own["ua"]
        names = ", ".join(f"{name} {n}" for name, n in own["method"].value_counts().items() if name)
        single = f"{own['single'].iloc[0]} {percent(own['single_ua'].mean())}"
        row = [scaling, size, names, percent(own["ua"].mean()), single, percent(own["best"].mean())]
        near = f"{(behind <= NEAR).sum()}/{len(own)}"
        rows.append([*row, points(behind.mean(), ""), points(behind.max(), ""), near])
    heads = ["scaling", "examples", "chosen", "UA", "best single", "best of each"]
    return markdown([*heads, "behind", "at most", "near"], rows)


def evidence(results: study_results.StudyResults, candidates: Sequence[str]) -> list[str]:
    """What it adds to look at the few labels, where the study has cross-validated over them."""
    stage, scaling = results.study.validation, results.study.searched
    candidates = [name for name in candidates if name in stage.methods]
    if len(candidates) < 2 or any(results.stores[p].validation.empty for p in results.study.pairs):
        return []
    ua, rows = results.ua(), []
    ua = ua[ua["scaling"] == scaling]
    for size in stage.examples:
        folds = {pair: answers(results, pair, size, candidates) for pair in results.study.pairs}
        found = []
        for pair, (test, seen) in folds.items():
            prior = prior_without(pair, ua, candidates)
            error = error_of([folds[other] for other in selection.without_corpora(pair, folds)])
            alone = by_prior(prior, size).method
            for fold, leads in seen.iterrows():
                chosen = by_prior(prior, size, method_choice.Evidence(leads, error))
                cell = test.loc[fold]
                row = {"prior": cell[alone], "both": cell[chosen.method]}
                row |= {"labels": cell[leads.idxmax()], "weight": chosen.weight}
                found.append(row | {"changed": chosen.method != alone})
        means = pd.DataFrame(found).mean()
        shares = [f"{100 * means[name]:.0f} %" for name in ("weight", "changed")]
        shown = [percent(means[name]) for name in ("prior", "both", "labels")]
        rows.append([scaling, str(size), *shares, *shown])
    return [
        "What the evidence of the labels adds: UA by the prior, by both, and by what a "
        "cross-validation over the few labels says alone, in the mean over pairs and folds of the "
        "first trial; the weight of the evidence, and how often it changes the choice. Its error "
        "is taken from the pairs that share no corpus.",
        markdown(
            ["scaling", "examples", "weight", "changed", "prior", "both", "labels alone"], rows
        ),
    ]


def answers(
    results: study_results.StudyResults, pair: tuple[str, str], size: int, candidates: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """UA on the test folds, and the leads in the cross-validation, ``[folds, candidates]``."""
    store, settings = results.stores[pair], results.chosen(pair)
    trials, keys = results.study.validation.trials, ["trial", "fold"]
    found = []
    for rows in (store.searched(results.study.searched), store.validation):
        rows = study_results.of_settings(rows[rows["examples"] == size], settings)
        rows = rows[rows["trial"] < trials].astype({"method": "str"})
        found.append(rows.pivot(index=keys, columns="method", values="ua")[[*candidates]])
    test, seen = found
    return test, seen.sub(seen.mean(axis=1), axis=0)


def error_of(folds: Sequence[tuple[pd.DataFrame, pd.DataFrame]]) -> float:
    """How far leads in the cross-validation are off those on the pair; pairs of ``answers``."""
    off = [seen - (test.mean() - test.mean().mean()) for test, seen in folds]
    return float(np.sqrt(np.square(pd.concat(off)).to_numpy().mean()))


def by_pair(found: pd.DataFrame) -> str:
    """The choice on each pair, and how far it is behind the best method."""
    behind = [points(lost, "") for lost in found["best"] - found["ua"]]
    shown = found.assign(shown=(found["method"] + " " + pd.Series(behind)).str.strip())
    keys, sizes = ["scaling", *PAIR], list(dict.fromkeys(found["examples"]))
    table = shown.pivot(index=keys, columns="examples", values="shown")[sizes].reset_index()
    return markdown(list(table), table.to_numpy().tolist())


if __name__ == "__main__":
    study_command.define_flags()
    flags.DEFINE_list("candidates", [], "METHODS: to choose from; those of auto if not given.")
    program.start(main)
