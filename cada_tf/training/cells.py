"""Trains the networks of cells: a stack for each cell, one replica per split."""

from collections.abc import Iterator, Sequence

from cada_tf.config import Config
from cada_tf.methods.grid import sizes_of
from cada_tf.methods.method import Method
from cada_tf.methods.registry import METHODS
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem, Split
from cada_tf.training.replica_data import make_replica_data, separate_sources
from cada_tf.training.stack import Fitted, Stack, make_stack


def train_cells(
    problem: Problem, config: Config, splits: Sequence[Split], cells: Sequence[Cell]
) -> Iterator[tuple[Cell, list[Fitted]]]:
    """Trains a stack, one replica per split, for each cell.

    Networks that several cells start from are trained once.
    """
    trained: dict[Cell, list[Fitted]] = {}

    def fitted(cell: Cell) -> list[Fitted]:
        if cell not in trained:
            base = METHODS[cell.method].starts_from
            start = fitted(Cell(base, None)) if base else None
            trained[cell] = train(cell, problem, config, splits, start)
        return trained[cell]

    for cell in cells:
        yield cell, fitted(cell)


def train(
    cell: Cell,
    problem: Problem,
    config: Config,
    splits: Sequence[Split],
    start: list[Fitted] | None = None,
) -> list[Fitted]:
    """Trains the stack of a cell, one replica per split, from ``start`` if that is given."""
    method, features = METHODS[cell.method], problem.source.features.shape[1]
    replicas = make_replica_data(cell, problem, config, splits, start)
    sources = separate_sources(method, problem, config)
    stack = stack_for(method, config, len(problem.classes), features, len(replicas), sources)
    return stack.fit(
        replicas,
        seed=problem.seed,
        phases=method.phases(config, sizes_of(cell, problem, config)),
        config=config,
        initial=start and [replica.weights for replica in start],
    )


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
