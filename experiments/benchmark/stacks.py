"""The systems as the runner trains them: a stack in each of some single-thread processes."""

import functools
from collections.abc import Callable

from cada_tf.config import Readings, StopOn
from cada_tf.methods.methods import METHODS, Cell, make_task, stack_for
from cada_tf.protocol.problem import Problem
from cada_tf.startup import limit_threads
from cada_tf.training.stack import Phase
from experiments.benchmark.case import (
    CLASSES,
    FEATURES,
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
    readings = Readings(
        hidden=(case.hidden,),
        stop_on=StopOn.UA,
        input_noise=0.0,  # as what it is compared with has none
        patience=case.epochs,
        fada_pairs=QUADRUPLES * case.steps,
    )
    problem = Problem(random_source(case), random_target(), ("negative", "positive"))
    method = METHODS[case.method]
    cell = Cell(case.method, case.examples if method.target.value != "none" else None)
    own = range(place * case.replicas, (place + 1) * case.replicas)
    splits = [problem.split(*divmod(number, problem.folds)) for number in own]
    tasks = [make_task(cell, problem, readings, split) for split in splits]
    stack = stack_for(method, readings, CLASSES, FEATURES, case.replicas)
    fit = functools.partial(stack.fit, tasks, seed=problem.seed, readings=readings)
    fit(phases=[Phase("update", case.steps, 1)])
    return functools.partial(fit, phases=[Phase("update", case.steps, case.epochs)])
