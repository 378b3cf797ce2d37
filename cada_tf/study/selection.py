"""Which setting of a method a pair of corpora is to be tested with.

``leave_corpus_out`` sees the rows of the first stage, without the pairs that have a corpus in
common with the reported one. ``few_labels`` sees what the labels that are trained on tell, by
cross-validation. ``oracle`` looks at test folds of the reported pair, and shows what is lost by not
knowing them.
"""

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from cada_tf.config import Choice
from cada_tf.study.declaration import Stage

Pair = tuple[str, str]


class Rule(Choice):
    """How a setting is chosen."""

    DEFAULT = "default"
    LEAVE_CORPUS_OUT = "leave-corpus-out"
    FEW_LABELS = "few-labels"
    ORACLE = "oracle"


def setting_scores(rows: pd.DataFrame, search: Stage) -> pd.Series:
    """The mean UA of each setting, (method, setting) → UA, over one pair's first stage.

    Args:
        rows: of the pair (see ``store.ROWS``), of one scaling.
        search: the first stage. Its numbers of examples count alike, and so do its trials.
    """
    return in_stage(rows, search).groupby(["method", "setting"], observed=True)["ua"].mean()


def in_stage(rows: pd.DataFrame, stage: Stage) -> pd.DataFrame:
    """The rows of the trials and numbers of examples of a stage."""
    sizes = 0, *stage.examples
    return rows[(rows["trial"] < stage.trials) & rows["examples"].isin(sizes)]


def choose(rule: Rule, pair: Pair, scores: Mapping[Pair, pd.Series]) -> dict[str, int]:
    """The setting of each method.

    Args:
        rule: how it is chosen.
        pair: the source and the target that it is for.
        scores: of ``setting_scores``, of each pair that has them.

    Returns:
        Method → number of the setting; among equals the first.
    """
    return RULES[rule](pair, scores)


def default(pair: Pair, scores: Mapping[Pair, pd.Series]) -> dict[str, int]:
    """Setting 0 of each."""
    return dict.fromkeys(scores[pair].index.get_level_values("method"), 0)


def leave_corpus_out(pair: Pair, scores: Mapping[Pair, pd.Series]) -> dict[str, int]:
    """The setting that is best in the mean over the pairs without source and target of this one."""
    others = [scores[other] for other in without_corpora(pair, scores)]
    return best(pd.concat(others, axis=1).mean(axis=1, skipna=False))


def without_corpora(pair: Pair, pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs that share no corpus with one, in their order."""
    return [other for other in pairs if not set(other) & set(pair)]


def oracle(pair: Pair, scores: Mapping[Pair, pd.Series]) -> dict[str, int]:
    """The setting that is best on the pair itself."""
    return best(scores[pair])


def few_labels(validation: pd.DataFrame) -> pd.DataFrame:
    """The settings that are best in the cross-validation over few labels.

    Args:
        validation: rows of a pair, of the third stage.

    Returns:
        One row per group, number of examples, trial and fold, with its setting; among equals the
        first.
    """
    keys = ["scaling", "method", "examples", "trial", "fold"]
    ordered = validation.astype({"scaling": "str", "method": "str"}).sort_values(
        [*keys, "ua", "setting"], ascending=[True] * len(keys) + [False, True]
    )
    return ordered.drop_duplicates(keys)[[*keys, "setting"]]


def best(scores: pd.Series) -> dict[str, int]:
    """Method → the setting of the highest score."""
    return {
        str(method): int(values.droplevel("method").idxmax())
        for method, values in scores.groupby(level="method", observed=True)
    }


RULES: Mapping[Rule, Callable[[Pair, Mapping[Pair, pd.Series]], dict[str, int]]] = {
    Rule.DEFAULT: default,
    Rule.LEAVE_CORPUS_OUT: leave_corpus_out,
    Rule.ORACLE: oracle,
}
