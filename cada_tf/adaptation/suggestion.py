"""Which unlabelled recordings to label next, by a strategy (see ``strategy``)."""

import collections
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances

from cada_tf.adaptation.strategy import Grouping, Score, Strategy
from cada_tf.adaptation.utterances import Utterances
from cada_tf.protocol.keyed import keyed_rng

NEIGHBOURS = 20
"""By whose distance it is measured how typical a recording is of its cluster."""

Groups = tuple[np.ndarray, np.ndarray]
"""The group of each recording of the pool, ``[n]``, and of each labelled one, ``[m]``."""


class Suggestion(NamedTuple):
    """A recording to label.

    Args:
        position: in the pool.
        labels: how many labels its group had by each of the strategy's groupings, with those
            suggested before it.
    """

    position: int
    labels: dict[Grouping, int]


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
    pool, rng = pool.take(order), keyed_rng(seed, "suggestion")
    grouped = {
        grouping: groups_of(grouping, pool, labelled, labels, count, rng)
        for grouping in strategy.groupings
    }
    scores = scores_of(strategy.score, pool, grouped, rng)
    return [
        Suggestion(int(order[place]), dict(zip(grouped, fewest, strict=True)))
        for place, fewest in greedy(list(grouped.values()), scores, count)
    ]


def groups_of(
    grouping: Grouping,
    pool: Utterances,
    labelled: Utterances,
    labels: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> Groups:
    """The groups of one kind; see ``suggest``."""
    if grouping is Grouping.SPEAKER:
        return pool.speakers, labelled.speakers
    if grouping is Grouping.CLASS:
        return pool.probabilities.argmax(-1), labels
    points = np.concatenate([points_of(grouping, part) for part in (pool, labelled)])
    groups = clusters(points, len(labelled) + count, rng)
    return groups[: len(pool)], groups[len(pool) :]


def points_of(grouping: Grouping, utterances: Utterances) -> np.ndarray:
    """What is clustered, ``[n, D]``, float64."""
    hidden = grouping is Grouping.HIDDEN_CLUSTER
    return (utterances.hidden if hidden else utterances.x).astype(np.float64)


def clusters(points: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """The cluster of each point ``[n, D]`` by k-means, ``[n]``: at most ``count`` clusters.

    The largest one is number 0, and so on.
    """
    count = min(count, len(np.unique(points, axis=0)))
    groups = KMeans(count, random_state=int(rng.integers(2**31))).fit_predict(points)
    by_size = np.argsort(-np.bincount(groups, minlength=count), kind="stable")
    return np.argsort(by_size)[groups]


def scores_of(
    score: Score, pool: Utterances, grouped: dict[Grouping, Groups], rng: np.random.Generator
) -> np.ndarray:
    """By what the recordings of groups with equally few labels are compared, ``[n]``."""
    if score is Score.RANDOM:
        return rng.permutation(len(pool))
    if score is Score.UNCERTAINTY:
        return -margins(pool.probabilities)
    grouping, (groups, _) = list(grouped.items())[-1]
    typical = typicality(points_of(grouping, pool), groups)
    return np.argsort(np.lexsort((typical, -groups)))  # the largest cluster first


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
        distances = np.sort(pairwise_distances(points[members]), axis=1)
        nearest = distances[:, 1 : NEIGHBOURS + 1]  # the first is that to itself
        typical[members] = -nearest.sum(1) / max(1, nearest.shape[1])
    return typical


def greedy(
    grouped: Sequence[Groups], scores: np.ndarray, count: int
) -> list[tuple[int, list[int]]]:
    """Chooses one after the other from the groups with the fewest labels, by score.

    Args:
        grouped: by each grouping, the first one first.
        scores: of the pool, ``[n]``; the highest is the best.
        count: how many are chosen.

    Returns:
        Positions in the pool, in order; and how many labels the groups of each had, by grouping.
    """
    free, chosen = np.ones(len(scores), bool), []
    groupings = [groups.tolist() for groups, _ in grouped]
    known = [collections.Counter(labelled.tolist()) for _, labelled in grouped]
    for _ in range(count):
        left, fewest = np.flatnonzero(free), []
        for groups, labels in zip(groupings, known, strict=True):
            counts = np.array([labels[groups[place]] for place in left])
            left = left[counts == counts.min()]
            fewest.append(int(counts.min()))
        best = int(left[scores[left].argmax()])
        free[best] = False
        for groups, labels in zip(groupings, known, strict=True):
            labels[groups[best]] += 1
        chosen.append((best, fewest))
    return chosen
