"""The systems as the runner trains them: a stack in each of some single-thread processes."""

import functools
from collections.abc import Callable

from cada_tf.config import StopOn
from cada_tf.methods import METHODS, Phase, make_config
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem
from cada_tf.startup import limit_threads
from cada_tf.training.cells import stack_for
from cada_tf.training.replica_data import make_replica_data
from experiments.benchmark.case import (
    CLASSES,
    QUADRUPLES,
    Case,
    random_source,
    random_target,
)


def prepare(case: Case, place: int) -> Callable[[], object]:
    """A stack that has been trained for an epoch, which traces it; ``place`` names its splits.

    It draws its mini-batches and looks at what its method holds out after each epoch, as ever,
    but no replica stops early.
    """
    limit_threads()
    config = make_config(
        hidden=(case.hidden,),
        stop_on=StopOn.UA,
        input_noise=0.0,  # as what it is compared with has none
        patience=case.epochs,
        fada_pairs=QUADRUPLES * case.steps,
    )
    problem = Problem(random_source(case), random_target(case), ("negative", "positive"))
    method = METHODS[case.method]
    cell = Cell(case.method, case.examples if method.target.value != "none" else None)
    own = range(place * case.replicas, (place + 1) * case.replicas)
    splits = [problem.split(*divmod(number, problem.folds)) for number in own]
    replicas = make_replica_data(cell, problem, config, splits)
    stack = stack_for(method, config, CLASSES, case.features, case.replicas)
    fit = functools.partial(stack.fit, replicas, seed=problem.seed, config=config)
    fit(phases=[Phase("update", case.steps, 1)])
    return functools.partial(fit, phases=[Phase("update", case.steps, case.epochs)])
