"""Which unlabelled recordings to label next: strategies of active learning.

All strategies choose one recording after the other. Each is a list of groupings and a score: of
the recordings that are left, those stay whose group has the fewest labels so far by the first
grouping, of these those by the next one, and so on; the best score is chosen, and counts as
labelled from then on. Groups are speakers, the predicted classes, and clusters of what is near to
each other.

With few labels typical examples of clusters without a label teach more than those that the network
is least sure of: Hacohen, Dekel and Weinshall, "Active learning on a budget: opposite strategies
suit high and low budgets" (ICML 2022), whose TypiClust is ``Strategy.DIVERSITY``.
"""

import collections
import dataclasses
import enum
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances

from cada_tf.protocol.keyed import keyed_rng

NEIGHBOURS = 20
"""By whose distance it is measured how typical a recording is of its cluster."""


class Strategy(enum.Enum):
    """How recordings are chosen: the groupings, then the score.

    Attributes:
        groups: names of groupings, the first one first.
        score: what is best in the group that is chosen.
    """

    RANDOM = "random", (), "random"
    SPEAKERS = "speakers", ("speaker",), "random"
    CLASSES = "classes", ("class",), "random"
    CLASSES_SPEAKERS = "classes-speakers", ("class", "speaker"), "random"
    UNCERTAINTY = "uncertainty", (), "uncertainty"
    DIVERSITY = "diversity", ("cluster",), "typicality"
    DIVERSITY_HIDDEN = "diversity-hidden", ("hidden cluster",), "typicality"
    DIVERSITY_CLASSES = "diversity-classes", ("class", "cluster"), "typicality"
    ALL = "all", ("class", "speaker", "cluster"), "typicality"

    def __new__(cls, name: str, groups: tuple[str, ...], score: str) -> "Strategy":
        member = object.__new__(cls)
        member._value_, member.groups, member.score = name, groups, score
        return member

    def __str__(self) -> str:
        return self.value


@dataclasses.dataclass(frozen=True)
class Utterances:
    """Utterances of the target as a recogniser sees them.

    Args:
        x: features ``[n, F]``, scaled.
        hidden: what the encoder gives of them, ``[n, H]``.
        probabilities: of the classes, ``[n, C]``.
        speakers: their names, ``[n]``, str.
    """

    x: np.ndarray
    hidden: np.ndarray
    probabilities: np.ndarray
    speakers: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: np.ndarray) -> "Utterances":
        """Those at some positions."""
        values = (getattr(self, field.name)[rows] for field in dataclasses.fields(self))
        return Utterances(*values)


class Suggestion(NamedTuple):
    """A recording to label.

    Args:
        position: in the pool.
        labels: how many labels its groups had, by the name of the grouping (``Strategy.groups``),
            with those suggested before it.
    """

    position: int
    labels: dict[str, int]


def suggest(
    pool: Utterances,
    labelled: Utterances,
    labels: np.ndarray,
    count: int,
    strategy: Strategy,
    seed: int,
) -> list[Suggestion]:
    """Recordings of a pool to label next, the first one first.

    The order of the pool has no effect but between recordings of the same features.

    Args:
        pool: without labels, n of them.
        labelled: those with labels, m of them.
        labels: their classes, ``[m]``, int.
        count: how many, at most n.
        strategy: how they are chosen.
        seed: of what is random.

    Raises:
        ValueError: more than there are.
    """
    if not 0 < count <= len(pool):
        raise ValueError(f"Expected 1 to {len(pool)} recordings to suggest. Received: {count}.")
    order = np.lexsort(pool.x.T[::-1])
    pool = pool.take(order)
    rng = keyed_rng(seed, "suggestion")
    grouped = {
        name: grouping(name, pool, labelled, labels, count, rng) for name in strategy.groups
    }
    score = scores(strategy, pool, grouped, rng)
    return [
        Suggestion(int(order[place]), dict(zip(grouped, counts, strict=True)))
        for place, counts in greedy(list(grouped.values()), score, count)
    ]


Grouping = tuple[np.ndarray, np.ndarray]
"""The group of each recording of the pool, ``[n]``, and of each labelled one, ``[m]``."""


def grouping(
    name: str,
    pool: Utterances,
    labelled: Utterances,
    labels: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> Grouping:
    """Groups of one kind; see ``Strategy.groups`` and ``suggest``."""
    if name == "speaker":
        return pool.speakers, labelled.speakers
    if name == "class":
        return pool.probabilities.argmax(-1), labels
    points = [u.hidden if name == "hidden cluster" else u.x for u in (pool, labelled)]
    groups = clusters(np.concatenate(points), len(labelled) + count, rng)
    return groups[: len(pool)], groups[len(pool) :]


def clusters(points: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """The cluster of each point (``[n, D]``) by k-means, ``[n]``: at most ``count`` clusters.

    The smallest number is that of the largest cluster.
    """
    count = min(count, len(np.unique(points, axis=0)))
    means = KMeans(count, random_state=int(rng.integers(2**31)))
    groups = means.fit_predict(points.astype(np.float64))
    by_size = np.argsort(-np.bincount(groups, minlength=count), kind="stable")
    return np.argsort(by_size)[groups]


def scores(
    strategy: Strategy,
    pool: Utterances,
    grouped: dict[str, Grouping],
    rng: np.random.Generator,
) -> np.ndarray:
    """By what the recordings of a group are compared, ``[n]``; the highest is the best."""
    if strategy.score == "random":
        return rng.permutation(len(pool)).astype(float)
    if strategy.score == "uncertainty":
        return -margins(pool.probabilities)
    name = strategy.groups[-1]
    groups = grouped[name][0]
    typical = typicality(pool.hidden if name == "hidden cluster" else pool.x, groups)
    # Of clusters with equally few labels the largest comes first, which is that of number 0.
    return np.argsort(np.lexsort((typical, -groups))).astype(float)


def margins(probabilities: np.ndarray) -> np.ndarray:
    """The lead of the most probable class over the next one, ``[n]``, of ``[n, C]``."""
    first, second = np.sort(probabilities, -1)[:, :-3:-1].T
    return first - second


def typicality(points: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """How near points are to the nearest ones of their cluster, ``[n]``: minus the mean distance.

    Args:
        points: ``[n, D]``.
        groups: the cluster of each, ``[n]``.
    """
    typical = np.zeros(len(points))
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        distances = np.sort(pairwise_distances(points[members].astype(np.float64)), axis=1)
        nearest = distances[:, 1 : NEIGHBOURS + 1]  # the first is that to itself
        typical[members] = -nearest.sum(1) / max(1, nearest.shape[1])
    return typical


def greedy(
    grouped: Sequence[Grouping], score: np.ndarray, count: int
) -> list[tuple[int, list[int]]]:
    """Chooses one after the other, from the groups with the fewest labels, by score.

    Args:
        grouped: groupings, the first one first.
        score: of the pool, ``[n]``.
        count: how many are chosen.

    Returns:
        Positions in the pool, in order; and how many labels the groups of each had, by grouping.
    """
    free, chosen = np.ones(len(score), bool), []
    groupings = [groups.tolist() for groups, _ in grouped]
    known = [collections.Counter(labelled.tolist()) for _, labelled in grouped]
    for _ in range(count):
        left, fewest = np.flatnonzero(free), []
        for groups, labels in zip(groupings, known, strict=True):
            counts = np.array([labels[groups[place]] for place in left])
            left = left[counts == counts.min()]
            fewest.append(int(counts.min()))
        best = int(left[score[left].argmax()])
        free[best] = False
        for groups, labels in zip(groupings, known, strict=True):
            labels[groups[best]] += 1
        chosen.append((best, fewest))
    return chosen
