"""How much the benchmark measures: all of it, or tiny sizes to try the program."""

import dataclasses

from cada_tf.runs import STACK_SIZE
from experiments.benchmark.case import Case
from experiments.benchmark.grids import Grid

TINY = ("--max_epochs=3", "--hidden=8", "--fada_epochs=3", "--notensorboard")
"""Flags of ``experiments.run`` under which a network costs next to nothing."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured.

    Args:
        case: the sizes that stay as they are while others vary.
        epochs: in a repetition of plain Keras, of stacks and of products.
        repetitions: of each.
        growth_epochs: in a repetition of a growth, for stacks of the usual size.
        growth_repetitions: of each point of a growth.
        growth: sizes of CADA's ``case`` and the values that each takes in turn.
        grids: the grids of each section.
    """

    case: Case
    epochs: dict[str, int]
    repetitions: dict[str, int]
    growth_epochs: int
    growth_repetitions: int
    growth: dict[str, tuple[int, ...]]
    grids: dict[str, tuple[Grid, ...]]


PAPER = Case(method="cada", source=9_000, examples=12, hidden=256, replicas=STACK_SIZE, epochs=1)
FULL = Plan(
    case=PAPER,
    epochs={"plain": 10, "stacks": 10, "products": 2},
    repetitions={"plain": 2, "stacks": 3, "products": 8},
    growth_epochs=3,
    growth_repetitions=2,
    growth={
        "replicas": (1, 2, 5, 10, 20, 50),
        "source": (1_000, 2_000, 5_000, 10_000, 20_000),
        "hidden": (64, 128, 256, 512, 1024),
        "examples": (2, 4, 10, 20, 50, 100),
        "features": (62, 256, 988, 6373),
    },
    grids={
        "grids": (
            *(Grid(source, trials=8) for source in (400, 1_500)),
            *(Grid(source, trials=4) for source in (4_000, 10_000)),
        ),
        "table2": (
            Grid(
                9_959,  # chunks of Aibo-Ohm
                systems=("all-source", "fine-tune", "fada", "cada", "all-target"),
                examples=(2, 4, 6, 8, 10, 12),
                trials=20,
            ),
        ),
    },
)
QUICK = Plan(
    case=dataclasses.replace(PAPER, source=200, hidden=8, replicas=2),
    epochs={"plain": 1, "stacks": 1, "products": 1},
    repetitions={"plain": 2, "stacks": 2, "products": 2},
    growth_epochs=1,
    growth_repetitions=1,
    growth={
        "replicas": (1, 2),
        "source": (200, 400),
        "hidden": (8, 16),
        "examples": (2, 4),
        "features": (62, 88),
    },
    grids={
        "grids": (Grid(100, trials=2, flags=TINY),),
        "table2": (
            Grid(100, systems=("cada", "all-target"), examples=(2, 4), trials=1, flags=TINY),
        ),
    },
)
