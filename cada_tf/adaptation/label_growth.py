"""How UA grows with labels that a strategy chooses, in simulation: are suggestions worth it?

A corpus whose labels are all known is halved at random, each half with its share of every class.
Labels are asked for in one half, the pool, by strategies that all start from the same few; each
time a network is trained on the source and these labels, and is tested on the other half, which
takes no part in anything else, scaling included.
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.model_selection import train_test_split

from cada_tf.adaptation.strategy import Strategy
from cada_tf.adaptation.suggestion import suggest
from cada_tf.adaptation.utterances import whole_target
from cada_tf.config import Config
from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.keyed import keyed_rng, keyed_seeds
from cada_tf.protocol.problem import Problem, Split
from cada_tf.training.cells import train_cells
from cada_tf.training.fitted import Fitted


@dataclasses.dataclass(frozen=True)
class HalvedProblem(Problem):
    """A problem of which the pool of each draw may be used without labels, and nothing else.

    Args:
        pools: positions in the target of each draw's pool, by the splits' ``trial``.
    """

    pools: Mapping[int, np.ndarray] = dataclasses.field(default_factory=dict)

    def enrolled(self, split: Split) -> np.ndarray:
        """Positions in the target of what may be used without a label: the draw's pool."""
        return self.pools[split.trial]


@dataclasses.dataclass(frozen=True)
class Half:
    """A draw: positions in the target of the pool, of its first labels, and of the test half."""

    pool: np.ndarray
    start: np.ndarray
    test: np.ndarray


def draw_half(problem: Problem, draw: int, start: int) -> Half:
    """Halves the target, and draws the first labels, at least one of each class.

    Args:
        problem: the source and the whole target.
        draw: names the random numbers, after the seed.
        start: number of first labels, at least that of the classes.
    """
    labels, everyone = problem.target.labels, np.arange(len(problem.target))
    (state,) = keyed_seeds(problem.seed, "halves", draw).generate_state(1)
    pool, test = train_test_split(everyone, test_size=0.5, stratify=labels, random_state=int(state))
    order = keyed_rng(problem.seed, "first labels", draw).permutation(pool)
    one_each = [order[labels[order] == label][0] for label in range(len(problem.classes))]
    rest = order[~np.isin(order, one_each)]
    first = np.concatenate([one_each, rest[: start - len(one_each)]])
    return Half(np.sort(pool), np.sort(first), np.sort(test))


def grow(
    problem: Problem,
    config: Config,
    method: str,
    strategies: Sequence[Strategy],
    sizes: Sequence[int],
    draws: Sequence[int],
) -> list[dict]:
    """Labels by each strategy, trains and tests, for some draws side by side.

    Args:
        problem: the source and the whole target.
        config, method: what is trained, and how.
        strategies: how labels are chosen.
        sizes: numbers of labels, ascending; the first are drawn at random.
        draws: numbers of the draws.

    Returns:
        A row per draw, strategy and number of labels: draw, strategy, labels; ``of_class_0`` and
        so on, how many labels of each class there are; speakers, how many have a label; and ua.
    """
    halves = {draw: draw_half(problem, draw, sizes[0]) for draw in draws}
    halved = HalvedProblem(
        **vars(problem), pools={draw: half.pool for draw, half in halves.items()}
    )
    known = {(d, s): halves[d].start for d in draws for s in strategies}
    splits, networks, rows = {}, {}, []
    for step, size in enumerate(sizes):
        if step:
            known = {
                key: more_labels(halved, config, splits[key], networks[key], key[1], size)
                for key in known
            }
        splits = {
            (d, s): Split(d, step, labelled, halves[d].test) for (d, s), labelled in known.items()
        }
        networks = train(halved, config, method, splits)
        rows += [row_of(halved, key, splits[key], networks[key]) for key in known]
    return rows


def train(
    problem: HalvedProblem,
    config: Config,
    method: str,
    splits: Mapping[tuple[int, Strategy], Split],
) -> dict[tuple[int, Strategy], Fitted]:
    """A network for each split; the same one where draw and labels are the same."""
    distinct = {(split.trial, split.train.tobytes()): split for split in splits.values()}
    cell = Cell(method, None)
    ((_, fitted),) = train_cells(problem, config, list(distinct.values()), [cell])
    trained = dict(zip(distinct, fitted, strict=True))
    return {key: trained[split.trial, split.train.tobytes()] for key, split in splits.items()}


def more_labels(
    problem: HalvedProblem,
    config: Config,
    split: Split,
    network: Fitted,
    strategy: Strategy,
    size: int,
) -> np.ndarray:
    """Positions of the labelled utterances and of those that a strategy adds, ``size`` in all."""
    enrolled = problem.enrolled(split)
    everyone = whole_target(
        problem,
        network.weights,
        network.scale,
        enrolled,
        normalisation=config.normalisation,
    )
    free = np.setdiff1d(enrolled, split.train)
    (seed,) = keyed_seeds(problem.seed, "suggestions", split.trial, size).generate_state(1)
    chosen = suggest(
        everyone.take(free),
        everyone.take(split.train),
        problem.target.labels[split.train],
        size - len(split.train),
        strategy,
        int(seed),
    )
    return np.sort(np.concatenate([split.train, free[[one.position for one in chosen]]]))


def row_of(
    problem: HalvedProblem, key: tuple[int, Strategy], split: Split, network: Fitted
) -> dict:
    """What a network is worth on the test half."""
    classes, target = len(problem.classes), problem.target
    counts = np.bincount(target.labels[split.train], minlength=classes)
    return {
        "draw": key[0],
        "strategy": str(key[1]),
        "labels": len(split.train),
        **{f"of_class_{label}": int(count) for label, count in enumerate(counts)},
        "speakers": len(np.unique(target.speakers[split.train])),
        "ua": unweighted_accuracy(target.labels[split.test], network.y_pred, classes),
    }
