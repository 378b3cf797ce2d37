"""Trains the networks of cells: a stack for each cell, one replica per split.

What trains no network is fitted here likewise, replica by replica.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from cada_tf.config import Config
from cada_tf.methods.grid import bases_of, sizes_of
from cada_tf.methods.method import Method
from cada_tf.methods.registry import METHODS
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.domain_class import UNLABELLED
from cada_tf.protocol.problem import Problem, Split
from cada_tf.training.adjusted import adjust
from cada_tf.training.averages import average
from cada_tf.training.classifiers import fit_classifier
from cada_tf.training.replica_data import ReplicaData, make_replica_data, separate_sources
from cada_tf.training.stack import Fitted, Stack, make_stack


def train_cells(
    problem: Problem, config: Config, splits: Sequence[Split], cells: Sequence[Cell]
) -> Iterator[tuple[Cell, list[Fitted]]]:
    """Trains a stack, one replica per split, for each cell.

    Networks that several cells build on are trained once.
    """
    trained: dict[Cell, list[Fitted]] = {}

    def fitted(cell: Cell) -> list[Fitted]:
        if cell not in trained:
            bases = [fitted(base) for base in bases_of(cell)]
            trained[cell] = train(cell, problem, config, splits, bases)
        return trained[cell]

    for cell in cells:
        yield cell, fitted(cell)


def train(
    cell: Cell,
    problem: Problem,
    config: Config,
    splits: Sequence[Split],
    bases: Sequence[list[Fitted]] = (),
) -> list[Fitted]:
    """Trains the stack of a cell, one replica per split.

    Args:
        cell, problem, config: what is trained, on what, and how.
        splits: of the target.
        bases: the stacks of ``bases_of``, with the same splits.
    """
    method, classes = METHODS[cell.method], len(problem.classes)
    if method.averages:
        return average(bases, classes)
    start = bases[0] if bases else None
    replicas = make_replica_data(cell, problem, config, splits, start)
    if method.network is not None:
        return train_stack(cell, problem, config, replicas, start)
    if start is not None:
        pairs = zip(replicas, start, strict=True)
        return [adjust(method, config, *pair, classes) for pair in pairs]
    return [fit_classifier(method, config, replica, classes) for replica in replicas]


def train_stack(
    cell: Cell,
    problem: Problem,
    config: Config,
    replicas: Sequence[ReplicaData],
    start: Sequence[Fitted] | None,
) -> list[Fitted]:
    """Trains networks side by side, from those of ``start`` if they are given.

    Mini-batches of a stack have one shape. Replicas without any unlabelled example, as where all of
    the training folds is labelled, have smaller ones than others, and a stack by themselves.
    """
    method, features = METHODS[cell.method], problem.source.features.shape[1]
    sources = separate_sources(method, problem, config)
    drawn = np.array([UNLABELLED in replica.categories for replica in replicas])
    fitted: dict[int, Fitted] = {}
    for places in filter(len, (np.flatnonzero(drawn), np.flatnonzero(~drawn))):
        stack = stack_for(method, config, len(problem.classes), features, len(places), sources)
        networks = stack.fit(
            [replicas[place] for place in places],
            seed=problem.seed,
            phases=method.phases(config, sizes_of(cell, problem, config)),
            config=config,
            initial=start and [start[place].weights for place in places],
        )
        fitted |= dict(zip(places, networks, strict=True))
    return [fitted[place] for place in range(len(replicas))]


def stack_for(
    method: Method, config: Config, classes: int, features: int, replicas: int, sources: int = 1
) -> Stack:
    """The networks of a method, with their layers' training and their rates."""
    options = method.arguments(config)
    if method.separates_sources:
        options["sources"] = sources
    return make_stack(
        method.network_class,
        features,
        replicas,
        method.learning_rates(config),
        method.trains_encoder(config),
        classes=classes,
        hidden=config.hidden,
        input_noise=config.input_noise,
        **options,
    )
