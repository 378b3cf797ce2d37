"""What of a grid is trained by which worker, and when: units of networks, in order."""

import collections
import dataclasses
import itertools
from collections.abc import Iterable, Sequence

from cada_tf.config import Config
from cada_tf.methods import METHODS
from cada_tf.methods.grid import bases_of, sizes_of
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem

SMALLEST = 4
"""A network costs a tenth more in a stack of this part of the size (docs/performance.md)."""


@dataclasses.dataclass(frozen=True)
class Unit:
    """What one worker does at a time: some cells on some splits, as (trial, fold) pairs."""

    cells: tuple[Cell, ...]
    pairs: tuple[tuple[int, int], ...]

    def divided(self, count: int) -> list["Unit"]:
        """As many units of about equal size."""
        edges = [len(self.pairs) * place // count for place in range(count + 1)]
        return [Unit(self.cells, self.pairs[i:j]) for i, j in itertools.pairwise(edges)]


def plan(
    problem: Problem,
    config: Config,
    cells: Sequence[Cell],
    done: set[tuple],
    stack_size: int,
    jobs: int,
) -> list[Unit]:
    """Divides what is not done into units.

    Cells that build on the same networks go together, so that those are trained once. The first
    half of the units are those of the first trials, so that all cells soon have some results. Of
    the others the longest go first, and the last ones are halved, so that no worker is without
    work for long at the end.

    Args:
        problem, config: of the run.
        cells: the grid.
        done: (method, examples or None, trial, fold) of what is done.
        stack_size: splits in a unit, at the most.
        jobs: workers.
    """
    units = []
    for family in families(cells):
        missing = collections.defaultdict(list)
        for trial in range(problem.trials):
            for fold in range(problem.folds):
                lacking = tuple(
                    cell for cell in family if (cell.method, cell.examples, trial, fold) not in done
                )
                if lacking:
                    missing[lacking].append((trial, fold))
        for lacking, pairs in missing.items():
            whole = Unit(lacking, tuple(pairs))
            units += whole.divided(number_of_stacks(len(pairs), stack_size, jobs))

    def length(unit: Unit) -> int:
        return most_updates(unit.cells, problem, config) * len(unit.pairs)

    units.sort(key=lambda unit: (unit.pairs[0], -length(unit)))
    if jobs == 1:
        return units
    half = len(units) // 2
    first, then = units[:half], sorted(units[half:], key=length, reverse=True)
    smallest = max(1, stack_size // SMALLEST)
    halves = (unit.divided(2 if len(unit.pairs) > smallest else 1) for unit in then[-jobs:])
    return [*first, *then[:-jobs], *itertools.chain(*halves)]


def families(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Cells in groups that need no network in common, each in the order of the cells."""
    found: list[list[Cell]] = []
    for cell in cells:
        needed = with_bases([cell])
        joined = [family for family in found if needed & with_bases(family)]
        found = [family for family in found if family not in joined[1:]]
        if not joined:
            found.append([cell])
            continue
        members = {cell, *itertools.chain(*joined)}
        found[found.index(joined[0])] = [one for one in cells if one in members]
    return found


def with_bases(cells: Iterable[Cell]) -> set[Cell]:
    """The cells, those whose networks they build on, and so on."""
    return set().union(cells, *(with_bases(bases_of(cell)) for cell in cells))


def number_of_stacks(networks: int, stack_size: int, jobs: int) -> int:
    """Into how many stacks networks are divided: as many as the workers share equally.

    Or somewhat fewer, lest stacks become so small that they cost more.
    """
    fewest = -(-networks // stack_size)
    shared = -(-fewest // jobs) * jobs
    most = -(-networks // max(1, stack_size // SMALLEST))
    return max(fewest, min(shared, most))


def most_updates(cells: Sequence[Cell], problem: Problem, config: Config) -> int:
    """Optimizers' updates of a network of each cell, and of those they build on, at the most."""
    return sum(
        METHODS[cell.method].updates(config, sizes_of(cell, problem, config))
        for cell in with_bases(cells)
    )
