"""How ``cada-adapt --method=auto`` chooses between methods.

What is known of methods from other corpora, and what the labelled examples say of them, are both
uncertain: of a dozen labels a cross-validated lead is off by some ten points. Their precisions,
the inverse of their variances, weight them, as in Bayes' rule of normal distributions.
"""

import os
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from cada_tf.adaptation.assessment import correct, points, too_few
from cada_tf.adaptation.cross_validation import cross_validate
from cada_tf.adaptation.method_prior import PRIORS, lead_at
from cada_tf.config import Config
from cada_tf.evaluation.metrics import balanced_mean
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem


class Evidence(NamedTuple):
    """What the labelled examples say: leads over the mean of the methods, and their error."""

    leads: Mapping[str, float]
    error: float


class MethodChoice(NamedTuple):
    """A method, and why.

    Args:
        method: the one with the highest expected lead.
        table: one row per candidate, the best first: method; prior, its lead over the mean of the
            candidates on other corpora; evidence, that on the labelled examples (NaN: not known);
            lead, the expected one. All in UA.
        weight: of the evidence, in [0, 1].
    """

    method: str
    table: pd.DataFrame
    weight: float

    @property
    def reason(self) -> str:
        """The expected leads, as the end of a sentence that names the method."""
        first, second = self.table.iloc[0], self.table.iloc[1]
        known = f"{100 * (1 - self.weight):.0f} % by what is known from other corpora, "
        known += f"{100 * self.weight:.0f} % by your labels"
        ahead = points(first.lead - second.lead)
        return f"expected {ahead} points ahead of {second.method}, {known}"


def choose_method(
    problem: Problem,
    config: Config,
    *,
    cache_dir: str | os.PathLike | None = None,
    jobs: int | None = None,
) -> MethodChoice:
    """Chooses between the methods of ``method_prior.PRIORS``.

    With too few labels to cross-validate, what is known from other corpora decides alone. The
    networks of the cross-validation are kept in the cache, as those of ``adapt`` are, and serve
    both.

    Args:
        problem: the source, and as its target the labelled examples, with the folds and trials of
            the cross-validation.
        config: with the scaling that is chosen.
        cache_dir, jobs: as of ``adapt``.
    """
    prior = PRIORS[problem.pool is not None]
    labels, classes = problem.target.labels, problem.classes
    known = {
        name: lead_at(leads, len(labels) / len(classes)) for name, leads in prior.leads.items()
    }
    if too_few(labels, classes):
        return combine(known, prior.spread, None)
    cells = {name: Cell(name, None) for name in known}
    archive = cross_validate(problem, config, [*cells.values()], cache_dir=cache_dir, jobs=jobs)
    hits = {name: correct(archive, problem, cell).mean(0) for name, cell in cells.items()}
    return combine(known, prior.spread, measure_evidence(hits, labels))


def measure_evidence(hits: Mapping[str, np.ndarray], labels: np.ndarray) -> Evidence:
    """Leads on the labelled examples.

    Args:
        hits: how often each method recognised each example ``[n]``, in [0, 1].
        labels: classes of the examples, ``[n]``; at least two examples of each.
    """
    values = np.stack([*hits.values()])
    differences = values - values.mean(0)
    classes = np.unique(labels)
    variances = [
        differences[:, labels == label].var(-1, ddof=1) / np.sum(labels == label)
        for label in classes
    ]
    error = np.sqrt(np.mean(variances) / len(classes))
    leads = [balanced_mean(row, labels) for row in differences]
    return Evidence(dict(zip(hits, leads, strict=True)), float(error))


def combine(prior: Mapping[str, float], spread: float, evidence: Evidence | None) -> MethodChoice:
    """The posterior means of the leads.

    Args:
        prior: lead of each method.
        spread: standard deviation of a lead around it.
        evidence: of the same methods; None for none.
    """
    weight, names = 0.0, [*prior]
    known = np.array([prior[name] for name in names])
    seen = np.full(len(names), np.nan)
    lead = known
    if evidence is not None and evidence.error > 0:  # else all methods answer alike
        weight = spread**2 / (spread**2 + evidence.error**2)
        seen = np.array([evidence.leads[name] for name in names])
        lead = (1 - weight) * known + weight * seen
    table = pd.DataFrame({"method": names, "prior": known, "evidence": seen, "lead": lead})
    table = table.sort_values("lead", ascending=False, kind="stable", ignore_index=True)
    return MethodChoice(table["method"][0], table, weight)
