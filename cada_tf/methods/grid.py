"""The grid of a run: methods × numbers of labelled target examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cada_tf.config import Config, ExamplesAre
from cada_tf.methods.method import Sizes, Target
from cada_tf.methods.registry import METHODS
from cada_tf.protocol.cell import Cell

if TYPE_CHECKING:
    from cada_tf.protocol.problem import Problem


def make_cells(
    methods: Sequence[str], sizes: Sequence[int], classes: int, config: Config
) -> list[Cell]:
    """The cells of a grid, without those that have too few examples for their method."""
    cells = []
    for name in methods:
        method = METHODS[name]
        if method.target is not Target.EXAMPLES:
            cells.append(Cell(name, None))
            continue
        enough = [n for n in sizes if per_class(n, classes, config) >= method.fewest_per_class]
        cells.extend(Cell(name, size) for size in enough)
    return cells


def per_class(examples: int, classes: int, config: Config) -> int:
    """How many examples of each class a number of examples means."""
    return examples if config.examples_are is ExamplesAre.PER_CLASS else examples // classes


def bases_of(cell: Cell) -> list[Cell]:
    """The cells whose networks a cell's method builds on."""
    return [
        Cell(name, cell.examples if METHODS[name].target is Target.EXAMPLES else None)
        for name in METHODS[cell.method].builds_on
    ]


def sizes_of(cell: Cell, problem: Problem, config: Config) -> Sizes:
    """The numbers of examples that a cell's method trains on, the same for all splits.

    Where folds differ in size, it is their mean, so that they fit a stack: epochs of all replicas
    have the same number of mini-batches, which are drawn from each one's own examples.
    """
    method, classes = METHODS[cell.method], len(problem.classes)
    source = len(problem.source) if method.source else 0
    if method.target is Target.NONE:
        return Sizes(source, 0)
    if cell.examples is None:
        return Sizes(source, problem.training_size)
    return Sizes(source, classes * per_class(cell.examples, classes, config))
