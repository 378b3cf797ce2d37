"""The tables of a study, as far as they are there, and the UA of what each rule chooses."""

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cada_tf.errors import InputError
from cada_tf.methods import METHODS, Target
from cada_tf.study.declaration import Stage, Study
from cada_tf.study.jobs import Kind, make_jobs, missing
from cada_tf.study.selection import Pair, Rule, choose, few_labels, in_stage, setting_scores
from cada_tf.study.shifts import read_shifts
from cada_tf.study.store import Store, read_utterances, unpack

REPORTED = Rule.LEAVE_CORPUS_OUT
"""The rule whose choice is tested at length, in the second stage."""


class Group(NamedTuple):
    """A method under a scaling."""

    scaling: str
    method: str


class StudyResults:
    """The results of a study.

    Args:
        study: its declaration.
        folder: of its tables.

    Raises:
        InputError: they are not what a study writes, or the first stage, by which settings are
            chosen, is done on all pairs for no method.

    Attributes:
        methods: those for which it is.
    """

    def __init__(self, study: Study, folder: Path) -> None:
        self.study = study
        self.stores = {pair: Store(folder, *pair) for pair in study.all_pairs}
        self.utterances = read_utterances(folder)
        searched = [self.searched(pair) for pair in study.pairs]
        self.methods = tuple(name for name in study.methods if all(name in p for p in searched))
        if not self.methods:
            done = sum(p == set(study.methods) for p in searched)
            raise InputError(
                f"expected a study in {folder} whose first stage is done on all "
                f"{len(searched)} pairs, found {done}. Let experiments.study go on.",
                option="results",
            )
        self.shifts = read_shifts(folder)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Methods whose first stage is not done on all pairs: no setting can be chosen."""
        return tuple(name for name in self.study.methods if name not in self.methods)

    @property
    def apart(self) -> tuple[Pair, ...]:
        """The pairs apart that have results."""
        return tuple(pair for pair in self.study.apart.pairs if len(self.stores[pair].answers))

    def searched(self, pair: Pair) -> set[str]:
        """The methods whose first stage is done on a pair."""
        target = self.utterances.get(pair[1])
        if target is None:
            return set()
        study = self.study
        groups = [(study.searched, method) for method in study.methods]
        chosen = dict.fromkeys(groups, range(study.settings + 1))
        jobs = make_jobs(study, study.search, chosen, target["class"].nunique(), Kind.UA)
        lacking = {job.method for job in missing(jobs, self.stores[pair].done(Kind.UA))}
        return set(study.methods) - lacking

    @functools.cached_property
    def scores(self) -> dict[Pair, pd.Series]:
        """How good each setting was in the first stage."""
        searched = {pair: self.stores[pair] for pair in self.study.pairs}
        return search_scores(searched, self.study, self.methods)

    @functools.cache  # noqa: B019 (one object a process)
    def chosen(self, pair: Pair) -> dict[str, int]:
        """The setting of each method by ``REPORTED`` for a pair; see ``selection.choose``."""
        return choose(REPORTED, pair, self.scores)

    def ua_by_rule(self) -> pd.DataFrame:
        """What each rule's choice is worth in the first stage.

        Returns:
            One row per pair, method, number of examples and rule: source, target, method, examples,
            rule, ua in [0, 1]. A method that takes no examples has a row for each number.
        """
        parts = []
        for pair in self.study.pairs:
            store = self.stores[pair]
            rows = of_methods(store.searched(self.study.searched), self.methods)
            rows = in_stage(rows, self.study.search)
            rows = at_each_size(rows, self.study.search)
            for rule in Rule:
                picked = self.pick(rule, pair, rows)
                means = picked.groupby(["method", "examples"])["ua"].mean()
                names = {"source": pair[0], "target": pair[1], "rule": str(rule)}
                parts.append(means.reset_index().assign(**names))
        return pd.concat(parts, ignore_index=True)

    def pick(self, rule: Rule, pair: Pair, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of what a rule chooses.

        What the oracle chooses by other folds is tested on one, so that it is not flattered: folds
        test different utterances.
        """
        if rule is Rule.FEW_LABELS:
            return rows.merge(few_labels(self.stores[pair].validation))
        if rule is not Rule.ORACLE:
            return of_settings(rows, choose(rule, pair, self.scores))
        parts = []
        for fold, own in rows.groupby("fold"):
            others = rows[rows["fold"] != fold]
            means = others.groupby(["method", "setting"])["ua"].mean()
            parts.append(of_settings(own, choose(rule, pair, {pair: means})))
        return pd.concat(parts)

    def ua(self) -> pd.DataFrame:
        """What the choice of ``REPORTED`` is worth, at length; see ``ua_of``."""
        return self.ua_of(tuple(self.study.pairs))

    @functools.cache  # noqa: B019
    def ua_of(self, pairs: tuple[Pair, ...]) -> pd.DataFrame:
        """The same on some pairs.

        Returns:
            One row per pair, group and number of examples: source, target, scaling, method,
            examples, mean and std (over the trials) of UA in [0, 1], and trials.
        """
        parts, keys = [], ["scaling", "method", "examples"]
        for pair in pairs:
            store = self.stores[pair]
            rows = at_each_size(in_stage(store.rows, self.study.report), self.study.report)
            rows = of_settings(rows, self.chosen(pair))
            trials = rows.groupby([*keys, "trial"])["ua"].mean().groupby(keys)
            found = pd.DataFrame({"mean": trials.mean(), "std": trials.std(ddof=1)})
            found["trials"] = trials.size()
            parts.append(found.reset_index().assign(source=pair[0], target=pair[1]))
        return pd.concat(parts, ignore_index=True)

    def right(self, pair: Pair, group: Group, examples: int) -> np.ndarray | None:
        """Which utterances a method classifies rightly, ``[T, n]``; None where it is not done."""
        size = examples if METHODS[group.method].target is Target.EXAMPLES else 0
        setting = self.chosen(pair).get(group.method, -1)
        answers = self.answers(pair).get((*group, setting, size))
        if answers is None:
            return None
        return unpack(answers, len(self.utterances[pair[1]]))

    @functools.cache  # noqa: B019
    def answers(self, pair: Pair) -> dict[tuple, list[bytes]]:
        """(scaling, method, setting, examples) → the bits of each trial."""
        keys = ["scaling", "method", "setting", "examples"]
        groups = self.stores[pair].answers.groupby(keys, observed=True)["right"]
        return {key: list(values) for key, values in groups}


def search_scores(
    stores: Mapping[Pair, Store], study: Study, methods: Iterable[str]
) -> dict[Pair, pd.Series]:
    """``setting_scores`` of some methods on each pair."""
    return {
        pair: setting_scores(of_methods(store.searched(study.searched), methods), study.search)
        for pair, store in stores.items()
    }


def of_methods(rows: pd.DataFrame, methods: Iterable[str]) -> pd.DataFrame:
    """The rows of some methods."""
    return rows[rows["method"].isin([*methods])]


def at_each_size(rows: pd.DataFrame, stage: Stage) -> pd.DataFrame:
    """The rows, those of methods that take no examples once for each number of a stage."""
    rows = rows.astype({"scaling": "str", "method": "str"})
    none = rows["examples"] == 0
    parts = [rows[none].assign(examples=size) for size in stage.examples]
    return pd.concat([rows[~none], *parts], ignore_index=True)


def of_settings(rows: pd.DataFrame, settings: dict[str, int]) -> pd.DataFrame:
    """The rows of the setting of each method."""
    wanted = [settings.get(method, -1) for method in rows["method"]]
    return rows[rows["setting"] == wanted]
