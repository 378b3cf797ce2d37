"""The order of the work: everything once, and no worker without any for long."""

import pytest
from helpers import make_set
from hypothesis import given
from hypothesis import strategies as st

from cada_tf.methods import METHODS, make_cells, make_config
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem
from cada_tf.runs.plan import SMALLEST, Unit, most_updates, number_of_stacks, plan

SOURCE, TARGET = make_set((120, 80), seed=1), make_set((40, 30), shift=0.7, seed=2)
CONFIG = make_config(
    max_epochs=3,
    fine_tune_steps=4,
    fine_tune_steps_per_label=0,
    fada_discriminator_epochs=3,
    fada_epochs=40,
)


def make_problem(trials=2, folds=2):
    return Problem(SOURCE, TARGET, ("negative", "positive"), seed=3, trials=trials, folds=folds)


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_units_cover_what_is_not_done_once(jobs):
    problem = make_problem()
    # A committee would make one family of many.
    names = [name for name, method in METHODS.items() if not method.averages]
    cells = make_cells(names, [2, 24], 2, CONFIG)
    done = {("pooled", 2, 0, 0), ("fine-tune", 24, 1, 1), ("all-source", None, 1, 1)}
    units = plan(problem, CONFIG, cells, done, stack_size=3, jobs=jobs)
    planned = [
        (cell.method, cell.examples, *pair)
        for unit in units
        for cell in unit.cells
        for pair in unit.pairs
    ]
    assert len(planned) == len(set(planned)) == len(cells) * 4 - len(done)
    assert not set(planned) & done
    assert max(len(unit.pairs) for unit in units) == {1: 3, 2: 2, 5: 1}[jobs]


@given(st.integers(1, 500), st.integers(1, 50), st.integers(1, 64))
def test_workers_share_the_stacks_of_a_family_equally(networks, stack_size, jobs):
    count = number_of_stacks(networks, stack_size, jobs)
    sizes = [len(unit.pairs) for unit in Unit((), ((0, 0),) * networks).divided(count)]
    assert sum(sizes) == networks
    assert max(sizes) <= stack_size
    # Equally, unless stacks would become so small that they cost more.
    smallest = max(1, stack_size // SMALLEST)
    assert count % jobs == 0 or max(sizes) <= smallest or count == networks


def test_updates_of_a_network_by_hand():
    # 200 examples of the source make 4 mini-batches of 64, with 2 or 12 more as well; the fewest of
    # an epoch are 5. They make 7 of 32.
    problem = make_problem()
    cells = {name: [Cell(name, None if "all" in name else 12)] for name in METHODS}
    updates = {name: most_updates(cell, problem, CONFIG) for name, cell in cells.items()}
    assert updates["all-source"] == 5 * 3
    assert updates["fine-tune"] == 5 * 3 + 4
    assert updates["cada"] == 2 * 5 * 3
    # 256 pairs of each of four groups make 16 mini-batches.
    assert updates["fada"] == 5 * 3 + 2 * 16 * (3 + 40)
    assert most_updates(cells["all-source"], problem, make_config(CONFIG, batch_size=32)) == 7 * 3
    together = [Cell("fine-tune", 2), Cell("fine-tune", 12), Cell("all-source", None)]
    assert most_updates(together, problem, CONFIG) == 5 * 3 + 2 * 4


@pytest.mark.parametrize(("jobs", "trials"), [(2, 4), (2, 20), (3, 20), (8, 20)])
@pytest.mark.parametrize("methods", [list(METHODS), ["all-source", "fine-tune", "fada", "cada"]])
def test_at_the_end_no_worker_waits_for_long(jobs, trials, methods):
    problem, config = make_problem(trials, 5), make_config()
    cells = make_cells(methods, [2, 6, 12], 2, config)
    units = plan(problem, config, cells, set(), 20, jobs)
    lengths = [most_updates(unit.cells, problem, config) * len(unit.pairs) for unit in units]
    busy = [0] * jobs
    for length in lengths:
        busy[busy.index(min(busy))] += length  # who is free first takes the next
    assert sum(busy) == trials * 5 * most_updates(cells, problem, config)
    assert min(busy) >= 0.9 * max(busy)
    first = [unit.pairs[0] for unit in units[: (len(units) - jobs) // 2]]
    assert first == sorted(first)
