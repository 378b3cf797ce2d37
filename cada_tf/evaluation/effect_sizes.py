"""Effect sizes of features: Cohen's d between domains and between classes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cada_tf.protocol.problem import LabelledSet, Problem

SMALL, LARGE = 0.2, 0.8
"""A small and a large d (Cohen 1988, Section 2.2)."""
SHIFT = "target − source"
ROLES = ("source", "target")


def cohens_d(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The standardised mean difference of each feature, (mean(x) − mean(y)) / s.

    s² is the pooled variance, (Σ(x − mean(x))² + Σ(y − mean(y))²) / (n + m − 2). d does not
    depend on the unit and the zero of a feature.

    J. Cohen 1988, "Statistical Power Analysis for the Behavioral Sciences", Section 2.5.2.

    Args:
        x, y: features, ``[n, F]`` and ``[m, F]``.

    Returns:
        ``[F]``; NaN where a feature is the same within each group, or there are too few values.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if min(len(x), len(y)) < 1 or len(x) + len(y) < 3:
        return np.full(x.shape[1], np.nan)
    means = x.mean(0), y.mean(0)
    squares = ((x - means[0]) ** 2).sum(0) + ((y - means[1]) ** 2).sum(0)
    s = np.sqrt(squares / (len(x) + len(y) - 2))
    varies = s > 1e-9 * np.abs(means).max(0)  # what is less is rounding
    return np.divide(means[0] - means[1], s, out=np.full(len(s), np.nan), where=varies)


def domain_effects(source: LabelledSet, target: LabelledSet, classes: int) -> np.ndarray:
    """d of the target against the source within each class, ``[C, F]``."""
    return np.stack(
        [
            cohens_d(target.features[target.labels == c], source.features[source.labels == c])
            for c in range(classes)
        ]
    )


def class_effects(corpus: LabelledSet, classes: int) -> np.ndarray:
    """d between the classes of a corpus.

    Returns:
        Of two classes ``[1, F]``, the second against the first; of more ``[C, F]``, each against
        all others.
    """
    compared = range(classes) if classes > 2 else [1]
    return np.stack(
        [
            cohens_d(corpus.features[corpus.labels == c], corpus.features[corpus.labels != c])
            for c in compared
        ]
    )


def measure(problem: Problem) -> pd.DataFrame:
    """The effects of all features, those with the largest mean |d| first.

    Returns:
        One row per feature: functional (the feature's name), for each class ``CLASS: target −
        source`` (d, the target's mean less the source's), mean |d| over the classes, and for each
        of ``contrasts`` its d within each corpus, ``CONTRAST: source`` and ``CONTRAST: target``.
    """
    classes = problem.classes
    shift = domain_effects(problem.source, problem.target, len(classes))
    columns = {"functional": problem.feature_names}
    columns |= {f"{name}: {SHIFT}": d for name, d in zip(classes, shift, strict=True)}
    columns["mean |d|"] = np.abs(shift).mean(0)
    for role in ROLES:
        effects = class_effects(getattr(problem, role), len(classes))
        columns |= {f"{c}: {role}": d for c, d in zip(contrasts(classes), effects, strict=True)}
    table = pd.DataFrame(columns)
    return table.sort_values("mean |d|", ascending=False, kind="stable", ignore_index=True)


def contrasts(classes: Sequence[str]) -> list[str]:
    """Names of what ``class_effects`` compares."""
    if len(classes) == 2:
        return [f"{classes[1]} − {classes[0]}"]
    return [f"{name} − others" for name in classes]


def contrast_effects(effects: pd.DataFrame, contrast: str) -> np.ndarray:
    """d of a contrast within source and target, ``[2, F]``, from the table of ``measure``."""
    return effects[[f"{contrast}: {role}" for role in ROLES]].to_numpy().T
