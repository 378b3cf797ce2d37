"""How far apart the two corpora of a pair are: what may say beforehand who wins."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cada_tf.evaluation import domain_shift
from cada_tf.evaluation.effect_sizes import class_effects, cohens_d
from cada_tf.protocol.keyed import keyed_rng
from cada_tf.protocol.problem import LabelledSet, Problem
from cada_tf.storage import write_atomically
from cada_tf.study.selection import Pair

FILE = "shifts.csv"
MOST = 1000
"""Utterances of a corpus that distances are measured on, at the most: they grow with the square."""
FEATURES = {"loudness": "loudness_sma3_amean", "F0": "F0semitoneFrom27.5Hz_sma3nz_amean"}
"""Name of a measure → the feature whose difference it is."""


def measure_shift(problem: Problem) -> dict[str, float]:
    """Measures of the shift from source to target, of features standardised on the source.

    Returns:
        Without a label of the target: mmd (MMD²), a_distance (proxy A-distance), centroids (in
        radii of the source), and loudness and F0 (Cohen's d of their means, without sign), where
        there are such features. With its labels: conditional_mmd (the mean over classes), and
        class_agreement, the cosine of the angle between what tells the classes apart in one corpus
        and in the other, in Cohen's d of each feature; of two classes only.
    """
    source, target = (sample(corpus, problem.seed) for corpus in (problem.source, problem.target))
    mean, spread = source.features.mean(0), source.features.std(0)
    spread[spread == 0] = 1
    xs, xt = ((corpus.features - mean) / spread for corpus in (source, target))
    mmd = domain_shift.decompose(domain_shift.mmd, xs, source.labels, xt, target.labels)
    found = {
        "mmd": mmd.marginal,
        "a_distance": domain_shift.proxy_a_distance(xs, xt, problem.seed),
        "centroids": domain_shift.centroid_distance(xs, xt),
        "conditional_mmd": mmd.conditional,
    }
    moved = np.abs(cohens_d(problem.target.features, problem.source.features))
    for name, feature in FEATURES.items():
        if feature in problem.feature_names:
            found[name] = float(moved[problem.feature_names.index(feature)])
    if len(problem.classes) == 2:
        ours, theirs = (class_effects(corpus, 2)[0] for corpus in (problem.source, problem.target))
        found["class_agreement"] = cosine(ours, theirs)
    return found


def sample(corpus: LabelledSet, seed: int) -> LabelledSet:
    """At most ``MOST`` utterances of a corpus, drawn at random."""
    if len(corpus) <= MOST:
        return corpus
    rows = np.sort(keyed_rng(seed, "shift").choice(len(corpus), MOST, replace=False))
    return LabelledSet(
        corpus.name, corpus.features[rows], corpus.labels[rows], corpus.speakers[rows]
    )


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """The cosine of the angle between two vectors, without what is not known of either."""
    known = np.isfinite(one) & np.isfinite(other)
    one, other = one[known], other[known]
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def read_shifts(folder: Path) -> pd.DataFrame:
    """The measures of the pairs of a study: source, target, and a column each; empty if none."""
    path = folder / FILE
    return pd.read_csv(path) if path.exists() else pd.DataFrame(columns=["source", "target"])


def add_shifts(folder: Path, problems: Mapping[Pair, Problem]) -> None:
    """Measures the pairs that ``shifts.csv`` of a study lacks, and writes it."""
    path, table = folder / FILE, read_shifts(folder)
    known = set(zip(table["source"], table["target"], strict=True))
    rows = [
        {"source": pair[0], "target": pair[1]} | measure_shift(problem)
        for pair, problem in problems.items()
        if pair not in known
    ]
    if rows:
        new = pd.DataFrame(rows)
        table = pd.concat([table, new]) if len(table) else new
        write_atomically(path, table.sort_values(["source", "target"]).to_csv(index=False))
